// The live check of the two password fields, shared by the hosted page and `<relatch-reset>`.
//
// While a person types, problems are hints: half a second after the last keystroke they appear
// above the input, in a paragraph that screen readers announce politely. When the person leaves
// the field or submits the form, they become errors. An error remains one until it is corrected.
import type { Reason } from "./errors.js";

/** Why a field is not acceptable: a reason of the password rules, no input, or any other reason. */
export type Problem = Reason | "missing" | "other";

export interface PasswordField {
  readonly input: HTMLInputElement;
  /** Replaces the message above the input; no problems clear it. */
  show(problems: readonly Problem[], isError: boolean): void;
}

/**
 * Milliseconds from the last event to the check. Screen readers do not announce every keystroke
 * then, and a message that moves the button does not appear while the button is being clicked.
 */
const DELAY = 500;

/** Sets or removes `aria-invalid`. */
export function setInvalid(input: HTMLInputElement, isInvalid: boolean): void {
  if (isInvalid) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

export class PasswordFields {
  readonly #password: PasswordField;
  readonly #repeat: PasswordField;
  readonly #reasons: (password: string) => readonly Reason[];
  /** Fields that were edited and not left since. */
  readonly #editing = new Set<PasswordField>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `reasons` applies the password rules; it returns nothing while they are not known. */
  constructor(
    password: PasswordField,
    repeat: PasswordField,
    reasons: (password: string) => readonly Reason[],
  ) {
    this.#password = password;
    this.#repeat = repeat;
    this.#reasons = reasons;
    for (const field of [password, repeat]) {
      field.input.addEventListener("input", () => {
        this.#editing.add(field);
        this.#checkLater();
      });
      field.input.addEventListener("change", () => {
        this.#editing.delete(field);
        this.#checkLater();
      });
    }
  }

  /**
   * Checks both fields for a submit and shows every problem as an error. Returns the first input
   * with a problem, or `undefined` if both fields are acceptable.
   */
  validate(): HTMLInputElement | undefined {
    clearTimeout(this.#timer);
    this.#editing.clear();
    return this.#check(true);
  }

  /** Shows why the service rejected the password. */
  reject(problems: readonly Problem[]): void {
    this.#editing.clear();
    this.#show(this.#password, problems);
  }

  #checkLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#check(false), DELAY);
  }

  #check(isSubmit: boolean): HTMLInputElement | undefined {
    const password = this.#password.input.value;
    const repeat = this.#repeat.input.value;
    // An empty field is a problem only once the form is submitted.
    const empty: readonly Problem[] = isSubmit ? ["missing"] : [];
    const problems = password ? this.#reasons(password) : empty;
    // While typing, the second field may be the beginning of the first one.
    const matches = this.#editing.size
      ? password.startsWith(repeat)
      : password === repeat || (!repeat && !isSubmit);
    this.#show(this.#password, problems);
    this.#show(this.#repeat, matches ? [] : ["mismatch"]);
    if (problems.length) return this.#password.input;
    return matches ? undefined : this.#repeat.input;
  }

  #show(field: PasswordField, problems: readonly Problem[]): void {
    const { input } = field;
    const wasError = input.hasAttribute("aria-invalid");
    const isError = problems.length > 0 && (wasError || !this.#editing.has(field));
    setInvalid(input, isError);
    field.show(problems, isError);
  }
}
