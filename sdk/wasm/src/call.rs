//! One call, as the package names it, and what came of it.

use alloc::string::String;
use core::time::Duration;

use relatch::{
    Error, LinkState, LinkToken, Message, PasswordRules, Retry, TransportError,
    base_url::BaseUrl,
    call::{Body, Call, Incoming},
};

use crate::{
    failure::{Failed, build, error, link},
    host::{Host, add_field, given, given_number, set_authorization},
};

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// The address of the call that is given, once all else that it sends was told; or, with an answer, nothing, once it was told
/// what is wrong with that. `request`, `check`, `confirm`, `change` or `rules` is its `name`. Its `subject` is the identifier,
/// the token, or the old password; `password` the new one; `extra` the language or the session.
pub fn run(answered: bool) -> Result<String, Failed> {
    let [name, subject, password, extra] = ["name", "subject", "password", "extra"].map(given);
    let token;
    let call = match name.as_str() {
        "check" | "confirm" => {
            token = LinkToken::pasted(&subject).map_err(link)?;
            if name == "check" { Call::check(&token) } else { Call::confirm(&token, &password) }
        }
        "request" => Call::request(&subject, some(&extra)),
        "change" => Call::change(some(&extra), &subject, &password),
        _ => Call::rules(),
    };
    if answered {
        if let Err(failure) = result(&call, &name) {
            let retry = if call.is_repeatable() { Retry::default() } else { Retry::never() };
            let left = Duration::from_millis(given_number("left").unwrap_or_default().into());
            error(&failure, retry.wait_after(given_number("attempts").unwrap_or_default(), &failure, left));
        }
        return Ok(String::new());
    }
    let application = given("application");
    let base_url = BaseUrl::parse(&given("baseUrl"), some(&application)).map_err(|error| build(&error))?;
    for (name, value) in call.fields() {
        add_field(name, value);
    }
    if let Some(value) = call.authorization() {
        set_authorization(&value);
    }
    Ok(base_url.join(call.path()))
}

fn result(call: &Call<'_>, name: &str) -> Result<(), Error> {
    let Some(status) = given_number("status").and_then(|status| u16::try_from(status).ok()) else {
        return Err(Error::Transport(match given("why").as_str() {
            "timed_out" => TransportError::timed_out(),
            "aborted" => TransportError::aborted(),
            _ => TransportError::failed(),
        }));
    };
    let body = match given("body").as_str() {
        "fields" => Body::Fields(Host { answer: true }),
        "too_long" => Body::TooLong,
        _ => Body::Other,
    };
    let incoming = Incoming { status, retry_after: Some(given("retryAfter")), body };
    // The package takes the fields from the answer itself, once they are known to be there.
    match name {
        "check" => call.read::<LinkState>(&incoming).map(drop),
        "rules" => call.read::<PasswordRules>(&incoming).map(drop),
        _ => call.read::<Message>(&incoming).map(drop),
    }
}
