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
}

/** A value, or a promise of it. A hook has 5 seconds. */
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
  /** The token of a captcha: the header `Relatch-Captcha`, or a field of the form. */
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
  /** The kind of mail. `links` is for several accounts with one mailbox. */
  readonly mail: "link" | "links" | "ambiguous" | "notice";
  /** The language of the built-in texts. */
  readonly language: "en";
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
  /** The IP address of the caller. */
  readonly address: string | null;
  /** A code with more detail. */
  readonly detail: string | null;
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
