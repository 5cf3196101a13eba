// The client of an application's own servers: `relatch/server`. Pages do not load this file.
//
// It makes every call through a method of `ResetClient` and replaces what is sent in its `fetch`. So
// the attempts, the time-outs and the errors are those of the client, and what pages load has no
// code for these calls.
import { readBody } from "./body.js";
import {
  type CallOptions,
  type ClientOptions,
  type LinkState,
  type Message,
  type PasswordRules,
  ResetClient,
  ResetError,
} from "./entries/browser.js";

export { type Message, ResetError };

/** The account that a call is about: exactly one of these. */
export type Account =
  /** Its id. */
  | { readonly account: string }
  /** An email address or a username. */
  | { readonly identifier: string }
  /** As `identifier`. */
  | { readonly username: string }
  | { readonly email: string };

/** The result of `status`. */
export interface AccountStatus {
  /** Whether the account may get a link. Without an account: whether any account can reset. */
  readonly enabled: boolean;
  /** Why not: a code, such as `account_unknown`, or the text of the hook `mayReset`. */
  readonly reason: string | undefined;
}

/** An event of an account. */
export interface AccountEvent {
  /** The id, the same in every place. */
  readonly id: string | undefined;
  /** When it happened. */
  readonly at: Date;
  /** The name of what happened, such as `link_sent`. */
  readonly event: string;
  /** The id of the account, if it is known. */
  readonly account: string | undefined;
  /** The address of the client. */
  readonly address: string | undefined;
  /** The block of addresses that one limit counts together. */
  readonly block: string | undefined;
  /** The label of the server key, if a server called for the client and reported its address. */
  readonly reportedBy: string | undefined;
  /** The address of that server. */
  readonly reportedFrom: string | undefined;
  /**
   * More detail: a code, a number, the text of the hook `mayReset`, or, in events of server calls,
   * the label of the key and the reason.
   */
  readonly detail: string | undefined;
  /** The id of the request that the event belongs to. */
  readonly request: string | undefined;
  /** The id of the link that the event is about. */
  readonly link: string | undefined;
  /** The keyed name of the identifier that a visitor entered. */
  readonly identifier: string | undefined;
  /** The number of the attempt that failed. */
  readonly attempt: number | undefined;
  /** The time of the next attempt. */
  readonly nextAttempt: Date | undefined;
  /** How often it happened. */
  readonly count: number;
}

