// `relatch/server`: what each call sends, how its answer is read, calls for visitors, and that pages
// do not load it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { listen, TOKEN } from "./bad-responses.mjs";
import { emptyApp, end, importPackage, node, runOrThrow } from "./world.mjs";

const LIMIT = { timeout: 60_000 };
const KEY = "a server key of the shop";
const PASSWORD = "a quite new passphrase";
const VISITOR = "203.0.113.7";
const ACCOUNT = { username: "peter" };
const DONE = { message: "done" };
const RULES = { min_length: 15, max_length: 128 };

const servers = [];
after(async () => {
  for (const server of servers) server.close().closeAllConnections();
  await end();
});

const dist = async (name) =>
  pathToFileURL(join(await emptyApp(), "node_modules", "relatch", "dist", name));

/** Returns the entry for servers. */
const load = async () => import(await dist("server.js"));

/**
 * Starts a service. `answer` returns the body of each answer, or its status and its body. Returns
 * its URL, and its requests as they arrive.
 */
async function startService(answer) {
  const requests = [];
  const server = createServer((request, response) => {
    let body = "";
    request
      .on("data", (chunk) => (body += chunk))
      .on("end", () => {
        const { method, url: path, headers } = request;
        requests.push({ method, path, headers, body: body && JSON.parse(body) });
        const given = answer(requests.length);
        const [status, content] = Array.isArray(given) ? given : [200, given];
        const text = typeof content === "string" ? content : JSON.stringify(content);
        response.writeHead(status, { "Content-Type": "application/json" }).end(text);
      });
  });
  servers.push(server);
  return { base: await listen(server), requests };
}

/** Starts a service that always gives one answer. Returns a client of it, and the requests. */
async function clientOf(answer, options = { key: KEY }) {
  const { ServerClient } = await load();
  const { base, requests } = await startService(() => answer);
  return { client: new ServerClient(base, options), requests };
}

/** Returns the code of the error that a call rejects with. */
async function codeOf(call) {
  const { ResetError } = await load();
  return call().then(
    () => "no error",
    (error) => (error instanceof ResetError ? error.code : `${error}`),
  );
}

test("a call about an account sends the key and one name of the account", LIMIT, async () => {
  const accounts = [
    { account: "17" },
    { identifier: "peter@example.com" },
    { username: "peter" },
    { email: "peter@example.com" },
  ];
  const calls = [
    ["/server/reset", (client, account) => client.reset(account)],
    ["/server/invite", (client, account) => client.invite(account)],
    ["/server/links/revoke", (client, account) => client.revokeLinks(account)],
    ["/server/erase", (client, account) => client.erase(account)],
  ];
  for (const [path, call] of calls) {
    const { client, requests } = await clientOf([202, DONE]);
    for (const account of accounts) assert.deepEqual(await call(client, account), DONE);
    assert.deepEqual(
      requests.map(({ method, path, body }) => ({ method, path, body })),
      accounts.map((body) => ({ method: "POST", path, body })),
    );
    for (const { headers } of requests) {
      assert.equal(headers.authorization, `Bearer ${KEY}`);
      assert.equal(headers["content-type"], "application/json");
      assert.equal(headers["relatch-visitor-address"], undefined);
    }
  }
});

test("a reset sends the lifetime of its link", LIMIT, async () => {
  const { client, requests } = await clientOf([202, DONE]);
  await client.reset(ACCOUNT, { lifetimeMinutes: 60 });
  await client.reset(ACCOUNT, { lifetimeMinutes: undefined });
  await client.invite(ACCOUNT, { lifetimeMinutes: 1440 });
  const bodies = requests.map(({ body }) => body);
  const expected = [{ ...ACCOUNT, lifetime_minutes: 60 }, ACCOUNT];
  assert.deepEqual(bodies, [...expected, { ...ACCOUNT, lifetime_minutes: 1440 }]);
});

test("a status says whether an account, or any account, can reset", LIMIT, async () => {
  const { client, requests } = await clientOf({ enabled: false, reason: "disabled", more: [1] });
  const expected = { enabled: false, reason: "disabled" };
  assert.deepEqual(await client.status(ACCOUNT), expected);
  assert.deepEqual(await client.status(), expected);
  const sent = requests.map(({ method, path, body }) => [method, path, body]);
  assert.deepEqual(sent, [
    ["POST", "/server/status", ACCOUNT],
    ["GET", "/server/status", ""],
  ]);
  assert.equal(requests[1].headers.authorization, `Bearer ${KEY}`);
  const plain = await clientOf({ enabled: true });
  assert.deepEqual(await plain.client.status(), { enabled: true, reason: undefined });
});

