//! Taking the token out of the link that someone followed or pasted.

use alloc::string::String;

use crate::{
    LinkToken,
    text::{cut, pieces},
    token::Malformed,
};

/// The names that a token goes by in a query or fragment.
const NAMES: [&str; 2] = ["token", "hash"];

/// Why there is no token to be had from a URL. Nothing of the URL is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkUrlError {
    /// Neither query nor fragment has anything that could be one.
    Missing,
    /// There is one, but cut short or changed on its way.
    Malformed,
}

impl LinkUrlError {
    /// What is wrong. It is what the error prints.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Missing => "This URL holds no reset token. Take the whole link from the mail.",
            Self::Malformed => "The reset token is damaged. Take the whole link from the mail.",
        }
    }
}

impl core::fmt::Display for LinkUrlError {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(self.message())
    }
}

impl core::error::Error for LinkUrlError {}

impl From<Malformed> for LinkUrlError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl LinkToken {
    /// A token as someone pasted it, with the blanks and line breaks that mail programs put in; or a link that holds
    /// one, as [`from_url`](Self::from_url) finds it.
    pub fn pasted(text: &str) -> Result<Self, LinkUrlError> {
        read(text).or_else(|_| Self::from_url(text)).map_err(|_| LinkUrlError::Malformed)
    }

    /// Finds the token in a link: `token` or `hash` in its query, the same in its fragment (also behind a path and `?`,
    /// as in-page routers write it), or the fragment as a whole. Percent-encoding and the blanks and line breaks that
    /// mail programs put in are undone.
    ///
    /// ```
    /// use relatch::{LinkToken, LinkUrlError};
    ///
    /// let cut_short = LinkToken::from_url("https://accounts.example.com/password/reset?token=AQECAwQFBg");
    /// assert_eq!(cut_short.unwrap_err(), LinkUrlError::Malformed);
    /// ```
    pub fn from_url(url: &str) -> Result<Self, LinkUrlError> {
        let (before, fragment) = cut(url, b'#').unwrap_or((url, ""));
        let (_, query) = cut(before, b'?').unwrap_or((before, ""));
        let in_fragment = cut(fragment, b'?').map_or(fragment, |(_, query)| query);
        let mut outcome = Err(LinkUrlError::Missing);
        for value in pairs(query).chain(pairs(in_fragment)).filter_map(value) {
            outcome = read(value);
            if outcome.is_ok() {
                return outcome;
            }
        }
        if outcome.is_err() && !fragment.is_empty() {
            // A fragment that is no token is mostly a place on the page: that alone is no damaged token.
            return read(fragment).or(outcome);
        }
        outcome
    }
}

/// A link without what [`LinkToken::from_url`] finds a token in, to be shown in its place: an address bar, a history
/// and a log keep what they see. A damaged token goes too, if it is named; and a link without one stays as it is.
///
/// ```
/// let shown = relatch::without_token("https://app.example.com/reset?from=mail&token=AQEC#top");
/// assert_eq!(shown, "https://app.example.com/reset?from=mail#top");
/// ```
#[must_use]
pub fn without_token(url: &str) -> String {
    let (before, fragment) = cut(url, b'#').unwrap_or((url, ""));
    let (place, query) = cut(before, b'?').unwrap_or((before, ""));
    let (route, in_fragment) = cut(fragment, b'?').unwrap_or(("", fragment));
    let (query, in_query) = others(query);
    let (mut fragment_left, in_fragment) = others(in_fragment);
    fragment_left = with("?", route, &fragment_left);
    let whole = read(fragment).is_ok();
    if whole {
        fragment_left.clear();
    }
    if in_query || in_fragment || whole { with("#", &with("?", place, &query), &fragment_left) } else { url.into() }
}

/// A query without the pairs that are a token, and whether there was one.
fn others(query: &str) -> (String, bool) {
    let mut kept = String::new();
    let (mut left_out, mut end) = (false, 0_usize);
    for pair in pairs(query) {
        // With what stands before it.
        let start = end.saturating_sub(1);
        end = end.saturating_add(pair.len());
        if value(pair).is_some() {
            left_out = true;
        } else {
            let from = if kept.is_empty() { end.saturating_sub(pair.len()) } else { start };
            kept.push_str(query.get(from..end).unwrap_or_default());
        }
        end = end.saturating_add(1);
    }
    (kept, left_out)
}

/// Two texts with a mark between them, unless one is empty.
fn with(mark: &str, before: &str, after: &str) -> String {
    if before.is_empty() || after.is_empty() { [before, after].concat() } else { [before, mark, after].concat() }
}

/// A link copied out of HTML source separates with `&amp;`.
fn pairs(query: &str) -> impl Iterator<Item = &str> {
    pieces(query, |byte| byte == b'&' || byte == b';')
}

