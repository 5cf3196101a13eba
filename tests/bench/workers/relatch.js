// The Worker as it is deployed, with two additions that only the benchmark needs: with DELAY_ALARMS
// the intakes' alarms are delayed beyond the measurement, and `inspect` reports the size of the
// WebAssembly memory.

import worker, { Intake as BuiltIntake, Mailbox, PasswordChange } from "../../../edge/entry.js";
import { wasmBytes } from "./memory.js";

/** Longer than any measurement. Whole flows measure the alarms' work. */
const ALARM_DELAY_MS = 3_600_000;

export class Intake extends BuiltIntake {
  constructor(state, env) {
    if (env.DELAY_ALARMS) {
      const { storage } = state;
      const setAlarm = storage.setAlarm.bind(storage);
      storage.setAlarm = (at, options) => setAlarm(Number(at) + ALARM_DELAY_MS, options);
    }
    super(state, env);
  }
}

export { Mailbox, PasswordChange };
export default worker;

/** Collects garbage and responds with the WebAssembly memory in bytes. It has its own socket. */
export const inspect = {
  fetch: () => {
    globalThis.gc?.();
    return Response.json({ wasm: wasmBytes() });
  },
};
