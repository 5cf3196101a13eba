// A confirm with a forged link. Anyone can send any number of these, so rejecting one has to be
// cheap. The floor is a Worker that does nothing.
import { load } from "../load.mjs";
import { forgedToken } from "../people.mjs";
import { Runtime } from "../runtime.mjs";
import { median, medianCpu, rates, ratios, spread } from "../statistics.mjs";

const ROUNDS = 5;
const SECONDS = 2;

export async function forged() {
  const empty = await Runtime.start("empty");
  const refusal = await Runtime.start("refusal");
  const relatch = await Runtime.start("relatch");
  const floorCall = { body: "confirm", token: forgedToken(), seconds: SECONDS };
  const fixedCall = { ...floorCall, refused: true };
  const forgedCall = { ...fixedCall, path: "/password/reset/confirm" };
  await load(empty, floorCall);
  await load(refusal, fixedCall);
  // Longer, because V8 recompiles WebAssembly with optimizations while it runs.
  await load(relatch, { ...forgedCall, seconds: 2 * SECONDS });

  const floors = [await load(empty, floorCall)];
  const fixed = [];
  const measured = [];
  for (let round = 0; round < ROUNDS; round++) {
    measured.push(await load(relatch, forgedCall));
    fixed.push(await load(refusal, fixedCall));
    floors.push(await load(empty, floorCall));
  }
  await Promise.all([empty, refusal, relatch].map((runtime) => runtime.stop()));

  const floor = { of: "empty worker", value: median(rates(floors)), unit: "/s" };
  const measuredRatios = ratios(rates(measured), rates(floors));
  const fixedRatios = ratios(rates(fixed), rates(floors));
  return {
    figures: [
      {
        name: "forged link, confirm",
        measured: { value: median(rates(measured)), unit: "/s" },
        floor,
        ratio: spread(measuredRatios),
        rounds: measuredRatios,
        target: { least: 0.8 },
      },
      {
        name: "  the same response without a check",
        measured: { value: median(rates(fixed)), unit: "/s" },
        floor,
        ratio: spread(fixedRatios),
        rounds: fixedRatios,
      },
    ],
    steps: [
      { name: "empty worker", cpu: medianCpu(floors) },
      { name: "the same response without a check", cpu: medianCpu(fixed) },
      { name: "forged link, confirm", cpu: medianCpu(measured) },
    ],
  };
}