/// What a pair says the token is, if it does.
fn value(pair: &str) -> Option<&str> {
    let (name, value) = cut(pair, b'=')?;
    NAMES.contains(&name.trim_ascii()).then_some(value)
}

fn read(value: &str) -> Result<LinkToken, LinkUrlError> {
    let text: String = decoded(value)?.chars().filter(|character| !character.is_whitespace()).collect();
    Ok(LinkToken::parse(&text)?)
}

/// Undoes percent-encoding.
fn decoded(value: &str) -> Result<String, LinkUrlError> {
    let mut text = String::new();
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        text.push(if character == '%' {
            let mut digit = || characters.next().and_then(|digit| digit.to_digit(16)).ok_or(LinkUrlError::Malformed);
            // A token is ASCII; what is not cannot become one.
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

    fn found(url: &str) -> Result<String, LinkUrlError> {
        LinkToken::from_url(url).map(|token| token.expose().to_owned())
    }

    #[test]
    fn the_token_is_found_in_query_and_fragment() {
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
    fn what_mail_programs_do_to_a_token_is_undone() {
        let token = token();
        let (start, end) = token.split_at(40);
        for text in [
            format!("{start}\r\n{end}"),
            format!("{start}\n   {end}  "),
            format!("{start}%0D%0A{end}"),
            token.replace('_', "%5F").replace('-', "%2d"),
        ] {
            assert_eq!(found(&format!("https://a.example/reset?token={text}")), Ok(token.clone()), "{text}");
            assert_eq!(found(&format!("https://a.example/reset#{text}")), Ok(token.clone()), "{text}");
        }
    }

    #[test]
    fn a_token_is_taken_as_it_was_pasted_alone_or_in_its_link() {
        let token = token();
        let (start, end) = token.split_at(40);
        for text in [&token, &format!(" {start}\r\n {end}\n"), &format!("https://a.example/reset?token={start}\n{end}")]
        {
            assert_eq!(LinkToken::pasted(text).unwrap().expose(), token, "{text}");
        }
        for text in ["", "abc", "https://a.example/reset", &token[1..]] {
            assert_eq!(LinkToken::pasted(text).unwrap_err(), LinkUrlError::Malformed, "{text}");
        }
    }

    #[test]
    fn a_link_is_shown_without_its_token_and_with_all_else() {
        let token = token();
        for (url, shown) in [
            (format!("https://a.example/reset?token={token}"), "https://a.example/reset"),
            (
                format!("https://a.example/reset?from=mail&token={token}&x=1#top"),
                "https://a.example/reset?from=mail&x=1#top",
            ),
            (format!("https://a.example/reset#{token}"), "https://a.example/reset"),
            (format!("https://a.example/reset#token={token}"), "https://a.example/reset"),
            (format!("https://a.example/#/reset?token={token}&x=1"), "https://a.example/#/reset?x=1"),
            (format!("https://a.example/#/reset?token={token}"), "https://a.example/#/reset"),
            (format!("?token={token}"), ""),
            ("https://a.example/reset?hash=cut-short".to_owned(), "https://a.example/reset"),
            (format!("https://a.example/?a=1;token={token};b=2;c"), "https://a.example/?a=1;b=2;c"),
            ("https://a.example/reset?x=1#top".to_owned(), "https://a.example/reset?x=1#top"),
            ("https://a.example/?q=1;2&r=3&&#sec;a".to_owned(), "https://a.example/?q=1;2&r=3&&#sec;a"),
            ("https://a.example/#".to_owned(), "https://a.example/#"),
            ("https://a.example/?#?".to_owned(), "https://a.example/?#?"),
            ("https://a.example/".to_owned(), "https://a.example/"),
        ] {
            assert_eq!(super::without_token(&url), shown, "{url}");
            assert_eq!(found(shown), Err(LinkUrlError::Missing));
        }
    }

    #[test]
    fn a_url_without_a_token_says_so() {
        for url in
            ["", "https://a.example/reset", "https://a.example/reset?tokens=x#top", "not a url", "?", "#", "??##"]
        {
            assert_eq!(found(url), Err(LinkUrlError::Missing), "{url}");
        }
    }

    #[test]
    fn a_damaged_token_says_so() {
        let token = token();
        for value in [&token[..94], "", "%", "%4", "%zz", "%€€", "é", &format!("{token}="), &format!("{token}.")] {
            assert_eq!(
                found(&format!("https://a.example/reset?token={value}")),
                Err(LinkUrlError::Malformed),
                "{value}"
            );
            assert_eq!(found(&format!("https://a.example/#token={value}")), Err(LinkUrlError::Malformed), "{value}");
        }
    }
}
