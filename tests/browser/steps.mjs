// What people do on the pages, and every page that they may see.
import { NEW } from "./world.mjs";

export const title = (page) => page.locator("h1").innerText();

/** Fills the form of a link and sends it. */
export async function choose(page, first, second = first) {
  await page.getByLabel("New password").fill(first);
  await page.getByLabel("The same once more").fill(second);
  await page.getByRole("button", { name: "Change password" }).click();
}

/** Asks for a mail. */
export async function ask(page, typed) {
  await page.goto("/password/forgot");
  await page.getByLabel("E-mail address or user name").fill(typed);
  await page.getByRole("button", { name: "Mail me a link" }).click();
}

/** A password that only the service knows to be made of somebody's own words. */
export const ofOwnWords = ({ email }) => Array(2).fill(email.split("@")[1]).join(" ");

/** Every kind of page by its name, and how to get there with a fresh link. */
export const PAGES = {
  forgot: (page) => page.goto("/password/forgot"),
  "forgot-wrong": (page) => ask(page, "a@example.com, b@example.com"),
  sent: (page) => ask(page, "peter@example.com"),
  reset: (page, link) => page.goto(link),
  "reset-typing": async (page, link) => {
    await page.goto(link);
    await page.getByLabel("New password").fill("password1");
    await page.getByLabel("The same once more").focus();
    await page.getByText("tried first").waitFor();
  },
  "reset-wrong": async (page, link, person) => {
    await page.goto(link);
    await choose(page, ofOwnWords(person));
  },
  "link-damaged": (page, link) => page.goto(link.slice(0, -10)),
  "no-link": (page) => page.goto("/password/reset"),
  changed: async (page, link) => {
    await page.goto(link);
    await choose(page, NEW);
  },
};
