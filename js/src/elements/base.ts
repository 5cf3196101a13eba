// The base of both elements: shadow root, language, form fields, one call at a time, and events.
import * as relatch from "../entries/browser.js";
import type { CallOptions, Message, ResetClient, ResetError } from "../index.js";
import { setInvalid } from "../password-fields.js";
import { fill, isRightToLeft, load, type Messages, messagesFor, register } from "./messages.js";
import { addStyles } from "./style.js";

/**
 * The events of both elements. They bubble, also out of shadow roots, and contain neither a
 * password nor a token.
 */
export interface RelatchEvents {
  /** A request was accepted. This does not reveal whether the account exists. */
  "relatch-sent": CustomEvent<Message>;
  /** The password was set. */
  "relatch-changed": CustomEvent<Message>;
  /**
   * A call failed, or the page's URL contains no usable link. The element has already shown a
   * message to the visitor.
   */
  "relatch-error": CustomEvent<ResetError>;
}

/** A text of the element: the key of a message, or a function for a message with values. */
export type Text = keyof Messages | ((messages: Messages, language: string) => string);

/** The part of the keys before `.title` and `.text`. */
export type Section = keyof {
  [Key in keyof Messages as Key extends `${infer Name}.text` ? Name : never]: true;
};

/** A labelled input with a message above it. */
export interface Field {
  readonly container: HTMLElement;
  readonly input: HTMLInputElement;
  /** Replaces the message and its look; `undefined` clears it. Does not set `aria-invalid`. */
  show(text: Text | undefined, isError: boolean): void;
  /** Shows an error and marks the input as invalid; `undefined` clears both. */
  setError(text: Text | undefined): void;
}

/** Outside of a browser there are no elements: importing the module then has no effect. */
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/** The elements in a document, which follow its language. */
const connected = new Set<RelatchElement>();
let languageObserver: MutationObserver | undefined;

const updateLanguages = (): void => connected.forEach((element) => element.updateLanguage());

/**
 * Adds a language, or overrides messages of one. Messages that are left out keep their text, or
 * are in English if the language is new.
 *
 * @param language - A BCP 47 tag, such as `nl` or `de-AT`.
 * @throws {RangeError} If `language` is not a valid tag.
 */
export function addMessages(language: string, messages: Partial<Messages>): void {
  register(language, messages);
  updateLanguages();
}

/** Returns the language at an element: the nearest `lang`, also outside of its shadow root. */
function languageAt(element: Element): string {
  for (let at: Element | undefined = element; at; ) {
    const language = at.closest("[lang]:not([lang=''])")?.getAttribute("lang");
    if (language) return language;
    const root = at.getRootNode();
    at = root instanceof ShadowRoot ? root.host : undefined;
  }
  return document.documentElement.lang || navigator.language;
}

/** Returns the URL in an attribute if it is HTTP, HTTPS or a fragment, and not `javascript:`. */
export function linkAttribute(element: Element, attribute: string): string | undefined {
  const value = element.getAttribute(attribute)?.trim();
  if (!value) return undefined;
  if (value.startsWith("#")) return value;
  if (!URL.canParse(value, element.baseURI)) return undefined;
  const url = new URL(value, element.baseURI);
  return ["http:", "https:"].includes(url.protocol) ? url.href : undefined;
}

export abstract class RelatchElement extends Base {
  readonly #root = this.attachShadow({ mode: "open" });
  /** The text of each node, to render it again in another language. */
  readonly #texts = new Map<Node, Text>();
  #messages: Messages = messagesFor("en")[1];
  #language = "en";
  // Both regions exist from the beginning: screen readers announce changes of known regions only.
  readonly #alert = this.create("div", "alert", undefined, { role: "alert", tabindex: "-1" });
  readonly #status = this.create("div", "status", undefined, { role: "status" });
  readonly #main = this.create("div", "main");
  readonly #body = this.create("div", "body", undefined, {}, this.#alert, this.#status, this.#main);
  #title: HTMLElement | undefined;
  #button: [HTMLButtonElement, Text] | undefined;
  /** The number of the latest connection that waits for its language. */
  #connection = 0;
  /** Whether the texts are rendered again when messages were loaded. */
  #isWaiting = false;
  /** Aborts the pending call. */
  #call: AbortController | undefined;

