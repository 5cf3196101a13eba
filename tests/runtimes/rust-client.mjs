// The interface of the npm package over the Rust client (tests/runtimes/rust), as far as acts.mjs
// and vectors.mjs use it. `takeLink` is missing: a page in Rust changes its URL itself.

/** Returns the interface over the exports of the WebAssembly module. */
export function rustClient(module) {
  class ResetError extends Error {
    constructor({ message, ...properties }) {
      super(message);
      for (const [name, value] of Object.entries(properties)) this[name] = value ?? undefined;
    }
  }

  const read = (outcome) => {
    const { result, error } = JSON.parse(outcome);
    if (error) throw new ResetError(error);
    return result;
  };

  class ResetClient {
    #options;

    constructor(baseUrl, options = {}) {
      this.#options = { ...options, baseUrl };
    }

    async #call(fields, options) {
      const input = { ...this.#options, ...options, ...fields };
      return read(await module.call(JSON.stringify(input)));
    }

    request(identifier, options) {
      return this.#call({ call: "request", identifier }, options);
    }

    async check(token, options) {
      const { expires_at } = await this.#call({ call: "check", token }, options);
      return { expiresAt: new Date(expires_at) };
    }

    confirm(token, password, options) {
      return this.#call({ call: "confirm", token, password }, options);
    }

    change(old, password, options) {
      return this.#call({ call: "change", old, password }, options);
    }

    async rules(options) {
      const rules = await this.#call({ call: "rules" }, options);
      const text = JSON.stringify(rules);
      return {
        minLength: rules.min_length,
        maxLength: rules.max_length,
        maxBytes: rules.max_bytes,
        applicationName: rules.application_name,
        reasons: (password, terms = []) =>
          JSON.parse(module.reasons(text, password, JSON.stringify(terms))),
      };
    }
  }

  const readLink = async (url) => {
    const { token, expires } = read(module.readLink(url));
    return { token, expiresAt: new Date(expires * 1000) };
  };

  return { ResetClient, ResetError, readLink };
}
