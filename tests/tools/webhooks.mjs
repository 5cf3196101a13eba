// An HTTP server that receives webhooks for tests, and verifies them with the npm package of the
// Standard Webhooks. Its settings are one JSON argument: see tests/src/webhook_server.rs.
//
//   POST /ok        answers 204
//   POST /error     answers 500
//   POST /redirect  answers 307 to /redirected
//   POST /hang      never answers
//   GET /received   lists what arrived, as JSON
//
// On the second port it speaks TLS with a self-signed certificate.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { Webhook } from "standardwebhooks";

const { port, tlsPort, chain, key, secrets } = JSON.parse(process.argv[2]);
const received = [];

/** Returns whether a request has a signature by a secret. */
function isSignedBy(secret, body, headers) {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

/** Returns the handler of a server. */
const handle = (isTls) => async (request, response) => {
  if (request.method === "GET") return response.end(JSON.stringify(received));
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const { url: path, method, headers } = request;
  const body = Buffer.concat(chunks).toString();
  const verified = secrets.map((secret) => isSignedBy(secret, body, headers));
  received.push({ path, method, isTls, headers, body, verified });
  if (path === "/hang") return;
  const statuses = { "/error": 500, "/redirect": 307 };
  response.writeHead(statuses[path] ?? 204, { Location: `http://localhost:${port}/redirected` });
  response.end();
};

const listen = (server, on) => new Promise((done) => server.listen(on, "127.0.0.1", done));
await listen(createServer(handle(false)), port);
await listen(
  createTlsServer({ cert: readFileSync(chain), key: readFileSync(key) }, handle(true)),
  tlsPort,
);
console.log("ready");
