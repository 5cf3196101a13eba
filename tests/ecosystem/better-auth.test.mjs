// The example with Hono and better-auth, from the packed package: Relatch resets the password of an
// account that better-auth created, in a database that has a table `events` already.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { NEW_PASSWORD } from "../package/steps.mjs";
import {
  copyWorker,
  invoke,
  LIMIT,
  post,
  resetPassword,
  serve,
  sql,
  visit,
} from "../package/workers.mjs";
import { end } from "../package/world.mjs";

after(end);

const OLD_PASSWORD = "a passphrase of before";
const email = "grace@mail.example";

test("an account of better-auth gets a new password, and its sessions end", LIMIT, async () => {
  const cwd = await copyWorker("hono-better-auth", { dependencies: ["better-auth", "hono"] });
  await invoke(cwd, "d1", "migrations", "apply", "DB", "--local");
  const origin = await serve(cwd, (origin) => ({
    PUBLIC_URL: origin,
    BETTER_AUTH_SECRET: "a secret of a test, long enough for better-auth",
  }));
  const api = `${origin}/api/auth`;
  // As a page of the application calls it.
  const call = (path, body) => post(`${api}${path}`, body, { Origin: origin });
  const signIn = (password) => call("/sign-in/email", { email, password });
  /** Returns the account of a session, or null. */
  const sessionOf = async (cookie) => {
    const { text } = await visit(`${api}/get-session`, { cookie });
    return JSON.parse(text)?.user.email ?? null;
  };

  const account = { name: "Grace", email, password: OLD_PASSWORD };
  const signedUp = await call("/sign-up/email", account);
  assert.equal(signedUp.status, 200, JSON.stringify(signedUp.body));
  const cookie = signedUp.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  assert.equal(await sessionOf(cookie), email);
  assert.equal((await signIn(OLD_PASSWORD)).status, 200);

  await resetPassword(`${origin}/auth`, { email });
  assert.equal(await sessionOf(cookie), null);
  assert.equal((await signIn(OLD_PASSWORD)).status, 401);
  assert.equal((await signIn(NEW_PASSWORD)).status, 200);

  assert.equal((await visit(`${origin}/`)).text, "The application");
  assert.deepEqual(await sql(cwd, "DB", "SELECT * FROM events"), [{ id: 1, title: "a party" }]);
  // An alarm stores the events after the response.
  const stored = async () => {
    const rows = await sql(cwd, "DB", "SELECT action FROM relatch_events");
    return rows.map(({ action }) => action);
  };
  for (let tries = 0; tries < 10 && !(await stored()).includes("password_reset"); tries++)
    await sleep(500);
  assert.ok((await stored()).includes("password_reset"));
});
