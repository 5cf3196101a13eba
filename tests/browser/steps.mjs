// The actions of a person on the hosted pages, and a way to reach every page.
import { NEW_PASSWORD } from "./world.mjs";

/** Returns the text of the page's main heading. */
export const heading = (page) => page.locator("h1").innerText();

/** Returns the button that submits the page's form. */
export const submitButton = (page) => page.locator("main form button:not([type=button])");

export const passwordField = (page) => page.locator("input[name=password]");
export const confirmationField = (page) => page.locator("input[name=again]");

/** Returns the message about a password that appears while a person types. */
export const liveMessage = (page, text) =>
  page.locator("[aria-live=polite]").filter({ hasText: text });

/**
 * Submits the page's form and waits until the next page is complete: a click returns as soon as the
 * response begins, when the document has no title yet.
 */
export const submitForm = (page) =>
  Promise.all([page.waitForEvent("load"), submitButton(page).click()]);

/** Fills the form for a new password and submits it. */
export async function submitPassword(page, password, confirmation = password) {
  await passwordField(page).fill(password);
  await confirmationField(page).fill(confirmation);
  await submitForm(page);
}

/** Requests a reset on the hosted page. */
export async function requestReset(page, identifier) {
  await page.goto("/password/forgot");
  await page.locator("input[name=identifier]").fill(identifier);
  await submitForm(page);
}

/**
 * Returns a password that only the service rejects as personal: the domain of the account's
 * address, twice. The page's script knows only the user name.
 */
export const personalPassword = ({ email }) => Array(2).fill(email.split("@")[1]).join(" ");

/** By the name of each page, a function that opens it, given a tab, a link and its account. */
export const PAGES = {
  forgot: (page) => page.goto("/password/forgot"),
  "forgot-wrong": (page) => requestReset(page, ""),
  sent: (page) => requestReset(page, "peter@example.com"),
  reset: (page, link) => page.goto(link),
  "reset-typing": async (page, link) => {
    await page.goto(link);
    await passwordField(page).fill("password1");
    await confirmationField(page).focus();
    await liveMessage(page, /common/i).waitFor();
  },
  "reset-wrong": async (page, link, account) => {
    await page.goto(link);
    await submitPassword(page, personalPassword(account));
  },
  "link-damaged": (page, link) => page.goto(link.slice(0, -10)),
  "no-link": (page) => page.goto("/password/reset"),
  changed: async (page, link) => {
    await page.goto(link);
    await submitPassword(page, NEW_PASSWORD);
  },
};
