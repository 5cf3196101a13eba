// The refusals of the service, from the table of the crate (sdk/src/problem.rs). Written by a test of tests/tools, with
// RELATCH_WRITE_CODES=1.

/** The HTTP status of every refusal. */
export interface ServiceStatus {
  /** The request is not valid. */
  request_invalid: 400;
  /** This is not a valid reset link. */
  link_invalid: 400;
  /** This call needs one of the application's keys. */
  key_invalid: 401;
  /** This key may not be used for this call. */
  key_out_of_scope: 403;
  /** Sign in first. */
  not_signed_in: 401;
  /** The old password is wrong. */
  old_password_wrong: 403;
  /** This site may not call this service. */
  origin_not_allowed: 403;
  /** There is nothing here. */
  not_found: 404;
  /** There is no such account. */
  account_unknown: 404;
  /** This method is not allowed here. */
  method_not_allowed: 405;
  /** This account cannot reset its password by mail. */
  account_ineligible: 409;
  /** This link is in use at this moment. Try again shortly. */
  link_busy: 409;
  /** The password is being changed at this moment. Try again shortly. */
  change_busy: 409;
  /** This link has expired. Ask for a new one. */
  link_expired: 410;
  /** This link has been used, or the account has changed since. Ask for a new one. */
  link_used: 410;
  /** The request body is too large. */
  body_too_large: 413;
  /** The request body must be application/json. */
  content_type_unsupported: 415;
  /** This password cannot be used. Nothing was used up. */
  password_rejected: 422;
  /** Too many requests. Wait a little and try again. */
  too_many_requests: 429;
  /** The service is not configured. Its operator finds the reason in the log. */
  misconfigured: 503;
  /** The service cannot answer this moment. Try again shortly. */
  unavailable: 503;
}

/** The code of every refusal. */
export type ServiceCode = keyof ServiceStatus;
