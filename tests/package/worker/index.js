// Makes the calls that it is told to, in workerd.
import * as relatch from "relatch";
// Copied beside this file.
import { attempt } from "./attempt.mjs";

export default {
  fetch: async (request) => Response.json(await attempt(relatch, await request.json())),
};
