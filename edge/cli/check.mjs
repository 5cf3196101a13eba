// `relatch-worker check`: starts a Worker by its wrangler configuration on this machine, on a copy
// of its local databases, and reports what /healthz and the log say. Nothing is sent or changed.
import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { parseBasePath } from "./base-path.mjs";
import { launch, temporaryFolder } from "./children.mjs";
import { freePort, Problem, poll } from "./program.mjs";
import { readProject } from "./project.mjs";
import { devArguments } from "./wrangler.mjs";

const TIMEOUT_MS = 90_000;
/** The log arrives after the response, line by line. */
const LOG_DELAY_MS = 1_500;
const LAST_LINES = 15;
/** The beginning of an error of wrangler. */
const ERROR = /^.*\[ERROR\]/m;

/** Copies the local databases. The objects stay behind: their alarms would send mail. */
function copyDatabases(project, to) {
  for (const kind of ["d1", "kv"]) {
    const from = join(project.folder, ".wrangler", "state", "v3", kind);
    if (existsSync(from)) cpSync(from, join(to, "v3", kind), { recursive: true });
  }
}

/** Starts the Worker. Returns its port, its output so far, whether it runs, and how to stop it. */
async function startWorker({ command, options }, folder) {
  const port = await freePort();
  const registry = { WRANGLER_REGISTRY_PATH: join(folder, "registry"), NO_COLOR: "1" };
  const { child, isRunning, end } = launch(command(...devArguments(port), "--persist-to", folder), {
    env: { ...options.env, ...registry },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data) => {
      output += stripVTControlCharacters(`${data}`);
    });
  return { port, end, output: () => output, isRunning };
}

/** Returns the first error of wrangler, or the end of its output. */
function reason(output) {
  const error = ERROR.exec(output);
  const lines = output.slice(error?.index).trimEnd().split("\n");
  return (error ? lines.slice(0, LAST_LINES) : lines.slice(-LAST_LINES)).join("\n");
}

/** Returns the lines of the Worker about its configuration: errors and warnings. */
function findings(output) {
  const lines = [...output.matchAll(/configuration( warning)?: (.+)/g)];
  const unique = (isWarning) => [
    ...new Set(lines.filter(([, one]) => Boolean(one) === isWarning).map((line) => line[2].trim())),
  ];
  return { errors: unique(false), warnings: unique(true) };
}

/** The errors and warnings about what the Worker itself cannot see. */
const foreign = (path, status) =>
  `${path} is not answered by Relatch (status ${status}): pass all requests under its base path ` +
  "to `relatch.fetch`, and name the path here: --base-path /auth";
const noScript = (path, status) =>
  `${path} returns ${status}: without it, the page for a new password checks it only when it is ` +
  "submitted. Bind `assets` to node_modules/relatch-worker/assets";
const noWellKnown =
  "/.well-known/change-password is not answered: pass it to `relatch.fetch`, for password managers";
const wholeUrls =
  "`observability.logs.invocation_logs` must be `false`: these logs have whole URLs, and the URL " +
  "of a mailed link has its token";

/** Returns the warnings about what the Worker itself cannot see. */
async function outside(get, basePath, { observability }) {
  const path = `${basePath}/password/assets/page.js`;
  const script = await get(path);
  const wellKnown = await get("/.well-known/change-password");
  // At another host than that of PUBLIC_URL, there are no pages.
  const isOurs = wellKnown.status === 303 || wellKnown.json.code !== undefined;
  const keepsUrls = observability?.enabled && observability.logs?.invocation_logs !== false;
  return [
    script.status !== 200 && noScript(path, script.status),
    !isOurs && noWellKnown,
    keepsUrls && wholeUrls,
  ].filter(Boolean);
}

/** Requests /healthz. Returns the errors and warnings. */
async function probe(project, basePath, worker) {
  const get = async (path) => {
    const signal = AbortSignal.timeout(10_000);
    const url = `http://127.0.0.1:${worker.port}${path}`;
    const response = await fetch(url, { signal, redirect: "manual" });
    return { status: response.status, json: await response.json().catch(() => ({})) };
  };
  const path = `${basePath}/healthz`;
  // wrangler waits for a correction after an error.
  const hasFailed = () => !worker.isRunning() || ERROR.test(worker.output());
  const health = await poll(TIMEOUT_MS, () => get(path).catch(() => hasFailed() && "failed"));
  if (!health || health === "failed") {
    await sleep(LOG_DELAY_MS);
    throw new Problem(`wrangler does not start this Worker:\n\n${reason(worker.output())}`);
  }
  const { status, json } = health;
  const isOurs = status === 200 ? json.status === "ok" : status === 503 && json.code;
  if (!isOurs) return { errors: [foreign(path, status)], warnings: [] };
  const warnings = status === 200 ? await outside(get, basePath, project.config) : [];
  await sleep(LOG_DELAY_MS);
  const found = findings(worker.output());
  if (status !== 200 && found.errors.length === 0)
    found.errors.push(`${path} returns ${status} ${json.code}`);
  return { errors: found.errors, warnings: [...found.warnings, ...warnings] };
}

/** Checks a Worker. Throws a Problem with all errors unless its configuration is valid. */
export async function check({ config, env, "base-path": path = "" }) {
  const basePath = parseBasePath(path);
  const project = await readProject({ config, env });
  console.log(`Checking ${project.name}: starting its Worker on this machine.`);
  const folder = temporaryFolder("check");
  copyDatabases(project, folder);
  await project.migrate("--persist-to", folder);
  const worker = await startWorker(project, folder);
  const found = await probe(project, basePath, worker);
  await worker.end();
  for (const warning of found.warnings) console.log(`Warning: ${warning}.`);
  if (found.errors.length > 0)
    throw new Problem(found.errors.map((error) => `Error: ${error}.`).join("\n"));
  console.log("The configuration is valid, and /healthz answers 200.");
}
