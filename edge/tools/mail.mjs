// `make mail TO=you@example.com`: sends one reset mail as configured, and reports the result.
//
// A deployed Worker has no call that sends a test mail. So the Worker runs on this machine for a
// moment, with empty databases and one account, whose address is TO. The mail is real, but its link
// does not work. docs/mail.md describes the variables.
import { deploymentConfig, startWorker } from "./configuration.mjs";
import * as tools from "./local.mjs";

const { Problem } = tools;
const { TO = "", CONFIG, SMTP_PORT = "1025" } = process.env;
/** An attempt takes at most 8 minutes; the Worker may still be starting. */
const TIMEOUT_MS = 510_000;
/** The variables that a mail depends on. */
const OF_MAIL = /^(MAIL_.*|PUBLIC_URL|LINK_URL|LINK_LIFETIME_MINUTES|APPLICATION_NAME|CONTACT)$/;

async function configure() {
  const toml = await tools.readToml();
  const config = await deploymentConfig();
  const isDeployed = Boolean(config.vars.PUBLIC_URL);
  const smtp = tools.parsePort("SMTP_PORT", SMTP_PORT);
  const demo = tools.demoVariables("http://localhost:8787", smtp);
  const chosen = Object.entries(isDeployed ? config.vars : demo);
  config.vars = {
    ...toml.vars,
    ...Object.fromEntries(chosen.filter(([name]) => OF_MAIL.test(name))),
    ...tools.environment((name) => OF_MAIL.test(name)),
    RELATCH_KEYS: tools.randomKeys(),
  };
  const { MAIL_PROVIDER, MAIL_FROM, MAIL_USERNAME, MAIL_PASSWORD } = config.vars;
  const isCloudflare = MAIL_PROVIDER === "cloudflare";
  console.log(`Configured as in ${isDeployed ? CONFIG || "wrangler.toml" : "`make dev`"}.`);
  if (isCloudflare && !isDeployed) config.send_email ??= tools.localSender(MAIL_FROM);
  if ((MAIL_PROVIDER || "smtp") === "smtp" && MAIL_USERNAME && !MAIL_PASSWORD)
    console.log("MAIL_PASSWORD is not set: the Worker does not authenticate.");
  const isRemote = config.send_email?.some(({ name, remote }) => name === "EMAIL" && remote);
  return { config, isLocal: isCloudflare && !isRemote };
}

await tools.guard(async () => {
  if (!/^[\x21-\x3f\x41-\x7e]+@[\x21-\x3f\x41-\x7e]+$/.test(TO))
    throw new Problem("TO must be one address: make mail TO=you@example.com");
  await tools.build();
  const { config, isLocal } = await configure();
  const harness = await startWorker(config);
  const worker = harness.getWorker();
  await worker.applyD1Migrations("DB");
  const { DB } = await worker.getEnv();
  const insert = "INSERT INTO users (id, username, email, password_hash)";
  await DB.prepare(`${insert} VALUES (1, 'test', ?, '-')`).bind(TO).run();
  const { status } = await harness.fetch("/password/reset/request", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: '{"username": "test"}',
  });
  if (status !== 200) throw new Problem(`The Worker responds with ${status} to the request.`);

  const logged = (pattern) =>
    harness.getLogs().flatMap(({ message }) => pattern.exec(message)?.[1] ?? [])[0];
  // A failed attempt is logged at once, as `mail: CODE: MEANING`; only the last one has an event.
  const failure = () => logged(/^mail: (.+)/);
  const ended = DB.prepare("SELECT action, detail FROM events WHERE action <> 'request_accepted'");
  const outcome = await tools.poll(TIMEOUT_MS, async () => failure() ?? (await ended.first()));
  await harness.close();
  if (outcome?.action !== "link_sent") {
    // Only the log of the runtime says why it rejects a certificate.
    const reason = failure()?.startsWith("tls_failed") && logged(/TLS handshake failed: (.*)/);
    const lines = [`Not sent: ${failure() ?? outcome?.detail ?? "timeout"}`, reason];
    throw new Problem(lines.filter(Boolean).join("\n"));
  }
  if (isLocal) console.log("wrangler's local sender took the mail, so nothing was sent.");
  else console.log(`Sent. Look into the mailbox of ${TO}, and into its spam folder.`);
});
