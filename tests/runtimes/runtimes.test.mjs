// One suite, every runtime: the acts of acts.mjs against a live Worker, and the vectors of the native client.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { root } from "../../edge/tools/local.mjs";
import { endSite } from "../browser/site.mjs";
import { NEW, OTHER, end as endWorld, world } from "../browser/world.mjs";
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

/** Without what JSON cannot hold. */
const plain = (value) => JSON.parse(JSON.stringify(value));

for (const [name, begin] of Object.entries(runtimes)) {
  let started;
  const start = async () => (started ??= begin(await world()));

  test(`${name}: what people do has the outcomes that it has natively`, async () => {
    const relatch = await world();
    const runtime = await start();
    const base = relatch.base;
    const person = await relatch.somebody();
    const { username } = person;
    const asked = plain(await runtime.act("ask", { base, username }));
    // Without an application there is no list of origins: a browser does not let a page read that answer.
    const unread = { code: "unreachable", reasons: [] };
    assert.deepEqual(asked, name === "chromium" ? [...expected.ask.slice(0, -1), unread] : expected.ask);

    const token = new URL(await relatch.linkTo(person)).searchParams.get("token");
    assert.deepEqual(plain(await runtime.act("reset", { base, username, token, chosen: NEW, other: OTHER })), expected.reset);
    assert.ok(await relatch.hasPassword(person, NEW));

    const session = await relatch.signIn(person);
    assert.deepEqual(plain(await runtime.act("change", { base, session, chosen: NEW, other: OTHER })), expected.change);
    assert.ok(await relatch.hasPassword(person, OTHER));

    const another = await relatch.somebody();
    const link = new URL(await relatch.linkFor(another)).searchParams.get("token");
    assert.deepEqual(plain(await runtime.act("twice", { base, token: link, chosen: NEW })), expected.twice);
    // Of what it may not read, the browser complains itself.
    assert.deepEqual((runtime.faults ?? []).filter((fault) => !/no-such-application|net::ERR_FAILED/.test(fault)), []);
  });

  test(`${name}: every answer, password, link and base URL means what it means natively`, async () => {
    const runtime = await start();
    const server = await vectorServer(vectors);
    try {
      assert.deepEqual(await runtime.act("vectors", { vectors, server: server.url }), []);
    } finally {
      server.stop();
    }
  });
}
