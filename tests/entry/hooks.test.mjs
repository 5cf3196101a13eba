// The hooks of createRelatch (edge/hooks.mjs): the functions that Rust calls.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hooksOf } from "../../edge/hooks.mjs";

test("a hook that is not set does not exist", () => {
  assert.deepEqual(hooksOf({}, {}), {});
});

test("beforeRequest gets the texts of the environment only", async () => {
  const env = { SECRET: "a", DB: { prepare() {} }, COUNT: 1 };
  let got;
  const beforeRequest = (...values) => {
    got = values;
  };
  assert.equal(await hooksOf({ beforeRequest }, env).beforeRequest({ call: "page" }), undefined);
  assert.deepEqual(got, [{ call: "page" }, { SECRET: "a" }]);
});

test("the response of beforeRequest is passed in parts", async () => {
  const headers = [
    ["set-cookie", "a=1"],
    ["set-cookie", "b=2"],
  ];
  const beforeRequest = async () => new Response("no", { status: 403, headers });
  assert.deepEqual(await hooksOf({ beforeRequest }, {}).beforeRequest({}), {
    status: 403,
    headers: [["content-type", "text/plain;charset=UTF-8"], ...headers],
    body: "no",
  });
});

test("any other result of beforeRequest has no parts, so that Rust rejects it", async () => {
  const parts = { status: 200, headers: [], body: "" };
  for (const result of [null, true, false, "no", 403, parts, []])
    assert.deepEqual(await hooksOf({ beforeRequest: () => result }, {}).beforeRequest({}), {});
});

test("the other hooks get the whole environment", async () => {
  const env = { DB: {} };
  for (const name of ["mayReset", "render", "onEvent"]) {
    const hook = (value, own) => [value, own === env];
    assert.deepEqual(hooksOf({ [name]: hook }, env)[name]("a value"), ["a value", true]);
  }
});
