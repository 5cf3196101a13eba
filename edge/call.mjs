// A request as plain values, and an answer from plain values: what crosses between JavaScript and Rust is texts and bytes.
//
// Why it is here and not in Rust: every property, header and promise of the host that Rust looks at is a call with
// bookkeeping on both sides, and most of what it took to refuse a forged link was such calls.

import { clean } from "./html.mjs";

/** The largest body that is handed over: one byte more than is ever read (http/body.rs), which says that it is too large. */
export const LARGEST_BODY = 16 * 1024 + 1;

/**
 * What is read of a larger body, and thrown away: a client that is still sending hears the answer only when its sending
 * is over, or not at all when the connection breaks first.
 */
export const MOST_DISCARDED = 1024 * 1024;

const NOTHING = new Uint8Array();

/**
 * What Rust is told of a request: `head` has a line each for method and address, then a line a header: its name, a comma,
 * its value. No line can hold another line's end, and the host joins headers of one name. `continent` is where the caller
 * is; the host reads it from a text when it is asked. `clean` is what an allow-list leaves of HTML.
 */
export const call = async (request) => ({
  head: `${request.method}\n${request.url}\n${[...request.headers].join("\n")}`,
  body: await body(request),
  get continent() {
    return request.cf?.continent;
  },
  clean,
});

/** The body, or the beginning of one that is too large. One that breaks off is none. */
async function body(request) {
  try {
    const announced = request.headers.get("content-length");
    if (announced === null) return request.body === null ? NOTHING : await beginning(request.body);
    // The host keeps a length that it shows: a body is as small as it says, and is read at once. What is no number, or a
    // larger one, is not read at all.
    return Number(announced) < LARGEST_BODY ? new Uint8Array(await request.arrayBuffer()) : NOTHING;
  } catch (error) {
    // The name only: a message may quote anything.
    console.error(`fetch: body: ${error?.name ?? typeof error}`);
    return NOTHING;
  }
}

async function beginning(stream) {
  const read = new Uint8Array(LARGEST_BODY);
  let length = 0;
  let discarded = 0;
  // Leaving the loop cancels the stream.
  for await (const chunk of stream) {
    const kept = chunk.subarray(0, LARGEST_BODY - length);
    read.set(kept, length);
    length += kept.length;
    discarded += chunk.length - kept.length;
    if (discarded > MOST_DISCARDED) break;
  }
  return read.subarray(0, length);
}

/** The last answer's headers: as written, and as the host has them. Most answers have the same ones. */
let last = { written: "", headers: undefined };

/** The answer that Rust wrote: a line with the status, a line with the headers as JSON, then the body. */
export function answer(text) {
  const afterStatus = text.indexOf("\n");
  const afterHeaders = text.indexOf("\n", afterStatus + 1);
  const written = text.slice(afterStatus + 1, afterHeaders);
  if (last.written !== written) last = { written, headers: new Headers(JSON.parse(written)) };
  // Some statuses must not have a body, not even an empty one. The headers are copied into the answer.
  return new Response(text.slice(afterHeaders + 1) || null, { status: Number(text.slice(0, afterStatus)), headers: last.headers });
}
