import type { ServiceCode, ServiceStatus } from "./codes.js";

/** Why a password is not acceptable. */
export type Reason =
  | "too_short"
  | "too_long"
  | "common"
  | "personal"
  | "mismatch"
  | "invalid_character"
  | "unchanged"
  /** A rule that the application adds: see `messages`. */
  | "custom"
  /** Known from a breach of another system. */
  | "breached";

/** The texts of the reasons that the application words itself, for people. */
export interface ReasonMessages {
  readonly custom?: string;
}

/** The codes of errors that the client reports itself. */
export type ClientCode =
  /** The service did not respond. The call can be repeated. */
  | "unreachable"
  /** The service did not respond in time. The call can be repeated. */
  | "timed_out"
  /** The call was aborted by its signal. */
  | "aborted"
  /** The answer is not one of the service: a redirect, HTML, incomplete JSON. */
  | "answer_invalid"
  /** The service reported a code that this version does not know: see `serverCode`. */
  | "code_unknown"
  /** The base URL or an option is invalid. */
  | "options_invalid"
  /** The URL contains no link. */
  | "link_missing"
  /** The WebAssembly module could not be loaded. */
  | "module_unavailable";

/** The codes of all errors. */
export type ErrorCode = ServiceCode | ClientCode;

type Status<Code extends ErrorCode> = Code extends ServiceCode
  ? ServiceStatus[Code]
  : Code extends "answer_invalid" | "code_unknown"
    ? number
    : undefined;

/** The properties of a new error. */
export interface ErrorInit {
  code: string;
  message: string;
  status?: number | undefined;
  /** One reason per line. */
  reasons?: string;
  /** The field of this name in the answer. */
  messages?: unknown;
  /** In seconds. */
  retryAfter?: number | undefined;
  serverCode?: string;
  cause?: unknown;
}

interface ErrorOf<Code extends ErrorCode> extends Error {
  /** Stable: use it in a `switch`. */
  readonly code: Code;
  /**
   * The HTTP status. It is 0 if the browser hides the status of a redirect, and `undefined` if
   * the client rejected the call before it sent anything.
   */
  readonly status:
    | Status<Code>
    | (Code extends "link_invalid" | "request_invalid" ? undefined : never);
  /** Why the password was rejected. Empty unless the code is `password_rejected`. */
  readonly reasons: readonly Reason[];
  /** The application's own text for the reason `custom`. Plain text, not HTML. */
  readonly messages: ReasonMessages;
  /** Seconds to wait before the next attempt, if the service says so. */
  readonly retryAfter: number | undefined;
  /** The service's code, if this version does not know it. */
  readonly serverCode: Code extends "code_unknown" ? string : undefined;
}

/** The error of every call: a union with one type for each code. */
export type ResetError = { [Code in ErrorCode]: ErrorOf<Code> }[ErrorCode];

class CodedError extends Error {
  readonly code: string;
  readonly status: number | undefined;
  readonly reasons: readonly string[];
  readonly messages: ReasonMessages;
  readonly retryAfter: number | undefined;
  readonly serverCode: string | undefined;

  constructor(init: ErrorInit) {
    const { code, message, status, reasons, messages, retryAfter, serverCode, cause } = init;
    super(message, cause === undefined ? {} : { cause });
    this.name = code === "aborted" ? "AbortError" : "ResetError";
    this.code = code;
    this.status = status;
    this.reasons = reasons ? reasons.split("\n") : [];
    const { custom } = (messages ?? {}) as { custom?: unknown };
    this.messages = typeof custom === "string" ? { custom } : {};
    this.retryAfter = retryAfter;
    this.serverCode = serverCode || undefined;
  }
}

/** The class of every error, for `error instanceof ResetError`. */
export const ResetError = CodedError as unknown as {
  readonly prototype: ResetError;
  new (init: ErrorInit): ResetError;
};
