// What people do on the pages of the examples.
import assert from "node:assert/strict";

export const NEW = "a quite new passphrase";
export const SENT = "An email has been sent. It contains a link you must click to reset your password.";

/** Asks for a mail, and waits for this answer. */
export async function ask(page, identifier, answer = SENT) {
  await page.getByLabel("Email address or username").fill(identifier);
  await page.getByRole("button", { name: "Send reset link" }).click();
  await page.getByRole("status").filter({ hasText: answer }).waitFor();
}

/** Chooses a password in the element, and waits until it is set. */
export async function choose(page, password) {
  await page.getByLabel("New password", { exact: true }).fill(password);
  await page.getByLabel("Confirm new password").fill(password);
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByRole("heading", { name: "Your password was changed" }).waitFor();
}

/** The link's page elsewhere than where the service has it. */
export const linkAt = (address, link) => {
  const url = new URL(address);
  url.search = new URL(link).search;
  assert.ok(url.searchParams.get("token"));
  return url.href;
};
