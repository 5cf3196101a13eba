// What the WebAssembly is given, and what it tells, while one of its functions runs (sdk/wasm/src/host.rs). They are
// synchronous, and nothing here outlives one.
import { ResetError, type Facts } from "./errors.js";

export type Fields = Record<string, unknown>;

/** What a call sends beside its address. */
export interface Sent {
  body?: Record<string, string>;
  authorization?: string;
}

/** Why a call failed, and after how many milliseconds it may be made again. */
export type Failure = Facts & { wait?: number | undefined };

let given: Fields;
let answer: Fields;
let sent: Sent;
let failure: Failure | undefined;

/** Runs a function with what it is given, and perhaps with an answer to read. */
export function run<Result>(does: () => Result, fields: Fields, read: Fields = {}): { result: Result; sent: Sent; failure: Failure | undefined } {
  given = fields;
  answer = read;
  sent = {};
  failure = undefined;
  const told = { result: does(), sent, failure };
  // There may be a password in them.
  given = answer = sent = {};
  return told;
}

/** The result of a function, where it has one. */
export function resultOf<Result>(does: () => Result, fields: Fields): NonNullable<Result> {
  const { result, failure } = run(does, fields);
  if (failure) throw new ResetError(failure);
  return result as NonNullable<Result>;
}

// What it imports.

const field = (ofAnswer: boolean, name: string) => (ofAnswer ? answer : given)[name];

export const textOf = (ofAnswer: boolean, name: string): string | undefined => {
  const value = field(ofAnswer, name);
  return typeof value === "string" ? value : undefined;
};
export const numberOf = (ofAnswer: boolean, name: string): number | undefined => {
  const value = field(ofAnswer, name);
  return typeof value === "number" ? value : undefined;
};
export const textsOf = (ofAnswer: boolean, name: string): string => {
  const value = field(ofAnswer, name);
  return Array.isArray(value) ? value.filter((item) => typeof item === "string" && !item.includes("\n")).join("\n") : "";
};
export const addField = (name: string, value: string): void => {
  (sent.body ??= {})[name] = value;
};
export const setAuthorization = (value: string): void => {
  sent.authorization = value;
};
export const fail = (code: string, message: string, status: number | undefined, reasons: string, retryAfter: number | undefined, wait: number | undefined, serverCode: string): void => {
  failure = { code, message, status, reasons, retryAfter, wait, serverCode };
};
