// The operator's page, as tests and pictures use it.

/** Every view, by its name, as a path. */
export const VIEWS = {
  "operator-events": "/server/operator",
  "operator-filtered": "/server/operator?event=link_sent",
  "operator-waiting": "/server/operator?view=outbox&by=identifier&who=nobody",
  "operator-numbers": "/server/operator?view=stats",
};

/** Opens the operator's page with a server key, by the keyboard. */
export async function openOperatorPage(page, key) {
  await page.goto("/server/operator");
  await page.keyboard.press("Tab");
  await page.keyboard.type(key);
  await page.keyboard.press("Enter");
  await page.waitForSelector("nav");
}
