//! Finding the token in a reset link, and removing it.

use alloc::string::String;

use crate::{LinkToken, token::ParseTokenError};

/// The names of the token in a query or a fragment.
const PARAMETERS: [&str; 2] = ["token", "hash"];

/// Why a link or a pasted text has no token. It prints no part of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseLinkError {
    /// Neither the query nor the fragment has a token.
    Missing,
    /// The token is truncated or was altered.
    Malformed,
}

impl ParseLinkError {
    /// Returns what is wrong and what to do: the text that the error prints.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Missing => "The URL has no reset token. Use the whole link from the mail.",
            Self::Malformed => "The reset token is damaged. Use the whole link from the mail.",
        }
    }
}

impl core::fmt::Display for ParseLinkError {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(self.message())
    }
}

impl core::error::Error for ParseLinkError {}

impl From<ParseTokenError> for ParseLinkError {
    fn from(_: ParseTokenError) -> Self {
        Self::Malformed
    }
}

impl LinkToken {
    /// Finds the token in a text that a visitor pasted: a token, with the spaces and line breaks
    /// that mail programs insert, or a link as [`from_url`](Self::from_url) accepts it.
    ///
    /// # Errors
    ///
    /// [`ParseLinkError::Malformed`] if the text is neither.
    ///
    /// ```
    /// use relatch::{LinkToken, ParseLinkError};
    ///
    /// assert_eq!(LinkToken::from_pasted("AQECAwQFBg").unwrap_err(), ParseLinkError::Malformed);
    /// ```
    pub fn from_pasted(text: &str) -> Result<Self, ParseLinkError> {
        decode(text).or_else(|_| Self::from_url(text)).map_err(|_| ParseLinkError::Malformed)
    }

    /// Finds the token in a link.
    ///
    /// It is the parameter `token` or `hash` of the query, the same in the fragment (also after a
    /// path and `?`, as in-page routers write it), or the whole fragment. Percent-encoding is
    /// decoded; spaces and line breaks that mail programs insert are removed.
    ///
    /// # Errors
    ///
    /// [`ParseLinkError::Missing`] if the link has none of them, [`ParseLinkError::Malformed`] if
    /// the value is not a token.
    ///
    /// ```
    /// use relatch::{LinkToken, ParseLinkError};
    ///
    /// let truncated = "https://accounts.example.com/password/reset?token=AQECAwQFBg";
    /// assert_eq!(LinkToken::from_url(truncated).unwrap_err(), ParseLinkError::Malformed);
    /// ```
    pub fn from_url(url: &str) -> Result<Self, ParseLinkError> {
        let link = Link::split(url);
        let mut outcome = Err(ParseLinkError::Missing);
        for value in pairs(link.query).chain(pairs(link.fragment_query)).filter_map(token_value) {
            outcome = decode(value);
            if outcome.is_ok() {
                return outcome;
            }
        }
        // A fragment is usually an anchor of the page: one that is not a token is not a damaged
        // one.
        decode(link.fragment).or(outcome)
    }
}

/// Returns a link without its token, for an address bar, a history, or a log.
///
/// Everything in which [`LinkToken::from_url`] looks for a token is removed, also a damaged token
/// in a parameter. A link without one is returned unchanged.
///
/// ```
/// let stripped = relatch::without_token("https://app.example.com/reset?from=mail&token=AQEC#top");
/// assert_eq!(stripped, "https://app.example.com/reset?from=mail#top");
/// ```
#[must_use]
pub fn without_token(url: &str) -> String {
    let link = Link::split(url);
    let fragment_is_token = decode(link.fragment).is_ok();
    let has_token = |query| pairs(query).any(|pair| token_value(pair).is_some());
    if !fragment_is_token && !has_token(link.query) && !has_token(link.fragment_query) {
        return url.into();
    }
    let base = join(link.base, "?", &without_token_pairs(link.query));
    if fragment_is_token {
        return base;
    }
    let fragment = join(link.fragment_route, "?", &without_token_pairs(link.fragment_query));
    join(&base, "#", &fragment)
}

