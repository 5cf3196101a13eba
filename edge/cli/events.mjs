// `relatch-worker events`: prints events, of one account or of all, by the call /server/events.
import { Problem } from "./program.mjs";
import { printLine, serverCall, subjectOf } from "./server.mjs";

const FILTERS = ["event", "since", "until", "cursor"];

/**
 * The command: `events URL`, `events URL IDENTIFIER`, or `events URL --account ID`, and filters,
 * which are for all accounts or for an account id.
 */
export async function events({ limit = "20", account, json, ...options }, [url, identifier]) {
  const subject = subjectOf("events", identifier, account, true);
  if (!/^[1-9]\d?$|^100$/.test(limit)) throw new Problem("--limit must be a number from 1 to 100");
  const given = FILTERS.filter((name) => options[name] !== undefined);
  if (identifier !== undefined && given.length)
    throw new Problem(`--${given[0]} selects events of all accounts, or with --account ID of one`);
  const isOfAll = !subject || given.length > 0;
  const filters = given.map((name) => [name, options[name]]);
  const query = Object.fromEntries([
    ...filters,
    ["limit", limit],
    ...Object.entries(subject ?? {}),
  ]);
  const body = await serverCall(
    "events",
    url,
    isOfAll
      ? { path: "/server/events", scope: "operator", query }
      : { path: "/server/events", scope: "events", fields: { ...subject, limit: Number(limit) } },
  );
  if (json) return console.log(JSON.stringify(body, null, 2));
  for (const event of body.events) {
    const { at, event: name, count = 1, address, detail, attempt } = event;
    const times = count > 1 ? `x${count}` : undefined;
    const account = isOfAll && event.account && `account ${event.account}`;
    printLine(at, name, times, account, detail, attempt && `attempt ${attempt}`, address);
  }
  if (body.events.length === 0) console.log("No events.");
  if (body.next_cursor) console.log(`More with --cursor ${body.next_cursor}`);
}
