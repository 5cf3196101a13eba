// What people do on the pages in a real browser, with scripts and without.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { ask, choose, ofOwnWords, title } from "./steps.mjs";
import { LOGIN_URL, NEW, OTHER, end, foreignSite, world } from "./world.mjs";

after(end);

const CHANGED = "Your password was changed";

for (const javaScriptEnabled of [true, false]) {
  describe(`with scripts ${javaScriptEnabled ? "on" : "off"}`, () => {
    const visitor = async (options) => (await world()).visitor({ javaScriptEnabled, ...options });

    test("somebody asks, opens the mail, chooses a password, and goes on to sign in", async () => {
      const relatch = await world();
      const { base } = relatch;
      const peter = await relatch.somebody();
      const { page, context, faults } = await visitor();
      await ask(page, peter.email);
      assert.equal(await title(page), "Check your email");
      const link = await relatch.linkTo(peter);
      const token = link.split("token=")[1];

      await page.goto(link);
      assert.equal(page.url(), `${base}/password/reset`, "the token is out of the address");
      assert.equal(await title(page), "Choose a new password");
      assert.ok(!(await page.content()).includes(token.slice(31, 60)), "and not on the page");
      assert.ok(!(await page.content()).includes(peter.email), "nor is the whole address");
      const [cookie, ...others] = await context.cookies(`${base}/password/reset`);
      assert.deepEqual(others, []);
      assert.deepEqual(
        [cookie.value, cookie.path, cookie.httpOnly, cookie.secure, cookie.sameSite],
        [token, "/password/reset", true, true, "Lax"],
      );
      assert.deepEqual(await context.cookies(`${base}/password/forgot`), []);

      await choose(page, NEW);
      assert.equal(await title(page), CHANGED);
      assert.ok(await relatch.hasPassword(peter, NEW));
      assert.equal(await page.getByRole("link", { name: "Sign in" }).getAttribute("href"), LOGIN_URL);
      assert.deepEqual((await context.cookies()).map(({ name }) => name), ["relatch-done"], "the link is deleted");
      assert.ok(!JSON.stringify(await context.cookies()).includes(token.slice(31, 60)), "the browser forgets the link");

      // Neither a reload, which sends the form again, nor the way back tells a failure.
      await page.reload();
      assert.equal(await title(page), CHANGED);
      await page.goto("/password/reset");
      assert.equal(await title(page), CHANGED);
      assert.deepEqual(faults, []);
      await context.close();
    });

    test("a refused password comes back with reasons where one looks for them, and the link still works", async () => {
      const relatch = await world();
      const peter = await relatch.somebody();
      const { page, context, faults } = await visitor();
      await page.goto(await relatch.linkFor(peter));
      // With scripts only what the service alone knows is sent at all.
      if (javaScriptEnabled) await choose(page, ofOwnWords(peter));
      else await choose(page, "too short", "and different");
      assert.equal(await title(page), "Choose a new password");
      assert.match(await page.title(), /^Error: /);
      const focused = page.locator(":focus");
      assert.equal(await focused.getAttribute("role"), "alert", "what went wrong has the focus");
      assert.match(await focused.innerText(), javaScriptEnabled ? /your name or address/ : /too short[^]*not the same/);
      for (const label of javaScriptEnabled ? ["New password"] : ["New password", "The same once more"]) {
        const field = page.getByLabel(label);
        assert.equal(await field.inputValue(), "", "what was typed is not sent back");
        assert.equal(await field.getAttribute("aria-invalid"), "true");
        for (const id of (await field.getAttribute("aria-describedby")).split(" ")) assert.ok(await page.locator(`#${id}`).innerText());
      }
      await focused.getByRole("link").first().click();
      assert.equal(page.url(), `${relatch.base}/password/reset#password`);
      await choose(page, NEW);
      assert.equal(await title(page), CHANGED);
      assert.ok(await relatch.hasPassword(peter, NEW));
      assert.deepEqual(faults, []);
      await context.close();
    });

    test("two tabs with two links: the earlier form changes nothing, the later one its own account", async () => {
      const relatch = await world();
      const [peter, john] = [await relatch.somebody(), await relatch.somebody()];
      const { page: earlier, tab, context, faults } = await visitor();
      const later = await tab();
      const link = await relatch.linkFor(peter);
      await earlier.goto(link);
      await later.goto(await relatch.linkFor(john));
      await choose(earlier, NEW);
      assert.equal(await title(earlier), "You have opened another link since");
      assert.ok(!(await relatch.hasPassword(peter, NEW)) && !(await relatch.hasPassword(john, NEW)));
      await choose(later, OTHER);
      assert.equal(await title(later), CHANGED);
      assert.ok(await relatch.hasPassword(john, OTHER));
      await earlier.goto(link);
      await choose(earlier, NEW);
      assert.equal(await title(earlier), CHANGED, "nothing was used up");
      assert.ok(await relatch.hasPassword(peter, NEW));
      assert.deepEqual(faults, []);
      await context.close();
    });

    test("a form of another site changes nothing and asks for nothing, whether the browser sends the cookie or not", async () => {
      const relatch = await world();
      const [peter, john] = [await relatch.somebody(), await relatch.somebody()];
      const { page, tab, context } = await visitor();
      await page.goto(await relatch.linkFor(peter));
      const digest = await page.locator("input[name=link]").inputValue();
      const field = (name, value) => `<input name="${name}" value="${value}">`;
      const form = (path, ...fields) => `<form method="post" action="${relatch.base}${path}">${fields.join("")}<button>win ${path}</button></form>`;
      const site = await foreignSite(
        form("/password/reset", field("link", digest), field("password", OTHER), field("again", OTHER)) + form("/password/forgot", field("identifier", john.email)),
      );
      const foreign = await tab();
      // Another port of the same host is the same site: the cookie goes along. Another host is not.
      for (const host of ["localhost", "127.0.0.1"]) {
        for (const path of ["/password/reset", "/password/forgot"]) {
          await foreign.goto(`http://${host}:${site.port}/`);
          const [answer] = await Promise.all([foreign.waitForResponse((response) => response.request().method() === "POST"), foreign.getByRole("button", { name: path }).click()]);
          assert.equal(answer.status(), 403);
          await foreign.waitForLoadState();
          assert.equal(await title(foreign), "This form came from another site");
        }
      }
      site.stop();
      assert.ok(!(await relatch.hasPassword(peter, OTHER)));
      await choose(page, NEW);
      assert.equal(await title(page), CHANGED, "the link is not used up");
      await context.close();
    });

    test("a double click changes the password once and tells no failure", async () => {
      const relatch = await world();
      const peter = await relatch.somebody();
      const { page, context } = await visitor();
      await page.goto(await relatch.linkFor(peter));
      let posts = 0;
      page.on("request", (request) => (posts += request.method() === "POST" ? 1 : 0));
      await page.getByLabel("New password").fill(NEW);
      await page.getByLabel("The same once more").fill(NEW);
      await page.getByRole("button", { name: "Change password" }).dblclick();
      await page.getByRole("heading", { name: CHANGED }).waitFor();
      assert.ok(await relatch.hasPassword(peter, NEW));
      if (javaScriptEnabled) assert.equal(posts, 1);
      await context.close();
    });

    test("the keyboard alone is enough", async () => {
      const relatch = await world();
      const peter = await relatch.somebody();
      const { page, context } = await visitor();
      const press = async (...keys) => {
        for (const key of keys) await page.keyboard.press(key);
      };
      await page.goto("/password/forgot");
      await press("Tab");
      await page.keyboard.type(peter.email);
      await press("Enter");
      await page.getByRole("heading", { name: "Check your email" }).waitFor();
      await page.goto(await relatch.linkTo(peter));
      await press("Tab");
      await page.keyboard.type(NEW);
      await press("Tab");
      await page.keyboard.type(NEW);
      if (javaScriptEnabled) {
        await press("Tab", "Space");
        assert.equal(await page.getByLabel("New password").getAttribute("type"), "text");
      }
      await press("Tab");
      assert.equal(await page.locator(":focus").innerText(), "Change password");
      const outline = await page.locator(":focus").evaluate((element) => getComputedStyle(element).outlineStyle);
      assert.equal(outline, "solid", "the focus is seen");
      await press("Enter");
      await page.getByRole("heading", { name: CHANGED }).waitFor();
      assert.ok(await relatch.hasPassword(peter, NEW));
      await context.close();
    });

    test("links that do not work say so and lead to a new one", async () => {
      const relatch = await world();
      const peter = await relatch.somebody();
      const link = await relatch.linkFor(peter);
      const { page, context, faults } = await visitor();
      await page.goto(link);
      await choose(page, NEW);
      for (const [address, said] of [
        [link, "This link has been used"],
        [link.slice(0, -3), "This link does not work"],
        [`${relatch.base}/password/reset?token=`, "This link does not work"],
      ]) {
        await page.goto(address);
        assert.equal(await title(page), said);
        assert.equal(page.url(), `${relatch.base}/password/reset`);
        await page.getByRole("link", { name: "Ask for a new link" }).click();
        assert.equal(page.url(), `${relatch.base}/password/forgot`);
      }
      assert.deepEqual(faults, []);
      await context.close();
    });
  });
}

