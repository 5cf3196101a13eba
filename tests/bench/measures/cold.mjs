// A cold start: the time from starting the runtime to the first response. The floor is a Worker
// that does nothing.
import { forgedToken, PASSWORD } from "../people.mjs";
import { Runtime } from "../runtime.mjs";
import { median, quantile } from "../statistics.mjs";

const STARTS = 12;
const TARGET_MS = 40;

/** Starts a Worker and calls it once. Returns the time until its response, in milliseconds. */
async function start(name) {
  const started = performance.now();
  const runtime = await Runtime.start(name);
  const response = await fetch(`${runtime.url}/password/reset/confirm`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token: forgedToken(), password: PASSWORD }),
  });
  await response.text();
  const took = performance.now() - started;
  const { status } = response;
  if (status !== (name === "empty" ? 200 : 400)) throw new Error(`${name} answered ${status}`);
  await runtime.stop();
  return took;
}

export async function cold() {
  // The first start of each reads its files from the disk.
  for (const name of ["empty", "relatch"]) await start(name);
  const empty = [];
  const relatch = [];
  for (let round = 0; round < STARTS; round++) {
    empty.push(await start("empty"));
    relatch.push(await start("relatch"));
  }
  const floor = median(empty);
  const extra = relatch.map((value) => value - floor);
  // Relative to the target. The spread is the quartiles, because single slow starts are common.
  const parts = extra.map((value) => value / TARGET_MS);
  const noise = quantile(empty, 0.75) - quantile(empty, 0.25);
  return {
    figures: [
      {
        name: "cold start, over an empty worker's",
        measured: { value: median(relatch), unit: " ms" },
        floor: { of: "empty worker", value: floor, unit: " ms" },
        ratio: {
          median: median(parts),
          least: quantile(parts, 0.25),
          greatest: quantile(parts, 0.75),
        },
        rounds: parts,
        target: { most: 1 },
        note:
          `${median(extra).toFixed(1)} ms over the floor, relative to ${TARGET_MS} ms; ` +
          `the interquartile range of the floor is ${noise.toFixed(1)} ms`,
      },
    ],
  };
}
