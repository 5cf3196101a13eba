// One suite for every runtime: the functions of acts.mjs against a live Worker, and the vectors of
// the native client.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { root } from "../../edge/tools/local.mjs";
import { endSite } from "../browser/site.mjs";
import { end as endWorld, NEW_PASSWORD, OTHER_PASSWORD, world } from "../browser/world.mjs";
import { end, runtimes } from "./runtimes.mjs";
import { vectorServer } from "./vector-server.mjs";

after(async () => {
  await end();
  await endSite();
  await endWorld();
});

const read = (path) => JSON.parse(readFileSync(join(root, path), "utf8"));
const expected = read("tests/runtimes/acts.json");
const vectors = read("sdk/tests/vectors.json");

/** Drops the values that JSON cannot represent. */
const plain = (value) => JSON.parse(JSON.stringify(value));

for (const [name, begin] of Object.entries(runtimes)) {
  let started;
  const start = async () => (started ??= begin(await world()));

  test(`${name}: calls have the outcomes of the native client`, async () => {
    const relatch = await world();
    const runtime = await start();
    const base = relatch.base;
    const account = await relatch.createAccount();
    const { username } = account;
    const asked = plain(await runtime.act("ask", { base, username }));
    // An unknown application has no allowed origins: the browser hides the answer from the page.
    const hidden = { code: "unreachable", reasons: [] };
    const inPage = [...expected.ask.slice(0, -1), hidden];
    assert.deepEqual(asked, name === "chromium" ? inPage : expected.ask);

    const token = new URL(await relatch.receiveLink(account)).searchParams.get("token");
    const passwords = { chosen: NEW_PASSWORD, other: OTHER_PASSWORD };
    const input = { base, username, token, ...passwords };
    assert.deepEqual(plain(await runtime.act("reset", input)), expected.reset);
    assert.ok(await relatch.hasPassword(account, NEW_PASSWORD));

    const session = await relatch.signIn(account);
    const change = { base, session, ...passwords };
    assert.deepEqual(plain(await runtime.act("change", change)), expected.change);
    assert.ok(await relatch.hasPassword(account, OTHER_PASSWORD));

    const another = await relatch.createAccount();
    const link = new URL(await relatch.requestLink(another)).searchParams.get("token");
    const twice = { base, token: link, chosen: NEW_PASSWORD };
    assert.deepEqual(plain(await runtime.act("twice", twice)), expected.twice);
    // The browser logs each answer that it hides.
    const faults = runtime.faults ?? [];
    const expectedFault = /no-such-application|net::ERR_FAILED/;
    assert.deepEqual(
      faults.filter((fault) => !expectedFault.test(fault)),
      [],
    );
  });

  test(`${name}: answers, passwords, links and URLs are read as by the native client`, async () => {
    const runtime = await start();
    const server = await vectorServer(vectors);
    try {
      assert.deepEqual(await runtime.act("vectors", { vectors, server: server.url }), []);
    } finally {
      server.stop();
    }
  });
}
