// A confirm with a forged link, against a Worker that does nothing. Such calls are what anybody can send as many of as they
// like, so refusing one has to cost next to nothing.
import { load } from "../load.mjs";
import { forgedToken } from "../people.mjs";
import { Runtime } from "../runtime.mjs";
import { median, ratios, spread } from "../statistics.mjs";

const ROUNDS = 5;
const SECONDS = 2;

export async function forged() {
  const [empty, body, relatch] = [await Runtime.start("empty"), await Runtime.start("body"), await Runtime.start("relatch")];
  const call = { body: "confirm", token: forgedToken(), seconds: SECONDS };
  const ours = { ...call, path: "/password/reset/confirm", refused: true };
  await load(empty, call);
  await load(body, call);
  // Longer: wasm is compiled once more, and better, while it runs.
  await load(relatch, { ...ours, seconds: 2 * SECONDS });

  const floors = [await load(empty, call)];
  const bodies = [];
  const measured = [];
  for (let round = 0; round < ROUNDS; round++) {
    measured.push(await load(relatch, ours));
    bodies.push(await load(body, call));
    floors.push(await load(empty, call));
  }
  await Promise.all([empty, body, relatch].map((runtime) => runtime.stop()));

  const rates = (loads) => loads.map(({ rate }) => rate);
  const cpu = (loads) => (loads[0].cpu === undefined ? undefined : median(loads.map((load) => load.cpu)));
  const against = ratios(rates(measured), rates(floors));
  const figures = [
    {
      name: "forged link, confirm",
      measured: { value: median(rates(measured)), unit: "/s" },
      floor: { of: "empty worker", value: median(rates(floors)), unit: "/s" },
      ratio: spread(against),
      rounds: against,
      target: { least: 0.8 },
    },
    {
      name: "  of which: reading a body",
      measured: { value: median(rates(bodies)), unit: "/s" },
      floor: { of: "empty worker", value: median(rates(floors)), unit: "/s" },
      ratio: spread(ratios(rates(bodies), rates(floors))),
      rounds: ratios(rates(bodies), rates(floors)),
    },
  ];
  const steps = [
    { name: "empty worker", cpu: cpu(floors) },
    { name: "forged link, confirm", cpu: cpu(measured) },
  ];
  return { figures, steps };
}
