// `make dev`: the Worker on this machine beside an SMTP server with a web inbox, with demo accounts to try it on.
//
//   PORT (8787)  SMTP_PORT (1025)  INBOX_PORT (1080)  STATE (.relatch, kept between runs)  DEMO_PASSWORD  DEMO_SESSION
//   APPLICATION_KEY
//   and any of the Worker's variables: what the environment sets wins over the demo values below.
//
// Stops everything when it is stopped, and when any part of it ends.
import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  Problem,
  Processes,
  demoKey,
  demoPassword,
  demoSession,
  demoVariables,
  guard,
  hashedKey,
  localSender,
  openState,
  parsePort,
  portIsFree,
  readToml,
  root,
  startWorker,
  withoutSecrets,
} from "./local.mjs";

const IP_LIMIT = 10_000;

const processes = new Processes();
await guard(processes, async () => {
  const value = (name, fallback) => process.env[name] || fallback;
  const ports = Object.entries({ PORT: "8787", SMTP_PORT: "1025", INBOX_PORT: "1080" }).map(([name, fallback]) => ({
    name,
    port: parsePort(name, value(name, fallback)),
  }));
  for (const { name, port } of ports) {
    const twin = ports.find((other) => other.port === port && other.name !== name);
    if (twin) throw new Problem(`${name} and ${twin.name} are both ${port}. Give them different ports.`);
    if (!(await portIsFree(port, 1_000)))
      throw new Problem(`Port ${port} is in use by another program. Choose another one: make dev ${name}=${port + 10}`);
  }
  const [http, smtp, inbox] = ports.map(({ port }) => port);

  console.error("building the Worker, if anything changed");
  await processes.run("the build", "sh", [join(root, "edge", "tools", "build.sh")], { env: withoutSecrets() });

  const state = resolve(root, value("STATE", ".relatch"));
  const first = !existsSync(join(state, "demo-password"));
  openState(state);
  const password = demoPassword(state);
  const key = demoKey(state);
  const session = demoSession(state);
  const mail = join(state, "mail");
  mkdirSync(mail, { recursive: true });

  console.error("starting the inbox and the Worker");
  // The pinned Node for its children too: its own settings in the environment would change what it does.
  const maildev = join(root, "node_modules", "maildev", "bin", "maildev");
  const loopback = ["--ip", "127.0.0.1", "--web-ip", "127.0.0.1"];
  const listen = ["--smtp", String(smtp), "--web", String(inbox), ...loopback];
  processes.start("the inbox", join(root, "node_modules", ".bin", "node"), [maildev, ...listen, "--mail-directory", mail, "--silent"], {
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("MAILDEV_"))),
  });
  const site = `http://localhost:${http}`;
  const defaults = { ...demoVariables(site, smtp), APPLICATION_KEYS: hashedKey(key) };
  const bound = value("MAIL_PROVIDER") === "cloudflare" && !(await readToml()).send_email;
  const status = await startWorker(processes, {
    state,
    port: http,
    defaults,
    ipLimit: IP_LIMIT,
    sendEmail: bound ? localSender(value("MAIL_FROM", defaults.MAIL_FROM)) : undefined,
    rebuild: true,
    password,
    session,
  });

  const unlike =
    !first && process.env.DEMO_PASSWORD && process.env.DEMO_PASSWORD !== password
      ? "\n             (made at the first start; DEMO_PASSWORD counts only then)"
      : "";
  console.log(`
Relatch runs${status === 200 ? "" : `, but answers ${status} to /healthz: its messages above say why`}.

  Pages      ${site}/password/forgot    (of a second application: ${site}/apps/shop/password/forgot)
  Worker     ${site}
  Inbox      http://localhost:${inbox}    (as JSON: http://localhost:${inbox}/email)
  Accounts   peter, john, ada, twin-a, twin-b, dora (disabled), root (admin), nomail (no e-mail address)
  Password   ${password}    until it is reset${unlike}
  Server key ${process.env.APPLICATION_KEYS !== undefined ? "as APPLICATION_KEYS says" : key}    for the calls under ${site}/server/
  Session    ${session}    ada is signed in with it, until her password is reset
  Data       ${state}

Open the pages' address in a browser, ask for peter, and follow the link in the inbox. Or by the API:

  curl -X POST ${site}/password/reset/request -H 'Content-Type: application/json' -d '{"identifier": "peter"}'

Set a new password with the token from the link in the mail:

  curl -X POST ${site}/password/reset/confirm -H 'Content-Type: application/json' \\
    -d '{"token": "TOKEN", "password": "a long enough password"}'

Or change ada's, who is signed in, with the old one:

  curl -X POST ${site}/password/change -H 'Content-Type: application/json' \\
    -H 'Authorization: Bearer ${session}' -d '{"old": "${password}", "new": "a long enough password"}'

Ctrl-C stops all of it.`);
});
