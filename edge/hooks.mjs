// The hooks of `createRelatch`: checks them, and binds them to an environment.
//
// Rust calls a hook as a function of one value, which returns a value or a promise. It limits the
// time, catches exceptions, and checks the shape of the result. So a hook that is not set costs
// nothing.

/** The hooks that are functions of a value and `env`, each with what it is a function of. */
const FUNCTIONS = {
  beforeRequest: "(call, env) => Response | undefined",
  mayReset: "(account, env) => true | string",
  render: "(mail, env) => ({ subject, text, html })",
  onEvent: "(event, env) => void",
};

/** The names of the options that are hooks. */
export const HOOKS = Object.keys(FUNCTIONS);

/**
 * Returns the hooks among the options. `invalid` creates the error of an option.
 */
export function readHooks(options, invalid) {
  const hooks = {};
  for (const [name, signature] of Object.entries(FUNCTIONS)) {
    const hook = options[name];
    if (hook === undefined) continue;
    if (typeof hook !== "function") throw invalid(name, `must be a function: \`${signature}\``);
    hooks[name] = hook;
  }
  return hooks;
}

/** Returns the text variables of an environment, without its bindings. */
const textsOf = (env) =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => typeof value === "string"));

/**
 * Returns what Rust reads of the result of `beforeRequest`: `undefined`, or the parts of a response.
 * Any other result becomes an object without these parts, which Rust rejects.
 */
async function partsOf(result) {
  const response = await result;
  if (response === undefined) return undefined;
  if (!(response instanceof Response)) return {};
  const { status, headers } = response;
  return { status, headers: [...headers], body: await response.text() };
}

/** Returns the hooks for an environment as Rust calls them: functions of one value. */
export function hooksOf({ beforeRequest, mayReset, render, onEvent }, env) {
  const bound = {};
  if (beforeRequest) bound.beforeRequest = (call) => partsOf(beforeRequest(call, textsOf(env)));
  if (mayReset) bound.mayReset = (account) => mayReset(account, env);
  if (render) bound.render = (mail) => render(mail, env);
  if (onEvent) bound.onEvent = (event) => onEvent(event, env);
  return bound;
}
