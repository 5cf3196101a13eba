// Every figure of the bench, one after another, then a table, target/bench/result.json and target/bench/plot.svg. A figure
// that misses its target is told, and is no failure: times are not tested. `make bench` runs this.
//
//   node main.mjs [forged] [request] [flows] [silence] [cold] [client]    only these; without any, all
import { readFileSync, mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { Problem, root } from "../../edge/tools/local.mjs";
import { findChrome } from "../browser/chrome.mjs";
import { hasWrk } from "./load.mjs";
import { client } from "./measures/client.mjs";
import { cold } from "./measures/cold.mjs";
import { flows } from "./measures/flows.mjs";
import { forged } from "./measures/forged.mjs";
import { request } from "./measures/request.mjs";
import { silence } from "./measures/silence.mjs";
import { plot } from "./plot.mjs";
import { report, verdict } from "./report.mjs";
import { hashCost, machineCpu, ownCpu, stopAll } from "./runtime.mjs";

const MEASURES = [
  { key: "forged", name: "forged link, confirm", takes: "45 s", run: forged, wrk: true },
  { key: "request", name: "request", takes: "45 s", run: request, wrk: true },
  { key: "flows", name: "whole flows and memory", takes: "2 minutes", run: flows },
  { key: "silence", name: "known and unknown", takes: "4 minutes", run: silence },
  { key: "cold", name: "cold start", takes: "30 s", run: cold },
  { key: "client", name: "npm package in a page", takes: "20 s", run: client, chrome: true },
];

/** What others may use of the machine while a figure is measured. More, and the figure is told to be of little worth. */
const QUIET = 0.05;

const out = join(root, "target", "bench");
const say = (text) => console.error(`bench: ${text}`);
const version = (name) => JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => stopAll().then(() => process.exit(130)));

async function main() {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((key) => !MEASURES.some((measure) => measure.key === key));
  if (unknown.length > 0) throw new Problem(`bench: there is no ${unknown.join(", ")}. There are: ${MEASURES.map(({ key }) => key).join(", ")}.`);
  const wrk = await hasWrk();
  if (!wrk) say("wrk is missing, so the figures that need it are left out. Install it: `apt install wrk`, `brew install wrk`.");
  say(`load of the machine before anything runs: ${loadavg()[0].toFixed(2)}`);

  const result = {
    at: new Date().toISOString().slice(0, 16).replace("T", " ") + " UTC",
    machine: { cpus: cpus().length, model: cpus()[0].model, node: process.versions.node, workerd: version("workerd"), hash: hashCost },
    figures: [],
    steps: [],
    skipped: [],
    busy: {},
    curves: undefined,
  };
  for (const measure of MEASURES.filter(({ key }) => wanted.length === 0 || wanted.includes(key))) {
    if (measure.wrk && !wrk) {
      result.skipped.push({ name: measure.name, why: "wrk is missing" });
      continue;
    }
    if (measure.chrome && !findChrome()) {
      result.skipped.push({ name: measure.name, why: "Chrome or Chromium is missing" });
      continue;
    }
    say(`${measure.name} (about ${measure.takes})`);
    const before = { machine: machineCpu(), own: ownCpu(), at: performance.now() };
    const { figures, steps = [], curves } = await measure.run();
    const seconds = (performance.now() - before.at) / 1000;
    if (before.machine !== undefined)
      result.busy[measure.name] = Math.max(0, (machineCpu() - before.machine - (ownCpu() - before.own)) / seconds / cpus().length);
    result.figures.push(...figures);
    result.steps.push(...steps);
    result.curves ??= curves;
    for (const figure of figures) say(`  ${figure.name.trim()}: ${figure.ratio.median.toFixed(3)} ${verdict(figure)}`);
  }

  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, "result.json"), `${JSON.stringify(result, null, 2)}\n`);
  writeFileSync(join(out, "plot.svg"), plot(result, verdict));
  console.log(`\n${report(result)}`);
  const loud = Object.entries(result.busy).filter(([, share]) => share > QUIET);
  if (loud.length > 0) {
    const each = loud.map(([name, share]) => `${name} ${Math.round(share * 100)} %`).join(", ");
    console.log(`\nTake these with care: other programs used the machine meanwhile (${each}). Run it again when it is quiet.`);
  }
  console.log("\ntarget/bench/result.json, target/bench/plot.svg");
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Problem ? error.message : error);
  process.exitCode = 1;
} finally {
  await stopAll();
}
process.exit();
