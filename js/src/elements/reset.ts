import * as relatch from "../entries/browser.js";
import type { Link, PasswordRules, Reason, ResetError } from "../index.js";
import { RelatchElement, linkIn, type Field, type Say } from "./base.js";
import type { Titled, Words } from "./words/index.js";

/** How long after the last keystroke a password is looked at, in milliseconds. */
const PAUSE = 500;
/** What of the form inside can be styled from outside. */
const PARTS = ["alert", "again", "body", "button", "error", "field", "form", "hint", "input", "item", "label", "list", "main", "quiet", "reason", "status", "subtitle", "text", "title"];

/** Links that cannot be used, whatever is tried. */
const LINKS: Partial<Record<ResetError["code"], (words: Words) => Titled>> = {
  link_missing: (words) => words.linkMissing,
  link_invalid: (words) => words.linkInvalid,
  link_expired: (words) => words.linkExpired,
  link_used: (words) => words.linkUsed,
};

/**
 * `<relatch-reset>`: sets a new password by the link in the page's address. Attributes, all of them optional: `base-url` and
 * `application` as of `<relatch-request>`; `request-url`, where a new link can be asked for (else it can be in this place);
 * `sign-in-url`, where people sign in afterwards; `username`, whose password it is, for the browser's own store of passwords.
 */
