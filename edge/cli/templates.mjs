// `relatch-worker templates check`: checks templates of mails, and texts of pages, before they are
// written into KV.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { launch, temporaryFolder } from "./children.mjs";
import { freePort, Problem, poll } from "./program.mjs";
import { devArguments, home, programs } from "./wrangler.mjs";

const TIMEOUT_MS = 60_000;
const DATE = "2026-09-01";

/** Returns the key of a template: the last three parts of its path, without an extension. */
const keyOf = (path) =>
  path
    .split(sep)
    .slice(-3)
    .join("/")
    .replace(/\.\w+$/, "");

/** Returns the files at a path, or below it. */
function filesOf(path) {
  if (!existsSync(path)) throw new Problem(`${path} must exist: it is no file and no folder.`);
  if (!statSync(path).isDirectory()) return [resolve(path)];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith("."));
  return files.map((entry) => resolve(entry.parentPath, entry.name)).sort();
}

/** Checks templates by the built Worker, in the runtime of wrangler. */
async function checked(templates) {
  const { wrangler, environment } = programs();
  const folder = temporaryFolder("templates");
  const port = await freePort();
  const command = [
    ...[...wrangler, ...devArguments(port), join(home, "cli", "templates-worker.mjs")],
    ...["--name", "relatch-templates", "--compatibility-date", DATE, "--persist-to", folder],
  ];
  const env = { ...process.env, ...environment, WRANGLER_REGISTRY_PATH: join(folder, "registry") };
  const { isRunning, end } = launch(command, { env, cwd: folder, stdio: "ignore" });
  const body = JSON.stringify(templates);
  const ask = async () => {
    if (!isRunning()) return "ended";
    const signal = AbortSignal.timeout(5_000);
    const call = { method: "POST", body, signal };
    const response = await fetch(`http://127.0.0.1:${port}/`, call).catch(() => undefined);
    return response?.ok && response.json();
  };
  const results = await poll(TIMEOUT_MS, ask);
  await end();
  if (Array.isArray(results)) return results;
  throw new Problem("wrangler does not start the program that checks templates.");
}

/** Runs the command. Throws a Problem with all errors unless every template can be used. */
export async function templates(_, [command, ...paths]) {
  if (command !== "check" || paths.length === 0)
    throw new Problem("templates: write `relatch-worker templates check FILE|FOLDER...`");
  const files = paths.flatMap(filesOf);
  if (files.length === 0) throw new Problem("There must be at least one template.");
  const named = (file) => relative(process.cwd(), file);
  const read = files.map((file) => ({ key: keyOf(file), text: readFileSync(file, "utf8") }));
  const results = await checked(read);
  const wrong = files.flatMap((file, index) =>
    results[index] === null ? [] : [`Error: ${named(file)} ${results[index]}.`],
  );
  if (wrong.length > 0) throw new Problem(wrong.join("\n"));
  for (const [index, file] of files.entries()) {
    const { key } = read[index];
    console.log(`${key} can be used. To write it:`);
    console.log(
      `  npx wrangler kv key put --binding TEMPLATES --remote ${key} --path ${named(file)}`,
    );
  }
}
