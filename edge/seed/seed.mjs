// Prints SQL that inserts the demo accounts and a session of the account "ada":
//
//   DEMO_PASSWORD=password DEMO_SESSION=token node seed.mjs
//
// It needs Node 24.7 or newer for `crypto.argon2Sync`. Only `make dev` runs it. The accounts are in
// no migration, so that no deployed database has them.
//
// INSERT OR IGNORE keeps an existing account, so that a password that was reset survives a restart.
import { argon2Sync, createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";

const PARAMETERS = { memory: 19456, passes: 2, parallelism: 1 };
/** Midnight UTC on 1 January 2100, in seconds. */
const SESSION_END = 4102444800;

/** Returns the Argon2id hash of a password as a PHC string. */
function phc(password) {
  const nonce = randomBytes(16);
  const tag = argon2Sync("argon2id", { message: password, nonce, tagLength: 32, ...PARAMETERS });
  const encode = (bytes) => bytes.toString("base64").replace(/=+$/, "");
  const { memory, passes, parallelism } = PARAMETERS;
  const cost = `m=${memory},t=${passes},p=${parallelism}`;
  return `$argon2id$v=19$${cost}$${encode(nonce)}$${encode(tag)}`;
}

function quote(value) {
  if (value === null) return "NULL";
  return typeof value === "number" ? String(value) : `'${value.replaceAll("'", "''")}'`;
}

/** Returns an INSERT statement. The values are SQL expressions. */
const insert = (table, row) =>
  `INSERT OR IGNORE INTO ${table} (${Object.keys(row).join(", ")}) ` +
  `VALUES (${Object.values(row).join(", ")});`;

// The Worker normalizes passwords to NFC before it hashes them with Argon2id.
const password = process.env.DEMO_PASSWORD.normalize("NFC");
const accounts = JSON.parse(readFileSync(new URL("accounts.json", import.meta.url), "utf8"));
for (const account of accounts) {
  const row = { ...account, password_hash: phc(password), locale: "en" };
  const quoted = Object.entries(row).map(([column, value]) => [column, quote(value)]);
  console.log(insert("users", Object.fromEntries(quoted)));
}

// A session is stored under a digest of its bearer token. A reset of ada's password ends it.
const digest = createHash("sha256").update(process.env.DEMO_SESSION).digest("hex");
const ada = accounts.find(({ username }) => username === "ada");
console.log(
  insert("sessions", {
    id: quote(digest),
    user_id: ada.id,
    created_at: "unixepoch()",
    expires_at: SESSION_END,
  }),
);
