// What Rust is told of a request, and what becomes of its answer. Requests and answers are node's own, which are the runtime's by
// the same standard.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LARGEST_BODY, MOST_DISCARDED, answer, call } from "../../edge/call.mjs";

const ADDRESS = "https://example.com/password/reset/confirm?a=b";

/** A request whose body comes in pieces, without a length, and how much of it was taken. */
function streamed(pieces) {
  const taken = { bytes: 0, cancelled: false };
  const body = new ReadableStream(
    {
      pull(controller) {
        const piece = pieces.next();
        if (piece.done) return controller.close();
        taken.bytes += piece.value.length;
        controller.enqueue(piece.value);
      },
      cancel() {
        taken.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { taken, request: new Request(ADDRESS, { method: "POST", body, duplex: "half" }) };
}

const announced = (length, body) => new Request(ADDRESS, { method: "POST", body, headers: { "Content-Length": String(length) } });

test("a request is a line each for method, address and every header", async () => {
  const request = new Request(ADDRESS, { method: "POST", headers: { "X-One": "a, b", Origin: "https://example.com" } });
  const { head, body, continent } = await call(request);
  assert.deepEqual(head.split("\n"), ["POST", ADDRESS, "origin,https://example.com", "x-one,a, b"]);
  assert.equal(body.length, 0);
  assert.equal(continent, undefined);
});

test("where the caller is comes from the host", async () => {
  const request = Object.assign(new Request(ADDRESS), { cf: { continent: "EU" } });
  assert.equal((await call(request)).continent, "EU");
});

test("a body that says its size is read whole, and not at all when it is too large", async () => {
  assert.equal(new TextDecoder().decode((await call(announced(5, "peter"))).body), "peter");
  const large = announced(LARGEST_BODY, "x".repeat(LARGEST_BODY));
  assert.equal((await call(large)).body.length, 0);
  assert.equal(large.bodyUsed, false);
});

test("a body that does not say its size is read to the largest one and a byte more, the rest thrown away", async () => {
  const piece = new Uint8Array(10_000).fill(120);
  const few = streamed([piece, piece].values());
  assert.equal((await call(few.request)).body.length, LARGEST_BODY);
  assert.deepEqual(few.taken, { bytes: 20_000, cancelled: false });
  const small = streamed([piece, new Uint8Array([1, 2])].values());
  const { body } = await call(small.request);
  assert.equal(body.length, 10_002);
  assert.equal(body.at(-1), 2);
});

test("a body without an end is left before long", async () => {
  const piece = new Uint8Array(100_000);
  const endless = streamed((function* () { for (;;) yield piece; })());
  assert.equal((await call(endless.request)).body.length, LARGEST_BODY);
  assert.ok(endless.taken.cancelled);
  assert.ok(endless.taken.bytes <= LARGEST_BODY + MOST_DISCARDED + 2 * piece.length, `${endless.taken.bytes}`);
});

test("a body that breaks off is none, and the log has the kind of the error alone", async (t) => {
  const lines = [];
  t.mock.method(console, "error", (line) => lines.push(line));
  const body = new ReadableStream({ pull: (controller) => controller.error(new RangeError("peter@example.com")) });
  const { body: read } = await call(new Request(ADDRESS, { method: "POST", body, duplex: "half" }));
  assert.equal(read.length, 0);
  assert.deepEqual(lines, ["fetch: body: RangeError"]);
});

test("an answer is a line with the status, a line with the headers, and the body", async () => {
  const made = answer('400\n[["content-type","text/plain"],["set-cookie","a=b"],["set-cookie","c=d"]]\none\ntwo');
  assert.equal(made.status, 400);
  assert.equal(made.headers.get("content-type"), "text/plain");
  assert.deepEqual(made.headers.getSetCookie(), ["a=b", "c=d"]);
  assert.equal(await made.text(), "one\ntwo");
});

test("no answer has anything of the one before it", async () => {
  const headers = '[["content-type","text/plain"]]';
  const first = answer(`200\n${headers}\none`);
  first.headers.set("x-changed", "yes");
  const second = answer(`404\n${headers}\ntwo`);
  assert.equal(second.status, 404);
  assert.equal(second.headers.get("x-changed"), null);
  assert.equal(await second.text(), "two");
  assert.equal(answer("200\n[]\nthree").headers.get("content-type"), "text/plain;charset=UTF-8");
});

test("an answer that must not have a body has none", () => {
  assert.equal(answer("204\n[]\n").body, null);
});