/// The parts of a link that may hold a token.
struct Link<'a> {
    /// Everything before the query and the fragment.
    base: &'a str,
    query: &'a str,
    fragment: &'a str,
    /// The part of the fragment before `?`, or an empty text.
    fragment_route: &'a str,
    /// The part of the fragment after `?`, or the whole fragment.
    fragment_query: &'a str,
}

impl<'a> Link<'a> {
    fn split(url: &'a str) -> Self {
        let (before, fragment) = url.split_once('#').unwrap_or((url, ""));
        let (base, query) = before.split_once('?').unwrap_or((before, ""));
        let (fragment_route, fragment_query) = fragment.split_once('?').unwrap_or(("", fragment));
        Self { base, query, fragment, fragment_route, fragment_query }
    }
}

/// Joins two texts with a separator, or returns the one that is not empty.
fn join(before: &str, separator: &str, after: &str) -> String {
    if before.is_empty() || after.is_empty() {
        [before, after].concat()
    } else {
        [before, separator, after].concat()
    }
}

/// The separators of a query. `;` is one because a link that is copied from HTML source contains
/// `&amp;`.
const SEPARATORS: [char; 2] = ['&', ';'];

fn pairs(query: &str) -> impl Iterator<Item = &str> {
    query.split(SEPARATORS)
}

/// Returns a query without the pairs that hold a token. Every other pair keeps the separator before
/// it.
fn without_token_pairs(query: &str) -> String {
    let mut kept = String::new();
    let mut start = 0;
    for end in query.match_indices(SEPARATORS).map(|(place, _)| place).chain([query.len()]) {
        let with_separator = query.get(start..end).unwrap_or_default();
        let pair = with_separator.trim_start_matches(SEPARATORS);
        if token_value(pair).is_none() {
            kept.push_str(if kept.is_empty() { pair } else { with_separator });
        }
        start = end;
    }
    kept
}

/// Returns the value of a pair whose name is one of the [`PARAMETERS`].
fn token_value(pair: &str) -> Option<&str> {
    let (name, value) = pair.split_once('=')?;
    PARAMETERS.contains(&name.trim_ascii()).then_some(value)
}

/// Parses a token after removing percent-encoding and whitespace.
fn decode(value: &str) -> Result<LinkToken, ParseLinkError> {
    let text: String =
        percent_decode(value)?.chars().filter(|character| !character.is_whitespace()).collect();
    Ok(LinkToken::parse(&text)?)
}

