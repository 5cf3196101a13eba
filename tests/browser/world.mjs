// The environment of the browser tests: the Worker, an SMTP inbox and a real browser, on free ports
// and with their own data. It starts with the first test that uses it.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { freePort } from "../../edge/tools/local.mjs";
import { findChrome, MISSING } from "./chrome.mjs";
import { serveLogo } from "./logo.mjs";
import { Programs, root } from "./programs.mjs";
import { Service } from "./service.mjs";

export const NEW_PASSWORD = "a quite new passphrase";
export const OTHER_PASSWORD = "some other long passphrase";
export const LOGIN_URL = "https://app.example.com/login";

let starting;

/** Returns the world. The first call starts it. */
export const world = () => (starting ??= World.start());

/** Stops the world, if it was started. */
export const end = async () => (await starting)?.stop();

/** Starts the browser that `CHROME` names, or an installed one. Throws if no browser is found. */
export async function launchBrowser() {
  const executablePath = findChrome();
  if (!executablePath) throw new Error(MISSING);
  const args = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ];
  return chromium.launch({ executablePath, chromiumSandbox: false, args });
}

class World extends Service {
  #programs = new Programs();
  #state = mkdtempSync(join(tmpdir(), "relatch-browser-"));
  #browser;
  #logo;
  /** The loopback port of the site that may call the Worker from its own pages. */
  sitePort;
  /** The origins that pages may load from. */
  origins;

  static async start() {
    const world = new World();
    try {
      world.#browser = await launchBrowser();
      world.sitePort = await freePort();
      world.#logo = await serveLogo();
      await world.launch(world.#programs, {
        state: join(world.#state, "worker"),
        variables: {
          LOGIN_URL,
          OPERATOR_PAGE: "true",
          GALLERY: "true",
          ALLOWED_ORIGINS: `http://127.0.0.1:${world.sitePort}`,
          APPLICATIONS: "deep,plain",
          // A color that can be read as text in each scheme, and one that cannot.
          APP_DEEP_BRAND_COLOR: "#0b2e6f,#8fb4ff",
          APP_PLAIN_BRAND_COLOR: "#d03a2f",
          APP_DEEP_LOGO_URL: world.#logo.url,
          APP_PLAIN_LOGO_URL: world.#logo.url,
          APP_DEEP_PRODUCT_URL: "https://app.example.com/",
          APP_PLAIN_APPLICATION_NAME: "Plain",
        },
      });
      world.origins = new Set([world.base, new URL(world.#logo.url).origin]);
    } catch (error) {
      await world.stop();
      throw error;
    }
    return world;
  }

  async stop() {
    await this.#browser?.close();
    this.#logo?.stop();
    await this.#programs.stop();
    rmSync(this.#state, { recursive: true, force: true });
  }

  /**
   * Opens a new browser profile with one tab. Returns:
   *
   * - `context`, `page`: the profile and its tab
   * - `tab()`: opens another tab of the same profile
   * - `faults`: errors on the console, exceptions, requests to foreign origins and leaked links, as
   *   they happen
   */
  async visitor(options = {}) {
    const context = await this.#browser.newContext({ baseURL: this.base, ...options });
    const faults = [];
    const tab = async () => {
      const page = await context.newPage();
      this.#recordFaults(page, faults);
      return page;
    };
    return { context, page: await tab(), tab, faults };
  }

  #recordFaults(page, faults) {
    // The browser logs every 4xx response as a failure; the service gives them on purpose.
    const expected = /^Failed to load resource: the server responded with a status of 4/;
    page.on("console", (message) => {
      const isError = ["error", "warning"].includes(message.type());
      if (isError && !expected.test(message.text())) faults.push(message.text());
    });
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("request", async (request) => {
      const url = request.url();
      const { origin, searchParams } = new URL(url);
      const isForeign = !url.startsWith("data:") && !this.origins.has(origin);
      if (isForeign) faults.push(`a request to ${origin}`);
      const headers = await request.allHeaders().catch(() => ({}));
      if (/token=/.test(headers.referer ?? "")) faults.push("a token in a Referer header");
      const isNavigation = request.isNavigationRequest();
      if (searchParams.has("token") && !isNavigation) faults.push("a token in a resource's URL");
    });
  }
}

/** Serves one HTML page on a free loopback port. Returns the port and `stop`. */
export async function foreignSite(html) {
  const server = createServer((_, response) => {
    response.setHeader("Content-Type", "text/html").end(html);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { port: server.address().port, stop };
}

/** Returns the source of axe-core, which checks a page for accessibility. */
export const axeSource = () =>
  readFileSync(join(root, "node_modules", "axe-core", "axe.min.js"), "utf8");
