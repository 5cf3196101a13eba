// One call: sent, read, and sent again where that helps. What is sent, what an answer says and when to try again are the
// WebAssembly's to tell; only fetch and the waiting are here.
import { ResetError } from "./errors.js";
import { run, type Fields } from "./host.js";
import type { Told } from "./options.js";
import { wasm } from "./wasm.js";

/** What is read of an answer, in bytes: as much as the native client does. */
const LONGEST_ANSWER = 64 * 1024;

/** The fields of a call's result. */
export async function exchange({ baseUrl, application, timeout = 10_000, signal }: Told, call: Fields): Promise<Fields> {
  const inTime = AbortSignal.timeout(timeout);
  const until = signal ? AbortSignal.any([signal, inTime]) : inTime;
  const end = performance.now() + timeout;
  const { send, read } = await Promise.race([wasm(), over(until, signal)]);
  const { result: url, sent, failure } = run(send, { ...call, baseUrl, application });
  if (failure) throw new ResetError(failure);

  const init: RequestInit = {
    method: sent.body ? "POST" : "GET",
    headers: {
      Accept: "application/json, application/problem+json",
      ...(sent.body && { "Content-Type": "application/json" }),
      ...(sent.authorization && { Authorization: sent.authorization }),
    },
    body: sent.body ? JSON.stringify(sent.body) : null,
    // With a redirect a token would go wherever it leads.
    redirect: "manual",
    signal: until,
  };
  // Whoever is signed in by a cookie. Runtimes that keep no cookies do not take the option.
  if (call["name"] === "change" && !sent.authorization && "credentials" in Request.prototype) init.credentials = "include";

  for (let attempts = 1; ; attempts++) {
    const { fields, ...answer } = await once(url as string, init);
    const why = signal?.aborted ? "aborted" : until.aborted ? "timed_out" : "";
    const left = why ? 0 : Math.max(0, Math.floor(end - performance.now()));
    const { failure } = run(read, { ...call, ...answer, why, left, attempts }, fields);
    if (!failure) return fields;
    if (failure.wait === undefined) throw new ResetError({ ...failure, cause: signal?.reason });
    await pause(failure.wait, until);
  }
}

/** Rejects if a call ends before the WebAssembly is there to say so. */
const over = (until: AbortSignal, signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => {
    const tell = () =>
      reject(new ResetError({ code: signal?.aborted ? "aborted" : "timed_out", message: "The call ended before relatch.wasm was loaded.", cause: signal?.reason }));
    if (until.aborted) tell();
    until.addEventListener("abort", tell, { once: true });
  });

/** What came: without a status, nothing did. */
interface Answer {
  status?: number;
  retryAfter?: string | null;
  body?: "fields" | "too_long";
  fields: Fields;
}

async function once(url: string, init: RequestInit): Promise<Answer> {
  let status, retryAfter;
  try {
    const response = await fetch(url, init);
    const text = await beginning(response.body);
    status = response.status;
    retryAfter = response.headers.get("Retry-After");
    if (text === undefined) return { status, retryAfter, body: "too_long", fields: {} };
    const fields: unknown = JSON.parse(text);
    if (fields && typeof fields === "object" && !Array.isArray(fields)) return { status, retryAfter, body: "fields", fields: fields as Fields };
  } catch {
    // No answer, or a body that is no JSON. The error's own words may quote an address or a body.
  }
  return { ...(status !== undefined && { status }), fields: {} };
}

/** The whole body, unless it is too long. */
async function beginning(stream: ReadableStream<Uint8Array> | null): Promise<string | undefined> {
  // Not lenient: the native client is not either.
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let text = "";
  let length = 0;
  const reader = stream?.getReader();
  for (let chunk; reader && !(chunk = await reader.read()).done; ) {
    length += chunk.value.length;
    if (length > LONGEST_ANSWER) {
      await reader.cancel();
      return undefined;
    }
    text += decoder.decode(chunk.value, { stream: true });
  }
  return text + decoder.decode();
}

function pause(milliseconds: number, until: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    until.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
