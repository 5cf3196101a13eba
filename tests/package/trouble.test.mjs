// Bad answers, bad addresses, bad links, bad timing: each is the right result or an error of the package's own with the right
// code, never a rejection that nobody could take, and never a hang.
import assert from "node:assert/strict";
import { copyFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { attempt, told } from "./attempt.mjs";
import { TOKEN, TROUBLE, listening, troubleServer } from "./trouble.mjs";
import { app, empty, end, freePort, node, open, origins, place, relatch, start, succeed, unpack, wrangler } from "./world.mjs";

const here = dirname(fileURLToPath(import.meta.url));
/** Less than a call may take unless it is told otherwise, and enough for a machine that has other things to do. */
const PROMPTLY_MS = 8_000;
const LIMIT = { timeout: 60_000 };

let trouble;
const servers = [];
const untaken = [];
const warnings = [];

/** A server of one test. `seen` has the body of every call, as it came. */
async function server(answer) {
  const seen = [];
  const one = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk)).on("end", () => {
      seen.push(body);
      response.setHeader("Content-Type", "application/json");
      answer(response, body && JSON.parse(body), request);
    });
  });
  servers.push(one);
  return { base: await listening(one), seen };
}
const rules = (response) => response.end('{"min_length":15,"max_length":128}');

/** How a call ends: its code, if it rejects. */
async function codeOf(promise) {
  const { ResetError } = await relatch();
  return promise.then(
    () => "no error",
    (error) => (error instanceof ResetError ? error.code : `${error}`),
  );
}

/** What comes of every trouble, where `act` makes the calls. All at once: some wait for their next attempt, some for an end. */
async function outcomes(act) {
  const all = Object.entries(TROUBLE).map(async ([name, { call, args, options }]) => {
    const from = performance.now();
    const outcome = await act({ base: trouble.base(name), call, args, options });
    assert.ok(performance.now() - from < PROMPTLY_MS, `${name} took ${performance.now() - from} ms`);
    return [name, JSON.parse(JSON.stringify(outcome))];
  });
  return Object.fromEntries(await Promise.all(all));
}
const expected = (changes = () => ({})) => Object.fromEntries(Object.entries(TROUBLE).map(([name, { outcome, ...rest }]) => [name, { ...outcome, ...changes(rest) }]));

after(end);

