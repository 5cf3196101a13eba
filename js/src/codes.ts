// The error codes of the service, generated from sdk/src/problem.rs. To update the file, run the
// tests in tests/tests/tools with RELATCH_WRITE_CODES=1.

/** The HTTP status of each error code. */
export interface ServiceStatus {
  /** The request is not valid. */
  request_invalid: 400;
  /** This is not a valid reset link. */
  link_invalid: 400;
  /** This call requires a valid server key. */
  key_invalid: 401;
  /** The scope of this server key does not include this call. */
  key_out_of_scope: 403;
  /** You are not signed in. */
  not_signed_in: 401;
  /** The old password is wrong. */
  old_password_wrong: 403;
  /** Confirm that you are not a robot, then try again. */
  captcha_rejected: 403;
  /** This site is not allowed to call this service. */
  origin_not_allowed: 403;
  /** This path does not exist. */
  not_found: 404;
  /** This account does not exist. */
  account_unknown: 404;
  /** This method is not allowed here. */
  method_not_allowed: 405;
  /** This account cannot reset its password by email. */
  account_ineligible: 409;
  /** This link is in use. Try again shortly. */
  link_busy: 409;
  /** Another change of this password is in progress. Try again shortly. */
  change_busy: 409;
  /** This link has expired. Request a new one. */
  link_expired: 410;
  /** This link has been used, or the account has changed. Request a new one. */
  link_used: 410;
  /** The request body is too large. */
  body_too_large: 413;
  /** The request body must be application/json. */
  content_type_unsupported: 415;
  /** This password does not meet the password rules. */
  password_rejected: 422;
  /** Too many requests. Try again later. */
  too_many_requests: 429;
  /** The service is misconfigured. Its log names the reason. */
  misconfigured: 503;
  /** The service is temporarily unavailable. Try again shortly. */
  unavailable: 503;
}

/** The error codes of the service. */
export type ServiceCode = keyof ServiceStatus;
