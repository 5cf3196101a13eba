// Whole flows (request, mail, confirm) against the rate that one Argon2id hash per flow allows;
// then the isolate's memory after a thousand flows, and the CPU time of each step.
//
// At most 16 calls are in flight. A request is looked up after a random delay of 3 seconds on
// average, in which an account owner waits for the mail without a call in flight; there are more
// owners than calls, so that others call meanwhile. With only 16 owners, about five flows complete
// per second on any machine; that figure is reported without a target.
import { setTimeout as sleep } from "node:timers/promises";
import { accounts, Caller, PASSWORD, unusedHash } from "../people.mjs";
import { Runtime } from "../runtime.mjs";
import { Sink } from "../sink.mjs";
import { median, medianCpu, rates, ratios, spread } from "../statistics.mjs";

const MAX_CALLS = 16;
const OWNERS = 256;
const ACCOUNTS = 6_000;
const ROUNDS = 3;
const HASH_SECONDS = 5;
const FLOW_SECONDS = 12;
/** Longer than the longest delay of a request. */
const RAMP_MS = 8_000;
const CONFIRMS = 1_000;
const STEP_CALLS = 96;
const MEMORY_MIB = 64;

const MIB = 1024 * 1024;

/** Limits the number of concurrent calls. */
class Semaphore {
  #free;
  #queue = [];

  constructor(count) {
    this.#free = count;
  }

  /** Waits for a free slot, then runs `work` and returns its result. */
  async use(work) {
    if (this.#free === 0) await new Promise((resolve) => this.#queue.push(resolve));
    else this.#free--;
    try {
      return await work();
    } finally {
      const next = this.#queue.shift();
      if (next) next();
      else this.#free++;
    }
  }
}

/** The account owners, who share one limit of concurrent calls. */
class Crowd {
  #caller;
  #sink;
  #accounts;
  #calls = new Semaphore(MAX_CALLS);
  /** The number of confirms that have succeeded. */
  confirms = 0;

  constructor(caller, sink, accounts) {
    this.#caller = caller;
    this.#sink = sink;
    this.#accounts = accounts;
  }

  /** Returns an account that was not used yet. */
  takeAccount() {
    const account = this.#accounts.pop();
    if (account === undefined) throw new Error("no accounts left");
    return account;
  }

  /** Requests a link and returns its token when the mail has arrived. */
  async request({ username, email }) {
    const mail = this.#sink.next(email);
    await this.#calls.use(() => this.#caller.call("request", { identifier: username }));
    return mail;
  }

  check(token) {
    return this.#calls.use(() => this.#caller.call("check", { token }));
  }

  async confirm(token) {
    await this.#calls.use(() => this.#caller.call("confirm", { token, password: PASSWORD }));
    this.confirms++;
  }

  /**
   * Starts this many owners, each with one flow after another. Returns a function that lets every
   * owner finish the current flow, and then resolves.
   */
  start(owners) {
    let stopped = false;
    const repeat = async () => {
      while (!stopped) await this.confirm(await this.request(this.takeAccount()));
    };
    const all = Promise.all(Array.from({ length: owners }, repeat));
    // The returned function reports a failure; until it is called, the rejection is not unhandled.
    all.catch(() => {});
    return () => {
      stopped = true;
      return all;
    };
  }

