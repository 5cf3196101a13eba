// The types of `relatch/server`. Compiled, never run.

import type { ResetClient } from "relatch";
import {
  type Account,
  type AccountEvent,
  type AccountStatus,
  type EventFilter,
  type EventPage,
  type EventsOptions,
  type ListedEvent,
  type Message,
  type PeriodCounts,
  ResetError,
  type RetriedMails,
  type ServerCallOptions,
  ServerClient,
  type ServerClientOptions,
  type StatsRange,
  type WaitingMail,
} from "relatch/server";

const options: ServerClientOptions = {
  key: "a server key",
  visitorAddress: "203.0.113.7",
  application: "shop",
  timeout: 5_000,
  fetch: (url, init) => fetch(url, init),
};
const server = new ServerClient(new URL("https://accounts.example.com"), options);
new ServerClient("https://accounts.example.com");
const client: ResetClient = server;

export async function calls(signal: AbortSignal, headers: Headers): Promise<string> {
  const call: ServerCallOptions = { signal, key: "another key" };
  const limited: EventsOptions = { ...call, limit: 5 };
  const account: Account = { account: "17" };
  const started: Message = await server.reset({ username: "peter" }, call);
  const short: Message = await server.reset(account, { ...call, lifetimeMinutes: 60 });
  const invited: Message = await server.invite(account, { lifetimeMinutes: 1440 });
  const { enabled, reason }: AccountStatus = await server.status();
  const status: AccountStatus = await server.status({ identifier: "peter" }, call);
  const revoked: Message = await server.revokeLinks(account);
  const events: AccountEvent[] = await server.events({ email: "peter@example.com" }, limited);
  const erased: Message = await server.erase(account, call);
  const visitor = { visitorAddress: headers.get("CF-Connecting-IP") };
  const requested: Message = await server.request("peter", visitor);
  const { expiresAt } = await server.check("token", visitor);
  const { message } = await server.confirm("token", "password", visitor);
  const { minLength } = await server.rules(visitor);
  const lines = events.map(
    ({ at, event, address, reportedBy, reportedFrom, detail, count }) =>
      `${at.toISOString()} ${event} ${address} ${reportedBy} ${reportedFrom} ${detail} ${count}`,
  );
  const messages = [started, short, invited, revoked, erased, requested].map(
    ({ message }) => message,
  );
  const others = [enabled, reason, status.reason, expiresAt.toISOString(), message, minLength];
  return [...messages, ...lines, ...others].join();
}

export async function operator(signal: AbortSignal): Promise<string> {
  const filter: EventFilter = { account: "17", event: "link_failed", since: new Date(), limit: 5 };
  const page: EventPage = await server.listEvents(filter, { signal });
  const next: EventPage = await server.listEvents({ ...filter, cursor: page.nextCursor });
  const events: ListedEvent[] = [...page.events, ...next.events];
  const range: StatsRange = { by: "hour", until: "2026-11-21" };
  const periods: PeriodCounts[] = await server.stats(range);
  const mails: WaitingMail[] = await server.outbox({ email: "peter@example.com" });
  const retried: RetriedMails = await server.retry({ account: "17" });
  const counts = periods.map(({ at, events }) => `${at.getTime()} ${events.get("link_sent")}`);
  const waiting = [...mails, ...retried.mails].map(
    ({ mail, accounts, added, attempts, nextAttempt, lastCode, mayBeDelivered }) =>
      [mail, ...accounts, added, attempts, nextAttempt, lastCode, mayBeDelivered].join(),
  );
  return [...events.map(({ account }) => account), ...counts, ...waiting, retried.retried].join();
}

export async function rejected(error: unknown): Promise<void> {
  if (error instanceof ResetError && error.code === "account_unknown") return;
  // @ts-expect-error: a page's client takes no key
  await client.request("peter", { key: "a server key" });
  // @ts-expect-error: not an account
  await server.reset("peter");
  // @ts-expect-error: no account
  await server.erase();
  // @ts-expect-error: unknown field
  await server.reset({ name: "peter" });
  // @ts-expect-error: a lifetime belongs to links
  await server.erase({ account: "17" }, { lifetimeMinutes: 60 });
  // @ts-expect-error: not a period
  await server.stats({ by: "week" });
  // @ts-expect-error: a limit belongs to events
  await server.erase({ account: "17" }, { limit: 5 });
  // @ts-expect-error: a signal belongs to one call
  new ServerClient("https://accounts.example.com", { signal: AbortSignal.timeout(5) });
  // @ts-expect-error: not a string
  new ServerClient("https://accounts.example.com", { key: 5 });
}
