import * as relatch from "../entries/browser.js";
import type { Link, PasswordRules, ResetError } from "../index.js";
import { type PasswordField, PasswordFields, type Problem } from "../password-fields.js";
import { type Field, linkAttribute, RelatchElement, type Text } from "./base.js";
import { fill, type Messages } from "./messages.js";

/** The parts of the inner `<relatch-request>` that a page can style. */
const PARTS = [
  "alert",
  "again",
  "body",
  "button",
  "error",
  "field",
  "form",
  "hint",
  "input",
  "item",
  "label",
  "list",
  "main",
  "quiet",
  "reason",
  "status",
  "subtitle",
  "text",
  "title",
];

/** Errors after which the link cannot be used. Each has a title and a text of this name. */
const LINK_ERRORS = ["link_missing", "link_invalid", "link_expired", "link_used"] as const;

const isLinkError = (code: string): code is (typeof LINK_ERRORS)[number] =>
  LINK_ERRORS.some((name) => name === code);

/** The link that an element has just taken from the page's URL. */
let takenLink: Promise<Link> | undefined;

/** Takes the link from the page's URL. Elements that begin at the same time share it. */
function takeLink(): Promise<Link> {
  const found = relatch.takeLink();
  const others = takenLink;
  setTimeout(() => (takenLink = undefined));
  return (takenLink = found.catch((error: ResetError) => {
    if (error.code === "link_missing" && others) return others;
    throw error;
  }));
}

/**
 * `<relatch-reset>`: a form that sets a new password with the link in the page's URL.
 *
 * Attributes, all optional:
 * - `base-url`, `application`: as of `<relatch-request>`
 * - `request-url`: page to request a new link; by default the element shows a form for that
 * - `sign-in-url`: page to sign in after the password was set
 * - `username`: what the account signs in with, for password managers and the password rules
 */
