// The Worker with calls for the tests. Tests name this module as WORKER_ENTRY of
// edge/tools/serve.mjs.
//
//   POST /test/sql     runs a statement on the database that the binding `database` names, `DB` by
//                      default
//   POST /test/object  runs a statement in the storage of the object `name` of the namespace that the
//                      binding `namespace` names, and sets its alarm to `alarm` if that is given
//   POST /test/trap    makes the WebAssembly instance trap as by a panic, the next time that it
//                      clears a timer: after a step with a time-out
import worker, * as relatch from "../../edge/entry.js";

/** Returns a Durable Object class whose storage a test can read and change. */
const inspectable = (Base) =>
  class extends Base {
    #storage;

    constructor(state, env) {
      super(state, env);
      this.#storage = state.storage;
    }

    async fetch(request) {
      if (new URL(request.url).pathname !== "/test/object") return super.fetch(request);
      const { sql, alarm } = await request.json();
      const rows = [...this.#storage.sql.exec(sql).raw()];
      if (alarm !== undefined) await this.#storage.setAlarm(alarm);
      const set = await this.#storage.getAlarm();
      return Response.json({ rows, wait: set === null ? null : Math.max(0, set - Date.now()) });
    }
  };

export const Intake = inspectable(relatch.Intake);
export const Mailbox = inspectable(relatch.Mailbox);
export const PasswordChange = inspectable(relatch.PasswordChange);

let isTrapSet = false;
const { clearTimeout } = globalThis;
globalThis.clearTimeout = (timer) => {
  if (isTrapSet && new Error().stack.includes("wasm")) {
    isTrapSet = false;
    throw new WebAssembly.RuntimeError("unreachable");
  }
  clearTimeout(timer);
};

const calls = {
  "/test/sql": async ({ sql, database = "DB" }, env) =>
    Response.json({ rows: await env[database].prepare(sql).raw() }),
  "/test/object": ({ namespace, name, ...command }, env) =>
    env[namespace].getByName(name).fetch("https://object/test/object", {
      method: "POST",
      body: JSON.stringify(command),
    }),
  "/test/trap": async () => {
    isTrapSet = true;
    return Response.json({});
  },
};

export default {
  async fetch(request, env, context) {
    const call = calls[new URL(request.url).pathname];
    if (!call) return worker.fetch(request, env, context);
    try {
      return await call(await request.json(), env);
    } catch (error) {
      return Response.json({ error: error.message }, { status: 400 });
    }
  },
};
