// What both elements are made of: a shadow root, the page's language, one call at a time, and who is told what came of it.
import * as relatch from "../entries/browser.js";
import type { CallOptions, Message, ResetClient, ResetError } from "../index.js";
import { styles } from "./style.js";
import { register, wordsFor, type Titled, type Words } from "./words/index.js";

/** The events of both elements. They bubble, out of shadow roots too, and hold neither a password nor a token. */
export interface RelatchEvents {
  /** A request was accepted: whether there is such an account, it does not tell. */
  "relatch-sent": CustomEvent<Message>;
  /** The password was set. */
  "relatch-changed": CustomEvent<Message>;
  /** A call failed, or the address held no link that can be used. People have been told already. */
  "relatch-error": CustomEvent<ResetError>;
}

/** What stands somewhere, said anew when the language changes. */
export type Say = (words: Words, language: string) => string;

/** A field with its label, its hint and what is wrong with it. */
export interface Field {
  readonly whole: HTMLElement;
  readonly input: HTMLInputElement;
  /** Says what is wrong, or with nothing that nothing is. `sure`, once it was to be sent; before, it is only a hint. */
  wrong(says: Say | undefined, sure?: boolean): void;
}

/** Where there are no elements, as on a server, importing is all that is done. */
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/** Elements in a document: they change their language with it. */
const present = new Set<RelatchElement>();
let watching: MutationObserver | undefined;

const retell = (): void => present.forEach((element) => element.retell());

/**
 * Adds a language, by its tag (BCP 47), or puts other words in the place of one: those that are left out stay as they are, or are
 * English. Throws a RangeError where that is no tag.
 */
export function addWords(language: string, words: Partial<Words>): void {
  register(language, words);
  retell();
}

/** The language of the place that an element stands in, also from within shadow roots. */
function languageAt(element: Element): string {
  for (let at: Element | undefined = element; at; ) {
    const language = at.closest("[lang]:not([lang=''])")?.getAttribute("lang");
    if (language) return language;
    const root = at.getRootNode();
    at = root instanceof ShadowRoot ? root.host : undefined;
  }
  return document.documentElement.lang || navigator.language;
}

/** The address that an attribute names, if it can be a link: `javascript:` and its like cannot. */
export function linkIn(element: Element, attribute: string): string | undefined {
  const value = element.getAttribute(attribute)?.trim();
  if (!value) return undefined;
  if (value.startsWith("#")) return value;
  const url = URL.canParse(value, element.baseURI) ? new URL(value, element.baseURI) : undefined;
  return url && ["http:", "https:"].includes(url.protocol) ? url.href : undefined;
}

