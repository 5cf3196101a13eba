// The functions that the WebAssembly module imports (sdk/wasm/src/host.rs). Its functions are
// synchronous, so the state here belongs to the one that runs, and is cleared when it returns.
import type { ErrorInit } from "./errors.js";

export type Fields = Record<string, unknown>;

/** The body and the authorization of a call. */
export interface RequestContent {
  body?: Record<string, string>;
  authorization?: string;
}

/** Why a call failed, and the milliseconds after which it may be repeated. */
export type Failure = ErrorInit & { wait?: number | undefined };

/** The result of a function, and the values that it reported while it ran. */
export interface Outcome {
  result: string;
  content: RequestContent;
  failure: Failure | undefined;
}

let input: Fields;
let answer: Fields;
let result: string;
let content: RequestContent;
let failure: Failure | undefined;

/** Runs a function of the module with its input and, optionally, the answer that it reads. */
export function run(fn: () => void, fields: Fields, answerFields: Fields = {}): Outcome {
  input = fields;
  answer = answerFields;
  content = {};
  result = "";
  failure = undefined;
  fn();
  const outcome = { result, content, failure };
  // They may contain a password.
  input = answer = content = {};
  return outcome;
}

// Imports of the module

const field = (ofAnswer: boolean, name: string) => (ofAnswer ? answer : input)[name];

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
  if (!Array.isArray(value)) return "";
  return value.filter((item) => typeof item === "string" && !item.includes("\n")).join("\n");
};
export const setResult = (text: string): void => {
  result = text;
};
export const addField = (name: string, value: string): void => {
  (content.body ??= {})[name] = value;
};
export const setAuthorization = (value: string): void => {
  content.authorization = value;
};
export const fail = (
  code: string,
  message: string,
  status: number | undefined,
  reasons: string,
  retryAfter: number | undefined,
  wait: number | undefined,
  serverCode: string,
): void => {
  const { messages } = answer;
  failure = { code, message, status, reasons, messages, retryAfter, wait, serverCode };
};
