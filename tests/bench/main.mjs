// `make bench`: measures every figure, prints a table, and writes target/bench/result.json and
// target/bench/plot.svg. A figure that misses its target is reported and is not a failure.
//
//   node main.mjs [forged] [request] [flows] [silence] [trains] [cold] [client]    by default all
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
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
import { trains } from "./measures/trains.mjs";
import { plot } from "./plot.mjs";
import { report, verdict } from "./report.mjs";
import { hashCost, machineCpu, ownCpu, stopAll } from "./runtime.mjs";

const MEASURES = [
  { key: "forged", name: "forged link, confirm", duration: "45 s", run: forged, wrk: true },
  { key: "request", name: "request", duration: "45 s", run: request, wrk: true },
  { key: "flows", name: "whole flows and memory", duration: "2 minutes", run: flows },
  { key: "silence", name: "known and unknown", duration: "4 minutes", run: silence },
  { key: "trains", name: "trains of probes", duration: "20 minutes", run: trains },
  { key: "cold", name: "cold start", duration: "30 s", run: cold },
  { key: "client", name: "npm package in a page", duration: "20 s", run: client, chrome: true },
];

/** The share of the machine that other programs may use before a figure gets a warning. */
const MAX_FOREIGN_LOAD = 0.05;

const out = join(root, "target", "bench");
const log = (text) => console.error(`bench: ${text}`);

function version(name) {
  const manifest = join(root, "node_modules", name, "package.json");
  return JSON.parse(readFileSync(manifest, "utf8")).version;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.once(signal, () => stopAll().then(() => process.exit(130)));
}

/** Returns the measures with these keys, by default all. Throws for an unknown key. */
function select(keys) {
  const known = MEASURES.map(({ key }) => key);
  const unknown = keys.filter((key) => !known.includes(key));
  if (unknown.length > 0) {
    throw new Problem(`bench: unknown: ${unknown.join(", ")}. Use any of: ${known.join(", ")}.`);
  }
  return MEASURES.filter(({ key }) => keys.length === 0 || keys.includes(key));
}

/** Runs a function. Returns its result and the share of the machine that other programs used. */
async function withForeignLoad(run) {
  const before = { machine: machineCpu(), own: ownCpu(), at: performance.now() };
  const result = await run();
  if (before.machine === undefined) return { result };
  const seconds = (performance.now() - before.at) / 1000;
  const foreign = machineCpu() - before.machine - (ownCpu() - before.own);
  return { result, foreignLoad: Math.max(0, foreign / seconds / cpus().length) };
}

async function main() {
  const selected = select(process.argv.slice(2));
  const wrk = await hasWrk();
  if (!wrk) {
    log("wrk is missing, so some figures are skipped: `apt install wrk` or `brew install wrk`.");
  }
  log(`load average before the first measurement: ${loadavg()[0].toFixed(2)}`);

  const result = {
    at: `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`,
    machine: {
      cpus: cpus().length,
      model: cpus()[0].model,
      node: process.versions.node,
      workerd: version("workerd"),
      hash: hashCost,
    },
    figures: [],
    steps: [],
    skipped: [],
    busy: {},
    curves: undefined,
  };
  for (const { name, duration, run, wrk: needsWrk, chrome: needsChrome } of selected) {
    if (needsWrk && !wrk) {
      result.skipped.push({ name, why: "wrk is missing" });
      continue;
    }
    if (needsChrome && !findChrome()) {
      result.skipped.push({ name, why: "Chrome or Chromium is missing" });
      continue;
    }
    log(`${name} (about ${duration})`);
    const { result: measured, foreignLoad } = await withForeignLoad(run);
    if (foreignLoad !== undefined) result.busy[name] = foreignLoad;
    result.figures.push(...measured.figures);
    result.steps.push(...(measured.steps ?? []));
    result.curves ??= measured.curves;
    for (const figure of measured.figures) {
      log(`  ${figure.name.trim()}: ${figure.ratio.median.toFixed(3)} ${verdict(figure)}`);
    }
  }

  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, "result.json"), `${JSON.stringify(result, null, 2)}\n`);
  writeFileSync(join(out, "plot.svg"), plot(result, verdict));
  console.log(`\n${report(result)}`);
  const disturbed = Object.entries(result.busy).filter(([, share]) => share > MAX_FOREIGN_LOAD);
  if (disturbed.length > 0) {
    const list = disturbed.map(([name, share]) => `${name} ${Math.round(share * 100)} %`);
    console.log(`\nOther programs used the machine during these figures: ${list.join(", ")}.`);
    console.log("Repeat them when the machine is idle.");
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
