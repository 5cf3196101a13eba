// Wraps a Durable Object: passes its calls as text, and limits the idle time of its alarms.
import { superviseAlarm } from "./worker/src/alarm.mjs";

export { ALARM_IDLE_MS, ALARM_RETRY_MS, STEP_GRACE_MS } from "./worker/src/alarm.mjs";

/**
 * Returns a Durable Object class around the class `Built` that worker-build generates.
 *
 * @param name the object's name in log lines
 * @param environment returns the environment that Rust reads, from that of the host
 */
export const guarded = (name, Built, environment = (env) => env) =>
  class {
    #state;
    #built;

    constructor(state, env) {
      this.#state = state;
      this.#built = new Built(state, environment(env));
    }

    /** Passes a command to the object as text. Returns its reply, or 503 if it has none. */
    async fetch(request) {
      const reply = await this.#built.call(await request.text());
      return reply === undefined ? new Response(null, { status: 503 }) : new Response(reply);
    }

    /** Runs the alarm. */
    alarm() {
      return superviseAlarm(name, this.#state.storage, (report) => this.#built.alarm(report));
    }
  };
