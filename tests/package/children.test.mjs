// How a command and the programs that it starts end together: edge/cli/children.mjs, with scripts
// instead of wrangler, and the packed command under npm.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { command, createWorker, LIMIT } from "./workers.mjs";
import { edge, end, freePort, node, tempPath } from "./world.mjs";

/** The tests themselves may run under npm. */
const WITHOUT_NPM = { ...process.env, npm_config_user_agent: "" };

const started = new Set();

after(async () => {
  for (const pid of started) if (runs(pid)) process.kill(pid, "SIGKILL");
  await end();
});

/** Whether a process runs. One that has ended may wait for its parent to take note. */
function runs(pid) {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", `${pid}`], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.startsWith("Z");
}

/** Returns the processes that descend from a process, by its id. */
function descendants(pid) {
  const { stdout } = spawnSync("ps", ["-A", "-o", "pid", "-o", "ppid"], { encoding: "utf8" });
  const all = [...stdout.matchAll(/(\d+) +(\d+)/g)].map((line) => line.slice(1).map(Number));
  const below = (of) => all.flatMap(([one, parent]) => (parent === of ? [one, ...below(one)] : []));
  return below(pid);
}

/** Waits until none of these processes runs. Returns those that still do after a while. */
async function left(pids, ms = 20_000) {
  let those = pids;
  for (const end = Date.now() + ms; Date.now() < end; await sleep(100)) {
    const running = those.filter(runs);
    // The system may give the ids of the others to processes that are not of these tests.
    for (const pid of those) if (!running.includes(pid)) started.delete(pid);
    those = running;
    if (those.length === 0) break;
  }
  return those;
}

/** Starts a program, and waits for a text in its output. Returns it and all processes below it. */
async function begin(program, args, ready, { cwd, env = {} } = {}) {
  const options = { cwd, env: { ...WITHOUT_NPM, ...env }, stdio: ["ignore", "pipe", "pipe"] };
  const child = spawn(program, args, options);
  let output = "";
  const exited = once(child, "exit");
  await new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (data) => {
        output += data;
        if (output.includes(ready)) resolve();
      });
    exited.then(() => reject(new Error(`it ended:\n${output}`)));
  });
  const all = [child.pid, ...descendants(child.pid)];
  for (const pid of all) started.add(pid);
  return { child, exited, all, output: () => output };
}

/** A program that prints a line, and runs until it is told to end. */
const waiting = (line, more = "") => `${more}; console.log("${line}"); setInterval(() => {}, 1e6);`;

/** Writes a command that runs `code`, with the functions of children.mjs. Returns its path. */
function script(name, code) {
  const path = tempPath(`${name}.mjs`);
  mkdirSync(tempPath("."), { recursive: true });
  writeFileSync(
    path,
    `import { guard, launch, run, start, temporaryFolder } from ${JSON.stringify(join(edge, "cli", "children.mjs"))};
     const program = (code) => [process.execPath, "--eval", code];
     const options = { stdio: "inherit" };
     await guard(async () => { ${code} });`,
  );
  return path;
}

const SERVING = `
  start("One", program(${JSON.stringify(waiting("first"))}), {});
  launch(program(${JSON.stringify(`setTimeout(() => { ${waiting("ready")} }, 500)`)}), options);
`;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
  test(`${signal} ends a command that serves, and its programs`, async () => {
    const { child, exited, all } = await begin(node, [script(`serve-${signal}`, SERVING)], "ready");
    assert.equal(all.length, 3);
    child.kill(signal);
    assert.deepEqual(await exited, [0, null]);
    assert.deepEqual(await left(all), []);
  });

test("a command that a signal ends early fails, and deletes its temporary folder", async () => {
  const code = `
    const folder = temporaryFolder("test");
    await run("A", program("console.log(" + JSON.stringify("in " + folder) + "); setInterval(() => {}, 1e6)"), {});
  `;
  const { child, exited, all, output } = await begin(node, [script("early", code)], "in /");
  const [, folder] = /in (.*)/.exec(output());
  assert.ok(existsSync(folder));
  child.kill("SIGTERM");
  assert.deepEqual(await exited, [143, null]);
  assert.deepEqual(await left(all), []);
  assert.ok(!existsSync(folder), folder);
  // It was ended on purpose: that is no error.
  assert.doesNotMatch(output(), /failed/);
});

test("when one of the programs ends, all end", async () => {
  const sign = tempPath("sign");
  const second = `setInterval(() => require("fs").existsSync("${sign}") && process.exit(3), 100)`;
  const code = `
    start("The first", program(${JSON.stringify(waiting("ready"))}), {});
    start("The second", program(${JSON.stringify(second)}), {});
  `;
  const { exited, all, output } = await begin(node, [script("one-ends", code)], "ready");
  assert.equal(all.length, 3);
  writeFileSync(sign, "");
  assert.deepEqual(await exited, [1, null]);
  assert.deepEqual(await left(all), []);
  assert.match(output(), /The second ended \(exit 3\)\./);
});

