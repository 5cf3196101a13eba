// Where the client's module is slow, missing, or cannot run: in browsers without WebAssembly, such
// as those in Apple's Lockdown Mode and the Tor Browser.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  alert,
  en,
  heading,
  identifierField,
  newLink,
  passwordField,
  requestButton,
  requestElement,
  resetElement,
  visit,
} from "./elements.mjs";
import { endSite, site, submitPassword } from "./site.mjs";
import { end, NEW_PASSWORD, world } from "./world.mjs";

after(async () => {
  await endSite();
  await end();
});

const withoutWebAssembly = (page) =>
  page.addInitScript(() => {
    delete globalThis.WebAssembly;
  });
const abort = (route) => route.abort();
const continueLink = (page) => page.getByRole("link", { name: en["blocked.continue"] });

test("without WebAssembly, both elements work with the fallback", async () => {
  const relatch = await world();
  const account = await relatch.createAccount();
  const loaded = [];
  const before = async (page) => {
    await withoutWebAssembly(page);
    page.on("request", (request) => loaded.push(new URL(request.url()).pathname));
  };
  const forgot = await visit(requestElement(), { before });
  await identifierField(forgot.page).fill(account.email);
  await requestButton(forgot.page).click();
  await heading(forgot.page, en["sent.title"]);
  await forgot.close();
  const { token } = await newLink(relatch);

  const { page, close } = await visit(resetElement(), { query: `#token=${token}`, before });
  await page.getByText("15 to 128 characters").waitFor();
  assert.doesNotMatch(page.url(), /token/);
  await submitPassword(page, "password12345678");
  await page.getByText(en["reason.common"]).waitFor();
  await submitPassword(page, NEW_PASSWORD);
  await heading(page, en["changed.title"]);
  assert.ok(loaded.includes("/relatch/fallback.js"));
  assert.ok(!loaded.includes("/relatch/relatch.wasm"));
  await close({ network: true });
});

test("a browser with WebAssembly never loads the fallback", async () => {
  const loaded = [];
  const before = async (page) => {
    page.on("request", (request) => loaded.push(new URL(request.url()).pathname));
  };
  const { page, close } = await visit(requestElement(), { before });
  await identifierField(page).fill("unknown@mail.example");
  await requestButton(page).click();
  await heading(page, en["sent.title"]);
  assert.ok(loaded.includes("/relatch/relatch.wasm"));
  assert.ok(!loaded.includes("/relatch/fallback.js"));
  await close();
});

test("without WebAssembly and the fallback, the elements lead to the hosted page", async () => {
  const relatch = await world();
  const before = async (page) => {
    await withoutWebAssembly(page);
    await page.route("**/fallback.js", abort);
  };
  const forgot = await visit(requestElement('application="shop"'), { before });
  await identifierField(forgot.page).fill("peter");
  await requestButton(forgot.page).click();
  await alert(forgot.page).getByText(en["blocked.text"]).waitFor();
  const forgotten = `${relatch.base}/apps/shop/password/forgot`;
  assert.equal(await continueLink(forgot.page).getAttribute("href"), forgotten);
  assert.deepEqual(
    (await forgot.events()).map(({ code }) => code),
    ["module_unavailable"],
  );
  await forgot.context.close();

  const { account, token } = await newLink(relatch);
  const reset = await visit(resetElement(), { query: `?token=${token}`, before });
  await alert(reset.page).getByText(en["blocked.title"]).waitFor();
  assert.doesNotMatch(reset.page.url(), /token/);
  await continueLink(reset.page).click();
  await reset.page.waitForURL(`${relatch.base}/password/reset`);
  await submitPassword(reset.page, NEW_PASSWORD);
  await heading(reset.page, "Your password was changed");
  assert.ok(await relatch.hasPassword(account, NEW_PASSWORD));
  await reset.context.close();

  // Without a link in the URL, that page is the one that requests another.
  const missing = await visit(resetElement(), { before });
  await heading(missing.page, en["link_missing.title"]);
  await missing.context.close();
});

test("a missing module is a fault of the page, which leads to the hosted page as well", async () => {
  const relatch = await world();
  const { token } = await newLink(relatch);
  const before = (page) => page.route("**/relatch.wasm", abort);
  const { page, context } = await visit(resetElement(), { query: `?token=${token}`, before });
  await alert(page).getByText(en["not_set_up.title"]).waitFor();
  const href = `${relatch.base}/password/reset?token=${token}`;
  assert.equal(await continueLink(page).getAttribute("href"), href);
  assert.equal(await continueLink(page).getAttribute("rel"), "noreferrer");
  assert.doesNotMatch(page.url(), /token/);
  await context.close();
});

test("no link leads from the elements to a service without TLS", async () => {
  const { page, context } = await visit(
    '<relatch-request base-url="http://accounts.example.com"></relatch-request>',
    { before: (page) => page.route("**/relatch.wasm", abort) },
  );
  await identifierField(page).fill("peter");
  await requestButton(page).click();
  await alert(page).getByText(en["not_set_up.title"]).waitFor();
  assert.equal(await continueLink(page).count(), 0);
  await context.close();
});

for (const [name, before] of [
  ["while relatch.wasm is on its way", (page) => page.route("**/relatch.wasm", () => {})],
  ["if relatch.wasm is missing", (page) => page.route("**/relatch.wasm", abort)],
  ["without WebAssembly", withoutWebAssembly],
]) {
  test(`\`takeLink\` removes the token at once, ${name}`, async () => {
    const { addFile } = await site();
    const { token } = await newLink(await world());
    const script = addFile(
      `/take-${name.replaceAll(/\W+/g, "-")}.js`,
      `import { takeLink } from "/relatch/browser.js";
      const taken = takeLink();
      globalThis.after = location.href;
      globalThis.taken = taken.then(({ token }) => token);`,
    );
    const head = `<script type="module" src="${script}"></script>`;
    for (const query of [
      `?token=${token}`,
      `#token=${token}`,
      `#${token}`,
      `?a=1&hash=${token}#b`,
    ]) {
      const { page, context } = await visit("", { query, head, before });
      await page.waitForFunction(() => globalThis.after);
      assert.ok(!(await page.evaluate(() => after)).includes(token), query);
      assert.equal(await page.evaluate(() => taken), token);
      await context.close();
    }
  });
}

for (const attribute of ["", 'username=""', 'username=" "']) {
  test(`password managers get no empty name from \`<relatch-reset ${attribute}>\``, async () => {
    const { token } = await newLink(await world());
    const { page, close } = await visit(resetElement(attribute), { query: `?token=${token}` });
    await passwordField(page).waitFor();
    assert.equal(await page.locator("input[autocomplete=username]").count(), 0);
    await close();
  });
}
