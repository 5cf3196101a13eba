// What the browser tests live in: the built Worker on workerd, a real SMTP server, and a real browser; all on free ports,
// with a state of their own, and gone afterwards. It starts with the first test that asks for it.
import { argon2Sync, createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { freePort } from "../../edge/tools/local.mjs";
import { MISSING, findChrome } from "./chrome.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const node = join(root, "node_modules", ".bin", "node");

/** Long enough for an alarm and a mail on a busy machine. */
const MAIL_PATIENCE_MS = 75_000;
/** Not a hash of anything that a test types. */
const SOME_HASH = "$argon2id$v=19$m=7168,t=1,p=1$c29tZSBzYWx0IGhlcmU$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

export const NEW = "a quite new passphrase";
export const OTHER = "some other long passphrase";
export const LOGIN_URL = "https://app.example.com/login";

let starting;
let nextPerson = 1;

/** The world, started when it is first asked for. */
export const world = () => (starting ??= World.start());

/** Ends the world if there is one. */
export const end = async () => (await starting)?.end();

class World {
  #children = [];
  #state = mkdtempSync(join(tmpdir(), "relatch-browser-"));
  #inbox;

  static async start() {
    const executablePath = findChrome();
    if (!executablePath) throw new Error(MISSING);
    const world = new World();
    try {
      await world.#start(executablePath);
    } catch (error) {
      await world.end();
      throw error;
    }
    return world;
  }

  async #start(executablePath) {
    const [smtp, inbox, port, site] = await Promise.all(Array.from({ length: 4 }, freePort));
    this.#inbox = `http://127.0.0.1:${inbox}`;
    const maildev = [join(root, "node_modules", "maildev", "bin", "maildev"), "--ip", "127.0.0.1", "--web-ip", "127.0.0.1"];
    await this.#child("MailDev SMTP Server running", [...maildev, "--smtp", String(smtp), "--web", String(inbox)], {});
    await this.#child("ready", [join(root, "edge", "tools", "serve.mjs")], {
      STATE: join(this.#state, "worker"),
      PORT: String(port),
      IP_LIMIT: "100000",
      APPLICATION_NAME: "Example",
      MAIL_FROM: "Example <noreply@example.com>",
      MAIL_SERVER: "localhost",
      MAIL_PORT: String(smtp),
      CONTACT: "support@example.com",
      LOGIN_URL,
      ALLOWED_ORIGINS: `http://127.0.0.1:${site}`,
      ARGON2_MEMORY_KIB: "7168",
      ARGON2_ITERATIONS: "1",
    });
    this.base = `http://localhost:${port}`;
    // Where a site may be that calls the Worker from its own pages.
    this.sitePort = site;
    this.origins = new Set([this.base]);
    const args = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
    this.browser = await chromium.launch({ executablePath, chromiumSandbox: false, args });
  }

  /** Starts a program of ours and waits until it says that it is ready. */
  async #child(ready, args, variables) {
    const child = spawn(node, args, { cwd: root, env: { ...process.env, ...variables }, stdio: ["ignore", "pipe", "pipe"] });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    this.#children.push({ child, ended });
    // Where the tests are stopped in the middle, nothing that they started stays.
    process.once("exit", () => child.kill("SIGTERM"));
    let said = "";
    child.stderr.on("data", (chunk) => (said = (said + chunk).slice(-4_000)));
    const lines = createInterface({ input: child.stdout });
    await new Promise((resolve, reject) => {
      lines.on("line", (line) => line.startsWith(ready) && resolve());
      ended.then((code) => reject(new Error(`${args[0]} ended (${code}):\n${said}`)));
    });
  }

  async end() {
    await this.browser?.close();
    for (const { child } of this.#children) child.kill("SIGTERM");
    await Promise.all(this.#children.map(({ ended }) => ended));
    rmSync(this.#state, { recursive: true, force: true });
  }

  /** A new browser profile with one tab, and what it did that no page of ours should make it do. */
  async visitor(options = {}) {
    const context = await this.browser.newContext({ baseURL: this.base, ...options });
    const visitor = { context, page: undefined, faults: [], tab: undefined };
    visitor.tab = async () => {
      const page = await context.newPage();
      this.#watch(page, visitor.faults);
      return page;
    };
    visitor.page = await visitor.tab();
    return visitor;
  }

  #watch(page, faults) {
    const refused = /^Failed to load resource: the server responded with a status of 4/;
    page.on("console", (message) => {
      // A browser calls a page that answers 4xx a failure; these pages are meant to.
      if (["error", "warning"].includes(message.type()) && !refused.test(message.text())) faults.push(message.text());
    });
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("request", async (request) => {
      const { origin, searchParams } = new URL(request.url());
      if (!request.url().startsWith("data:") && !this.origins.has(origin)) faults.push(`a request to ${origin}`);
      const headers = await request.allHeaders().catch(() => ({}));
      if (/token=/.test(headers.referer ?? "")) faults.push("a link in a Referer");
      if (searchParams.has("token") && !request.isNavigationRequest()) faults.push("a link in an address that was loaded");
    });
  }

  /** Somebody new with an account. */
  async somebody(changes = {}) {
    const id = nextPerson++;
    const person = { id, username: `person${id}`, email: `person${id}@mail.example`, ...changes };
    const columns = "id, username, email, name, password_hash, role, disabled";
    await this.#sql(`INSERT INTO users (${columns}) VALUES (${id}, '${person.username}', '${person.email}', 'Person', '${SOME_HASH}', 'user', 0)`);
    return person;
  }

  /** Whether this is somebody's password now. */
  async hasPassword(person, password) {
    const [[phc]] = await this.#sql(`SELECT password_hash FROM users WHERE id = ${person.id}`);
    const [, , , parameters, salt, hash] = phc.split("$");
    const { m, t, p } = Object.fromEntries(parameters.split(",").map((one) => one.split("=")).map(([name, value]) => [name, Number(value)]));
    const expected = Buffer.from(hash, "base64");
    const options = { message: password.normalize("NFC"), nonce: Buffer.from(salt, "base64"), parallelism: p, memory: m, passes: t, tagLength: expected.length };
    return timingSafeEqual(argon2Sync("argon2id", options), expected);
  }

  /** Opens a session of the application's for somebody, and gives its token. */
  async signIn(person) {
    const token = randomBytes(24).toString("base64url");
    const digest = (text) => createHash("sha256").update(text).digest("hex");
    const [[hash]] = await this.#sql(`SELECT password_hash FROM users WHERE id = ${person.id}`);
    const columns = "id, user_id, created_at, expires_at, password_version";
    await this.#sql(`INSERT INTO sessions (${columns}) VALUES ('${digest(token)}', ${person.id}, 0, 9999999999, '${digest(hash)}')`);
    return token;
  }

  /** The link of the only mail that somebody got. */
  async linkTo(person) {
    for (const end = Date.now() + MAIL_PATIENCE_MS; Date.now() < end; await sleep(200)) {
      const mails = await (await fetch(`${this.#inbox}/email`)).json();
      const own = mails.filter((mail) => mail.envelope.to.some(({ address }) => address === person.email));
      if (own.length > 0) return /http\S+token=\S+/.exec(own[0].text)[0];
    }
    throw new Error(`no mail came for ${person.email}`);
  }

  /** Asks for a mail to somebody and gives its link. */
  async linkFor(person) {
    const answer = await fetch(`${this.base}/password/reset/request`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ username: person.username }),
    });
    if (answer.status !== 200) throw new Error(`asking was answered with ${answer.status}`);
    return this.linkTo(person);
  }

  async #sql(sql) {
    const answer = await fetch(`${this.base}/cdn-cgi/explorer/api/d1/database/DB/raw`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ sql }),
    });
    const { success, result, errors } = await answer.json();
    if (!success) throw new Error(`${sql}: ${JSON.stringify(errors)}`);
    return result[0].results.rows;
  }
}

/** A site of somebody else: one page. Gives the port; `stop` ends it. */
export async function foreignSite(html) {
  const server = createServer((_, response) => response.setHeader("Content-Type", "text/html").end(html));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { port: server.address().port, stop };
}

/** The script that looks at a page as an assistive technology does. */
export const axe = () => readFileSync(join(root, "node_modules", "axe-core", "axe.min.js"), "utf8");