test("what is wrong with a password is said while one types, by the service's own rules and without asking it", async () => {
  const relatch = await world();
  const peter = await relatch.somebody();
  const { page, context, faults } = await relatch.visitor();
  await page.goto(await relatch.linkFor(peter));
  await page.waitForLoadState("networkidle");
  const sent = [];
  page.on("request", (request) => sent.push(request.url()));
  const [first, second] = [page.getByLabel("New password"), page.getByLabel("The same once more")];
  await first.fill("passwordpassword");
  const reason = page.getByText("tried first");
  await reason.waitFor();
  assert.equal(await reason.getAttribute("aria-live"), "polite");
  assert.equal(await first.getAttribute("aria-invalid"), null, "while one types it is a hint");
  await second.focus();
  await page.locator("#password[aria-invalid]").waitFor();
  // The user name stands in the form, for the password manager.
  await first.fill(`${peter.username} ${peter.username} 1`);
  await page.getByText("your name or address").waitFor();
  await first.fill("short");
  await second.focus();
  await page.getByText("at least 15 characters").waitFor();
  await first.fill(NEW);
  await second.fill("another");
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByText("not the same").waitFor();
  assert.ok(await second.evaluate((field) => field === document.activeElement), "the field to correct has the focus");
  assert.deepEqual(sent, [], "nothing was sent that would come back");
  await second.fill(NEW);
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByText(CHANGED).waitFor();
  assert.ok(await relatch.hasPassword(peter, NEW));
  assert.deepEqual(faults, []);
  await context.close();
});

