import { ResetError } from "./errors.js";

/** The options of a call. They override those of the client. */
export interface CallOptions {
  /** Id of one of the service's applications. */
  application?: string | undefined;
  /** Language of the email, a BCP 47 tag. */
  locale?: string | undefined;
  /** Token of the captcha that the visitor has solved, for `request`. It is sent once. */
  captcha?: string | undefined;
  /** Milliseconds for the call, including all attempts and waits. 10,000 by default. */
  timeout?: number | undefined;
  /** Session token of the signed-in account, for `change`. */
  session?: string | undefined;
  /** Aborts the call, which then rejects with the code `aborted`. */
  signal?: AbortSignal | undefined;
  /** Sends the requests. The runtime's `fetch` by default. */
  fetch?: typeof fetch | undefined;
}

/** The options of a client. They apply to each of its calls. */
export type ClientOptions = Omit<CallOptions, "signal" | "captcha">;

/** The options of a call, merged with those of the client. */
export interface ResolvedOptions extends CallOptions {
  baseUrl: string;
}

const NAMES = ["application", "locale", "captcha", "timeout", "session", "signal", "fetch"];

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

const isTimeout = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) > 0 && (value as number) <= MAX_TIMEOUT;

const invalid = (message: string): ResetError =>
  new ResetError({ code: "options_invalid", message });

/**
 * Returns the options of a call, merged with those of its client. An undefined option of the call
 * falls back to the client's.
 *
 * @throws {ResetError} `options_invalid`.
 */
export function resolve(
  baseUrl: string | URL,
  client: ClientOptions,
  call: CallOptions | undefined,
): ResolvedOptions {
  const url = requireString(
    "base URL",
    baseUrl instanceof URL ? baseUrl.href : baseUrl,
    "options_invalid",
  );
  const merged: Record<string, unknown> = {};
  for (const options of [client, call]) {
    // A signal in place of the options has no properties that would be noticed.
    if (options && Object.prototype.toString.call(options) !== "[object Object]") {
      throw invalid("The options must be an object, such as { signal }.");
    }
    for (const [name, value] of Object.entries(options ?? {})) {
      if (!NAMES.includes(name)) {
        throw invalid(`There is no option ${name}. The options are ${NAMES.join(", ")}.`);
      }
      if (value !== undefined) merged[name] = value;
    }
  }
  const { timeout, signal, fetch } = merged;
  // These become part of a path, a body and a header.
  const text = ["application", "locale", "captcha", "session"].find((name) => {
    const value = merged[name];
    return value !== undefined && !(typeof value === "string" && /^[!-~]+$/.test(value));
  });
  const problem =
    timeout !== undefined && !isTimeout(timeout)
      ? `timeout must be an integer from 1 to ${MAX_TIMEOUT}`
      : signal !== undefined && !(signal instanceof AbortSignal)
        ? "signal must be an AbortSignal"
        : fetch !== undefined && typeof fetch !== "function"
          ? "fetch must be a function"
          : text && `${text} must be a string of visible ASCII characters`;
  if (problem) throw invalid(`The option ${problem}.`);
  return { ...merged, baseUrl: url };
}
