// Accounts, and what their owners do: ask, read the mail, set a new password.
import { Agent, request } from "node:http";
import { argon2Sync, randomBytes } from "node:crypto";
import { Problem } from "../../edge/tools/local.mjs";

/** Where the caller is, as Cloudflare tells it of every call; this is how Miniflare hands it on. */
const PLACE = '{"continent":"EU"}';

export const PASSWORD = "a long enough password";

/** A link that nobody made: right in form, signed by nobody. It expires in the year 2100. */
export function forgedToken() {
  const expiry = Buffer.alloc(5);
  expiry.writeUIntBE(4_102_444_800, 0, 5);
  return Buffer.concat([Buffer.from([1, 1]), expiry, randomBytes(64)]).toString("base64url");
}

/** Accounts that differ in name only, so that nothing but having an account tells them from names that have none. */
export function accounts(count, hash = "") {
  return names(count).map((username) => ({ username, email: `${username}@example.com`, hash }));
}

/** Names that have never been used before. */
export const names = (count) => Array.from({ length: count }, () => randomBytes(6).toString("hex"));

/** A hash as the Worker would have stored it. Nobody signs in, so all accounts may have the same one. */
export function anyHash() {
  const nonce = randomBytes(16);
  const tag = argon2Sync("argon2id", { message: "the old password", nonce, tagLength: 32, memory: 64, passes: 1, parallelism: 1 });
  const encode = (bytes) => bytes.toString("base64").replace(/=+$/, "");
  return `$argon2id$v=19$m=64,t=1,p=1$${encode(nonce)}$${encode(tag)}`;
}

/** Calls of one Worker over connections that are kept. `connections`: the most at a time. */
export class Caller {
  #agent;
  #url;

  constructor(url, connections) {
    this.#url = url;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** Makes a call that must succeed. Gives the milliseconds from sending to the whole answer. */
  call(path, fields) {
    const body = JSON.stringify(fields);
    const headers = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body), "MF-CF-Blob": PLACE };
    return new Promise((resolve, reject) => {
      const began = process.hrtime.bigint();
      const sent = request(`${this.#url}/password/reset/${path}`, { agent: this.#agent, method: "POST", headers }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk) => (text += chunk));
        response.once("end", () => {
          const took = Number(process.hrtime.bigint() - began) / 1e6;
          if (response.statusCode === 200) resolve(took);
          else reject(new Problem(`${path} answered ${response.statusCode}, so this measures nothing: ${text}`));
        });
      });
      sent.once("error", reject);
      sent.end(body);
    });
  }

  close() {
    this.#agent.destroy();
  }
}
