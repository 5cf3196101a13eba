// The built Worker under workerd with a real SMTP inbox, and what the tests need to know of its
// accounts and mails.
import { argon2Sync, createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../edge/tools/local.mjs";
import { root } from "./programs.mjs";

/** The time that a mail may take on a busy machine: intake delay, alarms and delivery. */
const MAIL_TIMEOUT_MS = 75_000;
const USED_TIMEOUT_MS = 30_000;
/** A hash that no password in the tests has. */
const UNKNOWN_HASH =
  "$argon2id$v=19$m=7168,t=1,p=1$c29tZSBzYWx0IGhlcmU$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

const sha256 = (text) => createHash("sha256").update(text).digest("hex");

/** Returns whether a password has the Argon2id hash in `phc`, a PHC string. */
function verifyArgon2id(password, phc) {
  const [, , , parameters, salt, hash] = phc.split("$");
  const pairs = parameters.split(",").map((parameter) => parameter.split("="));
  const { m, t, p } = Object.fromEntries(pairs.map(([name, value]) => [name, Number(value)]));
  const expected = Buffer.from(hash, "base64");
  const actual = argon2Sync("argon2id", {
    message: password.normalize("NFC"),
    nonce: Buffer.from(salt, "base64"),
    memory: m,
    passes: t,
    parallelism: p,
    tagLength: expected.length,
  });
  return timingSafeEqual(actual, expected);
}

/** A mail server with an inbox. */
export class Inbox {
  /** The port of the mail server. */
  smtpPort;
  #url;

  /** Starts it on free loopback ports. */
  async launch(programs, env = process.env) {
    const inboxPort = await freePort();
    this.smtpPort = await freePort();
    const maildev = join(root, "node_modules", "maildev", "bin", "maildev");
    const addresses = ["--ip", "127.0.0.1", "--web-ip", "127.0.0.1"];
    const ports = ["--smtp", String(this.smtpPort), "--web", String(inboxPort)];
    const ready = /^MailDev SMTP Server running/;
    await programs.start(ready, [maildev, ...addresses, ...ports], { env });
    this.#url = `http://127.0.0.1:${inboxPort}`;
  }

  /** Waits for the first mail to an account and returns it. */
  async receive({ email }) {
    for (const end = Date.now() + MAIL_TIMEOUT_MS; Date.now() < end; await sleep(200)) {
      const mails = await (await fetch(`${this.#url}/email`)).json();
      const isMine = ({ envelope }) => envelope.to.some(({ address }) => address === email);
      const mail = mails.find(isMine);
      if (mail) return mail;
    }
    throw new Error(`no mail arrived for ${email}`);
  }

  /** Waits for the first mail to an account and returns the link in it. */
  async receiveLink(account) {
    return /http\S+token=\S+/.exec((await this.receive(account)).text)[0];
  }
}

export class Service {
  /** The Worker's origin. */
  base;
  /** A server key of the Worker's default application, with every scope. */
  serverKey = randomBytes(24).toString("base64url");
  #inbox = new Inbox();
  #nextId = 1;

  /**
   * Starts the inbox and the Worker on free loopback ports.
   *
   * - `state`: the folder for the Worker's data
   * - `variables`: configuration beside that which all tests share
   * - `env`: the environment of both programs
   */
  async launch(programs, { state, variables, env = process.env }) {
    await this.#inbox.launch(programs, env);
    const port = await freePort();
    await programs.start(/^ready /, [join(root, "edge", "tools", "serve.mjs")], {
      env: {
        ...env,
        STATE: state,
        PORT: String(port),
        WORKER_ENTRY: join(root, "tests", "tools", "entry.mjs"),
        IP_LIMIT: "100000",
        REQUEST_DELAY_SECONDS: "0",
        APPLICATION_NAME: "Example",
        MAIL_FROM: "Example <noreply@example.com>",
        MAIL_SERVER: "localhost",
        MAIL_PORT: String(this.#inbox.smtpPort),
        CONTACT: "support@example.com",
        ARGON2_MEMORY_KIB: "7168",
        ARGON2_ITERATIONS: "1",
        APPLICATION_KEY: this.serverKey,
        ...variables,
      },
    });
    this.base = `http://localhost:${port}`;
  }

  /** Creates an account with a password that no test knows. */
  async createAccount(fields = {}) {
    const id = this.#nextId++;
    const defaults = { username: `person${id}`, email: `person${id}@mail.example` };
    const account = { id, ...defaults, ...fields };
    const row = { ...account, name: "Person", password_hash: UNKNOWN_HASH, role: "user" };
    await this.#insert("users", { ...row, disabled: 0 });
    return account;
  }

  /** Returns whether an account has this password now. */
  async hasPassword(account, password) {
    return verifyArgon2id(password, await this.#hashOf(account));
  }

  /** Creates a session of an account and returns its bearer token. */
  async signIn(account) {
    const token = randomBytes(24).toString("base64url");
    await this.#insert("sessions", {
      id: sha256(token),
      user_id: account.id,
      created_at: 0,
      expires_at: 9_999_999_999,
      password_version: sha256(await this.#hashOf(account)),
    });
    return token;
  }

  /** Requests a link for an account and returns it when its mail has arrived. */
  async requestLink(account) {
    const { username } = account;
    const { status } = await this.#post("/password/reset/request", { username });
    if (status !== 200) throw new Error(`the request was answered with ${status}`);
    return this.receiveLink(account);
  }

  /** Waits for the first mail to an account and returns the link in it. */
  receiveLink(account) {
    return this.#inbox.receiveLink(account);
  }

  /** Waits until a link is used. */
  async waitUntilUsed(link) {
    const token = new URL(link).searchParams.get("token");
    for (const end = Date.now() + USED_TIMEOUT_MS; ; await sleep(100)) {
      const { code } = (await this.#post("/password/reset/check", { token })).body;
      if (code === "link_used") return;
      if (Date.now() > end) throw new Error(`the link is not used: ${code ?? "it works"}`);
    }
  }

  async #hashOf({ id }) {
    const [[hash]] = await this.#sql(`SELECT password_hash FROM users WHERE id = ${id}`);
    return hash;
  }

  async #insert(table, row) {
    const values = Object.values(row).map((value) => `'${value}'`);
    await this.#sql(`INSERT INTO ${table} (${Object.keys(row)}) VALUES (${values})`);
  }

  /** Runs a statement on the Worker's database and returns the rows, each as a list of values. */
  async #sql(sql) {
    const { body } = await this.#post("/test/sql", { sql });
    if (body.error) throw new Error(`${sql}: ${body.error}`);
    return body.rows;
  }

  async #post(path, fields) {
    const response = await fetch(`${this.base}${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(fields),
    });
    return { status: response.status, body: await response.json() };
  }
}
