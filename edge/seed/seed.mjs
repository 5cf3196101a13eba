// The demo accounts, and a session of the account "ada". They are in no migration, so that no
// deployed database has them.
import * as crypto from "node:crypto";
import { readFileSync } from "node:fs";

/** Midnight UTC on 1 January 2100, in seconds. */
const SESSION_END = 4102444800;

const encode = (bytes) => bytes.toString("base64").replace(/=+$/, "");

/** Returns the hash of a password as a PHC string: Argon2id, or scrypt before Node.js 24.7. */
function phc(password) {
  const salt = crypto.randomBytes(16);
  if (!crypto.argon2Sync) {
    const cost = { N: 2 ** 15, r: 8, p: 1, maxmem: 2 ** 26 };
    const key = crypto.scryptSync(password, salt, 32, cost);
    return `$scrypt$ln=15,r=8,p=1$${encode(salt)}$${encode(key)}`;
  }
  const cost = { memory: 19456, passes: 2, parallelism: 1 };
  // The Worker normalizes passwords to NFC before it hashes them with Argon2id.
  const message = password.normalize("NFC");
  const tag = crypto.argon2Sync("argon2id", { message, nonce: salt, tagLength: 32, ...cost });
  return `$argon2id$v=19$m=19456,t=2,p=1$${encode(salt)}$${encode(tag)}`;
}

function quote(value) {
  if (value === null) return "NULL";
  return typeof value === "number" ? String(value) : `'${value.replaceAll("'", "''")}'`;
}

/**
 * Returns an INSERT statement. The values are SQL expressions. An existing row stays, so that a
 * password that was reset survives a restart.
 */
const insert = (table, row) =>
  `INSERT OR IGNORE INTO ${table} (${Object.keys(row).join(", ")}) ` +
  `VALUES (${Object.values(row).join(", ")});`;

/**
 * Returns SQL that inserts the accounts, which all have the password `password`, and a session of
 * ada with the bearer token `session`.
 */
export function seed(password, session) {
  const accounts = JSON.parse(readFileSync(new URL("accounts.json", import.meta.url), "utf8"));
  const users = accounts.map((account) => {
    const row = { ...account, password_hash: phc(password) };
    const quoted = Object.entries(row).map(([column, value]) => [column, quote(value)]);
    return insert("users", Object.fromEntries(quoted));
  });
  // A session is stored under a digest of its bearer token. A reset of ada's password ends it.
  const digest = crypto.createHash("sha256").update(session).digest("hex");
  const ada = accounts.find(({ username }) => username === "ada");
  const row = {
    id: quote(digest),
    user_id: ada.id,
    created_at: "unixepoch()",
    expires_at: SESSION_END,
  };
  return [...users, insert("sessions", row)].join("\n");
}
