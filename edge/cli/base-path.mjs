// The base path under which a Worker mounts the service.
import { Problem } from "./program.mjs";

/** Returns the path that --base-path names, without a slash at its end. */
export function parseBasePath(text) {
  if (/^(\/[\w.~-]+)*\/?$/.test(text)) return text.replace(/\/$/, "");
  throw new Problem("--base-path must be a path that begins with a slash, such as /auth");
}

/** Returns the base path of the page that a Worker names to password managers, if it names one. */
export async function findBasePath(site) {
  const options = { redirect: "manual", signal: AbortSignal.timeout(10_000) };
  const response = await fetch(`${site}/.well-known/change-password`, options).catch(() => {});
  const location = response?.headers.get("location") ?? "";
  if (!URL.canParse(location, site)) return undefined;
  return /^(.*)\/password\/forgot$/.exec(new URL(location, site).pathname)?.[1];
}

/** Returns what to try for a call of a command at a URL that is answered like this. */
export const missingBasePath = (command, site, status, code) =>
  status === 404 && [undefined, "not_found"].includes(code)
    ? "The base path may be missing in the URL, or another one: " +
      `${command} ${new URL(site).origin}/auth`
    : undefined;
