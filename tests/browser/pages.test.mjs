// The hosted pages in a real browser, with scripts on and off.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import {
  confirmationField,
  heading,
  liveMessage,
  passwordField,
  personalPassword,
  requestReset,
  submitButton,
  submitPassword,
} from "./steps.mjs";
import { end, foreignSite, LOGIN_URL, NEW_PASSWORD, OTHER_PASSWORD, world } from "./world.mjs";

after(end);

/** The headings of the page after a request and of the page after a change. */
const SENT = /mail/i;
const CHANGED = /changed/i;
/** The lengths that the password rules allow. */
const LENGTHS = /\b15\b.*\b128\b/;

const changedHeading = (page) => page.getByRole("heading", { level: 1, name: CHANGED });
const newLinkButton = (page) => page.locator('main a[href="/password/forgot"]');
const isFocused = (field) => field.evaluate((element) => element === document.activeElement);

/** Clicks and returns the status of the response to the form that this submits. */
async function postStatus(page, click) {
  const isPost = (response) => response.request().method() === "POST";
  const [response] = await Promise.all([
    page.waitForResponse(isPost),
    page.waitForEvent("load"),
    click(),
  ]);
  return response.status();
}

for (const javaScriptEnabled of [true, false]) {
  describe(`with scripts ${javaScriptEnabled ? "on" : "off"}`, () => {
    const visitor = async () => (await world()).visitor({ javaScriptEnabled });

    test("a visitor requests a link, sets a password and goes on to sign in", async () => {
      const relatch = await world();
      const { base } = relatch;
      const peter = await relatch.createAccount();
      const { page, context, faults } = await visitor();
      await requestReset(page, peter.email);
      assert.match(await heading(page), SENT);
      assert.match(await page.locator("main").innerText(), /try again/i);
      const link = await relatch.receiveLink(peter);
      const token = link.split("token=")[1];
      const secret = token.slice(31, 60);

      await page.goto(link);
      assert.equal(page.url(), `${base}/password/reset`, "the token is not in the URL");
      assert.match(await page.locator("main").innerText(), LENGTHS);
      assert.equal(await page.locator("label[for=password]").count(), 1);
      assert.ok(!(await page.content()).includes(secret), "the token is not in the page");
      assert.ok(!(await page.content()).includes(peter.email), "the address is masked");
      const [cookie, ...others] = await context.cookies(`${base}/password/reset`);
      assert.deepEqual(others, []);
      assert.deepEqual(
        [cookie.value, cookie.path, cookie.httpOnly, cookie.secure, cookie.sameSite],
        [token, "/password/reset", true, false, "Lax"],
      );
      assert.deepEqual(await context.cookies(`${base}/password/forgot`), []);

      await submitPassword(page, NEW_PASSWORD);
      assert.match(await heading(page), CHANGED);
      assert.ok(await relatch.hasPassword(peter, NEW_PASSWORD));
      const signIn = page.getByRole("link", { name: "Sign in" });
      assert.equal(await signIn.getAttribute("href"), LOGIN_URL);
      const cookies = await context.cookies();
      const names = cookies.map(({ name }) => name);
      assert.equal(names.length, 1, "the cookie with the link is deleted");
      assert.match(names[0], /^relatch-done-/);
      assert.ok(!JSON.stringify(cookies).includes(secret), "no cookie contains the token");

      // A reload sends the form again. Neither it nor a later visit shows a failure.
      await page.reload();
      assert.match(await heading(page), CHANGED);
      await page.goto("/password/reset");
      assert.match(await heading(page), CHANGED);
      assert.deepEqual(faults, []);
      await context.close();
    });

    test("a rejected password is explained, and the link still works", async () => {
      const relatch = await world();
      const peter = await relatch.createAccount();
      const { page, context, faults } = await visitor();
      await page.goto(await relatch.requestLink(peter));
      // With scripts, the page submits only passwords that its own check accepts.
      if (javaScriptEnabled) await submitPassword(page, personalPassword(peter));
      else await submitPassword(page, "too short", "and different");
      assert.match(await page.title(), /^Error: /);
      const focused = page.locator(":focus");
      assert.equal(await focused.getAttribute("role"), "alert", "the alert has the focus");
      const reasons = javaScriptEnabled ? /name/i : /\b15\b[^]*(same|match)/i;
      assert.match(await focused.innerText(), reasons);
      const both = [passwordField(page), confirmationField(page)];
      for (const field of javaScriptEnabled ? [passwordField(page)] : both) {
        assert.equal(await field.inputValue(), "", "the page does not contain the password");
        assert.equal(await field.getAttribute("aria-invalid"), "true");
        const ids = (await field.getAttribute("aria-describedby")).split(" ");
        for (const id of ids) assert.ok(await page.locator(`#${id}`).innerText());
      }
      await focused.getByRole("link").first().click();
      await page.waitForURL(`${relatch.base}/password/reset#password`);
      await submitPassword(page, NEW_PASSWORD);
      assert.match(await heading(page), CHANGED);
      assert.ok(await relatch.hasPassword(peter, NEW_PASSWORD));
      assert.deepEqual(faults, []);
      await context.close();
    });

    test("forms with two links in two tabs work independently", async () => {
      const relatch = await world();
      const [peter, john] = [await relatch.createAccount(), await relatch.createAccount()];
      const { page: older, tab, context, faults } = await visitor();
      const newer = await tab();
      await older.goto(await relatch.requestLink(peter));
      await newer.goto(await relatch.requestLink(john));
      await submitPassword(older, NEW_PASSWORD);
      assert.match(await heading(older), CHANGED);
      assert.ok(await relatch.hasPassword(peter, NEW_PASSWORD));
      assert.ok(!(await relatch.hasPassword(john, NEW_PASSWORD)));
      await submitPassword(newer, OTHER_PASSWORD);
      assert.match(await heading(newer), CHANGED);
      assert.ok(await relatch.hasPassword(john, OTHER_PASSWORD));
      assert.deepEqual(faults, []);
      await context.close();
    });

    test("a form on another site is rejected with and without the cookie", async () => {
      const relatch = await world();
      const [peter, john] = [await relatch.createAccount(), await relatch.createAccount()];
      const { page, tab, context } = await visitor();
      await page.goto(await relatch.requestLink(peter));
      const digest = await page.locator("input[name=link]").inputValue();
      const form = (path, fields) => {
        const inputs = Object.entries(fields).map(
          ([name, value]) => `<input name="${name}" value="${value}">`,
        );
        const content = `${inputs.join("")}<button>submit ${path}</button>`;
        return `<form method="post" action="${relatch.base}${path}">${content}</form>`;
      };
      const passwords = { password: OTHER_PASSWORD, again: OTHER_PASSWORD };
      const site = await foreignSite(
        form("/password/reset", { link: digest, ...passwords }) +
          form("/password/forgot", { identifier: john.email }),
      );
      const foreign = await tab();
      // Another port of the same host is the same site, and the browser sends the cookie; another
      // host is a different site.
      for (const host of ["localhost", "127.0.0.1"]) {
        for (const path of ["/password/reset", "/password/forgot"]) {
          await foreign.goto(`http://${host}:${site.port}/`);
          const button = foreign.getByRole("button", { name: path });
          assert.equal(await postStatus(foreign, () => button.click()), 403);
          assert.match(await heading(foreign), /form/i);
          assert.doesNotMatch(await heading(foreign), CHANGED);
        }
      }
      site.stop();
      assert.ok(!(await relatch.hasPassword(peter, OTHER_PASSWORD)));
      await submitPassword(page, NEW_PASSWORD);
      assert.match(await heading(page), CHANGED, "the link was not used up");
      await context.close();
    });

    test("a double click changes the password once and shows no failure", async () => {
      const relatch = await world();
      const peter = await relatch.createAccount();
      const { page, context } = await visitor();
      await page.goto(await relatch.requestLink(peter));
      let posts = 0;
      page.on("request", (request) => (posts += request.method() === "POST" ? 1 : 0));
      await passwordField(page).fill(NEW_PASSWORD);
      await confirmationField(page).fill(NEW_PASSWORD);
      await submitButton(page).dblclick();
      await changedHeading(page).waitFor();
      assert.ok(await relatch.hasPassword(peter, NEW_PASSWORD));
      if (javaScriptEnabled) assert.equal(posts, 1);
      await context.close();
    });

    test("the keyboard alone is enough", async () => {
      const relatch = await world();
      const peter = await relatch.createAccount();
      const { page, context } = await visitor();
      const press = async (...keys) => {
        for (const key of keys) await page.keyboard.press(key);
      };
      await page.goto("/password/forgot");
      await press("Tab");
      await page.keyboard.type(peter.email);
      await press("Enter");
      await page.getByRole("heading", { level: 1, name: SENT }).waitFor();
      await page.goto(await relatch.receiveLink(peter));
      await press("Tab");
      await page.keyboard.type(NEW_PASSWORD);
      await press("Tab");
      await page.keyboard.type(NEW_PASSWORD);
      if (javaScriptEnabled) {
        await press("Tab", "Space");
        assert.equal(await passwordField(page).getAttribute("type"), "text");
      }
      await press("Tab");
      assert.ok(await isFocused(submitButton(page)), "the submit button has the focus");
      const outline = await submitButton(page).evaluate(
        (element) => getComputedStyle(element).outlineStyle,
      );
      assert.equal(outline, "solid", "the focus is visible");
      await press("Enter");
      await changedHeading(page).waitFor();
      assert.ok(await relatch.hasPassword(peter, NEW_PASSWORD));
      await context.close();
    });

    test("a link that does not work is explained, and its page leads to a new link", async () => {
      const relatch = await world();
      const link = await relatch.requestLink(await relatch.createAccount());
      const { page, context, faults } = await visitor();
      await page.goto(link);
      await submitPassword(page, NEW_PASSWORD);
      for (const [url, status, title] of [
        [link, 410, /used/i],
        [link.slice(0, -3), 400, /link/i],
        [`${relatch.base}/password/reset?token=`, 400, /link/i],
      ]) {
        const response = await page.goto(url);
        assert.equal(response.status(), status);
        assert.match(await heading(page), title);
        assert.equal(page.url(), `${relatch.base}/password/reset`);
        await newLinkButton(page).click();
        await page.waitForURL(`${relatch.base}/password/forgot`);
      }
      assert.deepEqual(faults, []);
      await context.close();
    });
  });
}