/** Which events of all accounts `listEvents` returns. Without a filter: all. */
export interface EventFilter {
  /** The id of the account. */
  readonly account?: string | undefined;
  /** The name of the event, such as `link_failed`. */
  readonly event?: string | undefined;
  /** The time from which events are returned: in UTC by RFC 3339, or a date. */
  readonly since?: Date | string | undefined;
  /** The time before which events are returned. */
  readonly until?: Date | string | undefined;
  /** The most events of a page, from 1 to 100. 20 by default. */
  readonly limit?: number | undefined;
  /** The `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
}

/** An event in a page of events of all accounts. */
export type ListedEvent = AccountEvent;

/** A page of events. */
export interface EventPage {
  /** The events, newest first. */
  readonly events: ListedEvent[];
  /** The `cursor` of the next page, or undefined on the last one. */
  readonly nextCursor: string | undefined;
}

/** The periods in which `stats` counts events. */
export interface StatsRange {
  /** The length of a period, a day by default. */
  readonly by?: "hour" | "day" | undefined;
  /** The time from which events count: 7 days ago by default, or 24 hours ago by hour. */
  readonly since?: Date | string | undefined;
  /** The time before which events count. At most 31 days later, or 48 hours by hour. */
  readonly until?: Date | string | undefined;
}

/** How often each event happened in one period. */
export interface PeriodCounts {
  /** When the period begins. */
  readonly at: Date;
  /** The number of each event by its name. */
  readonly events: ReadonlyMap<string, number>;
}

/** A mail that waits for its first or another attempt. */
export interface WaitingMail {
  /** Which mail it is: `link`, `links`, `ambiguous`, `notice` or `invitation`. */
  readonly mail: string;
  /** The ids of the accounts that it is about. */
  readonly accounts: string[];
  /** When it was accepted. */
  readonly added: Date;
  /** The attempts that have begun. */
  readonly attempts: number;
  /** When the next attempt may begin. */
  readonly nextAttempt: Date;
  /** Why the latest attempt failed, as a code. */
  readonly lastCode: string | undefined;
  /** Whether an attempt has no answer of the mail server, so that the mail may have arrived. */
  readonly mayBeDelivered: boolean;
}

/** The result of `retry`. */
export interface RetriedMails {
  /** The number of mails that are attempted now. */
  readonly retried: number;
  /** The mails that wait, these included. */
  readonly mails: WaitingMail[];
}

interface OwnOptions {
  /** Server key of the application. Required in the options of the client or of the call. */
  key?: string | undefined;
  /**
   * Address of the visitor for whom the server calls. The limits by address then are the visitor's
   * and not the server's, and events and notices name it. The key needs the scope `request`.
   *
   * It is one public IPv4 or IPv6 address, from where a client cannot forge it: the peer of the
   * connection, or a header that your own proxy sets. `change` sends the visitor's session instead
   * of the key, and ignores this option.
   */
  visitorAddress?: string | null | undefined;
}

/** The options of a call of a server. They override those of the client. */
export interface ServerCallOptions extends CallOptions, OwnOptions {}

/** The options of a client of a server. They apply to each of its calls. */
export interface ServerClientOptions extends ClientOptions, OwnOptions {}

/** The options of a call that mails a link. */
export interface LinkCallOptions extends ServerCallOptions {
  /** Lifetime of the link in minutes, from 30 to 1440. That of the service by default. */
  lifetimeMinutes?: number | undefined;
}

/** The options of `events`. */
export interface EventsOptions extends ServerCallOptions {
  /** The most events, from 1 to 100. 20 by default. */
  limit?: number | undefined;
}

type Send = typeof fetch;
type Fields = Record<string, unknown>;
/** What `ResetClient` passes to `fetch`. */
type Init = RequestInit & { headers: Record<string, string> };

/** The paths of the calls of `ResetClient` through which server calls are made. */
const REQUEST = "/password/reset/request";
/** This one is sent once. */
const CHANGE = "/password/change";

const ACCOUNT_FIELDS = ["account", "identifier", "username", "email"];

/** Returns whether a value can be the options of a call. `ResetClient` reports any other. */
const isOptions = (value: unknown): boolean =>
  Object.prototype.toString.call(value) === "[object Object]";

/** Separates the options of this client from those of `ResetClient`. */
function split<Options extends OwnOptions>(
  options: Options | undefined,
): [OwnOptions, Omit<Options, keyof OwnOptions> | undefined] {
  if (!isOptions(options)) return [{}, options];
  const { key, visitorAddress, ...rest } = options as Options;
  return [{ key, visitorAddress }, rest];
}

/**
 * Returns the `Authorization` header of a key.
 *
 * @throws {ResetError} `options_invalid`.
 */
function authorization(key: unknown): string {
  if (typeof key === "string" && /^[!-~]([ -~]*[!-~])?$/.test(key)) return `Bearer ${key}`;
  const message = "The option key must be a server key: a string of visible ASCII characters.";
  throw new ResetError({ code: "options_invalid", message });
}

/**
 * Returns the name and the value of an account.
 *
 * @throws {ResetError} `request_invalid`.
 */
function fieldOf(account: Account): [name: string, value: string] {
  const fields: [string, unknown][] = Object.entries(account ?? {});
  const [name, value] = fields[0] ?? [];
  if (fields.length === 1 && name && ACCOUNT_FIELDS.includes(name) && typeof value === "string") {
    return [name, value];
  }
  const message = `The account must be an object with one of ${ACCOUNT_FIELDS.join(", ")}.`;
  throw new ResetError({ code: "request_invalid", message });
}

// Readers of answers. They return `undefined` for an answer of another shape.

const text = (value: unknown): string | undefined =>
  typeof value === "string" ? value : undefined;

const toMessage = ({ message }: Fields): Message | undefined =>
  typeof message === "string" ? { message } : undefined;

const toStatus = ({ enabled, reason }: Fields): AccountStatus | undefined =>
  typeof enabled === "boolean" ? { enabled, reason: text(reason) } : undefined;

const time = (value: unknown): Date => new Date(text(value) ?? NaN);
const isTime = (value: Date): boolean => !Number.isNaN(value.getTime());

function toEvent(fields: Fields | null): AccountEvent {
  const { attempt, next_attempt, count, ...event } = fields ?? {};
  const next = time(next_attempt);
  return {
    id: text(event["id"]),
    at: time(event["at"]),
    event: text(event["event"]) ?? "",
    account: text(event["account"]),
    address: text(event["address"]),
    block: text(event["block"]),
    reportedBy: text(event["reported_by"]),
    reportedFrom: text(event["reported_from"]),
    detail: text(event["detail"]),
    request: text(event["request"]),
    link: text(event["link"]),
    identifier: text(event["identifier"]),
    attempt: typeof attempt === "number" ? attempt : undefined,
    nextAttempt: isTime(next) ? next : undefined,
    count: Number(count ?? 1),
  };
}

function toEvents({ events }: Fields): AccountEvent[] | undefined {
  if (!Array.isArray(events)) return undefined;
  const all = events.map(toEvent);
  return all.every(({ at, event }) => event && isTime(at)) ? all : undefined;
}

function toPage({ events, next_cursor }: Fields): EventPage | undefined {
  const all = toEvents({ events });
  return all && { events: all, nextCursor: text(next_cursor) };
}

function toStats({ periods }: Fields): PeriodCounts[] | undefined {
  if (!Array.isArray(periods)) return undefined;
  const all = periods.map((period: Fields | null): PeriodCounts => {
    const counts: [string, unknown][] = Object.entries(period?.["events"] ?? {});
    const events = new Map(counts.map(([name, count]) => [name, Number(count)]));
    return { at: time(period?.["at"]), events };
  });
  return all.every(({ at }) => isTime(at)) ? all : undefined;
}

function toMails({ mails }: Fields): WaitingMail[] | undefined {
  if (!Array.isArray(mails)) return undefined;
  const all = mails.map((mail: Fields | null): WaitingMail => {
    const accounts = mail?.["accounts"];
    return {
      mail: text(mail?.["mail"]) ?? "",
      accounts: Array.isArray(accounts) ? accounts.map(String) : [],
      added: time(mail?.["added"]),
      attempts: Number(mail?.["attempts"]),
      nextAttempt: time(mail?.["next_attempt"]),
      lastCode: text(mail?.["last_code"]),
      mayBeDelivered: mail?.["may_be_delivered"] === true,
    };
  });
  const isMail = ({ mail, added, nextAttempt }: WaitingMail) =>
    mail && isTime(added) && isTime(nextAttempt);
  return all.every(isMail) ? all : undefined;
}

function toRetried(answer: Fields): RetriedMails | undefined {
  const { retried } = answer;
  const mails = toMails(answer);
  return typeof retried === "number" && mails ? { retried, mails } : undefined;
}

/**
 * Returns the query with these parameters, which begins with `?`, or an empty text.
 *
 * @throws {ResetError} `request_invalid`.
 */
function queryOf(parameters: object | undefined, known: string[]): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters ?? {})) {
    if (value === undefined) continue;
    const isDate = value instanceof Date && isTime(value);
    if (!known.includes(name) || !(isDate || ["string", "number"].includes(typeof value))) {
      const message = `${name} must be one of ${known.join(", ")}, and a string, number or Date.`;
      throw new ResetError({ code: "request_invalid", message });
    }
    query.set(name, isDate ? value.toISOString() : String(value));
  }
  return query.size ? `?${query}` : "";
}

