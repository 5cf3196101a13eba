// `make screenshots`: takes a picture of every state of the elements, in light and dark colours, on
// a phone and a desktop, and in pseudo-languages, into target/screenshots.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { newLink } from "./elements.mjs";
import { root } from "./programs.mjs";
import { PSEUDO, showIn } from "./pseudo.mjs";
import { endSite, STATES, site } from "./site.mjs";
import { end } from "./world.mjs";

const screenshots = join(root, "target", "screenshots");
mkdirSync(screenshots, { recursive: true });

const SIZES = { phone: { width: 390, height: 760 }, desk: { width: 900, height: 760 } };

try {
  const { relatch, addPage } = await site();
  for (const [name, { body, open }] of Object.entries(STATES)) {
    const token = name.startsWith("reset") ? (await newLink(relatch)).token : "";
    const { page, context } = await relatch.visitor({ deviceScaleFactor: 2 });
    await open(page, addPage(body(relatch)), token);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      for (const [size, viewport] of Object.entries(SIZES)) {
        await page.setViewportSize(viewport);
        const path = join(screenshots, `element-${name}-${colorScheme}-${size}.png`);
        await page.screenshot({ path, fullPage: true });
      }
    }
    await page.setViewportSize(SIZES.phone);
    for (const language of PSEUDO) {
      await showIn(page, language);
      const path = join(screenshots, `element-${name}-${language}-phone.png`);
      await page.screenshot({ path, fullPage: true });
    }
    await context.close();
  }
  console.log(`screenshots: ${screenshots}`);
} finally {
  await endSite();
  await end();
}
