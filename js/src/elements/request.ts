import { RelatchElement, type Say } from "./base.js";

/**
 * `<relatch-request>`: asks for a mail with a link. Attributes, all of them optional: `base-url`, where the service is (else
 * at the page's own origin); `application`, which of its applications; `identifier`, what stands in the field.
 */
export class RelatchRequest extends RelatchElement {
  #begun = false;

  protected begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#ask(this.getAttribute("identifier") ?? "");
  }

  #ask(typed: string): HTMLInputElement {
    const { input, whole, wrong } = this.field("identifier", (words) => words.identifier, { autocomplete: "username", autocapitalize: "none", autocorrect: "off", spellcheck: "false", maxlength: "254" });
    input.value = typed;
    input.addEventListener("input", () => wrong(undefined));
    const [title, intro] = this.titled((words) => words.forgot, "title form-title");
    const correct = (): void => {
      this.alert(this.text((words) => words.correct));
      input.focus();
    };
    const send = (): void => {
      const identifier = input.value;
      this.alert();
      wrong(identifier.trim() ? undefined : (words) => words.identifierMissing, true);
      if (!identifier.trim()) return correct();
      void this.call(
        (client, options) => client.request(identifier, { ...options, locale: this.locale }),
        ({ message }) => {
          this.#sent(identifier);
          this.fire("relatch-sent", { message });
        },
        (error) => {
          if (error.code !== "request_invalid") return this.alert(...this.explain(error)).focus();
          wrong((words) => words.identifierWrong, true);
          correct();
        },
      );
    };
    this.show(title, intro, this.form(send, whole, this.button((words) => words.mailMe)));
    return input;
  }

  #sent(identifier: string): void {
    const [title, text] = this.titled((words) => words.sent);
    const item = (says: Say): HTMLElement => this.make("li", "item", says);
    this.show(
      undefined,
      this.make("h3", "subtitle", (words) => words.notCome[0]),
      this.make("ul", "list", undefined, {}, item((words) => words.notCome[1]), item((words) => words.otherAddress)),
      this.quiet("again", (words) => words.tryAgain, () => this.#ask(identifier).focus()),
    );
    this.status(title, text);
    title.focus();
  }
}
