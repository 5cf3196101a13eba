// The calls of other services (edge/worker/src/outbound.mjs): what they send, and which answers they reject.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { OUTBOUND } from "../../edge/worker/src/outbound.mjs";

/** The answer to every request, and the requests so far. */
let respond;
const received = [];
const server = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  received.push({ method: request.method, url: request.url, headers: request.headers, body });
  respond(response);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
after(() => {
  server.closeAllConnections();
  server.close();
});

const url = `http://127.0.0.1:${server.address().port}/a`;
const json = (value) => (response) => response.end(JSON.stringify(value));
const captcha = () =>
  OUTBOUND.captcha({ url, secret: "s&=+", response: "t&=+", sitekey: "k&=+", timeout: 500 });
const breaches = () => OUTBOUND.breaches({ url, limit: 1000, timeout: 500 });

test("a verdict has its known fields, as far as they have the right type", async () => {
  respond = json({
    success: true,
    hostname: "a.example",
    action: 7,
    "error-codes": ["x", 1, null],
  });
  const verdict = { success: true, hostname: "a.example", action: undefined, errors: ["x"] };
  assert.deepEqual(await captcha(), { ...verdict, isScored: false });
  respond = json({ success: true, score: 0 });
  assert.equal((await captcha()).isScored, true);
  respond = json({ success: false });
  assert.deepEqual((await captcha()).errors, []);
  const { method, headers, body } = received.at(-1);
  assert.equal(method, "POST");
  assert.match(headers["content-type"], /^application\/x-www-form-urlencoded/);
  assert.deepEqual(Object.fromEntries(new URLSearchParams(body)), {
    secret: "s&=+",
    response: "t&=+",
    sitekey: "k&=+",
  });
});

test("a range is asked for with padding", async () => {
  respond = (response) => response.end("A:1\r\nB:0");
  assert.equal(await breaches(), "A:1\r\nB:0");
  const { method, headers } = received.at(-1);
  assert.deepEqual(
    [method, headers["add-padding"], headers["user-agent"]],
    ["GET", "true", "relatch"],
  );
});

test("any other answer is an error that has no value in its name", async () => {
  const status = (code, headers) => (response) => response.writeHead(code, headers).end("secret");
  for (const [answer, name] of [
    [status(500), "the answer has the status 500"],
    [status(404), "the answer has the status 404"],
    [status(302, { Location: "/b" }), "the answer has the status 302"],
    [status(201), "the answer has the status 201"],
    [(response) => response.end("x".repeat(20_000)), "the answer is too large"],
    [(response) => response.end(Buffer.from([0xff, 0xfe])), "TypeError"],
    [(response) => response.destroy(), "TypeError"],
    [() => {}, "TimeoutError"],
    [(response) => response.write("{"), "TimeoutError"],
  ]) {
    respond = answer;
    const before = received.length;
    await assert.rejects(captcha(), { name }, name);
    await assert.rejects(breaches(), { name }, name);
    assert.equal(received.length, before + 2, "no redirect is followed");
  }
  for (const value of [null, "yes", 1, [], {}, { success: "true" }, { success: 1 }]) {
    respond = json(value);
    await assert.rejects(captcha(), { name: "the answer is not a verdict" });
  }
  respond = (response) => response.end("<!doctype html>");
  await assert.rejects(captcha(), { name: "the answer is not a verdict" });
});
