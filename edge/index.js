// The entry of the package: `createRelatch`.
import RelatchWorker, {
  Intake as BuiltIntake,
  Mailbox as BuiltMailbox,
  PasswordChange as BuiltPasswordChange,
} from "./build/index.js";
import { answer } from "./call.mjs";
import { guarded } from "./guard.mjs";
import { environmentOf, readOptions } from "./options.mjs";

/** The path of the static assets, under the mount. */
const ASSETS = "/password/assets/";
/** The maximum number of instances in an isolate. Rust never frees what it stores for one. */
const MAX_INSTANCES = 50;
let instances = 0;
/** The bindings of the objects of all instances. */
const objects = new Set();

/**
 * Creates the service: `fetch` answers requests, and the classes are to be exported for the Durable
 * Object bindings. `index.d.ts` documents the options.
 */
export function createRelatch(options) {
  const read = readOptions(options);
  if (++instances > MAX_INSTANCES)
    throw new Error("createRelatch: call it once, at the top level of a module, not per request");
  const { mount, names } = read;
  const environment = environmentOf(read, instances);
  for (const name of [names.intake, names.mailbox, names.passwordChange]) {
    if (objects.has(name))
      console.error(
        `configuration warning: another createRelatch has the Durable Objects of \`${name}\`: name others in \`bindings\``,
      );
    objects.add(name);
  }

  /**
   * The built Worker. One serves all requests: it does not use the context that it was created
   * with, and it re-creates its WebAssembly instance after a panic.
   */
  let worker;

  /** Returns the static asset that a request is for, if the assets are bound. */
  function asset(request, env) {
    const assets = env[names.assets];
    if (!assets || !["GET", "HEAD"].includes(request.method)) return;
    const url = new URL(request.url);
    if (!url.pathname.startsWith(mount + ASSETS)) return;
    url.pathname = url.pathname.slice(mount.length);
    return assets.fetch(new Request(url, request));
  }

  async function fetch(request, env, context) {
    if (!env || !context)
      throw new TypeError("relatch.fetch must be called as fetch(request, env, context)");
    const response = asset(request, env);
    if (response) return response;
    worker ??= new RelatchWorker(context, environment(env));
    return answer(request, context, (hostRequest) => worker.fetch(hostRequest));
  }

  return {
    fetch,
    Intake: guarded("intake", BuiltIntake, environment),
    Mailbox: guarded("mailbox", BuiltMailbox, environment),
    PasswordChange: guarded("password change", BuiltPasswordChange, environment),
  };
}
