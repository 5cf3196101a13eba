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
