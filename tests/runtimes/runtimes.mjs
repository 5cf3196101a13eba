// The runtimes that the package supports. Each runs a function of acts.mjs, or the vectors, with
// the package and returns the result.
import { readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { root } from "../../edge/tools/local.mjs";
import * as relatch from "../../js/dist/node.js";
import { site } from "../browser/site.mjs";
import { acts } from "./acts.mjs";
import { differences } from "./vectors.mjs";

const ends = [];
/** Stops every runtime that was started. */
export const end = () => Promise.all(ends.map((end) => end()));

const node = async () => ({
  act: (name, input) =>
    name === "vectors"
      ? differences(relatch, input.vectors, input.server)
      : acts[name](relatch, input),
});

/** A Worker as it is uploaded: one script, and the WebAssembly as a compiled module. */
async function workerd() {
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
    entryPoints: [join(root, "tests/runtimes/worker.mjs")],
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
async function chromium(relatch) {
  const { addPage, addFile } = await site();
  for (const name of ["acts", "vectors"]) {
    addFile(`/${name}.js`, readFileSync(new URL(`./${name}.mjs`, import.meta.url)));
  }
  const { page, context, faults } = await relatch.visitor();
  ends.push(() => context.close());
  await page.goto(addPage("<p>Empty</p>"));
  return {
    faults,
    act: (name, input) =>
      page.evaluate(
        async ([name, input]) => {
          const relatch = await import("/relatch/browser.js");
          if (name === "vectors") {
            const { differences } = await import("/vectors.js");
            return differences(relatch, input.vectors, input.server);
          }
          const { acts } = await import("/acts.js");
          return acts[name](relatch, input);
        },
        [name, input],
      ),
  };
}

export const runtimes = { node, workerd, chromium };
