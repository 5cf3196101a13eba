import type { Reason } from "./errors.js";
import { type Fields, run } from "./host.js";
import type { Wasm } from "./wasm.js";

/**
 * The password rules of an application, applied by the same code as in the service. Returned by
 * `ResetClient.rules`.
 */
export class PasswordRules {
  readonly #wasm: Wasm;
  /** Minimum length in characters (Unicode code points, after NFC). */
  readonly minLength: number;
  /** Maximum length in characters. */
  readonly maxLength: number;
  /** Maximum length in bytes of UTF-8, if the service's password hash ignores further bytes. */
  readonly maxBytes: number | undefined;
  /** The name of the application. A password made of it counts as common. */
  readonly applicationName: string | undefined;

  /** @internal */
  constructor(wasm: Wasm, rules: Fields) {
    this.#wasm = wasm;
    this.minLength = rules["min_length"] as number;
    this.maxLength = rules["max_length"] as number;
    const maxBytes = rules["max_bytes"];
    this.maxBytes = typeof maxBytes === "number" ? maxBytes : undefined;
    const name = rules["application_name"];
    this.applicationName = typeof name === "string" ? name : undefined;
  }

  /**
   * Returns every reason against a password. An empty list means that the password is acceptable,
   * as far as the page knows the account: the service also checks the account's own name,
   * username and email address.
   *
   * @param personalTerms - The account's username, email address and name, if the page knows them.
   */
  reasons(password: string, personalTerms: readonly string[] = []): Reason[] {
    const { minLength, maxLength, maxBytes, applicationName } = this;
    const terms = [personalTerms].flat().join("\n");
    const limits = { minLength, maxLength, maxBytes, applicationName };
    const { result } = run(this.#wasm.reasons, { ...limits, password, personalTerms: terms });
    return (result ? result.split("\n") : []) as Reason[];
  }
}
