// Makes a call in whatever runtime this runs in, and gives what came of it as values that JSON can hold.
export async function attempt({ ResetClient, ResetError }, { base, call = "rules", args = [], options = {} }) {
  try {
    const result = await new ResetClient(base, options)[call](...args);
    return { result: { ...result } };
  } catch (error) {
    return told(ResetError, error);
  }
}

/** An error, if it is one of the package's. */
export function told(ResetError, error) {
  if (!(error instanceof ResetError)) return { thrown: String(error) };
  const { code, status, reasons, retryAfter, serverCode } = error;
  return { code, status, ...(reasons.length > 0 && { reasons }), retryAfter, serverCode };
}
