// Invalid arguments, time-outs, cancellation and concurrent calls: each call ends in time with a
// result or a `ResetError`, and no rejection is left unhandled.
import assert from "node:assert/strict";
import { renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { listen, TOKEN } from "./bad-responses.mjs";
import { ProcessEvents } from "./process-events.mjs";
import {
  emptyApp,
  end,
  freePort,
  importPackage,
  node,
  runOrThrow,
  tempPath,
  unpack,
} from "./world.mjs";

const LIMIT = { timeout: 60_000 };
/** Less than the default time-out of a call, and enough for a busy machine. */
const MAX_CALL_MS = 8_000;
const PASSWORD = "a quite new passphrase";

const RULES = '{"min_length":15,"max_length":128}';
const EXPIRY = '{"expires_at":"2030-01-02T03:04:05Z"}';

const sendRules = (response) => response.end(RULES);
const neverAnswer = () => {};

/** Returns the code of a promise's `ResetError`, another error as text, or "no error". */
async function codeOf(promise) {
  const { ResetError } = await importPackage();
  return promise.then(
    () => "no error",
    (error) => (error instanceof ResetError ? error.code : `${error}`),
  );
}

const codesOf = (promises) => Promise.all(promises.map(codeOf));

after(end);

describe("calls", () => {
  const events = new ProcessEvents();
  const servers = [];

  before(() => events.start());
  after(() => {
    events.stop();
    for (const server of servers) server.close().closeAllConnections();
  });

  /**
   * Starts a server. `answer` gets the response, the request's parsed body and the request. Returns
   * its base URL, and the bodies of the requests as they arrive.
   */
  async function startServer(answer) {
    const bodies = [];
    const server = createServer((request, response) => {
      let body = "";
      request
        .on("data", (chunk) => (body += chunk))
        .on("end", () => {
          bodies.push(body);
          response.setHeader("Content-Type", "application/json");
          answer(response, body && JSON.parse(body), request);
        });
    });
    servers.push(server);
    return { base: await listen(server), bodies };
  }

  test("every call rejects an invalid base URL and sends nothing", LIMIT, async () => {
    const { ResetClient } = await importPackage();
    const { base, bodies } = await startServer(sendRules);
    const { port } = new URL(base);
    const invalid = [
      ...[undefined, null, "", " ", 5, {}, []],
      ...["accounts.example.com", "localhost:8787", "//accounts.example.com", "/password"],
      ...["ftp://accounts.example.com", "file:///etc/passwd", "javascript:alert(1)"],
      ...["data:application/json,{}", "https://", "https:///path", "https://a b.example"],
      ...["https://\u00e4.example", "https://a.example\\@evil.example"],
      ...["https://me:secret@a.example", "https://a.example?x=1", "https://a.example#x"],
      ...["https://a.example:0", "https://a.example:99999", "https://a.example:port"],
      ...["https://a.example/a//b", "https://a.example/../b", "https://a.example/%2e%2e/b"],
      ...["http://a.example", "http://127.0.0.2", "http://localhost.evil.example"],
      ...[`http://127.0.0.1:${port}/?`, `http://127.0.0.1:${port}#`],
      ...[`http://user@127.0.0.1:${port}`, `http://127.0.0.1:${port}/\n`],
      ...[` http://127.0.0.1:${port}`, `http:127.0.0.1:${port}`],
      ...[`http://0x7f.1:${port}`, `http://2130706433:${port}`],
    ];
    const everyCall = (client) => [
      client.rules(),
      client.request("peter"),
      client.check(TOKEN),
      client.confirm(TOKEN, PASSWORD),
      client.change("old", "new"),
    ];
    for (const url of invalid) {
      const codes = await codesOf(everyCall(new ResetClient(url)));
      assert.deepEqual(codes, Array(5).fill("options_invalid"), String(url));
    }
    assert.deepEqual(bodies, []);
    const path = `${base}/some/path`;
    for (const url of [base, `${base}/`, path, new URL(base), `HTTP://LOCALHOST:${port}`]) {
      assert.equal((await new ResetClient(url).rules()).minLength, 15, String(url));
    }
  });

  test("a server that cannot be reached is reported as unreachable", LIMIT, async () => {
    const { ResetClient } = await importPackage();
    const port = await freePort();
    const { base, bodies } = await startServer(sendRules);
    const urls = [
      ...[`http://127.0.0.1:${port}`, `http://[::1]:${port}`],
      ...["https://nobody.invalid", `https://localhost:${port}`],
      // TLS to a server that does not support it.
      base.replace("http:", "https:"),
    ];
    const codes = await codesOf(urls.map((url) => new ResetClient(url).rules()));
    assert.deepEqual(codes, Array(5).fill("unreachable"));
    assert.deepEqual(bodies, []);
  });

  test("every call rejects an invalid option and sends nothing", LIMIT, async () => {
    const { ResetClient } = await importPackage();
    const { base, bodies } = await startServer(sendRules);
    const timeouts = [0, -1, 0.5, 1.5, NaN, Infinity, 2 ** 31, "5", null, {}];
    const applications = ["a/b", "..", "a b", "\u00e4", "x".repeat(65), 5, null];
    const invalid = [
      ...timeouts.map((timeout) => ({ timeout })),
      ...[null, "abort", {}, new AbortController()].map((signal) => ({ signal })),
      ...applications.map((application) => ({ application })),
      ...[{ locale: 5 }, { session: 5 }, { fetch: "fetch" }, { fetch: null }],
      ...[{ language: "de" }, { Timeout: 5 }, { timout: undefined }],
      ...["de", 5, true, [], () => {}, new AbortController().signal],
    ];
    for (const options of invalid) {
      const shown = JSON.stringify(options);
      const client = new ResetClient(base);
      assert.equal(await codeOf(client.rules(options)), "options_invalid", shown);
      if (Object(options) !== options || "signal" in options) continue;
      const configured = new ResetClient(base, options);
      assert.equal(await codeOf(configured.rules()), "options_invalid", shown);
    }
    assert.deepEqual(bodies, []);
    const unset = ["timeout", "signal", "application", "locale", "session"];
    const unsetOptions = Object.fromEntries(unset.map((name) => [name, undefined]));
    for (const options of [undefined, null, {}, unsetOptions]) {
      const client = new ResetClient(base, options ?? undefined);
      assert.equal((await client.rules(options)).maxLength, 128);
    }
  });

  test("the message about an unknown option names it and the options", LIMIT, async () => {
    const { ResetClient } = await importPackage();
    const client = new ResetClient("https://a.example", { language: "de" });
    const { message } = await client.rules().catch((error) => error);
    const options = /language.*application, locale, captcha, timeout, session, signal, fetch/;
    assert.match(message, options);
  });

  test("the option `fetch` sends the requests, of all calls or of one", LIMIT, async () => {
    const { ResetClient } = await importPackage();
    const { base, bodies } = await startServer(sendRules);
    const urls = [];
    const own = (name) => (url, init) => {
      urls.push(`${name} ${init.method} ${url}`);
      return fetch(url, init);
    };
    const client = new ResetClient(base, { fetch: own("client") });
    assert.equal((await client.rules()).minLength, 15);
    assert.equal((await client.rules({ fetch: own("call") })).minLength, 15);
    assert.equal((await client.rules({ fetch: undefined })).minLength, 15);
    const url = `${base}/password/rules`;
    assert.deepEqual(urls, [`client GET ${url}`, `call GET ${url}`, `client GET ${url}`]);
    assert.equal(bodies.length, 3);
    // A polyfill or a stub without streams.
    const answer = { status: 200, headers: new Headers(), text: async () => RULES };
    assert.equal((await client.rules({ fetch: async () => answer })).minLength, 15);
  });

  test("an error without an answer has its cause, and no other error has one", LIMIT, async () => {
    const { ResetClient } = await importPackage();
    const port = await freePort();
    const errorOf = (client) => client.rules({ timeout: 2_000 }).catch((error) => error);
    const refused = await errorOf(new ResetClient(`http://127.0.0.1:${port}`));
    assert.equal(refused.code, "unreachable");
    assert.equal(refused.cause.cause.code, "ECONNREFUSED");
    const reason = new TypeError("no network");
    const fails = { fetch: () => Promise.reject(reason) };
    assert.equal((await errorOf(new ResetClient("https://a.example", fails))).cause, reason);
    const throws = {
      fetch() {
        throw reason;
      },
    };
    assert.equal((await errorOf(new ResetClient("https://a.example", throws))).cause, reason);
    const silent = await startServer(neverAnswer);
    const timedOut = await errorOf(new ResetClient(silent.base, { timeout: 50 }));
    assert.deepEqual([timedOut.code, timedOut.cause.name], ["timed_out", "TimeoutError"]);
    // The error of a parser quotes the body.
    const html = await startServer((response) => response.end("<!doctype html>"));
    const invalid = await errorOf(new ResetClient(html.base));
    assert.deepEqual([invalid.code, invalid.cause], ["answer_invalid", undefined]);
    const rejected = await startServer((response) =>
      response.writeHead(404).end('{"code":"not_found"}'),
    );
    assert.equal((await errorOf(new ResetClient(rejected.base))).cause, undefined);
  });

  test("an argument that is not a string is rejected, and nothing is sent", LIMIT, async () => {
    const { ResetClient } = await importPackage();
    const { base, bodies } = await startServer(sendRules);
    const client = new ResetClient(base);
    const invalid = [undefined, null, 5, {}, ["peter"], new String("peter"), Symbol("peter")];
    for (const value of invalid) {
      const calls = [
        client.request(value),
        client.check(value),
        client.confirm(value, PASSWORD),
        client.confirm(TOKEN, value),
        client.change(value, "new"),
        client.change("old", value),
      ];
      assert.deepEqual(await codesOf(calls), Array(6).fill("request_invalid"), String(value));
    }
    assert.deepEqual(bodies, []);
  });

  test("a pasted token or link is accepted, and a damaged one is not sent", LIMIT, async () => {
    const { ResetClient, readLink } = await importPackage();
    const { base, bodies } = await startServer((response) => response.end(EXPIRY));
    const client = new ResetClient(base);
    const [start, rest] = [TOKEN.slice(0, 40), TOKEN.slice(40)];
    const page = "https://accounts.example.com/password/reset";
    const link = `${page}?token=${TOKEN}`;
    const breaks = ["\r\n", "\n    ", " ", "\t", "\u00a0", "%0D%0A", "%20"];
    const pasted = [
      ...[TOKEN, `  ${TOKEN} `, `${TOKEN}\n`],
      ...breaks.map((text) => `${start}${text}${rest}`),
      ...[link, ` ${link}\n`, `${page}?token=${start}\r\n${rest}`],
      ...[`https://a.example/reset?from=mail&amp;token=${TOKEN}`],
      ...[`https://a.example/#/reset?token=${TOKEN}`, `https://a.example/reset#${TOKEN}`],
    ];
    for (const text of pasted) {
      const { expiresAt } = await client.check(text);
      assert.equal(expiresAt.toISOString(), "2030-01-02T03:04:05.000Z", text);
      assert.deepEqual(bodies.splice(0), [JSON.stringify({ token: TOKEN })], text);
    }
    const damaged = [
      ...["", " ", "abc", TOKEN.slice(1), `${TOKEN}A`, `${start}-${rest}`, `${start}=${rest}`],
      ...[`<${TOKEN}>`, link.slice(0, -1), page],
      ...[`\u0000${TOKEN}`, "%", "%zz", "\ud800", "x".repeat(1_000_000)],
    ];
    for (const text of damaged) {
      const codes = await codesOf([client.check(text), client.confirm(text, PASSWORD)]);
      assert.deepEqual(codes, ["link_invalid", "link_invalid"], text.slice(0, 120));
    }
    assert.deepEqual(bodies, []);

    for (const url of pasted.filter((text) => text.includes("://"))) {
      assert.equal((await readLink(url)).token, TOKEN, url);
    }
    assert.equal(await codeOf(readLink(page)), "link_missing");
    assert.equal(await codeOf(readLink(link.slice(0, -1))), "link_invalid");
    for (const value of [undefined, null, 5, {}]) {
      assert.equal(await codeOf(readLink(value)), "request_invalid", String(value));
    }
  });

  test("concurrent calls do not affect each other", LIMIT, async () => {
    const { ResetClient } = await importPackage();
    const { base } = await startServer((response, body, { url }) => {
      const answer = () => {
        if (url.endsWith("/rules")) return sendRules(response);
        const { identifier } = body;
        if (!identifier) return response.end(EXPIRY);
        if (!identifier.startsWith("wrong")) {
          return response.end(JSON.stringify({ message: `mail to ${identifier}` }));
        }
        const problem = { code: "request_invalid", detail: `number ${identifier.slice(5)}` };
        response.writeHead(400).end(JSON.stringify(problem));
      };
      setTimeout(answer, Math.random() * 50);
    });
    const client = new ResetClient(base);
    const calls = Array.from({ length: 40 }, async (_, index) => {
      const { message } = await client.request(`person${index}`);
      assert.equal(message, `mail to person${index}`);
      const error = await client.request(`wrong${index}`).catch((error) => error);
      assert.match(error.message, new RegExp(`number ${index}$`));
      assert.equal((await client.check(TOKEN)).expiresAt.getUTCFullYear(), 2030);
      const reasons = (await client.rules()).reasons("x".repeat(index));
      assert.equal(reasons.includes("too_short"), index < 15);
    });
    await Promise.all(calls);
    // A double click.
    const twice = await Promise.all([client.request("peter"), client.request("peter")]);
    assert.deepEqual(twice, Array(2).fill({ message: "mail to peter" }));
  });

  test("a call times out, also with a signal and under garbage collection", LIMIT, async () => {
    const { ResetClient } = await importPackage();
    const { base, bodies } = await startServer(neverAnswer);
    setFlagsFromString("--expose-gc");
    const collecting = setInterval(runInNewContext("gc"), 20);
    const started = performance.now();
    const { signal } = new AbortController();
    const signals = [undefined, signal, AbortSignal.any([new AbortController().signal])];
    const client = new ResetClient(base);
    const codes = await codesOf(signals.map((signal) => client.rules({ signal, timeout: 600 })));
    assert.deepEqual(codes, Array(3).fill("timed_out"));
    clearInterval(collecting);
    const took = performance.now() - started;
    assert.ok(took > 550 && took < MAX_CALL_MS, `${took} ms`);
    // Fewer if a busy machine did not send all of them in time.
    assert.ok(bodies.length <= 3, "no time is left for a second attempt");
    assert.equal(await codeOf(new ResetClient(base, { timeout: 1 }).rules()), "timed_out");
  });

  test("a signal aborts a call at any point, and nothing happens afterwards", LIMIT, async () => {
    const { ResetClient, ResetError } = await importPackage();
    const silent = await startServer(neverAnswer);
    const stalled = await startServer((response) => response.write('{"min_length":'));
    const unavailable = await startServer((response) =>
      response.writeHead(503).end('{"code":"unavailable"}'),
    );
    const working = await startServer(sendRules);
    /** Aborts a call after so many milliseconds, or before it is made. Returns its error. */
    const abort = async ({ base }, delay, reason) => {
      const controller = new AbortController();
      if (delay === 0) controller.abort(reason);
      const { signal } = controller;
      const call = new ResetClient(base).rules({ signal }).catch((error) => error);
      if (delay > 0) setTimeout(() => controller.abort(reason), delay);
      const started = performance.now();
      const error = await call;
      const took = performance.now() - started;
      assert.ok(took < MAX_CALL_MS, `${took} ms`);
      assert.ok(error instanceof ResetError);
      return [error.code, error.name, error.cause];
    };
    const reason = new Error("The page was closed.");
    for (const [server, delay] of [
      [working, 0],
      [silent, 0],
      // While it waits for the answer, within the answer, and between two attempts.
      [silent, 50],
      [stalled, 50],
      [unavailable, 100],
    ]) {
      const error = await abort(server, delay, reason);
      assert.deepEqual(error, ["aborted", "AbortError", reason]);
    }
    assert.equal(working.bodies.length, 0, "a call that was aborted before it began is not sent");
    assert.equal(unavailable.bodies.length, 1, "an aborted call is not retried");
    const [code, , cause] = await abort(silent, 20);
    assert.deepEqual([code, cause.name], ["aborted", "AbortError"]);
    const timeout = { signal: AbortSignal.timeout(50) };
    const timedOut = codeOf(new ResetClient(silent.base).rules(timeout));
    assert.equal(await timedOut, "aborted", "a signal with a time-out is the caller's signal");

    const controller = new AbortController();
    const rules = await new ResetClient(working.base).rules({ signal: controller.signal });
    assert.equal(rules.minLength, 15);
    controller.abort();
    await sleep(50);
  });

  test("one signal serves many calls", LIMIT, async () => {
    const { ResetClient } = await importPackage();
    const { base } = await startServer(sendRules);
    const { signal } = new AbortController();
    const client = new ResetClient(base);
    await Promise.all(Array.from({ length: 60 }, () => client.rules({ signal })));
    await sleep(20);
    assert.deepEqual(
      events.warnings.filter((text) => /abort listeners/.test(text)),
      [],
    );
  });

  test("calls fail without the WebAssembly, and succeed once it is there", LIMIT, async () => {
    const dist = join(await unpack(tempPath("without-wasm")), "dist");
    const [wasm, missing] = [join(dist, "relatch.wasm"), join(dist, "missing")];
    renameSync(wasm, missing);
    const module = await import(pathToFileURL(join(dist, "node.js")));
    const { ResetClient, ResetError } = module;
    const { base } = await startServer(sendRules);
    // A client that makes no call reports nothing.
    const client = new ResetClient(base);
    await sleep(50);
    const code = (promise) =>
      promise.catch((error) => (error instanceof ResetError ? error.code : `${error}`));
    const calls = [client.rules(), client.request("peter"), client.check(TOKEN)];
    const codes = await Promise.all(calls.map(code));
    assert.deepEqual(codes, Array(3).fill("module_unavailable"));
    assert.equal((await module.readLink(`https://a.example/#${TOKEN}`)).token, TOKEN);
    writeFileSync(wasm, "<!doctype html>");
    assert.equal(await code(client.rules()), "module_unavailable");
    renameSync(missing, wasm);
    assert.equal((await client.rules()).minLength, 15);
  });

  test("a program exits after its last call, whatever its outcome", LIMIT, async () => {
    const silent = await startServer(neverAnswer);
    const working = await startServer(sendRules);
    const client = (base) => `new ResetClient("${base}")`;
    const signal = "signal: new AbortController().signal, timeout: 100_000";
    const scripts = {
      result: `await ${client(working.base)}.rules();`,
      "result with a signal": `await ${client(working.base)}.rules({ ${signal} });`,
      "time-out": `await ${client(silent.base)}.rules({ timeout: 200 }).catch(() => {});`,
      abort:
        `const signal = AbortSignal.timeout(50);\n` +
        `await ${client(silent.base)}.rules({ signal }).catch(() => {});`,
      "invalid base URL": `await ${client("nowhere")}.rules().catch(() => {});`,
      "no call": `${client(working.base)};`,
    };
    for (const [name, script] of Object.entries(scripts)) {
      const file = join(await emptyApp(), `${name.replaceAll(" ", "-")}.mjs`);
      const source = `import { ResetClient } from "relatch";\n${script}\n`;
      writeFileSync(file, `${source}console.log(Date.now());\n`);
      const last = Number(await runOrThrow(node, [file], { timeout: 20_000 }));
      const took = Date.now() - last;
      assert.ok(took < 1_000, `${name}: it exited after ${took} ms`);
    }
  });

  test("no call leaves an unhandled rejection", async () => {
    await sleep(50);
    assert.deepEqual(events.rejections, []);
  });
});
