// Asks the built Worker itself whether a configuration holds, for `make deploy`: starts it on this machine with the
// variables in the environment and prints what it says against them. Exit status 0 when it says nothing.
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Problem, Processes, freePort, guard, openState, startWorker } from "./local.mjs";

const processes = new Processes();
const state = mkdtempSync(join(tmpdir(), "relatch-check-"));
process.on("exit", () => rmSync(state, { recursive: true, force: true }));
await guard(processes, async () => {
  openState(state);
  const log = join(state, "log");
  const status = await startWorker(processes, { state, port: await freePort(), output: openSync(log, "a") });
  if (status === 200) return processes.stop(0);

  // The log arrives a little after the answer.
  const complaints = () => new Set([...readFileSync(log, "utf8").matchAll(/configuration: (.+)$/gm)].map((found) => found[1]));
  for (let patience = 50; patience > 0 && complaints().size === 0; patience--) await sleep(100);
  const told = [...complaints()].join("\n") || readFileSync(log, "utf8").trimEnd();
  throw new Problem(told);
});
