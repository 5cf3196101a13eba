// Measures how much a caller learns from a train of probes: it requests a mail for one identifier and
// sends probes over the whole time in which the lookup and the mail may happen. Under workerd the objects share the
// Worker's thread, so the work for a known account delays the probes of that moment.
//
// Each trial has an identifier that was not used before. Probes start at fixed times, whether or not
// earlier ones are answered: a pause of the Worker delays all of those that start in it.
import { setTimeout as sleep } from "node:timers/promises";
import { accounts, Caller, names, unusedHash } from "../people.mjs";
import { Runtime } from "../runtime.mjs";
import { Sink } from "../sink.mjs";
import { areaDeviation, areaUnderCurve, shuffle } from "../statistics.mjs";

const PROBES = ["health", "check", "request"];
/** The number of trials of each kind for each probe. */
const TRIALS = 30;
const WARM_UP_PROBES = 100;
/** The longest delay of a request by default, and a second for its mail. */
const WINDOW_MS = 6_000;
const INTERVAL_MS = 10;
/** Probes that a pause of the Worker holds back at the same time. */
const CONNECTIONS = 16;

/** Sends probes over the whole window. Returns their response times in milliseconds. */
async function train(caller, kind) {
  const started = performance.now();
  const answers = [];
  for (let count = 0; count * INTERVAL_MS < WINDOW_MS; count++) {
    await sleep(Math.max(0, started + count * INTERVAL_MS - performance.now()));
    answers.push(caller.probe(kind));
  }
  return Promise.all(answers);
}

const SCORES = {
  maximum: (times) => Math.max(...times),
  sum: (times) => times.reduce((sum, time) => sum + time, 0),
};

async function measure() {
  const sink = await Sink.start();
  const variables = { MAIL_PORT: String(sink.port) };
  const relatch = await Runtime.start("relatch", { variables });
  const known = accounts(TRIALS * PROBES.length, unusedHash());
  await relatch.seed(known);
  const caller = new Caller(relatch.url, CONNECTIONS);
  for (const probe of PROBES)
    for (let count = 0; count < WARM_UP_PROBES; count++) await caller.probe(probe);

  const unknown = names(known.length);
  const trials = PROBES.flatMap((probe, place) =>
    Array.from({ length: TRIALS }, (_, count) => place * TRIALS + count).flatMap((index) => [
      { probe, kind: "known", identifier: known[index].username },
      { probe, kind: "unknown", identifier: unknown[index] },
    ]),
  );
  for (const trial of shuffle(trials)) {
    await caller.call("request", { identifier: trial.identifier });
    trial.times = await train(caller, trial.probe);
  }
  caller.close();
  // Without mails there would have been no work to measure.
  await sink.until(known.length);
  await Promise.all([relatch.stop(), sink.stop()]);
  return trials;
}

export async function trains() {
  const trials = await measure();
  const figures = PROBES.flatMap((probe) =>
    Object.entries(SCORES).map(([name, score]) => {
      const scores = (kind) =>
        trials
          .filter((trial) => trial.probe === probe && trial.kind === kind)
          .map(({ times }) => score(times));
      const area = areaUnderCurve(scores("known"), scores("unknown"));
      const deviation = areaDeviation(TRIALS, TRIALS);
      return {
        name: `train of probes (${probe}), by ${name}`,
        measured: { value: area, unit: "" },
        floor: { of: "a guess", value: 0.5, unit: "" },
        ratio: { median: area, least: area - 2 * deviation, greatest: area + 2 * deviation },
        rounds: [area],
        note: `${TRIALS} trains each; the spread is two standard deviations of chance`,
      };
    }),
  );
  return { figures };
}
