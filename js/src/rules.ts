import type { Reason } from "./errors.js";
import { resultOf, type Fields } from "./host.js";
import type { Wasm } from "./wasm.js";

/** An application's password rules: the service's own code, in this very page. Made by `ResetClient.rules`. */
export class PasswordRules {
  readonly #wasm: Wasm;
  /** Fewest characters (code points, after NFC). */
  readonly minLength: number;
  /** Most characters. */
  readonly maxLength: number;
  /** Most bytes in UTF-8, where the service's kind of hash looks at no more. */
  readonly maxBytes: number | undefined;

  /** @internal */
  constructor(wasm: Wasm, rules: Fields) {
    this.#wasm = wasm;
    this.minLength = rules["min_length"] as number;
    this.maxLength = rules["max_length"] as number;
    const maxBytes = rules["max_bytes"];
    this.maxBytes = typeof maxBytes === "number" ? maxBytes : undefined;
  }

  /**
   * Every reason against this password; none means that it may be used. `ownWords` are the account's user name, address and
   * name, as far as the page knows them: the service decides with all of them.
   */
  reasons(password: string, ownWords: readonly string[] = []): Reason[] {
    const { minLength, maxLength, maxBytes } = this;
    const reasons = resultOf(this.#wasm.reasons, { minLength, maxLength, maxBytes, password, ownWords: [ownWords].flat().join("\n") });
    return (reasons ? reasons.split("\n") : []) as Reason[];
  }
}
