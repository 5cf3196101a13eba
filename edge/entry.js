// The Worker's main module. It passes requests to the built Worker as plain values (call.mjs) and
// exports the Durable Objects with a guard around their alarms (guard.mjs).
import RelatchWorker, {
  Intake as BuiltIntake,
  Mailbox as BuiltMailbox,
  PasswordChange as BuiltPasswordChange,
} from "./build/index.js";
import { answer } from "./call.mjs";
import { guarded } from "./guard.mjs";

/**
 * The built Worker. One instance serves all requests: it does not use the context that it was
 * created with, and it re-creates its WebAssembly instance after a panic.
 */
let worker;

export default {
  async fetch(request, env, context) {
    worker ??= new RelatchWorker(context, env);
    return answer(request, context, (hostRequest) => worker.fetch(hostRequest));
  },
};

export const Intake = guarded("intake", BuiltIntake);
export const Mailbox = guarded("mailbox", BuiltMailbox);
export const PasswordChange = guarded("password change", BuiltPasswordChange);
