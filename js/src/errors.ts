import type { ServiceCode, ServiceStatus } from "./codes.js";

/** Why a password was refused, or would be. */
export type Reason = "too_short" | "too_long" | "common" | "personal" | "mismatch";

/** What the service never says, for it was not asked or did not answer. */
export type ClientCode =
  /** There was no answer. Make the same call again. */
  | "unreachable"
  /** There was none in time. Make the same call again. */
  | "timed_out"
  /** The signal gave the call up. */
  | "aborted"
  /** What answered is not the service: a redirect, HTML, half an answer. */
  | "answer_invalid"
  /** The service refused with a code that this version does not know: `serverCode`. */
  | "code_unknown"
  /** The base URL, the application, the time-out or another choice cannot be used. */
  | "options_invalid"
  /** The address holds no link. */
  | "link_missing"
  /** The package's own WebAssembly could not be loaded. */
  | "module_unavailable";

/** Every code that an error can have. */
export type ErrorCode = ServiceCode | ClientCode;

type Status<Code extends ErrorCode> = Code extends ServiceCode
  ? ServiceStatus[Code]
  : Code extends "answer_invalid" | "code_unknown"
    ? number
    : undefined;

/** What an error is made of. */
export interface Facts {
  code: string;
  message: string;
  status?: number | undefined;
  /** A line for each. */
  reasons?: string;
  retryAfter?: number | undefined;
  serverCode?: string;
  cause?: unknown;
}

/** An error of one code. */
interface ErrorOf<Code extends ErrorCode> extends Error {
  /** Its stable name: `switch` on it. */
  readonly code: Code;
  /** The HTTP status: 0 where the browser does not tell that of a redirect. Of a refusal that is made before anything is
   *  sent there is none. */
  readonly status: Status<Code> | (Code extends "link_invalid" | "request_invalid" ? undefined : never);
  /** Why the password was refused. Empty for every other code. */
  readonly reasons: readonly Reason[];
  /** Seconds to wait before another try, where the service says so. */
  readonly retryAfter: number | undefined;
  /** The service's own name for a refusal that this version does not know. */
  readonly serverCode: Code extends "code_unknown" ? string : undefined;
}

/** What every call rejects with: one type for each code. */
export type ResetError = { [Code in ErrorCode]: ErrorOf<Code> }[ErrorCode];

class CodedError extends Error {
  readonly code: string;
  readonly status: number | undefined;
  readonly reasons: readonly string[];
  readonly retryAfter: number | undefined;
  readonly serverCode: string | undefined;

  constructor({ code, message, status, reasons, retryAfter, serverCode, cause }: Facts) {
    super(message, cause === undefined ? {} : { cause });
    this.name = code === "aborted" ? "AbortError" : "ResetError";
    this.code = code;
    this.status = status;
    this.reasons = reasons ? reasons.split("\n") : [];
    this.retryAfter = retryAfter;
    this.serverCode = serverCode || undefined;
  }
}

/** For `error instanceof ResetError`. */
export const ResetError = CodedError as unknown as { readonly prototype: ResetError; new (facts: Facts): ResetError };
