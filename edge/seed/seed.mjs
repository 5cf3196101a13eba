// Prints the SQL of the demo accounts and of a session of ada's: `node seed.mjs` with DEMO_PASSWORD and DEMO_SESSION in the
// environment (Node 24.7 or newer, for crypto.argon2Sync). Only `make dev` runs it, and no migration holds it: no deployed database ever has these accounts.
//
// INSERT OR IGNORE: an account that is already there stays as it is, so a password that was reset survives a restart.
import { argon2Sync, createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";

const PARAMETERS = { memory: 19456, passes: 2, parallelism: 1 };

/** An Argon2id hash as a PHC string: base64 without padding, version 19. */
function phc(password) {
  const nonce = randomBytes(16);
  const tag = argon2Sync("argon2id", { message: password, nonce, tagLength: 32, ...PARAMETERS });
  const encode = (bytes) => bytes.toString("base64").replace(/=+$/, "");
  const { memory, passes, parallelism } = PARAMETERS;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${encode(nonce)}$${encode(tag)}`;
}

const quote = (value) => {
  if (value === null) return "NULL";
  return typeof value === "number" ? String(value) : `'${value.replaceAll("'", "''")}'`;
};

// The Worker hashes passwords in Unicode's composed form, so the same characters typed in another form fit.
const password = process.env.DEMO_PASSWORD.normalize("NFC");
const accounts = JSON.parse(readFileSync(new URL("accounts.json", import.meta.url), "utf8"));
for (const account of accounts) {
  const row = { ...account, password_hash: phc(password), locale: "en" };
  console.log(`INSERT OR IGNORE INTO users (${Object.keys(row).join(", ")}) VALUES (${Object.values(row).map(quote).join(", ")});`);
}

// Stored as every session is: by a digest of its token. It ends in the year 2100, or with a reset of ada's password.
const session = createHash("sha256").update(process.env.DEMO_SESSION).digest("hex");
const ada = accounts.find(({ username }) => username === "ada").id;
console.log(`INSERT OR IGNORE INTO sessions (id, user_id, created_at, expires_at) VALUES (${quote(session)}, ${ada}, unixepoch(), 4102444800);`);
