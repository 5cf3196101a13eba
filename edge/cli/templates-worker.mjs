// A Worker on this machine that checks templates of mails, and texts of pages, with the code that
// uses them.
import RelatchWorker from "../build/index.js";

export default {
  async fetch(request, env, context) {
    const worker = new RelatchWorker(context, env);
    const templates = await request.json();
    return Response.json(templates.map(({ key, text }) => worker.checkTemplate(key, text) ?? null));
  },
};
