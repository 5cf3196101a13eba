// `relatch-worker events`: prints the recent events of an account, by the call /server/events.
import { Problem } from "./program.mjs";

const USAGE = "events https://reset.example.com ada@example.com";

/** Returns the URL without a slash at its end. A key is sent in clear to this machine only. */
function siteOf(url) {
  const { protocol, hostname } = URL.canParse(url ?? "") ? new URL(url) : {};
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  if (protocol === "https:" || (protocol === "http:" && isLocal)) return url.replace(/\/$/, "");
  throw new Problem(`events needs the https URL of the Worker: ${USAGE}`);
}

/** The command: `events URL IDENTIFIER`, or `events URL --account ID`. */
export async function events({ limit = "20", account }, [url, identifier]) {
  const site = siteOf(url);
  if ((identifier === undefined) === (account === undefined))
    throw new Problem(`events needs a user name or an e-mail address, or --account ID: ${USAGE}`);
  const { APPLICATION_KEY: key } = process.env;
  if (!key)
    throw new Problem("APPLICATION_KEY must be set to a server key with the scope `events`");
  if (!/^[1-9]\d?$|^100$/.test(limit)) throw new Problem("--limit must be a number from 1 to 100");
  const response = await fetch(`${site}/server/events`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${key}` },
    body: JSON.stringify({ identifier, account, limit: Number(limit) }),
    signal: AbortSignal.timeout(30_000),
  }).catch((error) => {
    throw new Problem(`${site} cannot be reached (${error.cause?.code ?? error.name})`);
  });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) {
    const reasons = [body.title, body.detail].filter(Boolean).join(" ");
    throw new Problem(
      `${site}/server/events returns ${response.status} ${body.code ?? ""}. ${reasons}`,
    );
  }
  for (const { at, event, count = 1, address, detail } of body.events) {
    const times = count > 1 ? `x${count}` : undefined;
    console.log([at, event, times, detail, address].filter(Boolean).join("  "));
  }
  if (body.events.length === 0) console.log("No events.");
}