export class RelatchReset extends RelatchElement {
  /** The link, which is in the page's address no more. */
  #link: Promise<Link> | undefined;
  /** Whether the link is still to be checked. */
  #unchecked = true;
  #rules: PasswordRules | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("hashchange", this.#addressChanged);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("hashchange", this.#addressChanged);
  }

  /** Opening a link that differs from the page's address by its fragment alone loads no page. */
  readonly #addressChanged = (): void => {
    const begin = (): void => {
      this.stop();
      this.#link = undefined;
      this.#check();
    };
    relatch.readLink(location.href).then(begin, ({ code }: ResetError) => code === "link_invalid" && begin());
  };

  protected begin(): void {
    if (this.#unchecked) this.#check();
  }

  async #token(): Promise<string> {
    try {
      return (await (this.#link ??= relatch.takeLink())).token;
    } catch (error) {
      this.#link = undefined;
      throw error;
    }
  }

  /** Asks whether the link can be used. `again`, if somebody asked for that, who is then led to what came of it. */
  #check(again = false): void {
    this.#unchecked = true;
    if (!again) {
      this.show(undefined);
      this.status(this.text((words) => words.checking));
    }
    void this.call(
      async (client, options) => {
        const token = await this.#token();
        // The form can do without the rules: the service goes by them anyway.
        if (!this.#rules) client.rules(options).then((rules) => this.#know(rules), () => {});
        await client.check(token, options);
      },
      () => {
        this.#unchecked = false;
        const first = this.#choose();
        if (again) first.focus();
      },
      (error) => {
        this.#unchecked = false;
        const alert = this.#cannot(error);
        if (again) alert.focus();
      },
    );
  }

  #know(rules: PasswordRules): void {
    this.#rules = rules;
    this.retell();
  }

  /** Why there is no form, and how to go on. */
  #cannot(error: ResetError): HTMLElement {
    const link = LINKS[error.code];
    const href = linkIn(this, "request-url");
    if (!link) {
      const button = this.button((words) => words.tryAgain, { type: "button" });
      button.addEventListener("click", () => this.#check(true));
      this.show(undefined, button);
    } else if (href) {
      this.show(undefined, this.make("a", "button link", (words) => words.askForLink, { href }));
    } else {
      this.show(undefined, this.#request());
    }
    return this.alert(...(link ? this.titled(link) : this.explain(error)));
  }

  /** The form that asks for a new link. */
  #request(): HTMLElement {
    const inside = this.make("relatch-request", "request", undefined, { exportparts: PARTS.join() });
    for (const [own, its] of [["base-url", "base-url"], ["application", "application"], ["username", "identifier"]] as const) {
      const value = this.getAttribute(own);
      if (value !== null) inside.setAttribute(its, value);
    }
    // Then what is wrong with the old one is no matter any more.
    inside.addEventListener("relatch-sent", () => this.alert());
    return inside;
  }

  #choose(): HTMLInputElement {
    const attributes = { type: "password", autocomplete: "new-password", autocapitalize: "none", autocorrect: "off", spellcheck: "false" };
    const first = this.field("password", (words) => words.password, attributes, (words) => words.rules(this.#rules?.minLength, this.#longest(words)));
    const second = this.field("again", (words) => words.again, attributes);
    const inputs = [first.input, second.input];
    const username = this.getAttribute("username");
    const whose = username === null ? [] : [this.make("input", "username", undefined, { type: "text", autocomplete: "username", value: username, readonly: "", hidden: "" })];

    const reveal = this.quiet("reveal", (words) => words.show, () => show(first.input.type === "password"));
    const show = (shown: boolean): void => {
      for (const input of inputs) input.type = shown ? "text" : "password";
      this.say(reveal, (words) => (shown ? words.hide : words.show));
    };

    /** Says what is wrong, and where first. `sure`, when it is to be sent. */
    const look = (sure: boolean): Field | undefined => {
      const [password, again] = [first.input.value, second.input.value];
      const reasons = password ? (this.#rules?.reasons(password, username === null ? [] : [username]) ?? []) : [];
      const differs = sure ? password !== again : !password.startsWith(again);
      first.wrong(reasons.length ? this.#why(reasons) : sure && !password ? (words) => words.passwordMissing : undefined, sure);
      second.wrong(differs ? (words) => words.mismatch : undefined, sure);
      return reasons.length || (sure && !password) ? first : differs ? second : undefined;
    };
    let timer: ReturnType<typeof setTimeout>;
    for (const input of inputs) {
      input.addEventListener("input", () => {
        clearTimeout(timer);
        timer = setTimeout(look, PAUSE, false);
      });
    }

    const failed = (error: ResetError): void => {
      switch (error.code) {
        case "password_rejected":
        case "body_too_large":
          first.wrong(this.#why(error.code === "password_rejected" ? error.reasons : ["too_long"]), true);
          this.alert(this.text((words) => words.rejected));
          return first.input.focus();
        case "unreachable":
        case "timed_out":
          return this.alert(this.text((words) => words.passwordUnanswered)).focus();
        case "link_busy":
          return this.alert(this.text((words) => words.linkBusy)).focus();
        default:
          if (!LINKS[error.code]) return this.alert(...this.explain(error)).focus();
          forget();
          this.#cannot(error).focus();
      }
    };
    const forget = (): void => inputs.forEach((input) => (input.value = ""));
    const send = (): void => {
      clearTimeout(timer);
      // What was shown is sent as a password, which browsers keep to themselves.
      show(false);
      this.alert();
      const wrong = look(true);
      if (wrong) {
        this.alert(this.text((words) => words.correct));
        return wrong.input.focus();
      }
      const password = first.input.value;
      void this.call(
        async (client, options) => client.confirm(await this.#token(), password, options),
        ({ message }) => {
          forget();
          this.#changed();
          this.fire("relatch-changed", { message });
        },
        failed,
      );
    };
    const [title, intro] = this.titled((words) => words.choose, "title form-title");
    this.show(title, intro, this.form(send, ...whose, first.whole, second.whole, reveal, this.button((words) => words.change)));
    return first.input;
  }

  #changed(): void {
    const href = linkIn(this, "sign-in-url");
    const [title, text] = this.titled((words) => words.changed);
    this.show(undefined, href ? this.make("a", "button link", (words) => words.signIn, { href }) : this.text((words) => words.signInNow));
    this.status(title, text);
    title.focus();
  }

  #longest(words: Words): string | undefined {
    if (!this.#rules) return undefined;
    const { maxLength, maxBytes = maxLength } = this.#rules;
    return words.longest(Math.min(maxLength, maxBytes), maxBytes < maxLength);
  }

  #why(reasons: readonly Reason[]): Say {
    return (words) => {
      const texts: Partial<Record<Reason, string>> = {
        too_short: words.tooShort(this.#rules?.minLength),
        too_long: words.tooLong(this.#longest(words)),
        common: words.common,
        personal: words.personal,
        mismatch: words.mismatch,
      };
      return (reasons.length ? reasons.map((reason) => texts[reason] ?? words.otherReason) : [words.otherReason]).join(" ");
    };
  }
}
