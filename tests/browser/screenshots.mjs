// `make screenshots`: every page in light and dark, on a phone and a desk, into target/screenshots; and the two that
// stand in the README, into docs.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PAGES } from "./steps.mjs";
import { end, world } from "./world.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const all = join(root, "target", "screenshots");
const docs = join(root, "docs");
for (const folder of [all, docs]) mkdirSync(folder, { recursive: true });

const SIZES = { phone: { width: 390, height: 760 }, desk: { width: 900, height: 760 } };
const IN_README = { "reset-light-phone": "choose-a-password.png", "reset-wrong-dark-phone": "choose-a-password-dark.png" };

try {
  const relatch = await world();
  for (const [name, open] of Object.entries(PAGES)) {
    const username = `peter${Object.keys(PAGES).indexOf(name) || ""}`;
    const person = await relatch.somebody({ username, email: `${username}.miller@example.com` });
    const link = await relatch.linkFor(person);
    const { page, context } = await relatch.visitor({ deviceScaleFactor: 2 });
    await open(page, link, person);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      for (const [size, viewport] of Object.entries(SIZES)) {
        await page.setViewportSize(viewport);
        const shot = `${name}-${colorScheme}-${size}`;
        await page.screenshot({ path: join(all, `${shot}.png`), fullPage: true });
        if (IN_README[shot]) await page.screenshot({ path: join(docs, IN_README[shot]), scale: "css", fullPage: true });
      }
    }
    await context.close();
  }
  console.log(`screenshots: ${all}`);
} finally {
  await end();
}
