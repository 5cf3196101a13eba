import { RelatchElement } from "./base.js";

/** Lets the page's widget of a captcha make another token: one is valid once. */
function resetCaptcha(): void {
  const page = globalThis as unknown as Record<string, { reset?(): void } | undefined>;
  (page["turnstile"] ?? page["hcaptcha"] ?? page["grecaptcha"])?.reset?.();
}

/**
 * `<relatch-request>`: a form that requests an email with a reset link.
 *
 * Attributes, all optional:
 * - `base-url`: URL of the service; the page's origin by default
 * - `application`: id of one of the service's applications
 * - `identifier`: initial value of the field
 *
 * A captcha's widget inside of the element is shown above the button, and its token is sent:
 * `<relatch-request><div class="cf-turnstile" data-sitekey="…"></div></relatch-request>`. The page
 * loads the provider's script.
 *
 * @slot - The widget of a captcha.
 */
export class RelatchRequest extends RelatchElement {
  #hasBegun = false;

  protected override get alternative(): string | undefined {
    return this.hostedPage("/password/forgot");
  }

  protected begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#showForm(this.getAttribute("identifier") ?? "");
  }

  #showForm(value: string): HTMLInputElement {
    const { input, container, setError } = this.field("identifier", "request.identifier", {
      autocomplete: "username",
      autocapitalize: "none",
      autocorrect: "off",
      spellcheck: "false",
      maxlength: "254",
    });
    input.value = value;
    input.addEventListener("input", () => setError(undefined));
    const reject = (message: "request.identifier_missing" | "request.identifier_invalid"): void => {
      setError(message);
      this.alert(this.paragraph("form.correct"));
      input.focus();
    };
    const onSubmit = (): void => {
      const identifier = input.value;
      const captcha = this.querySelector<HTMLInputElement>("[name$=-response]")?.value || undefined;
      this.alert();
      if (!identifier.trim()) return reject("request.identifier_missing");
      setError(undefined);
      void this.call(
        (client, options) =>
          client.request(identifier, { ...options, captcha, locale: this.locale }),
        ({ message }) => {
          this.#showSent(identifier);
          this.fire("relatch-sent", { message });
        },
        (error) => {
          resetCaptcha();
          if (error.code === "request_invalid") reject("request.identifier_invalid");
          else this.alert(...this.explain(error)).focus();
        },
      );
    };
    const [title, text] = this.titled("request", "title form-title");
    const slot = this.create("slot", "captcha");
    this.show(title, text, this.form(onSubmit, container, slot, this.button("request.submit")));
    return input;
  }

  #showSent(identifier: string): void {
    const [title, text] = this.titled("sent");
    const items = (["sent.help_spam", "sent.help_address"] as const).map((message) =>
      this.create("li", "item", message),
    );
    this.show(
      undefined,
      this.create("h3", "subtitle", "sent.help"),
      this.create("ul", "list", undefined, {}, ...items),
      this.textButton("again", "form.retry", () => {
        resetCaptcha();
        this.#showForm(identifier).focus();
      }),
    );
    this.status(title, text);
    title.focus();
  }
}
