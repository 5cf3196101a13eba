//! `/password/forgot`: requests a reset mail. The response is the same page, byte for byte, for
//! every identifier.

use http::{Response, StatusCode};
use relatch::Code;
use relatch::wire::field;

use crate::context::Context;
use crate::hook;
use crate::pages::PageResult;
use crate::pages::document::{Forgot, SentPage, View, document};
use crate::pages::form::Form;
use crate::pages::language;
use crate::problem::Reply;
use relatch_domain::application::Application;
use relatch_domain::ports::Platform;
use relatch_domain::use_cases::request::Requested;
use relatch_domain::values::identifier::{Identifier, ParseIdentifierError};
use relatch_domain::values::name::is_too_long;
use relatch_languages::Texts;

/// Returns the form.
pub(super) fn form<P>(context: Context<'_, P>, texts: Texts) -> Response<Vec<u8>> {
    shown(context, texts, StatusCode::OK, Forgot::default())
}

/// Answers the form.
pub(super) async fn submit<P: Platform>(context: Context<'_, P>, texts: Texts) -> PageResult {
    let application = context.application();
    let form = Form::read(application, context.request)?;
    let typed = form.field(field::IDENTIFIER)?;
    let identifier = match Identifier::parse(&typed) {
        Ok(identifier) => identifier,
        Err(error) => {
            let message = match error {
                ParseIdentifierError::Empty => texts.request_identifier_missing(),
                _ => texts.request_identifier_invalid(),
            };
            // The identifier is shown again for correction, unless it is too long to be one.
            let typed = if is_too_long(&typed) { "" } else { typed.as_str() };
            let form = Forgot { typed, wrong: Some(message), ..Forgot::default() };
            return Ok(shown(context, texts, StatusCode::BAD_REQUEST, form).into());
        }
    };
    let captcha = form.captcha();
    let call = hook::call(context, "page", captcha.as_deref());
    let (client, language) = (context.client()?, language::of_page(context));
    match context.service.request_reset(identifier, client, call, language).await {
        Ok(Requested::Answered(response)) => Ok(hook::response(response)?.into()),
        Ok(Requested::Stored(())) => Ok(sent(application, texts).into()),
        Err(code @ Code::CaptchaRejected) => {
            let form = Forgot { typed: &typed, is_robot: true, ..Forgot::default() };
            let status = StatusCode::from_u16(code.status()).unwrap_or_default();
            Ok(Reply { response: shown(context, texts, status, form), problem: Some(code) })
        }
        Err(code) => Err(code.into()),
    }
}

/// Returns the form, which keeps the parameter `locale` of the page.
pub(super) fn shown<P>(
    context: Context<'_, P>,
    texts: Texts,
    status: StatusCode,
    mut form: Forgot<'_>,
) -> Response<Vec<u8>> {
    form.locale = language::locale(context);
    document(context.application(), texts, status, &View::Forgot(form))
}

/// Returns the page after a request.
pub(super) fn sent(application: &Application, texts: Texts) -> Response<Vec<u8>> {
    let limits = &application.limits;
    let sent = View::Sent(SentPage {
        lifetime: &texts.span(application.links.lifetime),
        interval: (!limits.interval.is_zero()).then(|| texts.span(limits.interval)),
        per_window: limits.per_window.into(),
        window: &texts.span(limits.window),
        from: &application.mail.from.address,
    });
    document(application, texts, StatusCode::OK, &sent)
}