test("a password is checked as it is typed, without a request to the service", async () => {
  const relatch = await world();
  const peter = await relatch.createAccount();
  const { page, context, faults } = await relatch.visitor();
  await page.goto(await relatch.requestLink(peter));
  await page.waitForLoadState("networkidle");
  const requests = [];
  page.on("request", (request) => requests.push(request.url()));
  const [password, confirmation] = [passwordField(page), confirmationField(page)];
  await password.fill("passwordpassword");
  await liveMessage(page, /common/i).waitFor();
  assert.equal(await password.getAttribute("aria-invalid"), null, "it is a hint while typing");
  await confirmation.focus();
  await page.locator("input[name=password][aria-invalid]").waitFor();
  // The form contains the user name, for the password manager.
  await password.fill(`${peter.username} ${peter.username} 1`);
  await liveMessage(page, /name/i).waitFor();
  await password.fill("short");
  await confirmation.focus();
  await liveMessage(page, /\b15\b/).waitFor();
  await password.fill(NEW_PASSWORD);
  await confirmation.fill("another");
  await submitButton(page).click();
  await liveMessage(page, /same|match/i).waitFor();
  assert.ok(await isFocused(confirmation), "the field to correct has the focus");
  assert.deepEqual(requests, [], "the page sends no form that the service would reject");
  await confirmation.fill(NEW_PASSWORD);
  await submitButton(page).click();
  await changedHeading(page).waitFor();
  assert.ok(await relatch.hasPassword(peter, NEW_PASSWORD));
  assert.deepEqual(faults, []);
  await context.close();
});

