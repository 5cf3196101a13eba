//! The calls of the canonical surface, and the steps that the dialects share with them.

use http::Response;
use relatch::wire::{
    ChangePassword, CheckLink, ConfirmReset, Health, LinkState, Message, PASSWORD_CHANGED,
    PASSWORD_SET, REQUEST_ACCEPTED, RequestReset, field,
};
use relatch::{Code, Password, Problem, Reason};
use relatch_domain::application::Application;
use relatch_domain::ports::{Directory as _, Events as _, Platform, RequestCall};
use relatch_domain::use_cases::change::{ChangeError, PasswordPair};
use relatch_domain::use_cases::check::ActiveLink;
use relatch_domain::use_cases::confirm::{ConfirmError, Confirmed, Rejection};
use relatch_domain::use_cases::request::Requested;
use relatch_domain::values::client::ClientInfo;
use relatch_domain::values::identifier::Identifier;

use crate::context::Context;
use crate::decode::{self, decode, invalid};
use crate::hook;
use crate::language;
use crate::problem::{limited_until, problem_for, success};
use crate::session;

/// The longest language tag (RFC 5646 section 4.4.1 asks for room for 35 characters).
const MAX_LOCALE_LENGTH: usize = 35;

type Outcome = Result<Response<Vec<u8>>, Problem>;

/// `POST /password/reset/request`.
pub(crate) async fn request<P: Platform>(context: Context<'_, P>) -> Outcome {
    let RequestReset { identifier, username, email, locale, captcha } = decode(context.request)?;
    let mut given =
        [(field::IDENTIFIER, identifier), (field::USERNAME, username), (field::EMAIL, email)]
            .into_iter()
            .filter_map(|(field, value)| value.map(|value| (field, value)));
    let (Some((field, value)), None) = (given.next(), given.next()) else {
        return Err(invalid("Give exactly one of `identifier`, `username` and `email`."));
    };
    if locale.as_deref().is_some_and(|locale| !is_language_tag(locale)) {
        return Err(invalid("`locale` must be a language tag such as `en` or `pt-BR`."));
    }
    let identifier = decode::identifier(field, &value)?;
    let call = hook::call(context, "request", captcha.as_deref());
    let answer = request_reset(context, call, identifier, locale.as_deref()).await?;
    Ok(answer.unwrap_or_else(|| success(&Message { message: REQUEST_ACCEPTED.to_owned() })))
}

/// `POST /password/reset/check`.
pub(crate) async fn check<P: Platform>(context: Context<'_, P>) -> Outcome {
    let CheckLink { token } = decode(context.request)?;
    // Only for the log: a check is not counted.
    context.client()?;
    let ActiveLink { expires_at, .. } =
        check_link(context, token.expose()).await.map_err(problem_for)?;
    Ok(success(&LinkState { expires_at: expires_at.rfc3339() }))
}

/// `POST /password/reset/confirm`.
pub(crate) async fn confirm<P: Platform>(context: Context<'_, P>) -> Outcome {
    let body: ConfirmReset = decode(context.request)?;
    let password: Password = match (body.password, body.plain_password) {
        (Some(password), None) => password,
        (None, Some(typed)) if typed.first.expose() == typed.second.expose() => typed.first,
        (None, Some(_)) => {
            return Err(Problem::new(Code::PasswordRejected).reasons(vec![Reason::Mismatch]));
        }
        _ => return Err(invalid("Give exactly one of `password` and `plainPassword`.")),
    };
    let confirmed = confirm_reset(context, body.token.expose(), &password).await?;
    Ok(success(&confirmed_message(confirmed)))
}

/// `POST /password/change`.
pub(crate) async fn change<P: Platform>(context: Context<'_, P>) -> Outcome {
    let ChangePassword { old, new } = decode(context.request)?;
    change_password(context, PasswordPair { old: &old, new: &new }).await?;
    Ok(success(&Message { message: PASSWORD_CHANGED.to_owned() }))
}

/// `GET /password/rules`.
pub(crate) fn rules<P: Platform>(context: Context<'_, P>) -> Outcome {
    // A server with a wrong key learns so by every call for a visitor.
    context.client()?;
    Ok(success(&context.application().passwords))
}