/** Returns the fields of an answer, or none if it is too long or not a JSON object. */
async function fieldsOf(response: Response): Promise<Fields> {
  const body = await readBody(response);
  try {
    return Object(JSON.parse(body ?? "")) as Fields;
  } catch {
    // The error is dropped: it quotes the body.
    return {};
  }
}

/** The parts of a server call, besides its path. */
interface ServerCall {
  account: Account | undefined;
  options: ServerCallOptions | undefined;
  /** Further fields of the body. */
  more?: Fields;
  isSentOnce?: boolean;
}

/**
 * A client of a Relatch service for the application's own servers, with a server key. A key must
 * not be in a browser or an app.
 *
 * It makes the calls of {@link ResetClient}, for a visitor if the option `visitorAddress` is given,
 * and the calls that need a key. Every method rejects with a {@link ResetError} and nothing else.
 * Calls are repeated as those of `ResetClient` are; `reset`, `invite` and `retry` are never
 * repeated.
 */
export class ServerClient extends ResetClient {
  readonly #own: OwnOptions;
  readonly #fetch: Send | undefined;

  /**
   * @param baseUrl - As of {@link ResetClient}.
   * @param options - Defaults for every call.
   */
  constructor(baseUrl: string | URL, options?: ServerClientOptions) {
    const [own, rest] = split(options);
    super(baseUrl, rest);
    this.#own = own;
    this.#fetch = rest?.fetch;
  }

