// Sends one call and reads its answer. The WebAssembly module decides what is sent, what an answer
// means and when an attempt is repeated; this file fetches and waits.
import { readBody } from "./body.js";
import { ResetError } from "./errors.js";
import { type Fields, run } from "./host.js";
import type { ResolvedOptions } from "./options.js";
import { wasm } from "./wasm.js";

/**
 * Makes a call, with all its attempts, and returns the fields of the answer.
 *
 * @throws {ResetError}
 */
export async function exchange(
  {
    baseUrl,
    application,
    timeout = 10_000,
    signal,
    fetch: send = globalThis.fetch,
  }: ResolvedOptions,
  call: Fields,
): Promise<Fields> {
  const timeLimit = AbortSignal.timeout(timeout);
  const abort = signal ? AbortSignal.any([signal, timeLimit]) : timeLimit;
  const end = performance.now() + timeout;
  const module = await Promise.race([wasm(), rejectOnAbort(abort, signal)]);
  const { result: url, content, failure } = run(module.send, { ...call, baseUrl, application });
  if (failure) throw new ResetError(failure);

  const init: RequestInit = {
    method: content.body ? "POST" : "GET",
    headers: {
      Accept: "application/json, application/problem+json",
      ...(content.body && { "Content-Type": "application/json" }),
      ...(content.authorization && { Authorization: content.authorization }),
    },
    body: content.body ? JSON.stringify(content.body) : null,
    // A followed redirect would send the token to another place.
    redirect: "manual",
    signal: abort,
  };
  // The session may be a cookie. Runtimes without a cookie store do not know the option.
  const usesCookie = call["name"] === "change" && !content.authorization;
  const { prototype } = globalThis.Request ?? {};
  if (usesCookie && prototype && "credentials" in prototype) init.credentials = "include";

  for (let attempts = 1; ; attempts++) {
    const { fields, cause, ...answer } = await attempt(() => send(url, init));
    const why = signal?.aborted ? "aborted" : abort.aborted ? "timed_out" : "";
    const left = why ? 0 : Math.max(0, Math.floor(end - performance.now()));
    const { failure } = run(module.read, { ...call, ...answer, why, left, attempts }, fields);
    if (!failure) return fields;
    if (failure.wait === undefined) {
      throw new ResetError({ ...failure, cause: signal?.aborted ? signal.reason : cause });
    }
    await delay(failure.wait, abort);
  }
}

/** Rejects when `abort` fires, for calls that end before the module is loaded. */
const rejectOnAbort = (abort: AbortSignal, signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => {
    const onAbort = () =>
      reject(
        new ResetError({
          code: signal?.aborted ? "aborted" : "timed_out",
          message: "The call ended before relatch.wasm was loaded.",
          cause: signal?.reason,
        }),
      );
    if (abort.aborted) onAbort();
    abort.addEventListener("abort", onAbort, { once: true });
  });

/** The answer to one attempt. Without a status, there was none, and `cause` is the reason. */
interface Answer {
  status?: number;
  retryAfter?: string | null;
  body?: "fields" | "too_long";
  fields: Fields;
  cause?: unknown;
}

async function attempt(send: () => Promise<Response>): Promise<Answer> {
  let response: Response;
  let text: string | undefined;
  try {
    response = await send();
    text = await readBody(response);
  } catch (cause) {
    return { fields: {}, cause };
  }
  const answer = { status: response.status, retryAfter: response.headers.get("Retry-After") };
  if (text === undefined) return { ...answer, body: "too_long", fields: {} };
  try {
    const fields: unknown = JSON.parse(text);
    if (fields && typeof fields === "object" && !Array.isArray(fields)) {
      return { ...answer, body: "fields", fields: fields as Fields };
    }
  } catch {
    // The body is not JSON. The error is dropped: it quotes the body.
  }
  return { ...answer, fields: {} };
}

function delay(milliseconds: number, abort: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    abort.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
