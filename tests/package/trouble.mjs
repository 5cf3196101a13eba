// Servers that are not the service, or not all of it: what each does to a call, and what has to come of that, in every runtime.
import { createServer } from "node:http";

/** A token that is well-formed, and nobody's. */
export const TOKEN = Buffer.from([1, ...Array(70).fill(0xfb)]).toString("base64url");
/** Enough for what is slow by mistake, and little for what is slow on purpose. */
const SOON = { timeout: 400 };

const HTML = "<!doctype html><title>Sign in to the Wi-Fi</title><h1>Welcome!</h1>";
const RULES = { min_length: 15, max_length: 128 };

const html = (status) => (_, response) => response.writeHead(status, { "Content-Type": "text/html" }).end(HTML);
const text = (status, body, headers) => (_, response) => response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(body);
const json = (status, body, headers) => text(status, JSON.stringify(body), headers);
const problem = (status, fields, headers) => json(status, fields, { "Content-Type": "application/problem+json", ...headers });
const redirect = (status) => (_, response, { elsewhere }) => response.writeHead(status, { Location: `${elsewhere}/password/reset/confirm` }).end();
/** As far as it goes, and then what happens to the connection. */
const half = (headers, body, then) => (request, response) => {
  response.writeHead(200, { "Content-Type": "application/json", ...headers });
  response.write(body);
  setTimeout(() => then(request.socket), 20);
};
const raw = (bytes) => ({ socket }) => socket.end(bytes);

const notIt = (status, answer) => ({ answer, outcome: { code: "answer_invalid", status } });
const lost = (answer) => ({ answer, outcome: { code: "unreachable" }, attempts: 3 });
const late = (answer) => ({ answer, options: SOON, outcome: { code: "timed_out" } });
/** Waits that do not fit into a call's time are not begun. */
const wait = (value, retryAfter) => ({
  answer: problem(429, { code: "too_many_requests" }, { "Retry-After": value }),
  outcome: { code: "too_many_requests", status: 429, ...(retryAfter !== undefined && { retryAfter }) },
});

