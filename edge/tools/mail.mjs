// `make mail TO=somebody@example.com`: one reset mail, as the configuration sends it, and what became of it.
//
// The deployed Worker has nothing that a stranger could make send a mail, so this runs the same Worker here for a moment,
// on loopback, over empty databases of its own that hold one account: TO's. It asks for a reset as anybody would, tells
// what the first attempt came to, and removes everything. The mail is a real one, but its link opens nothing.
//
// What concerns mail is configured as it is deployed: by [vars] of wrangler.toml and of CONFIG, once PUBLIC_URL is set
// there. Until then, as `make dev` configures it. The environment wins over both. MAIL_PASSWORD comes from the environment alone: a
// deployment's secrets cannot be read back.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Problem, Processes, demoVariables, freePort, guard, localSender, openState, parsePort, root, startWorker, withoutSecrets } from "./local.mjs";
import { deploymentConfig } from "./configuration.mjs";

/** An attempt takes at most 25 s; the Worker may still be starting. */
const PATIENCE_MS = 60_000;

/** The variables that a mail is made of. Nothing else of the configuration is looked at. */
const OF_MAIL = /^(MAIL_.*|PUBLIC_URL|LINK_URL|LINK_LIFETIME_MINUTES|APPLICATION_NAME|CONTACT)$/;