export abstract class RelatchElement extends Base {
  readonly #root = this.attachShadow({ mode: "open" });
  /** Every text by the node that it stands in. */
  readonly #says = new Map<Node, Say>();
  #words: Words = wordsFor("en")[1];
  #language = "en";
  // Both are there from the beginning: screen readers tell what comes into a region that they know.
  readonly #alert = this.make("div", "alert", undefined, { role: "alert", tabindex: "-1" });
  readonly #status = this.make("div", "status", undefined, { role: "status" });
  readonly #main = this.make("div", "main");
  readonly #body = this.make("div", "body", undefined, {}, this.#alert, this.#status, this.#main);
  #title: HTMLElement | undefined;
  #button: [HTMLButtonElement, Say] | undefined;
  /** The call that runs. */
  #call: AbortController | undefined;

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [styles()];
    this.#root.append(this.#body);
  }

  connectedCallback(): void {
    present.add(this);
    watching ??= new MutationObserver(retell);
    watching.observe(document, { subtree: true, attributeFilter: ["lang"] });
    // Not at once: a script may still set attributes, and add words.
    queueMicrotask(() => {
      if (!this.isConnected) return;
      this.retell();
      this.begin();
    });
  }

  disconnectedCallback(): void {
    present.delete(this);
    // Not at once: whoever moves an element takes it out for a moment.
    queueMicrotask(() => {
      if (!this.isConnected) this.stop();
    });
  }

  /** Begins, or goes on after the element was away. */
  protected abstract begin(): void;

  /** The language of the page, as far as it is one that the service takes. */
  protected get locale(): string | undefined {
    const language = languageAt(this).replaceAll("_", "-");
    return /^(?=.{2,35}$)[a-z0-9]{1,8}(-[a-z0-9]{1,8})*$/i.test(language) ? language : undefined;
  }

  protected get client(): ResetClient {
    return new relatch.ResetClient(this.getAttribute("base-url")?.trim() || location.origin, { application: this.getAttribute("application")?.trim() || undefined });
  }

  /** Says everything in the language that the element stands in now. */
  retell(): void {
    [this.#language, this.#words] = wordsFor(languageAt(this));
    this.#body.lang = this.#language;
    for (const [node, says] of this.#says) {
      if (this.#root.contains(node)) this.#tell(node, says);
      else this.#says.delete(node);
    }
  }

  // What is shown.

  protected make<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, part: string, says?: Say, attributes: Record<string, string> = {}, ...children: Node[]): HTMLElementTagNameMap[Tag] {
    const element = document.createElement(tag);
    element.setAttribute("part", part);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    if (says) this.say(element, says);
    return element;
  }

  protected say(node: Node, says: Say | undefined): void {
    if (says) this.#says.set(node, says);
    else this.#says.delete(node);
    this.#tell(node, says);
  }

  #tell(node: Node, says: Say | undefined): void {
    const text = says ? says(this.#words, this.#language) : "";
    // What is the same again is not to be read out again.
    if (node.textContent !== text) node.textContent = text;
  }

  protected text(says: Say): HTMLElement {
    return this.make("p", "text", says);
  }

  protected titled(pick: (words: Words) => Titled, part = "title"): [title: HTMLElement, text: HTMLElement] {
    return [this.make("h2", part, (words) => pick(words)[0], { tabindex: "-1" }), this.text((words) => pick(words)[1])];
  }

  /** The button that a form is sent by. There is one at a time; while a call runs it says so, and keeps the focus. */
  protected button(says: Say, attributes: Record<string, string> = {}): HTMLButtonElement {
    const button = this.make("button", "button", says, attributes);
    this.#button = [button, says];
    return button;
  }

  /** A button that is no more than a text. */
  protected quiet(part: string, says: Say, does: () => void): HTMLButtonElement {
    const button = this.make("button", `quiet ${part}`, says, { type: "button" });
    button.addEventListener("click", does);
    return button;
  }

  protected field(id: string, label: Say, attributes: Record<string, string>, hint?: Say): Field {
    const why = this.make("p", "reason", undefined, { id: `${id}-why`, "aria-live": "polite" });
    const hints = hint ? [this.make("p", "hint", hint, { id: `${id}-hint` })] : [];
    const described = [...hints, why].map((element) => element.id).join(" ");
    const input = this.make("input", "input", undefined, { id, required: "", "aria-describedby": described, ...attributes });
    const whole = this.make("div", "field", undefined, {}, this.make("label", "label", label, { for: id }), ...hints, why, input);
    const wrong = (says: Say | undefined, sure = false): void => {
      this.say(why, says);
      if (says && !sure) return;
      why.setAttribute("part", says ? "error" : "reason");
      if (says) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    };
    return { whole, input, wrong };
  }

  protected form(send: () => void, ...children: Node[]): HTMLFormElement {
    // Nothing has a name, and so nothing would be in an address, were it ever sent by the browser itself.
    const form = this.make("form", "form", undefined, { method: "post", novalidate: "" }, ...children);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.#call) send();
    });
    return form;
  }

  /** Shows this in the place of all that was there. */
  protected show(title: HTMLElement | undefined, ...main: Node[]): void {
    this.alert();
    this.status();
    this.#title?.remove();
    this.#title = title;
    if (title) this.#body.prepend(title);
    this.#main.replaceChildren(...main);
  }

  /** Tells of what went wrong, at once. With nothing it is quiet. */
  protected alert(...content: Node[]): HTMLElement {
    this.#alert.replaceChildren(...content);
    return this.#alert;
  }

  /** Tells of what is, when there is time. */
  protected status(...content: Node[]): void {
    this.#status.replaceChildren(...content);
  }

  // Calls.

  /** Makes one call, of which nobody is told once it is stopped. Until it is over there is no second one. */
  protected async call<Result>(
    does: (client: ResetClient, options: CallOptions) => Promise<Result>,
    done: (result: Result) => void,
    failed: (error: ResetError) => void,
  ): Promise<void> {
    if (this.#call) return;
    const { signal } = (this.#call = new AbortController());
    this.#busy(true);
    let result: Result | undefined;
    let error: ResetError | undefined;
    try {
      result = await does(this.client, { signal });
    } catch (cause) {
      // Nothing else is thrown, unless something on the page stands in the way.
      error = cause instanceof relatch.ResetError ? cause : new relatch.ResetError({ code: "module_unavailable", message: String(cause), cause });
    }
    if (signal.aborted) return;
    this.#call = undefined;
    this.#busy(false);
    if (!error) return done(result as Result);
    failed(error);
    this.fire("relatch-error", error);
  }

  /** Ends the call that runs, if there is one. */
  protected stop(): void {
    if (!this.#call) return;
    this.#call.abort();
    this.#call = undefined;
    this.#busy(false);
  }

  #busy(busy: boolean): void {
    if (!this.#button) return;
    const [button, says] = this.#button;
    if (busy) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
    this.say(button, busy ? (words) => words.wait : says);
  }

  protected fire<Name extends keyof RelatchEvents>(name: Name, detail: RelatchEvents[Name]["detail"]): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  /** What a person is told of an error that is no matter of what was typed. */
  protected explain({ code, message, retryAfter = 60 }: ResetError): Node[] {
    switch (code) {
      case "unreachable":
      case "timed_out":
        return [this.text((words) => words.unreachable)];
      case "unavailable":
        return [this.text((words) => words.unavailable)];
      case "too_many_requests": {
        const [value, unit] = retryAfter > 120 ? [retryAfter / 60, "minute"] : [retryAfter, "second"];
        return [this.text((words, language) => words.tooMany(new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(Math.ceil(value))))];
      }
      // All the others: nobody who uses the page can help it, and whoever wrote it finds the reason here.
      default:
        console.error(`<${this.localName}>: ${message}`);
        return this.titled((words) => words.notSetUp);
    }
  }
}
