// Servers that answer badly or not at all, and the outcome that a call to each must have in every
// runtime.
import { createServer } from "node:http";

/** A well-formed token that no key has signed. */
export const TOKEN = Buffer.from([1, ...Array(70).fill(0xfb)]).toString("base64url");
/** A time-out, in milliseconds, for servers that never finish their answer. */
const SHORT = { timeout: 400 };

const HTML = "<!doctype html><title>Sign in to the Wi-Fi</title><h1>Welcome!</h1>";
const RULES = { min_length: 15, max_length: 128 };
const RULES_START = '{"min_length":15,';
const PASSWORD = "a quite new passphrase";

// Handlers of Node's HTTP server, which answer one request.

const send = (status, type, body, headers) => (_, response) =>
  response.writeHead(status, { "Content-Type": type, ...headers }).end(body);
const html = (status) => send(status, "text/html", HTML);
const text = (status, body, headers) => send(status, "application/json", body, headers);
const json = (status, body, headers) => text(status, JSON.stringify(body), headers);
const problem = (status, fields, headers) =>
  send(status, "application/problem+json", JSON.stringify(fields), headers);
const redirect =
  (status) =>
  (_, response, { elsewhere }) =>
    response.writeHead(status, { Location: `${elsewhere}/password/reset/confirm` }).end();
/** Sends the start of an answer, and then calls `next` with the connection. */
const partial = (headers, body, next) => (request, response) => {
  response.writeHead(200, { "Content-Type": "application/json", ...headers });
  response.write(body);
  setTimeout(() => next(request.socket), 20);
};
const destroy = (socket) => socket.destroy();
const endlessSpaces = (_, response) => {
  const more = () =>
    !response.destroyed && response.write(" ".repeat(16_384), () => setTimeout(more, 1));
  response.writeHead(200, { "Content-Type": "application/json" });
  more();
};
const slowSpaces = (_, response) => {
  response.writeHead(200, { "Content-Type": "application/json" });
  const timer = setInterval(() => response.write(" "), 50);
  response.once("close", () => clearInterval(timer));
};

// Cases by their outcome.

const invalid = (status, answer) => ({ answer, outcome: { code: "answer_invalid", status } });
const unreachable = (answer) => ({ answer, outcome: { code: "unreachable" }, attempts: 3 });
const timedOut = (answer) => ({ answer, options: SHORT, outcome: { code: "timed_out" } });
/** A Retry-After that exceeds the time left for the call: it is not retried. */
const retryAfter = (header, seconds) => ({
  answer: problem(429, { code: "too_many_requests" }, { "Retry-After": header }),
  outcome: {
    code: "too_many_requests",
    status: 429,
    ...(seconds !== undefined && { retryAfter: seconds }),
  },
});

const confirm = (password) => ({ call: "confirm", args: [TOKEN, password] });
const request = { call: "request", args: ["peter"] };
const rejected = { code: "password_rejected", status: 422 };

const redirects = [301, 302, 303, 307, 308].map((status) => [
  `redirect with ${status}`,
  { ...invalid(status, redirect(status)), hidden: true, ...confirm(PASSWORD) },
]);

/**
 * The cases by name:
 *
 * - `answer`: the server's handler
 * - `call`, `args`, `options`: the client's method, `rules` by default
 * - `outcome`: what the call results in
 * - `attempts`: how often Node calls the server, once by default
 * - `hidden`: whether browsers hide the status from scripts
 */
