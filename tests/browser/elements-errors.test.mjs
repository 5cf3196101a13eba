// The elements when the service is unreachable, rejects a call, or is not the service at all.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, test } from "node:test";
import {
  alert,
  en,
  fill,
  focused,
  heading,
  identifierField,
  intercept,
  NETWORK_ERROR,
  newLink,
  passwordField,
  problem,
  repeatField,
  requestButton,
  requestElement,
  resetButton,
  resetElement,
  visit,
} from "./elements.mjs";
import { endSite, htmlPage, site, submitPassword } from "./site.mjs";
import { end, NEW_PASSWORD, world } from "./world.mjs";

after(async () => {
  await endSite();
  await end();
});

const retryButton = (page) => page.getByRole("button", { name: en["form.retry"] });
const codes = async (events) => (await events()).map(({ code }) => code);

test("an unreachable service is reported, the input remains, and a later try works", async () => {
  const relatch = await world();
  const { account, token } = await newLink(relatch);
  let isReachable = false;
  const before = (page) =>
    page.route(`${relatch.base}/**`, (route) => (isReachable ? route.continue() : route.abort()));
  const forgot = await visit(requestElement(), { before });
  await identifierField(forgot.page).fill("unknown@mail.example");
  await requestButton(forgot.page).click();
  await alert(forgot.page).getByText(en["error.unreachable"]).waitFor();
  assert.equal((await focused(forgot.page)).part, "alert");
  assert.deepEqual(await codes(forgot.events), ["unreachable"]);
  isReachable = true;
  await requestButton(forgot.page).click();
  await heading(forgot.page, en["sent.title"]);
  assert.equal(await alert(forgot.page).count(), 0);
  await forgot.close({ network: true });

  isReachable = false;
  const query = `?token=${token}`;
  const { page, events, close } = await visit(resetElement(), { query, before });
  await alert(page).getByText(en["error.unreachable"]).waitFor();
  await retryButton(page).click();
  await page.getByRole("button", { name: en["form.wait"] }).waitFor();
  await retryButton(page).waitFor();
  assert.equal((await focused(page)).part, "alert");
  isReachable = true;
  await retryButton(page).click();
  await heading(page, en["reset.title"]);
  assert.equal((await focused(page)).id, "password");
  isReachable = false;
  await submitPassword(page, NEW_PASSWORD);
  await alert(page).getByText(en["error.confirm_unanswered"]).waitFor();
  assert.equal(await passwordField(page).inputValue(), NEW_PASSWORD);
  assert.equal(await repeatField(page).inputValue(), NEW_PASSWORD);
  isReachable = true;
  await resetButton(page).click();
  await heading(page, en["changed.title"]);
  assert.ok(await relatch.hasPassword(account, NEW_PASSWORD));
  const recorded = (await events()).map(({ name, code }) => code ?? name);
  assert.deepEqual(recorded, ["unreachable", "unreachable", "unreachable", "relatch-changed"]);
  await close({ network: true });
});

test("a service that does not respond in time is reported after ten seconds", async () => {
  const { page, events, close } = await visit(requestElement('identifier="peter"'), {
    before: (page) => page.route("**/password/reset/request", () => {}),
  });
  await requestButton(page).click();
  await alert(page).getByText(en["error.unreachable"]).waitFor({ timeout: 15_000 });
  assert.deepEqual(await codes(events), ["timed_out"]);
  await close({ network: true });
});

const NOT_SET_UP = en["not_set_up.title"];
const tooMany = (time) => fill(en["error.too_many_requests"], { time });
/** Code, status, message for people, and further fields. */
const PROBLEMS = [
  ["too_many_requests", 429, tooMany("30 seconds"), { retry_after: 30 }],
  ["too_many_requests", 429, tooMany("15 minutes"), { retry_after: 900 }],
  ["misconfigured", 503, NOT_SET_UP],
  ["origin_not_allowed", 403, NOT_SET_UP],
  ["not_found", 404, NOT_SET_UP],
  ["a_later_version", 418, NOT_SET_UP],
];

test("`<relatch-request>` explains every problem", async () => {
  const { origin } = await site();
  const { page, context, events, faults } = await visit(requestElement('identifier="peter"'));
  let reply;
  await intercept(page, "**/password/reset/request", (route) => route.fulfill(reply));
  const invalid = ["request_invalid", 400, en["request.identifier_invalid"]];
  for (const [code, status, message, more] of [...PROBLEMS, invalid]) {
    reply = problem(origin, code, status, more);
    await requestButton(page).click();
    await page.getByText(message).waitFor();
  }
  assert.equal((await focused(page)).id, "identifier");
  reply = {
    status: 200,
    contentType: "text/html",
    headers: { "Access-Control-Allow-Origin": origin },
    body: "<p>Welcome",
  };
  await requestButton(page).click();
  await page.getByText(NOT_SET_UP).waitFor();
  assert.deepEqual(await codes(events), [
    ...PROBLEMS.slice(0, -1).map(([code]) => code),
    "code_unknown",
    "request_invalid",
    "answer_invalid",
  ]);
  const isExpected = (fault) =>
    NETWORK_ERROR.test(fault) || fault.startsWith("<relatch-request>: ");
  assert.deepEqual(
    faults.filter((fault) => !isExpected(fault)),
    [],
  );
  const logged = faults.filter((fault) => fault.startsWith("<relatch-request>: "));
  assert.ok(logged.length > 0, "the console explains the problem to the developer");
  await context.close();
});

/** A rule that the application adds, with its text. */
const OWN_RULE = { reasons: ["custom"], messages: { custom: "Not <our> name." } };

