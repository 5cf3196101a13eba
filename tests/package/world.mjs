// The environment of the package's tests: the packed tarball, apps that have it installed
// (js/examples), the Worker with an SMTP inbox, and a real browser. All of it uses free ports and
// one temporary folder, and each part starts with the first test that uses it. Nothing is
// downloaded: the tools are those in the repository's node_modules.
import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, extname, join, normalize } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import * as tools from "../../edge/tools/local.mjs";
import { Programs } from "../browser/programs.mjs";
import { Inbox, Service } from "../browser/service.mjs";
import { launchBrowser } from "../browser/world.mjs";

export const { freePort, node, root } = tools;
export const js = join(root, "js");
export const edge = join(root, "edge");
/** Returns a path in node_modules, such as that of a tool's script, for the pinned Node to run. */
export const tool = (...path) => join(root, "node_modules", ...path);
/** The arguments with which Node runs wrangler. */
export const wrangler = tools.wrangler.slice(1);

const folder = mkdtempSync(join(tmpdir(), "relatch-package-"));
const programs = new Programs();
const servers = [];

/** Returns a function that calls `start` once and always returns its result. */
const lazy = (start) => {
  let started;
  return Object.assign(() => (started ??= start()), { ifStarted: () => started });
};

const removeFolder = () => rmSync(folder, { recursive: true, force: true });
// `end` does not run if the tests are interrupted.
process.once("exit", removeFolder);

/** Returns a path in the temporary folder. */
export const tempPath = (name) => join(folder, name);

/** Stops everything that was started and removes the temporary folder. */
export async function end() {
  await (await browser.ifStarted())?.close();
  await programs.stop();
  for (const server of servers) server.close().closeAllConnections();
  removeFolder();
}

// Programs

const environment = (variables = {}) => ({
  ...process.env,
  ...tools.WRANGLER,
  NO_COLOR: "1",
  // Without a separate registry, wrangler shares one with every other wrangler that runs.
  WRANGLER_REGISTRY_PATH: join(folder, "registry"),
  PATH: `${join(root, "node_modules", ".bin")}:${process.env.PATH}`,
  ...variables,
});

/**
 * Runs a program until it exits. Returns its output and its exit code, or the name of the signal
 * that ended it.
 */
export async function run(program, args, options = {}) {
  const { cwd = root, env = {}, input = "", timeout = 60_000 } = options;
  const limits = { timeout, maxBuffer: 16 * 1024 * 1024 };
  const running = promisify(execFile)(program, args, { cwd, env: environment(env), ...limits });
  // A program that does not read its input may exit before all of it is written.
  running.child.stdin.once("error", () => {}).end(input);
  try {
    return { ...(await running), code: 0 };
  } catch ({ stdout, stderr, code, signal, message }) {
    if (stdout === undefined) throw new Error(message);
    return { stdout, stderr, code: code ?? signal };
  }
}

/** Runs a program and returns its standard output. Throws unless it succeeds. */
export async function runOrThrow(program, args, options) {
  const { stdout, stderr, code } = await run(program, args, options);
  if (code !== 0) throw new Error(`${args.join(" ")} failed (${code}):\n${stdout}${stderr}`);
  return stdout;
}

/** Starts a Node program and waits for a line that matches `ready`. Returns a stop function. */
export const start = (ready, args, { cwd, env, inGroup } = {}) =>
  programs.start(ready, args, { cwd, inGroup, env: environment(env) });

// The package and its apps

/**
 * Packs a package as it would be published. Returns the tarball, and the paths of its files as npm
 * lists them.
 */
export async function pack(from, to = folder) {
  const offline = ["--offline", "--ignore-scripts"];
  const args = ["pack", "--json", ...offline, "--pack-destination", to];
  const [{ filename, files }] = JSON.parse(await runOrThrow("npm", args, { cwd: from }));
  return { tarball: join(to, filename), files: files.map(({ path }) => path).sort() };
}

/** The package `relatch`. */
export const packed = lazy(async () => {
  if (!existsSync(join(js, "dist", "relatch.wasm"))) {
    throw new Error("js/dist is missing. Run `make build` first.");
  }
  return pack(js);
});

/** The package `relatch-worker`. */
export const packedWorker = lazy(async () => {
  if (!existsSync(join(edge, "build", "index.js"))) {
    throw new Error("edge/build is missing. Run `make build` first.");
  }
  return pack(edge);
});

