// What every page has to be, ours and one with our elements: without fault by the rules that assistive technology goes by, in light
// and dark, on a phone and a desk; and fit for a narrow screen and a finger.
import assert from "node:assert/strict";
import { axe } from "./world.mjs";

const SIZES = { phone: { width: 360, height: 740 }, desk: { width: 1280, height: 800 } };
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Looks at a page. `targets` is what fingers have to hit. */
export async function faultless(page, targets) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.setViewportSize(viewport);
      await page.evaluate(axe());
      const { violations, incomplete } = await page.evaluate((runOnly) => globalThis.axe.run(document, { runOnly }), RULES);
      const told = [...violations, ...incomplete].map(({ id, nodes }) => `${id}: ${nodes.map(({ html, any }) => `${html} ${any[0]?.message ?? ""}`).join("; ")}`);
      assert.deepEqual(told, [], `${colorScheme}, ${size}`);
    }
  }
  // As narrow as a page of 1280 pixels at 400 %: nothing has to be scrolled sideways (WCAG 1.4.10).
  await page.setViewportSize({ width: 320, height: 640 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 320), "it is wider than the screen");
  for (const target of await page.locator(targets).all()) {
    const { height } = await target.boundingBox();
    assert.ok(height >= 44, `${await target.evaluate((element) => element.outerHTML)} is ${height} high`);
  }
}
