// Runs wrk, an HTTP load generator: one thread, on another core than the runtime.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { Problem, root } from "../../edge/tools/local.mjs";

const CONNECTIONS = 16;

const script = join(root, "tests", "bench", "load.lua");

/** Runs wrk and returns its output. */
function wrk(args) {
  return new Promise((resolve, reject) => {
    const child = spawn("wrk", args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.once("error", reject);
    child.once("close", () => resolve(output));
  });
}

/** Returns whether wrk is installed. */
export async function hasWrk() {
  try {
    await wrk(["-v"]);
    return true;
  } catch (error) {
    if (error.code === "ENOENT") return false;
    throw error;
  }
}

/**
 * Calls a runtime for a number of seconds, one call after another on each connection. Returns
 * `rate`, the responses per second, and `cpu`, the runtime's CPU time per response in seconds
 * (`undefined` without /proc). Throws if a response is not the expected one.
 *
 * - `body`: the kind of call, `confirm` or `request`
 * - `token`: the token of a confirm
 * - `refused`: whether every response is expected to be an error
 */
export async function load(runtime, call) {
  const { path = "/", body, token = "", seconds, refused = false } = call;
  const before = runtime.cpu();
  const options = ["-t1", `-c${CONNECTIONS}`, `-d${seconds}s`, "--timeout", "10s", "-s", script];
  const output = await wrk([...options, runtime.url + path, "--", body, token]);
  const last = output.trim().split("\n").at(-1);
  if (!last.startsWith("{")) throw new Problem(`bench: wrk failed:\n${output}`);
  const counts = JSON.parse(last);
  const expectedErrors = refused ? counts.requests : 0;
  if (counts.requests === 0 || counts.broken > 0 || counts.refused !== expectedErrors) {
    throw new Problem(`bench: ${path} gave unexpected responses, so the figure is void: ${last}`);
  }
  const after = runtime.cpu();
  return {
    rate: counts.requests / (counts.micros / 1e6),
    cpu: after === undefined ? undefined : (after - before) / counts.requests,
  };
}
