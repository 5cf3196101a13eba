// A request for a link, up to its response. The floor is one write to a Durable Object with the
// same body. The intakes' alarms are delayed beyond the measurement: whole flows include them.
import { load } from "../load.mjs";
import { Runtime } from "../runtime.mjs";
import { median, medianCpu, rates, ratios, spread } from "../statistics.mjs";

const ROUNDS = 5;
const SECONDS = 3;

export async function request() {
  const write = await Runtime.start("write");
  const bare = await Runtime.start("write", { variables: { AS_REQUEST: "yes" } });
  const relatch = await Runtime.start("relatch", { variables: { DELAY_ALARMS: "yes" } });
  const writeCall = { body: "request", seconds: SECONDS };
  const requestCall = { ...writeCall, path: "/password/reset/request" };
  await load(write, writeCall);
  await load(bare, writeCall);
  await load(relatch, requestCall);

  const floors = [await load(write, writeCall)];
  const bares = [];
  const measured = [];
  for (let round = 0; round < ROUNDS; round++) {
    measured.push(await load(relatch, requestCall));
    bares.push(await load(bare, writeCall));
    floors.push(await load(write, writeCall));
  }
  await Promise.all([write, bare, relatch].map((runtime) => runtime.stop()));

  const floor = { of: "one object write", value: median(rates(floors)), unit: "/s" };
  const measuredRatios = ratios(rates(measured), rates(floors));
  const bareRatios = ratios(rates(bares), rates(floors));
  return {
    figures: [
      {
        name: "request",
        measured: { value: median(rates(measured)), unit: "/s" },
        floor,
        ratio: spread(measuredRatios),
        rounds: measuredRatios,
        target: { least: 0.7 },
      },
      {
        name: "  the same bindings without a check",
        measured: { value: median(rates(bares)), unit: "/s" },
        floor,
        ratio: spread(bareRatios),
        rounds: bareRatios,
      },
    ],
    steps: [
      { name: "one object write", cpu: medianCpu(floors) },
      { name: "the same bindings without a check", cpu: medianCpu(bares) },
      { name: "request, up to its response", cpu: medianCpu(measured) },
    ],
  };
}
