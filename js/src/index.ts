export { ResetClient, type LinkState, type Message } from "./client.js";
export type { ServiceCode } from "./codes.js";
export { ResetError, type ClientCode, type ErrorCode, type Reason } from "./errors.js";
export { readLink, takeLink, type Link } from "./link.js";
export type { CallOptions, ClientOptions } from "./options.js";
export type { PasswordRules } from "./rules.js";
