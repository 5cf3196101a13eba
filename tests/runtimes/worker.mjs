// A Worker that runs a function of acts.mjs, or the vectors, for each request.
import * as relatch from "../../js/dist/workerd.js";
import { acts } from "./acts.mjs";
import { differences } from "./vectors.mjs";

export default {
  async fetch(request) {
    const { act, input } = await request.json();
    const result =
      act === "vectors"
        ? await differences(relatch, input.vectors, input.server)
        : await acts[act](relatch, input);
    return Response.json(result);
  },
};
