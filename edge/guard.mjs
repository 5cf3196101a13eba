// A guard around an object's alarm(), and its calls as texts.
//
// Why it is here and not in Rust: a panic aborts the wasm instance and takes Rust's own timers with it. An alarm
// that was running then waits for something that never comes, the runtime gives it up only after 11 to 15 minutes,
// and until then the object gets no other alarm. JavaScript's timers survive, so the deadline lives here.
//
// And why an alarm never fails outward: the runtime repeats a failed alarm six times within about two minutes and then
// deletes it, and with it the only thing that would ever wake the object again. The state machines store their next
// alarm before they do anything that can fail; the guard sets one where even that was not reached.

/** Longer than all the time-outs of an alarm's own steps together (core/patience); only a hung alarm reaches it. */
export const ALARM_DEADLINE_MS = 60_000;

/** When the object wakes again if the alarm that ended badly had not set another one. */
export const WAKE_AGAIN_MS = 30_000;

export const guarded = (name, Built) =>
  class {
    #state;
    #built;

    constructor(state, env) {
      this.#state = state;
      this.#built = new Built(state, env);
    }

    /** Texts in, texts out; nothing comes out of an object that cannot answer. */
    async fetch(request) {
      const answer = await this.#built.call(await request.text());
      return answer === undefined ? new Response(null, { status: 503 }) : new Response(answer);
    }

    async alarm() {
      let timer;
      const deadline = new Promise((resolve) => {
        timer = setTimeout(resolve, ALARM_DEADLINE_MS, "took too long");
      });
      let problem;
      try {
        problem = await Promise.race([this.#built.alarm().then(() => undefined), deadline]);
      } catch (error) {
        // The name only: a message may quote what the object was working on.
        problem = `failed (${error?.name ?? typeof error})`;
      } finally {
        clearTimeout(timer);
      }
      if (problem === undefined) return;
      console.error(`${name}: alarm ${problem}`);
      try {
        const { storage } = this.#state;
        if ((await storage.getAlarm()) === null) await storage.setAlarm(Date.now() + WAKE_AGAIN_MS);
      } catch (error) {
        console.error(`${name}: could not set the next alarm (${error?.name ?? typeof error})`);
        // The one failure left to the runtime: with no alarm stored, its repeats are the only ones there will be.
        throw error;
      }
    }
  };
