// What a refusal takes of the runtime by itself: the body read, one log line, and an answer with the same headers; and nothing
// looked at. No target is set against it, but it says how much of the distance to the empty Worker is not ours.
const LINE = JSON.stringify({ event: "call_refused", at: "2026-11-25T10:00:00Z", application: "default", detail: "link_invalid" });

const BODY = JSON.stringify({
  type: "urn:relatch:problem:link_invalid",
  title: "This is not a valid reset link.",
  status: 400,
  code: "link_invalid",
});

const HEADERS = {
  "Content-Type": "application/problem+json",
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "Referrer-Policy": "no-referrer",
  "Strict-Transport-Security": "max-age=63072000",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};

export default {
  async fetch(request) {
    await request.arrayBuffer();
    console.log(LINE);
    return new Response(BODY, { status: 400, headers: HEADERS });
  },
};