  override async request(identifier: string, options?: ServerCallOptions): Promise<Message> {
    return super.request(identifier, this.#forVisitor(options));
  }

  override async check(token: string, options?: ServerCallOptions): Promise<LinkState> {
    return super.check(token, this.#forVisitor(options));
  }

  override async confirm(
    token: string,
    password: string,
    options?: ServerCallOptions,
  ): Promise<Message> {
    return super.confirm(token, password, this.#forVisitor(options));
  }

  /** As of {@link ResetClient}: sends the session and not the key. */
  override async change(
    old: string,
    password: string,
    options?: ServerCallOptions,
  ): Promise<Message> {
    return super.change(old, password, split(options)[1]);
  }

  override async rules(options?: ServerCallOptions): Promise<PasswordRules> {
    return super.rules(this.#forVisitor(options));
  }

  /**
   * Starts a reset. The link goes to the stored address of the account and to no other.
   *
   * It is sent once. After `unreachable` or `timed_out` it may have been started; if it was, another
   * call within the interval between mails (60 seconds by default, never more) rejects with
   * `too_many_requests`.
   *
   * @throws {ResetError} Such as `account_unknown`, `account_ineligible` or `too_many_requests`.
   */
  async reset(account: Account, options?: LinkCallOptions): Promise<Message> {
    return this.#mailLink("/server/reset", account, options);
  }

  /**
   * Invites the owner of an account without a password to choose one. The link goes to the stored
   * address of the account and to no other. The key needs the scope `invite`.
   *
   * It is sent once, as `reset`.
   *
   * @throws {ResetError} As `reset`. An account that has a password is `account_ineligible`.
   */
  async invite(account: Account, options?: LinkCallOptions): Promise<Message> {
    return this.#mailLink("/server/invite", account, options);
  }

  /**
   * Returns whether this account may get a link, or, without an account, whether any account can
   * reset. It does not consider rate limits. An unknown account is no error.
   *
   * @throws {ResetError}
   */
  async status(account?: Account, options?: ServerCallOptions): Promise<AccountStatus> {
    return this.#call("/server/status", toStatus, { account, options });
  }

  /**
   * Ends every mailed link of each account that matches, and removes their link emails that were
   * not sent. After `link_busy`, everything else has ended: repeat the call.
   *
   * @throws {ResetError} Such as `account_unknown`, `link_busy` or `too_many_requests`.
   */
  async revokeLinks(account: Account, options?: ServerCallOptions): Promise<Message> {
    fieldOf(account);
    return this.#call("/server/links/revoke", toMessage, { account, options });
  }

  /**
   * Returns the latest events of the account, newest first.
   *
   * @throws {ResetError} Such as `account_unknown` or `account_ineligible`.
   */
  async events(account: Account, options?: EventsOptions): Promise<AccountEvent[]> {
    fieldOf(account);
    if (!isOptions(options)) return this.#call("/server/events", toEvents, { account, options });
    const { limit, ...others } = options as EventsOptions;
    return this.#call("/server/events", toEvents, { account, options: others, more: { limit } });
  }

  /**
   * Returns a page of the events of all accounts, newest first. The key needs the scope `operator`.
   *
   * @throws {ResetError} Such as `request_invalid`.
   */
  async listEvents(filter?: EventFilter, options?: ServerCallOptions): Promise<EventPage> {
    const known = ["account", "event", "since", "until", "limit", "cursor"];
    return this.#call(`/server/events${queryOf(filter, known)}`, toPage, {
      account: undefined,
      options,
    });
  }

  /**
   * Returns how often each event happened, in each period in which one did. The key needs the scope
   * `operator`.
   *
   * @throws {ResetError} Such as `request_invalid`.
   */
  async stats(range?: StatsRange, options?: ServerCallOptions): Promise<PeriodCounts[]> {
    const known = ["by", "since", "until"];
    return this.#call(`/server/stats${queryOf(range, known)}`, toStats, {
      account: undefined,
      options,
    });
  }

