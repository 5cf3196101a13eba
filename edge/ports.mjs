// The options of `createRelatch` that replace a port: checks them, and binds their functions to an
// environment.
//
// Rust calls each function with one value, as it calls the hooks of `hooks.mjs`. The shapes of
// results are checked here too, because an error can name the field here. An error has its text as
// its name, which Rust logs: it contains no value.

/** The functions of the hook `directory`: those that it must have, and those that it may have. */
const REQUIRED = ["find", "account", "setPassword"];
const OPTIONAL = ["verify", "authenticate"];

/** The names of the options that replace a port. */
export const PORTS = ["directory", "mailer", "passwords"];
/** The functions of the hook `passwords`. */
const PASSWORDS = ["hash", "verify", "check"];

/** Returns the ports among the options. `invalid` creates the error of an option. */
export function readPorts(options, invalid) {
  const { directory, mailer, passwords } = options;
  if (directory !== undefined && typeof directory !== "function")
    throw invalid(
      "directory",
      "must be a function of `env`: `(env) => ({ find, account, setPassword, revokeSessions })`",
    );
  if (mailer !== undefined && typeof mailer !== "function")
    throw invalid("mailer", "must be a function of `env`: `(env) => ({ send })`");
  if (passwords !== undefined) checkPasswords(passwords, invalid);
  // The hashes depend on nothing in the environment.
  return { directory, mailer, passwords: passwords && (() => passwords) };
}

function checkPasswords(passwords, invalid) {
  if (!isObject(passwords))
    throw invalid("passwords", "must be an object: `{ hash, verify, check }`");
  for (const [name, value] of Object.entries(passwords)) {
    if (!PASSWORDS.includes(name))
      throw invalid(
        `passwords.${name}`,
        "is not an option. The options are `hash`, `verify`, `check`",
      );
    if (value !== undefined && typeof value !== "function")
      throw invalid(`passwords.${name}`, "must be a function");
  }
  const { hash, verify } = passwords;
  if (!hash !== !verify)
    throw invalid(
      `passwords.${hash ? "verify" : "hash"}`,
      "must be set: `hash` and `verify` go together",
    );
}

const wrong = (text) => Object.assign(new TypeError(text), { name: text });
const isObject = (value) => typeof value === "object" && value !== null;
const isText = (value) => typeof value === "string";
const isNone = (value) => value === undefined || value === null;

/** The fields of an account: how each is checked, and what it must be. */
const ACCOUNT = {
  id: [(value) => isText(value) && value !== "", "a text that is not empty"],
  email: [(value) => isText(value) || value === null, "a text or `null`"],
  passwordHash: [(value) => isText(value) || value === null, "a text or `null`"],
  role: [isText, "`user`, `admin` or another text"],
  disabled: [(value) => typeof value === "boolean", "a Boolean"],
  verified: [(value) => typeof value === "boolean" || isNone(value), "a Boolean, `null` or absent"],
  username: [(value) => isText(value) || isNone(value), "a text, `null` or absent"],
  name: [(value) => isText(value) || isNone(value), "a text, `null` or absent"],
  locale: [(value) => isText(value) || isNone(value), "a text, `null` or absent"],
};

/** Returns the fields of an account, and nothing else of it. */
function accountOf(value) {
  if (!isObject(value)) throw wrong("an account must be an object");
  const account = {};
  for (const [field, [isValid, must]] of Object.entries(ACCOUNT)) {
    if (!isValid(value[field])) throw wrong(`\`${field}\` of an account must be ${must}`);
    account[field] = value[field];
  }
  // A directory that does not know leaves it out.
  if (account.verified === null) account.verified = false;
  return account;
}

function sessionOf(value) {
  const { account, session, passwordVersion } = value;
  if (!isText(account) || !isText(session))
    throw wrong("a session must be `{ account, session }`, the ids as text");
  if (!isText(passwordVersion) && !isNone(passwordVersion))
    throw wrong("`passwordVersion` of a session must be a text, `null` or absent");
  return { account, session, passwordVersion };
}

function booleanOf(value, meaning) {
  if (typeof value !== "boolean") throw wrong(`the result must be a Boolean: ${meaning}`);
  return value;
}

/** Returns the error of the object of the hook `directory`, or `undefined`. */
function directoryError(directory) {
  if (!isObject(directory) || typeof directory.then === "function")
    return "must return an object of functions, not a promise";
  const missing = REQUIRED.find((name) => typeof directory[name] !== "function");
  if (missing) return `must return an object with the function \`${missing}\``;
  const bad = OPTIONAL.find(
    (name) => directory[name] !== undefined && typeof directory[name] !== "function",
  );
  if (bad) return `must return \`${bad}\` as a function, or not at all`;
  const { revokeSessions, revokeOtherSessions, authenticate, usernames } = directory;
  if (typeof revokeSessions !== "function" && revokeSessions !== false)
    return "must return the function `revokeSessions`, or `false` if sessions are kept elsewhere";
  const revokesOthers = typeof revokeOtherSessions === "function" || revokeOtherSessions === false;
  if (authenticate ? !revokesOthers : revokeOtherSessions !== undefined)
    return "must return both `authenticate` and `revokeOtherSessions`, or neither. `revokeOtherSessions` may be `false`";
  // After a change whose reply was lost, every session ends.
  if (revokeSessions === false && typeof revokeOtherSessions === "function")
    return "must return `revokeOtherSessions` as `false` as well, because `revokeSessions` is `false`: sessions are kept elsewhere";
  if (usernames !== undefined && typeof usernames !== "boolean")
    return "must return `usernames` as a Boolean, or not at all";
}

