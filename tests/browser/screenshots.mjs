// `make screenshots`: takes a picture of every hosted page and every mail, in light and dark colours,
// on a phone and a desktop, and in other languages and pseudo-languages, into target/screenshots. Two
// of them also go to docs.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GALLERY, samples } from "./gallery.mjs";
import { BRANDED, PAGES as BRANDED_PAGES } from "./looks.mjs";
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

/** The mails and pages with a picture in every language. */
const IN_LANGUAGES = ["link", "ambiguous", "notice-reset", "sent", "reset-wrong"];

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

/** Takes the pictures in the pseudo-languages on a phone, after `show` has shown each. */
async function takePseudo(page, name, show) {
  await page.setViewportSize(SIZES.phone);
  for (const language of PSEUDO) {
    await show(language);
    const path = join(screenshots, `${name}-${language}-phone.png`);
    await page.screenshot({ path, fullPage: true });
  }
}

/** The mails in the pseudo-languages: the templates lay them out, so the domain writes them. */
const mails = join(root, "target", "pseudo-mails");
execFileSync(
  "cargo",
  ["run", "--quiet", "-p", "relatch-tests", "--example", "pseudo_mails", "--", mails],
  { cwd: root, stdio: "inherit" },
);

try {
  const relatch = await world();
  for (const [name, open] of Object.entries(PAGES)) {
    const username = `peter${Object.keys(PAGES).indexOf(name) || ""}`;
    const email = `${username}.miller@mail.example`;
    const account = await relatch.createAccount({ username, email });
    const link = await relatch.requestLink(account);
    const { page, context } = await relatch.visitor({ deviceScaleFactor: 2 });
    await open(page, link, account);
    await takePictures(page, name);
    await takePseudo(page, name, (language) => showIn(page, language));
    await context.close();
  }
  const { page, context } = await relatch.visitor({ deviceScaleFactor: 2 });
  await openOperatorPage(page, relatch.serverKey);
  for (const [name, path] of Object.entries(VIEWS)) {
    await page.goto(path);
    await takePictures(page, name);
  }
  for (const { kind, name, path } of (await samples(page)).filter(({ tag }) => tag === "en")) {
    // The other pages have their pictures above.
    if (kind !== "mail") continue;
    await page.goto(path);
    await takePictures(page, `mail-${name}`);
    const html = (language) => readFileSync(join(mails, `mail-${name}-${language}.html`), "utf8");
    await takePseudo(page, `mail-${name}`, (language) => page.setContent(html(language)));
  }
  for (const application of BRANDED)
    for (const name of BRANDED_PAGES) {
      await page.goto(`${application}${GALLERY}?page=${name}&locale=en`);
      await takePictures(page, `${application.split("/").pop()}-${name}`);
    }
  await page.setViewportSize(SIZES.phone);
  for (const { kind, name, tag, path } of await samples(page)) {
    if (!IN_LANGUAGES.includes(name) || tag === "en") continue;
    await page.goto(path);
    const shot = join(screenshots, `${kind}-${name}-${tag}-phone.png`);
    await page.screenshot({ path: shot, fullPage: true });
  }
  await context.close();
  console.log(`screenshots: ${screenshots}`);
} finally {
  await end();
}