/// `GET /healthz`.
pub(crate) async fn health<P: Platform>(context: Context<'_, P>) -> Outcome {
    let platform = context.service.platform;
    let checks = [
        platform.directory().check_configuration().await,
        platform.events().check_configuration().await,
    ];
    // A server that is down is an outage, not an invalid configuration.
    if checks.contains(&Ok(false)) {
        return Err(Code::Misconfigured.into());
    }
    Ok(success(&Health { status: "ok".to_owned() }))
}

/// Checks that resets are not switched off.
///
/// # Errors
///
/// `not_found`, as for a path that does not exist.
pub(crate) fn check_switch(application: &Application) -> Result<(), Problem> {
    if application.reset_enabled {
        return Ok(());
    }
    Err(Problem::new(Code::NotFound).detail("Password reset is switched off."))
}

/// Requests a reset mail for an identifier, in the language of this locale or else of the header.
/// Returns the response of the hook, if it answers the call.
pub(crate) async fn request_reset<P: Platform>(
    context: Context<'_, P>,
    call: RequestCall<'_>,
    identifier: Identifier,
    locale: Option<&str>,
) -> Result<Option<Response<Vec<u8>>>, Problem> {
    let language = language::requested(context, locale);
    let client = context.client()?;
    let requested = context.service.request_reset(identifier, client, call, language).await;
    match requested.map_err(problem_for)? {
        Requested::Stored(()) => Ok(None),
        Requested::Answered(response) => hook::response(response).map(Some).map_err(problem_for),
    }
}

/// Returns the link of a token if it could be used now.
pub(crate) async fn check_link<P: Platform>(
    context: Context<'_, P>,
    token: Option<&str>,
) -> Result<ActiveLink, Code> {
    // Calls that take a visitor have rejected an invalid one before.
    let client = context.client().unwrap_or(context.caller);
    let checked = context.service.check_link(token, client).await;
    if let Err(code) = checked {
        note_link(context, token, code);
    }
    checked
}

/// Sets a new password by a link.
pub(crate) async fn confirm_reset<P: Platform>(
    context: Context<'_, P>,
    token: Option<&str>,
    password: &Password,
) -> Result<Confirmed, Problem> {
    let client = context.client()?;
    confirm_link(context, client, token, password).await.map_err(problem_of)
}

/// Returns the message of the response to a confirm that set the password.
pub(crate) fn confirmed_message(confirmed: Confirmed) -> Message {
    let message = if confirmed.is_first { PASSWORD_SET } else { PASSWORD_CHANGED };
    Message { message: message.to_owned() }
}

/// As [`confirm_reset`], with the error of the use case.
pub(crate) async fn confirm_link<P: Platform>(
    context: Context<'_, P>,
    client: &ClientInfo,
    token: Option<&str>,
    password: &Password,
) -> Result<Confirmed, ConfirmError> {
    let confirmed = context.service.confirm_reset(token, password, client).await;
    match &confirmed {
        Ok(_) => {}
        Err(ConfirmError::Password(_)) => note_link(context, token, Code::PasswordRejected),
        Err(ConfirmError::Call(code)) => note_link(context, token, *code),
    }
    confirmed
}

/// Notes the link of a rejected call, unless its token was not issued.
fn note_link<P: Platform>(context: Context<'_, P>, token: Option<&str>, code: Code) {
    if code != Code::LinkInvalid {
        *context.subject.link.borrow_mut() = context.service.issued_link(token).map(|link| link.id);
    }
}

/// Changes the password of the account that the request's session belongs to.
pub(crate) async fn change_password<P: Platform>(
    context: Context<'_, P>,
    passwords: PasswordPair<'_>,
) -> Result<(), Problem> {
    let session = session::of(context.application(), context.headers())?;
    // The `Authorization` header has the session, so no server key can name a visitor.
    context.service.change_password(session.as_ref(), passwords, context.caller).await.map_err(
        |ChangeError { error, account, retry_after }| {
            *context.subject.account.borrow_mut() = account;
            limited_until(problem_of(error), retry_after)
        },
    )
}

fn problem_of(error: ConfirmError) -> Problem {
    match error {
        ConfirmError::Password(Rejection { reasons, custom }) => {
            Problem::new(Code::PasswordRejected).reasons(reasons).custom_message(custom)
        }
        ConfirmError::Call(code) => problem_for(code),
    }
}

fn is_language_tag(locale: &str) -> bool {
    (2..=MAX_LOCALE_LENGTH).contains(&locale.len())
        && locale.split('-').all(|part| {
            (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
        })
}
