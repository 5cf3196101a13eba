//! One call of the npm package: what it sends, and what its response means.

use alloc::string::String;
use core::time::Duration;

use relatch::{
    Error, LinkState, LinkToken, Message, PasswordRules, RetryPolicy, TransportError,
    internal::{ApiCall, ApiResponse, BaseUrl, JsonObject as _, ResponseBody},
};

use crate::{
    failure::{Reported, report_build_error, report_error, report_link_error},
    host::{INPUT, RESPONSE, add_field, input, set_authorization},
};

/// Returns the URL of the call, and passes its fields and its `Authorization` header to the host.
pub fn send() -> Result<String, Reported> {
    with_call(|call| {
        let application = input("application");
        let base_url =
            BaseUrl::parse(&input("baseUrl"), Some(&application)).map_err(|error| report_build_error(&error))?;
        for (name, value) in call.fields() {
            add_field(name, value);
        }
        if let Some(value) = call.authorization() {
            set_authorization(&value);
        }
        Ok(base_url.join(call.path()))
    })
}

/// Checks whether the response is a result of the call. If not, reports the error and the delay
/// before the next attempt.
pub fn read() -> Result<(), Reported> {
    with_call(|call| {
        let Err(failure) = read_response(call) else { return Ok(()) };
        let policy = if call.is_retryable() { RetryPolicy::default() } else { RetryPolicy::none() };
        let attempts = INPUT.integer("attempts").unwrap_or_default();
        let remaining = Duration::from_millis(INPUT.integer("left").unwrap_or_default().into());
        Err(report_error(&failure, policy.next_delay(attempts, &failure, remaining)))
    })
}

/// Builds the call from the input. `name` is `request`, `check`, `confirm`, `change`, or `rules`;
/// `subject` is the identifier, the token, or the old password; `password` is the new password;
/// `extra` is the language or the session token.
fn with_call<R>(run: impl FnOnce(&ApiCall<'_>) -> Result<R, Reported>) -> Result<R, Reported> {
    let [name, subject, password, extra] = ["name", "subject", "password", "extra"].map(input);
    let extra = (!extra.is_empty()).then_some(extra.as_str());
    let token;
    run(&match name.as_str() {
        "check" | "confirm" => {
            token = LinkToken::from_pasted(&subject).map_err(report_link_error)?;
            if name == "check" { ApiCall::check(&token) } else { ApiCall::confirm(&token, &password) }
        }
        "request" => ApiCall::request(&subject, extra),
        "change" => ApiCall::change(extra, &subject, &password),
        _ => ApiCall::rules(),
    })
}

fn read_response(call: &ApiCall<'_>) -> Result<(), Error> {
    let Some(status) = INPUT.integer("status").and_then(|status| u16::try_from(status).ok()) else {
        return Err(Error::Transport(match input("why").as_str() {
            "timed_out" => TransportError::timed_out(),
            "aborted" => TransportError::aborted(),
            _ => TransportError::unreachable(),
        }));
    };
    let body = match input("body").as_str() {
        "fields" => ResponseBody::Object(RESPONSE),
        "too_long" => ResponseBody::TooLarge,
        _ => ResponseBody::Other,
    };
    let response = ApiResponse { status, retry_after: Some(input("retryAfter")), body };
    // The package reads the fields of the response itself, once their presence is checked here.
    match input("name").as_str() {
        "check" => call.read::<LinkState>(&response).map(drop),
        "rules" => call.read::<PasswordRules>(&response).map(drop),
        _ => call.read::<Message>(&response).map(drop),
    }
}
