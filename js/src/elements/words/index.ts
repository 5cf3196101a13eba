import { de } from "./de.js";
import { en } from "./en.js";
import { es } from "./es.js";
import { fr } from "./fr.js";

/** A heading, and what stands below it. */
export type Titled = readonly [title: string, text: string];

/** Everything that the elements say, in one language. */
export interface Words {
  /** The form that asks for a mail. */
  readonly forgot: Titled;
  /** Its field. */
  readonly identifier: string;
  readonly identifierMissing: string;
  readonly identifierWrong: string;
  /** Its button. */
  readonly mailMe: string;
  /** The answer, whoever was named: it must not tell whether there is such an account. */
  readonly sent: Titled;
  /** What to do where no mail comes. */
  readonly notCome: Titled;
  readonly otherAddress: string;
  /** Leads back to the form. */
  readonly tryAgain: string;

  /** While the link is looked at. */
  readonly checking: string;
  /** While anything is on its way. */
  readonly wait: string;
  /** The form that sets a password. */
  readonly choose: Titled;
  readonly password: string;
  readonly again: string;
  /** The rules, before anything is typed. Without numbers where the service does not tell them. */
  rules(fewest?: number, longest?: string): string;
  /** The longest password: in bytes, or else in characters. */
  longest(most: number, inBytes: boolean): string;
  tooShort(fewest?: number): string;
  tooLong(longest?: string): string;
  readonly common: string;
  readonly personal: string;
  readonly mismatch: string;
  /** A reason that this version has no words for. */
  readonly otherReason: string;
  readonly passwordMissing: string;
  /** Beside what is wrong with the fields: on this page, and by the service's word. */
  readonly correct: string;
  readonly rejected: string;
  /** Buttons. */
  readonly show: string;
  readonly hide: string;
  readonly change: string;
  readonly changed: Titled;
  readonly signIn: string;
  /** Where there is no link to it. */
  readonly signInNow: string;

  /** Links that cannot be used. */
  readonly linkMissing: Titled;
  readonly linkInvalid: Titled;
  readonly linkExpired: Titled;
  readonly linkUsed: Titled;
  readonly askForLink: string;

  /** No answer; and of a password, which may have been set all the same. */
  readonly unreachable: string;
  readonly passwordUnanswered: string;
  readonly linkBusy: string;
  readonly unavailable: string;
  /** `span` is a time in this language, such as "30 seconds". */
  tooMany(span: string): string;
  /** Nothing that a person can mend. */
  readonly notSetUp: Titled;
}

const known = new Map<string, Words>(Object.entries({ en, de, fr, es }));

/**
 * Adds a language, by its tag (BCP 47), or puts other words in the place of one: those that are left out stay as they are, or are
 * English. Throws a RangeError where that is no tag.
 */
export function register(language: string, words: Partial<Words>): void {
  const tag = (Intl.getCanonicalLocales(language)[0] ?? language).toLowerCase();
  known.set(tag, { ...wordsFor(tag)[1], ...words });
}

/** The words for a language, and which one they are in: `de` is good for `de-AT`, and English for all that there are none for. */
export function wordsFor(language: string): [language: string, Words] {
  const parts = language.toLowerCase().split(/[-_]/);
  for (; parts.length; parts.pop()) {
    const tag = parts.join("-");
    const words = known.get(tag);
    if (words) return [tag, words];
  }
  return ["en", known.get("en") ?? en];
}