  /** Measures flows per second, and the runtime's CPU time per flow in seconds. */
  async measure(relatch, owners) {
    const stop = this.start(owners);
    await sleep(RAMP_MS);
    const before = { confirms: this.confirms, cpu: relatch.cpu(), at: performance.now() };
    await sleep(FLOW_SECONDS * 1000);
    const flows = this.confirms - before.confirms;
    const seconds = (performance.now() - before.at) / 1000;
    const cpu = relatch.cpu();
    await stop();
    return {
      rate: flows / seconds,
      cpu: cpu === undefined ? undefined : (cpu - before.cpu) / flows,
    };
  }
}

/** Measures hashes per second with as many concurrent calls, and the CPU time per hash. */
async function measureHashes(hash, seconds) {
  const cpuBefore = hash.cpu();
  const started = performance.now();
  const end = started + seconds * 1000;
  let count = 0;
  const repeat = async () => {
    while (performance.now() < end) {
      const text = await (await fetch(hash.url)).text();
      if (!text.startsWith("$argon2id$")) throw new Error(`not a hash: ${text}`);
      count++;
    }
  };
  await Promise.all(Array.from({ length: MAX_CALLS }, repeat));
  const took = (performance.now() - started) / 1000;
  const cpu = hash.cpu();
  return {
    rate: count / took,
    cpu: cpu === undefined ? undefined : (cpu - cpuBefore) / count,
  };
}

export async function flows() {
  // All with the inspector, in case it has a cost.
  const inspector = true;
  const hash = await Runtime.start("hash", { inspector });
  const empty = await Runtime.start("empty", { inspector });
  const sink = await Sink.start();
  const variables = { MAIL_PORT: String(sink.port) };
  const relatch = await Runtime.start("relatch", { variables, inspector });
  const seeded = accounts(ACCOUNTS, unusedHash());
  await relatch.seed(seeded);
  const caller = new Caller(relatch.url, MAX_CALLS);
  const crowd = new Crowd(caller, sink, seeded);

  await measureHashes(hash, 2);
  const floors = [await measureHashes(hash, HASH_SECONDS)];
  const measured = [];
  for (let round = 0; round < ROUNDS; round++) {
    measured.push(await crowd.measure(relatch, OWNERS));
    floors.push(await measureHashes(hash, HASH_SECONDS));
  }
  const few = await crowd.measure(relatch, MAX_CALLS);
  const stop = crowd.start(OWNERS);
  while (crowd.confirms < CONFIRMS) await sleep(50);
  await stop();

  const memory = await relatch.memory();
  const resident = relatch.resident();
  const emptyResident = empty.resident();
  const steps = await measureSteps(relatch, crowd, sink);

  caller.close();
  await Promise.all([hash.stop(), empty.stop(), relatch.stop(), sink.stop()]);

  const floor = { of: "one hash", value: median(rates(floors)), unit: "/s" };
  const flowRatios = ratios(rates(measured), rates(floors));
  const fewRatio = few.rate / floor.value;
  const used = (memory.heap + memory.wasm) / MIB;
  const mib = (bytes, digits) => `${(bytes / MIB).toFixed(digits)} MiB`;
  const notes = [
    `JavaScript's heap ${mib(memory.heap, 1)} (${mib(memory.reserved, 1)} reserved)`,
    `WebAssembly ${mib(memory.wasm, 1)}`,
  ];
  if (resident !== undefined) {
    notes.push(`the process is ${mib(resident - emptyResident, 0)} larger than an empty worker's`);
  }
  return {
    figures: [
      {
        name: `whole flows, ${MAX_CALLS} calls at a time`,
        measured: { value: median(rates(measured)), unit: "/s" },
        floor,
        ratio: spread(flowRatios),
        rounds: flowRatios,
        target: { least: 0.65 },
      },
      {
        name: `  ${MAX_CALLS} owners, waiting included`,
        measured: { value: few.rate, unit: "/s" },
        floor,
        ratio: spread([fewRatio]),
        rounds: [fewRatio],
      },
      {
        name: `isolate's memory after ${CONFIRMS} confirms`,
        measured: { value: used, unit: " MiB" },
        floor: { of: "half of an isolate's limit", value: MEMORY_MIB, unit: " MiB" },
        ratio: spread([used / MEMORY_MIB]),
        rounds: [used / MEMORY_MIB],
        target: { most: 1 },
        note: notes.join("; "),
      },
    ],
    steps: [
      { name: "one hash", cpu: medianCpu(floors) },
      { name: "whole flow", cpu: medianCpu(measured) },
      ...steps,
    ],
  };
}

/**
 * Measures the CPU time of each step: many calls of one step, then a wait until all work that they
 * cause is done, then the next step.
 */
async function measureSteps(relatch, crowd, sink) {
  if (relatch.cpu() === undefined) return [];
  const idle = async () => {
    for (let before = relatch.cpu(); ; before = relatch.cpu()) {
      await sleep(1_500);
      if (relatch.cpu() - before < 0.02) return;
    }
  };
  const measure = async (name, work) => {
    await idle();
    const before = relatch.cpu();
    const result = await work();
    await idle();
    return { step: { name, cpu: (relatch.cpu() - before) / STEP_CALLS }, result };
  };
  /** Runs `work` and waits for one mail per call. */
  const withMails = async (work) => {
    const before = sink.received;
    const result = await work();
    await sink.until(before + STEP_CALLS);
    return result;
  };
  const owners = Array.from({ length: STEP_CALLS }, () => crowd.takeAccount());
  const requests = await measure("request, look-up, link, mail", () =>
    withMails(() => Promise.all(owners.map((account) => crowd.request(account)))),
  );
  const tokens = requests.result;
  const checks = await measure("check", () =>
    Promise.all(tokens.map((token) => crowd.check(token))),
  );
  const confirms = await measure("confirm, with its hash, and notice", () =>
    withMails(() => Promise.all(tokens.map((token) => crowd.confirm(token)))),
  );
  return [requests.step, checks.step, confirms.step];
}
