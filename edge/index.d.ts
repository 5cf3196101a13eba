/**
 * Creates the service. Call it once, at the top level of a module. Several instances in one Worker
 * need separate Durable Objects: export their classes under other names, and name their
 * bindings in `bindings`.
 *
 * @throws TypeError if an option is invalid or unknown. The message names it.
 */
export function createRelatch<Env extends object = object>(
  options?: RelatchOptions<Env>,
): Relatch<Env>;

/** The options. `Env` is the type of the Worker's environment. */
export interface RelatchOptions<Env extends object = object> {
  /**
   * The path under which all pages, calls, cookies and links are, such as `/auth`. `PUBLIC_URL` is
   * an origin without it. Pass all requests under this path to `fetch`, and those for
   * `/.well-known/change-password`. Default: `/`
   */
  readonly basePath?: `/${string}` | undefined;
  /** The names of bindings that differ from the default ones. */
  readonly bindings?: BindingNames | undefined;
  /**
   * Returns variables, by the names in docs/configuration.md. A variable that it does not return is
   * read from `env`; one that it returns as `undefined` is not set. It is called once for each
   * environment, and must not be asynchronous.
   */
  readonly configuration?: ((env: Env) => Variables) | undefined;
  /** The names of tables that differ from the default ones. */
  readonly tables?: TableNames | undefined;
  /**
   * Called before a call that requests a link is worked on, and before anything is looked up. A
   * response is served instead of that of the service. While it fails, these calls answer 503.
   * `env` has the variables that are text.
   */
  readonly beforeRequest?:
    | ((call: RequestCall, env: TextsOf<Env>) => Awaitable<Response | undefined>)
    | undefined;
  /**
   * Decides whether an account may reset its password by mail, after the response and again before
   * the mail. Returns `true`, or the reason why not, which is recorded. It must have no effects.
   */
  readonly mayReset?: ((account: ResetAccount, env: Env) => Awaitable<true | string>) | undefined;
  /**
   * Writes the texts of a mail: `{ ...mail, subject: "…" }` changes one of the built-in ones. The
   * links are placeholders. A result with misplaced links or URLs that lead elsewhere is replaced by
   * the built-in texts: docs/hooks.md has the rules.
   */
  readonly render?: ((mail: MailToRender, env: Env) => Awaitable<MailTexts>) | undefined;
  /** Gets each stored event, at least once. A repeated call has the same `id`. */
  readonly onEvent?: ((event: RelatchEvent, env: Env) => Awaitable<unknown>) | undefined;
  /**
   * Replaces the directory in D1. It is called once for each environment, and must not be
   * asynchronous. A function of the directory that throws, or takes longer than 3 s (`setPassword`:
   * 5 s), is an outage.
   */
  readonly directory?: ((env: Env) => Directory) | undefined;
  /**
   * Replaces the mail providers. It is called once for each environment, and must not be
   * asynchronous.
   */
  readonly mailer?: ((env: Env) => Mailer) | undefined;
  /** Replaces the password hashes, adds rules for passwords, or both. */
  readonly passwords?: Passwords | undefined;
}

/** A value, or a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>;

/** The variables of an environment that are text. */
export type TextsOf<Env> = {
  readonly [Name in keyof Env as Env[Name] extends string | undefined ? Name : never]: Env[Name];
};

/** A call that requests a link, without its identifier. */
export interface RequestCall {
  /** The id of the application. */
  readonly application: string;
  /** The surface: the JSON call, the page's form, or a dialect. */
  readonly call: "request" | "page" | "rest" | "flask" | "cloudcms";
  readonly method: string;
  /** The path under the base path, without a query. */
  readonly path: string;
  /** The caller's IP address. */
  readonly address: string | null;
  /** The caller's country, as a two-letter code. */
  readonly country: string | null;
  /** The label of the server key with which a server calls for a visitor, who has the address. */
  readonly server: string | null;
  /** The listed headers that the call has. */
  readonly headers: {
    readonly "user-agent"?: string;
    readonly "accept-language"?: string;
    readonly origin?: string;
  };
  /**
   * The token of a captcha: the field `captcha`, the header `Relatch-Captcha`, or a field of the
   * form.
   */
  readonly captcha: string | null;
}

/** An account that could reset its password by mail. */
export interface ResetAccount {
  /** The id of the application. */
  readonly application: string;
  readonly id: string;
  /** Empty if the account has none. */
  readonly username: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly role: "user" | "admin";
}

