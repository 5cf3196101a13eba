// The accessibility of every hosted page.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertAccessible } from "./accessibility.mjs";
import { PAGES } from "./steps.mjs";
import { end, world } from "./world.mjs";

after(end);

for (const [name, open] of Object.entries(PAGES)) {
  test(`the page "${name}" is accessible`, async () => {
    const relatch = await world();
    const account = await relatch.createAccount();
    const link = await relatch.requestLink(account);
    const { page, context, faults } = await relatch.visitor();
    await open(page, link, account);
    await assertAccessible(page, "button, .button, input:visible");
    assert.deepEqual(faults, []);
    await context.close();
  });
}
