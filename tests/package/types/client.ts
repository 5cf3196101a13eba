// What a program in TypeScript may and may not write. The compiler looks at it, nobody runs it.
import { ResetClient, ResetError, readLink, takeLink } from "relatch";
import type { CallOptions, ClientCode, ClientOptions, ErrorCode, Link, LinkState, Message, PasswordRules, Reason, ServiceCode } from "relatch";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <Yes extends true>(): Yes | undefined => undefined;
const never = (value: never): string => value;

const options: ClientOptions = { application: "shop", locale: "de", timeout: 5_000, session: "token" };
const client = new ResetClient("https://accounts.example.com", options);
new ResetClient(new URL("https://accounts.example.com"));

export async function calls(signal: AbortSignal): Promise<string> {
  const each: CallOptions = { signal, timeout: 1_000 };
  const sent: Message = await client.request("peter", each);
  const state: LinkState = await client.check("token", each);
  const done: Message = await client.confirm("token", "password", each);
  const changed: Message = await client.change("old", "new", { session: "token" });
  const rules: PasswordRules = await client.rules(each);
  const reasons: Reason[] = rules.reasons("password", ["peter"]);
  const link: Link = await readLink(new URL("https://accounts.example.com"));
  const { token, expired }: Link = await takeLink();
  return [sent.message, state.expiresAt.toISOString(), done.message, changed.message, rules.minLength.toFixed(), rules.maxBytes?.toFixed(), reasons.join(), link.token, token, expired].join();
}

/** Each code has the fields that it has, and a `switch` over all of them is complete. */
export function tell(error: unknown): string {
  if (!(error instanceof ResetError)) throw error;
  is<Same<typeof error.code, ErrorCode>>();
  is<Same<ErrorCode, ServiceCode | ClientCode>>();
  const wait: number | undefined = error.retryAfter;
  switch (error.code) {
    case "link_expired":
    case "link_used":
      is<Same<typeof error.status, 410>>();
      return "Ask for a new link.";
    case "link_invalid":
      is<Same<typeof error.status, 400 | undefined>>();
      return "Take the whole link.";
    case "password_rejected":
      is<Same<typeof error.status, 422>>();
      return error.reasons.map((reason) => reasonText(reason)).join();
    case "code_unknown":
      is<Same<typeof error.status, number>>();
      is<Same<typeof error.serverCode, string>>();
      return error.serverCode;
    case "answer_invalid":
      is<Same<typeof error.status, number>>();
      is<Same<typeof error.serverCode, undefined>>();
      return `${error.status}`;
    case "unreachable":
    case "timed_out":
    case "aborted":
    case "options_invalid":
    case "link_missing":
    case "module_unavailable":
      is<Same<typeof error.status, undefined>>();
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
    case "link_busy":
    case "change_busy":
    case "body_too_large":
    case "content_type_unsupported":
    case "misconfigured":
    case "unavailable":
      return error.code;
    default:
      return never(error);
  }
}

function reasonText(reason: Reason): string {
  switch (reason) {
    case "too_short":
    case "too_long":
    case "common":
    case "personal":
    case "mismatch":
      return reason;
    default:
      return never(reason);
  }
}

export async function wrong(error: ResetError, rules: PasswordRules): Promise<void> {
  // @ts-expect-error: a client is of some service
  new ResetClient();
  // @ts-expect-error: no text and no URL
  new ResetClient(5);
  // @ts-expect-error: a number of milliseconds
  new ResetClient("https://accounts.example.com", { timeout: "5s" });
  // @ts-expect-error: a signal is for one call
  new ResetClient("https://accounts.example.com", { signal: AbortSignal.timeout(5) });
  // @ts-expect-error: whom?
  await client.request();
  // @ts-expect-error: no such option
  await client.request("peter", { language: "de" });
  // @ts-expect-error: no token yet
  await client.check(readLink("https://accounts.example.com"));
  // @ts-expect-error: no password
  await client.confirm("token");
  // @ts-expect-error: not the controller
  await client.rules({ signal: new AbortController() });
  // @ts-expect-error: a list of them
  rules.reasons("password", "peter");
  // @ts-expect-error: nobody changes the rules
  rules.minLength = 1;
  // @ts-expect-error: nor an error
  error.code = "unavailable";
  // @ts-expect-error: nor its reasons
  error.reasons.push("common");
  // @ts-expect-error: no such code
  if (error.code === "expired") return;
  // @ts-expect-error: only of an unknown code
  if (error.code === "unavailable") error.serverCode.length;
  // @ts-expect-error: a type, made by `rules` alone
  (await import("relatch")).PasswordRules;
}
