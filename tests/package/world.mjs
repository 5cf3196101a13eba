// What the package's tests live in: the packed tarball, apps that it is installed into (js/examples), the built Worker with a real
// inbox, and a real browser. All on free ports of this machine, in one folder of the system's temporary one, and gone afterwards.
// Each part starts with the first test that asks for it. Nothing is downloaded: tools are those of the root's node_modules.
import { execFile, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, extname, join, normalize } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { freePort } from "../../edge/tools/local.mjs";
import { MISSING, findChrome } from "../browser/chrome.mjs";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const js = join(root, "js");
export const node = join(root, "node_modules", ".bin", "node");
/** The script of a tool: run by the pinned node, and ended by its own id. */
export const tool = (...path) => join(root, "node_modules", ...path);
export const wrangler = ["--no-warnings", tool("wrangler", "wrangler-dist", "cli.js")];
export { freePort };

const folder = mkdtempSync(join(tmpdir(), "relatch-package-"));
const children = [];
const servers = [];
const once = (start) => {
  let started;
  return Object.assign(() => (started ??= start()), { ifStarted: () => started });
};

// Where the tests are stopped in the middle, nothing that they started or wrote stays.
process.once("exit", () => {
  for (const { child } of children) child.kill("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
});

/** A folder of these tests that is not there yet. */
export const place = (name) => join(folder, name);

/** Ends all that was started. */
export async function end() {
  await (await browser.ifStarted())?.close();
  for (const { child } of children) child.kill("SIGTERM");
  await Promise.all(children.map(({ ended }) => ended));
  for (const server of servers) server.close().closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
}

// ── Programs ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Tools that ask nobody and colour nothing. */
const quiet = {
  CI: "1",
  NO_COLOR: "1",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_WRITE_LOGS: "false",
  WRANGLER_HIDE_BANNER: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};
/** Of this run only: several Workers at once would otherwise share one registry. */
const registry = { WRANGLER_REGISTRY_PATH: join(folder, "registry") };
const surroundings = (variables) => ({ ...process.env, ...quiet, ...registry, PATH: `${join(root, "node_modules", ".bin")}:${process.env.PATH}`, ...variables });

/** Runs a program to its end, and gives what it wrote and how it ended. */
export async function run(program, args, { cwd = root, env = {}, input = "", timeout = 60_000 } = {}) {
  const running = promisify(execFile)(program, args, { cwd, env: surroundings(env), timeout, maxBuffer: 16 * 1024 * 1024 });
  // Whoever does not read may be gone before all is written.
  running.child.stdin.once("error", () => {}).end(input);
  try {
    return { ...(await running), code: 0 };
  } catch ({ stdout, stderr, code, signal, message }) {
    if (stdout === undefined) throw new Error(message);
    return { stdout, stderr, code: code ?? signal };
  }
}

/** As `run`, of a program that has to succeed. */
export async function succeed(program, args, options) {
  const { stdout, stderr, code } = await run(program, args, options);
  if (code !== 0) throw new Error(`${args.join(" ")} ended (${code}):\n${stdout}${stderr}`);
  return stdout;
}

/** Starts a program and waits until it writes something. Gives how to end it before all the rest. */
export async function start(ready, args, { cwd = root, env = {} } = {}) {
  const child = spawn(node, args, { cwd, env: surroundings(env), stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  children.push({ child, ended });
  let said = "";
  await new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on("line", (line) => {
        said = `${said}${line}\n`.slice(-4_000);
        if (ready.test(line)) resolve();
      });
    ended.then((code) => reject(new Error(`${args.join(" ")} ended (${code}):\n${said}`)));
  });
  return async () => {
    child.kill("SIGTERM");
    await ended;
  };
}

// ── The package and its apps ─────────────────────────────────────────────────────────────────────────────────────────

/** The tarball as it would be published, and its files as npm tells them. */
export const packed = once(async () => {
  if (!existsSync(join(js, "dist", "relatch.wasm"))) throw new Error("js/dist is missing. Run `node js/tools/build.mjs` first.");
  const [{ filename, files }] = JSON.parse(await succeed("npm", ["pack", "--json", "--offline", "--ignore-scripts", "--pack-destination", folder], { cwd: js }));
  return { tarball: join(folder, filename), files: files.map(({ path }) => path).sort() };
});

/** An example, or what else there is to be copied, in a folder of its own. What comes of running it in its place stays there. */
export function copy(name, from = join(js, "examples", name), to = place(name)) {
  const left = ["node_modules", "dist", "package-lock.json", ".wrangler", "target", "Cargo.lock"].map((entry) => join(from, entry));
  cpSync(from, to, { recursive: true, filter: (path) => !left.includes(path) });
  return to;
}

/** Unpacks the package. */
export async function unpack(to) {
  const { tarball } = await packed();
  const parent = dirname(to);
  mkdirSync(parent, { recursive: true });
  await succeed("tar", ["-xzf", tarball, "-C", parent]);
  renameSync(join(parent, "package"), to);
  return to;
}

/** An example with the package in its node_modules, for npm would ask a registry for the example's tools. */
export async function app(name, from, to) {
  to = copy(name, from, to);
  await unpack(join(to, "node_modules", "relatch"));
  return to;
}

/** An app that holds nothing but the package. */
export const empty = once(async () => {
  const to = place("empty");
  await unpack(join(to, "node_modules", "relatch"));
  return to;
});

/** An app of files that a test writes, and of the package. */
export async function made(name, files) {
  const to = place(name);
  await unpack(join(to, "node_modules", "relatch"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(to, path)), { recursive: true });
    writeFileSync(join(to, path), text);
  }
  return to;
}

