// One suite for both clients in every runtime: the functions of acts.mjs against a live Worker, and
// the vectors of the native client. And the example page of the Rust client.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "../../edge/tools/local.mjs";
import { endSite, site, tokenOf } from "../browser/site.mjs";
import { end as endWorld, NEW_PASSWORD, OTHER_PASSWORD, world } from "../browser/world.mjs";
import { addFolder, buildRust, clients, end, runtimes } from "./runtimes.mjs";
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

/** The first test of the Rust client compiles it. */
const LIMIT = { timeout: 600_000 };

const pairs = clients.flatMap((client) => Object.keys(runtimes).map((name) => [client, name]));
for (const [client, runtime] of pairs) {
  const name = `${client} in ${runtime}`;
  let started;
  const start = async () => (started ??= runtimes[runtime](client, await world()));

  test(`${name}: calls have the outcomes of the native client`, LIMIT, async () => {
    const relatch = await world();
    const host = await start();
    const base = relatch.base;
    const account = await relatch.createAccount();
    const { username } = account;
    const asked = plain(await host.act("ask", { base, username }));
    // An unknown application has no allowed origins: the browser hides the answer from the page.
    const hidden = { code: "unreachable", reasons: [] };
    const inPage = [...expected.ask.slice(0, -1), hidden];
    assert.deepEqual(asked, runtime === "chromium" ? inPage : expected.ask);

    const token = new URL(await relatch.receiveLink(account)).searchParams.get("token");
    const passwords = { chosen: NEW_PASSWORD, other: OTHER_PASSWORD };
    const input = { base, username, token, ...passwords };
    assert.deepEqual(plain(await host.act("reset", input)), expected.reset);
    assert.ok(await relatch.hasPassword(account, NEW_PASSWORD));

    const session = await relatch.signIn(account);
    const change = { base, session, ...passwords };
    assert.deepEqual(plain(await host.act("change", change)), expected.change);
    assert.ok(await relatch.hasPassword(account, OTHER_PASSWORD));

    // Pages have no server key.
    if (client === "npm" && runtime !== "chromium") {
      const key = relatch.serverKey;
      const served = await relatch.createAccount();
      const serve = { base, username: served.username, key, visitorKey: key };
      assert.deepEqual(plain(await host.act("serve", serve)), expected.serve);
    }

    const another = await relatch.createAccount();
    const link = new URL(await relatch.requestLink(another)).searchParams.get("token");
    const twice = { base, token: link, chosen: NEW_PASSWORD };
    assert.deepEqual(plain(await host.act("twice", twice)), expected.twice);
    // The browser logs each answer that it hides.
    const faults = host.faults ?? [];
    const expectedFault = /no-such-application|net::ERR_FAILED/;
    assert.deepEqual(
      faults.filter((fault) => !expectedFault.test(fault)),
      [],
    );
  });

  test(
    `${name}: answers, passwords, links and URLs are read as by the native client`,
    LIMIT,
    async () => {
      const host = await start();
      const server = await vectorServer(vectors);
      try {
        assert.deepEqual(await host.act("vectors", { vectors, server: server.url }), []);
      } finally {
        server.stop();
      }
    },
  );

  test(
    `${name}: a time-out ends the request, and includes the delays of retries`,
    LIMIT,
    async () => {
      const host = await start();
      const server = await vectorServer(vectors);
      try {
        const silent = `${server.url}/silence`;
        const number = vectors.answers.findIndex(({ status }) => status === 502);
        const failing = `${server.url}/answers/${number}`;
        const [first, second, third] = await host.act("unavailable", { silent, failing });
        assert.equal(first.code, "timed_out");
        assert.ok(first.milliseconds >= 350 && first.milliseconds < 5_000, first.milliseconds);
        for (let tries = 0; tries < 100 && server.ended() === 0; tries++) await sleep(50);
        assert.equal(server.ended(), 1, "the request has ended");
        // Three attempts, with delays of 250 and 500 ms.
        assert.equal(second.code, "answer_invalid");
        assert.ok(second.milliseconds >= 700, second.milliseconds);
        // The second delay does not fit into the time-out.
        assert.equal(third.code, "answer_invalid");
        assert.ok(third.milliseconds >= 200 && third.milliseconds < 700, third.milliseconds);
      } finally {
        server.stop();
      }
    },
  );
}

test("the example page of the Rust client resets a password in Chromium", LIMIT, async () => {
  const relatch = await world();
  const { origin, addFile } = await site();
  const folder = join(await buildRust(), "page");
  await addFolder(folder, "/example");
  const html = readFileSync(join(folder, "index.html"), "utf8");
  addFile("/example/index.html", html.replace("http://localhost:8787", relatch.base));
  const url = `${origin}/example/index.html`;
  const { page, faults, context } = await relatch.visitor();
  try {
    const account = await relatch.createAccount();
    await page.goto(url);
    await page.getByLabel("Email or user name").fill(account.username);
    await page.getByRole("button", { name: "Send reset link" }).click();
    const { message } = expected.ask[1];
    await page.getByRole("status").filter({ hasText: message }).waitFor();

    const token = tokenOf(await relatch.receiveLink(account));
    // Another page than the one before: a new fragment alone loads nothing.
    await page.goto(`${url}?again#token=${token}`);
    const field = page.getByLabel("New password");
    await field.waitFor();
    assert.equal(page.url(), `${url}?again`, "the token is not in the URL");
    const submit = page.getByRole("button", { name: "Change password" });
    await field.fill("too short");
    await submit.click();
    await page.getByText("Choose another password: too_short").waitFor();
    await field.fill(NEW_PASSWORD);
    await submit.click();
    await page.getByText(expected.reset[7].message).waitFor();
    assert.ok(await relatch.hasPassword(account, NEW_PASSWORD));
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
});
