// A Worker with its own form that requests reset emails:
//
//   curl http://localhost:8788/rules
//   curl http://localhost:8788/forgot -d identifier=peter
//
// RELATCH_URL in wrangler.toml is the URL of the service. RELATCH_KEY is a server key with the
// scope `request`, in production a secret: `npx wrangler secret put RELATCH_KEY`. With it, each
// visitor has a limit of requests; without it, all visitors share one. `make dev` prints a key, for
// `npm run dev -- --var RELATCH_KEY:KEY`.
import { ResetError, ServerClient } from "relatch/server";

/** Returns the visitor's address. In development, the visitor is on this machine and has none. */
function addressOf(request) {
  const address = request.headers.get("CF-Connecting-IP");
  return address === "127.0.0.1" || address === "::1" ? undefined : address;
}

export default {
  async fetch(request, { RELATCH_URL, RELATCH_KEY }) {
    const visitorAddress = RELATCH_KEY ? addressOf(request) : undefined;
    const client = new ServerClient(RELATCH_URL, { key: RELATCH_KEY, visitorAddress });
    const { pathname } = new URL(request.url);
    try {
      if (request.method === "GET" && pathname === "/rules") {
        const { minLength, maxLength } = await client.rules();
        return Response.json({ minLength, maxLength });
      }
      if (request.method === "POST" && pathname === "/forgot") {
        const form = await request.formData();
        return Response.json(await client.request(String(form.get("identifier"))));
      }
      return new Response("Not found", { status: 404 });
    } catch (error) {
      if (!(error instanceof ResetError)) throw error;
      // Passes on the status of the service. Without a valid answer, it is a gateway error.
      const status = error.status >= 400 ? error.status : 502;
      return Response.json({ code: error.code, message: error.message }, { status });
    }
  },
};