  constructor() {
    super();
    addStyles(this.#root);
    this.#root.append(this.#body);
  }

  connectedCallback(): void {
    connected.add(this);
    languageObserver ??= new MutationObserver(updateLanguages);
    languageObserver.observe(document, { subtree: true, attributeFilter: ["lang"] });
    // A script may set attributes and add messages right after it inserts the element.
    queueMicrotask(() => {
      if (!this.isConnected) return;
      const begin = (): void => {
        this.updateLanguage();
        this.begin();
      };
      const loading = load(languageAt(this));
      if (!loading) return begin();
      const connection = ++this.#connection;
      void loading.then(() => {
        if (this.isConnected && connection === this.#connection) begin();
      });
    });
  }

  disconnectedCallback(): void {
    connected.delete(this);
    // An element that is moved is disconnected for a moment.
    queueMicrotask(() => {
      if (!this.isConnected) this.stop();
    });
  }

  /** Starts the element, or resumes it after it was disconnected. */
  protected abstract begin(): void;

  /** The language for the email, if the service accepts its tag. */
  protected get locale(): string | undefined {
    const language = languageAt(this).replaceAll("_", "-");
    const tag = /^(?=.{2,35}$)[a-z0-9]{1,8}(-[a-z0-9]{1,8})*$/i;
    return tag.test(language) ? language : undefined;
  }

  /**
   * The service's own page for the same purpose, which works without scripts. `undefined` if the
   * client would not send anything to that URL either.
   */
  protected hostedPage(path: string): string | undefined {
    const base = linkAttribute(this, "base-url") ?? location.origin;
    const { protocol, hostname } = new URL(base);
    const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
    if (protocol !== "https:" && !isLocal) return undefined;
    const application = this.getAttribute("application")?.trim();
    const prefix = application ? `/apps/${encodeURIComponent(application)}` : "";
    return base.replace(/\/$/, "") + prefix + path;
  }

  /** The URL of the page, for a visitor whose browser does not run the client. */
  protected abstract get alternative(): string | undefined;

  protected get client(): ResetClient {
    const baseUrl = this.getAttribute("base-url")?.trim() || location.origin;
    const application = this.getAttribute("application")?.trim() || undefined;
    return new relatch.ResetClient(baseUrl, { application });
  }

  /** Renders every text in the language at the element's current place. */
  updateLanguage(): void {
    const language = languageAt(this);
    // Until its messages are there, the texts stay as they are.
    const loading = load(language);
    if (loading && !this.#isWaiting) {
      this.#isWaiting = true;
      void loading.then(() => {
        this.#isWaiting = false;
        this.#renderIn(languageAt(this));
      });
    }
    this.#renderIn(loading ? this.#language : language);
  }

  #renderIn(language: string): void {
    [this.#language, this.#messages] = messagesFor(language);
    this.#body.lang = this.#language;
    this.#body.dir = isRightToLeft(this.#language) ? "rtl" : "ltr";
    for (const [node, text] of this.#texts) {
      if (this.#root.contains(node)) this.#render(node, text);
      else this.#texts.delete(node);
    }
  }

  // Content

  protected create<Tag extends keyof HTMLElementTagNameMap>(
    tag: Tag,
    part: string,
    text?: Text,
    attributes: Record<string, string> = {},
    ...children: Node[]
  ): HTMLElementTagNameMap[Tag] {
    const element = document.createElement(tag);
    element.setAttribute("part", part);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    if (text) this.setText(element, text);
    return element;
  }

  protected setText(node: Node, text: Text | undefined): void {
    if (text) this.#texts.set(node, text);
    else this.#texts.delete(node);
    this.#render(node, text);
  }

  #render(node: Node, text: Text | undefined): void {
    const messages = this.#messages;
    const rendered =
      typeof text === "function" ? text(messages, this.#language) : text ? messages[text] : "";
    // Setting the same text again would announce it again.
    if (node.textContent !== rendered) node.textContent = rendered;
  }

  protected paragraph(text: Text): HTMLElement {
    return this.create("p", "text", text);
  }

  protected titled(section: Section, part = "title"): [title: HTMLElement, text: HTMLElement] {
    const title = this.create("h2", part, `${section}.title`, { tabindex: "-1" });
    return [title, this.paragraph(`${section}.text`)];
  }

  /**
   * Creates the button that submits the form. There is one at a time. While a call is pending it
   * shows that, is disabled by `aria-disabled`, and keeps the focus.
   */
  protected button(text: Text, attributes: Record<string, string> = {}): HTMLButtonElement {
    const button = this.create("button", "button", text, attributes);
    this.#button = [button, text];
    return button;
  }

  /** Creates a button that looks like a link. */
  protected textButton(part: string, text: Text, onClick: () => void): HTMLButtonElement {
    const button = this.create("button", `quiet ${part}`, text, { type: "button" });
    button.addEventListener("click", onClick);
    return button;
  }

  protected field(id: string, label: Text, attributes: Record<string, string>, hint?: Text): Field {
    const message = this.create("p", "reason", undefined, {
      id: `${id}-message`,
      "aria-live": "polite",
    });
    const hints = hint ? [this.create("p", "hint", hint, { id: `${id}-hint` })] : [];
    const input = this.create("input", "input", undefined, {
      id,
      required: "",
      "aria-describedby": [...hints, message].map((element) => element.id).join(" "),
      ...attributes,
    });
    const labelElement = this.create("label", "label", label, { for: id });
    const container = this.create(
      "div",
      "field",
      undefined,
      {},
      labelElement,
      ...hints,
      message,
      input,
    );
    const show = (text: Text | undefined, isError: boolean): void => {
      this.setText(message, text);
      message.setAttribute("part", isError ? "error" : "reason");
    };
    const setError = (text: Text | undefined): void => {
      show(text, text !== undefined);
      setInvalid(input, text !== undefined);
    };
    return { container, input, show, setError };
  }

  protected form(onSubmit: () => void, ...children: Node[]): HTMLFormElement {
    // The inputs have no names: if the browser submitted the form itself, it would send nothing.
    const attributes = { method: "post", novalidate: "" };
    const form = this.create("form", "form", undefined, attributes, ...children);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.#call) onSubmit();
    });
    return form;
  }

  /** Replaces the whole content. */
  protected show(title: HTMLElement | undefined, ...main: Node[]): void {
    this.alert();
    this.status();
    this.#title?.remove();
    this.#title = title;
    if (title) this.#body.prepend(title);
    this.#main.replaceChildren(...main);
  }

  /** Announces an error immediately. Without content it clears the alert. */
  protected alert(...content: Node[]): HTMLElement {
    this.#alert.replaceChildren(...content);
    return this.#alert;
  }

  /** Announces a state when the screen reader is idle. Without content it clears the status. */
  protected status(...content: Node[]): void {
    this.#status.replaceChildren(...content);
  }

  // Calls

  /**
   * Makes a call unless one is pending. Neither callback runs if `stop` ends the call. An error
   * is also reported as the event `relatch-error`.
   */
  protected async call<Result>(
    send: (client: ResetClient, options: CallOptions) => Promise<Result>,
    onSuccess: (result: Result) => void,
    onError: (error: ResetError) => void,
  ): Promise<void> {
    if (this.#call) return;
    const { signal } = (this.#call = new AbortController());
    this.#setBusy(true);
    let result: Result | undefined;
    let error: ResetError | undefined;
    try {
      result = await send(this.client, { signal });
    } catch (cause) {
      // The client throws nothing else, unless the page has changed a built-in that it uses.
      error =
        cause instanceof relatch.ResetError
          ? cause
          : new relatch.ResetError({ code: "module_unavailable", message: String(cause), cause });
    }
    if (signal.aborted) return;
    this.#call = undefined;
    this.#setBusy(false);
    if (!error) return onSuccess(result as Result);
    onError(error);
    this.fire("relatch-error", error);
  }

  /** Aborts the pending call, if there is one. */
  protected stop(): void {
    if (!this.#call) return;
    this.#call.abort();
    this.#call = undefined;
    this.#setBusy(false);
  }

  #setBusy(isBusy: boolean): void {
    if (!this.#button) return;
    const [button, text] = this.#button;
    if (isBusy) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
    this.setText(button, isBusy ? "form.wait" : text);
  }

  protected fire<Name extends keyof RelatchEvents>(
    name: Name,
    detail: RelatchEvents[Name]["detail"],
  ): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  #alternativeLink(): Node[] {
    const href = this.alternative;
    // The token may be part of the URL.
    const attributes = { href: href ?? "", rel: "noreferrer" };
    return href ? [this.create("a", "button link", "blocked.continue", attributes)] : [];
  }

  /** Returns the message for an error that is not about the input of a field. */
  protected explain({ code, message, retryAfter = 60 }: ResetError): Node[] {
    switch (code) {
      case "unreachable":
      case "timed_out":
        return [this.paragraph("error.unreachable")];
      case "unavailable":
        return [this.paragraph("error.unavailable")];
      case "captcha_rejected":
        return [this.paragraph("captcha.rejected")];
      case "too_many_requests": {
        const [value, unit] =
          retryAfter > 120 ? [retryAfter / 60, "minute"] : [retryAfter, "second"];
        const format = { style: "unit", unit, unitDisplay: "long" } as const;
        return [
          this.paragraph((messages, language) => {
            const time = new Intl.NumberFormat(language, format).format(Math.ceil(value));
            return fill(messages["error.too_many_requests"], { time });
          }),
        ];
      }
      // The visitor can do nothing about the others. The console has the reason for the developer.
      default:
        console.error(`<${this.localName}>: ${message}`);
        if (code !== "module_unavailable") return this.titled("not_set_up");
        return [
          ...this.titled(globalThis.WebAssembly ? "not_set_up" : "blocked"),
          ...this.#alternativeLink(),
        ];
    }
  }
}
