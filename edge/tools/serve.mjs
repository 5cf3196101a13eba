// Runs one built Worker on this machine, for tests:
//
//   STATE=folder PORT=port node edge/tools/serve.mjs [--seed] [--rebuild]
//
// Standard output gets one line, `ready http://localhost:PORT`, when the Worker answers; wrangler's output and the
// Worker's own log go to standard error. SIGTERM or SIGINT stops all of it; all of it is in the caller's process group.
//
//   STATE     folder of databases, keys and derived configuration; made when it is missing, kept afterwards
//   PORT      on 127.0.0.1; 0 or not set: a free one
//   IP_LIMIT  requests of one address in a minute; not set: that of wrangler.toml
//   SEND_EMAIL  binds EMAIL to the local sender, which takes mails from this address; not set: as in wrangler.toml
//   UNBOUND   names of KV namespaces and rate limits to leave out, separated by commas
//   APPLICATION_KEY  a key for server callers, in clear: APPLICATION_KEYS is derived from it unless it is set
//   any name in [vars] of wrangler.toml, RELATCH_KEYS, MAIL_PASSWORD: as they are in the environment, also when empty.
//             RELATCH_KEYS not set: demo keys, made once for STATE. PUBLIC_URL not set: http://localhost:PORT
//   --seed    adds the demo accounts with DEMO_PASSWORD (not set: one made once, in STATE/demo-password), and for ada a session
//             of the bearer token DEMO_SESSION (not set: one made once, in STATE/demo-session)
//   --rebuild builds when a source changes. Without it the caller has run edge/tools/build.sh
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  Problem, Processes, demoPassword, demoSession, freePort, guard, hashedKey, localSender, openState, parsePort, portIsFree, root, startWorker,
} from "./local.mjs";

const processes = new Processes();
await guard(processes, async () => {
  const { STATE, PORT, IP_LIMIT, SEND_EMAIL, UNBOUND, APPLICATION_KEY } = process.env;
  const flags = new Set(process.argv.slice(2));
  for (const flag of flags) if (flag !== "--seed" && flag !== "--rebuild") throw new Problem(`serve: unknown argument ${flag}`);
  if (!STATE) throw new Problem("serve: STATE is not set. It names the folder that keeps this Worker's data.");
  if (IP_LIMIT !== undefined && !/^[1-9]\d{0,8}$/.test(IP_LIMIT)) throw new Problem(`serve: IP_LIMIT=${IP_LIMIT} is not a positive number.`);
  if (!flags.has("--rebuild") && !existsSync(join(root, "edge", "build", "index.js")))
    throw new Problem("serve: edge/build is missing. Run `make build` first.");

  const port = PORT === undefined || PORT === "" || PORT === "0" ? await freePort() : parsePort("PORT", PORT);
  if (!(await portIsFree(port, 5_000))) throw new Problem(`serve: port ${port} is in use. Choose another one with PORT.`);

  const state = resolve(STATE);
  openState(state);
  await startWorker(processes, {
    state,
    port,
    defaults: { PUBLIC_URL: `http://localhost:${port}`, ...(APPLICATION_KEY && { APPLICATION_KEYS: hashedKey(APPLICATION_KEY) }) },
    ipLimit: IP_LIMIT === undefined ? undefined : Number(IP_LIMIT),
    sendEmail: SEND_EMAIL ? localSender(SEND_EMAIL) : undefined,
    unbound: UNBOUND?.split(","),
    rebuild: flags.has("--rebuild"),
    password: flags.has("--seed") ? demoPassword(state) : undefined,
    session: flags.has("--seed") ? demoSession(state) : undefined,
  });
  console.log(`ready http://localhost:${port}`);
});
