// The Worker as it is deployed, and two things that only the bench adds, from outside: intakes whose alarms ring after
// the window, where PUT_OFF is bound, and the size of its wasm memory. The product has a setting for neither.
import { memory } from "./memory.js";
import worker, { Desk, Intake as Built } from "../../../edge/entry.js";

/** Later than any window. What an alarm does is measured as part of whole flows. */
const PUT_OFF_MS = 3_600_000;

export class Intake extends Built {
  constructor(state, env) {
    if (env.PUT_OFF) {
      const { storage } = state;
      const setAlarm = storage.setAlarm.bind(storage);
      storage.setAlarm = (at, options) => setAlarm(Number(at) + PUT_OFF_MS, options);
    }
    super(state, env);
  }
}

export { Desk };
export default worker;

/** Asked by the bench alone, on a socket of its own: nothing stands in front of the Worker's. */
export const inspect = {
  fetch: () => {
    globalThis.gc?.();
    return Response.json({ wasm: memory() });
  },
};
