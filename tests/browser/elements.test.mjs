// The two elements of the npm package on a site's own pages, in a real browser, over the real Worker on another origin.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, test } from "node:test";
import { LOOKS, at, choose, endSite, page as pageOf, site, tokenOf } from "./site.mjs";
import { faultless } from "./faultless.mjs";
import { NEW, OTHER, end, world } from "./world.mjs";

after(async () => {
  await endSite();
  await end();
});

const CHANGED = "Your password was changed";
const SENT = "Check your email";
const FORM = "Choose a new password";
/** What a browser says itself of an answer that does not come, or is none of the service's. */
const OF_THE_NETWORK = /Failed to load resource|has been blocked by CORS/;

const request = (more) => async (relatch) => `<relatch-request ${at(relatch, more)}></relatch-request>`;
const reset = (more) => async (relatch) => `<relatch-reset ${at(relatch, more)}></relatch-reset>`;

/** A visitor to a page of the site, with all that the elements tell the page and all that they ask of the service. */
async function visit(body, { query = "", lang, head, options, before = async () => {} } = {}) {
  const { relatch, page: put, origin } = await site();
  const visitor = await relatch.visitor(options);
  const { page, faults } = visitor;
  const asked = [];
  page.on("request", (request) => request.url().startsWith(`${relatch.base}/`) && request.method() !== "OPTIONS" && asked.push(`${new URL(request.url()).pathname} ${request.postData() ?? ""}`));
  await page.addInitScript(() => {
    globalThis.told = [];
    for (const name of ["relatch-sent", "relatch-changed", "relatch-error"]) {
      addEventListener(name, ({ target, detail }) => told.push({ name, from: target.localName, code: detail.code, message: detail.message, typed: detail instanceof Error }));
    }
  });
  await before(page, relatch);
  await page.goto(put(typeof body === "function" ? await body(relatch) : body, { lang, head }) + query);
  return {
    ...visitor,
    relatch,
    origin,
    asked,
    told: () => page.evaluate(() => told),
    close: async ({ network = false } = {}) => {
      assert.deepEqual(faults.filter((fault) => !network || !OF_THE_NETWORK.test(fault)), []);
      await visitor.context.close();
    },
  };
}

const heading = (page, name) => page.getByRole("heading", { name }).waitFor();
const alert = (page) => page.getByRole("alert").filter({ hasText: /./ });
/** The part that has the focus, within however many shadow roots. */
const focused = (page) =>
  page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return { part: element?.getAttribute("part"), id: element?.id, text: element?.textContent };
  });
const somebodysToken = async (relatch) => {
  const person = await relatch.somebody();
  return { person, token: tokenOf(await relatch.linkFor(person)) };
};
/** An answer as the service gives it to another origin. */
const answer = (origin, status, fields) => ({
  status,
  contentType: status === 200 ? "application/json" : "application/problem+json",
  headers: { "Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": "Retry-After" },
  body: JSON.stringify(fields),
});
const refusal = (origin, code, status, more = {}) => answer(origin, status, { type: `urn:relatch:problem:${code}`, title: "No.", status, code, ...more });
/** Answers only what is sent, and lets the browser ask first. */
const instead = (page, url, does) => page.route(url, (route) => (route.request().method() === "OPTIONS" ? route.continue() : does(route)));

