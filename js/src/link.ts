import { resultOf } from "./host.js";
import { asText } from "./options.js";
import { wasm } from "./wasm.js";

/** A well-formed link. Only the service can tell that it is genuine. */
export interface Link {
  /** What `check` and `confirm` take. Whoever has it can set the password. */
  readonly token: string;
  /** When the link ends, as it says itself. */
  readonly expiresAt: Date;
  /** Whether that is over, by the clock of this device. */
  readonly expired: boolean;
}

/**
 * Finds the link's token in an address, in its query or its fragment; nothing is sent. Rejects with `link_missing`, or with
 * `link_invalid` where it was cut short or changed on its way. Blanks and line breaks of mail programs are undone.
 */
export async function readLink(url: string | URL): Promise<Link> {
  const fields = { url: asText("address", url instanceof URL ? url.href : url) };
  const [token, seconds] = resultOf((await wasm()).readLink, fields).split("\n") as [string, string];
  const expiresAt = new Date(Number(seconds) * 1000);
  return { token, expiresAt, expired: expiresAt.getTime() <= Date.now() };
}

/**
 * As {@link readLink}, of this page's own address; and takes the token out of the address bar and the history, so that it is
 * in no bookmark, no screenshot and no later Referer. Call it once, first of all. Where the WebAssembly cannot be loaded
 * (`module_unavailable`) the address stays as it is.
 */
export async function takeLink(): Promise<Link> {
  const page = globalThis.location as Location | undefined;
  const href = page?.href ?? "";
  const { withoutToken } = await wasm();
  // As it is by now: a router may have touched it meanwhile.
  const now = page?.href ?? "";
  const shown = resultOf(withoutToken, { url: now });
  if (shown !== now)
    try {
      history.replaceState(history.state, "", shown);
    } catch {
      // A sandboxed frame has no history to change, and nobody sees its address.
    }
  return readLink(href);
}
