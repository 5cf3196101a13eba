// A confirm with a forged link, against a Worker that does nothing. Such calls are what anybody can send as many of as they
// like, so refusing one has to cost next to nothing.
import { load } from "../load.mjs";
import { forgedToken } from "../people.mjs";
import { Runtime } from "../runtime.mjs";
import { median, medianCpu, rates, ratios, spread } from "../statistics.mjs";

const ROUNDS = 5;
const SECONDS = 2;

export async function forged() {
  const [empty, refusal, relatch] = [await Runtime.start("empty"), await Runtime.start("refusal"), await Runtime.start("relatch")];
  const call = { body: "confirm", token: forgedToken(), seconds: SECONDS };
  const blind = { ...call, refused: true };
  const ours = { ...blind, path: "/password/reset/confirm" };
  await load(empty, call);
  await load(refusal, blind);
  // Longer: wasm is compiled once more, and better, while it runs.
  await load(relatch, { ...ours, seconds: 2 * SECONDS });

  const floors = [await load(empty, call)];
  const blinds = [];
  const measured = [];
  for (let round = 0; round < ROUNDS; round++) {
    measured.push(await load(relatch, ours));
    blinds.push(await load(refusal, blind));
    floors.push(await load(empty, call));
  }
  await Promise.all([empty, refusal, relatch].map((runtime) => runtime.stop()));

  const floor = { of: "empty worker", value: median(rates(floors)), unit: "/s" };
  const against = ratios(rates(measured), rates(floors));
  const runtime = ratios(rates(blinds), rates(floors));
  const figures = [
    {
      name: "forged link, confirm",
      measured: { value: median(rates(measured)), unit: "/s" },
      floor,
      ratio: spread(against),
      rounds: against,
      target: { least: 0.8 },
    },
    {
      name: "  the same answer without looking",
      measured: { value: median(rates(blinds)), unit: "/s" },
      floor,
      ratio: spread(runtime),
      rounds: runtime,
    },
  ];
  const steps = [
    { name: "empty worker", cpu: medianCpu(floors) },
    { name: "the same answer without looking", cpu: medianCpu(blinds) },
    { name: "forged link, confirm", cpu: medianCpu(measured) },
  ];
  return { figures, steps };
}