test("where the assets are not to be had, the page works as it does without scripts", async () => {
  const relatch = await world();
  for (const lost of ["page.js", "relatch.wasm"]) {
    const { page, context } = await relatch.visitor();
    await page.route(`**/${lost}`, (route) => route.abort());
    await page.goto(await relatch.linkFor(await relatch.somebody()));
    await choose(page, "too short");
    assert.match(await page.locator(":focus").innerText(), /too short/, "the service says so");
    await context.close();
  }
});

test("passwords are shown and hidden by a button that is there only where it works", async () => {
  const relatch = await world();
  const link = await relatch.linkFor(await relatch.somebody());
  const without = await relatch.visitor({ javaScriptEnabled: false });
  await without.page.goto(link);
  assert.equal(await without.page.getByRole("button").count(), 1);
  await without.context.close();

  const { page, context, faults } = await relatch.visitor();
  await page.goto(link);
  const types = () => page.locator("input[autocomplete=new-password]").evaluateAll((fields) => fields.map(({ type }) => type));
  await page.getByRole("button", { name: "Show passwords" }).click();
  assert.deepEqual(await types(), ["text", "text"]);
  await page.getByRole("button", { name: "Hide passwords" }).click();
  assert.deepEqual(await types(), ["password", "password"]);
  await page.getByRole("button", { name: "Show passwords" }).click();
  // The types at the moment of sending: a browser may keep what a text field held.
  await page.evaluate(() => addEventListener("submit", () => sessionStorage.setItem("types", [...document.querySelectorAll("[autocomplete=new-password]")].map(({ type }) => type))));
  await choose(page, NEW);
  assert.equal(await title(page), CHANGED);
  assert.equal(await page.evaluate(() => sessionStorage.getItem("types")), "password,password");
  assert.deepEqual(faults, []);
  await context.close();
});

test("a browser without cookies is told what to do", async () => {
  const relatch = await world();
  const link = await relatch.linkFor(await relatch.somebody());
  const { page, context } = await relatch.visitor();
  await page.goto(link);
  await context.clearCookies();
  await choose(page, NEW);
  assert.equal(await title(page), "Open the link in your email again");
  await page.goto("/password/reset");
  assert.equal(await title(page), "Open the link in your email");
  await context.close();
});