test("without the static assets the page works as it does without scripts", async () => {
  const relatch = await world();
  for (const missing of ["page.js", "relatch.wasm"]) {
    const { page, context } = await relatch.visitor();
    await page.route(`**/${missing}`, (route) => route.abort());
    await page.goto(await relatch.requestLink(await relatch.createAccount()));
    await submitPassword(page, "too short");
    const alert = page.locator(":focus");
    assert.equal(await alert.getAttribute("role"), "alert", "the service rejects the password");
    assert.match(await alert.innerText(), /\b15\b/);
    await context.close();
  }
});

test("a button shows and hides the passwords, and exists only with scripts", async () => {
  const relatch = await world();
  const link = await relatch.requestLink(await relatch.createAccount());
  const without = await relatch.visitor({ javaScriptEnabled: false });
  await without.page.goto(link);
  assert.equal(await without.page.getByRole("button").count(), 1);
  await without.context.close();

  const { page, context, faults } = await relatch.visitor();
  await page.goto(link);
  const fields = page.locator("input[autocomplete=new-password]");
  const types = () => fields.evaluateAll((inputs) => inputs.map(({ type }) => type));
  const reveal = page.locator("main form button[type=button]");
  await reveal.click();
  assert.deepEqual(await types(), ["text", "text"]);
  await reveal.click();
  assert.deepEqual(await types(), ["password", "password"]);
  await reveal.click();
  // The types on submission: a browser may store the value of a text field.
  await page.evaluate(() =>
    addEventListener("submit", ({ target }) => {
      const inputs = [...target.querySelectorAll("[autocomplete=new-password]")];
      sessionStorage.setItem(
        "types",
        inputs.map(({ type }) => type),
      );
    }),
  );
  await submitPassword(page, NEW_PASSWORD);
  assert.match(await heading(page), CHANGED);
  assert.equal(await page.evaluate(() => sessionStorage.getItem("types")), "password,password");
  assert.deepEqual(faults, []);
  await context.close();
});

test("the pages explain what to do in a browser without cookies", async () => {
  const relatch = await world();
  const link = await relatch.requestLink(await relatch.createAccount());
  const { page, context } = await relatch.visitor();
  await page.goto(link);
  await context.clearCookies();
  assert.equal(await postStatus(page, () => submitPassword(page, NEW_PASSWORD)), 403);
  assert.match(await heading(page), /link/i);
  const response = await page.goto("/password/reset");
  assert.equal(response.status(), 400);
  assert.match(await heading(page), /link/i);
  assert.match(await page.locator("main").innerText(), /another browser/);
  await context.close();
});
