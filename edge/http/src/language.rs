//! The language that a request names: its field `locale`, or its header `Accept-Language`.

use http::header::ACCEPT_LANGUAGE;
use relatch_domain::ports::Platform;
use relatch_languages::{Language, Texts};

use crate::context::Context;
use crate::pages::form;

/// The field of a call, and the parameter of a page.
const LOCALE: &str = "locale";

/// Returns the language of a request, if there are texts in one that it names. A locale takes
/// precedence over the header.
pub(crate) fn requested<P>(context: Context<'_, P>, locale: Option<&str>) -> Option<Language> {
    let accepted = || {
        let header = context.headers().get(ACCEPT_LANGUAGE)?.to_str().ok()?;
        Language::accepted(header)
    };
    locale.and_then(Language::parse).or_else(accepted)
}

/// Returns the language that the request of a page names: in its parameter `locale`, or else in its
/// header.
pub(crate) fn of_page<P>(context: Context<'_, P>) -> Option<Language> {
    requested(context, locale(context).as_deref())
}

/// Returns the parameter `locale` of a page, if there are texts in its language.
pub(crate) fn locale<P>(context: Context<'_, P>) -> Option<String> {
    let query = context.request.uri().query().unwrap_or_default();
    let locale = form::value(query.as_bytes(), LOCALE).ok().flatten()?;
    Language::parse(&locale).map(|language| language.tag().to_owned())
}

/// Returns the texts of a page: in the language that its request names, or else in that of the
/// application. It depends on nothing else, so a page reveals nothing about an account. Texts that
/// cannot be loaded are in English.
pub(crate) async fn texts<P: Platform>(context: Context<'_, P>) -> Texts {
    context.service.texts(of_page(context)).await.unwrap_or(Texts::ENGLISH)
}
