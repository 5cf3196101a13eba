// Runs in Node, in a browser and in workerd.

/**
 * Makes one call with the package and returns its outcome as values that JSON can represent.
 *
 * - `call`, `args`, `options`: the client's method, its arguments, and the client's options
 */
export async function attempt({ ResetClient, ResetError }, what) {
  const { base, call = "rules", args = [], options = {} } = what;
  try {
    const result = await new ResetClient(base, options)[call](...args);
    return { result: { ...result } };
  } catch (error) {
    if (!(error instanceof ResetError)) return { thrown: String(error) };
    const { code, status, reasons, messages, retryAfter, serverCode } = error;
    return {
      ...{ code, status, retryAfter, serverCode },
      ...(reasons.length > 0 && { reasons }),
      ...(messages.custom && { messages }),
    };
  }
}
