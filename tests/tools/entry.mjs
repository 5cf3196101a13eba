// The Worker with one call for the tests: POST /test/sql runs a statement on its database. Tests
// name this module as WORKER_ENTRY of edge/tools/serve.mjs.
import worker from "../../edge/entry.js";

export * from "../../edge/entry.js";

export default {
  async fetch(request, env, context) {
    if (new URL(request.url).pathname !== "/test/sql") return worker.fetch(request, env, context);
    const { sql } = await request.json();
    try {
      return Response.json({ rows: await env.DB.prepare(sql).raw() });
    } catch (error) {
      return Response.json({ error: error.message }, { status: 400 });
    }
  },
};
