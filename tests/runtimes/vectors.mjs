// Holds the npm package to the vectors of the native client (sdk/tests/vectors.json). Runs in every runtime: it is given the
// package, the vectors, and where a server answers as they say (vector-server.mjs). Gives what differs, in words.
export async function differences({ ResetClient, ResetError, readLink, takeLink }, vectors, server) {
  const found = [];
  const compare = (what, got, expected) => {
    const [a, b] = [JSON.stringify(got), JSON.stringify(expected)];
    if (a !== b) found.push(`${what}: ${a}, natively ${b}`);
  };
  const shown = (error) => {
    if (!(error instanceof ResetError)) return { thrown: String(error) };
    const { code, status = null, reasons, retryAfter = null, serverCode = null, message } = error;
    return { code, status, reasons, retryAfter, serverCode, message };
  };

  const calls = {
    request: (client) => client.request(vectors.identifier),
    check: async (client) => ({ expires_at: (await client.check(vectors.token)).expiresAt.toISOString().replace(".000Z", "Z") }),
    confirm: (client) => client.confirm(vectors.token, vectors.password),
    change: (client) => client.change(vectors.old, vectors.password, { session: vectors.session }),
    rules: async (client) => {
      const { minLength, maxLength, maxBytes } = await client.rules();
      return { max_length: maxLength, min_length: minLength, ...(maxBytes && { max_bytes: maxBytes }) };
    },
  };
  const answers = vectors.answers.map(async ({ call, status, body, outcome }, number) => {
    const client = new ResetClient(`${server}/answers/${number}`);
    let got;
    try {
      got = { result: sorted(await calls[call](client)) };
    } catch (error) {
      got = shown(error);
    }
    const { attempts } = await (await fetch(`${server}/attempts/${number}`)).json();
    const expected = { ...outcome };
    if (expected.result) expected.result = sorted(expected.result);
    // Browsers do not tell the status of a redirect that they do not follow.
    if (status === 302 && got.status === 0) for (const one of [got, expected]) one.status = one.message = "of a redirect";
    compare(`an answer ${status} ${body.slice(0, 80)} to ${call}`, sorted({ ...got, attempts }), sorted(expected));
  });
  // Each of them waits for its retries: all at once.
  await Promise.all(answers);

  const { PasswordRules } = await rulesOf(ResetClient, server);
  for (const { rules, password, repeated, length, ownWords, reasons } of vectors.passwords) {
    const typed = password ?? repeated.repeat(Math.ceil(length / repeated.length)).slice(0, length);
    const judge = await PasswordRules(rules);
    compare(`the password ${JSON.stringify(typed.slice(0, 40))}`, judge.reasons(typed, ownWords), reasons);
  }

  for (const { url, found: expected, shown } of vectors.links) {
    // In a page, the link is its own address for a moment.
    if (globalThis.history && url) {
      const here = (address) => address.replace("https://a.example", location.origin);
      const asBrowsersWriteIt = (address) => new URL(here(address)).href;
      history.replaceState(null, "", here(url));
      await takeLink().catch(() => {});
      compare(`the address of ${url.slice(0, 60)}`, location.href, asBrowsersWriteIt(shown));
    }
    let got;
    try {
      const { token, expiresAt } = await readLink(url);
      got = { expires: expiresAt.getTime() / 1000, token };
    } catch (error) {
      got = { code: error.code, message: error.message };
    }
    compare(`the link ${url.slice(0, 60)}`, sorted(got), sorted(expected));
  }

  for (const { baseUrl, application, message } of vectors.baseUrls) {
    const client = new ResetClient(baseUrl, { application: application ?? undefined });
    const error = await client.rules().then(() => ({}), shown);
    compare(`the base URL ${baseUrl}`, [error.code, error.message], ["options_invalid", message]);
  }
  return found;
}

const sorted = (fields) => Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Rules with any limits, each asked for once. */
async function rulesOf(ResetClient, server) {
  const known = new Map();
  return {
    async PasswordRules(limits) {
      const key = JSON.stringify(limits);
      if (!known.has(key)) known.set(key, await new ResetClient(`${server}/rules/${btoa(key).replaceAll("=", "")}`).rules());
      return known.get(key);
    },
  };
}
