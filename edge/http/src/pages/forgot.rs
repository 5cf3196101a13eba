//! `/password/forgot`: one field. Whoever is meant, the answer is the same page, byte for byte.

use http::{Request, Response, StatusCode};
use relatch::Code;

use crate::pages::Shown;
use crate::pages::document::{Forgot, Main, Sent, document};
use crate::pages::form::Form;
use relatch_domain::application::Application;
use relatch_domain::ports::{Outage, Platform};
use relatch_domain::use_cases::request::{Submitted, submit};
use relatch_domain::values::client::ClientInfo;
use relatch_domain::values::identifier::{Identifier, LONGEST};
use relatch_domain::values::time::span_for_people;

/// The form.
pub(super) fn form(application: &Application) -> Response<Vec<u8>> {
    document(application, StatusCode::OK, &Main::Forgot(Forgot { typed: "", wrong: None }))
}

/// Takes the form.
pub(super) async fn send<P: Platform>(
    application: &Application,
    platform: &P,
    caller: &ClientInfo,
    request: &Request<Vec<u8>>,
) -> Shown {
    let typed = Form::read(application, request)?.field("identifier")?;
    let identifier = match Identifier::parse(&typed) {
        Ok(identifier) => identifier,
        Err(why) => {
            // Given back for correction, as far as it could be one.
            let typed = if typed.len() <= LONGEST { typed.as_str() } else { "" };
            let form = Main::Forgot(Forgot { typed, wrong: Some(why.to_string()) });
            return Ok(document(application, StatusCode::BAD_REQUEST, &form).into());
        }
    };
    match submit(application, platform, identifier, caller).await {
        Ok(Submitted::Accepted) => {
            let limits = &application.limits;
            let sent = Main::Sent(Sent {
                lifetime: &span_for_people(application.links.lifetime),
                interval: (!limits.interval.is_zero()).then(|| span_for_people(limits.interval)),
                per_window: limits.per_window,
                window: &span_for_people(limits.window),
                from: &application.mail.from.address,
            });
            Ok(document(application, StatusCode::OK, &sent).into())
        }
        Ok(Submitted::TooMany) => Err(Code::TooManyRequests.into()),
        Err(Outage) => Err(Code::Unavailable.into()),
    }
}
