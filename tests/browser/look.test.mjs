// How the pages look and read: by the rules that assistive technology goes by, in light and dark, on a phone and a desk.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { faultless } from "./faultless.mjs";
import { PAGES } from "./steps.mjs";
import { end, world } from "./world.mjs";

after(end);

for (const [name, open] of Object.entries(PAGES)) {
  test(`${name}: no fault is found in it, in light and dark, on a phone and a desk`, async () => {
    const relatch = await world();
    const person = await relatch.somebody();
    const link = await relatch.linkFor(person);
    const { page, context, faults } = await relatch.visitor();
    await open(page, link, person);
    await faultless(page, "button, .button, input:visible");
    assert.deepEqual(faults, []);
    await context.close();
  });
}