test("events have the reporter of a visitor, and a limit", LIMIT, async () => {
  const at = "2026-11-20T12:00:00Z";
  const reporter = { reported_by: "shop", reported_from: "192.0.2.1" };
  const first = { at, event: "request_limited", address: VISITOR, ...reporter, detail: null };
  const { client, requests } = await clientOf({
    events: [
      { ...first, count: 3 },
      { at, event: "link_sent", address: null, detail: "x", new: {} },
    ],
  });
  const optional = ["id", "account", "address", "block", "reportedBy", "reportedFrom", "request"];
  const others = ["link", "identifier", "detail", "attempt", "nextAttempt"];
  const unset = Object.fromEntries([...optional, ...others].map((name) => [name, undefined]));
  assert.deepEqual(await client.events(ACCOUNT, { limit: 2 }), [
    {
      ...unset,
      at: new Date(at),
      event: "request_limited",
      address: VISITOR,
      reportedBy: "shop",
      reportedFrom: "192.0.2.1",
      detail: undefined,
      count: 3,
    },
    { ...unset, at: new Date(at), event: "link_sent", detail: "x", count: 1 },
  ]);
  assert.equal((await client.events(ACCOUNT)).length, 2);
  assert.deepEqual(
    requests.map(({ body }) => body),
    [{ ...ACCOUNT, limit: 2 }, ACCOUNT],
  );
});

test("a page of events is read by a filter", LIMIT, async () => {
  const at = "2026-11-20T12:00:00Z";
  const next_attempt = "2026-11-20T12:00:30Z";
  const failed = { account: "17", address: null, detail: "timeout", attempt: 2, next_attempt };
  const event = { at, event: "mail_deferred", id: "r/mail_deferred/1/2", request: "r", ...failed };
  const { client, requests } = await clientOf({ events: [event], next_cursor: "9-3", more: 1 });
  const since = new Date("2026-11-20T00:00:00Z");
  const filter = { account: "a&b", event: "link_failed", since, until: "2026-11-21", limit: 1 };
  const page = await client.listEvents(filter);
  assert.equal(page.nextCursor, "9-3");
  const [first] = page.events;
  assert.deepEqual([first.account, first.detail, first.at], ["17", "timeout", new Date(at)]);
  assert.deepEqual([first.id, first.request, first.link], [event.id, "r", undefined]);
  assert.deepEqual([first.attempt, first.nextAttempt], [2, new Date(next_attempt)]);
  await client.listEvents({ cursor: page.nextCursor, account: undefined });
  await client.listEvents();
  const paths = [
    "account=a%26b&event=link_failed&since=2026-11-20T00%3A00%3A00.000Z&until=2026-11-21&limit=1",
    "cursor=9-3",
  ].map((query) => `/server/events?${query}`);
  assert.deepEqual(
    requests.map(({ method, path, body }) => [method, path, body]),
    [...paths, "/server/events"].map((path) => ["GET", path, ""]),
  );
  const last = await clientOf({ events: [], next_cursor: null });
  assert.deepEqual(await last.client.listEvents(), { events: [], nextCursor: undefined });
  for (const wrong of [{ since: new Date(NaN) }, { limit: {} }, { name: "x" }, { event: null }])
    assert.equal(await codeOf(() => client.listEvents(wrong)), "request_invalid");
  assert.equal(requests.length, 3);
});

test("numbers of events, and the mails that wait, are read", LIMIT, async () => {
  const at = "2026-11-20T12:00:00Z";
  const periods = [{ at, events: { link_sent: 3, __proto__x: 1 } }];
  const stats = await clientOf({ by: "hour", since: at, until: at, periods });
  const [period] = await stats.client.stats({ by: "hour" });
  assert.deepEqual([period.at, period.events.get("link_sent")], [new Date(at), 3]);
  assert.equal(stats.requests[0].path, "/server/stats?by=hour");

  const mail = { mail: "link", accounts: ["17"], added: at, attempts: 2, next_attempt: at };
  const mails = [{ ...mail, last_code: "timeout", may_be_delivered: false }];
  const expected = [
    {
      mail: "link",
      accounts: ["17"],
      added: new Date(at),
      attempts: 2,
      nextAttempt: new Date(at),
      lastCode: "timeout",
      mayBeDelivered: false,
    },
  ];
  const { client, requests } = await clientOf({ retried: 1, mails });
  assert.deepEqual(await client.outbox(ACCOUNT), expected);
  assert.deepEqual(await client.retry(ACCOUNT), { retried: 1, mails: expected });
  assert.deepEqual(
    requests.map(({ method, path, body }) => [method, path, body]),
    [
      ["POST", "/server/outbox", ACCOUNT],
      ["POST", "/server/retry", ACCOUNT],
    ],
  );
});

