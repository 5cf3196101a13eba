// Server calls of the commands: the URL of the Worker, the key, and errors.
import { missingBasePath } from "./base-path.mjs";
import { Problem, withCode } from "./program.mjs";

/** Returns the URL without a slash at its end. A key is sent in clear to this machine only. */
function siteOf(command, url) {
  const { protocol, hostname } = URL.canParse(url ?? "") ? new URL(url) : {};
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  if (protocol === "https:" || (protocol === "http:" && isLocal)) return url.replace(/\/$/, "");
  throw new Problem(
    `${command} needs the https URL of the Worker: ${command} https://reset.example.com ada@example.com`,
  );
}

/**
 * Returns the subject of a call: an account id, or a user name or an e-mail address. Exactly one of
 * them must be given, or none with `isOptional`.
 */
export function subjectOf(command, identifier, account, isOptional = false) {
  if (identifier !== undefined && account !== undefined)
    throw new Problem(
      `${command} takes a user name or an e-mail address, or --account ID, not both`,
    );
  if (identifier === undefined && account === undefined) {
    if (isOptional) return;
    throw new Problem(`${command} needs a user name or an e-mail address, or --account ID`);
  }
  return account === undefined ? { identifier } : { account };
}

/**
 * Makes a server call with the key in APPLICATION_KEY, which needs this scope. With fields it is a
 * POST. Returns the answer.
 */
export async function serverCall(command, url, { path, query = {}, fields, scope }) {
  const site = siteOf(command, url);
  const { APPLICATION_KEY: key } = process.env;
  if (!key)
    throw new Problem(`APPLICATION_KEY must be set to a server key with the scope \`${scope}\``);
  const target = `${site}${path}${Object.keys(query).length ? `?${new URLSearchParams(query)}` : ""}`;
  const response = await fetch(target, {
    method: fields ? "POST" : "GET",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${key}` },
    body: fields && JSON.stringify(fields),
    signal: AbortSignal.timeout(30_000),
  }).catch((error) => {
    throw new Problem(`${site} cannot be reached (${error.cause?.code ?? error.name})`);
  });
  const body = await response.json().catch(() => undefined);
  if (!response.ok) {
    const { status } = response;
    const { code, title, detail } = body ?? {};
    const needed = status === 403 ? `This call needs the scope \`${scope}\`.` : undefined;
    const answer = `${site}${path} returns ${withCode(status, code)}.`;
    const elsewhere = missingBasePath(command, site, status, code);
    throw new Problem([answer, title, detail, needed, elsewhere].filter(Boolean).join(" "));
  }
  if (typeof body !== "object" || body === null)
    throw new Problem(`${site}${path} does not return JSON: is this the URL of the Worker?`);
  return body;
}

/** Prints a line of the parts that are given. */
export const printLine = (...parts) => console.log(parts.filter(Boolean).join("  "));
