// A request, against one durable-object write with the same body read. The intakes' alarms are put off past the window: what
// they do belongs to whole flows.
import { load } from "../load.mjs";
import { Runtime } from "../runtime.mjs";
import { median, medianCpu, rates, ratios, spread } from "../statistics.mjs";

const ROUNDS = 5;
const SECONDS = 3;

export async function request() {
  const write = await Runtime.start("write");
  const steps = await Runtime.start("write", { variables: { AS_REQUEST: "yes" } });
  const relatch = await Runtime.start("relatch", { variables: { PUT_OFF: "yes" } });
  const call = { body: "request", seconds: SECONDS };
  const ours = { ...call, path: "/password/reset/request" };
  await load(write, call);
  await load(steps, call);
  await load(relatch, ours);

  const floors = [await load(write, call)];
  const blinds = [];
  const measured = [];
  for (let round = 0; round < ROUNDS; round++) {
    measured.push(await load(relatch, ours));
    blinds.push(await load(steps, call));
    floors.push(await load(write, call));
  }
  await Promise.all([write, steps, relatch].map((runtime) => runtime.stop()));

  const floor = { of: "one object write", value: median(rates(floors)), unit: "/s" };
  const against = ratios(rates(measured), rates(floors));
  const runtime = ratios(rates(blinds), rates(floors));
  return {
    figures: [
      {
        name: "request",
        measured: { value: median(rates(measured)), unit: "/s" },
        floor,
        ratio: spread(against),
        rounds: against,
        target: { least: 0.7 },
      },
      {
        name: "  the same steps without looking",
        measured: { value: median(rates(blinds)), unit: "/s" },
        floor,
        ratio: spread(runtime),
        rounds: runtime,
      },
    ],
    steps: [
      { name: "one object write", cpu: medianCpu(floors) },
      { name: "the same steps without looking", cpu: medianCpu(blinds) },
      { name: "request, up to its answer", cpu: medianCpu(measured) },
    ],
  };
}
