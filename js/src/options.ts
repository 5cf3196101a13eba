import { ResetError } from "./errors.js";

/** The options of a call. They override those of the client. */
export interface CallOptions {
  /** Id of one of the service's applications. */
  application?: string | undefined;
  /** Language of the email, a BCP 47 tag. */
  locale?: string | undefined;
  /** Milliseconds for the call, including all attempts and waits. 10,000 by default. */
  timeout?: number | undefined;
  /** Session token of the signed-in account, for `change`. */
  session?: string | undefined;
  /** Aborts the call, which then rejects with the code `aborted`. */
  signal?: AbortSignal | undefined;
}

/** The options of a client. They apply to each of its calls. */
export type ClientOptions = Omit<CallOptions, "signal">;

/** The options of a call, merged with those of the client. */
export interface ResolvedOptions extends CallOptions {
  baseUrl: string;
}

/** The longest time-out that timers support, in milliseconds. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/**
 * Returns the value if it is a string.
 *
 * @throws {ResetError} Otherwise, with the code.
 */
export function requireString(name: string, value: unknown, code = "request_invalid"): string {
  if (typeof value === "string") return value;
  throw new ResetError({ code, message: `The ${name} must be a string.` });
}

const isTimeout = (value: number): boolean =>
  Number.isInteger(value) && value > 0 && value <= MAX_TIMEOUT;

/**
 * Returns the options if they are valid.
 *
 * @throws {ResetError} `options_invalid`.
 */
export function validate(options: ResolvedOptions): ResolvedOptions {
  const { baseUrl, timeout, signal } = options;
  requireString("base URL", baseUrl, "options_invalid");
  // These become part of a path, a body and a header.
  const text = (["application", "locale", "session"] as const).find((name) => {
    const value: unknown = options[name];
    return value !== undefined && !(typeof value === "string" && /^[!-~]+$/.test(value));
  });
  const problem =
    timeout !== undefined && !isTimeout(timeout)
      ? `timeout must be an integer from 1 to ${MAX_TIMEOUT}`
      : signal !== undefined && !(signal instanceof AbortSignal)
        ? "signal must be an AbortSignal"
        : text && `${text} must be a string of visible ASCII characters`;
  if (!problem) return options;
  throw new ResetError({ code: "options_invalid", message: `The option ${problem}.` });
}