/** By its name: what the server does, the call if it is not for the rules, its outcome, and how often it is made in Node. */
export const TROUBLE = {
  "HTML with 200": notIt(200, html(200)),
  "HTML with 404": notIt(404, html(404)),
  "HTML with 502": { ...notIt(502, html(502)), attempts: 3 },
  "HTML with the type of JSON": notIt(200, text(200, HTML)),
  "nothing with 200": notIt(200, text(200, "")),
  "nothing with 204": notIt(204, (_, response) => response.writeHead(204).end()),
  "JSON that is a list": notIt(200, json(200, [RULES])),
  "JSON that is null": notIt(200, json(200, null)),
  "JSON that is a text": notIt(200, json(200, "rules")),
  "JSON that ends too soon": notIt(200, text(200, '{"min_length":15,"max_len')),
  "rules without one": notIt(200, json(200, { min_length: 15 })),
  "rules that are texts": notIt(200, json(200, { min_length: "15", max_length: "128" })),
  "rules below nothing": notIt(200, json(200, { min_length: -1, max_length: 128 })),
  "rules that are no whole numbers": notIt(200, json(200, { min_length: 1.5, max_length: 128 })),
  "rules that are no numbers of this world": notIt(200, text(200, '{"min_length":1e999,"max_length":128}')),
  "a message that is a list": { ...notIt(200, json(200, { message: ["sent"] })), call: "request", args: ["peter"] },
  "another service's error": notIt(400, json(400, { error: "bad request" })),
  "more than anybody reads": notIt(200, (_, response) => {
    const more = () => !response.destroyed && response.write(" ".repeat(16_384), () => setTimeout(more, 1));
    response.writeHead(200, { "Content-Type": "application/json" });
    more();
  }),
  ...Object.fromEntries(
    [301, 302, 303, 307, 308].map((status) => [`a redirect with ${status}`, { ...notIt(status, redirect(status)), hidden: true, call: "confirm", args: [TOKEN, "a quite new passphrase"] }]),
  ),

  "a body cut in the middle": lost(half({ "Content-Length": "100" }, '{"min_length":15,', (socket) => socket.destroy())),
  "a body without a length cut in the middle": lost(half({}, '{"min_length":15,', (socket) => socket.destroy())),
  "a body cut by a reset": lost(half({ "Content-Length": "100" }, '{"min_length":15,', (socket) => socket.resetAndDestroy())),
  "a connection cut before the answer": lost(({ socket }) => socket.destroy()),
  "a connection cut in the headers": lost(({ socket }) => socket.write("HTTP/1.1 200 OK\r\nContent-Ty", () => socket.destroy())),
  "a body that says it is compressed": lost(text(200, JSON.stringify(RULES), { "Content-Encoding": "gzip" })),
  "another protocol": lost(raw("SSH-2.0-OpenSSH_9.9\r\n")),

  "no answer": late(() => {}),
  "an answer without end": late(half({}, '{"min_length":15,', () => {})),
  "an answer of a byte now and then": late((_, response) => {
    response.writeHead(200, { "Content-Type": "application/json" });
    const drip = setInterval(() => response.write(" "), 50);
    response.once("close", () => clearInterval(drip));
  }),

  "a code of a newer service": { answer: problem(418, { code: "moon_is_full", detail: "Wait for the new one." }), outcome: { code: "code_unknown", status: 418, serverCode: "moon_is_full" } },
  "a code that is none": notIt(400, problem(400, { code: "<b>Sign in</b>" })),
  "a code without end": notIt(400, problem(400, { code: "a".repeat(10_000) })),
  "a code that is a number": notIt(400, problem(400, { code: 400 })),
  "reasons of a newer service": {
    answer: problem(422, { code: "password_rejected", reasons: ["too_short", "made_of_cheese", 5, null] }),
    call: "confirm",
    args: [TOKEN, "short"],
    outcome: { code: "password_rejected", status: 422, reasons: ["too_short"] },
  },
  "reasons that are no list": { answer: problem(422, { code: "password_rejected", reasons: "too_short" }), call: "confirm", args: [TOKEN, "short"], outcome: { code: "password_rejected", status: 422 } },

  "a wait of a day": wait("86400", 86_400),
  "a wait of ages": wait("18446744073709551615", 2 ** 64),
  "a wait of more than that": wait("99999999999999999999999999"),
  "a wait until a day": wait("Wed, 21 Oct 2099 07:28:00 GMT"),
  "a wait below nothing": wait("-1"),
  "a wait of a word": wait("soon"),
  "a wait of an hour for what is unavailable": { answer: problem(503, { code: "unavailable" }, { "Retry-After": "3600" }), outcome: { code: "unavailable", status: 503, retryAfter: 3600 } },

  "no answer but the third": {
    answer: (request, response, { asked }) => (asked < 3 ? request.socket.destroy() : json(200, { message: "Sent." })(request, response)),
    call: "request",
    args: ["peter"],
    outcome: { result: { message: "Sent." } },
    attempts: 3,
  },
  "busy but for the second": {
    answer: (request, response, { asked }) => (asked < 2 ? problem(503, { code: "unavailable" }) : json(200, { message: "Sent." }))(request, response),
    call: "request",
    args: ["peter"],
    outcome: { result: { message: "Sent." } },
    attempts: 2,
  },
};

/** What every page may read. A browser asks first. */
const CORS = { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*", "Access-Control-Expose-Headers": "*" };

export const listening = async (server) => {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${server.address().port}`;
};

/** All of them, each under an address of its own, and the server that redirects lead to. */
export async function troubleServer() {
  const asked = new Map();
  const seen = [];
  const other = createServer(({ method, url }, response) => {
    seen.push(`${method} ${url}`);
    response.writeHead(200, CORS).end(JSON.stringify({ message: "Thank you for the token." }));
  });
  const elsewhere = await listening(other);
  const names = Object.keys(TROUBLE);
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(CORS)) response.setHeader(name, value);
    if (request.method === "OPTIONS") return response.writeHead(204).end();
    const name = names[Number(request.url.split("/")[1])];
    asked.set(name, (asked.get(name) ?? 0) + 1);
    request.resume().on("end", () => TROUBLE[name].answer(request, response, { elsewhere, asked: asked.get(name) }));
  });
  const origin = await listening(server);
  return {
    /** Where the server does that. */
    base: (name) => `${origin}/${names.indexOf(name)}`,
    /** How often it was asked, since it was asked for that. */
    attempts(name) {
      const attempts = asked.get(name) ?? 0;
      asked.delete(name);
      return attempts;
    },
    /** What came to where redirects lead. */
    seen,
    stop() {
      for (const one of [server, other]) one.close().closeAllConnections();
    },
  };
}
