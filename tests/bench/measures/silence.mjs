// Names that have an account against names that have none, while the mailer is slow: the time of the answer must tell nothing
// (B18 of the threats). Half a thousand of each, in random order, several times over: with one such sample alone, chance would
// put the area under the curve outside its bounds more often than one time in four.
import { setTimeout as sleep } from "node:timers/promises";
import { Caller, accounts, anyHash, names } from "../people.mjs";
import { Runtime } from "../runtime.mjs";
import { Sink } from "../sink.mjs";
import { areaDeviation, areaUnderCurve, median, noiseOfHalves, shuffle } from "../statistics.mjs";

const EACH = 500;
const SAMPLES = 8;
/** Before each answer of the mail server: a mail takes over a second. */
const SLOWNESS_MS = 200;
/** Between two calls, so that the mails of one second are sent before those of the next are due. */
const PAUSE_MS = 5;

export async function silence() {
  const sink = await Sink.start({ delay: SLOWNESS_MS });
  const relatch = await Runtime.start("relatch", { variables: { MAIL_PORT: String(sink.port) } });
  const known = accounts(EACH, anyHash());
  await relatch.seed(known);
  const caller = new Caller(relatch.url, 1);
  for (const name of names(300)) await caller.call("request", { identifier: name });

  const unknown = names(EACH);
  const times = { known: [], unknown: [] };
  for (let sample = 0; sample < SAMPLES; sample++) {
    const order = shuffle([...known.map(({ username }) => ["known", username]), ...unknown.map((name) => ["unknown", name])]);
    for (const [kind, name] of order) {
      times[kind].push(await caller.call("request", { identifier: name }));
      await sleep(PAUSE_MS);
    }
  }
  caller.close();
  // The mails did go out: otherwise nothing was there to be heard.
  await sink.until(EACH);
  await Promise.all([relatch.stop(), sink.stop()]);

  const [a, b] = [median(times.known), median(times.unknown)];
  const noise = Math.max(noiseOfHalves(times.known), noiseOfHalves(times.unknown));
  const area = areaUnderCurve(times.known, times.unknown);
  const deviation = areaDeviation(times.known.length, times.unknown.length);
  const perSample = Array.from({ length: SAMPLES }, (_, sample) => {
    const of = (list) => list.slice(sample * EACH, (sample + 1) * EACH);
    return areaUnderCurve(of(times.known), of(times.unknown));
  });
  const apart = Math.abs(a - b);
  return {
    figures: [
      {
        name: "known and unknown: medians",
        measured: { value: apart * 1000, unit: " µs apart" },
        floor: { of: "two halves of one", value: noise * 1000, unit: " µs" },
        ratio: { median: apart / noise, least: apart / noise, greatest: apart / noise },
        rounds: [apart / noise],
        target: { most: 1 },
        note: `known ${a.toFixed(3)} ms, unknown ${b.toFixed(3)} ms, ${times.known.length} of each`,
      },
      {
        name: "known and unknown: area under curve",
        measured: { value: area, unit: "" },
        floor: { of: "a guess", value: 0.5, unit: "" },
        // The whole sample's value; its bounds are what chance does to it.
        ratio: { median: area, least: area - 2 * deviation, greatest: area + 2 * deviation },
        rounds: perSample,
        target: { least: 0.48, most: 0.52 },
        note: `bounds: two standard deviations of chance; samples of ${EACH} each lie between ${Math.min(...perSample).toFixed(3)} and ${Math.max(...perSample).toFixed(3)}`,
      },
    ],
    curves: { known: times.known, unknown: times.unknown },
  };
}
