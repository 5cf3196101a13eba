// The looks of applications on their pages, in a real browser.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertAccessible } from "./accessibility.mjs";
import { GALLERY } from "./gallery.mjs";
import { BRANDED, PAGES } from "./looks.mjs";
import { end, world } from "./world.mjs";

after(end);

for (const application of BRANDED) {
  test(`the pages of ${application} are accessible in both colour schemes`, async () => {
    const relatch = await world();
    const { page, context, faults } = await relatch.visitor();
    for (const name of PAGES) {
      await page.goto(`${application}${GALLERY}?page=${name}&locale=de`);
      await assertAccessible(page, "main button, .button, input:visible");
    }
    assert.deepEqual(faults, []);
    await context.close();
  });
}

test("a page has the color, the logo and the link of its application", async () => {
  const relatch = await world();
  const { page, context, faults } = await relatch.visitor({ javaScriptEnabled: false });
  await page.goto("/apps/deep/password/forgot");
  const logo = page.locator("header a img");
  assert.equal(await logo.getAttribute("alt"), "deep");
  assert.ok(await logo.evaluate((image) => image.complete && image.naturalWidth > 0));
  assert.equal(await page.locator("header a").getAttribute("href"), "https://app.example.com/");
  const colors = () =>
    page.locator("form button").evaluate((button) => {
      const { backgroundColor, color } = getComputedStyle(button);
      return [backgroundColor, color];
    });
  await page.emulateMedia({ colorScheme: "light" });
  assert.deepEqual(await colors(), ["rgb(11, 46, 111)", "rgb(255, 255, 255)"]);
  await page.emulateMedia({ colorScheme: "dark" });
  assert.deepEqual(await colors(), ["rgb(143, 180, 255)", "rgb(0, 0, 0)"]);
  await page.goto("/apps/plain/password/forgot");
  assert.equal(await page.locator("header a").count(), 0);
  assert.equal(await page.locator("header img").getAttribute("alt"), "Plain");
  assert.deepEqual(faults, []);
  await context.close();
});
