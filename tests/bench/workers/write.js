// The floor of a request: reads the same body and makes one durable write in one of as many objects
// as there are intakes. With AS_REQUEST it also calls both rate limits and sets an alarm, as a
// request does; that is not a floor, but shows which part of the distance to it is the runtime's.
import { DurableObject } from "cloudflare:workers";

const OBJECTS = 32;
/** Longer than any measurement. */
const ALARM_DELAY_MS = 3_600_000;

export class Store extends DurableObject {
  constructor(state, env) {
    super(state, env);
    this.storage = state.storage;
    this.alarmAt = env.AS_REQUEST ? Date.now() + ALARM_DELAY_MS : undefined;
    this.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS jobs (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID",
    );
  }

  async fetch(request) {
    const body = await request.text();
    const id = crypto.randomUUID();
    this.storage.sql.exec("INSERT INTO jobs (id, body) VALUES (?1, ?2)", id, body);
    if (this.alarmAt !== undefined) await this.storage.setAlarm(this.alarmAt);
    return new Response();
  }

  alarm() {}
}

/** Returns the number of the object for a body by FNV-1a, which spreads bodies evenly. */
function objectFor(text) {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 8) % OBJECTS;
}

export default {
  async fetch(request, env) {
    const body = await request.text();
    if (env.AS_REQUEST) {
      for (const limiter of [env.LIMITER, env.LIMITER_WIDE]) {
        const { success } = await limiter.limit({ key: "everybody" });
        if (!success) return new Response("", { status: 429 });
      }
    }
    const store = env.STORE.getByName(String(objectFor(body)));
    const stored = await store.fetch("https://object/", { method: "POST", body });
    return new Response("ok", { status: stored.status });
  },
};
