// Accessibility of a page: axe-core's rules in light and dark colours on a phone and a desktop,
// narrow screens, and the size of touch targets.
import assert from "node:assert/strict";
import { axeSource } from "./world.mjs";

const SIZES = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 800 } };
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const describe = ({ id, nodes }) =>
  `${id}: ${nodes.map(({ html, any }) => `${html} ${any[0]?.message ?? ""}`).join("; ")}`;

/** Rules about a whole page, which a mail within the page of a mail program is not. */
export const PAGE_RULES = ["bypass", "landmark-one-main", "page-has-heading-one", "region"];

/**
 * Asserts that a page is accessible. `targets` selects the elements that people tap, and `except`
 * names rules that do not apply.
 */
export async function assertAccessible(page, targets, except = []) {
  // A sandboxed frame runs no script, so not axe-core's either.
  const disabled = ["frame-tested", ...except].map((rule) => [rule, { enabled: false }]);
  const options = { runOnly: RULES, iframes: false, rules: Object.fromEntries(disabled) };
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.setViewportSize(viewport);
      await page.evaluate(axeSource());
      const run = (options) => globalThis.axe.run(document, options);
      const { violations, incomplete } = await page.evaluate(run, options);
      const findings = [...violations, ...incomplete].map(describe);
      assert.deepEqual(findings, [], `${colorScheme}, ${size}`);
    }
  }
  // 320 pixels are a 1280 pixel wide page at 400 %: it must not scroll sideways (WCAG 1.4.10).
  await page.setViewportSize({ width: 320, height: 640 });
  const fits = await page.evaluate(() => document.documentElement.scrollWidth <= 320);
  assert.ok(fits, "the page is wider than the screen");
  for (const target of await page.locator(targets).all()) {
    const { height } = await target.boundingBox();
    const html = await target.evaluate((element) => element.outerHTML);
    assert.ok(height >= 44, `${html} is only ${height} pixels high`);
  }
}
