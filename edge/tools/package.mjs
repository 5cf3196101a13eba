// Writes wrangler.toml as JSON into edge/build, for the command of the package, which has no parser
// of TOML.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readToml, root } from "./local.mjs";

const { build: _, ...config } = await readToml();
writeFileSync(join(root, "edge", "build", "wrangler.json"), `${JSON.stringify(config, null, 2)}\n`);
