// Wraps a Durable Object: limits the time of its alarms and passes its calls as text.
//
// The limit is in JavaScript because a panic in Rust aborts the WebAssembly instance and stops
// Rust's own timers. An alarm that was running then waits forever, the runtime cancels it only
// after 11 to 15 minutes, and the object gets no other alarm until then. JavaScript timers survive
// a panic.
//
// The wrapper also catches every failure of an alarm. The runtime retries a failed alarm six times
// within about two minutes and then deletes it, and nothing else would wake the object again. The
// state machines store their next alarm before they do anything that can fail; the wrapper sets one
// if an alarm failed before that.

/**
 * The time limit of an alarm, in milliseconds. It exceeds the sum of the time-outs of an alarm's
 * steps, so that only an alarm that hangs reaches it. The tests of those time-outs read this line.
 */
export const ALARM_DEADLINE_MS = 60_000;

/** The delay of the next alarm after one that failed without setting another, in milliseconds. */
export const ALARM_RETRY_MS = 30_000;

/**
 * Returns a Durable Object class around the class `Built` that worker-build generates.
 *
 * @param name the object's name in log lines
 */
export const guarded = (name, Built) =>
  class {
    #state;
    #built;

    constructor(state, env) {
      this.#state = state;
      this.#built = new Built(state, env);
    }

    /** Passes a command to the object as text. Returns its reply, or 503 if it has none. */
    async fetch(request) {
      const reply = await this.#built.call(await request.text());
      return reply === undefined ? new Response(null, { status: 503 }) : new Response(reply);
    }

    /** Runs the alarm. Throws only if it failed and no next alarm could be set. */
    async alarm() {
      let timer;
      const deadline = new Promise((resolve) => {
        timer = setTimeout(resolve, ALARM_DEADLINE_MS, "timed out");
      });
      let failure;
      try {
        failure = await Promise.race([this.#built.alarm().then(() => undefined), deadline]);
      } catch (error) {
        // Only the error's name: its message may quote what the object was working on.
        failure = `failed (${error?.name ?? typeof error})`;
      } finally {
        clearTimeout(timer);
      }
      if (failure === undefined) return;
      console.error(`${name}: alarm ${failure}`);
      try {
        const { storage } = this.#state;
        const retryAt = Date.now() + ALARM_RETRY_MS;
        if ((await storage.getAlarm()) === null) await storage.setAlarm(retryAt);
      } catch (error) {
        console.error(`${name}: could not set the next alarm (${error?.name ?? typeof error})`);
        // No alarm is stored, so the runtime's retries of this one are the only way to go on.
        throw error;
      }
    }
  };
