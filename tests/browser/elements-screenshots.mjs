// The elements as pictures, in light and dark, on a phone and a desk: `pictures(folder)`; or run by itself, into
// target/screenshots.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { LOOKS, endSite, site, tokenOf } from "./site.mjs";
import { end } from "./world.mjs";

const SIZES = { phone: { width: 390, height: 760 }, desk: { width: 900, height: 760 } };

/** Writes them, and calls `taken` with the page and the name of each while it looks like that. */
export async function pictures(folder, taken = async () => {}) {
  const { relatch, page: put } = await site();
  for (const [name, { body, open }] of Object.entries(LOOKS)) {
    const token = name.startsWith("reset") ? tokenOf(await relatch.linkFor(await relatch.somebody())) : "";
    const { page, context } = await relatch.visitor({ deviceScaleFactor: 2 });
    await open(page, put(body(relatch)), token);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      for (const [size, viewport] of Object.entries(SIZES)) {
        await page.setViewportSize(viewport);
        const shot = `element-${name}-${colorScheme}-${size}`;
        await page.screenshot({ path: join(folder, `${shot}.png`), fullPage: true });
        await taken(page, shot);
      }
    }
    await context.close();
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const folder = fileURLToPath(new URL("../../target/screenshots", import.meta.url));
  mkdirSync(folder, { recursive: true });
  try {
    await pictures(folder);
    console.log(`screenshots: ${folder}`);
  } finally {
    await endSite();
    await end();
  }
}
