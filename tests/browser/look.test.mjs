// How the pages look and read: by the rules that assistive technology goes by, in light and dark, on a phone and a desk.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { PAGES } from "./steps.mjs";
import { axe, end, world } from "./world.mjs";

after(end);

const SIZES = { phone: { width: 360, height: 740 }, desk: { width: 1280, height: 800 } };

for (const [name, open] of Object.entries(PAGES)) {
  test(`${name}: no fault is found in it, in light and dark, on a phone and a desk`, async () => {
    const relatch = await world();
    const person = await relatch.somebody();
    const link = await relatch.linkFor(person);
    const { page, context, faults } = await relatch.visitor();
    await open(page, link, person);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      for (const [size, viewport] of Object.entries(SIZES)) {
        await page.setViewportSize(viewport);
        await page.evaluate(axe());
        const { violations, incomplete } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
        const told = [...violations, ...incomplete].map(({ id, nodes }) => `${id}: ${nodes.map(({ html, any }) => `${html} ${any[0]?.message ?? ""}`).join("; ")}`);
        assert.deepEqual(told, [], `${colorScheme}, ${size}`);
      }
    }
    // As narrow as a page of 1280 pixels at 400 %: nothing has to be scrolled sideways (WCAG 1.4.10).
    await page.setViewportSize({ width: 320, height: 640 });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 320), "it is wider than the screen");
    for (const target of await page.locator("button, .button, input:visible").all()) {
      const { height } = await target.boundingBox();
      assert.ok(height >= 44, `${await target.evaluate((element) => element.outerHTML)} is ${height} high`);
    }
    assert.deepEqual(faults, []);
    await context.close();
  });
}
