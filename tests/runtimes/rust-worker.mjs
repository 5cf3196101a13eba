// A Worker with the Rust client.
import * as client from "../../target/runtimes/client/client.js";
import module from "../../target/runtimes/client/client_bg.wasm";
import { rustClient } from "./rust-client.mjs";
import { worker } from "./worker.mjs";

client.initSync({ module });
export default worker(rustClient(client));
