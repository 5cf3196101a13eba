// The live check of the password in `<relatch-reset>`. The hosted page runs the same code
// (pages.test.mjs).
import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  alert,
  descriptionOf,
  en,
  focused,
  heading,
  newLink,
  passwordField,
  repeatField,
  resetButton,
  resetElement,
  TOO_SHORT,
  visit,
} from "./elements.mjs";
import { endSite, submitPassword } from "./site.mjs";
import { end, NEW_PASSWORD, world } from "./world.mjs";

after(async () => {
  await endSite();
  await end();
});

/** Opens the form with a fresh link and waits for the password rules. */
async function openForm(attributes) {
  const relatch = await world();
  const { account, token } = await newLink(relatch);
  const more = typeof attributes === "function" ? attributes(account) : attributes;
  const visitor = await visit(resetElement(more), { query: `?token=${token}` });
  await visitor.page.getByText("15 to 128 characters").waitFor();
  return { ...visitor, account };
}

test("while a person types, a problem is a hint that is announced politely", async () => {
  const { page, close } = await openForm();
  const password = passwordField(page);
  assert.ok(!(await descriptionOf(page, password)).includes(TOO_SHORT), "an empty field");
  await password.pressSequentially("short", { delay: 20 });
  assert.equal(await page.getByText(TOO_SHORT).count(), 0, "during the keystrokes");
  const hint = page.getByText(TOO_SHORT);
  await hint.waitFor();
  assert.equal(await hint.getAttribute("aria-live"), "polite");
  assert.equal(await hint.getAttribute("part"), "reason");
  assert.equal(await password.getAttribute("aria-invalid"), null);
  assert.ok((await descriptionOf(page, password)).includes(TOO_SHORT));
  await password.pressSequentially(" but long enough now");
  await hint.waitFor({ state: "detached" });
  await close();
});

test("a problem becomes an error when the field is left, until it is corrected", async () => {
  const { page, close } = await openForm();
  const [password, repeat] = [passwordField(page), repeatField(page)];
  const isInvalid = async (field) => (await field.getAttribute("aria-invalid")) === "true";
  await password.fill("short");
  await page.getByText(TOO_SHORT).waitFor();
  await repeat.fill("shirt");
  await page.getByText(en["reason.mismatch"]).waitFor();
  assert.ok(await isInvalid(password), "the first field was left");
  assert.ok(!(await isInvalid(repeat)), "the second field was not");
  assert.equal(await page.getByText(TOO_SHORT).getAttribute("part"), "error");
  await password.focus();
  await page.locator("#again[aria-invalid]").waitFor();

  await password.fill("passwordpassword");
  await page.getByText(en["reason.common"]).waitFor();
  assert.ok(await isInvalid(password), "another problem is an error as well");
  await password.fill(NEW_PASSWORD);
  await repeat.fill(NEW_PASSWORD);
  await page.locator("[aria-invalid]").first().waitFor({ state: "detached" });
  assert.equal(await page.locator("[part=reason]:not(:empty), [part=error]").count(), 0);
  await close();
});

test("a form with a problem is not sent, and the first invalid field gets the focus", async () => {
  const { page, calls, close } = await openForm();
  await resetButton(page).click();
  await page.getByText(en["reason.missing"]).waitFor();
  await submitPassword(page, "short", "shirt");
  await alert(page).getByText(en["form.correct"]).waitFor();
  assert.equal((await focused(page)).id, "password");
  assert.ok((await descriptionOf(page, passwordField(page))).includes(TOO_SHORT));
  const mismatch = en["reason.mismatch"];
  assert.ok((await descriptionOf(page, repeatField(page))).includes(mismatch));
  await submitPassword(page, NEW_PASSWORD, "another");
  assert.equal((await focused(page)).id, "again");
  assert.ok(!calls.some((call) => call.includes("/confirm")));
  await close();
});

test("a reason that only the service knows is shown, and the link still works", async () => {
  const { page, account, relatch, events, close } = await openForm();
  await submitPassword(page, account.username.repeat(3));
  await page.getByText(en["reason.personal"]).waitFor();
  await alert(page).getByText(en["reset.rejected"]).waitFor();
  assert.equal((await focused(page)).id, "password");
  assert.equal(await passwordField(page).getAttribute("aria-invalid"), "true");
  assert.deepEqual(
    (await events()).map(({ code }) => code),
    ["password_rejected"],
  );
  await submitPassword(page, NEW_PASSWORD);
  await heading(page, en["changed.title"]);
  assert.ok(await relatch.hasPassword(account, NEW_PASSWORD));
  await close();
});

test("the username of the page is checked, and offered to password managers", async () => {
  const { page, account, calls, close } = await openForm(
    ({ username }) => `username="${username}"`,
  );
  const username = page.locator("input[autocomplete=username]");
  assert.equal(await username.inputValue(), account.username);
  await submitPassword(page, account.username.repeat(3));
  await page.getByText(en["reason.personal"]).waitFor();
  assert.ok(!calls.some((call) => call.includes("/confirm")));
  await close();
});

test("without the rules the service alone checks the password", async () => {
  const relatch = await world();
  const { account, token } = await newLink(relatch);
  const { page, events, close } = await visit(resetElement(), {
    query: `?token=${token}`,
    before: (page) => page.route("**/password/rules", (route) => route.abort()),
  });
  await page.getByText(en["password.advice"]).waitFor();
  await submitPassword(page, "short");
  await page.getByText(en["reason.too_short"], { exact: true }).waitFor();
  await submitPassword(page, NEW_PASSWORD);
  await heading(page, en["changed.title"]);
  assert.ok(await relatch.hasPassword(account, NEW_PASSWORD));
  const recorded = (await events()).map(({ code, name }) => code ?? name);
  assert.deepEqual(recorded, ["password_rejected", "relatch-changed"]);
  await close({ network: true });
});