describe("trouble", () => {
  const notTaken = (error) => untaken.push(error);
  const warned = (warning) => warnings.push(warning);

  before(async () => {
    process.on("unhandledRejection", notTaken).on("warning", warned);
    trouble = await troubleServer();
  });
  after(() => {
    process.off("unhandledRejection", notTaken).off("warning", warned);
    trouble.stop();
    for (const server of servers) server.close().closeAllConnections();
  });

  test("Node: every bad answer is an error of its own code, as often asked for as helps, and no redirect is followed", LIMIT, async () => {
    const module = await relatch();
    assert.deepEqual(await outcomes((what) => attempt(module, what)), expected());
    const attempts = Object.keys(TROUBLE).map((name) => [name, trouble.attempts(name)]);
    assert.deepEqual(Object.fromEntries(attempts), Object.fromEntries(Object.entries(TROUBLE).map(([name, { attempts = 1 }]) => [name, attempts])));
    assert.deepEqual(trouble.seen, []);
  });

  test("Chromium: every bad answer is what it is in Node; of a redirect the status is not told", LIMIT, async () => {
    const { built } = await origins();
    built.folder = await unpack(place("trouble"));
    built.headers = {};
    copyFileSync(join(here, "attempt.mjs"), join(built.folder, "attempt.mjs"));
    writeFileSync(join(built.folder, "index.html"), "<!doctype html><title>Trouble</title>");
    const { page, faults, close } = await open(`${built.origin}/`);
    const act = (what) =>
      page.evaluate(async (what) => {
        const [relatch, { attempt }] = await Promise.all([import("/dist/browser.js"), import("/attempt.mjs")]);
        return attempt(relatch, what);
      }, what);
    assert.deepEqual(await outcomes(act), expected(({ hidden }) => (hidden ? { status: 0 } : {})));
    for (const name of Object.keys(TROUBLE)) trouble.attempts(name);
    assert.deepEqual(trouble.seen, []);
    // The browser tells of each of these by itself.
    assert.deepEqual(faults.filter((fault) => !/^Failed to load resource|blocked by CORS policy/.test(fault)), []);
    await close();
  });

  test("workerd: every bad answer is what it is in Node", LIMIT, async () => {
    const worker = await app("trouble-worker", join(here, "worker"));
    copyFileSync(join(here, "attempt.mjs"), join(worker, "attempt.mjs"));
    const port = await freePort();
    const stop = await start(/Ready on/, [...wrangler, "dev", "--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0"], { cwd: worker });
    const act = async (what) => (await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: JSON.stringify(what) })).json();
    assert.deepEqual(await outcomes(act), expected());
    for (const name of Object.keys(TROUBLE)) trouble.attempts(name);
    assert.deepEqual(trouble.seen, []);
    await stop();
  });

  test("a base URL that cannot be one is an error of every call, and nothing is sent", LIMIT, async () => {
    const { ResetClient } = await relatch();
    const { base, seen } = await server(rules);
    const { port } = new URL(base);
    const wrong = [
      undefined, null, "", " ", 5, {}, [], "accounts.example.com", "localhost:8787", "//accounts.example.com", "/password", "ftp://accounts.example.com", "file:///etc/passwd", "javascript:alert(1)",
      "data:application/json,{}", "https://", "https:///path", "https://a b.example", "https://\u00e4.example", "https://a.example\\@evil.example", "https://me:secret@a.example", "https://a.example?x=1",
      "https://a.example#x", "https://a.example:0", "https://a.example:99999", "https://a.example:port", "https://a.example/a//b", "https://a.example/../b", "https://a.example/%2e%2e/b", "http://a.example",
      "http://127.0.0.2", "http://localhost.evil.example", `http://127.0.0.1:${port}/?`, `http://127.0.0.1:${port}#`, `http://user@127.0.0.1:${port}`, `http://127.0.0.1:${port}/\n`, ` http://127.0.0.1:${port}`,
      `http:127.0.0.1:${port}`, `http://0x7f.1:${port}`, `http://2130706433:${port}`,
    ];
    const calls = (client) => [client.rules(), client.request("peter"), client.check(TOKEN), client.confirm(TOKEN, "a quite new passphrase"), client.change("old", "new")];
    for (const url of wrong) assert.deepEqual(await Promise.all(calls(new ResetClient(url)).map(codeOf)), Array(5).fill("options_invalid"), String(url));
    assert.deepEqual(seen, []);
    for (const url of [base, `${base}/`, `${base}/some/path`, new URL(base), `HTTP://LOCALHOST:${port}`]) assert.equal((await new ResetClient(url).rules()).minLength, 15, String(url));
  });

  test("an address where nobody is, is told as unreachable", LIMIT, async () => {
    const { ResetClient } = await relatch();
    const port = await freePort();
    const { base, seen } = await server(rules);
    // The last one is TLS with who does not speak it.
    const urls = [`http://127.0.0.1:${port}`, `http://[::1]:${port}`, "https://nobody.invalid", `https://localhost:${port}`, base.replace("http:", "https:")];
    assert.deepEqual(await Promise.all(urls.map((url) => codeOf(new ResetClient(url).rules()))), Array(5).fill("unreachable"));
    assert.deepEqual(seen, []);
  });

  test("a choice that cannot be one is an error of every call, and nothing is sent", LIMIT, async () => {
    const { ResetClient } = await relatch();
    const { base, seen } = await server(rules);
    const wrong = [
      ...[0, -1, 0.5, 1.5, NaN, Infinity, 2 ** 31, "5", null, {}].map((timeout) => ({ timeout })),
      ...[null, "abort", {}, new AbortController()].map((signal) => ({ signal })),
      ...["a/b", "..", "a b", "\u00e4", "x".repeat(65), 5, null].map((application) => ({ application })),
      { locale: 5 }, { session: 5 },
    ];
    for (const options of wrong) {
      const shown = JSON.stringify(options);
      assert.equal(await codeOf(new ResetClient(base).rules(options)), "options_invalid", shown);
      if (!("signal" in options)) assert.equal(await codeOf(new ResetClient(base, options).rules()), "options_invalid", shown);
    }
    assert.deepEqual(seen, []);
    for (const options of [undefined, null, {}, { timeout: undefined, signal: undefined, application: undefined, locale: undefined, session: undefined }])
      assert.equal((await new ResetClient(base, options ?? undefined).rules(options)).maxLength, 128);
  });

  test("what is no text is an error before anything is sent", LIMIT, async () => {
    const { ResetClient } = await relatch();
    const { base, seen } = await server(rules);
    const client = new ResetClient(base);
    for (const value of [undefined, null, 5, {}, ["peter"], new String("peter"), Symbol("peter")]) {
      const calls = [client.request(value), client.check(value), client.confirm(value, "a quite new passphrase"), client.confirm(TOKEN, value), client.change(value, "new"), client.change("old", value)];
      assert.deepEqual(await Promise.all(calls.map(codeOf)), Array(6).fill("request_invalid"), String(value));
    }
    assert.deepEqual(seen, []);
  });

  test("a token is understood as mail programs and people hand it on, alone or in its link; what is damaged is not sent", LIMIT, async () => {
    const { ResetClient, readLink } = await relatch();
    const { base, seen } = await server((response) => response.end('{"expires_at":"2030-01-02T03:04:05Z"}'));
    const client = new ResetClient(base);
    const [start, rest] = [TOKEN.slice(0, 40), TOKEN.slice(40)];
    const link = `https://accounts.example.com/password/reset?token=${TOKEN}`;
    const pasted = [
      TOKEN, `  ${TOKEN} `, `${TOKEN}\n`, `${start}\r\n${rest}`, `${start}\n    ${rest}`, `${start} ${rest}`, `${start}\t${rest}`, `${start}\u00a0${rest}`, `${start}%0D%0A${rest}`, `${start}%20${rest}`,
      link, ` ${link}\n`, `https://accounts.example.com/password/reset?token=${start}\r\n${rest}`, `https://a.example/reset?from=mail&amp;token=${TOKEN}`, `https://a.example/#/reset?token=${TOKEN}`, `https://a.example/reset#${TOKEN}`,
    ];
    for (const text of pasted) {
      assert.equal((await client.check(text)).expiresAt.toISOString(), "2030-01-02T03:04:05.000Z", text);
      assert.deepEqual(seen.splice(0), [JSON.stringify({ token: TOKEN })], text);
    }
    const damaged = [
      "", " ", "abc", TOKEN.slice(1), `${TOKEN}A`, `${start}-${rest}`, `${start}=${rest}`, `<${TOKEN}>`, link.slice(0, -1), "https://accounts.example.com/password/reset",
      `\u0000${TOKEN}`, "%", "%zz", "\ud800", "x".repeat(1_000_000)
    ];
    for (const text of damaged) {
      for (const call of [client.check(text), client.confirm(text, "a quite new passphrase")]) assert.equal(await codeOf(call), "link_invalid", text.slice(0, 120));
    }
    assert.deepEqual(seen, []);

    for (const text of pasted.filter((text) => text.includes("://"))) assert.equal((await readLink(text)).token, TOKEN, text);
    assert.equal(await codeOf(readLink("https://accounts.example.com/password/reset")), "link_missing");
    assert.equal(await codeOf(readLink(link.slice(0, -1))), "link_invalid");
    for (const value of [undefined, null, 5, {}]) assert.equal(await codeOf(readLink(value)), "request_invalid", String(value));
  });

  test("calls at once do not disturb each other, whatever becomes of each", LIMIT, async () => {
    const { ResetClient } = await relatch();
    const { base } = await server((response, body, { url }) => {
      const answer = () => {
        if (url.endsWith("/rules")) return rules(response);
        if (body.identifier?.startsWith("wrong")) return response.writeHead(400).end(JSON.stringify({ code: "request_invalid", detail: `number ${body.identifier.slice(5)}` }));
        return response.end(JSON.stringify(body.identifier ? { message: `mail to ${body.identifier}` } : { expires_at: "2030-01-02T03:04:05Z" }));
      };
      setTimeout(answer, Math.random() * 50);
    });
    const client = new ResetClient(base);
    const all = Array.from({ length: 40 }, async (_, number) => {
      assert.equal((await client.request(`person${number}`)).message, `mail to person${number}`);
      assert.match((await client.request(`wrong${number}`).catch((error) => error)).message, new RegExp(`number ${number}$`));
      assert.equal((await client.check(TOKEN)).expiresAt.getUTCFullYear(), 2030);
      assert.deepEqual((await client.rules()).reasons("x".repeat(number)).includes("too_short"), number < 15);
    });
    await Promise.all(all);
    // A double click.
    assert.deepEqual(await Promise.all([client.request("peter"), client.request("peter")]), Array(2).fill({ message: "mail to peter" }));
  });

  test("a call ends after its time-out, also while garbage is collected and a signal of the caller's is there", LIMIT, async () => {
    const { ResetClient } = await relatch();
    const { base, seen } = await server(() => {});
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc");
    const collecting = setInterval(collect, 20);
    const from = performance.now();
    const signals = [undefined, new AbortController().signal, AbortSignal.any([new AbortController().signal])];
    const calls = signals.map((signal) => codeOf(new ResetClient(base).rules({ signal, timeout: 600 })));
    assert.deepEqual(await Promise.all(calls), Array(3).fill("timed_out"));
    clearInterval(collecting);
    const took = performance.now() - from;
    assert.ok(took > 550 && took < PROMPTLY_MS, `${took} ms`);
    assert.equal(seen.length, 3, "no time is left for another attempt");
    assert.equal(await codeOf(new ResetClient(base, { timeout: 1 }).rules()), "timed_out");
  });

  test("a call is given up by its signal: before, while it waits for the answer, in its middle, between attempts; afterwards nothing happens", LIMIT, async () => {
    const { ResetClient, ResetError } = await relatch();
    const silent = await server(() => {});
    const halting = await server((response) => response.write('{"min_length":'));
    const refusing = await server((response) => response.writeHead(503).end('{"code":"unavailable"}'));
    const right = await server(rules);
    const given = async (base, when, reason) => {
      const controller = new AbortController();
      if (when === 0) controller.abort(reason);
      const call = new ResetClient(base).rules({ signal: controller.signal }).then(() => "no error", (error) => error);
      if (when > 0) setTimeout(() => controller.abort(reason), when);
      const from = performance.now();
      const error = await call;
      assert.ok(performance.now() - from < PROMPTLY_MS, `${performance.now() - from} ms`);
      assert.ok(error instanceof ResetError);
      return [error.code, error.name, error.cause];
    };
    const why = new Error("The page was left.");
    for (const [{ base }, when] of [[right, 0], [silent, 0], [silent, 50], [halting, 50], [refusing, 100]]) assert.deepEqual(await given(base, when, why), ["aborted", "AbortError", why]);
    assert.equal(right.seen.length, 0, "what was given up before is not sent");
    assert.equal(refusing.seen.length, 1, "nor is another attempt made");
    const [code, , cause] = await given(silent.base, 20);
    assert.deepEqual([code, cause.name], ["aborted", "AbortError"]);
    // The caller's own time-out is the caller's signal.
    assert.equal(await codeOf(new ResetClient(silent.base).rules({ signal: AbortSignal.timeout(50) })), "aborted");

    const controller = new AbortController();
    assert.equal((await new ResetClient(right.base).rules({ signal: controller.signal })).minLength, 15);
    controller.abort();
    await sleep(50);
  });

  test("one signal serves many calls", LIMIT, async () => {
    const { ResetClient } = await relatch();
    const { base } = await server(rules);
    const { signal } = new AbortController();
    const client = new ResetClient(base);
    await Promise.all(Array.from({ length: 60 }, () => client.rules({ signal })));
    await sleep(20);
    assert.deepEqual(warnings.map(String).filter((text) => /abort listeners/.test(text)), []);
  });

  test("without its WebAssembly every call says so, and it works once that is there", LIMIT, async () => {
    const dist = join(await unpack(place("without")), "dist");
    const [wasm, away] = [join(dist, "relatch.wasm"), join(dist, "away")];
    renameSync(wasm, away);
    const { ResetClient, ResetError, readLink } = await import(pathToFileURL(join(dist, "node.js")));
    const { base } = await server(rules);
    // Whoever makes a client and no call hears nothing of it.
    const client = new ResetClient(base);
    await sleep(50);
    const code = (promise) => promise.then(() => "no error", (error) => told(ResetError, error).code);
    assert.deepEqual(await Promise.all([client.rules(), client.request("peter"), readLink(base)].map(code)), Array(3).fill("module_unavailable"));
    writeFileSync(wasm, "<!doctype html>");
    assert.equal(await code(client.rules()), "module_unavailable");
    renameSync(away, wasm);
    assert.equal((await client.rules()).minLength, 15);
  });

  test("a program ends by itself once its last call did, whatever came of it", LIMIT, async () => {
    const silent = await server(() => {});
    const right = await server(rules);
    const scripts = {
      "after a result": `await new ResetClient("${right.base}").rules();`,
      "after a result with a signal": `await new ResetClient("${right.base}").rules({ signal: new AbortController().signal, timeout: 100_000 });`,
      "after a time-out": `await new ResetClient("${silent.base}").rules({ timeout: 200 }).catch(() => {});`,
      "after it was given up": `await new ResetClient("${silent.base}").rules({ signal: AbortSignal.timeout(50) }).catch(() => {});`,
      "after a refused base URL": 'await new ResetClient("nowhere").rules().catch(() => {});',
      "after no call at all": `new ResetClient("${right.base}");`,
    };
    for (const [name, script] of Object.entries(scripts)) {
      const file = join(await empty(), `${name.replaceAll(" ", "-")}.mjs`);
      writeFileSync(file, `import { ResetClient } from "relatch";\n${script}\nconsole.log(Date.now());\n`);
      const last = Number(await succeed(node, [file], { timeout: 20_000 }));
      assert.ok(Date.now() - last < 1_000, `${name}: ${Date.now() - last} ms`);
    }
  });

  test("no rejection was left that nobody could take", async () => {
    await sleep(50);
    assert.deepEqual(untaken, []);
  });
});