test("an answer of another shape is invalid", LIMIT, async () => {
  const answers = [
    ...["", "null", "[]", "{}", "<!doctype html>", '"text"', " ".repeat(70_000)],
    ...[{ events: 5 }, { events: [null] }, { events: [{}] }, { events: [{ at: "x", event: "y" }] }],
    ...[{ enabled: "yes" }, { message: 5 }, [204, ""], [302, ""]],
  ];
  for (const answer of answers) {
    const { client } = await clientOf(answer);
    const calls = [
      () => client.events(ACCOUNT),
      () => client.status(),
      () => client.erase(ACCOUNT),
      () => client.reset(ACCOUNT),
      () => client.listEvents(),
      () => client.stats(),
      () => client.outbox(ACCOUNT),
      () => client.retry(ACCOUNT),
    ];
    for (const call of calls) {
      assert.equal(await codeOf(call), "answer_invalid", JSON.stringify(answer).slice(0, 60));
    }
  }
});

test("a reset is sent once, and the other calls are repeated", LIMIT, async () => {
  const { ServerClient } = await load();
  const unavailable = [503, { code: "unavailable" }];
  const { base, requests } = await startService((number) => (number === 3 ? DONE : unavailable));
  const client = new ServerClient(base, { key: KEY });
  assert.deepEqual(await client.erase(ACCOUNT), DONE);
  assert.equal(requests.splice(0).length, 3);
  assert.equal(await codeOf(() => client.reset(ACCOUNT)), "unavailable");
  assert.equal(requests.length, 1);
  const silent = createServer(() => {});
  servers.push(silent);
  const late = new ServerClient(await listen(silent), { key: KEY, timeout: 200 });
  assert.equal(await codeOf(() => late.status()), "timed_out");
  const signal = AbortSignal.timeout(50);
  assert.equal(await codeOf(() => late.reset(ACCOUNT, { signal })), "aborted");
});

test("a refusal has its code, and repeats neither the account nor the key", LIMIT, async () => {
  const { ResetError } = await load();
  const email = "peter@example.com";
  for (const [status, code] of [
    [401, "key_invalid"],
    [403, "key_out_of_scope"],
    [404, "account_unknown"],
  ]) {
    const { client } = await clientOf([status, { code, detail: `about ${email}` }]);
    for (const call of [() => client.reset({ email }), () => client.erase({ email })]) {
      const error = await call().catch((error) => error);
      assert.ok(error instanceof ResetError);
      assert.deepEqual([error.code, error.status], [code, status]);
      assert.ok(!error.message.includes(email) && !error.message.includes(KEY), error.message);
    }
  }
  const limited = [429, { code: "too_many_requests", retry_after: 60 }];
  const { client } = await clientOf(limited);
  const error = await client.reset(ACCOUNT).catch((error) => error);
  assert.deepEqual([error.code, error.retryAfter], ["too_many_requests", 60]);
});

