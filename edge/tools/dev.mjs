// `make dev`: runs the Worker with demo accounts on this machine, and a mail server with an inbox.
//
//   PORT (8787)  SMTP_PORT (1025)  INBOX_PORT (1080)
//   STATE            folder of the data, kept between runs (.relatch)
//   IP_LIMIT         requests of one address in a minute (10000)
//   DEMO_PASSWORD    password of the demo accounts, at the first start only
//   DEMO_SESSION     bearer token of ada's session
//   APPLICATION_KEY  server key in clear text
//   any variable of wrangler.toml: the environment wins over the demo's values
//
// Without DEMO_PASSWORD, DEMO_SESSION and APPLICATION_KEY, random ones are kept in STATE. When one
// of the programs ends, all stop.
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import * as tools from "./local.mjs";

const { Problem, root } = tools;
const { env } = process;

const ports = { PORT: "8787", SMTP_PORT: "1025", INBOX_PORT: "1080" };

async function choosePort(name) {
  ports[name] = tools.parsePort(name, env[name] || ports[name]);
  const twin = Object.keys(ports).find((other) => other < name && ports[other] === ports[name]);
  if (twin) throw new Problem(`${twin} and ${name} are both ${ports[name]}. Use different ports.`);
  if (await tools.isFree(ports[name])) return;
  const other = `make dev ${name}=${ports[name] + 10}`;
  throw new Problem(`Port ${ports[name]} is in use. Use another one: ${other}`);
}

await tools.guard(async () => {
  for (const name of Object.keys(ports).sort()) await choosePort(name);
  const { PORT, SMTP_PORT, INBOX_PORT } = ports;
  tools.build();
  const state = tools.privateFolder(resolve(root, env.STATE || ".relatch"));
  const isFirst = !existsSync(join(state, "demo-password"));
  const mail = join(state, "mail");
  mkdirSync(mail, { recursive: true });

  const maildev = [join(root, "node_modules", "maildev", "bin", "maildev"), "--silent"];
  const listen = ["--ip", "127.0.0.1", "--smtp", `${SMTP_PORT}`, "--web", `${INBOX_PORT}`];
  // maildev's own variables would change what it does.
  const plain = tools.environment((name) => !name.startsWith("MAILDEV_"));
  tools.start("The inbox", [tools.node, ...maildev, ...listen, "--mail-directory", mail], plain);

  const site = `http://localhost:${PORT}`;
  const APPLICATION_KEY = env.APPLICATION_KEY || tools.kept(join(state, "application-key"));
  const demo = {
    ...tools.demoVariables(site, SMTP_PORT),
    IP_LIMIT: "10000",
    ...env,
    STATE: state,
    PORT: `${PORT}`,
    APPLICATION_KEY,
  };
  const isBound = env.MAIL_PROVIDER !== "cloudflare" || (await tools.readToml()).send_email;
  if (!isBound) demo.SEND_EMAIL = demo.MAIL_FROM;
  const serve = [tools.node, join(root, "edge", "tools", "serve.mjs"), "--seed", "--rebuild"];
  await once(tools.start("The Worker", serve, demo, "pipe").stdout, "data");

  const password = tools.kept(join(state, "demo-password"));
  const session = tools.kept(join(state, "demo-session"));
  const isIgnored = !isFirst && ![undefined, "", password].includes(env.DEMO_PASSWORD);
  console.log(`
Relatch is running. Open Pages in a browser, request a link for peter, and follow it in Inbox.

  Pages       ${site}/password/forgot
              ${site}/apps/shop/password/forgot (a second application)
  Inbox       http://localhost:${INBOX_PORT} (JSON: http://localhost:${INBOX_PORT}/email)
  Accounts    peter, john, ada, twin-a, twin-b, dora (disabled), root (admin), nomail (no address)
  Password    ${password} until it is reset${isIgnored ? " (DEMO_PASSWORD is for the first start)" : ""}
  Session     ${session} of ada, until her password is reset
  Server key  ${env.APPLICATION_KEYS === undefined ? APPLICATION_KEY : "as in APPLICATION_KEYS"} for ${site}/server/
  Data        ${state}

By the API:

  curl ${site}/password/reset/request -H 'Content-Type: application/json' -d '{"identifier": "peter"}'
  curl ${site}/password/reset/confirm -H 'Content-Type: application/json' \\
    -d '{"token": "TOKEN", "password": "a long enough password"}'
  curl ${site}/password/change -H 'Content-Type: application/json' \\
    -H 'Authorization: Bearer ${session}' -d '{"old": "${password}", "new": "a long enough password"}'

Ctrl-C stops it.`);
});