/// Decodes percent-encoding. Non-ASCII bytes become other characters, which no token contains.
fn percent_decode(value: &str) -> Result<String, ParseLinkError> {
    let mut text = String::new();
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        text.push(if character == '%' {
            let mut digit = || {
                characters
                    .next()
                    .and_then(|digit| digit.to_digit(16))
                    .ok_or(ParseLinkError::Malformed)
            };
            let (high, low) = (digit()?, digit()?);
            char::from_u32(high << 4 | low).unwrap_or_default()
        } else {
            character
        });
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::{TOKEN_BYTES, VERSION};

    fn token() -> String {
        let mut bytes = [0xfb; TOKEN_BYTES];
        bytes[0] = VERSION;
        LinkToken::from_bytes(bytes).expose().to_owned()
    }

    fn found(url: &str) -> Result<String, ParseLinkError> {
        LinkToken::from_url(url).map(|token| token.expose().to_owned())
    }

    #[test]
    fn a_token_is_found_in_the_query_and_in_the_fragment() {
        let token = token();
        for url in [
            format!("https://a.example/password/reset?token={token}"),
            format!("https://a.example/reset?hash={token}"),
            format!("https://a.example/reset?from=mail&token={token}&x=1#top"),
            format!("https://a.example/reset?from=mail&amp;token={token}"),
            format!("https://a.example/reset#{token}"),
            format!("https://a.example/reset#token={token}"),
            format!("https://a.example/#/reset?token={token}&x=1"),
            format!("https://a.example/reset?x=1#hash={token}"),
            format!("/reset?token={token}"),
            format!("?token=old&token={token}"),
        ] {
            assert_eq!(found(&url), Ok(token.clone()), "{url}");
        }
    }

    #[test]
    fn line_breaks_and_encoding_by_mail_programs_are_removed() {
        let token = token();
        let (start, end) = token.split_at(40);
        for text in [
            format!("{start}\r\n{end}"),
            format!("{start}\n   {end}  "),
            format!("{start}%0D%0A{end}"),
            token.replace('_', "%5F").replace('-', "%2d"),
        ] {
            assert_eq!(
                found(&format!("https://a.example/reset?token={text}")),
                Ok(token.clone()),
                "{text}"
            );
            assert_eq!(
                found(&format!("https://a.example/reset#{text}")),
                Ok(token.clone()),
                "{text}"
            );
        }
    }

    #[test]
    fn a_pasted_text_may_be_a_token_or_a_link() {
        let token = token();
        let (start, end) = token.split_at(40);
        for text in [
            &token,
            &format!(" {start}\r\n {end}\n"),
            &format!("https://a.example/reset?token={start}\n{end}"),
        ] {
            assert_eq!(LinkToken::from_pasted(text).unwrap().expose(), token, "{text}");
        }
        for text in ["", "abc", "https://a.example/reset", &token[1..]] {
            assert_eq!(
                LinkToken::from_pasted(text).unwrap_err(),
                ParseLinkError::Malformed,
                "{text}"
            );
        }
    }

    #[test]
    fn only_the_token_is_removed_from_a_link() {
        let token = token();
        for (url, stripped) in [
            (format!("https://a.example/reset?token={token}"), "https://a.example/reset"),
            (
                format!("https://a.example/reset?from=mail&token={token}&x=1#top"),
                "https://a.example/reset?from=mail&x=1#top",
            ),
            (format!("https://a.example/reset#{token}"), "https://a.example/reset"),
            (format!("https://a.example/reset#token={token}"), "https://a.example/reset"),
            (
                format!("https://a.example/#/reset?token={token}&x=1"),
                "https://a.example/#/reset?x=1",
            ),
            (format!("https://a.example/#/reset?token={token}"), "https://a.example/#/reset"),
            (format!("?token={token}"), ""),
            ("https://a.example/reset?hash=cut-short".to_owned(), "https://a.example/reset"),
            (format!("https://a.example/?a=1;token={token};b=2;c"), "https://a.example/?a=1;b=2;c"),
            ("https://a.example/reset?x=1#top".to_owned(), "https://a.example/reset?x=1#top"),
            (
                "https://a.example/?q=1;2&r=3&&#sec;a".to_owned(),
                "https://a.example/?q=1;2&r=3&&#sec;a",
            ),
            ("https://a.example/#".to_owned(), "https://a.example/#"),
            ("https://a.example/?#?".to_owned(), "https://a.example/?#?"),
            ("https://a.example/".to_owned(), "https://a.example/"),
        ] {
            assert_eq!(without_token(&url), stripped, "{url}");
            assert_eq!(found(stripped), Err(ParseLinkError::Missing));
        }
    }

    #[test]
    fn a_url_without_a_token_is_missing_it() {
        for url in [
            "",
            "https://a.example/reset",
            "https://a.example/reset?tokens=x#top",
            "not a url",
            "?",
            "#",
            "??##",
        ] {
            assert_eq!(found(url), Err(ParseLinkError::Missing), "{url}");
        }
    }

    #[test]
    fn a_damaged_token_is_malformed() {
        let token = token();
        for value in [
            &token[..94],
            "",
            "%",
            "%4",
            "%zz",
            "%€€",
            "é",
            &format!("{token}="),
            &format!("{token}."),
        ] {
            assert_eq!(
                found(&format!("https://a.example/reset?token={value}")),
                Err(ParseLinkError::Malformed),
                "{value}"
            );
            assert_eq!(
                found(&format!("https://a.example/#token={value}")),
                Err(ParseLinkError::Malformed),
                "{value}"
            );
        }
    }
}