  /**
   * Returns the mails that wait for the account, or, for an email address, for its mailbox. The key
   * needs the scope `operator`.
   *
   * @throws {ResetError} Such as `account_unknown`.
   */
  async outbox(account: Account, options?: ServerCallOptions): Promise<WaitingMail[]> {
    fieldOf(account);
    return this.#call("/server/outbox", toMails, { account, options });
  }

  /**
   * Has the mails that wait for the account attempted at once, except one that may have been
   * delivered, and one that was not attempted yet. Each retry is one of a mail's attempts. It is
   * sent once. The key needs the scope `retry`.
   *
   * @throws {ResetError} Such as `account_unknown` or `too_many_requests`.
   */
  async retry(account: Account, options?: ServerCallOptions): Promise<RetriedMails> {
    fieldOf(account);
    return this.#call("/server/retry", toRetried, { account, options, isSentOnce: true });
  }

  /**
   * Erases what is stored about each account that matches: events, links, emails and pending
   * requests. Counts, unsent notices and the event of this call stay. After `link_busy`,
   * everything else is erased: repeat the call.
   *
   * @throws {ResetError} Such as `link_busy` or `too_many_requests`.
   */
  async erase(account: Account, options?: ServerCallOptions): Promise<Message> {
    fieldOf(account);
    return this.#call("/server/erase", toMessage, { account, options });
  }

  /** Makes a call that mails a link. It is sent once. */
  async #mailLink(
    path: string,
    account: Account,
    options: LinkCallOptions | undefined,
  ): Promise<Message> {
    fieldOf(account);
    const once = { account, isSentOnce: true };
    if (!isOptions(options)) return this.#call(path, toMessage, { ...once, options });
    const { lifetimeMinutes, ...others } = options as LinkCallOptions;
    const more = { lifetime_minutes: lifetimeMinutes };
    return this.#call(path, toMessage, { ...once, options: others, more });
  }

  /** Returns options by which a call of `ResetClient` names the visitor, if there is one. */
  #forVisitor(options: ServerCallOptions | undefined): CallOptions | undefined {
    const [own, rest] = split(options);
    const address: unknown = own.visitorAddress ?? this.#own.visitorAddress;
    if (address === undefined || address === null) return rest;
    const key = authorization(own.key ?? this.#own.key);
    if (typeof address !== "string" || !/^[!-~]+$/.test(address)) {
      const message = "The option visitorAddress must be an IP address.";
      throw new ResetError({ code: "options_invalid", message });
    }
    const named = { Authorization: key, "Relatch-Visitor-Address": address };
    return this.#through(rest, (send, url, init) =>
      send(url, { ...init, headers: { ...init.headers, ...named } }),
    );
  }

  /** Returns options by which a call of `ResetClient` is sent by another function. */
  #through(
    options: CallOptions | undefined,
    fetchWith: (send: Send, url: string, init: Init) => Promise<Response>,
  ): CallOptions | undefined {
    if (options && !isOptions(options)) return options;
    const send = options?.fetch ?? this.#fetch ?? globalThis.fetch;
    if (typeof send !== "function") return { ...options, fetch: send };
    return {
      ...options,
      fetch: (url, init) => fetchWith(send, url as string, init as Init),
    };
  }

  async #call<Result>(
    path: string,
    read: (answer: Fields) => Result | undefined,
    { account, options, more, isSentOnce = false }: ServerCall,
  ): Promise<Result> {
    const [own, rest] = split(options);
    const Authorization = authorization(own.key ?? this.#own.key);
    const [name, value] = account === undefined ? ["", ""] : fieldOf(account);
    const [method, body] = name
      ? ["POST", JSON.stringify({ [name]: value, ...more })]
      : ["GET", null];
    const replaced = isSentOnce ? CHANGE : REQUEST;
    let result: Result | undefined;
    const through = this.#through(rest, async (send, url, init) => {
      const headers = { ...init.headers, Authorization };
      // A change without a session asks browsers for the cookie of one.
      const credentials = "credentials" in init && { credentials: "omit" as const };
      const address = url.slice(0, -replaced.length) + path;
      const response = await send(address, { ...init, ...credentials, method, headers, body });
      if (response.status < 200 || response.status > 299) return response;
      result = read(await fieldsOf(response));
      const answer = result === undefined ? "" : '{"message":""}';
      // The client reads these three.
      return {
        status: response.status,
        headers: response.headers,
        text: async () => answer,
      } as Response;
    });
    await (isSentOnce ? super.change(value, "", through) : super.request(value, through));
    return result as Result;
  }
}
