// `relatch-worker keys`: generates the keys of the links, and a server key with its hash.
import { randomBytes } from "node:crypto";
import { Problem, randomKeys, sha256 } from "./program.mjs";

/** Prints new keys as lines of .dev.vars. */
export function keys({ label = "server", scopes = "reset+status+links+events" }) {
  if (!/^[a-z0-9-]{1,32}$/.test(label))
    throw new Problem("--label must have 1 to 32 lower-case letters, digits and hyphens");
  if (!/^[a-z]+(\+[a-z]+)*$/.test(scopes))
    throw new Problem("--scopes must be names joined by `+`, such as status+reset");
  const key = randomBytes(32).toString("base64url");
  console.log(`# The keys of the links, a secret. To deploy it: npx wrangler secret put RELATCH_KEYS
RELATCH_KEYS="${randomKeys()}"

# A server key, for your server alone. It is not shown again. Its hash is a variable of the Worker.
#   ${key}
APPLICATION_KEYS="${label}:${sha256(key)}:${scopes}"`);
}
