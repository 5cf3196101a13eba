// `make dev`: builds the Worker and runs `relatch-worker dev`, with a new build when a source
// changes. CONTRIBUTING.md lists its variables.
import { dev } from "../cli/dev.mjs";
import { build, guard, portable, readToml, rebuild, root } from "./local.mjs";

await guard(async () => {
  const base = async () => portable(await readToml());
  await dev({ base, folder: root, prepare: build, rebuild: await rebuild() });
});
