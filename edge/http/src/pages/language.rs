//! The language of a page.

use relatch_domain::ports::Platform;
use relatch_languages::{Language, Texts};

use crate::context::Context;
use crate::language::requested;
use crate::pages::form;

/// The parameter that names a language.
const LOCALE: &str = "locale";

/// Returns the language that the request of a page names: in its parameter `locale`, or else in its
/// header.
pub(super) fn of_page<P>(context: Context<'_, P>) -> Option<Language> {
    requested(context, locale(context).as_deref())
}

/// Returns the parameter `locale` of a page, if there are texts in its language.
pub(super) fn locale<P>(context: Context<'_, P>) -> Option<String> {
    let query = context.request.uri().query().unwrap_or_default();
    let locale = form::value(query.as_bytes(), LOCALE).ok().flatten()?;
    Language::parse(&locale).map(|language| language.tag().to_owned())
}

/// Returns the texts of a page: in the language that its request names, or else in that of the
/// application. They depend on nothing else, so a page reveals nothing about an account.
pub(crate) async fn texts<P: Platform>(context: Context<'_, P>) -> Texts {
    context.service.page_texts(of_page(context)).await
}
