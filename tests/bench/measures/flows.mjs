// Whole flows: ask, read the mail, set the password; against what one Argon2id hash each would allow. Then what the isolate
// holds after a thousand of them, and the CPU of every step by itself.
//
// 16 calls are in flight at a time. A request is worked on at the next whole second, on purpose, so somebody who waits for
// that waits without a call; there are enough people that others call meanwhile. With 16 people in all, waiting included,
// no more than 16 flows end in a second, on however fast a machine; that is told too, without a target.
import { setTimeout as sleep } from "node:timers/promises";
import { Caller, PASSWORD, accounts, anyHash } from "../people.mjs";
import { Runtime } from "../runtime.mjs";
import { Sink } from "../sink.mjs";
import { median, medianCpu, rates, ratios, spread } from "../statistics.mjs";

const IN_FLIGHT = 16;
const PEOPLE = 64;
const ROUNDS = 3;
const HASH_SECONDS = 5;
/** Whole seconds, because the intakes work on whole seconds. */
const FLOW_SECONDS = 12;
const RAMP_MS = 3_000;
const CONFIRMS = 1_000;
const STEP_CALLS = 96;
const MEMORY_MIB = 64;

const MIB = 1024 * 1024;

/** Lets so many through at a time. */
class Slots {
  #free;
  #queue = [];

  constructor(count) {
    this.#free = count;
  }

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

class Crowd {
  #caller;
  #sink;
  #accounts;
  #slots = new Slots(IN_FLIGHT);
  confirms = 0;

  constructor(caller, sink, accounts) {
    this.#caller = caller;
    this.#sink = sink;
    this.#accounts = accounts;
  }

  /** Somebody whom nobody has been yet. */
  someone() {
    const account = this.#accounts.pop();
    if (account === undefined) throw new Error("no accounts left");
    return account;
  }

  async ask({ username, email }) {
    const mail = this.#sink.next(email);
    await this.#slots.use(() => this.#caller.call("request", { identifier: username }));
    return mail;
  }

  check(token) {
    return this.#slots.use(() => this.#caller.call("check", { token }));
  }

  async confirm(token) {
    await this.#slots.use(() => this.#caller.call("confirm", { token, password: PASSWORD }));
    this.confirms++;
  }

  /** So many people, one flow after another each, until told to stop; then each ends the flow that it is in. */
  start(people) {
    let stopped = false;
    const one = async () => {
      while (!stopped) await this.confirm(await this.ask(this.someone()));
    };
    const all = Promise.all(Array.from({ length: people }, one));
    // Whoever waits for its end hears of a failure; until then it must not end the process.
    all.catch(() => {});
    return () => {
      stopped = true;
      return all;
    };
  }