test("the calls for a visitor send the key and the address", LIMIT, async () => {
  const expiry = { expires_at: "2030-01-02T03:04:05Z" };
  const { client, requests } = await clientOf({ ...RULES, ...DONE, ...expiry });
  const options = { visitorAddress: VISITOR };
  const calls = (options) => [
    client.request("peter", options),
    client.check(TOKEN, options),
    client.confirm(TOKEN, PASSWORD, options),
    client.rules(options),
  ];
  await Promise.all(calls(options));
  assert.equal(requests.length, 4);
  for (const { headers, path } of requests.splice(0)) {
    assert.match(path, /^\/password\//);
    assert.equal(headers.authorization, `Bearer ${KEY}`);
    assert.equal(headers["relatch-visitor-address"], VISITOR);
  }
  // Without a visitor, the key is not sent.
  for (const options of [undefined, {}, { visitorAddress: undefined }, { visitorAddress: null }]) {
    await Promise.all(calls(options));
    for (const { headers } of requests.splice(0)) {
      assert.equal(headers.authorization, undefined);
      assert.equal(headers["relatch-visitor-address"], undefined);
    }
  }
  await client.change("old", "new", { ...options, session: "a-session" });
  const [{ headers }] = requests;
  assert.equal(headers.authorization, "Bearer a-session");
  assert.equal(headers["relatch-visitor-address"], undefined);
});

test("options of a call override those of the client", LIMIT, async () => {
  const { ServerClient } = await load();
  const { base, requests } = await startService(() => ({ ...DONE, enabled: true }));
  const seen = [];
  const own = (name) => (url, init) => {
    seen.push(name);
    return fetch(url, init);
  };
  const defaults = { key: KEY, visitorAddress: VISITOR, application: "shop", fetch: own("client") };
  const client = new ServerClient(base, defaults);
  await client.request("peter");
  await client.request("peter", {
    visitorAddress: "2001:db8::1",
    key: "another",
    fetch: own("call"),
  });
  await client.reset(ACCOUNT, { application: "other", key: "a third", fetch: undefined });
  const sent = requests.map(({ path, headers }) => [
    path,
    headers.authorization,
    headers["relatch-visitor-address"],
  ]);
  assert.deepEqual(sent, [
    ["/apps/shop/password/reset/request", `Bearer ${KEY}`, VISITOR],
    ["/apps/shop/password/reset/request", "Bearer another", "2001:db8::1"],
    ["/apps/other/server/reset", "Bearer a third", undefined],
  ]);
  assert.deepEqual(seen, ["client", "call", "client"]);
});

test("invalid options and accounts are rejected, and nothing is sent", LIMIT, async () => {
  const { ServerClient } = await load();
  const { base, requests } = await startService(() => DONE);
  const everyCall = (client, options) => [
    () => client.reset(ACCOUNT, options),
    () => client.status(undefined, options),
    () => client.revokeLinks(ACCOUNT, options),
    () => client.events(ACCOUNT, options),
    () => client.erase(ACCOUNT, options),
    () => client.request("peter", { visitorAddress: VISITOR, ...options }),
  ];
  for (const key of [undefined, "", " ", " key", "key ", "a\nb", "\u00e4", 5, null, {}]) {
    const calls = [
      ...everyCall(new ServerClient(base, { key })),
      ...everyCall(new ServerClient(base), { key }),
    ];
    for (const call of calls) assert.equal(await codeOf(call), "options_invalid", String(key));
  }
  const client = new ServerClient(base, { key: KEY });
  const invalid = [
    ...[{ timeout: 0 }, { fetch: "fetch" }, { application: "a/b" }, { language: "de" }],
    ...["de", 5, [], new AbortController().signal],
  ];
  for (const options of invalid) {
    const isObject = Object.prototype.toString.call(options) === "[object Object]";
    const calls = everyCall(client, options).slice(0, isObject ? 6 : 5);
    for (const call of calls) assert.equal(await codeOf(call), "options_invalid", String(options));
  }
  for (const visitorAddress of ["", " ", "a b", "a\nb", "\u00e4", 5, {}]) {
    const call = () => client.request("peter", { visitorAddress });
    assert.equal(await codeOf(call), "options_invalid", String(visitorAddress));
  }
  const accounts = [
    ...[undefined, null, "peter", 5, [], {}, { account: 17 }, { username: undefined }],
    ...[{ name: "peter" }, { username: "peter", email: "peter@example.com" }],
  ];
  for (const account of accounts) {
    const calls = [
      () => client.reset(account),
      () => client.revokeLinks(account),
      () => client.events(account),
      () => client.erase(account),
    ];
    if (account !== undefined) calls.push(() => client.status(account));
    for (const call of calls) {
      assert.equal(await codeOf(call), "request_invalid", JSON.stringify(account));
    }
  }
  for (const invalid of ["accounts.example.com", "http://a.example", 5]) {
    const client = new ServerClient(invalid, { key: KEY });
    assert.equal(await codeOf(() => client.status()), "options_invalid", String(invalid));
  }
  assert.deepEqual(requests, []);
});

test("the entry has the classes of the client, imported and required", LIMIT, async () => {
  const { ResetClient, ResetError } = await importPackage();
  const { ServerClient, ResetError: same } = await load();
  assert.ok(new ServerClient("https://a.example") instanceof ResetClient);
  assert.equal(same, ResetError);
  const code = `
    const { ServerClient } = require("relatch/server");
    const { ResetClient, ResetError } = require("relatch");
    const fetch = async () => Response.json({ enabled: true });
    const client = new ServerClient("https://a.example", { key: "a key", fetch });
    (async () => {
      console.log((await client.status()).enabled, client instanceof ResetClient);
      console.log((await client.erase({}).catch((error) => error)) instanceof ResetError);
    })();
  `;
  for (const flags of [[], ["--no-require-module"]]) {
    const args = [...flags, "--input-type=commonjs", "--eval", code];
    const output = await runOrThrow(node, args, { cwd: await emptyApp() });
    assert.equal(output, "true true\ntrue\n");
  }
});

test("pages load nothing of the entry for servers", async () => {
  for (const name of ["browser.js", "elements.js", "fallback.js", "relatch.wasm"]) {
    const source = readFileSync(await dist(name), "latin1");
    assert.doesNotMatch(source, /\/server\/|Visitor-Address/i, name);
  }
});
