// The runtimes that the clients support. Each runs a function of acts.mjs, or the vectors, with a
// client and returns the result. There are two clients: the npm package, and the Rust client
// compiled to WebAssembly.
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { root } from "../../edge/tools/local.mjs";
import * as npm from "../../js/dist/node.js";
import { ServerClient } from "../../js/dist/server.js";
import { site } from "../browser/site.mjs";
import { acts } from "./acts.mjs";
import { rustClient } from "./rust-client.mjs";
import { differences } from "./vectors.mjs";

const ends = [];
/** Stops every runtime that was started. */
export const end = () => Promise.all(ends.map((end) => end()));

let building;
/** Builds the Rust client and its example page. Returns the folder that they are in. */
export function buildRust() {
  const script = join(root, "tests/runtimes/build.sh");
  building ??= promisify(execFile)("sh", [script], { cwd: root });
  return building.then(() => join(root, "target/runtimes"));
}

/** Adds the files of a folder to the site, below a path. */
export async function addFolder(folder, path) {
  const { addFile } = await site();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    addFile(`${path}${file.slice(folder.length)}`, readFileSync(file));
  }
}

const importClient = {
  npm: async () => ({ ...npm, ServerClient }),
  rust: async () => {
    const folder = join(await buildRust(), "client");
    const client = await import(pathToFileURL(join(folder, "client.js")));
    client.initSync({ module: readFileSync(join(folder, "client_bg.wasm")) });
    return rustClient(client);
  },
};

async function node(client) {
  const relatch = await importClient[client]();
  return {
    act: (name, input) =>
      name === "vectors"
        ? differences(relatch, input.vectors, input.server)
        : acts[name](relatch, input),
  };
}

/** A Worker as it is uploaded: one script, and the WebAssembly as a compiled module. */
async function workerd(client) {
  if (client === "rust") await buildRust();
  const wasm = [];
  const plugin = {
    name: "compiled WebAssembly",
    setup: ({ onResolve }) =>
      onResolve({ filter: /\.wasm$/ }, ({ path, resolveDir }) => {
        const contents = readFileSync(resolve(resolveDir, path));
        wasm.push({ type: "CompiledWasm", path: basename(path), contents });
        return { path: `./${basename(path)}`, external: true };
      }),
  };
  const { outputFiles } = await build({
    entryPoints: [join(root, `tests/runtimes/${client}-worker.mjs`)],
    bundle: true,
    format: "esm",
    target: "es2024",
    write: false,
    plugins: [plugin],
  });
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      telemetry: { enabled: false },
      log: new Log(LogLevel.ERROR),
      compatibilityDate: "2026-11-01",
      modules: [{ type: "ESModule", path: "worker.js", contents: outputFiles[0].text }, ...wasm],
    }),
  );
  await miniflare.ready;
  ends.push(() => miniflare.dispose());
  return {
    async act(act, input) {
      const body = JSON.stringify({ act, input });
      const answer = await miniflare.dispatchFetch("http://worker.test/", { method: "POST", body });
      if (!answer.ok) throw new Error(await answer.text());
      return answer.json();
    },
  };
}

/** A page on another origin than the service, with a strict Content-Security-Policy. */
async function chromium(client, relatch) {
  const { addPage, addFile } = await site();
  for (const name of ["acts", "vectors", "rust-client"]) {
    addFile(`/${name}.js`, readFileSync(new URL(`./${name}.mjs`, import.meta.url)));
  }
  if (client === "rust") await addFolder(join(await buildRust(), "client"), "/rust");
  const { page, context, faults } = await relatch.visitor();
  ends.push(() => context.close());
  await page.goto(addPage("<p>Empty</p>"));
  return {
    faults,
    act: (name, input) =>
      page.evaluate(
        async ([client, name, input]) => {
          let relatch;
          if (client === "rust") {
            const module = await import("/rust/client.js");
            await module.default();
            relatch = (await import("/rust-client.js")).rustClient(module);
          } else {
            relatch = await import("/relatch/browser.js");
          }
          if (name === "vectors") {
            const { differences } = await import("/vectors.js");
            return differences(relatch, input.vectors, input.server);
          }
          const { acts } = await import("/acts.js");
          return acts[name](relatch, input);
        },
        [client, name, input],
      ),
  };
}

export const clients = ["npm", "rust"];
/** By its name, a function that starts a runtime with a client, given the world. */
export const runtimes = { node, workerd, chromium };
