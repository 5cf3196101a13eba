// Asks a Worker that was just deployed the few things that show whether it works, and that mail nobody and leave nothing
// behind: its health, its password rules, the page that asks for a mail, the static assets, a forged link, a body that is refused, and the headers of every answer.
import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "./processes.mjs";

/** As long as a link's token and of the same letters; nobody's key has signed it. */
const FORGED = "A".repeat(95);

const HEADERS = {
  "cache-control": /no-store/,
  "content-security-policy": /default-src 'none'/,
  "referrer-policy": /no-referrer|same-origin/,
  "strict-transport-security": /max-age=\d{8}/,
  "x-content-type-options": /nosniff/,
};

async function call(site, method, path, body) {
  const response = await fetch(`${site}${path}`, {
    method,
    body: body && JSON.stringify(body),
    headers: body ? { "content-type": "application/json" } : {},
    redirect: "manual",
    signal: AbortSignal.timeout(15_000),
  });
  const text = await response.text();
  let answer = {};
  try {
    answer = JSON.parse(text);
  } catch {
    // Not the Worker's: told below by its status.
  }
  return { at: `${method} ${path}`, status: response.status, headers: response.headers, answer };
}

/** Waits until the Worker answers: a new address takes its time to be known, and longer to get its certificate. */
async function reach(site, patience) {
  for (const end = Date.now() + patience; ; await sleep(2_000)) {
    let why;
    try {
      const health = await call(site, "GET", "/healthz");
      if (health.status === 200 || health.answer.code === "misconfigured") return health;
      why = `answers ${health.status}, and not as Relatch does`;
    } catch (error) {
      why = `cannot be reached (${error.cause?.code ?? error.cause?.message ?? error.message})`;
    }
    if (Date.now() >= end)
      throw new Problem(
        `${site} ${why}. A new domain can take a quarter of an hour to get its certificate: wait, and run this again. ` +
          `If it stays so, no route leads from there to the Worker.`,
      );
  }
}

/**
 * Asks `site`. Throws a Problem that says what is wrong and where to look.
 *
 * - `rules`: the password rules that this deployment was given: others are those of an earlier one
 * - `patience`: milliseconds to wait for the first answer
 * - `log`: the command that shows the Worker's log
 */
export async function smoke(site, { rules, patience, log }) {
  const expect = ({ at, status, answer, headers }, wanted, code) => {
    if (status !== wanted || (code && answer.code !== code))
      throw new Problem(`${site}: ${at} answered ${status} ${answer.code ?? ""}, not ${wanted} ${code ?? ""}. \`${log}\` shows why.`);
    for (const [name, value] of Object.entries(HEADERS))
      if (!value.test(headers.get(name) ?? ""))
        throw new Problem(`${site}: ${at} came without its ${name}. Something between here and the Worker changes headers.`);
  };
  const health = await reach(site, patience);
  if (health.status === 503)
    throw new Problem(`The Worker runs, but its configuration does not hold. \`${log}\` names the variable at the next call.`);
  expect(health, 200);

  const told = await call(site, "GET", "/password/rules");
  expect(told, 200);
  for (const [rule, value] of Object.entries(rules))
    if (told.answer[rule] !== value)
      throw new Problem(`${site} still answers with the rules of another deployment (${rule} is ${told.answer[rule]}, not ${value}). Run this again.`);

  expect(await call(site, "GET", "/password/forgot"), 200);
  const assets = await call(site, "GET", "/password/assets/page.js");
  if (assets.status !== 200 || !/javascript/.test(assets.headers.get("content-type") ?? ""))
    throw new Problem(`${site}: the static assets are not there (${assets.at} answered ${assets.status}). The pages work without; deploy once more.`);
  expect(await call(site, "POST", "/password/reset/check", { token: FORGED }), 400, "link_invalid");
  expect(await call(site, "POST", "/password/reset/request", {}), 400, "request_invalid");
}
