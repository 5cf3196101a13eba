// Finds the token in a link, and removes it. This is JavaScript and not part of the WebAssembly
// module, so that nothing has to be loaded before the token is out of the page's URL. It finds what
// the native client finds (sdk/src/link_url.rs): tests/runtimes compares the two.
import { ResetError } from "./errors.js";
import { requireString } from "./options.js";

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
 * A token: 71 bytes in canonical base64url, of which the first is 1. Its spare bits are zero. See
 * sdk/src/token.rs.
 */
const TOKEN = /^A[Q-Za-f][\w-]{92}[AEIMQUYcgkosw048]$/;
/** A pair of a query or fragment that holds a token. */
const TOKEN_PAIR = /^\s*(?:token|hash)\s*=([^]*)$/;

/** Returns a value without percent-encoding and white space. Invalid encoding stays, so it is no token. */
const decode = (value: string): string =>
  value
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/\p{White_Space}/gu, "");

/** Splits a text at the first separator. Without one, the whole text is at `whole`. */
function split(text: string, separator: string, whole: 0 | 1 = 0): [before: string, after: string] {
  const place = text.indexOf(separator);
  if (place < 0) return whole ? ["", text] : [text, ""];
  return [text.slice(0, place), text.slice(place + 1)];
}

/** The parts of a link that may hold a token. */
function parts(url: string) {
  const [before, fragment] = split(url, "#");
  const [base, query] = split(before, "?");
  // In-page routers write a path and a query into the fragment.
  const [route, fragmentQuery] = split(fragment, "?", 1);
  return { base, query, fragment, route, fragmentQuery };
}

/** Joins two texts with a separator, or returns the one that is not empty. */
const join = (before: string, separator: string, after: string): string =>
  before && after ? before + separator + after : before + after;

/** Returns a query without the pairs that hold a token. Others keep the separator before them. */
function withoutPairs(query: string): string {
  let kept = "";
  // `;` separates because a link that is copied from HTML source contains `&amp;`.
  for (const [all, pair = ""] of query.matchAll(/[&;]*([^&;]*)/g)) {
    if (!TOKEN_PAIR.test(pair)) kept += kept ? all : pair;
  }
  return kept;
}

/** Returns a link without its token, or unchanged if it has none. */
function withoutToken(url: string): string {
  const { base, query, fragment, route, fragmentQuery } = parts(url);
  const isToken = TOKEN.test(decode(fragment));
  if (!isToken && !`${query}&${fragmentQuery}`.split(/[&;]/).some((pair) => TOKEN_PAIR.test(pair)))
    return url;
  const clean = join(base, "?", withoutPairs(query));
  return isToken ? clean : join(clean, "#", join(route, "?", withoutPairs(fragmentQuery)));
}

const PROBLEMS = {
  link_invalid: "The reset token is damaged.",
  link_missing: "The URL has no reset token.",
};
const linkError = (code: keyof typeof PROBLEMS): ResetError =>
  new ResetError({ code, message: `${PROBLEMS[code]} Use the whole link from the mail.` });

/** Returns the token in a link, or `undefined` and whether the link has a damaged one. */
function search(url: string): { token: string | undefined; isDamaged: boolean } {
  const { query, fragment, fragmentQuery } = parts(url);
  const values = `${query}&${fragmentQuery}`
    .split(/[&;]/)
    .flatMap((pair) => TOKEN_PAIR.exec(pair)?.[1] ?? []);
  // A fragment is usually an anchor of the page: one that is not a token is not a damaged one.
  const token = [...values, fragment].map(decode).find((text) => TOKEN.test(text));
  return { token, isDamaged: values.length > 0 };
}

/**
 * Returns the token in a text that a person pasted: a token, or a link.
 *
 * @throws {ResetError} `link_invalid`.
 */
export function tokenIn(text: string): string {
  const plain = decode(text);
  const token = TOKEN.test(plain) ? plain : search(text).token;
  if (token === undefined) throw linkError("link_invalid");
  return token;
}

/** @throws {ResetError} `link_missing` or `link_invalid`. */
function findLink(url: string): Link {
  const { token, isDamaged } = search(url);
  if (token === undefined) throw linkError(isDamaged ? "link_invalid" : "link_missing");
  // After version and key id, five bytes are the seconds since 1970.
  const bytes = atob(token.slice(0, 12).replaceAll("-", "+").replaceAll("_", "/"));
  const seconds = [...bytes.slice(2, 7)].reduce((sum, byte) => sum * 256 + byte.charCodeAt(0), 0);
  const expiresAt = new Date(seconds * 1000);
  return { token, expiresAt, expired: expiresAt.getTime() <= Date.now() };
}

/**
 * Reads the link's token from the query or the fragment of a URL. Sends and loads nothing. White
 * space and line breaks from email programs are removed.
 *
 * @throws {ResetError} `link_missing` if the URL contains no token, `link_invalid` if the token is
 *   incomplete or damaged.
 */
export async function readLink(url: string | URL): Promise<Link> {
  return findLink(requireString("link", url instanceof URL ? url.href : url));
}

/**
 * Reads the link from the page's URL as {@link readLink} does, and removes the token from the
 * address bar and the history, so that no bookmark, screenshot or later `Referer` contains it.
 * When the function returns its promise, the token is removed: call it once, before anything else.
 *
 * @throws {ResetError} As {@link readLink}.
 */
export async function takeLink(): Promise<Link> {
  const href = (globalThis.location as Location | undefined)?.href ?? "";
  const clean = withoutToken(href);
  if (clean !== href) {
    try {
      history.replaceState(history.state, "", clean);
    } catch {
      // A sandboxed frame cannot change its history, and its URL is not visible.
    }
  }
  return findLink(href);
}
