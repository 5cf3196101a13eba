// `make screenshots`: takes a picture of every hosted page, in light and dark colours, on a phone
// and a desktop, and in pseudo-languages, into target/screenshots. The two that the README shows
// also go to docs.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openOperatorPage, VIEWS } from "./operator.mjs";
import { root } from "./programs.mjs";
import { PSEUDO, showIn } from "./pseudo.mjs";
import { PAGES } from "./steps.mjs";
import { end, world } from "./world.mjs";

const screenshots = join(root, "target", "screenshots");
const docs = join(root, "docs");
for (const folder of [screenshots, docs]) mkdirSync(folder, { recursive: true });

const SIZES = { phone: { width: 390, height: 760 }, desk: { width: 900, height: 760 } };
const IN_README = {
  "reset-light-phone": "choose-a-password.png",
  "reset-wrong-dark-phone": "choose-a-password-dark.png",
};

/** Takes the pictures of a page, in each colour scheme and size. */
async function takePictures(page, name) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.setViewportSize(viewport);
      const shot = `${name}-${colorScheme}-${size}`;
      await page.screenshot({ path: join(screenshots, `${shot}.png`), fullPage: true });
      if (!IN_README[shot]) continue;
      const path = join(docs, IN_README[shot]);
      await page.screenshot({ path, scale: "css", fullPage: true });
    }
  }
}

try {
  const relatch = await world();
  for (const [name, open] of Object.entries(PAGES)) {
    const username = `peter${Object.keys(PAGES).indexOf(name) || ""}`;
    const email = `${username}.miller@example.com`;
    const account = await relatch.createAccount({ username, email });
    const link = await relatch.requestLink(account);
    const { page, context } = await relatch.visitor({ deviceScaleFactor: 2 });
    await open(page, link, account);
    await takePictures(page, name);
    await page.setViewportSize(SIZES.phone);
    for (const language of PSEUDO) {
      await showIn(page, language);
      const path = join(screenshots, `${name}-${language}-phone.png`);
      await page.screenshot({ path, fullPage: true });
    }
    await context.close();
  }
  const { page, context } = await relatch.visitor({ deviceScaleFactor: 2 });
  await openOperatorPage(page, relatch.serverKey);
  for (const [name, path] of Object.entries(VIEWS)) {
    await page.goto(path);
    await takePictures(page, name);
  }
  await context.close();
  console.log(`screenshots: ${screenshots}`);
} finally {
  await end();
}
