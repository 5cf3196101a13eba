// A site of an application: pages of its own with the package's elements, on another origin than the service, under a policy
// that allows no inline script, no inline style and no text to become markup.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { NEW, world } from "./world.mjs";

const dist = new URL("../../js/dist/", import.meta.url);
const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm", ".css": "text/css", ".html": "text/html; charset=utf-8" };
/** As an application may look that has a light and a dark side. */
const STYLE = `
:root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif;background:light-dark(#f3f5f8,#10151c);color:light-dark(#1b2430,#e9edf2)}
body{max-width:30rem;margin:0 auto;padding:1rem}
h1{font-size:1rem;margin:.75rem .25rem;color:light-dark(#52606f,#aab4c0)}
`;

const policy = (service) =>
  `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ${service} http://127.0.0.1:*; style-src 'self'; img-src data:; ` +
  "form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/** A page with these elements; `lang` is its language, `head` what else stands in its head. */
export const page = (body, { lang = "en", head = "" } = {}) => `<!doctype html>
<html lang="${lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Example</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/site.css">${head}<script type="module" src="/relatch/elements.js"></script></head>
<body><main><h1>Example</h1>${body}</main></body></html>`;

let starting;

/** The site, started when it is first asked for, in the world that its pages call. */
export const site = () => (starting ??= start());

/** Ends the site if there is one. */
export const endSite = async () => (await starting)?.end();

async function start() {
  const relatch = await world();
  const origin = `http://127.0.0.1:${relatch.sitePort}`;
  relatch.origins.add(origin);
  const files = new Map([["/site.css", STYLE]]);
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, origin);
    const body = files.get(pathname) ?? (pathname.startsWith("/relatch/") ? await readFile(new URL(pathname.slice("/relatch/".length), dist)).catch(() => undefined) : undefined);
    response.setHeader("Content-Type", TYPES[extname(pathname)] ?? TYPES[".html"]);
    response.setHeader("Content-Security-Policy", policy(relatch.base));
    // What is loaded before a script can take the link out of the address is not to tell it either.
    response.setHeader("Referrer-Policy", "strict-origin");
    response.setHeader("Cache-Control", "no-store");
    response.statusCode = body === undefined ? 404 : 200;
    response.end(body ?? page("<p>There is nothing here.</p>"));
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(relatch.sitePort, "127.0.0.1", resolve));
  let pages = 0;
  return {
    origin,
    relatch,
    /** Where this page is from now on. */
    page(body, options) {
      const path = `/page${++pages}`;
      files.set(path, page(body, options));
      return origin + path;
    },
    /** Puts a style sheet or a script at a path. */
    file(path, text) {
      files.set(path, text);
      return path;
    },
    end() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** What both elements are told in nearly every test. */
export const at = (relatch, more = "") => `base-url="${relatch.base}" ${more}`;

/** The token of a mailed link. */
export const tokenOf = (link) => link.split("token=")[1];

/** Every look of the elements by its name: what stands on the page, and what is done there with a fresh token. */
export const LOOKS = {
  request: { open: (page, address) => page.goto(address), body: (relatch) => `<relatch-request ${at(relatch)}></relatch-request>` },
  "request-wrong": {
    body: (relatch) => `<relatch-request ${at(relatch, 'identifier="a@example.com, b@example.com"')}></relatch-request>`,
    async open(page, address) {
      await page.goto(address);
      await page.getByRole("button", { name: "Send reset link" }).click();
      await page.getByText("Enter one valid email address or username.").waitFor();
    },
  },
  "request-sent": {
    body: (relatch) => `<relatch-request ${at(relatch, 'identifier="nobody@example.com"')}></relatch-request>`,
    async open(page, address) {
      await page.goto(address);
      await page.getByRole("button", { name: "Send reset link" }).click();
      await page.getByRole("heading", { name: "Check your email" }).waitFor();
    },
  },
  "request-not-set-up": {
    body: () => "<relatch-request></relatch-request>",
    async open(page, address) {
      await page.goto(address);
      await page.getByLabel("Email address or username").fill("peter");
      await page.getByRole("button", { name: "Send reset link" }).click();
      await page.getByText("not set up correctly").waitFor();
    },
  },
  reset: {
    body: (relatch) => `<relatch-reset ${at(relatch)}></relatch-reset>`,
    async open(page, address, token) {
      await page.goto(`${address}?token=${token}`);
      await page.getByText("15 to 128 characters").waitFor();
    },
  },
  "reset-typing": {
    body: (relatch) => `<relatch-reset ${at(relatch)}></relatch-reset>`,
    async open(page, address, token) {
      await page.goto(`${address}?token=${token}`);
      await page.getByText("15 to 128 characters").waitFor();
      await page.getByLabel("New password", { exact: true }).fill("too short");
      await page.getByText("This password is too short.").waitFor();
      await page.getByRole("button", { name: "Show passwords" }).click();
    },
  },
  "reset-wrong": {
    body: (relatch) => `<relatch-reset ${at(relatch)}></relatch-reset>`,
    async open(page, address, token) {
      await page.goto(`${address}?token=${token}`);
      await page.getByText("15 to 128 characters").waitFor();
      await choose(page, "too short", "and different");
      await page.getByText("Correct the fields marked below.").waitFor();
    },
  },
  "reset-changed": {
    body: (relatch) => `<relatch-reset ${at(relatch, 'sign-in-url="/sign-in"')}></relatch-reset>`,
    async open(page, address, token) {
      await page.goto(`${address}?token=${token}`);
      await choose(page, NEW);
      await page.getByRole("heading", { name: "Your password was changed" }).waitFor();
    },
  },
  "reset-damaged": {
    body: (relatch) => `<relatch-reset ${at(relatch)}></relatch-reset>`,
    async open(page, address, token) {
      await page.goto(`${address}?token=${token.slice(9)}`);
      await page.getByRole("button", { name: "Send reset link" }).waitFor();
    },
  },
  "reset-no-link": {
    body: (relatch) => `<relatch-reset ${at(relatch, 'request-url="/forgot"')}></relatch-reset>`,
    async open(page, address) {
      await page.goto(address);
      await page.getByRole("link", { name: "Request a new link" }).waitFor();
    },
  },
};

/** Fills the form of a link and sends it. */
export async function choose(page, first, second = first) {
  await page.getByLabel("New password", { exact: true }).fill(first);
  await page.getByLabel("Confirm new password").fill(second);
  await page.getByRole("button", { name: "Change password" }).click();
}
