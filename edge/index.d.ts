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
  /**
   * The static assets, to serve those of the package under `basePath`. Optional: without them, the
   * page for a new password works, but checks a password only when it is submitted. Default:
   * `ASSETS`
   */
  readonly assets?: string | undefined;
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
