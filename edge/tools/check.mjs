// Asks the built Worker itself whether a configuration holds, for `make deploy`: starts it on this machine with the
// variables in the environment, and prints what it says against them, a line each. Nothing printed: it holds.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { deploymentConfig } from "./configuration.mjs";
import { Problem, Processes, freePort, guard, openState, startWorker } from "./local.mjs";

const processes = new Processes();
const state = mkdtempSync(join(tmpdir(), "relatch-check-"));
process.on("exit", () => rmSync(state, { recursive: true, force: true }));
await guard(processes, async () => {
  openState(state);
  let log = "";
  // Nothing is mailed: what matters is that the binding is there, not where it leads.
  const { config } = await deploymentConfig(process.env.CONFIG, state);
  const sendEmail = config.send_email?.map(({ name }) => ({ name }));
  // The rules are told whenever the configuration holds. Whether a team's own statements fit its tables, which are not here,
  // is for the deployed Worker's health to say.
  const path = "/password/rules";
  const status = await startWorker(processes, { state, port: await freePort(), path, sendEmail, hear: (text) => (log += text) });
  if (status !== 200) {
    // The log arrives a little after the answer, and line by line: it is complete when nothing more comes.
    const read = () => log.replace(/\x1b\[[\d;]*m/g, "");
    const complaints = () => [...new Set([...read().matchAll(/configuration: (.+)$/gm)].map(([, told]) => told))];
    for (let rounds = 20, before = -1; rounds > 0 && (before === 0 || complaints().length !== before); rounds--) {
      before = complaints().length;
      await sleep(500);
    }
    if (complaints().length === 0) throw new Problem(`The Worker answers ${status} to ${path}, and its log does not say why:\n${read().trimEnd()}`);
    console.log(complaints().join("\n"));
  }
  await processes.stop(0);
});
