// Makes the call that a request's body describes, in workerd.
import * as relatch from "relatch";
// The test copies it beside this file.
import { attempt } from "./attempt.mjs";

export default {
  fetch: async (request) => Response.json(await attempt(relatch, await request.json())),
};
