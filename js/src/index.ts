export { type LinkState, type Message, ResetClient } from "./client.js";
export type { ServiceCode } from "./codes.js";
export {
  type ClientCode,
  type ErrorCode,
  type Reason,
  type ReasonMessages,
  ResetError,
} from "./errors.js";
export { type Link, readLink, takeLink } from "./link.js";
export type { CallOptions, ClientOptions } from "./options.js";
export type { PasswordRules } from "./rules.js";
export { type Fallback, type ModuleSource, setModule } from "./wasm.js";
