// Sequences of calls that run in every runtime. Each function takes a client and its input, and
// returns the outcome of every call. tests/worlds/sdk.rs makes the same calls with the native
// client; acts.json contains the outcomes that all must have.
const outcome = async (ResetError, call) => {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ResetError)) throw error;
    return { code: error.code, status: error.status, reasons: error.reasons };
  }
};

export const acts = {
  /** Requests: the answer does not reveal whether the account exists. */
  ask: ({ ResetClient, ResetError }, { base, username }) => {
    const client = new ResetClient(base);
    return inSequence(ResetError, [
      async () => {
        const { minLength, maxLength } = await client.rules();
        return { minLength, maxLength };
      },
      () => client.request(username, { locale: "de" }),
      () => client.request(`nobody-${username}`),
      () => client.request("a control\u0007character"),
      () => new ResetClient(base, { application: "no-such-application" }).request(username),
    ]);
  },

  /**
   * A reset: a rejected password does not use the link, a confirm can be repeated with the same
   * password, and a used link is rejected otherwise.
   */
  reset: ({ ResetClient, ResetError }, { base, username, token, chosen, other }) => {
    const client = new ResetClient(base);
    const check = async (token) => {
      const { expiresAt } = await client.check(token);
      return expiresAt > new Date() ? "can be used" : "has expired";
    };
    const forged = `${token.slice(0, 60)}${token[60] === "A" ? "B" : "A"}${token.slice(61)}`;
    return inSequence(ResetError, [
      () => check(token),
      () => check(`  ${token.slice(0, 40)}\r\n ${token.slice(40)}\n`),
      () => check(forged),
      () => check(token.slice(1)),
      () => client.confirm(token, "too short"),
      () => client.confirm(token, `${username} ${username} ${username}`),
      () => check(token),
      () => client.confirm(token, chosen),
      () => client.confirm(token, chosen),
      () => client.confirm(token, other),
      () => check(token),
    ]);
  },

  /** Changes: they need a session and the old password. */
  change: ({ ResetClient, ResetError }, { base, session, chosen, other }) => {
    const client = new ResetClient(base, { session });
    return inSequence(ResetError, [
      () => client.change("not the old one, I think", other),
      () => client.change(chosen, "too short"),
      () => client.change(chosen, other, { session: "nobodys-session" }),
      () => client.change(chosen, other),
    ]);
  },

  /** The calls of a server, and calls for a visitor. */
  serve: ({ ServerClient, ResetError }, { base, username, key, visitorKey }) => {
    const server = new ServerClient(base, { key });
    const visitor = (visitorAddress) => ({ key: visitorKey, visitorAddress });
    const account = { username };
    return inSequence(ResetError, [
      () => server.status(),
      () => server.status({ username: `nobody-${username}` }),
      () => server.status(account),
      async () => (await server.events(account, { limit: 1 })).map(({ event }) => event),
      () => server.reset(account),
      () => server.reset({ username: `nobody-${username}` }),
      () => server.revokeLinks(account),
      () => server.erase(account),
      () => server.status(account, { key: "another key" }),
      () => server.request(username, visitor("203.0.113.7")),
      () => server.request(username, visitor("10.0.0.1")),
    ]);
  },

  /** A double click: both confirms succeed. */
  twice: async ({ ResetClient, ResetError }, { base, token, chosen }) => {
    const client = new ResetClient(base);
    const confirm = () => outcome(ResetError, () => client.confirm(token, chosen));
    return Promise.all([confirm(), confirm()]);
  },

  /** A service that does not respond, and then one that is unavailable: the time that each takes. */
  unavailable: async ({ ResetClient, ResetError }, { silent, failing }) => {
    const timed = async (client) => {
      const start = Date.now();
      const { code } = await outcome(ResetError, () => client.rules());
      return { code, milliseconds: Date.now() - start };
    };
    return [
      await timed(new ResetClient(silent, { timeout: 400 })),
      await timed(new ResetClient(failing)),
      await timed(new ResetClient(failing, { timeout: 400 })),
    ];
  },
};

async function inSequence(ResetError, calls) {
  const outcomes = [];
  for (const call of calls) outcomes.push(await outcome(ResetError, call));
  return outcomes;
}
