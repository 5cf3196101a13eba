// Helpers for the tests of the two elements, on the pages of a site with another origin than the
// service.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { attributes, site, tokenOf } from "./site.mjs";

const MESSAGES = new URL("../../js/src/elements/languages/", import.meta.url);
/** Messages that the browser logs itself for an answer that is missing or not the service's. */
export const NETWORK_ERROR = /Failed to load resource|has been blocked by CORS/;

/** Returns the messages of a language. */
export function messagesOf(language) {
  const source = readFileSync(new URL(`${language}.ts`, MESSAGES), "utf8");
  const lines = source.match(/^ {2}".+": ".+",$/gm).join("\n");
  return JSON.parse(`{${lines.slice(0, -1)}}`);
}

export const en = messagesOf("en");

/** The tags of all languages. */
export const LANGUAGES = readdirSync(MESSAGES)
  .filter((name) => name !== "index.ts")
  .map((name) => name.replace(/\.ts$/, ""));

/** Returns a message with its placeholders replaced. */
export const fill = (message, values) =>
  message.replaceAll(/\{(\w+)\}/g, (_, name) => values[name]);

/** Why a password is too short, with the default rules. */
export const TOO_SHORT = `${en["reason.too_short"]} ${fill(en["password.min"], { min: 15 })}`;

export const requestElement = (more) => (relatch) =>
  `<relatch-request ${attributes(relatch, more)}></relatch-request>`;
export const resetElement = (more) => (relatch) =>
  `<relatch-reset ${attributes(relatch, more)}></relatch-reset>`;

/**
 * Opens a page of the site in a new browser profile. `body` is HTML, or a function of the world
 * that returns it. `before` runs before the page is loaded. In addition to a visitor's, returns:
 *
 * - `relatch`, `origin`: the world and the site's origin
 * - `calls`: the calls to the service so far, as path and body
 * - `events()`: the events of the elements so far
 * - `close()`: checks that the page had no faults, and closes the profile. `network` ignores those
 *   of the network
 */
export async function visit(body, { query = "", lang, head, options, before } = {}) {
  const { relatch, addPage, origin } = await site();
  const visitor = await relatch.visitor(options);
  const { page, faults, context } = visitor;
  const calls = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(`${relatch.base}/`) || request.method() === "OPTIONS") return;
    calls.push(`${new URL(request.url()).pathname} ${request.postData() ?? ""}`);
  });
  await page.addInitScript(() => {
    globalThis.recordedEvents = [];
    for (const name of ["relatch-sent", "relatch-changed", "relatch-error"]) {
      addEventListener(name, ({ target, detail }) => {
        const { code, message } = detail;
        const isError = detail instanceof Error;
        recordedEvents.push({ name, from: target.localName, code, message, isError });
      });
    }
  });
  await before?.(page, relatch);
  const html = typeof body === "function" ? body(relatch) : body;
  await page.goto(addPage(html, { lang, head }) + query);
  return {
    ...visitor,
    relatch,
    origin,
    calls,
    events: () => page.evaluate(() => recordedEvents),
    close: async ({ network = false } = {}) => {
      const unexpected = faults.filter((fault) => !network || !NETWORK_ERROR.test(fault));
      assert.deepEqual(unexpected, []);
      await context.close();
    },
  };
}

/** Waits for a heading. */
export const heading = (page, name) => page.getByRole("heading", { name }).waitFor();

/** The alert, if it has a text. */
export const alert = (page) => page.getByRole("alert").filter({ hasText: /./ });

export const identifierField = (page) => page.getByLabel(en["request.identifier"]);
export const requestButton = (page) => page.getByRole("button", { name: en["request.submit"] });
export const passwordField = (page) => page.getByLabel(en["reset.password"], { exact: true });
export const repeatField = (page) => page.getByLabel(en["reset.repeat"]);
export const resetButton = (page) => page.getByRole("button", { name: en["reset.submit"] });

/** Returns the element that has the focus, inside of all shadow roots. */
export const focused = (page) =>
  page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return {
      part: element?.getAttribute("part"),
      id: element?.id,
      text: element?.textContent,
    };
  });

/** Returns the text that describes an input to a screen reader. */
export async function descriptionOf(page, input) {
  const ids = (await input.getAttribute("aria-describedby")).split(" ");
  return (await Promise.all(ids.map((id) => page.locator(`#${id}`).innerText()))).join(" ");
}

/** Creates an account and requests a link for it. Returns the account and the link's token. */
export async function newLink(relatch) {
  const account = await relatch.createAccount();
  return { account, token: tokenOf(await relatch.requestLink(account)) };
}

/** Returns an answer of the service to a page on another origin. */
const response = (origin, status, fields) => ({
  status,
  contentType: status === 200 ? "application/json" : "application/problem+json",
  headers: {
    "Access-Control-Allow-Origin": origin,
    "Access-Control-Expose-Headers": "Retry-After",
  },
  body: JSON.stringify(fields),
});

/** Returns a success of the service to a page on another origin. */
export const success = (origin, message) => response(origin, 200, { message });

/** Returns an error of the service to a page on another origin. */
export const problem = (origin, code, status, more = {}) =>
  response(origin, status, {
    type: `urn:relatch:problem:${code}`,
    title: "Error",
    status,
    code,
    ...more,
  });

/** Answers calls with a function, except for preflight requests. */
export const intercept = (page, url, handler) =>
  page.route(url, (route) =>
    route.request().method() === "OPTIONS" ? route.continue() : handler(route),
  );
