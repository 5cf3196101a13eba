// wrangler and maildev, which the user's project installs: optional peers of the package.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Problem } from "./program.mjs";

/** The folder of this package. */
export const home = fileURLToPath(new URL("../", import.meta.url));

/** The settings of wrangler: no questions, no messages to its makers. */
export const WRANGLER = {
  CI: "1",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_HIDE_BANNER: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  // Its log files would contain whole URLs.
  WRANGLER_WRITE_LOGS: "false",
};

/** Returns the arguments of `wrangler dev` at a port of this machine. */
export const devArguments = (port) => [
  ...["dev", "--ip", "127.0.0.1", "--port", `${port}`, "--inspector-port", "0"],
  "--show-interactive-dev-session=false",
];

/** What npm is asked for. Newer major versions of maildev have other options. */
const PACKAGES = { wrangler: "wrangler@4", maildev: "maildev@2" };

/** Returns the folder of an installed package, from this package or from the user's folder. */
function folderOf(name) {
  for (const from of [home, join(process.cwd(), "/")]) {
    try {
      return dirname(createRequire(from).resolve(`${name}/package.json`));
    } catch {
      // It is not installed there.
    }
  }
}

/** Returns the folders of these packages. Throws a Problem that names those that are missing. */
export function peers(...names) {
  const folders = names.map(folderOf);
  const missing = names.filter((_, index) => !folders[index]);
  if (missing.length === 0) return folders;
  const packages = missing.map((name) => PACKAGES[name]).join(" ");
  const command = `npm install --save-dev ${packages}`;
  throw new Problem(`${missing.join(" and ")} must be installed here:\n\n  ${command}`);
}

/** Returns the Node.js that npm installed beside a package, or the one that runs this. */
function nodeBeside(folder) {
  const installed = join(folder, "..", ".bin", "node");
  if (existsSync(installed)) return installed;
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 12)) return process.execPath;
  throw new Problem(`wrangler needs Node.js 22.12 or newer, but this is ${process.versions.node}.`);
}

/**
 * Returns how to start the installed programs:
 *
 * - `node`: the path of Node.js
 * - `wrangler`: the command that starts wrangler
 * - `module`: the path of wrangler's module
 * - `inbox(smtp, web, folder)`: the command that starts maildev, if `withInbox`
 * - `environment`: what their environment has beside that of this process
 */
export function programs({ withInbox = false } = {}) {
  const [folder, maildev] = peers("wrangler", ...(withInbox ? ["maildev"] : []));
  const node = nodeBeside(folder);
  const module = join(folder, "wrangler-dist", "cli.js");
  const inbox = (smtp, web, mail) => [
    ...[node, join(maildev, "bin", "maildev"), "--silent", "--ip", "127.0.0.1"],
    ...["--smtp", `${smtp}`, "--web", `${web}`, "--mail-directory", mail],
  ];
  const path = `${dirname(node)}${delimiter}${process.env.PATH ?? ""}`;
  const wrangler = [node, "--no-warnings", module];
  return { node, wrangler, module, inbox, environment: { ...WRANGLER, PATH: path } };
}
