// `relatch-worker smoke`: tests a deployed Worker, without sending mail or storing anything.
import { missingBasePath } from "./base-path.mjs";
import { Problem, poll, withCode } from "./program.mjs";

const HEADERS = {
  "cache-control": /no-store/,
  "content-security-policy": /default-src 'none'/,
  "referrer-policy": /no-referrer|same-origin/,
  "strict-transport-security": /max-age=\d{8}/,
  "x-content-type-options": /nosniff/,
};

/** Sends a request: a POST if there is a body. Returns the status, the headers and the JSON. */
async function send(site, path, body) {
  const json = { method: "POST", headers: { "content-type": "application/json" } };
  const post = body && { ...json, body: JSON.stringify(body) };
  const options = { redirect: "manual", signal: AbortSignal.timeout(15_000), ...post };
  const response = await fetch(site + path, options);
  const { status, headers } = response;
  return { path, status, headers, json: await response.json().catch(() => ({})) };
}

/** Waits for the first response: DNS and the certificate of a new domain take a while. */
async function reach(site, timeout) {
  let health;
  const isUp = async () => {
    health = await send(site, "/healthz").catch((error) => error);
    return health.status === 200 || health.json?.code === "misconfigured";
  };
  if (await poll(timeout, isUp, 2_000)) return health;
  const { status, json } = health;
  const missing = missingBasePath("smoke", site, status, json?.code);
  if (missing)
    throw new Problem(`${site}/healthz returns ${withCode(status, json.code)}. ${missing}
Otherwise no route leads to the Worker.`);
  const reason = status ?? health.cause?.code ?? health.message;
  throw new Problem(`${site} cannot be reached (${reason}). A new domain can take a quarter of an
hour to get its certificate: run this again. Otherwise no route leads to the Worker.`);
}

/**
 * Throws a Problem if the Worker at the URL `site` does not work. `rules` are the expected password
 * rules, because an earlier deployment may still respond. `isHome` is whether this is the host of
 * PUBLIC_URL. `log` is the command that shows the log.
 */
export async function smoke(url, { isHome = false, rules = {}, timeout = 0, log }) {
  const site = url.replace(/\/$/, "");
  const fail = (path, text) => {
    throw new Problem(`${site}${path} ${text} The log: \`${log}\`.`);
  };
  const expect = ({ path, status, headers, json }, wanted, code) => {
    if (status !== wanted || json.code !== code)
      fail(path, `returns ${withCode(status, json.code)} instead of ${withCode(wanted, code)}.`);
    for (const [name, value] of Object.entries(HEADERS))
      if (!value.test(headers.get(name)))
        fail(path, `lacks the header ${name}. Does a proxy remove it?`);
  };
  expect(await reach(site, timeout), 200);
  const { json } = await send(site, "/password/rules");
  for (const [rule, value] of Object.entries(rules))
    if (json[rule] !== value)
      fail("", `is another deployment: ${rule} is ${json[rule]}, not ${value}. Run this again.`);
  // Only the host of PUBLIC_URL must have pages.
  const page = await send(site, "/password/forgot");
  if (isHome || page.status !== 404) expect(page, 200);
  const { path, status } = await send(site, "/password/assets/page.js");
  if (status !== 200) fail(path, `returns ${status}: deploy the static assets again.`);
  expect(await send(site, "/password/reset/check", { token: "A".repeat(95) }), 400, "link_invalid");
  expect(await send(site, "/password/reset/request", {}), 400, "request_invalid");
}

/** The command: `smoke URL`. */
export async function smokeCommand({ timeout = "0" }, [url]) {
  if (!URL.canParse(url ?? "") || !/^https?:/.test(url))
    throw new Problem("smoke needs the URL of the Worker: smoke https://reset.example.com");
  if (!/^\d{1,5}$/.test(timeout)) throw new Problem("--timeout must be a number of seconds");
  await smoke(url, { timeout: timeout * 1_000, log: "npx wrangler tail" });
  console.log(
    `${url} works: health, rules, page, static assets, headers. It refuses a forged link.`,
  );
}
