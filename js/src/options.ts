import { ResetError } from "./errors.js";

/** What a call may be told; the client's own are for every call. */
export interface CallOptions {
  /** Which of the service's applications. */
  application?: string | undefined;
  /** The language that the mail should be in (BCP 47). */
  locale?: string | undefined;
  /** Milliseconds for a call with all its attempts: 10,000 unless set. */
  timeout?: number | undefined;
  /** The token of the session of whoever is signed in, for `change`. */
  session?: string | undefined;
  /** Gives the call up: it rejects with the code `aborted`. */
  signal?: AbortSignal | undefined;
}

/** What every call of a client is told. */
export type ClientOptions = Omit<CallOptions, "signal">;

/** All of it. */
export interface Told extends CallOptions {
  baseUrl: string;
}

/** The longest time that the hosts' timers take, in milliseconds. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** What a caller of ours gave in the place of a text, if it is one. */
export function asText(name: string, value: unknown, code = "request_invalid"): string {
  if (typeof value === "string") return value;
  throw new ResetError({ code, message: `The ${name} is not a string.` });
}

/** The options, if each is what it has to be. */
export function checked(told: Told): Told {
  const { timeout, signal } = told;
  // As they stand in a path, a body and a header.
  const text = (["application", "locale", "session"] as const).find((name) => told[name] !== undefined && !(typeof told[name] === "string" && /^[!-~]+$/.test(told[name])));
  const wrong =
    timeout !== undefined && !(Number.isInteger(timeout) && timeout > 0 && timeout <= LONGEST_TIMEOUT)
      ? "timeout is not a whole number of milliseconds, at least 1"
      : signal !== undefined && !(signal instanceof AbortSignal)
        ? "signal is not an AbortSignal"
        : text && `${text} is not a string of visible ASCII`;
  asText("base URL", told.baseUrl, "options_invalid");
  if (wrong) throw new ResetError({ code: "options_invalid", message: `The option ${wrong}.` });
  return told;
}
