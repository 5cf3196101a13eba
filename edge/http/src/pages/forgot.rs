//! `/password/forgot`: requests a reset mail. The response is the same page, byte for byte, for
//! every identifier.

use http::{Response, StatusCode};
use relatch::wire::field;

use crate::context::Context;
use crate::hook;
use crate::messages;
use crate::pages::PageResult;
use crate::pages::document::{Forgot, SentPage, View, document};
use crate::pages::form::Form;
use relatch_domain::application::Application;
use relatch_domain::ports::Platform;
use relatch_domain::use_cases::request::Requested;
use relatch_domain::values::identifier::{Identifier, ParseIdentifierError};
use relatch_domain::values::name::is_too_long;
use relatch_domain::values::time::span_for_people;

/// Returns the form.
pub(super) fn form(application: &Application) -> Response<Vec<u8>> {
    document(application, StatusCode::OK, &View::Forgot(Forgot { typed: "", wrong: None }))
}

/// Answers the form.
pub(super) async fn submit<P: Platform>(context: Context<'_, P>) -> PageResult {
    let application = context.application();
    let form = Form::read(application, context.request)?;
    let typed = form.field(field::IDENTIFIER)?;
    let identifier = match Identifier::parse(&typed) {
        Ok(identifier) => identifier,
        Err(error) => {
            let message = match error {
                ParseIdentifierError::Empty => messages::REQUEST_IDENTIFIER_MISSING,
                _ => messages::REQUEST_IDENTIFIER_INVALID,
            };
            // The identifier is shown again for correction, unless it is too long to be one.
            let typed = if is_too_long(&typed) { "" } else { typed.as_str() };
            let form = View::Forgot(Forgot { typed, wrong: Some(message.to_owned()) });
            return Ok(document(application, StatusCode::BAD_REQUEST, &form).into());
        }
    };
    let captcha = form.captcha();
    let captcha = captcha.as_deref().or_else(|| hook::captcha(context.headers()));
    let call = hook::call(context, "page", captcha);
    match context.service.request_reset(identifier, context.client()?, call).await {
        Ok(Requested::Answered(response)) => Ok(hook::response(response)?.into()),
        Ok(Requested::Stored(())) => {
            let limits = &application.limits;
            let sent = View::Sent(SentPage {
                lifetime: &span_for_people(application.links.lifetime),
                interval: (!limits.interval.is_zero()).then(|| span_for_people(limits.interval)),
                per_window: limits.per_window,
                window: &span_for_people(limits.window),
                from: &application.mail.from.address,
            });
            Ok(document(application, StatusCode::OK, &sent).into())
        }
        Err(code) => Err(code.into()),
    }
}
