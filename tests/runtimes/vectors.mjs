// Compares a client in a JavaScript host with the vectors of the native client
// (sdk/tests/vectors.json). Runs in every runtime, with the URL of the server of vector-server.mjs.
// Returns a description of each difference.
export async function differences(relatch, vectors, server) {
  const { ResetClient, ResetError, readLink, takeLink } = relatch;
  const found = [];
  const compare = (subject, actual, expected) => {
    const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
    if (a !== b) found.push(`${subject}: ${a}, native client: ${b}`);
  };
  const properties = (error) => {
    if (!(error instanceof ResetError)) return { thrown: String(error) };
    const { code, status = null, reasons, retryAfter = null, serverCode = null, message } = error;
    return { code, status, reasons, retryAfter, serverCode, message };
  };

  const calls = {
    request: (client) => client.request(vectors.identifier),
    check: async (client) => {
      const { expiresAt } = await client.check(vectors.token);
      return { expires_at: expiresAt.toISOString().replace(".000Z", "Z") };
    },
    confirm: (client) => client.confirm(vectors.token, vectors.password),
    change: (client) => {
      const { old, password, session } = vectors;
      return client.change(old, password, { session });
    },
    rules: async (client) => {
      const { minLength, maxLength, maxBytes, applicationName } = await client.rules();
      const limits = { max_length: maxLength, min_length: minLength };
      return {
        ...limits,
        ...(maxBytes !== undefined && { max_bytes: maxBytes }),
        ...(applicationName !== undefined && { application_name: applicationName }),
      };
    },
  };
  const answers = vectors.answers.map(async ({ call, status, body, outcome }, number) => {
    const client = new ResetClient(`${server}/answers/${number}`);
    let actual;
    try {
      actual = { result: sorted(await calls[call](client)) };
    } catch (error) {
      actual = properties(error);
    }
    const { attempts } = await (await fetch(`${server}/attempts/${number}`)).json();
    const expected = { ...outcome };
    if (expected.result) expected.result = sorted(expected.result);
    // Browsers hide the status of a redirect that they do not follow.
    if (status === 302 && actual.status === 0) {
      for (const error of [actual, expected]) error.status = error.message = "of a redirect";
    }
    const subject = `the answer ${status} ${body.slice(0, 80)} to ${call}`;
    compare(subject, sorted({ ...actual, attempts }), sorted(expected));
  });
  // In parallel, because most of them wait for retries.
  await Promise.all(answers);

  const rulesFor = rulesFetcher(ResetClient, server);
  for (const vector of vectors.passwords) {
    const { password, repeated, length } = vector;
    const typed = password ?? repeated.repeat(Math.ceil(length / repeated.length)).slice(0, length);
    const rules = await rulesFor(vector.rules);
    const subject = `the password ${JSON.stringify(typed.slice(0, 40))}`;
    compare(subject, rules.reasons(typed, vector.personalTerms), vector.reasons);
  }

  for (const { url, found: expected, shown } of vectors.links) {
    // In a page, the link becomes the page's URL for a moment.
    if (globalThis.history && takeLink && url) {
      const onPage = (link) => link.replace("https://a.example", location.origin);
      history.replaceState(null, "", onPage(url));
      await takeLink().catch(() => {});
      const normalized = new URL(onPage(shown)).href;
      compare(`the page's URL after ${url.slice(0, 60)}`, location.href, normalized);
    }
    let actual;
    try {
      const { token, expiresAt } = await readLink(url);
      actual = { expires: expiresAt.getTime() / 1000, token };
    } catch (error) {
      actual = { code: error.code, message: error.message };
    }
    compare(`the link ${url.slice(0, 60)}`, sorted(actual), sorted(expected));
  }

  for (const { baseUrl, application, message } of vectors.baseUrls) {
    const client = new ResetClient(baseUrl, { application: application ?? undefined });
    const error = await client.rules().then(() => ({}), properties);
    const actual = [error.code, error.message];
    compare(`the base URL ${baseUrl}`, actual, ["options_invalid", message]);
  }
  return found;
}

const sorted = (fields) =>
  Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Returns a function that fetches the password rules with these limits, once for each limits. */
function rulesFetcher(ResetClient, server) {
  const fetched = new Map();
  return async (limits) => {
    const key = JSON.stringify(limits);
    if (!fetched.has(key)) {
      const client = new ResetClient(`${server}/rules/${btoa(key).replaceAll("=", "")}`);
      fetched.set(key, await client.rules());
    }
    return fetched.get(key);
  };
}
