// The options of `createRelatch`: checks them, and applies them to an environment.
//
// Rust reads one environment, with the default names of bindings and with the variables as text.
// The options are applied in JavaScript, so that the Worker's own modules, objects and functions
// need no counterpart in Rust.
import { HOOKS, hooksOf, readHooks } from "./hooks.mjs";
import { PORTS, portsOf, readPorts } from "./ports.mjs";
import { OUTBOUND } from "./worker/src/outbound.mjs";

/** The bindings by their options, with their default names. */
const BINDINGS = {
  database: "DB",
  events: "EVENTS_DB",
  links: "LINKS",
  intake: "INTAKE",
  mailbox: "MAILBOX",
  passwordChange: "PASSWORD_CHANGE",
  limiter: "LIMITER",
  limiterWide: "LIMITER_WIDE",
  email: "EMAIL",
  metrics: "METRICS",
  assets: "ASSETS",
  templates: "TEMPLATES",
};
/** The bindings that the service works without. One that an option names must exist. */
const OPTIONAL = ["events", "limiterWide", "email", "metrics", "assets", "templates"];
const OPTIONS = ["basePath", "bindings", "configuration", "tables", ...HOOKS, ...PORTS];

/** Path segments of unreserved characters (RFC 3986, section 2.3). */
const BASE_PATH = /^(\/[\w.~-]+)+$/;
/** A table name that needs no quotes in SQL. */
export const TABLE = /^[A-Za-z_]\w{0,62}$/;

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const list = (names) => names.map((name) => `\`${name}\``).join(", ");
const invalid = (option, reason) => new TypeError(`createRelatch: \`${option}\` ${reason}`);

function checkNames(option, value, known) {
  if (!isObject(value)) throw invalid(option, "must be an object");
  const prefix = option === "options" ? "" : `${option}.`;
  for (const name of Object.keys(value))
    if (!known.includes(name))
      throw invalid(`${prefix}${name}`, `is not an option. The options are ${list(known)}`);
}

/** Returns the path under which the service is mounted: `basePath`, or an empty text for `/`. */
function mountOf(basePath = "/") {
  if (typeof basePath !== "string") throw invalid("basePath", "must be a path, such as `/auth`");
  if (basePath === "/") return "";
  if (!basePath.startsWith("/")) throw invalid("basePath", "must begin with `/`, such as `/auth`");
  if (basePath.endsWith("/")) throw invalid("basePath", "must not end with `/`: `/auth`");
  const isPlain = BASE_PATH.test(basePath) && !/\/\.{1,2}(\/|$)/.test(basePath);
  if (isPlain) return basePath;
  throw invalid(
    "basePath",
    "must be a path of letters, digits and `-._~`, without `.`, `..` or empty segments and without a query, such as `/auth`",
  );
}

/**
 * Checks the options. Returns them complete:
 *
 * - `mount`: the path under which the service is mounted, empty for `/`
 * - `names`: the name of each binding
 * - `named`: the bindings that the options name
 * - `configuration`: as given
 * - `events`: the table of the events
 * - `hooks`: the hooks that are set
 * - `ports`: the ports that are replaced
 *
 * Throws a TypeError that names the option.
 */
export function readOptions(options = {}) {
  checkNames("options", options, OPTIONS);
  const { basePath, bindings = {}, configuration, tables = {} } = options;
  checkNames("bindings", bindings, Object.keys(BINDINGS));
  checkNames("tables", tables, ["events"]);
  const named = Object.keys(bindings).filter((option) => bindings[option] !== undefined);
  for (const option of named)
    if (typeof bindings[option] !== "string" || bindings[option] === "")
      throw invalid(`bindings.${option}`, "must be the name of a binding, such as `AUTH_DB`");
  if (configuration !== undefined && typeof configuration !== "function")
    throw invalid("configuration", "must be a function of `env` that returns variables");
  const { events = "events" } = tables;
  if (typeof events !== "string" || !TABLE.test(events))
    throw invalid("tables.events", "must be a table name of letters, digits and `_`");
  const names = { ...BINDINGS };
  for (const option of named) names[option] = bindings[option];
  const hooks = readHooks(options, invalid);
  const ports = readPorts(options, invalid);
  return { mount: mountOf(basePath), names, named, configuration, events, hooks, ports };
}

/** Returns the variables of the function `configuration`. Adds its errors to `errors`. */
function variablesOf(configuration, env, errors) {
  let variables;
  try {
    variables = configuration(env);
  } catch (error) {
    // Only the error's name: its message may quote a secret.
    errors.push(`the function \`configuration\` threw ${error?.name ?? typeof error}`);
    return {};
  }
  if (isObject(variables) && typeof variables.then !== "function") return variables;
  errors.push("the function `configuration` must return an object of variables, not a promise");
  return {};
}

/**
 * Returns the environment that Rust reads: `env` with the default names of bindings, the variables
 * of `configuration`, and the options as the property `relatch`. A variable that `configuration`
 * does not return is that of `env`.
 */
function apply({ mount, names, named, configuration, events, hooks, ports }, instance, env) {
  const errors = [];
  const variables = configuration ? variablesOf(configuration, env, errors) : {};
  const own = {};
  for (const [name, value] of Object.entries({ ...env, ...variables })) {
    // JSON has numbers and Booleans, and every variable is text.
    if (["number", "boolean"].includes(typeof value)) own[name] = String(value);
    else if (typeof value === "string" || value === env[name]) own[name] = value;
    else if (value === undefined || value === null) own[name] = undefined;
    else errors.push(`the function \`configuration\` must return text for \`${name}\``);
  }
  const bindings = {};
  for (const [option, name] of Object.entries(names)) {
    own[BINDINGS[option]] = env[name];
    bindings[BINDINGS[option]] = name;
    if (env[name] === undefined && named.includes(option) && OPTIONAL.includes(option))
      errors.push(`\`${name}\`, which \`bindings.${option}\` names, must be bound`);
  }
  const bound = { ...hooksOf(hooks, env), ...portsOf(ports, env, errors) };
  own.relatch = {
    instance,
    mount,
    bindings,
    events,
    errors: errors.join("\n"),
    hooks: bound,
    outbound: OUTBOUND,
  };
  return own;
}

/** Returns a function that applies the options to an environment, once for each environment. */
export function environmentOf(options, instance) {
  const known = new WeakMap();
  return (env) => {
    let applied = known.get(env);
    if (!applied) known.set(env, (applied = apply(options, instance, env)));
    return applied;
  };
}
