// Shared parts of the commands: errors, ports and private files.
import { createHash, randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** An error that the user can correct. It is printed without a stack. */
export class Problem extends Error {}

/** Returns a status, with the code of a problem if there is one. */
export const withCode = (status, code) => [status, code].filter(Boolean).join(" ");

/** Calls `attempt` until it returns a truthy value, or for `ms` milliseconds. Returns the value. */
export async function poll(ms, attempt, pause = 100) {
  for (const end = Date.now() + ms; ; await sleep(pause)) {
    const value = await attempt();
    if (value || Date.now() >= end) return value;
  }
}

/** Waits until a Worker on loopback responds. Returns its response, without the body. */
export async function responds(port, path = "/healthz") {
  const attempt = async () => {
    const signal = AbortSignal.timeout(5_000);
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal });
    await response.arrayBuffer();
    return response;
  };
  const response = await poll(180_000, () => attempt().catch(() => undefined));
  if (!response) throw new Problem("The Worker did not respond within three minutes. See its log.");
  return response;
}

/** Returns the variables whose names `keep` accepts. */
export const environment = (keep, env = process.env) =>
  Object.fromEntries(Object.entries(env).filter(([name]) => keep(name)));

/** Returns the SHA-256 of a text or of bytes, in hexadecimal. */
export const sha256 = (data) => createHash("sha256").update(data).digest("hex");
export const randomKeys = () => `1:${randomBytes(32).toString("base64")}`;

/** Writes a file that only this user can read, atomically. */
export function writePrivate(path, text) {
  const temporary = `${path}.${process.pid}.new`;
  fs.writeFileSync(temporary, text, { mode: 0o600 });
  fs.renameSync(temporary, path);
}

/** Returns the content of a private file. A new file gets `value`, or a random one. */
export function kept(path, value) {
  const random = () => randomBytes(24).toString("base64url");
  if (!fs.existsSync(path)) writePrivate(path, `${value || random()}\n`);
  return fs.readFileSync(path, "utf8").trim();
}

/** Makes a folder that only this user can read. Returns its path. */
export function privateFolder(path) {
  fs.mkdirSync(path, { recursive: true });
  fs.chmodSync(path, 0o700);
  return path;
}

/** Listens for a moment. Returns the port, or undefined if another program uses it. */
const listen = (port, host) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", ({ code }) => resolve(code === "EADDRINUSE" ? undefined : port));
    server.listen({ host, port, exclusive: true }, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

export const freePort = () => listen(0, "127.0.0.1");
export const isFree = async (port) => (await listen(port, "127.0.0.1")) && listen(port, "::1");

export function parsePort(name, text) {
  if (/^\d{1,5}$/.test(text) && text > 0 && text < 65_536) return Number(text);
  throw new Problem(`${name} must be a port from 1 to 65535, but it is ${text}.`);
}
