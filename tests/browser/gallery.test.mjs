// The gallery in a real browser: its frames show the mails, and nothing is too wide for a phone.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertAccessible, PAGE_RULES } from "./accessibility.mjs";
import { GALLERY, samples } from "./gallery.mjs";
import { end, world } from "./world.mjs";

after(end);

test("the gallery and its mails are accessible", async () => {
  const relatch = await world();
  const { page, context, faults } = await relatch.visitor();
  for (const query of ["", "?mail=link&locale=ja", "?mail=notice-several&locale=de"]) {
    await page.goto(GALLERY + query);
    await assertAccessible(page, "nav a");
  }
  for (const query of ["?mail=link&locale=ja", "?mail=notice-several&locale=de"]) {
    // The service sends a mail with a policy that lets no script run, so not axe-core's either.
    const mail = await page.request.get(`${GALLERY}${query}&part=html`);
    await page.goto("about:blank");
    await page.setContent(await mail.text());
    await assertAccessible(page, ".button", PAGE_RULES);
  }
  assert.deepEqual(faults, []);
  await context.close();
});

test("a mail is shown in two widths, and nothing in it runs", async () => {
  const relatch = await world();
  const { page, context, faults } = await relatch.visitor();
  await page.goto(`${GALLERY}?mail=link&locale=de`);
  assert.match(await page.locator("pre").innerText(), /Ada Lovelace/);
  const frames = await page.locator("iframe").all();
  assert.equal(frames.length, 2);
  for (const frame of frames) {
    assert.equal(await frame.getAttribute("sandbox"), "");
    const text = await frame.contentFrame().locator("body").innerText();
    assert.match(text, /Ada Lovelace/);
    assert.match(text, /Passwort/);
  }
  assert.deepEqual(faults, []);
  await context.close();
});

/** Languages with long words, with long texts, and without blanks. */
const LANGUAGES = ["de", "pl", "ja"];

test("no mail and no page is wider than a phone", async () => {
  const relatch = await world();
  const { page, context } = await relatch.visitor({ viewport: { width: 320, height: 640 } });
  const all = await samples(page);
  for (const { path } of all.filter(({ tag }) => LANGUAGES.includes(tag))) {
    await page.goto(path);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 320, `${path} is ${width} pixels wide`);
  }
  await context.close();
});
