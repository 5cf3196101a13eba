//! Forgot and reset, as a Flask API has them: refusals are `{"message", "status"}`.

use http::{Request, Response, StatusCode, header};
use relatch::wire::{Message, PASSWORD_CHANGED, REQUEST_ACCEPTED};
use relatch::{Code, Password, Problem};
use serde::Serialize;

use crate::body::{Body, missing, read};
use crate::fields::Fields;
use crate::problem::{answer, json};
use crate::router::{ask, set};
use relatch_domain::application::Application;
use relatch_domain::ports::Platform;
use relatch_domain::values::client::ClientInfo;

const FORGOT: &str = "/api/auth/forgot";
const RESET: &str = "/api/auth/reset";

#[derive(Clone, Copy)]
pub(crate) enum Call {
    Forgot,
    Reset,
}

impl Call {
    pub(super) fn at(path: &str) -> Option<Self> {
        match path {
            FORGOT => Some(Self::Forgot),
            RESET => Some(Self::Reset),
            _ => None,
        }
    }

    /// Whether a path ends as one of these calls, whatever stands before it.
    pub(super) fn ends(path: &str) -> bool {
        path.ends_with(FORGOT) || path.ends_with(RESET)
    }

    pub(super) async fn answer<P: Platform>(
        self,
        application: &Application,
        platform: &P,
        caller: &ClientInfo,
        request: &Request<Vec<u8>>,
    ) -> Result<Response<Vec<u8>>, Problem> {
        let message = match self {
            Self::Forgot => {
                let Forgot { email } = read(request)?;
                ask(application, platform, caller, "email", &email).await?;
                REQUEST_ACCEPTED
            }
            Self::Reset => {
                let Reset { token, password } = read(request)?;
                set(application, platform, caller, Some(&token), &password).await?;
                PASSWORD_CHANGED
            }
        };
        Ok(answer(&Message { message: message.to_owned() }))
    }
}

struct Forgot {
    email: String,
}

impl Body for Forgot {
    const FIELDS: &'static [&'static str] = &["email"];

    fn read(fields: &mut Fields) -> Result<Self, Problem> {
        Ok(Self { email: needed(fields, "email")? })
    }
}

struct Reset {
    token: String,
    password: Password,
}

impl Body for Reset {
    const FIELDS: &'static [&'static str] = &["reset_token", "password"];

    fn read(fields: &mut Fields) -> Result<Self, Problem> {
        Ok(Self { token: needed(fields, "reset_token")?, password: Password::from(needed(fields, "password")?) })
    }
}

/// A text that is there. An empty one is not, as the API has it.
fn needed(fields: &mut Fields, field: &str) -> Result<String, Problem> {
    fields.text(field)?.filter(|text| !text.is_empty()).ok_or_else(|| missing(field))
}

#[derive(Serialize)]
struct Refusal<'a> {
    message: &'a str,
    status: u16,
}

pub(super) fn refuse(problem: &Problem) -> Response<Vec<u8>> {
    // Any text that is not a good token is a bad one; an expired one has a status of its own.
    let status = match Code::named(&problem.code) {
        Some(Code::LinkInvalid | Code::LinkUsed) => StatusCode::FORBIDDEN,
        _ => StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
    };
    let reasons = problem.reasons.iter().map(|reason| reason.as_str()).collect::<Vec<_>>().join(", ");
    let more = problem.detail.as_deref().unwrap_or(&reasons);
    let message = [problem.title.as_str(), more].join(" ");
    let mut response =
        json(status, "application/json", &Refusal { message: message.trim_end(), status: status.as_u16() });
    if let Some(seconds) = problem.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}
