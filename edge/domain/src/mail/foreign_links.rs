//! Finds the links of a text that lead away from the application. The text of a server caller must
//! lead only to the application: to its origins, its senders or its contact, or to the URLs of its
//! looks.

use crate::application::Application;
use crate::mail::links::{links, links_in_html};

/// Returns the first text that a mail program would make a link of and that leads away.
#[must_use]
pub fn in_text(application: &Application, text: &str) -> Option<String> {
    links(text).into_iter().find(|link| !is_own(application, link))
}

/// Returns the first part of an HTML text that a mail program would make a link of, or that is one,
/// and that does not lead to the application.
#[must_use]
pub fn in_html(application: &Application, html: &str) -> Option<String> {
    links_in_html(html).into_iter().find(|link| !is_own(application, link))
}

/// Returns whether a link leads to the application.
fn is_own(application: &Application, link: &str) -> bool {
    let link = link.trim_end_matches(['.', ':', '?', '*', '_']);
    let mail = &application.mail;
    let senders = std::iter::once(&mail.from).chain(&mail.senders).map(|from| &from.address);
    let address = link.strip_prefix("mailto:").unwrap_or(link);
    if senders.chain([&mail.contact]).any(|own| own.eq_ignore_ascii_case(address)) {
        return true;
    }
    let brand = &application.brand;
    let urls = [&brand.logo, &brand.product_url].into_iter().flatten();
    // The `&` of a query is written as a character reference, which ends a link.
    if urls.into_iter().any(|url| url == link || url.split('&').next() == Some(link)) {
        return true;
    }
    let (scheme, rest) = match link.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, link),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // Nothing but letters, digits and a port: no user name, no further scheme, no list.
    let is_plain =
        authority.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':'));
    let path = rest.get(authority.len()..).unwrap_or_default();
    let is_whole = is_plain && !path.contains("//") && !path.contains('\\') && !path.contains('@');
    let host = if scheme.is_some() { authority } else { host_of_word(authority) };
    let leads = |scheme: &str| application.leads_to(&format!("{scheme}://{host}"));
    is_whole && scheme.map_or_else(|| leads("https") || leads("http"), leads)
}

/// Returns the host that a mail program makes a link of in a word without a scheme: `shop.example`
/// of `shop.example-account`, because no top-level domain has a `-` after letters.
fn host_of_word(word: &str) -> &str {
    let last = word.rsplit('.').next().unwrap_or_default();
    last.split_once('-')
        .filter(|(first, _)| !first.starts_with("xn"))
        .and_then(|(_, after)| word.strip_suffix(after)?.strip_suffix('-'))
        .unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::application as plain;

    #[test]
    fn only_links_to_the_application_are_its_own() {
        let mut application = plain();
        application.brand.logo = Some("https://cdn.example/logo.png?v=2&s=1".to_owned());
        application.brand.product_url = Some("https://product.example/".to_owned());
        application.origins.push("https://shop.example".to_owned());
        for own in [
            "See https://shop.example/a?b=c&d=e.f#g or not.",
            "See https://shop.example.",
            "See https://product.example/ and https://cdn.example/logo.png?v=2&s=1",
            "https://cdn.example/logo.png?v=2 s=1",
            "See shop.example/reset for more.",
            "(shop.example)",
            "Your shop.example-account is new.",
            "shop.example- and more",
            "Write to noreply@example.com!",
            "<mailto:noreply@example.com>",
        ] {
            assert_eq!(in_text(&application, own), None, "{own}");
        }
        for away in [
            "Sign in at evil-login.com/reset now",
            "write to support@evil.com",
            "http:\\\\evil.com",
            "https://evil.com",
            "https://product.example/other",
            "https://cdn.example/",
            "https://cdn.example/logo.png",
            "ftp.evil.com",
            "//evil.com",
            "//shop.example@evil.com",
            "https://shop.example@evil.com",
            "https://shop.example,@evil.com/",
            "https://shop.example.evil.com",
            "https://shop.example:8443/",
            "https://shop.example/?to=https://evil.com",
            "http://shop.example/",
            "shop.example.evil.com",
            "shop.example-evil.com",
            "evil.com-shop.example",
            "evil.com-account",
            "https://shop.example-account",
            "shop.example@evil.com",
            "mailto:noreply@example.com?bcc=a@evil.com",
            "call tel:+19005550199",
            "call +1 (900) 555-0199",
            "call 1-900-555-0199",
            "call 900.555.0199 now",
            "evil．com",
            "www.evil.com",
            "x@shop.example",
        ] {
            assert!(in_text(&application, away).is_some(), "{away}");
        }
    }
}