/** The package itself, as Node takes it. */
export const relatch = once(async () => import(pathToFileURL(join(await empty(), "node_modules", "relatch", "dist", "node.js"))));

// ── Sites ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };

/** A server of files, such as any: which folder, and with which headers, may change. */
async function site() {
  const here = { folder: undefined, headers: {}, origin: undefined };
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
    const file = join(here.folder, path.endsWith("/") ? join(path, "index.html") : path);
    if (!existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": TYPES[extname(file)] ?? "application/octet-stream", ...here.headers }).end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(server);
  here.origin = `http://localhost:${server.address().port}`;
  return here;
}

/** The origins that the service knows: of built apps, and of a development server that is started on this port. */
export const origins = once(async () => ({ built: await site(), devPort: await freePort() }));

/** A site that the service does not know. */
export const stranger = once(site);

// ── The service ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** Not a hash of anything that a test types. */
const SOME_HASH = "$argon2id$v=19$m=7168,t=1,p=1$c29tZSBzYWx0IGhlcmU$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/** Long enough for an alarm and a mail on a busy machine. */
const MAIL_PATIENCE_MS = 75_000;
const PATIENCE_MS = 30_000;

/** The built Worker. `base` is its address. */
export const service = once(async () => {
  const { built, devPort } = await origins();
  const [smtp, inboxPort, port] = [await freePort(), await freePort(), await freePort()];
  const maildev = [tool("maildev", "bin", "maildev"), "--ip", "127.0.0.1", "--web-ip", "127.0.0.1"];
  await start(/^MailDev SMTP Server running/, [...maildev, "--smtp", String(smtp), "--web", String(inboxPort)]);
  await start(/^ready /, [join(root, "edge", "tools", "serve.mjs")], {
    env: {
      STATE: join(folder, "service"),
      PORT: String(port),
      IP_LIMIT: "100000",
      ALLOWED_ORIGINS: `${built.origin},http://localhost:${devPort}`,
      APPLICATION_NAME: "Example",
      MAIL_FROM: "Example <noreply@example.com>",
      MAIL_SERVER: "localhost",
      MAIL_PORT: String(smtp),
      CONTACT: "support@example.com",
      ARGON2_MEMORY_KIB: "7168",
      ARGON2_ITERATIONS: "1",
    },
  });
  const base = `http://localhost:${port}`;
  const inbox = `http://127.0.0.1:${inboxPort}/email`;
  let people = 0;

  const call = async (path, body) => {
    const answer = await fetch(`${base}${path}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    return answer.json();
  };

  return {
    base,

    /** Asks for a mail to somebody. */
    ask: ({ email }) => call("/password/reset/request", { identifier: email }),

    /** Waits until a link was used. */
    async used(link) {
      const token = new URL(link).searchParams.get("token");
      for (const until = Date.now() + PATIENCE_MS; ; await sleep(100)) {
        const { code } = await call("/password/reset/check", { token });
        if (code === "link_used") return;
        if (Date.now() > until) throw new Error(`the link is not used: ${code}`);
      }
    },

    /** Somebody new with an account. */
    async somebody() {
      const id = ++people;
      const person = { username: `person${id}`, email: `person${id}@mail.example` };
      const sql = `INSERT INTO users (id, username, email, name, password_hash, role, disabled) VALUES (${id}, '${person.username}', '${person.email}', 'Person', '${SOME_HASH}', 'user', 0)`;
      const { success, errors } = await call("/cdn-cgi/explorer/api/d1/database/DB/raw", { sql });
      if (!success) throw new Error(JSON.stringify(errors));
      return person;
    },

    /** The link of the mail that somebody got. */
    async linkTo({ email }) {
      for (const until = Date.now() + MAIL_PATIENCE_MS; Date.now() < until; await sleep(100)) {
        const mails = await (await fetch(inbox)).json();
        const own = mails.find((mail) => mail.envelope.to.some(({ address }) => address === email));
        if (own) return /http\S+token=\S+/.exec(own.text)[0];
      }
      throw new Error(`no mail came for ${email}`);
    },
  };
});

// ── The browser ──────────────────────────────────────────────────────────────────────────────────────────────────────

const browser = once(async () => {
  const executablePath = findChrome();
  if (!executablePath) throw new Error(MISSING);
  const args = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  return chromium.launch({ executablePath, chromiumSandbox: false, args });
});

/**
 * Opens an address in a new browser profile. `faults` are exceptions, rejections that nobody took, and messages of failure;
 * `scripts` gives the text of all scripts that it loaded.
 */
export async function open(url) {
  const context = await (await browser()).newContext();
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    // Not every site of these tests has an icon.
    if (["error", "warning"].includes(message.type()) && !message.location().url.endsWith("/favicon.ico")) faults.push(message.text());
  });
  const loaded = [];
  page.on("response", (response) => response.request().resourceType() === "script" && loaded.push(response.text()));
  await page.goto(url);
  return { page, faults, scripts: async () => (await Promise.all(loaded)).join("\n"), close: () => context.close() };
}
