// The actions of a person on the pages of the examples.
import assert from "node:assert/strict";

export const NEW_PASSWORD = "a quite new passphrase";
/** The service's answer to every request for a link. */
export const SENT =
  "An email has been sent. It contains a link you must click to reset your password.";

const submitButton = (page, field) =>
  page.locator("form", { has: field }).locator("button:not([type=button])");

/**
 * Requests a link on the page, and waits until its status contains `answer`, a string or a regular
 * expression.
 */
export async function requestLink(page, identifier, answer = SENT) {
  const field = page.locator("input[autocomplete=username]").filter({ visible: true });
  await field.fill(identifier);
  await submitButton(page, field).click();
  await page.getByRole("status").filter({ hasText: answer }).waitFor();
}

/** Sets a password in `<relatch-reset>`, and waits until the element confirms it. */
export async function setPassword(page, password) {
  const fields = page.locator("input[autocomplete=new-password]");
  for (const field of [fields.nth(0), fields.nth(1)]) await field.fill(password);
  await submitButton(page, fields.nth(0)).click();
  await page.getByRole("heading", { name: /password is set/i }).waitFor();
}

/** Returns `url` with the token of a mailed link. */
export const withToken = (url, link) => {
  const { href, searchParams } = Object.assign(new URL(url), { search: new URL(link).search });
  assert.ok(searchParams.get("token"));
  return href;
};
