// A request, against one durable-object write with the same body read. The intakes' alarms are put off past the window: what
// they do belongs to whole flows.
import { load } from "../load.mjs";
import { Runtime } from "../runtime.mjs";
import { median, ratios, spread } from "../statistics.mjs";

const ROUNDS = 5;
const SECONDS = 3;

export async function request() {
  const [write, relatch] = [await Runtime.start("write"), await Runtime.start("relatch", { variables: { PUT_OFF: "yes" } })];
  const call = { body: "request", seconds: SECONDS };
  const ours = { ...call, path: "/password/reset/request" };
  await load(write, call);
  await load(relatch, ours);

  const floors = [await load(write, call)];
  const measured = [];
  for (let round = 0; round < ROUNDS; round++) {
    measured.push(await load(relatch, ours));
    floors.push(await load(write, call));
  }
  await Promise.all([write.stop(), relatch.stop()]);

  const rates = (loads) => loads.map(({ rate }) => rate);
  const cpu = (loads) => (loads[0].cpu === undefined ? undefined : median(loads.map((load) => load.cpu)));
  const against = ratios(rates(measured), rates(floors));
  return {
    figures: [
      {
        name: "request",
        measured: { value: median(rates(measured)), unit: "/s" },
        floor: { of: "one object write", value: median(rates(floors)), unit: "/s" },
        ratio: spread(against),
        rounds: against,
        target: { least: 0.7 },
      },
    ],
    steps: [
      { name: "one object write", cpu: cpu(floors) },
      { name: "request, up to its answer", cpu: cpu(measured) },
    ],
  };
}
