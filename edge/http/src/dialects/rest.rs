//! The dialect `rest`: the account's password as one resource. `PUT` with an e-mail address
//! requests a mail, with a token and a new password sets it, with the old and a new password
//! changes it.

use http::{Response, StatusCode};
use relatch::wire::{Message, REQUEST_ACCEPTED, RawToken, field};
use relatch::{Password, Problem};

use crate::api::{change_password, check_switch, confirm_reset, request_reset};
use crate::context::Context;
use crate::decode::{Body, Fields, decode, identifier, invalid};
use crate::hook;
use crate::problem::{no_content, success};
use relatch_domain::ports::Platform;
use relatch_domain::use_cases::change::PasswordPair;

/// The path of the resource.
pub(crate) const PASSWORD: &str = "/api/v1/account/password";

/// The three forms of a `PUT`.
pub(crate) enum Put {
    Email(String),
    ByToken { token: RawToken, new: Password },
    ByOld { old: Password, new: Password },
}

impl Body for Put {
    const FIELDS: &'static [&'static str] = &[field::EMAIL, field::TOKEN, field::NEW, field::OLD];

    fn read(fields: &mut Fields) -> Result<Self, Problem> {
        let email = fields.text(field::EMAIL)?;
        let token = fields.token_if_there();
        let [old, new] = [fields.text(field::OLD)?, fields.text(field::NEW)?];
        match (email, token, old, new) {
            (Some(email), None, None, None) => Ok(Self::Email(email)),
            (None, Some(token), None, Some(new)) => {
                Ok(Self::ByToken { token, new: Password::from(new) })
            }
            (None, None, Some(old), Some(new)) => {
                Ok(Self::ByOld { old: Password::from(old), new: Password::from(new) })
            }
            _ => Err(invalid("Give `email` alone, or `token` and `new`, or `old` and `new`.")),
        }
    }
}

/// `PUT` of the resource.
pub(crate) async fn put<P: Platform>(
    context: Context<'_, P>,
) -> Result<Response<Vec<u8>>, Problem> {
    let put = decode(context.request)?;
    if !matches!(put, Put::ByOld { .. }) {
        check_switch(context.application())?;
    }
    match put {
        Put::Email(email) => {
            let call = hook::call(context, "rest", None);
            let identifier = identifier(field::EMAIL, &email)?;
            let answer = request_reset(context, call, identifier, None).await?;
            Ok(answer.unwrap_or_else(|| {
                let mut accepted = success(&Message { message: REQUEST_ACCEPTED.to_owned() });
                *accepted.status_mut() = StatusCode::ACCEPTED;
                accepted
            }))
        }
        Put::ByToken { token, new } => {
            confirm_reset(context, token.expose(), &new).await?;
            Ok(no_content())
        }
        Put::ByOld { old, new } => {
            change_password(context, PasswordPair { old: &old, new: &new }).await?;
            Ok(no_content())
        }
    }
}
