// Runs one built Worker on this machine:
//
//   STATE=folder PORT=port node edge/tools/serve.mjs [--seed] [--rebuild]
//
// Standard output is one line, `ready http://localhost:PORT`, once the Worker responds. The logs of
// the Worker and of wrangler go to standard error. SIGTERM or SIGINT stops both. The variables are
// those of edge/cli/serve.mjs.
//
//   --seed     adds the demo accounts, and a session of ada
//   --rebuild  builds when a source changes; without it, `make build` must have run
import { existsSync } from "node:fs";
import { join } from "node:path";
import { serve } from "../cli/serve.mjs";
import { guard, Problem, portable, readToml, rebuild, root } from "./local.mjs";

await guard(async () => {
  const flags = process.argv.slice(2);
  const [withAccounts, builds] = ["--seed", "--rebuild"].map((flag) => flags.includes(flag));
  if (flags.length > withAccounts + builds)
    throw new Problem(`serve: unknown argument: ${flags.join(" ")}`);
  if (!builds && !existsSync(join(root, "edge", "build", "index.js")))
    throw new Problem("serve: edge/build is missing. Run `make build` first.");
  const options = { withAccounts, rebuild: builds ? await rebuild() : undefined };
  console.log(`ready ${await serve(portable(await readToml()), process.env, options)}`);
});