export const BAD_RESPONSES = {
  "HTML with 200": invalid(200, html(200)),
  "HTML with 404": invalid(404, html(404)),
  "HTML with 502": { ...invalid(502, html(502)), attempts: 3 },
  "HTML with a JSON content type": invalid(200, text(200, HTML)),
  "empty body with 200": invalid(200, text(200, "")),
  "empty body with 204": invalid(204, (_, response) => response.writeHead(204).end()),
  "JSON array": invalid(200, json(200, [RULES])),
  "JSON null": invalid(200, json(200, null)),
  "JSON string": invalid(200, json(200, "rules")),
  "truncated JSON": invalid(200, text(200, `${RULES_START}"max_len`)),
  "rules without a field": invalid(200, json(200, { min_length: 15 })),
  "rules as strings": invalid(200, json(200, { min_length: "15", max_length: "128" })),
  "negative rules": invalid(200, json(200, { min_length: -1, max_length: 128 })),
  "fractional rules": invalid(200, json(200, { min_length: 1.5, max_length: 128 })),
  "rules too large for a number": invalid(200, text(200, '{"min_length":1e999,"max_length":128}')),
  "message as an array": { ...invalid(200, json(200, { message: ["sent"] })), ...request },
  "error of another service": invalid(400, json(400, { error: "bad request" })),
  "body larger than the limit": invalid(200, endlessSpaces),
  ...Object.fromEntries(redirects),

  "body cut off": unreachable(partial({ "Content-Length": "100" }, RULES_START, destroy)),
  "body without a length cut off": unreachable(partial({}, RULES_START, destroy)),
  "body cut off by a reset": unreachable(
    partial({ "Content-Length": "100" }, RULES_START, (socket) => socket.resetAndDestroy()),
  ),
  "connection closed before the answer": unreachable(({ socket }) => socket.destroy()),
  "connection closed within the headers": unreachable(({ socket }) =>
    socket.write("HTTP/1.1 200 OK\r\nContent-Ty", () => socket.destroy()),
  ),
  "body that is not gzip as its header says": unreachable(
    text(200, JSON.stringify(RULES), { "Content-Encoding": "gzip" }),
  ),
  "another protocol": unreachable(({ socket }) => socket.end("SSH-2.0-OpenSSH_9.9\r\n")),

  "no answer": timedOut(() => {}),
  "answer that never ends": timedOut(partial({}, RULES_START, () => {})),
  "answer that arrives byte by byte": timedOut(slowSpaces),

  "unknown code": {
    answer: problem(418, { code: "moon_is_full", detail: "Wait for the new one." }),
    outcome: { code: "code_unknown", status: 418, serverCode: "moon_is_full" },
  },
  "malformed code": invalid(400, problem(400, { code: "<b>Sign in</b>" })),
  "overlong code": invalid(400, problem(400, { code: "a".repeat(10_000) })),
  "code as a number": invalid(400, problem(400, { code: 400 })),
  "unknown reasons": {
    answer: problem(422, {
      code: "password_rejected",
      reasons: ["too_short", "made_of_cheese", 5, null],
    }),
    ...confirm("short"),
    outcome: { ...rejected, reasons: ["too_short"] },
  },
  "the text of a rule that the application adds": {
    answer: problem(422, {
      code: "password_rejected",
      reasons: ["custom"],
      messages: { custom: "Not our name.", other: "x" },
    }),
    ...confirm("short"),
    outcome: { ...rejected, reasons: ["custom"], messages: { custom: "Not our name." } },
  },
  "messages as a string": {
    answer: problem(422, { code: "password_rejected", messages: "custom" }),
    ...confirm("short"),
    outcome: rejected,
  },
  "messages that are not text": {
    answer: problem(422, { code: "password_rejected", messages: { custom: 7 } }),
    ...confirm("short"),
    outcome: rejected,
  },
  "reasons as a string": {
    answer: problem(422, { code: "password_rejected", reasons: "too_short" }),
    ...confirm("short"),
    outcome: rejected,
  },

  "Retry-After of a day": retryAfter("86400", 86_400),
  "Retry-After of 64 bits": retryAfter("18446744073709551615", 2 ** 64),
  "Retry-After of more than 64 bits": retryAfter("99999999999999999999999999"),
  "Retry-After with a date": retryAfter("Wed, 21 Oct 2099 07:28:00 GMT"),
  "negative Retry-After": retryAfter("-1"),
  "Retry-After that is no number": retryAfter("soon"),
  "Retry-After of an hour with 503": {
    answer: problem(503, { code: "unavailable" }, { "Retry-After": "3600" }),
    outcome: { code: "unavailable", status: 503, retryAfter: 3600 },
  },

  "two closed connections, then success": {
    answer: (incoming, response, { attempt }) =>
      attempt < 3 ? incoming.socket.destroy() : json(200, { message: "Sent." })(incoming, response),
    ...request,
    outcome: { result: { message: "Sent." } },
    attempts: 3,
  },
  "503, then success": {
    answer: (incoming, response, { attempt }) => {
      const unavailable = problem(503, { code: "unavailable" });
      const success = json(200, { message: "Sent." });
      (attempt < 2 ? unavailable : success)(incoming, response);
    },
    ...request,
    outcome: { result: { message: "Sent." } },
    attempts: 2,
  },
};

/** Allows the pages of every site to read the answers. */
const CORS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Headers": "*",
  "Access-Control-Expose-Headers": "*",
};

/** Listens on a free loopback port. Returns the server's origin. */
export async function listen(server) {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${server.address().port}`;
}

/**
 * Starts a server with a base URL for every case, and a second one that the redirects point to.
 * Returns:
 *
 * - `base(name)`: the base URL of a case
 * - `takeAttempts(name)`: the number of requests to a case since the last call for it
 * - `redirected`: the requests to the second server; it must stay empty
 * - `stop()`
 */
export async function badServer() {
  const attempts = new Map();
  const redirected = [];
  const redirectTarget = createServer(({ method, url }, response) => {
    redirected.push(`${method} ${url}`);
    response.writeHead(200, CORS).end(JSON.stringify({ message: "Thank you for the token." }));
  });
  const elsewhere = await listen(redirectTarget);
  const names = Object.keys(BAD_RESPONSES);
  const server = createServer((incoming, response) => {
    for (const [name, value] of Object.entries(CORS)) response.setHeader(name, value);
    if (incoming.method === "OPTIONS") return response.writeHead(204).end();
    const name = names[Number(incoming.url.split("/")[1])];
    const attempt = (attempts.get(name) ?? 0) + 1;
    attempts.set(name, attempt);
    const { answer } = BAD_RESPONSES[name];
    incoming.resume().on("end", () => answer(incoming, response, { elsewhere, attempt }));
  });
  const origin = await listen(server);
  return {
    base: (name) => `${origin}/${names.indexOf(name)}`,
    takeAttempts(name) {
      const count = attempts.get(name) ?? 0;
      attempts.delete(name);
      return count;
    },
    redirected,
    stop() {
      for (const each of [server, redirectTarget]) each.close().closeAllConnections();
    },
  };
}