test("`<relatch-reset>` explains every problem", async () => {
  const { origin } = await site();
  const { token } = await newLink(await world());
  const { page, context, events } = await visit(resetElement(), { query: `?token=${token}` });
  let reply;
  await intercept(page, "**/password/reset/confirm", (route) => route.fulfill(reply));
  await page.getByText("15 to 128 characters").waitFor();
  const max = fill(en["password.characters"], { count: 128 });
  const tooLong = `${en["reason.too_long"]} ${fill(en["password.max"], { max })}`;
  const both = `${tooLong} ${en["reason.common"]}`;
  for (const [code, status, message, more] of [
    ...PROBLEMS,
    ["password_rejected", 422, both, { reasons: ["too_long", "common"] }],
    ["password_rejected", 422, en["reason.other"], { reasons: ["a_later_version"] }],
    ["password_rejected", 422, "Not <our> name.", OWN_RULE],
    ["body_too_large", 413, tooLong],
    ["link_busy", 409, en["error.link_busy"]],
    ["link_used", 410, en["link_used.title"]],
  ]) {
    reply = problem(origin, code, status, more);
    await submitPassword(page, NEW_PASSWORD);
    await page.getByText(message).waitFor({ timeout: 15_000 });
  }
  assert.equal((await focused(page)).part, "alert");
  assert.equal(await passwordField(page).count(), 0);
  assert.equal((await codes(events)).at(-1), "link_used");
  await context.close();
});

test("a call ends in time, or when it is aborted, even if the module never loads", async () => {
  const { page, relatch, calls, close } = await visit("<p>Empty</p>", {
    before: (page) => page.route("**/relatch.wasm", () => {}),
  });
  const outcomes = await page.evaluate(async (base) => {
    const { ResetClient } = await import("/relatch/browser.js");
    const client = new ResetClient(base);
    const outcome = (options) =>
      client.rules(options).catch(({ name, code, cause }) => [name, code, cause?.name]);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    return Promise.all([
      outcome({ timeout: 200 }),
      outcome({ signal: controller.signal }),
      outcome({ signal: AbortSignal.abort() }),
    ]);
  }, relatch.base);
  const aborted = ["AbortError", "aborted", "AbortError"];
  assert.deepEqual(outcomes, [["ResetError", "timed_out", undefined], aborted, aborted]);
  assert.deepEqual(calls, []);
  await close();
});

test("an element without attributes calls the page's origin", async () => {
  // The site is not the service.
  const alone = await visit("<relatch-request></relatch-request>");
  await identifierField(alone.page).fill("peter");
  await requestButton(alone.page).click();
  await alert(alone.page).getByText(NOT_SET_UP).waitFor();
  const recorded = (await alone.events()).map(({ code, isError }) => [code, isError]);
  assert.deepEqual(recorded, [["answer_invalid", true]]);
  await alone.context.close();
  const wellFormed = Buffer.concat([Buffer.from([1]), randomBytes(70)]).toString("base64url");
  const other = await visit("<relatch-reset></relatch-reset>", { query: `?token=${wellFormed}` });
  await alert(other.page).getByText(NOT_SET_UP).waitFor();
  await retryButton(other.page).waitFor();
  assert.deepEqual(await codes(other.events), ["answer_invalid"]);
  await other.context.close();

  // On the service's own origin, the element works.
  const { relatch, origin } = alone;
  const { account, token } = await newLink(relatch);
  const { page, context, faults } = await relatch.visitor();
  const body = htmlPage("<relatch-reset></relatch-reset>");
  await page.route(`${relatch.base}/own`, (route) =>
    route.fulfill({ contentType: "text/html", body }),
  );
  const ofSite = new RegExp(`^${relatch.base}/(relatch/|site\\.css)`);
  await page.route(ofSite, async (route) => {
    const url = route.request().url().replace(relatch.base, origin);
    await route.fulfill({ response: await route.fetch({ url }) });
  });
  await page.goto(`${relatch.base}/own#token=${token}`);
  await submitPassword(page, NEW_PASSWORD);
  await heading(page, en["changed.title"]);
  assert.ok(await relatch.hasPassword(account, NEW_PASSWORD));
  assert.deepEqual(faults, []);
  await context.close();
});

test("invalid attributes are reported, and unsafe URLs are ignored", async () => {
  for (const attributes of [
    'base-url="http://example.com"',
    'base-url="not a url"',
    'base-url="//evil.example"',
    'application="no/such id"',
  ]) {
    const body = `<relatch-request ${attributes} identifier="peter"></relatch-request>`;
    const { page, events, calls, context } = await visit(body);
    await requestButton(page).click();
    await alert(page).getByText(NOT_SET_UP).waitFor();
    assert.deepEqual(await codes(events), ["options_invalid"], attributes);
    assert.deepEqual(calls, []);
    await context.close();
  }
  const unsafe = ["javascript:alert(1)", " java\nscript:alert(1)", "data:text/html,x", "//", ""];
  for (const url of unsafe) {
    const { page, close } = await visit(resetElement(`request-url="${url}"`));
    await requestButton(page).waitFor();
    assert.equal(await page.getByRole("link").count(), 0, url);
    await close();
  }
  const { token } = await newLink(await world());
  const { page, close } = await visit(resetElement('sign-in-url="javascript:alert(1)"'), {
    query: `?token=${token}`,
  });
  await submitPassword(page, NEW_PASSWORD);
  await page.getByText(en["changed.sign_in_text"]).waitFor();
  assert.equal(await page.getByRole("link").count(), 0);
  await close();
});

test("the element of an application calls the application's paths", async () => {
  const body = requestElement('application="shop" identifier="peter"');
  const { page, calls, events, context } = await visit(body);
  await requestButton(page).click();
  await alert(page).waitFor();
  assert.match(calls[0], /^\/apps\/shop\/password\/reset\/request /);
  assert.equal((await events()).length, 1);
  await context.close();
});
