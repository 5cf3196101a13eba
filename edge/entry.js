// The Worker's main module: the built Worker between plain values (call.mjs), and its two objects with a guard around
// their alarms (guard.mjs).
import Built, { Desk as BuiltDesk, Intake as BuiltIntake } from "./build/index.js";
import { answer, call } from "./call.mjs";
import { guarded } from "./guard.mjs";

/** Made once: what it knows of the first call's context is never used, and a panic makes it anew by itself. */
let built;

export default {
  async fetch(request, env, context) {
    built ??= new Built(context, env);
    return answer(await built.fetch(await call(request)));
  },
};

export const Intake = guarded("intake", BuiltIntake);
export const Desk = guarded("desk", BuiltDesk);
