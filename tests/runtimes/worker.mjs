// A Worker that does acts with the package, for whoever posts their name and what they need to know.
import * as relatch from "../../js/dist/workerd.js";
import { acts } from "./acts.mjs";
import { differences } from "./vectors.mjs";

export default {
  async fetch(request) {
    const { act, input } = await request.json();
    if (act === "vectors") return Response.json(await differences(relatch, input.vectors, input.server));
    return Response.json(await acts[act](relatch, input));
  },
};
