// The Worker that runs a function of acts.mjs, or the vectors, for each request.
import { acts } from "./acts.mjs";
import { differences } from "./vectors.mjs";

/** Returns the Worker's handlers. `relatch` is the client. */
export const worker = (relatch) => ({
  async fetch(request) {
    const { act, input } = await request.json();
    const result =
      act === "vectors"
        ? await differences(relatch, input.vectors, input.server)
        : await acts[act](relatch, input);
    return Response.json(result);
  },
});
