// The cost of an error response in the runtime: it reads the body, writes one log line, and
// responds with the same headers as the Worker, without any check. It has no target; it shows which
// part of the distance to the empty Worker is the runtime's.
const LINE = JSON.stringify({
  event: "call_refused",
  at: "2026-11-25T10:00:00Z",
  application: "default",
  detail: "link_invalid",
});

const BODY = JSON.stringify({
  type: "urn:relatch:problem:link_invalid",
  title: "This is not a valid reset link.",
  status: 400,
  code: "link_invalid",
});

const POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const HEADERS = {
  "Content-Type": "application/problem+json",
  "Cache-Control": "no-store",
  "Content-Security-Policy": POLICY,
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
