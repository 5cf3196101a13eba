// `make dev`: runs the Worker with demo accounts on this machine, and a mail server with an inbox.
// CONTRIBUTING.md lists its variables. When one of the programs ends, all stop.
import { once } from "node:events";
import { join, resolve } from "node:path";
import * as tools from "./local.mjs";

const { Problem, root } = tools;
const { env } = process;

/** Returns the port that a variable names. */
async function port(name, usual) {
  const port = tools.parsePort(name, env[name] || usual);
  if (await tools.isFree(port)) return port;
  throw new Problem(`Port ${port} is in use. Use another one: make dev ${name}=${port + 10}`);
}

await tools.guard(async () => {
  const PORT = await port("PORT", "8787");
  const SMTP_PORT = await port("SMTP_PORT", "1025");
  const INBOX_PORT = await port("INBOX_PORT", "1080");
  tools.build();
  const state = tools.privateFolder(resolve(root, env.STATE || ".relatch"));
  const mail = tools.privateFolder(join(state, "mail"));

  const maildev = [join(root, "node_modules", "maildev", "bin", "maildev"), "--silent"];
  const listen = ["--ip", "127.0.0.1", "--smtp", `${SMTP_PORT}`, "--web", `${INBOX_PORT}`];
  // maildev's own variables would change what it does.
  const plain = tools.environment((name) => !name.startsWith("MAILDEV_"));
  tools.start("The inbox", [tools.node, ...maildev, ...listen, "--mail-directory", mail], plain);

  const site = `http://localhost:${PORT}`;
  const APPLICATION_KEY = env.APPLICATION_KEY || tools.kept(join(state, "application-key"));
  const usual = { ...tools.demoVariables(site, SMTP_PORT), IP_LIMIT: "10000" };
  // A public deployment does not start with the demo's short delay.
  if (Object.keys(env).some((name) => name.endsWith("PUBLIC_URL")))
    delete usual.REQUEST_DELAY_SECONDS;
  const demo = { ...usual, ...env, STATE: state, PORT: `${PORT}`, APPLICATION_KEY };
  const isBound = env.MAIL_PROVIDER !== "cloudflare" || (await tools.readToml()).send_email;
  if (!isBound) demo.SEND_EMAIL = demo.MAIL_FROM;
  const serve = [tools.node, join(root, "edge", "tools", "serve.mjs"), "--seed", "--rebuild"];
  await once(tools.start("The Worker", serve, demo, "pipe").stdout, "data");

  const password = tools.kept(join(state, "demo-password"));
  const session = tools.kept(join(state, "demo-session"));
  console.log(`
Relatch is running. Open Pages in a browser, request a link for peter, and follow it in Inbox.

  Pages       ${site}/password/forgot
              ${site}/apps/shop/password/forgot (a second application)
  Inbox       http://localhost:${INBOX_PORT} (JSON: http://localhost:${INBOX_PORT}/email)
  Accounts    peter, john, ada, twin-a, twin-b, dora (disabled), root (admin), nomail (no address)
  Password    ${password} until it is reset
  Session     ${session} of ada, until her password is reset
  Server key  ${env.APPLICATION_KEYS === undefined ? APPLICATION_KEY : "as in APPLICATION_KEYS"} for ${site}/server/
  Data        ${state}

docs/http-api.md describes the API. Ctrl-C stops it.`);
});
