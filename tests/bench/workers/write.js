// The floor of a request: the same body read, and one durable write in one of as many objects as there are intakes.
import { DurableObject } from "cloudflare:workers";

const OBJECTS = 32;

export class Store extends DurableObject {
  constructor(state, env) {
    super(state, env);
    this.sql = state.storage.sql;
    this.sql.exec("CREATE TABLE IF NOT EXISTS jobs (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID");
  }

  async fetch(request) {
    this.sql.exec("INSERT INTO jobs (id, body) VALUES (?1, ?2)", crypto.randomUUID(), await request.text());
    return new Response();
  }
}

/** FNV-1a: spreads bodies over the objects, as a keyed hash spreads them over the intakes. */
function place(text) {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 8) % OBJECTS;
}

export default {
  async fetch(request, env) {
    const body = await request.text();
    const stored = await env.STORE.getByName(String(place(body))).fetch("https://object/", { method: "POST", body });
    return new Response("ok", { status: stored.status });
  },
};
