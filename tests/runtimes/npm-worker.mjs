// A Worker with the npm package.
import { ServerClient } from "../../js/dist/server.workerd.js";
import * as relatch from "../../js/dist/workerd.js";
import { worker } from "./worker.mjs";

export default worker({ ...relatch, ServerClient });
