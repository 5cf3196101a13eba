// Load by wrk: one thread of it on one core, the runtime on another.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { Problem, root } from "../../edge/tools/local.mjs";

const CONNECTIONS = 16;

const script = join(root, "tests", "bench", "load.lua");

function run(args) {
  return new Promise((resolve, reject) => {
    const child = spawn("wrk", args, { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    child.stdout.on("data", (chunk) => (text += chunk));
    child.stderr.on("data", (chunk) => (text += chunk));
    child.once("error", reject);
    child.once("close", () => resolve(text));
  });
}

/** Whether wrk is there. */
export async function hasWrk() {
  try {
    await run(["-v"]);
    return true;
  } catch (error) {
    if (error.code === "ENOENT") return false;
    throw error;
  }
}

/**
 * Calls for so many seconds, one call after another on each connection. Gives answers in a second, and the runtime's CPU
 * per answer. An answer that is not what was expected makes the figure worthless, and is an error.
 *
 * - `body`: `confirm` or `request`
 * - `refused`: whether every answer must be a refusal, or none
 */
export async function load(runtime, { path = "/", body, token = "", seconds, connections = CONNECTIONS, refused = false }) {
  const before = runtime.cpu();
  const text = await run([
    ...["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "10s", "-s", script, runtime.url + path, "--", body, token],
  ]);
  const last = text.trim().split("\n").at(-1);
  if (!last.startsWith("{")) throw new Problem(`wrk failed:\n${text}`);
  const counted = JSON.parse(last);
  if (counted.requests === 0 || counted.broken > 0 || counted.refused !== (refused ? counted.requests : 0))
    throw new Problem(`The answers of ${path} are not the expected ones, so this measures nothing: ${last}`);
  const used = runtime.cpu();
  return {
    rate: counted.requests / (counted.micros / 1e6),
    cpu: used === undefined ? undefined : (used - before) / counted.requests,
  };
}
