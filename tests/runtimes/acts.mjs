// What people do with the client, as acts that run in any runtime: each is given the package and what it needs to know, and
// gives the outcome of every call. tests/worlds/sdk.rs makes the same calls natively; acts.json has what comes of both.
const outcome = async (ResetError, call) => {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ResetError)) throw error;
    return { code: error.code, status: error.status, reasons: error.reasons };
  }
};

export const acts = {
  /** Nobody learns whether there is an account. */
  ask: ({ ResetClient, ResetError }, { base, username }) => {
    const client = new ResetClient(base);
    return inTurn(ResetError, [
      async () => {
        const { minLength, maxLength } = await client.rules();
        return { minLength, maxLength };
      },
      () => client.request(username, { locale: "de" }),
      () => client.request(`nobody-${username}`),
      () => client.request("two@addresses.example, at@once.example"),
      () => new ResetClient(base, { application: "no-such-application" }).request(username),
    ]);
  },

  /** A refused password uses nothing up, a used link is used, and a lost answer is told again. */
  reset: ({ ResetClient, ResetError }, { base, username, token, chosen, other }) => {
    const client = new ResetClient(base);
    const check = async (token) => ((await client.check(token)).expiresAt > new Date() ? "can be used" : "has ended");
    const forged = `${token.slice(0, 60)}${token[60] === "A" ? "B" : "A"}${token.slice(61)}`;
    return inTurn(ResetError, [
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

  /** Whoever is signed in, and knows the old password. */
  change: ({ ResetClient, ResetError }, { base, session, chosen, other }) => {
    const client = new ResetClient(base, { session });
    return inTurn(ResetError, [
      () => client.change("not the old one, I think", other),
      () => client.change(chosen, "too short"),
      () => client.change(chosen, other, { session: "nobodys-session" }),
      () => client.change(chosen, other),
    ]);
  },

  /** One double click: both calls have the same success. */
  twice: async ({ ResetClient, ResetError }, { base, token, chosen }) => {
    const client = new ResetClient(base);
    return Promise.all([1, 2].map(() => outcome(ResetError, () => client.confirm(token, chosen))));
  },
};

async function inTurn(ResetError, calls) {
  const outcomes = [];
  for (const call of calls) outcomes.push(await outcome(ResetError, call));
  return outcomes;
}
