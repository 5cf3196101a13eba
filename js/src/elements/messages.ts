// The messages of the elements. Their texts are in edge/languages, one file for each language, and
// the build writes them into the folder `languages`. English is part of the elements, and the others
// are loaded when an element needs them.
import en from "./languages/en.js";
import { LOADERS, RIGHT_TO_LEFT, TRADITIONAL_CHINESE } from "./languages/index.js";

/** The longest time for which an element waits for the messages of its language. */
const LOAD_TIMEOUT = 3000;

/**
 * Every message of the elements, in one language. A message is plain text, not HTML. Values are
 * inserted where their names stand in braces.
 */
export interface Messages {
  /** Heading and text of the form that requests an email. */
  readonly "request.title": string;
  readonly "request.text": string;
  /** Label of the field for an email address or a username. */
  readonly "request.identifier": string;
  readonly "request.identifier_missing": string;
  readonly "request.identifier_invalid": string;
  readonly "request.submit": string;

  /** Shown after every accepted request: must not reveal whether the account exists. */
  readonly "sent.title": string;
  readonly "sent.text": string;
  /** Heading and items of the list for people who get no email. */
  readonly "sent.help": string;
  readonly "sent.help_spam": string;
  readonly "sent.help_address": string;

  /** Heading and text of the form that sets a password. */
  readonly "reset.title": string;
  readonly "reset.text": string;
  /** Of the hosted page, where a reset ends all sessions. */
  readonly "reset.signs_out": string;
  /** Labels of its two fields. */
  readonly "reset.password": string;
  readonly "reset.repeat": string;
  /** Button that shows or hides both passwords. */
  readonly "reset.show": string;
  readonly "reset.hide": string;
  readonly "reset.submit": string;
  /** Alert after the service rejected a password; the field says why. */
  readonly "reset.rejected": string;

  /** Password rules. `{max}` is `password.characters` or `password.bytes`. */
  readonly "password.length": string;
  readonly "password.min": string;
  readonly "password.max": string;
  readonly "password.characters": string;
  readonly "password.bytes": string;
  readonly "password.advice": string;

  /** Why a password is not acceptable: one message for each `Reason`. */
  readonly "reason.missing": string;
  readonly "reason.too_short": string;
  readonly "reason.too_long": string;
  readonly "reason.common": string;
  readonly "reason.personal": string;
  readonly "reason.mismatch": string;
  readonly "reason.invalid_character": string;
  /** Not shown by these elements, which need no old password. */
  readonly "reason.unchanged": string;
  readonly "reason.breached": string;
  /** A reason that this version does not know. */
  readonly "reason.other": string;

  /** After a password was set, which may be the first one of the account. */
  readonly "changed.title": string;
  readonly "changed.text": string;
  /** Of the hosted page, where the reset has ended all sessions. */
  readonly "changed.signed_out": string;
  /** Link to the sign-in page. */
  readonly "changed.sign_in": string;
  /** Shown instead if the element has no `sign-in-url`. */
  readonly "changed.sign_in_text": string;

  readonly "link.checking": string;
  readonly "link.request_new": string;
  /** Links that cannot be used, by error code. */
  readonly "link_missing.title": string;
  readonly "link_missing.text": string;
  readonly "link_invalid.title": string;
  readonly "link_invalid.text": string;
  readonly "link_expired.title": string;
  readonly "link_expired.text": string;
  readonly "link_used.title": string;
  readonly "link_used.text": string;

  /** Alert above a form with invalid fields. */
  readonly "form.correct": string;
  /** Label of a button while its request is pending. */
  readonly "form.wait": string;
  readonly "form.retry": string;

  readonly "error.unreachable": string;
  /** No answer to a confirm: the password may have been set. */
  readonly "error.confirm_unanswered": string;
  readonly "error.link_busy": string;
  readonly "error.unavailable": string;
  /** `{time}` is a duration in this language, such as "30 seconds". */
  readonly "error.too_many_requests": string;
  /** The service asks for a captcha that is not solved, or not any more. */
  readonly "captcha.rejected": string;
  /** Shown in browsers without WebAssembly if the form does not work there. */
  readonly "blocked.title": string;
  readonly "blocked.text": string;
  /** Link to the service's own page, which works without scripts. */
  readonly "blocked.continue": string;
  /** Errors that only the owner of the site can fix. */
  readonly "not_set_up.title": string;
  readonly "not_set_up.text": string;
}

/** The messages of the languages that are loaded. */
const loaded = new Map<string, Messages>([["en", en]]);
/** The messages that the site has added or replaced. */
const own = new Map<string, Partial<Messages>>();
/** The languages that are being loaded, or could not be. */
const loading = new Map<string, Promise<void>>();

/** Adds or overrides messages of a language, as `addMessages` of base.ts documents. */
export function register(language: string, messages: Partial<Messages>): void {
  const tag = (Intl.getCanonicalLocales(language)[0] ?? language).toLowerCase();
  own.set(tag, { ...own.get(tag), ...messages });
}

/** Returns the tags whose messages a language uses, from the most to the least specific. */
function tagsOf(language: string): string[] {
  const parts = language.toLowerCase().split(/[-_]/);
  const tags = parts.map((_, place) => parts.slice(0, parts.length - place).join("-"));
  if (parts[0] === "zh" && !parts.includes("hans") && !parts.includes("hant"))
    tags.splice(
      -1,
      0,
      TRADITIONAL_CHINESE.some((region) => parts.includes(region)) ? "zh-hant" : "zh-hans",
    );
  return tags;
}

/**
 * Loads the messages of a language. Returns a promise that is settled when they are there, when they
 * cannot be loaded, or after a while; or `undefined` if there is nothing to load.
 */
export function load(language: string): Promise<void> | undefined {
  const tag = tagsOf(language).find((tag) => LOADERS[tag] || loaded.has(tag));
  const loader = tag && !loaded.has(tag) && LOADERS[tag];
  if (!loader) return undefined;
  const pending = loading.get(tag);
  if (pending) return pending;
  const done = loader().then(
    (module) => void loaded.set(tag, module.default),
    // Without the file, the element is in English, and the next one tries again.
    () => void loading.delete(tag),
  );
  const promise = Promise.race([done, new Promise<void>((end) => setTimeout(end, LOAD_TIMEOUT))]);
  loading.set(tag, promise);
  return promise;
}

/** Returns whether a tag is that of a language that is written from right to left. */
export const isRightToLeft = (tag: string): boolean =>
  RIGHT_TO_LEFT.includes(tag.split("-", 1)[0] ?? "");

/**
 * Returns the messages for a language and the tag of the language that they are in. `de-AT` gets
 * the messages of `de` unless it has its own; a language without messages gets English.
 */
export function messagesFor(language: string): [tag: string, messages: Messages] {
  const tags = [...tagsOf(language), "en"].filter((tag) => loaded.has(tag) || own.has(tag));
  const layers = tags.reverse().flatMap((tag) => [loaded.get(tag), own.get(tag)]);
  const messages: Messages = Object.assign({}, en, ...layers);
  return [tags.at(-1) ?? "en", messages];
}

/** Returns a message with its placeholders replaced, such as `{time}`. */
export function fill(message: string, values: Record<string, string | number>): string {
  return message.replace(/\{(\w+)\}/g, (_, name: string) => `${values[name]}`);
}
