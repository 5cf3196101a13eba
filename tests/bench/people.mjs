// Accounts, tokens, and the calls that account owners make.

import { argon2Sync, randomBytes } from "node:crypto";
import { Agent, request } from "node:http";
import { Problem } from "../../edge/tools/local.mjs";

/** The header in which Miniflare passes a Worker the `cf` object that Cloudflare sets. */
const CF = { "MF-CF-Blob": '{"continent":"EU"}' };

export const PASSWORD = "a long enough password";

/** Returns a well-formed token without a valid signature. It expires in the year 2100. */
export function forgedToken() {
  const expiry = Buffer.alloc(5);
  expiry.writeUIntBE(4_102_444_800, 0, 5);
  return Buffer.concat([Buffer.from([1, 1]), expiry, randomBytes(64)]).toString("base64url");
}

/** Returns accounts with random user names of the same form as those of `names`. */
export const accounts = (count, hash = "") =>
  names(count).map((username) => ({ username, email: `${username}@example.com`, hash }));

/** Returns random user names that no account has. */
export const names = (count) => Array.from({ length: count }, () => randomBytes(6).toString("hex"));

/** Returns a hash in the format that the Worker stores. No call of the benchmark verifies it. */
export function unusedHash() {
  const nonce = randomBytes(16);
  const cost = { memory: 64, passes: 1, parallelism: 1 };
  const message = "the old password";
  const tag = argon2Sync("argon2id", { message, nonce, tagLength: 32, ...cost });
  const encode = (bytes) => bytes.toString("base64").replace(/=+$/, "");
  return `$argon2id$v=19$m=64,t=1,p=1$${encode(nonce)}$${encode(tag)}`;
}

/** Calls one Worker over at most `connections` connections, which stay open. */
export class Caller {
  #agent;
  #url;

  constructor(url, connections) {
    this.#url = url;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /**
   * Makes a call to /password/reset/{path}. Returns the time from sending it to the end of the
   * response, in milliseconds. Throws if the status is not 200.
   */
  call(path, fields) {
    return this.#exchange("POST", `/password/reset/${path}`, JSON.stringify(fields), 200);
  }

  /** Makes a call that needs no account, as `call`: `health`, `check` of a forged link, `request`. */
  probe(kind) {
    if (kind === "health") return this.#exchange("GET", "/healthz", "", 200);
    if (kind === "request") return this.call("request", { identifier: names(1)[0] });
    const body = JSON.stringify({ token: forgedToken() });
    return this.#exchange("POST", "/password/reset/check", body, 400);
  }

  #exchange(method, path, body, expected) {
    const headers = {
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(body),
      ...CF,
    };
    const options = { agent: this.#agent, method, headers };
    return new Promise((resolve, reject) => {
      const started = process.hrtime.bigint();
      const sent = request(`${this.#url}${path}`, options, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk) => (text += chunk));
        response.once("end", () => {
          const took = Number(process.hrtime.bigint() - started) / 1e6;
          const { statusCode } = response;
          if (statusCode === expected) return resolve(took);
          reject(new Problem(`bench: ${path} gave ${statusCode}, so the figure is void: ${text}`));
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
