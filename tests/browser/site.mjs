// The site of an application: its own pages with the package's elements, on another origin than the
// service. Its Content-Security-Policy allows no inline script, no inline style and no markup from
// strings.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { NEW_PASSWORD, world } from "./world.mjs";

const DIST = new URL("../../js/dist/", import.meta.url);
const TYPES = {
  ".js": "text/javascript",
  ".wasm": "application/wasm",
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
};
/** A style sheet with light and dark colours, as an application may have. */
const STYLE = `
:root {
  color-scheme: light dark;
  font: 1rem/1.5 system-ui, sans-serif;
  background: light-dark(#f3f5f8, #10151c);
  color: light-dark(#1b2430, #e9edf2);
}
body { max-width: 30rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1rem; margin: 0.75rem 0.25rem; color: light-dark(#52606f, #aab4c0); }
`;

const policy = (service) =>
  [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    `connect-src 'self' ${service} http://127.0.0.1:*`,
    "style-src 'self'",
    "img-src data:",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");

/**
 * Returns a page with this body.
 *
 * - `lang`: the page's language
 * - `head`: further content of its head
 */
export const htmlPage = (body, { lang = "en", head = "" } = {}) => `<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Example</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/site.css">
${head}
<script type="module" src="/relatch/elements.js"></script>
</head>
<body><main><h1>Example</h1>${body}</main></body>
</html>`;

let starting;

/** Returns the site. The first call starts it, and the world with the service that it calls. */
export const site = () => (starting ??= start());

/** Stops the site, if it was started. */
export const endSite = async () => (await starting)?.stop();

async function start() {
  const relatch = await world();
  const origin = `http://127.0.0.1:${relatch.sitePort}`;
  relatch.origins.add(origin);
  const files = new Map([["/site.css", STYLE]]);
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, origin);
    const inPackage = /^\/relatch\/(.*)/.exec(pathname)?.[1];
    const body = inPackage
      ? await readFile(new URL(inPackage, DIST)).catch(() => undefined)
      : files.get(pathname);
    response.setHeader("Content-Type", TYPES[extname(pathname)] ?? TYPES[".html"]);
    response.setHeader("Content-Security-Policy", policy(relatch.base));
    // Resources that load before a script removes the token from the URL must not receive it.
    response.setHeader("Referrer-Policy", "strict-origin");
    response.setHeader("Cache-Control", "no-store");
    response.statusCode = body === undefined ? 404 : 200;
    response.end(body ?? htmlPage("<p>Not found.</p>"));
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject).listen(relatch.sitePort, "127.0.0.1", resolve);
  });
  let pages = 0;
  /** Adds a page with this body and returns its URL. */
  const addPage = (body, options) => {
    const path = `/page${++pages}`;
    files.set(path, htmlPage(body, options));
    return origin + path;
  };
  /** Adds a style sheet or a script and returns its path. */
  const addFile = (path, content) => {
    files.set(path, content);
    return path;
  };
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { origin, relatch, addPage, addFile, stop };
}

/** Returns the attributes of an element that calls the service, and `more` attributes. */
export const attributes = (relatch, more = "") => `base-url="${relatch.base}" ${more}`;

/** Returns the token of a mailed link. */
export const tokenOf = (link) => link.split("token=")[1];

/** The hint with the lengths that the password rules allow. */
const rules = (page) => page.getByText(/\b15\b.*\b128\b/);
const identifierField = (page) => page.locator("input[autocomplete=username]");
const passwordFields = (page) => page.locator("input[autocomplete=new-password]");
/** The submit button of the form that contains a field with this autocomplete attribute. */
const submitButton = (page, autocomplete) =>
  page.locator(`form:has(input[autocomplete=${autocomplete}]) button:not([type=button])`);

/** Submits the form of `<relatch-request>`, with an identifier if one is given. */
export async function submitIdentifier(page, identifier) {
  if (identifier !== undefined) await identifierField(page).fill(identifier);
  await submitButton(page, "username").click();
}

/**
 * Fills the form of `<relatch-reset>` and submits it. `page` may be a locator, if the page has
 * several elements.
 */
export async function submitPassword(page, password, confirmation = password) {
  const fields = passwordFields(page);
  await fields.nth(0).fill(password);
  await fields.nth(1).fill(confirmation);
  await submitButton(page, "new-password").click();
}

const requestElement = (more) => (relatch) =>
  `<relatch-request ${attributes(relatch, more)}></relatch-request>`;
const resetElement = (more) => (relatch) =>
  `<relatch-reset ${attributes(relatch, more)}></relatch-reset>`;

/**
 * By its name, every state of the elements that a person can see: the page's body, and a function
 * that brings a tab into that state, given the page's URL and the token of a fresh link.
 */
export const STATES = {
  request: {
    body: requestElement(),
    open: (page, url) => page.goto(url),
  },
  "request-wrong": {
    body: requestElement(`identifier="${"x".repeat(300)}"`),
    async open(page, url) {
      await page.goto(url);
      await submitIdentifier(page);
      await page.locator("relatch-request input[aria-invalid=true]").waitFor();
    },
  },
  "request-sent": {
    body: requestElement('identifier="nobody@example.com"'),
    async open(page, url) {
      await page.goto(url);
      await submitIdentifier(page);
      await page.getByRole("status").getByRole("heading", { name: /mail/i }).waitFor();
    },
  },
  "request-not-set-up": {
    body: () => "<relatch-request></relatch-request>",
    async open(page, url) {
      await page.goto(url);
      await submitIdentifier(page, "peter");
      await page.getByRole("alert").getByRole("heading").waitFor();
    },
  },
  reset: {
    body: resetElement(),
    async open(page, url, token) {
      await page.goto(`${url}?token=${token}`);
      await rules(page).waitFor();
    },
  },
  "reset-typing": {
    body: resetElement(),
    async open(page, url, token) {
      await page.goto(`${url}?token=${token}`);
      await rules(page).waitFor();
      await passwordFields(page).first().fill("too short");
      await page
        .locator("[aria-live=polite]")
        .filter({ hasText: /\b15\b/ })
        .waitFor();
      await page.locator("relatch-reset form button[type=button]").click();
    },
  },
  "reset-wrong": {
    body: resetElement(),
    async open(page, url, token) {
      await page.goto(`${url}?token=${token}`);
      await rules(page).waitFor();
      await submitPassword(page, "too short", "and different");
      await page.getByRole("alert").filter({ hasText: /\w/ }).waitFor();
    },
  },
  "reset-changed": {
    body: resetElement('sign-in-url="/sign-in"'),
    async open(page, url, token) {
      await page.goto(`${url}?token=${token}`);
      await submitPassword(page, NEW_PASSWORD);
      await page
        .getByRole("status")
        .getByRole("heading", { name: /password is set/i })
        .waitFor();
    },
  },
  "reset-damaged": {
    body: resetElement(),
    async open(page, url, token) {
      await page.goto(`${url}?token=${token.slice(9)}`);
      await page.locator("relatch-request form button").waitFor();
    },
  },
  "reset-no-link": {
    body: resetElement('request-url="/forgot"'),
    async open(page, url) {
      await page.goto(url);
      await page.locator('relatch-reset a[href$="/forgot"]').waitFor();
    },
  },
};
