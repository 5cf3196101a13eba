// The conversion of requests and responses (edge/call.mjs), with Node's `Request` and `Response`,
// which follow the same standard as the Worker runtime's.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import {
  answer,
  hostRequest,
  hostResponse,
  MAX_BODY_BYTES,
  MAX_DISCARDED_BYTES,
  MAX_REPORT_BYTES,
} from "../../edge/call.mjs";

const CONFIRM_URL = "https://example.com/password/reset/confirm?a=b";

/** Returns a request whose body is a stream of chunks without a length, and what was read of it. */
function streamed(chunks, url = CONFIRM_URL) {
  const read = { bytes: 0, cancelled: false };
  const body = new ReadableStream(
    {
      pull(controller) {
        const chunk = chunks.next();
        if (chunk.done) return controller.close();
        read.bytes += chunk.value.length;
        controller.enqueue(chunk.value);
      },
      cancel() {
        read.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { read, request: new Request(url, { method: "POST", body, duplex: "half" }) };
}

const withLength = (length, body, url = CONFIRM_URL) =>
  new Request(url, { method: "POST", body, headers: { "Content-Length": String(length) } });

test("the head has one line each for the method, the URL and every header", async () => {
  const headers = { "X-One": "a, b", Origin: "https://example.com" };
  const request = new Request(CONFIRM_URL, { method: "POST", headers });
  const { head, body, continent } = await hostRequest(request);
  const lines = ["POST", CONFIRM_URL, "origin,https://example.com", "x-one,a, b"];
  assert.deepEqual(head.split("\n"), lines);
  assert.equal(body.length, 0);
  assert.equal(continent, undefined);
});

test("the HTML library is loaded at its first use", () => {
  // In a separate process, because other tests load the library.
  const program = `
    import { registerHooks } from "node:module";
    import { hostRequest } from "./edge/call.mjs";
    let loaded = false;
    const load = (url, context, next) => {
      loaded ||= url.endsWith("/html.js");
      return next(url, context);
    };
    registerHooks({ load });
    const isLoaded = () => loaded;
    const { clean } = await hostRequest(new Request("https://example.com/"));
    console.log(isLoaded(), await clean("<script>x</script><b>y</b>"), isLoaded());`;
  const cwd = new URL("../..", import.meta.url);
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", program], { cwd });
  assert.equal(`${output}`, "false <b>y</b> true\n");
});

test("the continent and the country come from the host", async () => {
  const cf = { continent: "EU", country: "DE" };
  const request = Object.assign(new Request(CONFIRM_URL), { cf });
  const { continent, country } = await hostRequest(request);
  assert.deepEqual([continent, country], ["EU", "DE"]);
});

test("a body with a length is read at once, and not at all if it is too large", async () => {
  const { body } = await hostRequest(withLength(5, "peter"));
  assert.equal(new TextDecoder().decode(body), "peter");
  const large = withLength(MAX_BODY_BYTES, "x".repeat(MAX_BODY_BYTES));
  assert.equal((await hostRequest(large)).body.length, 0);
  assert.equal(large.bodyUsed, false);
});

test("a body without a length is cut off one byte over the limit", async () => {
  const chunk = new Uint8Array(10_000).fill(120);
  const large = streamed([chunk, chunk].values());
  assert.equal((await hostRequest(large.request)).body.length, MAX_BODY_BYTES);
  assert.deepEqual(large.read, { bytes: 20_000, cancelled: false });
  const small = streamed([chunk, new Uint8Array([1, 2])].values());
  const { body } = await hostRequest(small.request);
  assert.equal(body.length, 10_002);
  assert.equal(body.at(-1), 2);
});

test("a call that reports bounces has a higher limit, by its path alone", async () => {
  const chunk = new Uint8Array(100_000);
  const read = async (url) => {
    const body = new Uint8Array(MAX_BODY_BYTES);
    const whole = (await hostRequest(withLength(body.length, body, url))).body.length;
    const { request } = streamed(Array(11).fill(chunk).values(), url);
    return [whole, (await hostRequest(request)).body.length];
  };
  for (const path of ["/webhooks/mail", "/apps/shop/webhooks/mail?a=b", "/base/webhooks/mail#a"]) {
    const url = `https://example.com${path}`;
    assert.deepEqual(await read(url), [MAX_BODY_BYTES, MAX_REPORT_BYTES], url);
  }
  for (const url of [
    `${CONFIRM_URL}&c=/webhooks/mail`,
    "https://example.com/password/reset/request?/webhooks/mail",
    "https://example.com/password/reset/request#/webhooks/mail",
    "https://example.com/webhooks/mail/",
    "https://webhooks/mail",
  ]) {
    assert.deepEqual(await read(url), [0, MAX_BODY_BYTES], url);
  }
});

test("memory for a body without a length grows with what arrives", async () => {
  const url = "https://example.com/webhooks/mail";
  const small = streamed([new Uint8Array([1, 2])].values(), url);
  const { body } = await hostRequest(small.request);
  assert.deepEqual([...body], [1, 2]);
  assert.ok(body.buffer.byteLength <= 4096, `${body.buffer.byteLength}`);
  const bytes = Uint8Array.from({ length: 300_000 }, (_, place) => place % 251);
  const pieces = function* () {
    for (let at = 0; at < bytes.length; at += 1000) yield bytes.slice(at, at + 1000);
  };
  const large = await hostRequest(streamed(pieces(), url).request);
  assert.deepEqual(large.body, bytes);
  assert.ok(large.body.buffer.byteLength <= 2 * bytes.length, `${large.body.buffer.byteLength}`);
});

test("a body that never ends is cancelled", async () => {
  const chunk = new Uint8Array(100_000);
  const chunks = function* () {
    for (;;) yield chunk;
  };
  const endless = streamed(chunks());
  assert.equal((await hostRequest(endless.request)).body.length, MAX_BODY_BYTES);
  assert.ok(endless.read.cancelled);
  const most = MAX_BODY_BYTES + MAX_DISCARDED_BYTES + 2 * chunk.length;
  assert.ok(endless.read.bytes <= most, `${endless.read.bytes}`);
});

test("a body that ends with an error is empty, and the error's name is left to Rust", async (t) => {
  const log = t.mock.method(console, "error", () => {});
  const stream = new ReadableStream({
    pull: (controller) => controller.error(new RangeError("peter@example.com")),
  });
  const request = new Request(CONFIRM_URL, { method: "POST", body: stream, duplex: "half" });
  const { body, failure } = await hostRequest(request);
  assert.deepEqual([body.length, failure], [0, "fetch: body: RangeError"]);
  assert.equal((await hostRequest(new Request(CONFIRM_URL))).failure, undefined);
  assert.equal(log.mock.callCount(), 0);
});

test("a call that fails is answered 503, and its error is left to the next request", async (t) => {
  const log = t.mock.method(console, "error", () => {});
  const response = await answer(new Request(CONFIRM_URL), {}, () => {
    throw new TypeError("peter@example.com");
  });
  assert.deepEqual([response.status, response.headers.get("retry-after")], [503, "5"]);
  const { type, status, code, retry_after } = await response.json();
  assert.deepEqual(
    { type, status, code, retry_after },
    { type: `urn:relatch:problem:${code}`, status: 503, code: "unavailable", retry_after: 5 },
  );
  assert.equal((await hostRequest(new Request(CONFIRM_URL))).failure, "fetch: TypeError");
  assert.equal(log.mock.callCount(), 0);
});

test("a host request keeps the isolate running by the context of its request", async () => {
  const kept = [];
  const context = { waitUntil: (promise) => kept.push(promise) };
  (await hostRequest(new Request(CONFIRM_URL), context)).waitUntil("task");
  assert.deepEqual(kept, ["task"]);
});

test("a response is a line with the status, a line with the headers, and the body", async () => {
  const headers = '[["content-type","text/plain"],["set-cookie","a=b"],["set-cookie","c=d"]]';
  const response = hostResponse(`400\n${headers}\none\ntwo`);
  assert.equal(response.status, 400);
  assert.equal(response.headers.get("content-type"), "text/plain");
  assert.deepEqual(response.headers.getSetCookie(), ["a=b", "c=d"]);
  assert.equal(await response.text(), "one\ntwo");
});

test("a response shares nothing with the previous one, even with the same headers", async () => {
  const headers = '[["content-type","text/plain"]]';
  const first = hostResponse(`200\n${headers}\none`);
  first.headers.set("x-changed", "yes");
  const second = hostResponse(`404\n${headers}\ntwo`);
  assert.equal(second.status, 404);
  assert.equal(second.headers.get("x-changed"), null);
  assert.equal(await second.text(), "two");
  const third = hostResponse("200\n[]\nthree");
  assert.equal(third.headers.get("content-type"), "text/plain;charset=UTF-8");
});

test("a response with a status that forbids a body has none", () => {
  assert.equal(hostResponse("204\n[]\n").body, null);
});
