// Response times of identifiers with and without an account while the mail server is slow. They
// must not reveal which identifiers have an account (B18 in the list of other systems' bugs).
//
// Both kinds are called in random order, several times over: with one sample of this size, chance
// alone would put the area under the curve outside its bounds more than one time in four.
import { setTimeout as sleep } from "node:timers/promises";
import { accounts, Caller, names, unusedHash } from "../people.mjs";
import { Runtime } from "../runtime.mjs";
import { Sink } from "../sink.mjs";
import { areaDeviation, areaUnderCurve, median, noiseOfHalves, shuffle } from "../statistics.mjs";

/** The number of identifiers of each kind in a sample. */
const SAMPLE_SIZE = 500;
const SAMPLES = 8;
const WARM_UP_CALLS = 300;
/** The delay of each reply of the mail server. One mail takes over a second. */
const REPLY_DELAY_MS = 200;
/** The pause between two calls. Lookups and mails of earlier calls happen meanwhile. */
const PAUSE_MS = 5;

/** Returns the response times in milliseconds of identifiers that are known and unknown. */
async function measure() {
  const sink = await Sink.start({ delay: REPLY_DELAY_MS });
  const variables = { MAIL_PORT: String(sink.port) };
  const relatch = await Runtime.start("relatch", { variables });
  const known = accounts(SAMPLE_SIZE, unusedHash());
  await relatch.seed(known);
  const caller = new Caller(relatch.url, 1);
  for (const name of names(WARM_UP_CALLS)) await caller.call("request", { identifier: name });

  const unknown = names(SAMPLE_SIZE);
  const times = { known: [], unknown: [] };
  for (let sample = 0; sample < SAMPLES; sample++) {
    const calls = shuffle([
      ...known.map(({ username }) => ["known", username]),
      ...unknown.map((name) => ["unknown", name]),
    ]);
    for (const [kind, identifier] of calls) {
      times[kind].push(await caller.call("request", { identifier }));
      await sleep(PAUSE_MS);
    }
  }
  caller.close();
  // Without mails there would have been no work to measure.
  await sink.until(SAMPLE_SIZE);
  await Promise.all([relatch.stop(), sink.stop()]);
  return times;
}

export async function silence() {
  const { known, unknown } = await measure();
  const [knownMedian, unknownMedian] = [median(known), median(unknown)];
  const difference = Math.abs(knownMedian - unknownMedian);
  const noise = Math.max(noiseOfHalves(known), noiseOfHalves(unknown));
  const relative = difference / noise;
  const area = areaUnderCurve(known, unknown);
  const deviation = areaDeviation(known.length, unknown.length);
  const areas = Array.from({ length: SAMPLES }, (_, sample) => {
    const range = [sample * SAMPLE_SIZE, (sample + 1) * SAMPLE_SIZE];
    return areaUnderCurve(known.slice(...range), unknown.slice(...range));
  });
  const [least, greatest] = [Math.min(...areas).toFixed(3), Math.max(...areas).toFixed(3)];
  return {
    figures: [
      {
        name: "known and unknown: medians",
        measured: { value: difference * 1000, unit: " µs apart" },
        floor: { of: "two halves of one", value: noise * 1000, unit: " µs" },
        ratio: { median: relative, least: relative, greatest: relative },
        rounds: [relative],
        target: { most: 1 },
        note:
          `known ${knownMedian.toFixed(3)} ms, unknown ${unknownMedian.toFixed(3)} ms, ` +
          `${known.length} calls each`,
      },
      {
        name: "known and unknown: area under curve",
        measured: { value: area, unit: "" },
        floor: { of: "a guess", value: 0.5, unit: "" },
        // The area of all samples together, with the range that chance gives it.
        ratio: { median: area, least: area - 2 * deviation, greatest: area + 2 * deviation },
        rounds: areas,
        target: { least: 0.48, most: 0.52 },
        note:
          "the spread is two standard deviations of chance; samples of " +
          `${SAMPLE_SIZE} each are between ${least} and ${greatest}`,
      },
    ],
    curves: { known, unknown },
  };
}