test("a program that cannot be started is an error with its reason", async () => {
  const failed = "It failed (ENOENT).\nspawn /no/such ENOENT\n";
  for (const [call, message] of [
    ['start("It", ["/no/such"], {})', "It ended (spawn /no/such ENOENT).\n"],
    ['await run("It", ["/no/such"])', failed],
    ['await run("It", ["/no/such"], { capture: true })', failed],
  ]) {
    const path = script("missing", call);
    const { status, stderr } = spawnSync(node, [path], { encoding: "utf8" });
    assert.deepEqual([status, stderr], [1, message], call);
  }
});

test("a program that starts while the command stops is ended too", async () => {
  const code = `
    start("The first", program(${JSON.stringify(waiting("ready", 'process.on("SIGTERM", () => setTimeout(process.exit, 1_000))'))}), {});
    process.on("SIGTERM", () => {
      const late = launch(program(${JSON.stringify(waiting("late"))}), options);
      console.error("late:", late.child.pid);
    });
  `;
  const { child, exited, all, output } = await begin(node, [script("late", code)], "ready");
  child.kill("SIGTERM");
  while (!/late: \d+\n/.test(output())) await sleep(100);
  const pid = Number(/late: (\d+)/.exec(output())[1]);
  started.add(pid);
  all.push(pid);
  assert.deepEqual(await exited, [0, null]);
  assert.deepEqual(await left(all), []);
});

test("a program that does not end is ended with what it has started", async () => {
  const deaf = `process.on("SIGTERM", () => {}); require("node:child_process").spawn(process.execPath, ["--eval", ${JSON.stringify(waiting("ready"))}], { stdio: "inherit" })`;
  const code = `start("It", program(${JSON.stringify(waiting("deaf", deaf))}), {});`;
  const { child, exited, all } = await begin(node, [script("deaf", code)], "ready");
  assert.equal(all.length, 3);
  child.kill("SIGTERM");
  assert.deepEqual(await exited, [0, null]);
  assert.deepEqual(await left(all), []);
});

const NPM = { npm_config_user_agent: "npm/11", npm_lifecycle_script: "relatch-worker" };

test("a command under npm ends when the shell between them does", async () => {
  // The second command keeps the shell from becoming the first.
  const args = ["-c", `${node} ${script("shell", SERVING)}; true`];
  const { child, all } = await begin("sh", args, "ready", { env: NPM });
  assert.equal(all.length, 4);
  child.kill("SIGTERM");
  assert.deepEqual(await left(all), []);
});

test("a command under npm ends when npm does, but its shell does not", async () => {
  const shell = `${node} ${script("npm", SERVING)}; true`;
  const npm = `require("node:child_process").spawn("sh", ["-c", ${JSON.stringify(shell)}], { stdio: "inherit" })`;
  const { child, all } = await begin(node, ["--eval", npm], "ready", { env: NPM });
  assert.equal(all.length, 5);
  child.kill("SIGKILL");
  assert.deepEqual(await left(all), []);
});

test("a command in the background outlives its shell", async () => {
  const args = ["-c", `${node} ${script("background", SERVING)} & wait`];
  for (const env of [{}, { ...NPM, npm_lifecycle_script: "relatch-worker dev & wait" }]) {
    const { child, exited, all } = await begin("sh", args, "ready", { env });
    assert.equal(all.length, 4);
    child.kill("SIGTERM");
    await exited;
    await sleep(2_000);
    const [command] = all.slice(1);
    assert.ok(runs(command));
    process.kill(command, "SIGTERM");
    assert.deepEqual(await left(all), []);
  }
});

test("the packed command leaves nothing behind when its npx is killed", LIMIT, async () => {
  const cwd = await createWorker("npx", {}, ["wrangler", "maildev"]);
  const bin = join(cwd, "node_modules", ".bin");
  mkdirSync(bin);
  chmodSync(command(cwd), 0o755);
  symlinkSync(command(cwd), join(bin, "relatch-worker"));
  const ports = await Promise.all(
    ["PORT", "SMTP_PORT", "INBOX_PORT"].map(async (name) => [name, `${await freePort()}`]),
  );
  const env = { ...Object.fromEntries(ports), STATE: "" };
  const args = ["exec", "--offline", "--", "relatch-worker", "dev"];
  const { child, all } = await begin("npm", args, "Ctrl-C stops it", { cwd, env });
  // npm, maildev, wrangler and workerd at least.
  assert.ok(all.length > 4, all.join());
  child.kill("SIGTERM");
  assert.deepEqual(await left(all), []);
});
