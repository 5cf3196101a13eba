//! The language that a request names: its field `locale`, or its header `Accept-Language`. Pages have
//! the parameter `locale` of their URL instead of the field.

use http::header::ACCEPT_LANGUAGE;
use relatch_languages::Language;

use crate::context::Context;

/// Returns the language of a request, if there are texts in one that it names. A locale takes
/// precedence over the header.
pub(crate) fn requested<P>(context: Context<'_, P>, locale: Option<&str>) -> Option<Language> {
    let accepted = || {
        let header = context.headers().get(ACCEPT_LANGUAGE)?.to_str().ok()?;
        Language::accepted(header)
    };
    locale.and_then(Language::parse).or_else(accepted)
}
