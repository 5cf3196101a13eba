// Writes the variables of `npx wrangler dev` into .dev.vars, with random keys.
import { demoVariables, randomKeys, writePrivate } from "./local.mjs";

const variables = { RELATCH_KEYS: randomKeys(), ...demoVariables("http://localhost:8787", 1025) };
const lines = Object.entries(variables).map(([name, value]) => `${name}="${value}"\n`);
writePrivate(
  ".dev.vars",
  `# Variables of \`npx wrangler dev\`. Never deploy them.\n${lines.join("")}`,
);
