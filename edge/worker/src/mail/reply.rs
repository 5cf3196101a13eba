//! Replies of a mail server (RFC 5321 section 4.2) and the extensions that it offers.

/// A reply.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// The reply code.
    pub code: u16,
    lines: Vec<String>,
}

/// Does not print the text, because servers repeat addresses.
impl std::fmt::Debug for Reply {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Reply").field("code", &self.code).finish_non_exhaustive()
    }
}

/// An incomplete or invalid reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyError {
    /// The reply goes on.
    Incomplete,
    /// It is not a reply of SMTP.
    Malformed,
}

/// The longest reply in bytes. A server that sends more is not a mail server.
const LONGEST: usize = 64 * 1024;

impl Reply {
    /// Takes one reply from the beginning of what was received. Lines may end with LF alone.
    ///
    /// # Errors
    ///
    /// [`ReplyError`] if there is no whole reply.
    pub fn take(received: &mut Vec<u8>) -> Result<Self, ReplyError> {
        let mut lines = Vec::new();
        let mut length: usize = 0;
        for line in received.split_inclusive(|byte| *byte == b'\n') {
            let Some(text) = line.strip_suffix(b"\n") else { break };
            length = length.saturating_add(line.len());
            let text = String::from_utf8_lossy(text.strip_suffix(b"\r").unwrap_or(text));
            let (code, rest) = text.split_at_checked(3).ok_or(ReplyError::Malformed)?;
            let code = Self::code(code).ok_or(ReplyError::Malformed)?;
            let (is_last, rest) = match rest.chars().next() {
                Some('-') => (false, rest.trim_start_matches('-')),
                None | Some(' ' | '\t') => (true, rest),
                Some(_) => return Err(ReplyError::Malformed),
            };
            lines.push(rest.trim().to_owned());
            if is_last {
                received.drain(..length);
                return Ok(Self { code, lines });
            }
        }
        if received.len() > LONGEST {
            return Err(ReplyError::Malformed);
        }
        Err(ReplyError::Incomplete)
    }

    fn code(digits: &str) -> Option<u16> {
        let code = digits.parse().ok().filter(|code| (200..600).contains(code));
        code.filter(|_| digits.bytes().all(|digit| digit.is_ascii_digit()))
    }

    /// Creates a reply of one line.
    #[must_use]
    pub fn new(code: u16, text: &str) -> Self {
        Self { code, lines: vec![text.to_owned()] }
    }

    /// Returns whether the server did what it was asked.
    #[must_use]
    pub const fn is_positive(&self) -> bool {
        self.code >= 200 && self.code < 300
    }

    /// Returns whether the server asks for more.
    #[must_use]
    pub const fn is_intermediate(&self) -> bool {
        self.code >= 300 && self.code < 400
    }

    /// Returns whether the server refuses for good.
    #[must_use]
    pub const fn is_permanent(&self) -> bool {
        self.code >= 500
    }

    /// Returns the subject and the detail of the enhanced status code (RFC 3463). Many servers send
    /// one without offering the extension, and some within the text, as in `(#5.7.1)`.
    #[must_use]
    pub fn enhanced(&self) -> Option<(u16, u16)> {
        let class = self.code.checked_div(100)?;
        let brackets = |c: char| matches!(c, '#' | '(' | ')' | '[' | ']' | ':' | ';' | ',' | '-');
        let words = self.lines.iter().flat_map(|line| line.split_whitespace());
        words.map(|word| word.trim_matches(brackets)).find_map(|word| {
            let mut numbers = word.split('.').map(|part| {
                let is_number = part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
                part.parse::<u16>().ok().filter(|_| is_number)
            });
            let status = (numbers.next()??, numbers.next()??, numbers.next()??);
            let is_whole = numbers.next().is_none() && status.0 == class;
            is_whole.then_some((status.1, status.2))
        })
    }

    /// Returns the text with its ASCII letters in lower case, without the words that the sender or
    /// the recipient may have chosen: addresses, URLs and names of hosts.
    #[must_use]
    pub fn words(&self) -> String {
        let own = |word: &&str| !word.contains(['@', '/']) && !is_host(word);
        let words = self.lines.iter().flat_map(|line| line.split_whitespace()).filter(own);
        words.collect::<Vec<_>>().join(" ").to_ascii_lowercase()
    }
}

fn is_host(word: &str) -> bool {
    let name = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    name.split_once('.').is_some_and(|(first, rest)| !first.is_empty() && !rest.is_empty())
}

/// The extensions that a server offers in its reply to EHLO.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extensions {
    /// STARTTLS (RFC 3207).
    pub starttls: bool,
    /// AUTH with PLAIN (RFC 4954).
    pub plain: bool,
    /// AUTH with LOGIN.
    pub login: bool,
}