/** The three parts of a mail. */
export interface MailTexts {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** A mail, with its built-in texts. */
export interface MailToRender extends MailTexts {
  /** The id of the application. */
  readonly application: string;
  readonly applicationName: string;
  readonly contact: string;
  /**
   * The kind of mail. `links` is for several accounts with one mailbox, `invitation` for the first
   * password of an account.
   */
  readonly mail: "link" | "links" | "ambiguous" | "notice" | "invitation";
  /** The language of the built-in texts: a language tag, such as `en` or `zh-Hans`. */
  readonly language: string;
  /** The recipient's address. */
  readonly to: string;
  /** The name for the greeting. */
  readonly name: string | null;
  /** One link for `link`, several for `links`, with the names of their accounts. */
  readonly links: readonly { readonly name: string | null; readonly link: string }[];
  /** The time for which links work from the request on. */
  readonly lifetimeMinutes: number;
  /** The time at which the links expire (RFC 3339, UTC). */
  readonly expiresAt: string | null;
  /** The time before which requests mail no other link, if a limit is reached (RFC 3339, UTC). */
  readonly nextLinkAt: string | null;
  /** The content of a notice. */
  readonly notice: {
    readonly method: "link" | "signed_in";
    readonly endsSessions: boolean;
    readonly changes: readonly {
      /** RFC 3339, UTC. */
      readonly at: string;
      /** Whether it is known that the password was changed. */
      readonly isCertain: boolean;
      /** Whether it is the first password of the account. */
      readonly isFirst: boolean;
      /** The network of the caller. */
      readonly network: string | null;
      /** Whether a server of the application reported the network. */
      readonly isReported: boolean;
    }[];
  } | null;
}

/** An event. docs/operations.md has their names. */
export interface RelatchEvent {
  /** The same in every call for this event. */
  readonly id: string;
  /** When it happened (RFC 3339, UTC). */
  readonly at: string;
  /** The name of what happened, such as `password_reset`. */
  readonly event: string;
  /** The id of the application. */
  readonly application: string;
  readonly account: string | null;
  /** Of `request_accepted`, the keyed name of the identifier that was entered. */
  readonly identifier: string | null;
  /** The IP address of the caller, or of the visitor whom a server named. */
  readonly address: string | null;
  /** The block of addresses that one limit counts together: the address, or its IPv6 /64. */
  readonly block: string | null;
  /** The label of the server key, if a server called for the visitor. */
  readonly reported_by: string | null;
  /** The address of that server. */
  readonly reported_from: string | null;
  /** The id of the request that the event belongs to. */
  readonly request: string | null;
  /** The id of the link that the event is about. It is no token. */
  readonly link: string | null;
  /** A code with more detail. */
  readonly detail: string | null;
  /** Of `mail_deferred`, the number of the attempt that failed. */
  readonly attempt: number | null;
  /** Of `mail_deferred`, the time of the next attempt (RFC 3339, UTC). */
  readonly next_attempt: string | null;
}

/**
 * Variables by their names: texts, numbers and Booleans. It may also have bindings of the
 * environment, unchanged, as in `{ ...env, PUBLIC_URL: env.APP_URL }`.
 */
export type Variables = Readonly<Record<string, unknown>>;

/** The names of bindings in the wrangler configuration. */
export interface BindingNames {
  /** The D1 database with the accounts and the events. Default: `DB` */
  readonly database?: string | undefined;
  /** A D1 database for the events alone. Default: `EVENTS_DB`, or the database if that is not bound */
  readonly events?: string | undefined;
  /** The KV namespace of the link records. Default: `LINKS` */
  readonly links?: string | undefined;
  /** The Durable Objects of the class `Intake`. Default: `INTAKE` */
  readonly intake?: string | undefined;
  /** The Durable Objects of the class `Mailbox`. Default: `MAILBOX` */
  readonly mailbox?: string | undefined;
  /** The Durable Objects of the class `PasswordChange`. Default: `PASSWORD_CHANGE` */
  readonly passwordChange?: string | undefined;
  /** The rate limit of one address. Default: `LIMITER` */
  readonly limiter?: string | undefined;
  /**
   * The rate limit of a wider block of addresses, optional unless a server key has the scope
   * `request`. Default: `LIMITER_WIDE`
   */
  readonly limiterWide?: string | undefined;
  /** `send_email`, for `MAIL_PROVIDER` `cloudflare`. Default: `EMAIL` */
  readonly email?: string | undefined;
  /** A dataset of Analytics Engine, which gets each event. Default: `METRICS` */
  readonly metrics?: string | undefined;
  /**
   * The static assets, to serve those of the package under `basePath`. Optional: without them, the
   * page for a new password works, but checks a password only when it is submitted. Default:
   * `ASSETS`
   */
  readonly assets?: string | undefined;
  /** The KV namespace of the templates of mails: docs/templates.md. Default: `TEMPLATES`, optional */
  readonly templates?: string | undefined;
}

/** The names of tables. */
export interface TableNames {
  /** The table of the events. `directories/events.sql` creates `relatch_events`. Default: `events` */
  readonly events?: string | undefined;
}

/** The service. */
export interface Relatch<Env extends object = object> {
  /**
   * Answers a request. A path that is not under `basePath` is 404, except for
   * `/.well-known/change-password`. It does not depend on `this`.
   */
  fetch(this: void, request: Request, env: Env, context: RequestContext): Promise<Response>;
  /** The class for the binding `INTAKE`. It needs SQLite (`new_sqlite_classes`). */
  readonly Intake: ObjectClass;
  /** The class for the binding `MAILBOX`. It needs SQLite (`new_sqlite_classes`). */
  readonly Mailbox: ObjectClass;
  /** The class for the binding `PASSWORD_CHANGE`. It needs SQLite (`new_sqlite_classes`). */
  readonly PasswordChange: ObjectClass;
}

/** The part of a request's execution context that the service uses. */
export interface RequestContext {
  waitUntil(promise: Promise<unknown>): void;
}

/** A Durable Object class. Only the service calls its objects. */
export type ObjectClass = new (
  state: object,
  env: object,
) => {
  fetch(request: Request): Promise<Response>;
  alarm(): Promise<void>;
};

/** The context of a call: which application it is for. */
export interface CallContext {
  /** The id of the application. Without further applications it is `default`. */
  readonly application: string;
}

/** An account, as it is stored. Other properties are ignored. */
export interface Account {
  /** Its id, under which `account` finds it. */
  readonly id: string;
  /** Its e-mail address, as it is stored. Mail goes to this address. */
  readonly email: string | null;
  /** Its password hash, or `null` if it has no password. */
  readonly passwordHash: string | null;
  /**
   * `user`, or `admin` for an account that resets by mail only with `ALLOW_ADMINS`. An account with
   * any other text never does.
   */
  readonly role: "user" | "admin" | (string & {});
  readonly disabled: boolean;
  /**
   * Whether its address is verified: `null` counts as not. With `REQUIRE_VERIFIED`, an account
   * without it is an error in the configuration.
   */
  readonly verified?: boolean | null | undefined;
  /** The locale of its owner, such as `de` or `pt-BR`, which selects the language of mails. */
  readonly locale?: string | null | undefined;
  /** Its user name. */
  readonly username?: string | null | undefined;
  /** Its owner's name, for the greeting. */
  readonly name?: string | null | undefined;
}

/** A search for the accounts with a name. */
export interface AccountQuery {
  /** Whether it is an e-mail address or a user name. Each request searches for both. */
  readonly by: "email" | "username";
  /** The name in canonical form: in lower case, in NFKC, without surrounding blanks. */
  readonly name: string;
  /** The name as it was entered. */
  readonly typed: string;
  /**
   * The spellings under which it may be stored, without surrounding blanks and with ASCII letters
   * in lower case, for a store that ignores no other differences.
   */
  readonly spellings: readonly string[];
}

/** A write of a password hash, and the values that the account must still have. */
export interface PasswordWrite {
  /** The id of the account. */
  readonly id: string;
  /** The hash to write. */
  readonly passwordHash: string;
  /**
   * What `account` returned. `passwordHash` is `null` for the first password of an account: in SQL,
   * compare it with `IS`, because `=` is never true of `NULL`.
   */
  readonly expected: Readonly<Pick<Account, "email" | "disabled" | "role" | "passwordHash">>;
  /**
   * The time from which nothing may be written, by the store's own clock: milliseconds since 1970.
   */
  readonly deadline: number;
}

/** A valid session. */
export interface Session {
  /** The id of its account. */
  readonly account: string;
  /** The id of the session, which `revokeOtherSessions` keeps. */
  readonly session: string;
  /**
   * The SHA-256 in hexadecimal of the password hash that it was opened with, if it is stored. A
   * session that was opened with an earlier password is not valid.
   */
  readonly passwordVersion?: string | null | undefined;
}

/** The accounts, wherever they are stored. */
export interface Directory {
  /**
   * Returns every account that may have the name. The service compares again, and considers 20,
   * those that can reset first.
   */
  find(query: AccountQuery, context: CallContext): Awaitable<readonly Account[]>;
  /** Returns the account with this id, never from a cache. */
  account(id: string, context: CallContext): Awaitable<Account | null | undefined>;
  /**
   * Writes the hash if the account has all values in `expected` and the deadline has not passed, in
   * one atomic step. Returns whether it wrote. A directory that does not compare is found before
   * its first write, and changes no password.
   */
  setPassword(write: PasswordWrite, context: CallContext): Awaitable<boolean>;
  /**
   * Ends all sessions of an account. It is called after a write, and again if its result was lost,
   * so it must not fail for an account without sessions. `false` if sessions are kept elsewhere and
   * do not end.
   */
  readonly revokeSessions: false | ((id: string, context: CallContext) => Awaitable<unknown>);
  /** Returns whether this is the password of an account. Without it, the hash is verified. */
  verify?(id: string, password: string, context: CallContext): Awaitable<boolean>;
  /**
   * Returns the session of a token, for changes by signed-in people. Without it, such a change is
   * 404.
   */
  authenticate?(token: string, context: CallContext): Awaitable<Session | null | undefined>;
  /**
   * As `revokeSessions`, except for one session. It must be set if `authenticate` is, and `false` if
   * `revokeSessions` is.
   */
  readonly revokeOtherSessions?:
    | false
    | ((id: string, session: string, context: CallContext) => Awaitable<unknown>)
    | undefined;
  /** `false` if accounts have no user names. Default: `true` */
  readonly usernames?: boolean | undefined;
}

/** A mail to one recipient. */
export interface Mail {
  /** The id of the application. */
  readonly application: string;
  /** The recipient's address. */
  readonly to: string;
  /** The sender, from `MAIL_FROM` or `MAIL_SENDERS`. The name may be empty. */
  readonly from: { readonly name: string; readonly address: string };
  /** `REPLY_TO`, if it is set. The name may be empty. */
  readonly replyTo?: { readonly name: string; readonly address: string };
  readonly subject: string;
  /** The plain text. */
  readonly text: string;
  readonly html: string;
  /** Further headers: `Message-ID`, `Auto-Submitted`, `X-Auto-Response-Suppress`. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * The same for every attempt at this mail, and for no other mail. Pass it to a provider that has
   * idempotency keys; if it reports a conflict, return `{ accepted: true }`.
   */
  readonly idempotencyKey: string;
  /** The whole message (RFC 5322), in ASCII, for a provider that takes it. */
  readonly mime: string;
}

/** The outcome of an attempt at a mail. */
export type MailResult =
  /** The provider has accepted the mail. Its id is logged. */
  | { readonly accepted: true; readonly id?: string | undefined }
  /**
   * The mail was not sent. With `retry` there are further attempts. `reason` is logged if it is a
   * code of letters, digits and `_-.:`, at most 64.
   */
  | { readonly accepted: false; readonly retry: boolean; readonly reason: string };

/** Sends mail. */
export interface Mailer {
  /**
   * Sends one mail, within 60 s. If it throws, takes longer or returns something else, the mail may
   * have been sent: there is at most one more such attempt.
   */
  send(mail: Mail): Awaitable<MailResult>;
}

/** The application's password hashes and rules. `hash` and `verify` go together. */
export interface Passwords {
  /**
   * Returns the hash of a password, with a random salt, within 5 s. It must depend on the whole
   * password.
   */
  hash?(this: void, password: string, context: CallContext): Awaitable<string>;
  /**
   * Returns whether a password has a hash, within 5 s: `false` for a hash that it does not know.
   */
  verify?(this: void, password: string, hash: string, context: CallContext): Awaitable<boolean>;
  /**
   * Returns why a password that the service accepts is rejected, in sentences for people, within
   * 3 s. An empty array or `undefined` accepts it.
   */
  check?(
    this: void,
    password: string,
    account: PasswordAccount,
    context: CallContext,
  ): Awaitable<readonly string[] | undefined>;
}

/** An account, as a rule receives it. */
export interface PasswordAccount {
  readonly id: string;
  /** Empty if the account has no user name. */
  readonly username: string;
  readonly email: string | null;
  readonly name: string | null;
}
