// Resets with the two elements, in a real browser, over the real Worker on another origin.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, test } from "node:test";
import {
  alert,
  en,
  focused,
  heading,
  identifierField,
  intercept,
  newLink,
  passwordField,
  problem,
  repeatField,
  requestButton,
  requestElement,
  resetButton,
  resetElement,
  success,
  visit,
} from "./elements.mjs";
import { endSite, site, submitPassword, tokenOf } from "./site.mjs";
import { end, NEW_PASSWORD, world } from "./world.mjs";

after(async () => {
  await endSite();
  await end();
});

test("a visitor requests a link, sets a password with it and goes on to sign in", async () => {
  const forgot = await visit(requestElement());
  const { relatch } = forgot;
  const peter = await relatch.createAccount();
  await identifierField(forgot.page).fill(peter.email);
  await requestButton(forgot.page).click();
  await heading(forgot.page, en["sent.title"]);
  assert.equal((await focused(forgot.page)).text, en["sent.title"], "the result has the focus");
  const message =
    "An email has been sent. It contains a link you must click to reset your password.";
  assert.deepEqual(await forgot.events(), [
    { name: "relatch-sent", from: "relatch-request", code: undefined, message, isError: false },
  ]);
  const token = tokenOf(await relatch.receiveLink(peter));
  await forgot.close();

  const query = `?from=mail&token=${token}#top`;
  const { page, origin, events, close } = await visit(resetElement('sign-in-url="/sign-in"'), {
    query,
  });
  await heading(page, en["reset.title"]);
  assert.match(page.url(), /^[^?]*\?from=mail#top$/, "only the token is removed from the URL");
  await page.getByText("15 to 128 characters").waitFor();
  await submitPassword(page, NEW_PASSWORD);
  await heading(page, en["changed.title"]);
  assert.ok(await relatch.hasPassword(peter, NEW_PASSWORD));
  assert.equal((await focused(page)).text, en["changed.title"]);
  const status = page.getByRole("status").filter({ hasText: en["changed.title"] });
  assert.equal(await status.count(), 1);
  const signIn = page.getByRole("link", { name: "Sign in" });
  assert.equal(await signIn.evaluate(({ href }) => href), `${origin}/sign-in`);
  const recorded = await events();
  assert.deepEqual(recorded, [
    {
      name: "relatch-changed",
      from: "relatch-reset",
      code: undefined,
      message: "Your password has been changed. You can now sign in with it.",
      isError: false,
    },
  ]);
  assert.ok(!JSON.stringify(recorded).includes(token), "no event contains the token");
  await close();
});

test("a first password, which the element cannot know of, is not reported as a change", async () => {
  const { relatch, origin } = await site();
  const { token } = await newLink(relatch);
  const before = (page) =>
    intercept(page, `${relatch.base}/password/reset/confirm`, (route) =>
      route.fulfill(success(origin, "Your password has been set. You can now sign in with it.")),
    );
  const { page, close } = await visit(resetElement(), { query: `?token=${token}`, before });
  await submitPassword(page, NEW_PASSWORD);
  await page.getByText(en["changed.sign_in_text"]).waitFor();
  const text = await page.getByRole("status").innerText();
  assert.doesNotMatch(text, /change|old/i);
  assert.equal(text, [en["changed.title"], en["changed.text"]].join("\n\n"));
  await close();
});

test("the answer to a request does not reveal whether the account exists", async () => {
  const contents = [];
  const { email } = await (await world()).createAccount();
  for (const identifier of [email, "unknown@mail.example", "no-such-name"]) {
    const { page, close } = await visit(requestElement());
    await identifierField(page).fill(identifier);
    await page.keyboard.press("Enter");
    await heading(page, en["sent.title"]);
    const element = page.locator("relatch-request");
    contents.push(
      await element.evaluate(({ shadowRoot }) => shadowRoot.querySelector("[part=body]").outerHTML),
    );
    await page.getByRole("button", { name: en["form.retry"] }).click();
    assert.equal(await identifierField(page).inputValue(), identifier, "it can be corrected");
    assert.equal((await focused(page)).id, "identifier");
    await close();
  }
  assert.equal(new Set(contents).size, 1);
});

test("the token of a captcha is sent, and its widget is reset for another attempt", async () => {
  const { origin } = await site();
  const widget = '<div><input type="hidden" name="cf-turnstile-response" value="a-token"></div>';
  const body = (relatch) => requestElement()(relatch).replace("></", `>${widget}</`);
  const before = async (page, relatch) => {
    await page.addInitScript(() => {
      globalThis.resets = 0;
      globalThis.turnstile = { reset: () => (globalThis.resets += 1) };
    });
    await intercept(page, `${relatch.base}/password/reset/request`, (route) =>
      route.fulfill(problem(origin, "captcha_rejected", 403)),
    );
  };
  const { page, calls, events, close } = await visit(body, { before });
  await identifierField(page).fill("peter");
  await requestButton(page).click();
  await alert(page).waitFor();
  assert.equal(await alert(page).innerText(), en["captcha.rejected"]);
  assert.equal(JSON.parse(calls.at(-1).split(/ (.*)/s)[1]).captcha, "a-token");
  assert.equal(await page.evaluate(() => globalThis.resets), 1);
  assert.deepEqual(
    (await events()).map(({ code }) => code),
    ["captcha_rejected"],
  );
  await close({ network: true });
});

test("a damaged or missing link is reported immediately, without a call", async () => {
  for (const [query, code] of [
    [`?token=${randomBytes(40).toString("base64url")}`, "link_invalid"],
    ["?token=", "link_invalid"],
    ["", "link_missing"],
  ]) {
    const { page, calls, events, close } = await visit(resetElement(), { query });
    const text = await alert(page).innerText();
    assert.ok(text.includes(en[`${code}.title`]), text);
    const recorded = (await events()).map(({ name, code, isError }) => [name, code, isError]);
    assert.deepEqual(recorded, [["relatch-error", code, true]]);
    assert.deepEqual(calls, []);
    assert.doesNotMatch(page.url(), /token/);
    await requestButton(page).waitFor();
    await close();
  }
});

test("a used link is reported, and a new one can be requested in the same place", async () => {
  const { account, token } = await newLink(await world());
  const query = `?token=${token}`;
  const used = await visit(resetElement(), { query });
  await submitPassword(used.page, NEW_PASSWORD);
  await heading(used.page, en["changed.title"]);
  await used.close();

  const withUsername = resetElement(`username="${account.username}"`);
  const { page, events, close } = await visit(withUsername, { query });
  await heading(page, en["link_used.title"]);
  assert.equal(await identifierField(page).inputValue(), account.username);
  await requestButton(page).click();
  await heading(page, en["sent.title"]);
  assert.equal(await alert(page).count(), 0, "the error of the used link is gone");
  assert.deepEqual(
    (await events()).map(({ name, from, code }) => [name, from, code]),
    [
      ["relatch-error", "relatch-reset", "link_used"],
      ["relatch-sent", "relatch-reset", undefined],
    ],
  );
  await close();

  const elsewhere = await visit(resetElement('request-url="/forgot"'), { query });
  const link = elsewhere.page.getByRole("link", { name: en["link.request_new"] });
  assert.equal(await link.evaluate(({ href }) => href), `${elsewhere.origin}/forgot`);
  assert.equal(await elsewhere.page.locator("relatch-request").count(), 0);
  await elsewhere.close();
});

test("the service decides whether a link has expired, not the device's clock", async () => {
  const expiry = Buffer.from([1, 0, 0, 0x40, 0, 0, 0]);
  const forged = Buffer.concat([expiry, randomBytes(64)]).toString("base64url");
  const query = `?token=${forged}`;
  const { page, calls, close } = await visit(resetElement(), { query });
  await heading(page, en["link_invalid.title"]);
  assert.ok(calls.some((call) => call.startsWith("/password/reset/check")));
  await close();

  const { origin } = await site();
  const expired = await visit(resetElement(), {
    query,
    before: (page) =>
      intercept(page, "**/password/reset/check", (route) =>
        route.fulfill(problem(origin, "link_expired", 410)),
      ),
  });
  await heading(expired.page, en["link_expired.title"]);
  await requestButton(expired.page).waitFor();
  await expired.close();
});

test("white space that an email program put into the link is ignored", async () => {
  const relatch = await world();
  const { account, token } = await newLink(relatch);
  const query = `?token=%20${token.slice(0, 40)}%0D%0A%20%20${token.slice(40)}%20`;
  const { page, close } = await visit(resetElement(), { query });
  await submitPassword(page, NEW_PASSWORD);
  await heading(page, en["changed.title"]);
  assert.ok(await relatch.hasPassword(account, NEW_PASSWORD));
  await close();
});

test("a link that differs from the page's URL only in the fragment is taken", async () => {
  const relatch = await world();
  const { account, token } = await newLink(relatch);
  const { page, close } = await visit(resetElement());
  await heading(page, en["link_missing.title"]);
  await page.goto(`${page.url()}#token=${token.slice(1)}`);
  await heading(page, en["link_invalid.title"]);
  await page.goto(`${page.url()}#${token}`);
  await submitPassword(page, NEW_PASSWORD);
  assert.ok(!page.url().includes(token));
  await heading(page, en["changed.title"]);
  assert.ok(await relatch.hasPassword(account, NEW_PASSWORD));
  await close();
});

test("passwords are shown and hidden by a button, and hidden when they are sent", async () => {
  const { token } = await newLink(await world());
  const { page, close } = await visit(resetElement(), { query: `?token=${token}` });
  const fields = page.locator("input[autocomplete=new-password]");
  const types = () => fields.evaluateAll((inputs) => inputs.map(({ type }) => type));
  const show = page.getByRole("button", { name: en["reset.show"] });
  await show.click();
  assert.deepEqual(await types(), ["text", "text"]);
  await page.getByRole("button", { name: en["reset.hide"] }).click();
  assert.deepEqual(await types(), ["password", "password"]);
  await show.click();
  await submitPassword(page, "too short");
  assert.deepEqual(await types(), ["password", "password"]);
  await show.waitFor();
  await close();
});

test("a double click makes one call, and the button shows that it is pending", async () => {
  const before = (page) =>
    page.route(/\/password\/reset\/(request|confirm)$/, (route) =>
      setTimeout(() => route.continue(), 300),
    );
  const forgot = await visit(requestElement('identifier="unknown@mail.example"'), { before });
  await requestButton(forgot.page).dblclick();
  const pending = forgot.page.getByRole("button", { name: en["form.wait"] });
  assert.equal(await pending.getAttribute("aria-disabled"), "true");
  assert.equal((await focused(forgot.page)).part, "button", "the button keeps the focus");
  await forgot.page.keyboard.press("Enter");
  await heading(forgot.page, en["sent.title"]);
  assert.equal(forgot.calls.length, 1);
  await forgot.close();

  const relatch = await world();
  const { account, token } = await newLink(relatch);
  const query = `?token=${token}`;
  const { page, calls, close } = await visit(resetElement(), { query, before });
  await passwordField(page).fill(NEW_PASSWORD);
  await repeatField(page).fill(NEW_PASSWORD);
  await resetButton(page).dblclick();
  await heading(page, en["changed.title"]);
  assert.equal(calls.filter((call) => call.includes("/confirm")).length, 1);
  assert.ok(await relatch.hasPassword(account, NEW_PASSWORD));
  await close();
});

test("the keyboard is sufficient", async () => {
  const relatch = await world();
  const { account, token } = await newLink(relatch);
  const forgot = await visit(requestElement());
  await forgot.page.getByRole("button").waitFor();
  await forgot.page.keyboard.press("Tab");
  await forgot.page.keyboard.type("unknown@mail.example");
  await forgot.page.keyboard.press("Enter");
  await heading(forgot.page, en["sent.title"]);
  await forgot.page.keyboard.press("Tab");
  assert.equal((await focused(forgot.page)).text, en["form.retry"]);
  await forgot.close();

  const { page, close } = await visit(resetElement('sign-in-url="/sign-in"'), {
    query: `?token=${token}`,
  });
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  await heading(page, en["reset.title"]);
  await press("Tab");
  await page.keyboard.type(NEW_PASSWORD);
  await press("Tab");
  await page.keyboard.type(NEW_PASSWORD);
  await press("Tab", "Space");
  assert.equal(await passwordField(page).getAttribute("type"), "text");
  await press("Tab");
  assert.equal((await focused(page)).text, en["reset.submit"]);
  const outline = await page
    .locator("relatch-reset")
    .evaluate(({ shadowRoot }) => getComputedStyle(shadowRoot.activeElement).outlineStyle);
  assert.equal(outline, "solid", "the focus is visible");
  await press("Enter");
  await heading(page, en["changed.title"]);
  await press("Tab");
  assert.equal((await focused(page)).text, en["changed.sign_in"]);
  assert.ok(await relatch.hasPassword(account, NEW_PASSWORD));
  await close();
});
