// Calls that TypeScript must accept, and calls that it must reject. Compiled, never run.

import type {
  CallOptions,
  ClientCode,
  ClientOptions,
  ErrorCode,
  Link,
  LinkState,
  Message,
  ModuleSource,
  PasswordRules,
  Reason,
  ServiceCode,
} from "relatch";
import { ResetClient, ResetError, readLink, setModule, takeLink } from "relatch";
import address from "relatch/relatch.wasm";

type IsSame<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const assertType = <Condition extends true>(): Condition | undefined => undefined;
const assertNever = (value: never): string => value;

const options: ClientOptions = {
  application: "shop",
  locale: "de",
  timeout: 5_000,
  session: "token",
  fetch: (url, init) => fetch(url, init),
};
setModule("/relatch.wasm");
setModule(new URL("https://a.example/relatch.wasm"), () => import("relatch/fallback"));
setModule(new Uint8Array(8));
const source: Promise<ModuleSource> = Promise.resolve(new ArrayBuffer(8));
setModule(source);
const client = new ResetClient("https://accounts.example.com", options);
new ResetClient(new URL("https://accounts.example.com"));

export async function calls(signal: AbortSignal): Promise<string> {
  const callOptions: CallOptions = { signal, timeout: 1_000 };
  const requested: Message = await client.request("peter", callOptions);
  const state: LinkState = await client.check("token", callOptions);
  const confirmed: Message = await client.confirm("token", "password", callOptions);
  const changed: Message = await client.change("old", "new", { session: "token" });
  const rules: PasswordRules = await client.rules(callOptions);
  const reasons: Reason[] = rules.reasons("password", ["peter"]);
  const link: Link = await readLink(new URL("https://accounts.example.com"));
  const { token, expired }: Link = await takeLink();
  const messages = [requested.message, confirmed.message, changed.message];
  const limits = [rules.minLength.toFixed(), rules.maxBytes?.toFixed(), rules.applicationName];
  const links = [state.expiresAt.toISOString(), link.token, token, expired];
  return [...messages, ...limits, ...reasons, ...links].join();
}

/** The code narrows the other properties, and the compiler knows a `switch` over all codes. */
export function describeError(error: unknown): string {
  if (!(error instanceof ResetError)) throw error;
  assertType<IsSame<typeof error.code, ErrorCode>>();
  assertType<IsSame<ErrorCode, ServiceCode | ClientCode>>();
  const wait: number | undefined = error.retryAfter;
  switch (error.code) {
    case "link_expired":
    case "link_used":
      assertType<IsSame<typeof error.status, 410>>();
      return "Request a new link.";
    case "link_invalid":
      assertType<IsSame<typeof error.status, 400 | undefined>>();
      return "Copy the whole link.";
    case "password_rejected":
      assertType<IsSame<typeof error.status, 422>>();
      return error.reasons.map((reason) => describeReason(reason)).join();
    case "code_unknown":
      assertType<IsSame<typeof error.status, number>>();
      assertType<IsSame<typeof error.serverCode, string>>();
      return error.serverCode;
    case "answer_invalid":
      assertType<IsSame<typeof error.status, number>>();
      assertType<IsSame<typeof error.serverCode, undefined>>();
      return `${error.status}`;
    case "unreachable":
    case "timed_out":
    case "aborted":
    case "options_invalid":
    case "link_missing":
    case "module_unavailable":
      assertType<IsSame<typeof error.status, undefined>>();
      return `${error.name}: ${error.message} ${error.stack} ${error.cause}`;
    case "too_many_requests":
      return `Wait ${wait ?? 60} s.`;
    case "request_invalid":
    case "not_signed_in":
    case "old_password_wrong":
    case "key_invalid":
    case "key_out_of_scope":
    case "account_unknown":
    case "account_ineligible":
    case "origin_not_allowed":
    case "not_found":
    case "method_not_allowed":
    case "captcha_rejected":
    case "link_busy":
    case "change_busy":
    case "body_too_large":
    case "content_type_unsupported":
    case "misconfigured":
    case "unavailable":
      return error.code;
    default:
      return assertNever(error);
  }
}

function describeReason(reason: Reason): string {
  switch (reason) {
    case "too_short":
    case "too_long":
    case "common":
    case "personal":
    case "mismatch":
    case "invalid_character":
    case "unchanged":
    case "custom":
    case "breached":
      return reason;
    default:
      return assertNever(reason);
  }
}

export async function rejected(error: ResetError, rules: PasswordRules): Promise<void> {
  // @ts-expect-error: no base URL
  new ResetClient();
  // @ts-expect-error: neither a string nor a URL
  new ResetClient(5);
  // @ts-expect-error: not a number of milliseconds
  new ResetClient("https://accounts.example.com", { timeout: "5s" });
  // @ts-expect-error: a signal belongs to one call
  new ResetClient("https://accounts.example.com", { signal: AbortSignal.timeout(5) });
  // @ts-expect-error: not a function
  new ResetClient("https://accounts.example.com", { fetch: "fetch" });
  // @ts-expect-error: unknown option
  new ResetClient("https://accounts.example.com", { language: "de" });
  // @ts-expect-error: not a function
  setModule("/relatch.wasm", "/fallback.js");
  setModule(new URL(address, "https://a.example"));
  // @ts-expect-error: no identifier
  await client.request();
  // @ts-expect-error: unknown option
  await client.request("peter", { language: "de" });
  // @ts-expect-error: a promise of a link, not a token
  await client.check(readLink("https://accounts.example.com"));
  // @ts-expect-error: no password
  await client.confirm("token");
  // @ts-expect-error: a controller, not its signal
  await client.rules({ signal: new AbortController() });
  // @ts-expect-error: not a list
  rules.reasons("password", "peter");
  // @ts-expect-error: read-only
  rules.minLength = 1;
  // @ts-expect-error: read-only
  error.code = "unavailable";
  // @ts-expect-error: read-only
  error.reasons.push("common");
  // @ts-expect-error: unknown code
  if (error.code === "expired") return;
  // @ts-expect-error: only `code_unknown` has a server code
  if (error.code === "unavailable") error.serverCode.length;
  // @ts-expect-error: only a type, not a value
  (await import("relatch")).PasswordRules;
}
