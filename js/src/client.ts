import { exchange } from "./exchange.js";
import type { Fields } from "./host.js";
import { asText, checked, type CallOptions, type ClientOptions, type Told } from "./options.js";
import { PasswordRules } from "./rules.js";
import { wasm } from "./wasm.js";

/** The answer to a request, a confirm and a change. */
export interface Message {
  /** A sentence for people, in English. */
  readonly message: string;
}

/** The answer to a check. */
export interface LinkState {
  /** When the link ends. */
  readonly expiresAt: Date;
}

/**
 * A client of one service, or of one of its applications. The base URL is `https://host`, with a port and a path prefix if
 * need be; `http://` only to localhost, 127.0.0.1 and [::1]. Every call rejects with a {@link ResetError} and nothing else.
 */
export class ResetClient {
  readonly #told: Told;

  constructor(baseUrl: string | URL, options: ClientOptions = {}) {
    this.#told = { ...options, baseUrl: baseUrl instanceof URL ? baseUrl.href : baseUrl };
    // Loading begins now; whether it succeeded is for the calls to tell.
    wasm().catch(() => {});
  }

  /** Asks for a mail. The answer is the same whether or not there is such an account: show it as it is. */
  async request(identifier: string, options?: CallOptions): Promise<Message> {
    const told = this.#with(options);
    return message(await exchange(told, { name: "request", subject: asText("identifier", identifier), extra: told.locale }));
  }

  /** Asks whether the link could be used now, and until when. Never uses it. */
  async check(token: string, options?: CallOptions): Promise<LinkState> {
    const answer = await exchange(this.#with(options), { name: "check", subject: asText("token", token) });
    return { expiresAt: new Date(answer["expires_at"] as string) };
  }

  /**
   * Sets the new password. The link is used up by that, and only by that. After `unreachable` or `timed_out` confirm once
   * more with the same password: if it was set, the answer is that of the first time.
   */
  async confirm(token: string, password: string, options?: CallOptions): Promise<Message> {
    const call = { name: "confirm", subject: asText("token", token), password: asText("password", password) };
    return message(await exchange(this.#with(options), call));
  }

  /**
   * Changes the password of whoever is signed in: by the token in `session`, or else by the cookie that the service was told
   * of. Made once: after `unreachable` or `timed_out` it may or may not have been changed.
   */
  async change(old: string, password: string, options?: CallOptions): Promise<Message> {
    const told = this.#with(options);
    const call = { name: "change", subject: asText("old password", old), password: asText("new password", password), extra: told.session };
    return message(await exchange(told, call));
  }

  /** The rules that the service holds passwords to. They are applied here, without asking it again. */
  async rules(options?: CallOptions): Promise<PasswordRules> {
    const answer = await exchange(this.#with(options), { name: "rules" });
    return new PasswordRules(await wasm(), answer);
  }

  #with(options: CallOptions | undefined): Told {
    // What a call leaves out, or undefined, is the client's. Where the service is, no call decides.
    const own = Object.entries(options ?? {}).filter(([, value]) => value !== undefined);
    return checked({ ...this.#told, ...Object.fromEntries(own), baseUrl: this.#told.baseUrl });
  }
}

const message = (answer: Fields): Message => ({ message: answer["message"] as string });
