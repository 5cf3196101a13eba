// Node programs that run beside the tests: development servers, the Worker, the SMTP inbox.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { node, root } from "../../edge/tools/local.mjs";

export { node, root };

export class Programs {
  #running = [];

  constructor() {
    // `stop` does not run if the tests are interrupted.
    process.once("exit", () => this.#terminate());
  }

  /**
   * Starts a Node program and waits for a line of its output that matches `ready`. Returns a
   * function that stops it, whose `output()` is the end of the output so far. Throws with the end
   * of its output if it exits before that line.
   *
   * With `inGroup`, the program and those that it starts are a process group, which the function
   * sends the signal that it is given: `SIGKILL` is a crash.
   */
  async start(ready, args, { cwd = root, env = process.env, inGroup = false } = {}) {
    const stdio = ["ignore", "pipe", "pipe"];
    const child = spawn(node, args, { cwd, env, stdio, detached: inGroup });
    const exited = new Promise((resolve) => child.once("exit", resolve));
    this.#running.push({ child, exited });
    let output = "";
    await new Promise((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on("line", (line) => {
          output = `${output}${line}\n`.slice(-4_000);
          if (ready.test(line)) resolve();
        });
      }
      exited.then((code) => reject(new Error(`${args.join(" ")} exited (${code}):\n${output}`)));
    });
    const stop = async (signal = "SIGTERM") => {
      if (inGroup) process.kill(-child.pid, signal);
      else child.kill(signal);
      await exited;
    };
    return Object.assign(stop, { output: () => output });
  }

  /** Stops every program and waits until all have exited. */
  async stop() {
    this.#terminate();
    await Promise.all(this.#running.map(({ exited }) => exited));
  }

  #terminate() {
    for (const { child } of this.#running) child.kill("SIGTERM");
  }
}