/** How a terminal is told to change its colour. */
const COLOUR = /\x1b\[[0-9;]*m/g;

const AWAY = "Is MAIL_SERVER spelt right, does it listen on MAIL_PORT, and may this machine reach it?";
const SLOW = "The server took too long. Try again; if it stays so, ask whoever runs it.";
const LOG_IN = "Are MAIL_USERNAME and MAIL_PASSWORD right? Some providers want a password of its own for each application.";
const SENDER = "The provider does not let you send from MAIL_FROM: verify its address or domain there, or sign in as its owner.";
const LATER = "The provider puts mails to this address off. The Worker would try again; nothing is wrong on your side yet.";
const REFUSED = "The provider refused this mail. Its own log says why.";
const HELP = {
  connect_failed: AWAY,
  connect_timeout: AWAY,
  timeout: SLOW,
  connection_lost: "The server hung up. If MAIL_PORT is 465, MAIL_SECURITY has to be tls; if it is 587, starttls.",
  greeting: "The server does not want to talk to this machine. Its log says why.",
  ehlo: "The server does not accept the domain of MAIL_FROM as a name in EHLO.",
  protocol: "What answers on MAIL_PORT does not speak SMTP as it should.",
  tls_failed:
    "The server's certificate is not trusted: expired, for another name than MAIL_SERVER, or of an authority that nobody knows.\n" +
    "Or it speaks no TLS here: MAIL_SECURITY=tls is for port 465, starttls for 587.",
  starttls_unsupported: "The server offers no STARTTLS here, so nothing was sent. Use another port (465 with MAIL_SECURITY=tls), or another server.",
  starttls_rejected: "The server offers STARTTLS, but refused to begin. Its log says why.",
  starttls_injected: "Something answered before TLS began that should not have. Somebody may be tampering with the connection; nothing was sent.",
  auth_unsupported: "The server offers neither PLAIN nor LOGIN here, so nobody can log in. Leave MAIL_PASSWORD empty if none is needed.",
  auth_rejected: LOG_IN,
  sender_rejected: SENDER,
  recipient_rejected: "The provider does not accept TO as a recipient. Is it spelt right? Some providers only mail verified addresses at first.",
  recipient_deferred: LATER,
  recipient_suppressed: "TO is on the provider's suppression list: it has bounced or complained before. Remove it there.",
  recipient_not_allowed: "The binding EMAIL may not send to TO: see its restrictions in wrangler.toml, and whether the domain is onboarded.",
  message_rejected: REFUSED,
  message_deferred: LATER,
  rate_limited: "Too many mails at once for your plan. The Worker would try again.",
  daily_limit: "Your account's mails for today are used up. Ask Cloudflare for a higher limit.",
  delivery_failed: "The recipient's server did not take the mail. Cloudflare's email log says why.",
  provider_failed: SLOW,
  provider_refused: REFUSED,
  no_email: "TO is not an address that Relatch mails: one plain address, without comments or quotes.",
  address_unsupported: "Mail goes to ASCII addresses only.",
};

const processes = new Processes();
const state = mkdtempSync(join(tmpdir(), "relatch-mail-"));
let heard = "";
let explained = false;
process.on("exit", (code) => {
  rmSync(state, { recursive: true, force: true });
  // Whatever else went wrong, it stands in what the Worker and wrangler wrote.
  if (code !== 0 && !explained) process.stderr.write(heard);
});
const explain = (text) => {
  explained = true;
  return new Problem(text);
};

await guard(processes, async () => {
  const to = process.env.TO ?? "";
  if (!/^[\x21-\x3f\x41-\x7e]+@[\x21-\x3f\x41-\x7e]+$/.test(to)) throw explain("TO has to be one address: make mail TO=somebody@example.com");
  await processes.run("the build", "sh", [join(root, "edge", "tools", "build.sh")], { env: withoutSecrets() });

  const { config: toml } = await deploymentConfig(process.env.CONFIG, state);
  const deployed = Boolean(toml.vars.PUBLIC_URL);
  const port = await freePort();
  const smtp = parsePort("SMTP_PORT", process.env.SMTP_PORT || "1025");
  const ofMail = Object.entries(toml.vars).filter(([name]) => OF_MAIL.test(name));
  const defaults = deployed ? Object.fromEntries(ofMail) : demoVariables(`http://localhost:${port}`, smtp);
  const value = (name) => process.env[name] ?? defaults[name] ?? toml.vars[name] ?? "";
  const cloudflare = value("MAIL_PROVIDER") === "cloudflare";
  const elsewhere = (toml.send_email ?? []).some(({ name, remote }) => name === "EMAIL" && remote === true);
  console.log(`Configured as ${deployed ? `${process.env.CONFIG || "wrangler.toml"} says` : "`make dev` is, for wrangler.toml has no PUBLIC_URL yet"}.`);
  if (!cloudflare && value("MAIL_USERNAME") && !process.env.MAIL_PASSWORD)
    console.log("MAIL_PASSWORD is not set, so nobody logs in. A secret of the deployment cannot be read back: give it in the environment.");
  if (!cloudflare && value("MAIL_PORT") === "25") console.log("Port 25: it may work from here, but Cloudflare does not let Workers reach it.");

  openState(state);
  const status = await startWorker(processes, {
    state,
    port,
    defaults,
    sendEmail: toml.send_email ?? (cloudflare && !deployed ? localSender(value("MAIL_FROM")) : undefined),
    takes: (name) => OF_MAIL.test(name),
    hear: (text) => (heard += text.replaceAll(COLOUR, "")),
  });
  const wrong = () => [...new Set([...heard.matchAll(/configuration: (.*)/g)].map(([, line]) => `  ${line}`))];
  if (status !== 200) {
    await until(() => wrong().length > 0);
    throw explain(`The configuration does not hold:\n${wrong().join("\n")}`);
  }

  const ask = (path, body) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
  const sql = async (text) => (await (await ask("/cdn-cgi/explorer/api/d1/database/DB/raw", { sql: text })).json()).result[0].results.rows;
  const quoted = `'${to.replaceAll("'", "''")}'`;
  await sql(`INSERT INTO users (id, username, email, password_hash) VALUES (1, 'test', ${quoted}, 'none')`);
  const answer = await ask("/password/reset/request", { username: "test" });
  if (!answer.ok) throw new Problem(`The Worker answered ${answer.status} to the request.`);

  // An attempt that failed is told in the log at once; the event comes only with the last one.
  const fault = () => /\bmail: ([a-z_]+)/.exec(heard)?.[1];
  let action, detail;
  await until(async () => {
    [action, detail] = (await sql("SELECT action, detail FROM events"))[0] ?? [];
    return action !== undefined || fault() !== undefined;
  });
  if (action === "link_sent") {
    console.log(
      cloudflare && !elsewhere
        ? "Taken by wrangler's local sender: the configuration holds, but nothing has left this machine."
        : `Sent. Look into the mailbox of ${to}, and into its spam.`,
    );
    await processes.stop(0);
  }
  const code = fault() ?? detail ?? "timeout";
  // workerd says here, and only here, what it did not like about the certificate.
  const reason = code === "tls_failed" ? /TLS handshake failed: (.*)/.exec(heard)?.[1] : undefined;
  throw explain([`Not sent: ${code}`, HELP[code], reason].filter(Boolean).join("\n"));
});

async function until(condition) {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end && !(await condition()); ) await sleep(200);
}