test("somebody asks, opens the mailed link on the site's own page, chooses a password, and goes on to sign in", async () => {
  const forgot = await visit(request());
  const { relatch, page } = forgot;
  const peter = await relatch.somebody();
  await page.getByLabel("Email address or username").fill(peter.email);
  await page.getByRole("button", { name: "Send reset link" }).click();
  await heading(page, SENT);
  assert.equal((await focused(page)).text, SENT, "the focus is where it goes on");
  assert.deepEqual(await forgot.told(), [
    { name: "relatch-sent", from: "relatch-request", code: undefined, message: "An email has been sent. It contains a link you must click to reset your password.", typed: false },
  ]);
  const token = tokenOf(await relatch.linkTo(peter));
  await forgot.close();

  const chosen = await visit(reset('sign-in-url="/sign-in"'), { query: `?from=mail&token=${token}#top` });
  await heading(chosen.page, FORM);
  assert.match(chosen.page.url(), /^[^?]*\?from=mail#top$/, "the token is out of the address, and nothing else");
  await chosen.page.getByText("15 to 128 characters").waitFor();
  await choose(chosen.page, NEW);
  await heading(chosen.page, CHANGED);
  assert.ok(await relatch.hasPassword(peter, NEW));
  assert.equal((await focused(chosen.page)).text, CHANGED);
  assert.equal(await chosen.page.getByRole("status").filter({ hasText: CHANGED }).count(), 1);
  assert.equal(await chosen.page.getByRole("link", { name: "Sign in" }).evaluate(({ href }) => href), `${chosen.origin}/sign-in`);
  const told = await chosen.told();
  assert.deepEqual(told, [{ name: "relatch-changed", from: "relatch-reset", code: undefined, message: "Your password has been changed. You can now sign in with it.", typed: false }]);
  assert.ok(!JSON.stringify(told).includes(token), "no event has the token");
  await chosen.close();
});

test("the answer to a request is the same whether or not there is such an account", async () => {
  const texts = [];
  for (const typed of [(await (await world()).somebody()).email, "nobody@mail.example", "no-such-name"]) {
    const { page, close } = await visit(request());
    await page.getByLabel("Email address or username").fill(typed);
    await page.keyboard.press("Enter");
    await heading(page, SENT);
    texts.push(await page.locator("relatch-request").evaluate(({ shadowRoot }) => shadowRoot.querySelector("[part=body]").outerHTML));
    await page.getByRole("button", { name: "Try again" }).click();
    assert.equal(await page.getByLabel("Email address or username").inputValue(), typed, "what was typed is there to be corrected");
    assert.equal((await focused(page)).id, "identifier");
    await close();
  }
  assert.equal(new Set(texts).size, 1);
});

test("a link that is damaged or missing is told at once, and nothing is sent", async () => {
  for (const [query, code, said] of [
    [`?token=${randomBytes(40).toString("base64url")}`, "link_invalid", "This link does not work"],
    ["?token=", "link_invalid", "This link does not work"],
    ["", "link_missing", "Open the link in your email"],
  ]) {
    const { page, asked, told, close } = await visit(reset(), { query });
    assert.match(await alert(page).innerText(), new RegExp(said));
    assert.deepEqual((await told()).map(({ name, code, typed }) => [name, code, typed]), [["relatch-error", code, true]]);
    assert.deepEqual(asked, []);
    assert.doesNotMatch(page.url(), /token/);
    await page.getByRole("button", { name: "Send reset link" }).waitFor();
    await close();
  }
});

test("a used link says so and offers a new one in the same place", async () => {
  const relatch = await world();
  const { person, token } = await somebodysToken(relatch);
  const used = await visit(reset(), { query: `?token=${token}` });
  await choose(used.page, NEW);
  await heading(used.page, CHANGED);
  await used.close();

  const { page, told, close } = await visit(reset(`username="${person.username}"`), { query: `?token=${token}` });
  await heading(page, "This link has been used");
  assert.equal(await page.getByLabel("Email address or username").inputValue(), person.username);
  await page.getByRole("button", { name: "Send reset link" }).click();
  await heading(page, SENT);
  assert.equal(await alert(page).count(), 0, "what was wrong with the old one is over");
  assert.deepEqual((await told()).map(({ name, from, code }) => [name, from, code]), [["relatch-error", "relatch-reset", "link_used"], ["relatch-sent", "relatch-reset", undefined]]);
  await close();

  const elsewhere = await visit(reset('request-url="/forgot"'), { query: `?token=${token}` });
  const link = elsewhere.page.getByRole("link", { name: "Request a new link" });
  assert.equal(await link.evaluate(({ href }) => href), `${elsewhere.origin}/forgot`);
  assert.equal(await elsewhere.page.locator("relatch-request").count(), 0);
  await elsewhere.close();
});

test("a link whose time is over by its own word is asked about, for a device's clock may be wrong", async () => {
  const forged = Buffer.concat([Buffer.from([1, 0, 0, 0x40, 0, 0, 0]), randomBytes(64)]).toString("base64url");
  const { page, asked, close } = await visit(reset(), { query: `?token=${forged}` });
  await heading(page, "This link does not work");
  assert.ok(asked.some((call) => call.startsWith("/password/reset/check")));
  await close();

  const expired = await visit(reset(), {
    query: `?token=${forged}`,
    before: async (page) => instead(page, "**/password/reset/check", async (route) => route.fulfill(refusal((await site()).origin, "link_expired", 410))),
  });
  await heading(expired.page, "This link has expired");
  await expired.page.getByRole("button", { name: "Send reset link" }).waitFor();
  await expired.close();
});

test("blanks and line breaks that a mail program put into the link are undone", async () => {
  const relatch = await world();
  const { person, token } = await somebodysToken(relatch);
  const { page, close } = await visit(reset(), { query: `?token=%20${token.slice(0, 40)}%0D%0A%20%20${token.slice(40)}%20` });
  await choose(page, NEW);
  await heading(page, CHANGED);
  assert.ok(await relatch.hasPassword(person, NEW));
  await close();
});

test("a link that is opened in the same tab and differs by its fragment alone is taken too", async () => {
  const relatch = await world();
  const { person, token } = await somebodysToken(relatch);
  const { page, close } = await visit(reset());
  await heading(page, "Open the link in your email");
  await page.goto(`${page.url()}#token=${token.slice(1)}`);
  await heading(page, "This link does not work");
  await page.goto(`${page.url()}#${token}`);
  await choose(page, NEW);
  assert.ok(!page.url().includes(token));
  await heading(page, CHANGED);
  assert.ok(await relatch.hasPassword(person, NEW));
  await close();
});

test("the reasons against a password come while it is typed, and nothing is sent until there are none", async () => {
  const relatch = await world();
  const { person, token } = await somebodysToken(relatch);
  const { page, asked, told, close } = await visit(reset(), { query: `?token=${token}` });
  await page.getByText("15 to 128 characters").waitFor();
  const field = page.getByLabel("New password", { exact: true });
  const described = async (input) => {
    const ids = (await input.getAttribute("aria-describedby")).split(" ");
    return (await Promise.all(ids.map((id) => page.locator(`#${id}`).innerText()))).join(" ");
  };
  assert.doesNotMatch(await described(field), /too short/, "nothing is wrong before anything was typed");

  await field.pressSequentially("short", { delay: 20 });
  assert.equal(await page.getByText("This password is too short.").count(), 0, "nor while it is being typed");
  await page.getByText("This password is too short. Use at least 15 characters.").waitFor();
  assert.equal(await page.getByText("This password is too short.").getAttribute("aria-live"), "polite");
  assert.equal(await field.getAttribute("aria-invalid"), null, "a hint while the field has the focus");
  const repeat = page.getByLabel("Confirm new password");
  await repeat.fill("shirt");
  await page.getByText("The passwords do not match.").waitFor();
  assert.equal(await field.getAttribute("aria-invalid"), "true", "an error once the field was left");
  assert.equal(await repeat.getAttribute("aria-invalid"), null);
  await field.focus();
  await page.locator("#again[aria-invalid]").waitFor();

  await page.getByRole("button", { name: "Change password" }).click();
  await alert(page).getByText("Correct the fields marked below.").waitFor();
  assert.equal((await focused(page)).id, "password");
  assert.equal(await field.getAttribute("aria-invalid"), "true");
  assert.match(await described(field), /This password is too short/);
  assert.match(await described(repeat), /do not match/);

  await field.fill("passwordpassword");
  await page.getByText("This password is too common.").waitFor();
  await field.fill(NEW);
  await page.getByLabel("Confirm new password").fill(NEW);
  await page.locator("[aria-invalid]").first().waitFor({ state: "detached" });
  assert.equal(await field.inputValue(), NEW);
  assert.ok(!asked.some((call) => call.includes("/confirm")), "nothing was sent");

  // The service alone knows whose link it is.
  const own = person.username.repeat(3);
  await choose(page, own);
  await page.getByText("This password is too similar to your name or email address.").waitFor();
  await alert(page).getByText("Your password was not changed. Your link still works.").waitFor();
  assert.equal((await focused(page)).id, "password");
  assert.deepEqual((await told()).map(({ code }) => code), ["password_rejected"]);
  await choose(page, NEW);
  await heading(page, CHANGED);
  assert.ok(await relatch.hasPassword(person, NEW));
  await close();
});

test("a name that the page knows is held against the password before anything is sent, and told to the browser", async () => {
  const relatch = await world();
  const { person, token } = await somebodysToken(relatch);
  const { page, asked, close } = await visit(reset(`username="${person.username}"`), { query: `?token=${token}` });
  await page.getByText("15 to 128 characters").waitFor();
  assert.equal(await page.locator("input[autocomplete=username]").inputValue(), person.username);
  await choose(page, person.username.repeat(3));
  await page.getByText("This password is too similar to your name or email address.").waitFor();
  assert.ok(!asked.some((call) => call.includes("/confirm")));
  await close();
});

test("passwords are shown and hidden by a button, and are sent as passwords", async () => {
  const relatch = await world();
  const { token } = await somebodysToken(relatch);
  const { page, close } = await visit(reset(), { query: `?token=${token}` });
  const types = () => page.locator("input[autocomplete=new-password]").evaluateAll((fields) => fields.map(({ type }) => type));
  await page.getByRole("button", { name: "Show passwords" }).click();
  assert.deepEqual(await types(), ["text", "text"]);
  await page.getByRole("button", { name: "Hide passwords" }).click();
  assert.deepEqual(await types(), ["password", "password"]);
  await page.getByRole("button", { name: "Show passwords" }).click();
  await choose(page, "too short");
  assert.deepEqual(await types(), ["password", "password"]);
  await page.getByRole("button", { name: "Show passwords" }).waitFor();
  await close();
});

test("a double click sends one request, and what is on its way is seen", async () => {
  const slowly = (page) => page.route(/\/password\/reset\/(request|confirm)$/, (route) => setTimeout(() => route.continue(), 300));
  const forgot = await visit(request('identifier="nobody@mail.example"'), { before: slowly });
  await forgot.page.getByRole("button", { name: "Send reset link" }).dblclick();
  const waiting = forgot.page.getByRole("button", { name: "Please wait…" });
  assert.equal(await waiting.getAttribute("aria-disabled"), "true");
  assert.equal((await focused(forgot.page)).part, "button", "the focus stays");
  await forgot.page.keyboard.press("Enter");
  await heading(forgot.page, SENT);
  assert.equal(forgot.asked.length, 1);
  await forgot.close();

  const relatch = await world();
  const { person, token } = await somebodysToken(relatch);
  const { page, asked, close } = await visit(reset(), { query: `?token=${token}`, before: slowly });
  await page.getByLabel("New password", { exact: true }).fill(NEW);
  await page.getByLabel("Confirm new password").fill(NEW);
  await page.getByRole("button", { name: "Change password" }).dblclick();
  await heading(page, CHANGED);
  assert.equal(asked.filter((call) => call.includes("/confirm")).length, 1);
  assert.ok(await relatch.hasPassword(person, NEW));
  await close();
});

test("a service that cannot be reached is told, what was typed stays, and a later try works", async () => {
  const relatch = await world();
  const { person, token } = await somebodysToken(relatch);
  let reachable = false;
  const before = (page) => page.route(`${relatch.base}/**`, (route) => (reachable ? route.continue() : route.abort()));
  const forgot = await visit(request(), { before });
  await forgot.page.getByLabel("Email address or username").fill("nobody@mail.example");
  await forgot.page.getByRole("button", { name: "Send reset link" }).click();
  await alert(forgot.page).getByText("Our service did not answer.").waitFor();
  assert.equal((await focused(forgot.page)).part, "alert");
  assert.deepEqual((await forgot.told()).map(({ code }) => code), ["unreachable"]);
  reachable = true;
  await forgot.page.getByRole("button", { name: "Send reset link" }).click();
  await heading(forgot.page, SENT);
  assert.equal(await alert(forgot.page).count(), 0);
  await forgot.close({ network: true });

  reachable = false;
  const { page, told, close } = await visit(reset(), { query: `?token=${token}`, before });
  await alert(page).getByText("Our service did not answer.").waitFor();
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("button", { name: "Please wait…" }).waitFor();
  await page.getByRole("button", { name: "Try again" }).waitFor();
  assert.equal((await focused(page)).part, "alert");
  reachable = true;
  await page.getByRole("button", { name: "Try again" }).click();
  await heading(page, FORM);
  assert.equal((await focused(page)).id, "password");
  reachable = false;
  await choose(page, NEW);
  await alert(page).getByText("submit the same password again").waitFor();
  assert.equal(await page.getByLabel("New password", { exact: true }).inputValue(), NEW);
  assert.equal(await page.getByLabel("Confirm new password").inputValue(), NEW);
  reachable = true;
  await page.getByRole("button", { name: "Change password" }).click();
  await heading(page, CHANGED);
  assert.ok(await relatch.hasPassword(person, NEW));
  assert.deepEqual((await told()).map(({ name, code }) => code ?? name), ["unreachable", "unreachable", "unreachable", "relatch-changed"]);
  await close({ network: true });
});

test("every refusal has an answer for a person", async () => {
  const { origin } = await site();
  const SETUP = /This page is not set up correctly/;
  const refusals = [
    ["too_many_requests", 429, /Wait 30 seconds, then try again/, { retry_after: 30 }],
    ["too_many_requests", 429, /Wait 15 minutes, then try again/, { retry_after: 900 }],
    ["misconfigured", 503, SETUP],
    ["origin_not_allowed", 403, SETUP],
    ["not_found", 404, SETUP],
    ["of_a_later_version", 418, SETUP],
  ];
  const forgot = await visit(request('identifier="peter"'));
  let refused;
  await instead(forgot.page, "**/password/reset/request", (route) => route.fulfill(refused));
  for (const [code, status, said, more] of [...refusals, ["request_invalid", 400, /Enter one valid email address or username/]]) {
    refused = refusal(origin, code, status, more);
    await forgot.page.getByRole("button", { name: "Send reset link" }).click();
    await forgot.page.getByText(said).waitFor();
  }
  assert.equal((await focused(forgot.page)).id, "identifier");
  refused = { status: 200, contentType: "text/html", headers: { "Access-Control-Allow-Origin": origin }, body: "<p>Welcome" };
  await forgot.page.getByRole("button", { name: "Send reset link" }).click();
  await forgot.page.getByText(SETUP).waitFor();
  assert.deepEqual((await forgot.told()).map(({ code }) => code), [...refusals.slice(0, 5).map(([code]) => code), "code_unknown", "request_invalid", "answer_invalid"]);
  assert.ok(forgot.faults.every((fault) => OF_THE_NETWORK.test(fault) || fault.startsWith("<relatch-request>: ")), "whoever wrote the page is told why");
  await forgot.context.close();

  const { token } = await somebodysToken(await world());
  const { page, context, told } = await visit(reset(), { query: `?token=${token}` });
  await instead(page, "**/password/reset/confirm", (route) => route.fulfill(refused));
  for (const [code, status, said, more] of [
    ...refusals,
    ["password_rejected", 422, /This password is too long. Use at most 128 characters. This password is too common/, { reasons: ["too_long", "common"] }],
    ["password_rejected", 422, /This password cannot be used. Choose a different one/, { reasons: ["too_boring"] }],
    ["body_too_large", 413, /This password is too long. Use at most 128 characters/],
    ["link_busy", 409, /submit the same password again/],
    ["link_used", 410, /This link has been used/],
  ]) {
    refused = refusal(origin, code, status, more);
    await choose(page, NEW);
    await page.getByText(said).waitFor({ timeout: 15_000 });
  }
  assert.equal((await focused(page)).part, "alert");
  assert.equal(await page.getByLabel("New password", { exact: true }).count(), 0);
  assert.equal((await told()).at(-1).code, "link_used");
  await context.close();
});

test("a service that answers too slowly is no hang: it is told after ten seconds", async () => {
  const { page, told, close } = await visit(request('identifier="peter"'), { before: (page) => page.route("**/password/reset/request", () => {}) });
  await page.getByRole("button", { name: "Send reset link" }).click();
  await alert(page).getByText("Our service did not answer.").waitFor({ timeout: 15_000 });
  assert.deepEqual((await told()).map(({ code }) => code), ["timed_out"]);
  await close({ network: true });
});

test("without the rules the form works all the same", async () => {
  const relatch = await world();
  const { person, token } = await somebodysToken(relatch);
  const { page, told, close } = await visit(reset(), { query: `?token=${token}`, before: (page) => page.route("**/password/rules", (route) => route.abort()) });
  await page.getByText("Avoid common passwords and your own name.").waitFor();
  await choose(page, "short");
  await page.getByText("This password is too short.").waitFor();
  await choose(page, NEW);
  await heading(page, CHANGED);
  assert.ok(await relatch.hasPassword(person, NEW));
  assert.deepEqual((await told()).map(({ code, name }) => code ?? name), ["password_rejected", "relatch-changed"]);
  await close({ network: true });
});

test("a page in German speaks German and asks for a German mail", async () => {
  const relatch = await world();
  const { person, token } = await somebodysToken(relatch);
  const forgot = await visit(request(), { lang: "de" });
  assert.equal(await forgot.page.locator("relatch-request [part=body]").getAttribute("lang"), "de");
  await forgot.page.getByRole("button", { name: "Link zum Zurücksetzen senden" }).click();
  await alert(forgot.page).getByText("Korrigieren Sie die markierten Felder.").waitFor();
  await forgot.page.getByText("Geben Sie Ihre E-Mail-Adresse oder Ihren Benutzernamen ein.", { exact: true }).waitFor();
  await forgot.page.getByLabel("E-Mail-Adresse oder Benutzername").fill("niemand@mail.example");
  await forgot.page.keyboard.press("Enter");
  await heading(forgot.page, "Prüfen Sie Ihren Posteingang");
  assert.deepEqual(forgot.asked, [`/password/reset/request ${JSON.stringify({ identifier: "niemand@mail.example", locale: "de" })}`]);
  await forgot.close();

  const { page, close } = await visit(reset(), { lang: "de-AT", query: `?token=${token}` });
  await page.getByText("15 bis 128 Zeichen").waitFor();
  await page.getByLabel("Neues Passwort", { exact: true }).fill(NEW);
  await page.getByLabel("Neues Passwort bestätigen").fill(NEW);
  await page.getByRole("button", { name: "Passwort ändern" }).click();
  await heading(page, "Ihr Passwort wurde geändert");
  assert.ok(await relatch.hasPassword(person, NEW));
  await close();
});

test("the language is that of the place on the page, changes with it, and can be one of the site's own", async () => {
  const body = async (relatch) => `<div lang="fr"><div id="host"></div></div><p lang="nl"><relatch-request id="dutch" ${at(relatch)}></relatch-request></p><relatch-request id="own" lang="es" ${at(relatch)}></relatch-request>`;
  const { page, relatch, asked, close } = await visit(body, { lang: "" });
  const label = (id) => page.evaluate((id) => (document.getElementById(id) ?? document.getElementById("host").shadowRoot.getElementById(id)).shadowRoot.querySelector("label").textContent, id);
  await page.evaluate((base) => {
    const root = document.getElementById("host").attachShadow({ mode: "open" });
    const element = document.createElement("relatch-request");
    element.id = "french";
    root.append(element);
    element.setAttribute("base-url", base);
  }, relatch.base);
  assert.equal(await label("french"), "Adresse e-mail ou nom d’utilisateur");
  assert.equal(await label("own"), "Correo electrónico o nombre de usuario");
  assert.equal(await label("dutch"), "Email address or username", "there are no Dutch words");
  assert.equal(await page.locator("#dutch [part=body]").getAttribute("lang"), "en", "and it is read out as what it is");

  await page.locator("#own").getByRole("textbox").fill("typed already");
  await page.evaluate(() => document.getElementById("own").setAttribute("lang", "de"));
  assert.equal(await label("own"), "E-Mail-Adresse oder Benutzername");
  assert.equal(await page.locator("#own").getByRole("textbox").inputValue(), "typed already");

  await page.evaluate(async () => {
    const { addMessages } = await import("/relatch/elements.js");
    addMessages("NL", { "request.identifier": "E-mailadres of gebruikersnaam", "sent.title": "Titel" });
  });
  assert.equal(await label("dutch"), "E-mailadres of gebruikersnaam");
  assert.equal(await page.locator("#dutch").getByRole("button").innerText(), "Send reset link", "what is left out is English");
  await page.locator("#dutch").getByRole("textbox").fill("peter");
  await page.keyboard.press("Enter");
  await page.locator("#dutch").getByRole("status").getByText("Titel").waitFor();
  assert.match(asked[0], /"locale":"nl"/);
  await close();
});

test("a call is over in its time, or when it is given up, though the WebAssembly never comes", async () => {
  const { page, relatch, asked, close } = await visit("<p>Nothing.</p>", { before: (page) => page.route("**/relatch.wasm", () => {}) });
  const outcomes = await page.evaluate(async (base) => {
    const { ResetClient } = await import("/relatch/browser.js");
    const client = new ResetClient(base);
    const how = (options) => client.rules(options).catch(({ name, code, cause }) => [name, code, cause?.name]);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    return Promise.all([how({ timeout: 200 }), how({ signal: controller.signal }), how({ signal: AbortSignal.abort() })]);
  }, relatch.base);
  assert.deepEqual(outcomes, [["ResetError", "timed_out", undefined], ["AbortError", "aborted", "AbortError"], ["AbortError", "aborted", "AbortError"]]);
  assert.deepEqual(asked, []);
  await close();
});

test("an element without its attributes calls the page's own origin", async () => {
  // Where that is no service: a typed error, and words for people.
  const alone = await visit("<relatch-request></relatch-request>");
  await alone.page.getByLabel("Email address or username").fill("peter");
  await alone.page.getByRole("button", { name: "Send reset link" }).click();
  await alert(alone.page).getByText("This page is not set up correctly").waitFor();
  assert.deepEqual((await alone.told()).map(({ code, typed }) => [code, typed]), [["answer_invalid", true]]);
  await alone.context.close();
  const wellFormed = Buffer.concat([Buffer.from([1]), randomBytes(70)]).toString("base64url");
  const other = await visit("<relatch-reset></relatch-reset>", { query: `?token=${wellFormed}` });
  await alert(other.page).getByText("This page is not set up correctly").waitFor();
  await other.page.getByRole("button", { name: "Try again" }).waitFor();
  assert.deepEqual((await other.told()).map(({ code }) => code), ["answer_invalid"]);
  await other.context.close();

  // And on the service's own origin it is all that is needed.
  const { relatch, origin } = alone;
  const { person, token } = await somebodysToken(relatch);
  const { page, context, faults } = await relatch.visitor();
  await page.route(`${relatch.base}/own`, (route) => route.fulfill({ contentType: "text/html", body: pageOf("<relatch-reset></relatch-reset>") }));
  await page.route(new RegExp(`^${relatch.base}/(relatch/|site\\.css)`), async (route) => route.fulfill({ response: await route.fetch({ url: route.request().url().replace(relatch.base, origin) }) }));
  await page.goto(`${relatch.base}/own#token=${token}`);
  await choose(page, NEW);
  await heading(page, CHANGED);
  assert.ok(await relatch.hasPassword(person, NEW));
  assert.deepEqual(faults, []);
  await context.close();
});

test("attributes that cannot be used are told, and lead nowhere else", async () => {
  for (const attributes of ['base-url="http://example.com"', 'base-url="not a url"', 'base-url="//evil.example"', 'application="no/such id"']) {
    const { page, told, asked, context } = await visit(`<relatch-request ${attributes} identifier="peter"></relatch-request>`);
    await page.getByRole("button", { name: "Send reset link" }).click();
    await alert(page).getByText("This page is not set up correctly").waitFor();
    assert.deepEqual((await told()).map(({ code }) => code), ["options_invalid"], attributes);
    assert.deepEqual(asked, []);
    await context.close();
  }
  const relatch = await world();
  const { token } = await somebodysToken(relatch);
  for (const url of ["javascript:alert(1)", " java\nscript:alert(1)", "data:text/html,x", "//", ""]) {
    const missing = await visit(reset(`request-url="${url}"`));
    await missing.page.getByRole("button", { name: "Send reset link" }).waitFor();
    assert.equal(await missing.page.getByRole("link").count(), 0, url);
    await missing.close();
  }
  const { page, close } = await visit(reset('sign-in-url="javascript:alert(1)"'), { query: `?token=${token}` });
  await choose(page, NEW);
  await page.getByText("You can now sign in with your new password.").waitFor();
  assert.equal(await page.getByRole("link").count(), 0);
  await close();
});

test("an application's own element calls its paths", async () => {
  const { page, asked, told, context } = await visit(request('application="shop" identifier="peter"'));
  await page.getByRole("button", { name: "Send reset link" }).click();
  await alert(page).waitFor();
  assert.match(asked[0], /^\/apps\/shop\/password\/reset\/request /);
  assert.equal((await told()).length, 1);
  await context.close();
});

test("an element that is taken out while it calls ends the call, and nothing is heard of it", async () => {
  const relatch = await world();
  const { token } = await somebodysToken(relatch);
  const body = async (relatch) => `${await reset()(relatch)}${await request('identifier="peter"')(relatch)}`;
  const { page, told, close } = await visit(body, { query: `?token=${token}` });
  await heading(page, FORM);
  const ended = [];
  page.on("requestfailed", (request) => ended.push(new URL(request.url()).pathname));
  await page.route(/\/(request|confirm)$/, () => {});
  await choose(page, NEW);
  await page.getByRole("button", { name: "Send reset link" }).click();
  assert.equal(await page.getByRole("button", { name: "Please wait…" }).count(), 2);
  await page.evaluate(() => {
    globalThis.kept = [...document.querySelectorAll("relatch-reset, relatch-request")];
    kept.forEach((element) => element.remove());
  });
  await page.waitForTimeout(500);
  assert.deepEqual(ended.sort(), ["/password/reset/confirm", "/password/reset/request"]);
  // Back again, each is as it was before the call.
  await page.unroute(/\/(request|confirm)$/);
  await page.evaluate(() => document.querySelector("main").append(...kept));
  assert.equal(await page.getByLabel("New password", { exact: true }).inputValue(), NEW);
  await page.getByRole("button", { name: "Change password" }).click();
  await heading(page, CHANGED);
  assert.deepEqual((await told()).map(({ name }) => name), ["relatch-changed"]);
  await close();
});

test("an element that is moved, or away while its link is looked at, keeps the link and what was typed", async () => {
  const relatch = await world();
  for (const early of [false, true]) {
    const { person, token } = await somebodysToken(relatch);
    const held = [];
    let hold = true;
    const { page, told, close } = await visit(reset(), {
      query: `?token=${token}`,
      before: (page) => page.route(early ? "**/relatch.wasm" : "**/password/reset/check", (route) => (hold ? held.push(route) : route.continue())),
    });
    await page.getByText("Checking your link…").waitFor();
    await page.evaluate(() => {
      globalThis.element = document.querySelector("relatch-reset");
      document.body.append(element);
    });
    for (; held.length === 0; await page.waitForTimeout(20));
    await page.evaluate(() => element.remove());
    hold = false;
    if (early) await held[0].continue();
    await page.waitForTimeout(200);
    await page.evaluate(() => document.querySelector("main").append(element));
    await heading(page, FORM);
    assert.doesNotMatch(page.url(), /token/);
    await page.getByLabel("New password", { exact: true }).fill(NEW);
    await page.evaluate(() => document.body.append(element));
    await page.waitForTimeout(100);
    assert.equal(await page.getByLabel("New password", { exact: true }).inputValue(), NEW);
    await page.getByLabel("Confirm new password").fill(NEW);
    await page.getByRole("button", { name: "Change password" }).click();
    await heading(page, CHANGED);
    assert.ok(await relatch.hasPassword(person, NEW));
    assert.deepEqual((await told()).map(({ name }) => name), ["relatch-changed"]);
    await close();
  }
});

test("elements are made by script, stand twice on a page, and are defined once", async () => {
  const relatch = await world();
  const { person, token } = await somebodysToken(relatch);
  const { page, told, close } = await visit("", { query: `?token=${token}` });
  await page.evaluate(async (base) => {
    // A second copy, as a page has that loads two versions.
    const { RelatchReset } = await import("/relatch/elements.js");
    await import("/relatch/elements.js?again");
    const [first, second] = [new RelatchReset(), document.createElement("relatch-reset")];
    first.setAttribute("base-url", base);
    document.querySelector("main").append(first, second);
    second.setAttribute("base-url", base);
    second.setAttribute("request-url", "#ask");
  }, relatch.base);
  const [first, second] = [page.locator("relatch-reset").first(), page.locator("relatch-reset").nth(1)];
  await second.getByLabel("New password", { exact: true }).waitFor();
  await choose(first, NEW);
  await first.getByRole("heading", { name: CHANGED }).waitFor();
  await choose(second, OTHER);
  await second.getByRole("heading", { name: "This link has been used" }).waitFor();
  assert.equal(await second.getByRole("link").getAttribute("href"), "#ask");
  assert.ok(await relatch.hasPassword(person, NEW));
  assert.deepEqual((await told()).map(({ name, code }) => code ?? name), ["relatch-changed", "link_used"]);
  await close();
});

test("the keyboard alone is enough", async () => {
  const relatch = await world();
  const { person, token } = await somebodysToken(relatch);
  const forgot = await visit(request());
  await forgot.page.getByRole("button").waitFor();
  await forgot.page.keyboard.press("Tab");
  await forgot.page.keyboard.type("nobody@mail.example");
  await forgot.page.keyboard.press("Enter");
  await heading(forgot.page, SENT);
  await forgot.page.keyboard.press("Tab");
  assert.equal((await focused(forgot.page)).text, "Try again");
  await forgot.close();

  const { page, close } = await visit(reset('sign-in-url="/sign-in"'), { query: `?token=${token}` });
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  await heading(page, FORM);
  await press("Tab");
  await page.keyboard.type(NEW);
  await press("Tab");
  await page.keyboard.type(NEW);
  await press("Tab", "Space");
  assert.equal(await page.getByLabel("New password", { exact: true }).getAttribute("type"), "text");
  await press("Tab");
  assert.equal((await focused(page)).text, "Change password");
  const outline = await page.locator("relatch-reset").evaluate(({ shadowRoot }) => getComputedStyle(shadowRoot.activeElement).outlineStyle);
  assert.equal(outline, "solid", "the focus is seen");
  await press("Enter");
  await heading(page, CHANGED);
  await press("Tab");
  assert.equal((await focused(page)).text, "Sign in");
  assert.ok(await relatch.hasPassword(person, NEW));
  await close();
});

test("parts and custom properties are styled from outside, also in the form inside the other", async () => {
  const { file } = await site();
  const style = file("/styled.css", "relatch-request,relatch-reset{--relatch-accent:rgb(1,2,3);--relatch-radius:0;--relatch-font:monospace;--relatch-gap:40px}relatch-reset::part(label){letter-spacing:3px}relatch-reset::part(form-title){display:none}");
  const { page, close } = await visit(reset(), { head: `<link rel="stylesheet" href="${style}">` });
  const button = page.getByRole("button", { name: "Send reset link" });
  await button.waitFor();
  const css = (locator, property) => locator.evaluate((element, property) => getComputedStyle(element)[property], property);
  assert.equal(await css(button, "backgroundColor"), "rgb(1, 2, 3)");
  assert.equal(await css(button, "borderRadius"), "0px");
  assert.equal(await css(button, "fontFamily"), "monospace");
  assert.equal(await css(page.locator("relatch-request [part=form]"), "rowGap"), "40px");
  assert.equal(await css(page.locator("relatch-request label"), "letterSpacing"), "3px");
  await close();
});

test("the form has no fault that assistive technology would meet: names, descriptions, regions", async () => {
  const relatch = await world();
  const { token } = await somebodysToken(relatch);
  const { page, close } = await visit(reset(), { query: `?token=${token}` });
  await page.getByText("15 to 128 characters").waitFor();
  const tree = await page.locator("relatch-reset").ariaSnapshot();
  for (const piece of ['heading "Choose a new password" [level=2]', 'textbox "New password"', 'textbox "Confirm new password"', 'button "Show passwords"', 'button "Change password"', "status", "alert"]) {
    assert.ok(tree.includes(piece), `${piece} in\n${tree}`);
  }
  await close();
});

for (const [name, { body, open }] of Object.entries(LOOKS)) {
  test(`${name}: no fault is found in it, in light and dark, on a phone and a desk`, async () => {
    const { relatch, page: put } = await site();
    const token = name.startsWith("reset") ? (await somebodysToken(relatch)).token : "";
    const { page, context } = await relatch.visitor();
    await open(page, put(body(relatch)), token);
    await faultless(page, "button, a[part], input:visible");
    await context.close();
  });
}

test("every language fits on a phone, and has words for everything", async () => {
  const { token } = await somebodysToken(await world());
  const { page, close } = await visit(reset(), { lang: "en", query: `?token=${token}`, options: { viewport: { width: 320, height: 640 } } });
  await page.getByText("15 to 128 characters").waitFor();
  const seen = new Set();
  for (const lang of ["en", "de", "fr", "es"]) {
    await page.evaluate((lang) => document.documentElement.setAttribute("lang", lang), lang);
    await page.locator(`[part=body][lang=${lang}]`).waitFor();
    seen.add(await page.locator("[part=hint]").innerText());
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 320), lang);
  }
  assert.equal(seen.size, 4);
  await close();
});

test("where there are no elements, importing does nothing and fails nowhere", async () => {
  const { RelatchRequest, RelatchReset, addMessages } = await import("../../js/dist/elements.js");
  assert.deepEqual([typeof RelatchRequest, typeof RelatchReset], ["function", "function"]);
  assert.throws(() => addMessages("not a language", {}), RangeError);
});
