import { exchange } from "./exchange.js";
import type { Fields } from "./host.js";
import { tokenIn } from "./link.js";
import {
  type CallOptions,
  type ClientOptions,
  type ResolvedOptions,
  requireString,
  resolve,
} from "./options.js";
import { PasswordRules } from "./rules.js";
import { wasm } from "./wasm.js";

/** The result of `request`, `confirm` and `change`. */
export interface Message {
  /** A sentence in English that can be shown to people. */
  readonly message: string;
}

/** The result of `check`: the link can be used. */
export interface LinkState {
  /** When the link expires. */
  readonly expiresAt: Date;
}

/**
 * A client of a Relatch service, or of one of its applications.
 *
 * Every method rejects with a {@link ResetError} and nothing else. A call that fails for a
 * temporary reason is repeated within its time-out, up to three attempts in all. `change` is never
 * repeated.
 */
export class ResetClient {
  readonly #baseUrl: string | URL;
  readonly #options: ClientOptions;

  /**
   * Starts to load the WebAssembly module. Does not throw: the calls report every problem.
   *
   * @param baseUrl - `https://host`, with an optional port and path prefix. `http://` is accepted
   *   for `localhost`, `127.0.0.1` and `[::1]` only.
   * @param options - Defaults for every call.
   */
  constructor(baseUrl: string | URL, options: ClientOptions = {}) {
    this.#baseUrl = baseUrl;
    this.#options = options;
    wasm().catch(() => {});
  }

  /**
   * Requests an email with a reset link. The result does not reveal whether the account exists.
   *
   * @param identifier - An email address or a username.
   * @throws {ResetError} Such as `request_invalid`, `captcha_rejected` or `too_many_requests`.
   */
  async request(identifier: string, options?: CallOptions): Promise<Message> {
    const resolved = this.#resolve(options);
    const subject = requireString("identifier", identifier);
    const { captcha, locale } = resolved;
    const call = { name: "request", subject, password: captcha, extra: locale };
    return toMessage(await exchange(resolved, call));
  }

  /**
   * Checks whether a link can be used. Never uses it.
   *
   * @param token - The token, or the whole link. White space from email programs is ignored.
   * @throws {ResetError} Such as `link_invalid`, `link_expired` or `link_used`.
   */
  async check(token: string, options?: CallOptions): Promise<LinkState> {
    const resolved = this.#resolve(options);
    const call = { name: "check", subject: tokenIn(requireString("token", token)) };
    const answer = await exchange(resolved, call);
    return { expiresAt: new Date(answer["expires_at"] as string) };
  }

  /**
   * Sets a new password, which uses the link up. A rejected password does not.
   *
   * After `unreachable` or `timed_out` the password may have been set: call it again with the same
   * password, which then succeeds for 10 minutes.
   *
   * @param token - As of {@link ResetClient.check}.
   * @throws {ResetError} Such as `password_rejected`, `link_busy`, `link_expired` or `link_used`.
   */
  async confirm(token: string, password: string, options?: CallOptions): Promise<Message> {
    const resolved = this.#resolve(options);
    const call = {
      name: "confirm",
      subject: tokenIn(requireString("token", token)),
      password: requireString("password", password),
    };
    return toMessage(await exchange(resolved, call));
  }

  /**
   * Changes the password of the signed-in account: the one of the option `session`, or else of
   * the session cookie that the service is configured for.
   *
   * After `unreachable` or `timed_out` the password may have been changed.
   *
   * @throws {ResetError} Such as `not_signed_in`, `old_password_wrong` or `password_rejected`.
   */
  async change(old: string, password: string, options?: CallOptions): Promise<Message> {
    const resolved = this.#resolve(options);
    const call = {
      name: "change",
      subject: requireString("old password", old),
      password: requireString("new password", password),
      extra: resolved.session,
    };
    return toMessage(await exchange(resolved, call));
  }

  /**
   * Fetches the service's password rules, which then apply without further calls.
   *
   * @throws {ResetError}
   */
  async rules(options?: CallOptions): Promise<PasswordRules> {
    const answer = await exchange(this.#resolve(options), { name: "rules" });
    return new PasswordRules(await wasm(), answer);
  }

  #resolve(options: CallOptions | undefined): ResolvedOptions {
    return resolve(this.#baseUrl, this.#options, options);
  }
}

const toMessage = (answer: Fields): Message => ({ message: answer["message"] as string });
