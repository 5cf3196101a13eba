// A Worker with its own form that requests reset emails:
//
//   curl http://localhost:8788/rules
//   curl http://localhost:8788/forgot -d identifier=peter
//
// RELATCH_URL in wrangler.toml is the URL of the service.
import { ResetClient, ResetError } from "relatch";

export default {
  async fetch(request, env) {
    const client = new ResetClient(env.RELATCH_URL);
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