export class RelatchReset extends RelatchElement {
  /** The link. The page's URL no longer contains it. */
  #link: Promise<Link> | undefined;
  #knownToken: string | undefined;
  /** Whether the link has to be checked when the element is connected. */
  #mustCheck = true;
  #rules: PasswordRules | undefined;
  /** The application's own text for the last rejection. */
  #custom: string | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("hashchange", this.#onHashChange);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("hashchange", this.#onHashChange);
  }

  /** Takes a link that was opened in this tab: if only the fragment differs, no page is loaded. */
  readonly #onHashChange = (): void => {
    const restart = (): void => {
      this.stop();
      this.#link = undefined;
      this.#checkLink();
    };
    relatch
      .readLink(location.href)
      .then(restart, ({ code }: ResetError) => code === "link_invalid" && restart());
  };

  protected override get alternative(): string | undefined {
    const token = this.#knownToken;
    return this.hostedPage(token ? `/password/reset?token=${token}` : "/password/forgot");
  }

  protected begin(): void {
    if (this.#mustCheck) this.#checkLink();
  }

  async #token(): Promise<string> {
    try {
      const { token } = await (this.#link ??= takeLink());
      this.#knownToken = token;
      return token;
    } catch (error) {
      this.#link = this.#knownToken = undefined;
      throw error;
    }
  }

  /** What people sign in with, if the page knows it. */
  get #username(): string | undefined {
    return this.getAttribute("username")?.trim() || undefined;
  }

  /** Checks the link. After a click on "Try again" the focus moves to the result. */
  #checkLink(isRetry = false): void {
    this.#mustCheck = true;
    if (!isRetry) {
      this.show(undefined);
      this.status(this.paragraph("link.checking"));
    }
    void this.call(
      async (client, options) => {
        const token = await this.#token();
        // The form works without the rules: the service applies them anyway.
        if (!this.#rules)
          client.rules(options).then(
            (rules) => this.#setRules(rules),
            () => {},
          );
        await client.check(token, options);
      },
      () => {
        this.#mustCheck = false;
        const input = this.#showForm();
        if (isRetry) input.focus();
      },
      (error) => {
        this.#mustCheck = false;
        const alert = this.#showError(error);
        if (isRetry) alert.focus();
      },
    );
  }

  #setRules(rules: PasswordRules): void {
    this.#rules = rules;
    this.updateLanguage();
  }

  /** Shows why there is no form, and what the visitor can do. */
  #showError(error: ResetError): HTMLElement {
    if (!isLinkError(error.code)) {
      const button = this.button("form.retry", { type: "button" });
      button.addEventListener("click", () => this.#checkLink(true));
      this.show(undefined, button);
      return this.alert(...this.explain(error));
    }
    const href = linkAttribute(this, "request-url");
    this.show(
      undefined,
      href
        ? this.create("a", "button link", "link.request_new", { href })
        : this.#createRequestElement(),
    );
    return this.alert(...this.titled(error.code));
  }

  /** Creates the element that requests a new link. */
  #createRequestElement(): HTMLElement {
    const attributes: Record<string, string> = { exportparts: PARTS.join() };
    for (const [from, to] of [
      ["base-url", "base-url"],
      ["application", "application"],
      ["username", "identifier"],
    ] as const) {
      const value = this.getAttribute(from)?.trim();
      if (value) attributes[to] = value;
    }
    const element = this.create("relatch-request", "request", undefined, attributes);
    // Once a new link is on its way, the error of the old one is irrelevant.
    element.addEventListener("relatch-sent", () => this.alert());
    return element;
  }

  #showForm(): HTMLInputElement {
    const attributes = {
      type: "password",
      autocomplete: "new-password",
      autocapitalize: "none",
      autocorrect: "off",
      spellcheck: "false",
    };
    const hint: Text = (messages) => this.#hint(messages);
    const password = this.field("password", "reset.password", attributes, hint);
    const repeat = this.field("again", "reset.repeat", attributes);
    const inputs = [password.input, repeat.input];
    const username = this.#username;
    const personalTerms = username ? [username] : [];

    const fields = new PasswordFields(
      this.#passwordField(password),
      this.#passwordField(repeat),
      (value) => this.#rules?.reasons(value, personalTerms) ?? [],
    );
    const reveal = this.textButton("reveal", "reset.show", () =>
      setRevealed(password.input.type === "password"),
    );
    const setRevealed = (isRevealed: boolean): void => {
      for (const input of inputs) input.type = isRevealed ? "text" : "password";
      this.setText(reveal, isRevealed ? "reset.hide" : "reset.show");
    };
    const clear = (): void => inputs.forEach((input) => (input.value = ""));

    const onError = (error: ResetError): void => {
      switch (error.code) {
        case "password_rejected":
        case "body_too_large": {
          const reasons: readonly Problem[] =
            error.code === "body_too_large" ? ["too_long"] : error.reasons;
          this.#custom = error.messages.custom;
          fields.reject(reasons.length ? reasons : ["other"]);
          this.alert(this.paragraph("reset.rejected"));
          return password.input.focus();
        }
        case "unreachable":
        case "timed_out":
          return this.alert(this.paragraph("error.confirm_unanswered")).focus();
        case "link_busy":
          return this.alert(this.paragraph("error.link_busy")).focus();
        default:
          if (!isLinkError(error.code)) return this.alert(...this.explain(error)).focus();
          clear();
          this.#showError(error).focus();
      }
    };
    const onSubmit = (): void => {
      // Browsers may remember the value of a text input, but not of a password input.
      setRevealed(false);
      this.alert();
      const invalid = fields.validate();
      if (invalid) {
        this.alert(this.paragraph("form.correct"));
        return invalid.focus();
      }
      const { value } = password.input;
      void this.call(
        async (client, options) => client.confirm(await this.#token(), value, options),
        ({ message }) => {
          clear();
          this.#showChanged();
          this.fire("relatch-changed", { message });
        },
        onError,
      );
    };

    const children: Node[] = [password.container, repeat.container, reveal];
    // An empty field would make password managers save the password under no name.
    if (username) {
      const attributes = { type: "text", autocomplete: "username", value: username };
      const hidden = { ...attributes, readonly: "", hidden: "" };
      children.unshift(this.create("input", "username", undefined, hidden));
    }
    const [title, text] = this.titled("reset", "title form-title");
    this.show(title, text, this.form(onSubmit, ...children, this.button("reset.submit")));
    return password.input;
  }

  #showChanged(): void {
    const href = linkAttribute(this, "sign-in-url");
    const [title, text] = this.titled("changed");
    this.show(
      undefined,
      href
        ? this.create("a", "button link", "changed.sign_in", { href })
        : this.paragraph("changed.sign_in_text"),
    );
    this.status(title, text);
    title.focus();
  }

  /** The password rules as a hint. Without numbers until they are known. */
  #hint(messages: Messages): string {
    const min = this.#rules?.minLength;
    const max = this.#maxLength(messages);
    const length = min && max ? `${fill(messages["password.length"], { min, max })} ` : "";
    return length + messages["password.advice"];
  }

  #maxLength(messages: Messages): string | undefined {
    if (!this.#rules) return undefined;
    const { maxLength, maxBytes = maxLength } = this.#rules;
    return maxBytes < maxLength
      ? fill(messages["password.bytes"], { count: maxBytes })
      : fill(messages["password.characters"], { count: maxLength });
  }

  #passwordField({ input, show }: Field): PasswordField {
    return {
      input,
      show: (problems, isError) => {
        const text: Text = (messages) =>
          problems.map((problem) => this.#problemText(messages, problem)).join(" ");
        show(problems.length ? text : undefined, isError);
      },
    };
  }

  #problemText(messages: Messages, problem: Problem): string {
    if (problem === "custom") return this.#custom ?? messages["reason.other"];
    const reason = messages[`reason.${problem}`] ?? messages["reason.other"];
    const min = this.#rules?.minLength;
    const max = this.#maxLength(messages);
    const advice =
      problem === "too_short" && min
        ? fill(messages["password.min"], { min })
        : problem === "too_long" && max
          ? fill(messages["password.max"], { max })
          : "";
    return advice ? `${reason} ${advice}` : reason;
  }
}
