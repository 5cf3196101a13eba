// Runs the alarm of a Durable Object, and limits its idle time.
//
// The limit is in JavaScript because a panic in Rust aborts the WebAssembly instance and stops
// Rust's own timers. An alarm that was running then waits forever, the runtime cancels it only
// after 11 to 15 minutes, and the object gets no other alarm until then. JavaScript timers survive
// a panic.
//
// It also catches every failure of an alarm. The runtime retries a failed alarm six times within
// about two minutes and then deletes it, and nothing else would wake the object again. The state
// machines store their next alarm before they do anything that can fail; one is set here if an
// alarm failed before that.
//
// edge/guard.mjs uses this module, and so does a Worker in Rust that embeds the service.

/**
 * The idle limit of an alarm, in milliseconds: it ends if it reports nothing for this time. It
 * exceeds the sum of the time-outs of the steps between two reports, so that only an alarm that
 * hangs reaches it. The tests of those time-outs read this line.
 */
export const ALARM_IDLE_MS = 60_000;

/** The time after a step's own time-out in which an alarm reports its end, in milliseconds. */
export const STEP_GRACE_MS = 5_000;

/** The delay of the next alarm after one that failed without setting another, in milliseconds. */
export const ALARM_RETRY_MS = 30_000;

/**
 * Runs an alarm. The object reports the beginning of a step that may exceed the idle limit with its
 * own time-out in milliseconds, and its end with none. So a panic in the middle of a step is noticed
 * when the step would have ended. Throws only if the alarm failed and no next alarm could be set.
 *
 * @param name the object's name in log lines
 * @param storage the object's storage
 * @param alarm runs the alarm, with the function that reports steps, and returns a promise
 */
export async function superviseAlarm(name, storage, alarm) {
  let timer;
  let expire;
  const idle = new Promise((resolve) => {
    expire = resolve;
  });
  const report = (step) => {
    clearTimeout(timer);
    const limit = step === undefined ? ALARM_IDLE_MS : step + STEP_GRACE_MS;
    if (expire) timer = setTimeout(expire, limit, "timed out");
  };
  report();
  let failure;
  try {
    failure = await Promise.race([alarm(report).then(() => undefined), idle]);
  } catch (error) {
    // Only the error's name: its message may quote what the object was working on.
    failure = `failed (${error?.name ?? typeof error})`;
  } finally {
    expire = undefined;
    clearTimeout(timer);
  }
  if (failure === undefined) return;
  console.error(`${name}: alarm ${failure}`);
  try {
    const retryAt = Date.now() + ALARM_RETRY_MS;
    if ((await storage.getAlarm()) === null) await storage.setAlarm(retryAt);
  } catch (error) {
    console.error(`${name}: could not set the next alarm (${error?.name ?? typeof error})`);
    // No alarm is stored, so the runtime's retries of this one are the only way to go on.
    throw error;
  }
}
