// The runtimes that the package is for. Each does an act with it, given its name and what it needs to know, and gives what came
// of it.
import { readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { build } from "esbuild";
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from "miniflare";
import * as relatch from "../../js/dist/node.js";
import { root } from "../../edge/tools/local.mjs";
import { site } from "../browser/site.mjs";
import { acts } from "./acts.mjs";
import { differences } from "./vectors.mjs";

const ends = [];
/** Ends what was started. */
export const end = () => Promise.all(ends.map((end) => end()));

const node = async () => ({
  act: (name, input) => (name === "vectors" ? differences(relatch, input.vectors, input.server) : acts[name](relatch, input)),
});

/** As Workers are uploaded: the scripts in one file, the WebAssembly compiled beside them. */
async function workerd() {
  const wasm = [];
  const plugin = {
    name: "compiled WebAssembly",
    setup: ({ onResolve }) =>
      onResolve({ filter: /\.wasm$/ }, ({ path, resolveDir }) => {
        wasm.push({ type: "CompiledWasm", path: basename(path), contents: readFileSync(resolve(resolveDir, path)) });
        return { path: `./${basename(path)}`, external: true };
      }),
  };
  const { outputFiles } = await build({ entryPoints: [join(root, "tests/runtimes/worker.mjs")], bundle: true, format: "esm", target: "es2024", write: false, plugins: [plugin] });
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
      const answer = await miniflare.dispatchFetch("http://worker.test/", { method: "POST", body: JSON.stringify({ act, input }) });
      if (!answer.ok) throw new Error(await answer.text());
      return answer.json();
    },
  };
}

/** A page of another site than the service's, with a strict policy. */
async function chromium(relatch) {
  const { page: put, file } = await site();
  for (const name of ["acts", "vectors"]) file(`/${name}.js`, readFileSync(new URL(`./${name}.mjs`, import.meta.url)));
  const { page, context, faults } = await relatch.visitor();
  ends.push(() => context.close());
  await page.goto(put("<p>Nothing.</p>"));
  return {
    faults,
    act: (name, input) =>
      page.evaluate(
        async ([name, input]) => {
          const relatch = await import("/relatch/browser.js");
          if (name === "vectors") return (await import("/vectors.js")).differences(relatch, input.vectors, input.server);
          return (await import("/acts.js")).acts[name](relatch, input);
        },
        [name, input],
      ),
  };
}

export const runtimes = { node, workerd, chromium };