/** Returns the functions of the hook `directory` as Rust calls them. */
function boundDirectory(directory) {
  const { verify, revokeSessions, revokeOtherSessions, authenticate, usernames } = directory;
  const bound = {
    async "directory.find"({ application, value }) {
      const found = await directory.find(value, { application });
      if (!Array.isArray(found)) throw wrong("the result must be an array of accounts");
      return found.map(accountOf);
    },
    async "directory.account"({ application, value: { id } }) {
      const account = await directory.account(id, { application });
      return isNone(account) ? undefined : accountOf(account);
    },
    async "directory.setPassword"({ application, value }) {
      const written = await directory.setPassword(value, { application });
      return booleanOf(written, "`true` if it wrote");
    },
    "directory.usernames": usernames !== false,
  };
  if (verify)
    bound["directory.verify"] = async ({ application, value: { id, password } }) => {
      const verified = await directory.verify(id, password, { application });
      return booleanOf(verified, "`true` if this is the password");
    };
  if (revokeSessions)
    bound["directory.revokeSessions"] = async ({ application, value: { id } }) => {
      await directory.revokeSessions(id, { application });
    };
  if (revokeOtherSessions)
    bound["directory.revokeOtherSessions"] = async ({ application, value: { id, session } }) => {
      await directory.revokeOtherSessions(id, session, { application });
    };
  if (authenticate)
    bound["directory.authenticate"] = async ({ application, value: { session: token } }) => {
      const session = await directory.authenticate(token, { application });
      return isNone(session) ? undefined : sessionOf(session);
    };
  return bound;
}

/** Returns the error of the object of the hook `mailer`, or `undefined`. */
function mailerError(mailer) {
  if (!isObject(mailer) || typeof mailer.send !== "function")
    return "must return an object with the function `send`, not a promise";
}

/** Returns the function of the hook `mailer` as Rust calls it. */
const boundMailer = (mailer) => ({
  async "mailer.send"(mail) {
    const sent = await mailer.send(mail);
    const { accepted, id, retry, reason } = isObject(sent) ? sent : {};
    if (accepted === true) return { accepted, id: isText(id) ? id : undefined };
    if (accepted === false && typeof retry === "boolean")
      return { accepted, retry, reason: isText(reason) ? reason : undefined };
    throw wrong("the result must be `{ accepted: true }` or `{ accepted: false, retry, reason }`");
  },
});

/** Returns the functions of the hook `passwords` as Rust calls them. */
function boundPasswords({ hash, verify, check }) {
  const bound = {};
  if (hash)
    bound["passwords.hash"] = async ({ application, password }) => {
      const result = await hash(password, { application });
      if (!isText(result) || result === "")
        throw wrong("the result must be a text that is not empty");
      return result;
    };
  if (verify)
    bound["passwords.verify"] = async ({ application, password, hash }) =>
      booleanOf(await verify(password, hash, { application }), "`true` if this is the password");
  if (check)
    bound["passwords.check"] = async ({ application, password, account }) => {
      const reasons = (await check(password, account, { application })) ?? [];
      if (!Array.isArray(reasons) || !reasons.every((reason) => isText(reason) && reason.trim()))
        throw wrong("the result must be an array of sentences");
      return reasons;
    };
  return bound;
}

const ERRORS = { directory: directoryError, mailer: mailerError, passwords: () => undefined };
const BINDERS = { directory: boundDirectory, mailer: boundMailer, passwords: boundPasswords };

/**
 * Returns the functions of the ports for an environment, as Rust calls them. Adds what is wrong
 * with them to `errors`.
 */
export function portsOf(ports, env, errors) {
  const bound = {};
  for (const [option, make] of Object.entries(ports)) {
    if (!make) continue;
    // Rust needs no binding or variable of a port that is replaced, even by a wrong function.
    bound[option] = true;
    try {
      const port = make(env);
      const error = ERRORS[option](port);
      if (error) errors.push(`the function \`${option}\` ${error}`);
      else Object.assign(bound, BINDERS[option](port));
    } catch (error) {
      // Only the error's name: its message may quote a secret.
      errors.push(`the function \`${option}\` threw ${error?.name ?? typeof error}`);
    }
  }
  return bound;
}
