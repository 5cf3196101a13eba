//! The dialect `flask`: forgot and reset of a Flask API. Errors are `{"message", "status"}`.

use http::{Response, StatusCode, header};
#[cfg(feature = "openapi")]
use relatch::wire::RawToken;
use relatch::wire::{Message, REQUEST_ACCEPTED, field};
use relatch::{Code, Password, Problem, Reason};
use serde::Serialize;

use crate::api::{confirm_reset, confirmed_message, request_reset};
use crate::context::Context;
use crate::decode::{Body, Fields, decode, identifier, missing};
use crate::hook;
use crate::problem::{json, success};
use relatch_domain::ports::Platform;

pub(crate) const FORGOT: &str = "/api/auth/forgot";
pub(crate) const RESET: &str = "/api/auth/reset";

/// `POST /api/auth/forgot`.
pub(crate) async fn forgot<P: Platform>(
    context: Context<'_, P>,
) -> Result<Response<Vec<u8>>, Problem> {
    let Forgot { email } = decode(context.request)?;
    let call = hook::call(context, "flask", None);
    let identifier = identifier(field::EMAIL, &email)?;
    let answer = request_reset(context, call, identifier, None).await?;
    Ok(answer.unwrap_or_else(|| success(&Message { message: REQUEST_ACCEPTED.to_owned() })))
}

/// `POST /api/auth/reset`.
pub(crate) async fn reset<P: Platform>(
    context: Context<'_, P>,
) -> Result<Response<Vec<u8>>, Problem> {
    let Reset { token, password } = decode(context.request)?;
    let confirmed = confirm_reset(context, Some(&token), &password).await?;
    Ok(success(&confirmed_message(confirmed)))
}

/// Requests a reset mail.
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "FlaskForgot"))]
pub(crate) struct Forgot {
    /// One plain e-mail address.
    #[cfg_attr(
        feature = "openapi",
        schemars(extend(
            "minLength" = 1,
            "maxLength" = 254,
            "pattern" = relatch::wire::EMAIL_PATTERN
        ))
    )]
    email: String,
}

impl Body for Forgot {
    const FIELDS: &'static [&'static str] = &[field::EMAIL];

    fn read(fields: &mut Fields) -> Result<Self, Problem> {
        Ok(Self { email: needed(fields, field::EMAIL)? })
    }
}

/// Sets a new password.
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "FlaskReset"))]
pub(crate) struct Reset {
    /// The token of the mailed link.
    #[cfg_attr(feature = "openapi", schemars(rename = "reset_token", with = "RawToken"))]
    token: String,
    /// The new password.
    #[cfg_attr(feature = "openapi", schemars(extend("minLength" = 1)))]
    password: Password,
}

impl Body for Reset {
    const FIELDS: &'static [&'static str] = &["reset_token", field::PASSWORD];

    fn read(fields: &mut Fields) -> Result<Self, Problem> {
        Ok(Self {
            token: needed(fields, "reset_token")?,
            password: Password::from(needed(fields, field::PASSWORD)?),
        })
    }
}

/// Takes a required string. This API treats an empty one as missing.
fn needed(fields: &mut Fields, field: &str) -> Result<String, Problem> {
    fields.text(field)?.filter(|text| !text.is_empty()).ok_or_else(|| missing(field))
}

/// An error of this API.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "FlaskError"))]
pub(crate) struct ErrorBody<'a> {
    /// The error, as a sentence for people.
    message: &'a str,
    /// The HTTP status.
    status: u16,
}

/// Returns the status of a code: 403 for an invalid or used token, and another one for an expired
/// token.
pub(crate) fn status(code: Code) -> StatusCode {
    match code {
        Code::LinkInvalid | Code::LinkUsed => StatusCode::FORBIDDEN,
        _ => StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// Returns the response that reports a problem in the format of this API.
pub(crate) fn error_response(problem: &Problem) -> Response<Vec<u8>> {
    let status = problem.code.parse().map_or(StatusCode::INTERNAL_SERVER_ERROR, status);
    let text = |reason: &Reason| match (&problem.messages.custom, reason) {
        (Some(text), Reason::Custom) => text.clone(),
        _ => reason.as_str().to_owned(),
    };
    let reasons = problem.reasons.iter().map(text).collect::<Vec<_>>().join(", ");
    let more = problem.detail.as_deref().unwrap_or(&reasons);
    let message = [problem.title.as_str(), more].join(" ");
    let mut response = json(
        status,
        "application/json",
        &ErrorBody { message: message.trim_end(), status: status.as_u16() },
    );
    if let Some(seconds) = problem.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}
