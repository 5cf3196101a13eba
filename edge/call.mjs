// Converts between the host's `Request` and `Response` and plain values: strings and bytes.
//
// This is JavaScript rather than Rust because every property, header and promise of a host object
// that Rust reads is a separate call across the boundary, with bookkeeping on both sides. Those
// calls were most of the CPU time of rejecting a forged link.

/**
 * The most bytes of a body that Rust receives: one more than the service accepts, so that Rust
 * rejects a larger body with 413.
 */
export const MAX_BODY_BYTES = 16 * 1024 + 1;

/** The path by which mail providers report bounces, many of them at once. */
const REPORTS = "/webhooks/mail";
/** The most bytes that Rust receives of such a call. */
export const MAX_REPORT_BYTES = 1024 * 1024 + 1;

/**
 * The most bytes beyond that which are read and dropped. A client that is still sending reads the
 * response only after it has sent everything, and loses it if the connection is closed earlier.
 */
export const MAX_DISCARDED_BYTES = 1024 * 1024;

const EMPTY = new Uint8Array();

/**
 * Returns what Rust reads of a request:
 *
 * - `head`: the method, the URL and one `name,value` per header, joined by line feeds. None of them
 *   can contain a line feed, and the host merges headers of the same name.
 * - `body`: the body, at most `MAX_BODY_BYTES` of it, or `MAX_REPORT_BYTES` of reports.
 * - `continent`: the caller's continent as a two-letter code, or `undefined`. It is a getter
 *   because the host parses `cf` on first access.
 * - `country`: the caller's country as a two-letter code, or `undefined`, likewise.
 * - `clean(html)`: a promise of what the HTML allow-list leaves. Its library is loaded at the first
 *   call, which only the dialect makes whose callers define mails.
 * - `failure`: what failed here and is not logged yet, or `undefined`. Rust decides when it is
 *   logged, because the host stores the request's URL beside each line, and it may hold a token.
 * - `waitUntil(promise)`: keeps the isolate running.
 */
export const hostRequest = async (request, context) => ({
  head: `${request.method}\n${request.url}\n${[...request.headers].join("\n")}`,
  body: await readBody(request),
  get continent() {
    return request.cf?.continent;
  },
  get country() {
    return request.cf?.country;
  },
  clean: async (html) => (await import("./build/html.js")).clean(html),
  get failure() {
    return failures.shift();
  },
  waitUntil: (promise) => context.waitUntil(promise),
});

/** What failed and is not logged yet, oldest first. */
const failures = [];
const MAX_FAILURES = 20;

/** Keeps a failure for the log. Only the error's name: its message may quote the request. */
function remember(step, error) {
  if (failures.length < MAX_FAILURES) failures.push(`${step}: ${error?.name ?? typeof error}`);
}

/**
 * Answers a request through `call`, which takes a host request and returns a response as text. The
 * host would log an exception beside the URL, so the response is then 503.
 */
export async function answer(request, context, call) {
  try {
    return hostResponse(await call(await hostRequest(request, context)));
  } catch (error) {
    remember("fetch", error);
    const problem = {
      type: "urn:relatch:problem:unavailable",
      title: "The service is temporarily unavailable. Try again shortly.",
      status: 503,
      code: "unavailable",
      retry_after: 5,
    };
    const headers = {
      "Content-Type": "application/problem+json",
      "Cache-Control": "no-store",
      "Retry-After": String(problem.retry_after),
    };
    return new Response(JSON.stringify(problem), { status: 503, headers });
  }
}

/** Returns the body, or as much of it as Rust receives. A body that ends with an error is empty. */
async function readBody(request) {
  try {
    const most = isReport(request.url) ? MAX_REPORT_BYTES : MAX_BODY_BYTES;
    const length = request.headers.get("content-length");
    if (length === null) return request.body === null ? EMPTY : await readStart(request.body, most);
    // The host enforces Content-Length, so a small body can be read at once. A body with a larger
    // or malformed length is not read: Rust rejects it by the header.
    return Number(length) < most ? new Uint8Array(await request.arrayBuffer()) : EMPTY;
  } catch (error) {
    remember("fetch: body", error);
    return EMPTY;
  }
}

/** Few URLs are parsed: a query has the path of reports only if a caller adds it. */
const isReport = (url) => url.includes(REPORTS) && new URL(url).pathname.endsWith(REPORTS);

async function readStart(stream, most) {
  // The memory grows with what arrives, so that a caller who sends little takes up little.
  let start = EMPTY;
  let length = 0;
  let discarded = 0;
  // Leaving the loop cancels the stream.
  for await (const chunk of stream) {
    const kept = chunk.subarray(0, most - length);
    const needed = length + kept.length;
    if (needed > start.length) {
      const larger = new Uint8Array(Math.min(most, Math.max(needed, 2 * start.length)));
      larger.set(start);
      start = larger;
    }
    start.set(kept, length);
    length = needed;
    discarded += chunk.length - kept.length;
    if (discarded > MAX_DISCARDED_BYTES) break;
  }
  return start.subarray(0, length);
}

/** The last response's headers, as JSON and as `Headers`. Most responses have the same ones. */
let cached = { json: "", headers: undefined };

/**
 * Returns the response that Rust wrote as text: a line with the status, a line with the headers as
 * a JSON list of pairs, then the body.
 */
export function hostResponse(text) {
  const statusEnd = text.indexOf("\n");
  const headersEnd = text.indexOf("\n", statusEnd + 1);
  const json = text.slice(statusEnd + 1, headersEnd);
  if (cached.json !== json) cached = { json, headers: new Headers(JSON.parse(json)) };
  // `null` because some statuses forbid a body, even an empty one. The headers are copied.
  return new Response(text.slice(headersEnd + 1) || null, {
    status: Number(text.slice(0, statusEnd)),
    headers: cached.headers,
  });
}
