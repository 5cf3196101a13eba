//! The account's password as one resource: PUT with an e-mail asks for a mail, with a token and a new password sets it,
//! with the old and a new one changes it.

use http::{Request, Response, StatusCode};
use relatch::wire::{Message, REQUEST_ACCEPTED, TokenText};
use relatch::{Password, Problem};

use crate::body::{Body, invalid, read};
use crate::fields::Fields;
use crate::problem::{answer, no_content};
use crate::router::{ask, replace, set};
use relatch_domain::application::Application;
use relatch_domain::ports::Platform;
use relatch_domain::values::client::ClientInfo;

/// The resource.
pub(super) const PATH: &str = "/api/v1/account/password";

/// What a PUT may be. Exactly one of the three.
enum Put {
    Email(String),
    ByToken { token: TokenText, new: Password },
    ByOld { old: Password, new: Password },
}

impl Body for Put {
    const FIELDS: &'static [&'static str] = &["email", "token", "new", "old"];

    fn read(fields: &mut Fields) -> Result<Self, Problem> {
        let email = fields.text("email")?;
        let token = fields.token_if_there();
        let [old, new] = [fields.text("old")?, fields.text("new")?];
        match (email, token, old, new) {
            (Some(email), None, None, None) => Ok(Self::Email(email)),
            (None, Some(token), None, Some(new)) => Ok(Self::ByToken { token, new: Password::from(new) }),
            (None, None, Some(old), Some(new)) => {
                Ok(Self::ByOld { old: Password::from(old), new: Password::from(new) })
            }
            _ => Err(invalid("Give `email` alone, or `token` and `new`, or `old` and `new`.")),
        }
    }
}

pub(super) async fn put<P: Platform>(
    application: &Application,
    platform: &P,
    caller: &ClientInfo,
    request: &Request<Vec<u8>>,
) -> Result<Response<Vec<u8>>, Problem> {
    match read(request)? {
        Put::Email(email) => {
            ask(application, platform, caller, "email", &email).await?;
            let mut accepted = answer(&Message { message: REQUEST_ACCEPTED.to_owned() });
            *accepted.status_mut() = StatusCode::ACCEPTED;
            Ok(accepted)
        }
        Put::ByToken { token, new } => {
            set(application, platform, caller, token.expose(), &new).await?;
            Ok(no_content())
        }
        Put::ByOld { old, new } => {
            replace(application, platform, caller, request, &old, &new).await?;
            Ok(no_content())
        }
    }
}
