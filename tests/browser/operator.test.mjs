// The operator's page in a real browser, without scripts: keyboard, both colour schemes, a phone.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertAccessible } from "./accessibility.mjs";
import { openOperatorPage, VIEWS } from "./operator.mjs";
import { end, world } from "./world.mjs";

after(end);

/** What people tap. */
const TARGETS = "button, input:visible, select, nav a";

test("a key opens the operator's page by keyboard and without scripts", async () => {
  const relatch = await world();
  await relatch.requestLink(await relatch.createAccount());
  const { page, context, faults } = await relatch.visitor({ javaScriptEnabled: false });
  await openOperatorPage(page, relatch.serverKey);
  const [cookie, ...others] = await context.cookies(`${relatch.base}/server/operator`);
  assert.deepEqual(others, []);
  assert.deepEqual(
    [cookie.path, cookie.httpOnly, cookie.sameSite, cookie.value.includes(relatch.serverKey)],
    ["/server/operator", true, "Strict", false],
  );
  for (const path of Object.values(VIEWS)) {
    await page.goto(path);
    assert.equal(await page.locator("h1").count(), 1);
    assert.equal(await page.locator("[aria-current=page]").count(), 1);
    assert.equal(await page.locator("script").count(), 0);
  }
  await page.goto("/server/operator?event=link_sent");
  assert.match(await page.locator("table").innerText(), /link_sent/);
  assert.deepEqual(faults, []);
  await context.close();
});

test("every view is accessible in light and dark colours, also on a phone", async () => {
  const relatch = await world();
  const { page, context } = await relatch.visitor();
  await page.goto("/server/operator");
  await assertAccessible(page, TARGETS);
  await openOperatorPage(page, relatch.serverKey);
  for (const path of Object.values(VIEWS)) {
    await page.goto(path);
    await assertAccessible(page, TARGETS);
  }
  await context.close();
});
