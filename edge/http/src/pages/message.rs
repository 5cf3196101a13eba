//! What went wrong, and what to do next, in words for somebody who has lost a password.

use http::{HeaderValue, Response, StatusCode, header};
use relatch::{Code, PasswordRules, Reason};

use crate::pages::Page;
use crate::pages::document::{Message, View, document};
use crate::problem::{Reply, problem_for};
use relatch_domain::application::Application;
use relatch_domain::values::time::span_for_people;

/// Why a page shows no form.
#[derive(Clone, Copy, Debug)]
pub(super) enum PageError {
    /// As a call is refused.
    Call(Code),
    /// A visit without any link.
    NoLink,
    /// A form that another site may have sent.
    ForeignForm,
    /// A form whose link is gone.
    FormWithoutLink,
    /// A form of an earlier link than the one that was opened last.
    FormOfAnotherLink,
}

impl From<Code> for PageError {
    fn from(code: Code) -> Self {
        Self::Call(code)
    }
}

/// Title, what to say, and where to go from here.
struct Words {
    title: &'static str,
    text: Vec<String>,
    action: Option<(String, &'static str)>,
}

impl PageError {
    /// Returns the page that reports the error.
    pub(super) fn reply(self, application: &Application, page: Page) -> Reply {
        let (status, code) = match self {
            Self::Call(code) => (code.status(), Some(code)),
            Self::NoLink => (400, None),
            Self::ForeignForm => (403, Some(Code::OriginNotAllowed)),
            Self::FormWithoutLink => (403, None),
            Self::FormOfAnotherLink => (403, Some(Code::LinkInvalid)),
        };
        let Words { title, text, action } = self.words(application, page);
        let action = action.as_ref().map(|(place, label)| (place.as_str(), *label));
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = document(application, status, &View::Message(Message { title, text: &text, action }));
        if let Self::Call(code) = self {
            set_retry_after(&mut response, code);
        }
        Reply { response, problem: code }
    }

    fn words(self, application: &Application, page: Page) -> Words {
        let say = |text: &[&str]| text.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        let ask = || Some((Page::Forgot.path(application), "Ask for a new link"));
        let here = |label| Some((page.path(application), label));
        let (title, text, action) = match self {
            Self::Call(Code::LinkInvalid) => (
                "This link does not work",
                say(&[
                    "It is not complete, or it is not one of ours.",
                    "Open the link in the mail again, and make sure that all of it is there: some mail programs cut \
                     long links in two.",
                ]),
                ask(),
            ),
            Self::Call(Code::LinkExpired) => (
                "This link has expired",
                vec![
                    format!("A link works for {}. Nothing was changed.", span_for_people(application.links.lifetime)),
                    "Ask for a new one: it arrives within a few minutes.".to_owned(),
                ],
                ask(),
            ),
            Self::Call(Code::LinkUsed) => (
                "This link has been used",
                say(&[
                    "A link works once, and only as long as nothing about the account changes.",
                    "If you have already chosen a new password, sign in with it. If it was not you, ask for a new link \
                     now, and tell us.",
                ]),
                ask(),
            ),
            Self::Call(Code::Unavailable | Code::LinkBusy) => (
                "Try again in a moment",
                say(&["Something that we need does not answer right now. Nothing was used up."]),
                here("Try again"),
            ),
            Self::Call(Code::TooManyRequests) => (
                "That was a little too often",
                say(&["Many requests came from your network within a minute. Wait a minute, then try again."]),
                here("Back to the form"),
            ),
            Self::NoLink => (
                "Open the link in your mail",
                say(&[
                    "This page needs the link that we mailed to you, and your browser does not have it, or not any \
                     more: it keeps a link for 15 minutes.",
                    "If you have just opened it, allow cookies for this page, or open the link in another browser.",
                ]),
                ask(),
            ),
            Self::ForeignForm => (
                "This form came from somewhere else",
                vec![
                    "Your browser does not say that it was our own page that you sent. To be safe, nothing was changed."
                        .to_owned(),
                    match page {
                        Page::Forgot => "Open our page and try again there.".to_owned(),
                        Page::Reset => format!("Open the link in your mail again. It leads to {}.", application.public_url),
                    },
                ],
                match page {
                    Page::Forgot => Some((format!("{}{}", application.public_url, page.path(application)), "Open the page")),
                    Page::Reset => None,
                },
            ),
            Self::FormWithoutLink => (
                "Open the link in your mail again",
                say(&[
                    "The form was open for too long, or your browser keeps no cookies for this page, so we cannot tell \
                     which link it belongs to. This time nothing was changed, and your link still works.",
                    "If an earlier try of yours said that the password was changed, it was: sign in with it.",
                ]),
                ask(),
            ),
            Self::FormOfAnotherLink => (
                "Another link was opened since",
                say(&[
                    "In this browser a second link was opened after this form. So that no wrong password is changed, \
                     nothing was: both links still work.",
                    "Open the link that you want to use from its mail once more.",
                ]),
                None,
            ),
            Self::Call(Code::BodyTooLarge) => (
                "That is too much for us",
                say(&["The form was far larger than a form of this page can be. Nothing was changed."]),
                here("Open the page again"),
            ),
            // Nothing that a person does with our own pages leads here.
            Self::Call(_) => (
                "That did not work",
                say(&["What your browser sent is not what this page takes. Nothing was changed."]),
                here("Open the page again"),
            ),
        };
        Words { title, text, action }
    }
}

/// How long a password may be, in words: in bytes it is as many plain letters, and fewer of all others.
pub(super) fn longest(rules: PasswordRules) -> String {
    match rules.max_bytes.filter(|bytes| *bytes < rules.max_length) {
        Some(bytes) => format!("{bytes} characters (letters with accents and emoji count for several)"),
        None => format!("{} characters", rules.max_length),
    }
}

/// Says when to come back, where waiting helps.
pub(super) fn set_retry_after(response: &mut Response<Vec<u8>>, code: Code) {
    if let Some(seconds) = problem_for(code).retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
}

/// What is wrong with a password, and what would be right.
pub(super) fn reason(reason: Reason, rules: PasswordRules) -> String {
    match reason {
        Reason::TooShort => format!("It is too short. Use at least {} characters.", rules.min_length),
        Reason::TooLong => format!("It is too long. Use at most {}.", longest(rules)),
        Reason::Common => "It is one of those that are tried first. Use something less common.".to_owned(),
        Reason::Personal => "It is made of your name or address. Use other words.".to_owned(),
        Reason::Mismatch => "The two passwords are not the same. Type it once more.".to_owned(),
        _ => "It cannot be used. Choose another one.".to_owned(),
    }
}
