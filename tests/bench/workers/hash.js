// The floor of a whole flow: one Argon2id hash with the parameters that the Worker is configured
// with.

import { hash, initSync } from "../../../target/bench/hash/hash.js";
import module from "../../../target/bench/hash/hash_bg.wasm";

initSync({ module });

export default {
  fetch(_request, env) {
    const salt = crypto.getRandomValues(new Uint8Array(16));
    const { ARGON2_MEMORY_KIB, ARGON2_ITERATIONS, ARGON2_PARALLELISM } = env;
    const cost = [ARGON2_MEMORY_KIB, ARGON2_ITERATIONS, ARGON2_PARALLELISM].map(Number);
    return new Response(hash("a long enough password", salt, ...cost));
  },
};
