//! Taking the token out of the link that someone followed or pasted.

use crate::{LinkToken, token::Malformed};

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

impl std::fmt::Display for LinkUrlError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Missing => "This URL holds no reset token. Take the whole link from the mail.",
            Self::Malformed => "The reset token in this URL is damaged. Take the whole link from the mail.",
        })
    }
}

impl std::error::Error for LinkUrlError {}

impl From<Malformed> for LinkUrlError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl LinkToken {
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
        let (before, fragment) = url.split_once('#').unwrap_or((url, ""));
        let (_, query) = before.split_once('?').unwrap_or((before, ""));
        let in_fragment = fragment.split_once('?').map_or(fragment, |(_, query)| query);
        let mut outcome = Err(LinkUrlError::Missing);
        for value in values(query).chain(values(in_fragment)) {
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

fn values(query: &str) -> impl Iterator<Item = &str> {
    // A link copied out of HTML source separates with `&amp;`.
    query.split(['&', ';']).filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        NAMES.contains(&name.trim()).then_some(value)
    })
}

fn read(value: &str) -> Result<LinkToken, LinkUrlError> {
    let text: String = decoded(value)?.chars().filter(|character| !character.is_whitespace()).collect();
    Ok(LinkToken::parse(&text)?)
}

/// Undoes percent-encoding.
fn decoded(value: &str) -> Result<String, LinkUrlError> {
    let mut pieces = value.split('%');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2).ok_or(LinkUrlError::Malformed)?;
        let byte = u8::from_str_radix(digits, 16).map_err(|_| LinkUrlError::Malformed)?;
        // A token is ASCII; what is not cannot become one.
        text.push(char::from(byte));
        text.push_str(rest);
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