  /** Flows that end in a second, and CPU of each, while so many people are at it. */
  async rate(relatch, people) {
    const stop = this.start(people);
    await sleep(RAMP_MS);
    const before = { confirms: this.confirms, cpu: relatch.cpu(), at: performance.now() };
    await sleep(FLOW_SECONDS * 1000);
    const flows = this.confirms - before.confirms;
    const seconds = (performance.now() - before.at) / 1000;
    const cpu = relatch.cpu();
    await stop();
    return { rate: flows / seconds, cpu: cpu === undefined ? undefined : (cpu - before.cpu) / flows };
  }
}

/** Hashes in a second, and CPU of each, as many calls in flight as flows have. */
async function hashes(hash, seconds) {
  const before = hash.cpu();
  const began = performance.now();
  const end = began + seconds * 1000;
  let count = 0;
  const one = async () => {
    while (performance.now() < end) {
      const text = await (await fetch(hash.url)).text();
      if (!text.startsWith("$argon2id$")) throw new Error(`not a hash: ${text}`);
      count++;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, one));
  const took = (performance.now() - began) / 1000;
  const cpu = hash.cpu();
  return { rate: count / took, cpu: cpu === undefined ? undefined : (cpu - before) / count };
}

export async function flows() {
  // Both with the inspector, should it cost anything.
  const hash = await Runtime.start("hash", { inspector: true });
  const empty = await Runtime.start("empty", { inspector: true });
  const sink = await Sink.start();
  const relatch = await Runtime.start("relatch", { variables: { MAIL_PORT: String(sink.port) }, inspector: true });
  const list = accounts(4_000, anyHash());
  await relatch.seed(list);
  const caller = new Caller(relatch.url, IN_FLIGHT);
  const crowd = new Crowd(caller, sink, list);

  await hashes(hash, 2);
  const floors = [await hashes(hash, HASH_SECONDS)];
  const measured = [];
  for (let round = 0; round < ROUNDS; round++) {
    measured.push(await crowd.rate(relatch, PEOPLE));
    floors.push(await hashes(hash, HASH_SECONDS));
  }
  const few = await crowd.rate(relatch, IN_FLIGHT);
  const stop = crowd.start(PEOPLE);
  while (crowd.confirms < CONFIRMS) await sleep(50);
  await stop();

  const { heap, reserved, wasm } = await relatch.memory();
  const resident = relatch.resident();
  const emptyResident = empty.resident();
  const steps = await perStep(relatch, crowd, sink);

  caller.close();
  await Promise.all([hash.stop(), empty.stop(), relatch.stop(), sink.stop()]);

  const against = ratios(rates(measured), rates(floors));
  const floor = { of: "one hash", value: median(rates(floors)), unit: "/s" };
  const fewer = few.rate / median(rates(floors));
  return {
    figures: [
      {
        name: `whole flows, ${IN_FLIGHT} calls at a time`,
        measured: { value: median(rates(measured)), unit: "/s" },
        floor,
        ratio: spread(against),
        rounds: against,
        target: { least: 0.65 },
      },
      {
        name: `  ${IN_FLIGHT} people, waiting included`,
        measured: { value: few.rate, unit: "/s" },
        floor,
        ratio: spread([fewer]),
        rounds: [fewer],
      },
      {
        name: `isolate's memory after ${CONFIRMS} confirms`,
        measured: { value: (heap + wasm) / MIB, unit: " MiB" },
        floor: { of: "half of what one may hold", value: MEMORY_MIB, unit: " MiB" },
        ratio: spread([(heap + wasm) / MIB / MEMORY_MIB]),
        rounds: [(heap + wasm) / MIB / MEMORY_MIB],
        target: { most: 1 },
        note: [
          `JavaScript's heap ${(heap / MIB).toFixed(1)} MiB (${(reserved / MIB).toFixed(1)} reserved), wasm ${(wasm / MIB).toFixed(1)} MiB`,
          resident === undefined ? "" : `; the process is ${((resident - emptyResident) / MIB).toFixed(0)} MiB larger than an empty worker's`,
        ].join(""),
      },
    ],
    steps: [{ name: "one hash", cpu: medianCpu(floors) }, { name: "whole flow", cpu: medianCpu(measured) }, ...steps],
  };
}

/** The CPU of each step by itself: many calls of one, then all that comes of them, then the next step. */
async function perStep(relatch, crowd, sink) {
  if (relatch.cpu() === undefined) return [];
  const settled = async () => {
    for (let before = relatch.cpu(); ; before = relatch.cpu()) {
      await sleep(1_500);
      if (relatch.cpu() - before < 0.02) return;
    }
  };
  const measure = async (name, work) => {
    await settled();
    const before = relatch.cpu();
    const result = await work();
    await settled();
    return [{ name, cpu: (relatch.cpu() - before) / STEP_CALLS }, result];
  };
  const people = Array.from({ length: STEP_CALLS }, () => crowd.someone());
  const mails = async (work) => {
    const already = sink.received;
    const result = await work();
    await sink.until(already + STEP_CALLS);
    return result;
  };
  const [asking, tokens] = await measure("request, look-up, link, mail", () => mails(() => Promise.all(people.map((one) => crowd.ask(one)))));
  const [checking] = await measure("check", () => Promise.all(tokens.map((token) => crowd.check(token))));
  const [confirming] = await measure("confirm, with its hash, and notice", () => mails(() => Promise.all(tokens.map((token) => crowd.confirm(token)))));
  return [asking, checking, confirming];
}
