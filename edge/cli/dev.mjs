// `relatch-worker dev`: runs the service with demo accounts on this machine, or a Worker that
// mounts it, and a mail server with an inbox. When one of the programs ends, all stop.
import { existsSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { findBasePath, parseBasePath } from "./base-path.mjs";
import { start } from "./children.mjs";
import * as program from "./program.mjs";
import { readProject } from "./project.mjs";
import { serve } from "./serve.mjs";
import { demoVariables, given, isSecret } from "./variables.mjs";
import { devArguments, home, programs } from "./wrangler.mjs";

const { kept, Problem, privateFolder, writePrivate } = program;
const { env } = process;

/** Returns the port that a variable names. */
async function port(name, usual) {
  const port = program.parsePort(name, env[name] || usual);
  if (await program.isFree(port)) return port;
  throw new Problem(`Port ${port} is in use. Use another one: ${name}=${port + 10}`);
}

/** Starts the inbox, which keeps its mails in `state`. */
function startInbox(state, { SMTP_PORT, INBOX_PORT }) {
  const { inbox } = programs({ withInbox: true });
  const command = inbox(SMTP_PORT, INBOX_PORT, privateFolder(join(state, "mail")));
  // maildev's own variables would change what it does.
  const plain = program.environment((name) => !name.startsWith("MAILDEV_"));
  start("The inbox", command, { env: plain });
}

/** Runs the service with demo accounts. */
async function runDemo(base, state, ports, { rebuild }) {
  const { PORT, SMTP_PORT, INBOX_PORT } = ports;
  const site = `http://localhost:${PORT}`;
  const APPLICATION_KEY = env.APPLICATION_KEY || kept(join(state, "application-key"));
  const usual = { ...demoVariables(site, SMTP_PORT), IP_LIMIT: "10000", GALLERY: "true" };
  // A public deployment starts neither with the demo's short delay nor with the gallery.
  if (Object.keys(env).some((name) => name.endsWith("PUBLIC_URL"))) {
    delete usual.REQUEST_DELAY_SECONDS;
    delete usual.GALLERY;
  }
  const demo = { ...usual, ...env, STATE: state, PORT: `${PORT}`, APPLICATION_KEY };
  const isBound = env.MAIL_PROVIDER !== "cloudflare" || base.send_email;
  if (!isBound) demo.SEND_EMAIL = demo.MAIL_FROM;
  await serve(base, demo, { withAccounts: true, rebuild });
  const key = env.APPLICATION_KEYS === undefined ? APPLICATION_KEY : "as in APPLICATION_KEYS";
  console.log(`
Relatch is running. Open Pages in a browser, request a link for peter, and follow it in Inbox.

  Pages       ${site}/password/forgot
              ${site}/apps/shop/password/forgot (a second application)
  Inbox       http://localhost:${INBOX_PORT} (JSON: http://localhost:${INBOX_PORT}/email)
  Gallery     ${site}/password/gallery (every mail and page in every language)
  Accounts    peter, john, ada, twin-a, twin-b, dora (disabled), root (admin), nomail (no address)
  Password    ${kept(join(state, "demo-password"))} until it is reset
  Session     ${kept(join(state, "demo-session"))} of ada, until her password is reset
  Server key  ${key} for ${site}/server/
  Data        ${state}

${relative(".", join(home, "docs", "http-api.md"))} describes the API. Ctrl-C stops it.`);
}

/** Returns the lines about the pages of a Worker, whose base path may not be known. */
const pagesOf = (site, basePath) =>
  basePath === undefined
    ? `  Worker      ${site}
  Pages       /password/forgot under the base path, which --base-path /auth names
  Gallery     /password/gallery under it`
    : `  Pages       ${site}${basePath}/password/forgot
  Gallery     ${site}${basePath}/password/gallery (every mail and page in every language)`;

/** Runs a Worker by its own wrangler configuration, with its own databases. */
async function runProject(base, state, ports, { basePath, ...flags }) {
  const { PORT, SMTP_PORT, INBOX_PORT } = ports;
  const { name, config, migrate, command, secrets, hasKeys, options } = await readProject(flags);
  await migrate();
  const usual = {
    PUBLIC_URL: `http://localhost:${PORT}`,
    REQUEST_DELAY_SECONDS: "0-1",
    GALLERY: "true",
  };
  if (config.vars.MAIL_PROVIDER !== "cloudflare") {
    // The inbox has no authentication, and replaces the HTTP API of a provider too.
    const inbox = { MAIL_SERVER: "localhost", MAIL_PORT: `${SMTP_PORT}`, MAIL_SECURITY: "none" };
    Object.assign(usual, inbox, { MAIL_PROVIDER: "smtp", MAIL_USERNAME: "" });
  }
  const all = Object.entries({ ...usual, ...given(base.vars, env) });
  const variables = all.filter(([name]) => !isSecret(name));
  // Every user of this machine sees the arguments of a program, so secrets are in a file.
  const own = Object.fromEntries(all.filter(([name]) => isSecret(name)));
  if (!hasKeys) own.RELATCH_KEYS ??= kept(join(state, "keys"), program.randomKeys());
  const file = join(state, "secrets.env");
  writePrivate(
    file,
    Object.entries(own)
      .map(([name, value]) => `${name}="${value}"\n`)
      .join(""),
  );
  // wrangler reads no other file if one is named.
  const files = [...(secrets ? [secrets] : []), file];
  const dev = command(
    ...devArguments(PORT),
    ...variables.flatMap(([name, value]) => ["--var", `${name}:${value}`]),
    ...files.flatMap((file) => ["--env-file", file]),
  );
  start("The Worker", dev, options);
  await program.responds(PORT);
  const pages = pagesOf(usual.PUBLIC_URL, basePath ?? (await findBasePath(usual.PUBLIC_URL)));
  const names = variables.map(([name]) => name).join(", ");
  console.log(`
The Worker of ${name} is running. These variables differ from it:
${names}.

${pages}
  Inbox       http://localhost:${INBOX_PORT} (JSON: http://localhost:${INBOX_PORT}/email)

\`npx relatch-worker check\` checks its configuration. Ctrl-C stops it.`);
}

/**
 * Runs until it is stopped.
 *
 * - `base`: a function that returns the configuration of the demo, with absolute paths
 * - `config`, `env`: the wrangler configuration of a Worker, and its environment
 * - `base-path`: the path under which that Worker mounts the service
 * - `folder`: the folder that STATE is relative to
 * - `prepare`: is called once the ports are known to be free
 * - `rebuild`: see `serve`
 */
export async function dev({ base, config, folder = ".", prepare, rebuild, ...flags }) {
  const { env: name, "base-path": path } = flags;
  if (path !== undefined && config === undefined)
    throw new Problem("--base-path is that of your Worker, which --config FILE names");
  const basePath = path && parseBasePath(path);
  const ports = {
    PORT: await port("PORT", "8787"),
    SMTP_PORT: await port("SMTP_PORT", "1025"),
    INBOX_PORT: await port("INBOX_PORT", "1080"),
  };
  programs({ withInbox: true });
  await prepare?.();
  const state = privateFolder(resolve(folder, env.STATE || ".relatch"));
  const ignore = join(state, ".gitignore");
  if (!existsSync(ignore)) writeFileSync(ignore, "*\n");
  const own = await base();
  startInbox(state, ports);
  if (config !== undefined) await runProject(own, state, ports, { config, env: name, basePath });
  else await runDemo(own, state, ports, { rebuild });
}
