// The floor of a request: the same body read, and one durable write in one of as many objects as there are intakes. Where
// AS_REQUEST is bound, it also asks the limit and sets an alarm, as a request does: that is no floor, but it says how much of
// the distance to it is the runtime's.
import { DurableObject } from "cloudflare:workers";

const OBJECTS = 32;

export class Store extends DurableObject {
  constructor(state, env) {
    super(state, env);
    this.storage = state.storage;
    this.alarmAt = env.AS_REQUEST ? Date.now() + 3_600_000 : undefined;
    this.storage.sql.exec("CREATE TABLE IF NOT EXISTS jobs (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID");
  }

  async fetch(request) {
    const body = await request.text();
    this.storage.sql.exec("INSERT INTO jobs (id, body) VALUES (?1, ?2)", crypto.randomUUID(), body);
    if (this.alarmAt !== undefined) await this.storage.setAlarm(this.alarmAt);
    return new Response();
  }

  /** Later than any window. */
  alarm() {}
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
    if (env.AS_REQUEST && !(await env.LIMITER.limit({ key: "everybody" })).success) return new Response("", { status: 429 });
    const stored = await env.STORE.getByName(String(place(body))).fetch("https://object/", { method: "POST", body });
    return new Response("ok", { status: stored.status });
  },
};