const BUILD_OUTPUT = [
  "node_modules",
  "dist",
  "package-lock.json",
  ".wrangler",
  "target",
  "Cargo.lock",
];

/** Copies an example, or another folder, without its build output. Returns the copy's path. */
export function copy(name, from = join(js, "examples", name), to = tempPath(name)) {
  const excluded = BUILD_OUTPUT.map((entry) => join(from, entry));
  cpSync(from, to, { recursive: true, filter: (path) => !excluded.includes(path) });
  return to;
}

/** Unpacks a package's tarball as the folder `to`, and returns `to`. */
export async function unpack(to, one = packed) {
  const { tarball } = await one();
  const parent = dirname(to);
  mkdirSync(parent, { recursive: true });
  await runOrThrow("tar", ["-xzf", tarball, "-C", parent]);
  renameSync(join(parent, "package"), to);
  return to;
}

/** Unpacks the package as an app's dependency: npm would ask a registry for the app's tools. */
async function install(app) {
  await unpack(join(app, "node_modules", "relatch"));
  return app;
}

/** Copies an example, or another folder, and installs the package. Returns the copy's path. */
export const app = async (name, from, to) => install(copy(name, from, to));

/** The path of an app that contains only the package. */
export const emptyApp = lazy(() => install(tempPath("empty")));

/** Creates an app from the files' contents by their paths, with the package. Returns its path. */
export async function createApp(name, files) {
  const to = await install(tempPath(name));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(to, path)), { recursive: true });
    writeFileSync(join(to, path), content);
  }
  return to;
}

/** The package as Node imports it. */
export const importPackage = lazy(async () => {
  const entry = join(await emptyApp(), "node_modules", "relatch", "dist", "node.js");
  return import(pathToFileURL(entry));
});

// Sites

const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

/** Serves the files of `folder` with the headers `headers`. Tests may change both at any time. */
async function serveFiles() {
  const site = { folder: undefined, headers: {}, origin: undefined };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const path = normalize(decodeURIComponent(pathname));
    const file = join(site.folder, path.endsWith("/") ? join(path, "index.html") : path);
    if (!existsSync(file)) return response.writeHead(404).end();
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { "Content-Type": type, ...site.headers }).end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(server);
  site.origin = `http://localhost:${server.address().port}`;
  return site;
}

/**
 * The origins that the service allows: a site for built apps, and the port of a development server
 * that a test may start.
 */
export const allowedOrigins = lazy(async () => ({
  site: await serveFiles(),
  devPort: await freePort(),
}));

/** A site whose origin the service does not allow. */
export const unlistedSite = lazy(serveFiles);

/** Makes the allowed site serve a folder, and returns the site's URL. */
export async function serve(folder, headers = {}) {
  const { site } = await allowedOrigins();
  Object.assign(site, { folder, headers });
  return `${site.origin}/`;
}

// The service

/** A mail server with an inbox, for Workers that a test starts itself. */
export const inbox = lazy(async () => {
  const started = new Inbox();
  await started.launch(programs, environment());
  return started;
});

/** The built Worker and its inbox. */
export const service = lazy(async () => {
  const { site, devPort } = await allowedOrigins();
  const started = new Service();
  await started.launch(programs, {
    state: join(folder, "service"),
    variables: { ALLOWED_ORIGINS: `${site.origin},http://localhost:${devPort}` },
    env: environment(),
  });
  return started;
});

// The browser

const browser = lazy(launchBrowser);

/**
 * Opens a URL in a new browser profile. `script` runs in the page before its own scripts. Returns:
 *
 * - `page`: the tab
 * - `faults`: exceptions, unhandled rejections, and errors on the console, as they happen
 * - `scripts()`: the source of all scripts that were loaded
 * - `close()`: closes the profile
 */
export async function openPage(url, script) {
  const context = await (await browser()).newContext();
  const page = await context.newPage();
  if (script) await page.addInitScript(script);
  const faults = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    const isError = ["error", "warning"].includes(message.type());
    // Not every site of these tests has an icon.
    const isIcon = message.location().url.endsWith("/favicon.ico");
    if (isError && !isIcon) faults.push(message.text());
  });
  const loaded = [];
  page.on("response", (response) => {
    if (response.request().resourceType() === "script") loaded.push(response.text());
  });
  await page.goto(url);
  const scripts = async () => (await Promise.all(loaded)).join("\n");
  return { page, faults, scripts, close: () => context.close() };
}
