// The variables of the Worker, as the commands set them.
import { environment } from "./program.mjs";

/** Secrets are not in [vars] of wrangler.toml, and no tool prints them. */
export const SECRETS = [
  "RELATCH_KEYS",
  "MAIL_PASSWORD",
  "MAIL_API_KEY",
  "MAIL_WEBHOOK_SECRET",
  "WEBHOOK_URLS",
  "WEBHOOK_SECRETS",
  "CAPTCHA_SECRET",
];

/** Whether this is an application's form of a variable, such as APP_SHOP_MAIL_FROM. */
export const ofApplication = (name) => /^APP_[A-Z0-9_]+$/.test(name);

/** Whether this is a secret of any application. */
export const isSecret = (name) =>
  SECRETS.some((one) => name === one || (ofApplication(name) && name.endsWith(`_${one}`)));

/** Whether this is a variable or a secret, if `vars` has all variables of the configuration. */
const isVariable = (name, vars) => name in vars || ofApplication(name) || isSecret(name);

/** Returns the variables and secrets in an environment. */
export const given = (vars, env) => environment((name) => isVariable(name, vars), env);

/** The variables of a demo at the URL `site`, with a mail server at the port `smtp`. */
export const demoVariables = (site, smtp) => ({
  DIALECTS: "rest,flask,cloudcms",
  APPLICATIONS: "shop",
  APP_SHOP_APPLICATION_NAME: "Relatch shop",
  PUBLIC_URL: site,
  APPLICATION_NAME: "Relatch demo",
  MAIL_FROM: "Relatch demo <no-reply@example.com>",
  MAIL_SERVER: "localhost",
  MAIL_PORT: String(smtp),
  CONTACT: "help@example.com",
  // A person at a demo waits for each mail.
  REQUEST_DELAY_SECONDS: "0-1",
});

/** Returns a binding to wrangler's local sender for the address in `Name <address>`. */
export const localSender = (mailbox) => [
  { name: "EMAIL", allowed_sender_addresses: [/<([^<>]*)>\s*$/.exec(mailbox)?.[1] ?? mailbox] },
];

/** The environment of other programs. Variables reach the Worker by the configuration only. */
export const withoutVariables = (vars) => ({
  ...environment((name) => !isVariable(name, vars)),
  APPLICATION_KEY: undefined,
});
