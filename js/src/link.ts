import { resultOf } from "./host.js";
import { requireString } from "./options.js";
import { wasm } from "./wasm.js";

/** A well-formed link. Only the service can verify it. */
export interface Link {
  /** The token for `check` and `confirm`. It is a secret: it is enough to set the password. */
  readonly token: string;
  /** When the link expires, according to the token. */
  readonly expiresAt: Date;
  /** Whether it has expired, according to the device's clock. */
  readonly expired: boolean;
}

/**
 * Reads the link's token from the query or the fragment of a URL. Sends nothing. White space and
 * line breaks from email programs are removed.
 *
 * @throws {ResetError} `link_missing` if the URL contains no token, `link_invalid` if the token is
 *   incomplete or damaged.
 */
export async function readLink(url: string | URL): Promise<Link> {
  const fields = { url: requireString("link", url instanceof URL ? url.href : url) };
  const result = resultOf((await wasm()).readLink, fields);
  const [token, seconds] = result.split("\n") as [string, string];
  const expiresAt = new Date(Number(seconds) * 1000);
  return { token, expiresAt, expired: expiresAt.getTime() <= Date.now() };
}

/**
 * Reads the link from the page's URL as {@link readLink} does, and removes the token from the
 * address bar and the history, so that no bookmark, screenshot or later `Referer` contains it.
 * Call it once, before anything else. The URL remains as it is if the call rejects with
 * `module_unavailable`.
 *
 * @throws {ResetError} As {@link readLink}.
 */
export async function takeLink(): Promise<Link> {
  const page = globalThis.location as Location | undefined;
  const href = page?.href ?? "";
  const { withoutToken } = await wasm();
  // A router may have changed the URL while the module was loaded.
  const current = page?.href ?? "";
  const clean = resultOf(withoutToken, { url: current });
  if (clean !== current) {
    try {
      history.replaceState(history.state, "", clean);
    } catch {
      // A sandboxed frame cannot change its history, and its URL is not visible.
    }
  }
  return readLink(href);
}
