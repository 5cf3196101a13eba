// A server for the vectors. Below /answers/NUMBER it gives the answer of a vector, below
// /attempts/NUMBER it returns how many attempts that answer got, below /rules/BASE64 it returns any
// password rules, and below /silence it does not respond. Every origin may call it.
import { createServer } from "node:http";

const CORS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Headers": "*, Authorization, Content-Type",
  "Access-Control-Expose-Headers": "Retry-After",
  "Access-Control-Max-Age": "600",
};

export async function vectorServer(vectors) {
  const attempts = vectors.answers.map(() => 0);
  let ended = 0;
  const server = createServer((request, response) => {
    const [, kind, which] = request.url.split("/");
    request.resume();
    request.on("end", () => {
      for (const [name, value] of Object.entries(CORS)) response.setHeader(name, value);
      if (request.method === "OPTIONS") return response.writeHead(204).end();
      if (kind === "silence") return response.once("close", () => ended++);
      if (kind === "attempts") {
        const body = JSON.stringify({ attempts: attempts[which] });
        // Each runtime counts from zero.
        attempts[which] = 0;
        return response.end(body);
      }
      if (kind === "rules") return response.end(Buffer.from(which, "base64").toString());
      const { status, retryAfter, body, blanks = 0 } = vectors.answers[which];
      attempts[which]++;
      if (retryAfter !== null) response.setHeader("Retry-After", retryAfter);
      if (status === 302) response.setHeader("Location", "/elsewhere");
      response.writeHead(status).end(" ".repeat(blanks) + body);
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** Returns how many requests below /silence their callers have ended. */
    ended: () => ended,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
