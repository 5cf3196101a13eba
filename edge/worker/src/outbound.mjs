// The calls of other services that a request waits for. They are in JavaScript because `fetch`,
// streams and JSON are the host's, and Rust would have to bind each of them.
//
// Each is a function of one value, as the hooks are. An error has its text as its name, which Rust
// logs: it contains no value.

/** The longest answer about a captcha, in bytes. */
const MAX_VERDICT_BYTES = 16 * 1024;

const wrong = (text) => Object.assign(new Error(text), { name: text });

/**
 * Sends a request, and returns the text of its answer: 200, and at most `limit` bytes. A redirect is
 * not followed: it would send a secret to another place.
 */
async function exchange(url, { limit, timeout, ...init }) {
  const signal = AbortSignal.timeout(timeout);
  const response = await fetch(url, { ...init, redirect: "manual", signal });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw wrong(`the answer has the status ${response.status}`);
  }
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let length = 0;
  // Leaving the loop cancels the stream.
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > limit) throw wrong("the answer is too large");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

const textOf = (value) => (typeof value === "string" ? value : undefined);

/**
 * Asks the provider of a captcha about a token. The three providers have the same interface:
 * https://developers.cloudflare.com/turnstile/get-started/server-side-validation/
 */
async function captcha({ url, secret, response, sitekey, timeout }) {
  // hCaptcha accepts tokens of every widget of an account without the site key.
  const body = new URLSearchParams({ secret, response, sitekey });
  const text = await exchange(url, { method: "POST", body, limit: MAX_VERDICT_BYTES, timeout });
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    // The error is dropped: it quotes the answer.
  }
  if (typeof answer?.success !== "boolean") throw wrong("the answer is not a verdict");
  const codes = answer["error-codes"];
  return {
    success: answer.success,
    hostname: textOf(answer.hostname),
    action: textOf(answer.action),
    isScored: answer.score !== undefined,
    errors: Array.isArray(codes) ? codes.filter(textOf) : [],
  };
}

/** Returns the range of breached passwords at a URL, padded so that its size reveals nothing. */
const breaches = ({ url, limit, timeout }) =>
  exchange(url, {
    // The service asks its callers for a name.
    headers: { "Add-Padding": "true", "User-Agent": "relatch" },
    limit,
    timeout,
  });

/** The calls by the names that Rust has for them. */
export const OUTBOUND = { captcha, breaches };
