//! One call of the npm package: what it sends, and what its response means.

use alloc::string::String;
use core::time::Duration;

use relatch::{
    Error, LinkState, LinkToken, Message, PasswordRules, RetryPolicy, TransportError,
    internal::{ApiCall, ApiResponse, BaseUrl, JsonObject as _, ResponseBody},
};

use crate::{
    failure::{Reported, report_build_error, report_error, report_link_error},
    host::{INPUT, RESPONSE, add_field, optional_string, set_authorization, string},
};

/// Returns the URL of the call in the input, and passes its fields and its `Authorization` header
/// to the host.
pub fn send() -> Result<String, Reported> {
    let input = CallInput::read()?;
    let call = input.call();
    let application = optional_string("application");
    let base_url = BaseUrl::parse(&string("baseUrl"), application.as_deref())
        .map_err(|error| report_build_error(&error))?;
    for (name, value) in call.fields() {
        add_field(name, value);
    }
    if let Some(value) = call.authorization() {
        set_authorization(&value);
    }
    Ok(base_url.join(call.path()))
}

/// Checks whether the response is a result of the call in the input. If not, reports the error and
/// the delay before the next attempt.
pub fn read() -> Result<(), Reported> {
    let input = CallInput::read()?;
    let call = input.call();
    read_response(&call, &input.name).map_err(|failure| {
        let policy = if call.is_retryable() { RetryPolicy::default() } else { RetryPolicy::none() };
        let attempts = INPUT.integer("attempts").unwrap_or_default();
        let remaining = Duration::from_millis(INPUT.integer("left").unwrap_or_default().into());
        report_error(&failure, policy.next_delay(attempts, &failure, remaining))
    })
}

/// The call in the input.
struct CallInput {
    /// `request`, `check`, `confirm`, `change`, or `rules`.
    name: String,
    /// The identifier, or the old password.
    subject: String,
    /// The token of a check or a confirm.
    token: Option<LinkToken>,
    /// The new password, or the token of a captcha.
    password: String,
    /// The language, or the session token.
    extra: Option<String>,
}

impl CallInput {
    fn read() -> Result<Self, Reported> {
        let [name, subject, password] = ["name", "subject", "password"].map(string);
        let has_token = matches!(name.as_str(), "check" | "confirm");
        let token = if has_token {
            // The package finds the token in what a person pasted.
            Some(LinkToken::parse(&subject).map_err(|_| report_link_error())?)
        } else {
            None
        };
        Ok(Self { name, subject, token, password, extra: optional_string("extra") })
    }

    fn call(&self) -> ApiCall<'_> {
        match (self.name.as_str(), &self.token) {
            ("check", Some(token)) => ApiCall::check(token),
            (_, Some(token)) => ApiCall::confirm(token, &self.password),
            ("request", _) => {
                let captcha = Some(self.password.as_str()).filter(|token| !token.is_empty());
                ApiCall::request(&self.subject, self.extra.as_deref(), captcha)
            }
            ("change", _) => ApiCall::change(self.extra.as_deref(), &self.subject, &self.password),
            _ => ApiCall::rules(),
        }
    }
}

fn read_response(call: &ApiCall<'_>, name: &str) -> Result<(), Error> {
    let Some(status) = INPUT.integer("status").and_then(|status| u16::try_from(status).ok()) else {
        return Err(Error::Transport(match string("why").as_str() {
            "timed_out" => TransportError::timed_out(),
            "aborted" => TransportError::aborted(),
            _ => TransportError::unreachable(),
        }));
    };
    let body = match string("body").as_str() {
        "fields" => ResponseBody::Object(RESPONSE),
        "too_long" => ResponseBody::TooLarge,
        _ => ResponseBody::Other,
    };
    let response = ApiResponse { status, retry_after: Some(string("retryAfter")), body };
    // The package reads the fields of the response itself, once their presence is checked here.
    match name {
        "check" => call.read::<LinkState>(&response).map(drop),
        "rules" => call.read::<PasswordRules>(&response).map(drop),
        _ => call.read::<Message>(&response).map(drop),
    }
}
