// A cold start: from starting the runtime to the first answer, against a Worker that does nothing.
import { forgedToken } from "../people.mjs";
import { Runtime } from "../runtime.mjs";
import { median, quantile } from "../statistics.mjs";

const STARTS = 12;
const TARGET_MS = 40;

async function start(name) {
  const began = performance.now();
  const runtime = await Runtime.start(name);
  const answer = await fetch(`${runtime.url}/password/reset/confirm`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token: forgedToken(), password: "a long enough password" }),
  });
  await answer.text();
  const took = performance.now() - began;
  if (answer.status !== (name === "empty" ? 200 : 400)) throw new Error(`a cold ${name} answered ${answer.status}`);
  await runtime.stop();
  return took;
}

export async function cold() {
  // The first one reads everything from the disk.
  for (const name of ["empty", "relatch"]) await start(name);
  const empty = [];
  const relatch = [];
  for (let round = 0; round < STARTS; round++) {
    empty.push(await start("empty"));
    relatch.push(await start("relatch"));
  }
  const floor = median(empty);
  const over = relatch.map((value) => value - floor);
  return {
    figures: [
      {
        name: "cold start, over an empty worker's",
        measured: { value: median(relatch), unit: " ms" },
        floor: { of: "empty worker", value: floor, unit: " ms" },
        // In parts of what it may be over the floor. Quarters, because one slow start says nothing.
        ratio: { median: median(over) / TARGET_MS, least: quantile(over, 0.25) / TARGET_MS, greatest: quantile(over, 0.75) / TARGET_MS },
        rounds: over.map((value) => value / TARGET_MS),
        target: { most: 1 },
        note: `${median(over).toFixed(1)} ms over, of ${TARGET_MS} ms; an empty worker's own starts vary by ${(quantile(empty, 0.75) - quantile(empty, 0.25)).toFixed(1)} ms between quarters`,
      },
    ],
  };
}