impl Extensions {
    /// Reads the reply to EHLO. The first line is a greeting. Names are compared without case;
    /// `AUTH` may occur in several lines, and in the older form `AUTH=`.
    #[must_use]
    pub fn of(reply: &Reply) -> Self {
        let mut offered = Self::default();
        for line in reply.lines.iter().skip(1) {
            let mut words = line.split(|c: char| c.is_whitespace() || matches!(c, '=' | ','));
            let name = words.next().unwrap_or_default();
            if name.eq_ignore_ascii_case("STARTTLS") {
                offered.starttls = true;
            }
            if name.eq_ignore_ascii_case("AUTH") {
                for mechanism in words {
                    offered.plain |= mechanism.eq_ignore_ascii_case("PLAIN");
                    offered.login |= mechanism.eq_ignore_ascii_case("LOGIN");
                }
            }
        }
        offered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(text: &str) -> Reply {
        Reply::take(&mut text.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn a_reply_ends_with_its_last_line_and_leaves_the_rest() {
        let mut received = b"250-a\r\n250-b\r\n250 c\r\n354 go".to_vec();
        let first = Reply::take(&mut received).unwrap();
        assert_eq!((first.code, first.lines.len()), (250, 3));
        assert_eq!(received, b"354 go");
        assert_eq!(Reply::take(&mut received), Err(ReplyError::Incomplete));
        for whole in ["250\r\n", "250 \r\n", "250\n", "250-a\n250 b\n", "250\tok\r\n"] {
            assert_eq!(reply(whole).code, 250, "{whole:?}");
        }
        for broken in ["HTTP/1.1 400\r\n", "25\r\n", "+50 ok\r\n", "2500 ok\r\n", "\r\n", "999 x\n"]
        {
            let taken = Reply::take(&mut broken.as_bytes().to_vec());
            assert_eq!(taken, Err(ReplyError::Malformed), "{broken:?}");
        }
        let mut endless = "250-x\r\n".repeat(20_000).into_bytes();
        assert_eq!(Reply::take(&mut endless), Err(ReplyError::Malformed));
    }

    #[test]
    fn an_enhanced_code_is_found_wherever_servers_write_it() {
        for (text, status) in [
            ("550 5.1.1 user unknown", Some((1, 1))),
            ("550-5.1.1 user unknown\r\n550 5.1.1 really", Some((1, 1))),
            ("550 #5.1.0 Address rejected.", Some((1, 0))),
            ("553 sorry, not in my list of allowed rcpthosts (#5.7.1)", Some((7, 1))),
            ("554 5.2.252 SendAsDenied", Some((2, 252))),
            ("550 [5.7.60]: denied", Some((7, 60))),
            ("550 4.2.1 of another class", None),
            ("550 blocked 5.6.7.8", None),
            ("550 version 5.1", None),
            ("550 5.1.1234", None),
            ("550 no code", None),
        ] {
            assert_eq!(reply(&format!("{text}\r\n")).enhanced(), status, "{text}");
        }
    }

    #[test]
    fn words_are_those_of_the_server() {
        let text =
            "554 <relay@example.org>: Refused by spam.example, see http://quota.example/x\r\n";
        assert_eq!(reply(text).words(), "refused by see");
        assert!(!format!("{:?}", reply(text)).contains("relay"));
    }

    #[test]
    fn every_spelling_of_an_offer_counts() {
        let offers = |lines: &str| Extensions::of(&reply(&format!("250-host\r\n{lines}\r\n")));
        let (plain, login) = (
            Extensions { plain: true, ..Extensions::default() },
            Extensions { login: true, ..Extensions::default() },
        );
        let both = Extensions { plain: true, login: true, starttls: false };
        for (lines, expected) in [
            ("250 AUTH PLAIN LOGIN", both),
            ("250 auth login plain", both),
            ("250-AUTH=PLAIN LOGIN\r\n250 AUTH CRAM-MD5", both),
            ("250 AUTH=LOGIN=PLAIN", both),
            ("250-AUTH LOGIN\r\n250 AUTH PLAIN", both),
            ("250 AUTH\tLOGIN\t  PLAIN ", both),
            ("250 AUTH PLAIN,LOGIN", both),
            ("250 AUTH =PLAIN", plain),
            ("250 Auth Login", login),
            ("250 AUTH PLAIN-CLIENTTOKEN XOAUTH2", Extensions::default()),
            ("250 XAUTH PLAIN", Extensions::default()),
            ("250 starttls", Extensions { starttls: true, ..Extensions::default() }),
            ("250-SIZE 1\r\n250 STARTTLS ", Extensions { starttls: true, ..Extensions::default() }),
        ] {
            assert_eq!(offers(lines), expected, "{lines}");
        }
        assert_eq!(Extensions::of(&reply("250 AUTH PLAIN\r\n")), Extensions::default());
    }
}
