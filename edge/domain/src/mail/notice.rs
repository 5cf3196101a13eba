//! The notice to an account owner that the password was changed (NIST SP 800-63B-4 section 4.6):
//! what happened, when, from which network, and what to do if it was not the owner.
//!
//! Every sentence follows from the stored outcome and from what the directory does with sessions,
//! because a wrong one sends the owner of a stolen account to the wrong place.

use askama::Template;
use relatch_languages::{Texts, sentences};
use serde::{Deserialize, Serialize};

use super::parts::Parts;
use super::template::Common;
use crate::application::Application;
use crate::values::client::RecordedAddress;
use crate::values::time::Moment;

mod intro;
mod values;

/// How a password was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeMethod {
    /// By a mailed link.
    Link,
    /// By a signed-in person who entered the current password.
    SignedIn,
}

/// Whether a password was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeOutcome {
    /// The password was changed.
    Written,
    /// It cannot be determined whether the password was changed.
    Unknown,
    // Stored by position: add new outcomes at the end.
    /// The first password of the account was set.
    FirstWritten,
    /// It cannot be determined whether the first password of the account was set.
    FirstUnknown,
}

impl ChangeOutcome {
    /// Returns whether it is known that the password was written.
    #[must_use]
    pub const fn is_certain(self) -> bool {
        matches!(self, Self::Written | Self::FirstWritten)
    }

    /// Returns whether the account had no password before.
    #[must_use]
    pub const fn is_first(self) -> bool {
        matches!(self, Self::FirstWritten | Self::FirstUnknown)
    }

    /// Returns this outcome for an account that had no password before.
    #[must_use]
    pub(crate) const fn of_first_password(self) -> Self {
        if self.is_certain() { Self::FirstWritten } else { Self::FirstUnknown }
    }
}

/// One change that a notice reports.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NoticedChange {
    /// The time at which the outcome was recorded.
    pub at: Moment,
    /// The outcome.
    pub outcome: ChangeOutcome,
    /// The IP address of the client: see [`RecordedAddress`].
    pub address: Option<String>,
}

impl NoticedChange {
    /// Returns the network of the client, as people read it.
    #[must_use]
    pub fn network(&self) -> Option<String> {
        self.recorded().and_then(RecordedAddress::network)
    }

    /// Returns whether a server of the application reported the network.
    #[must_use]
    pub fn is_reported(&self) -> bool {
        self.recorded().is_some_and(|address| address.reported_by.is_some())
    }

    fn recorded(&self) -> Option<RecordedAddress<'_>> {
        self.address.as_deref().map(RecordedAddress::parse)
    }
}

/// The content of a notice.
#[derive(Clone, Copy)]
pub struct NoticeContent<'a> {
    /// The recipient's address.
    pub to: &'a str,
    /// The name for the greeting.
    pub name: Option<&'a str>,
    /// How the password was changed.
    pub method: ChangeMethod,
    /// The changes, oldest first. There is at least one.
    pub changes: &'a [NoticedChange],
    /// Whether a reset ends the account's sessions.
    pub ends_sessions: bool,
    /// Whether a change by a signed-in person ends the account's other sessions.
    pub ends_other_sessions: bool,
}

/// The values of the templates.
#[expect(clippy::struct_excessive_bools, reason = "each is a condition of a sentence")]
pub(super) struct Notice<'a> {
    common: Common<'a>,
    name: Option<&'a str>,
    by_link: bool,
    /// The outcome that the subject reports.
    reported: ChangeOutcome,
    /// Whether each change is known to have happened.
    are_certain: bool,
    /// Whether there are changes, and each is the first password of its account.
    is_first: bool,
    has_first: bool,
    changes: Vec<Line>,
    ends_sessions: bool,
    ends_other_sessions: bool,
    /// The page that requests a mail, unless resets are switched off.
    url: Option<String>,
}

impl<'a> Notice<'a> {
    pub(super) fn new(
        application: &Application,
        common: Common<'a>,
        content: &NoticeContent<'a>,
    ) -> Self {
        let texts = common.texts;
        let outcomes = || content.changes.iter().map(|change| change.outcome);
        let has_first = outcomes().any(ChangeOutcome::is_first);
        let url =
            [application.public_url.as_str(), &application.base_path, "/password/forgot"].concat();
        Self {
            common,
            name: content.name,
            by_link: content.method == ChangeMethod::Link,
            reported: intro::reported(outcomes),
            are_certain: outcomes().all(ChangeOutcome::is_certain),
            is_first: has_first && outcomes().all(ChangeOutcome::is_first),
            has_first,
            changes: content.changes.iter().map(|change| Line::new(change, texts)).collect(),
            ends_sessions: content.ends_sessions,
            ends_other_sessions: content.ends_other_sessions,
            url: application.reset_enabled.then_some(url),
        }
    }

    fn texts(&self) -> Texts {
        self.common.texts
    }

    pub(super) fn parts(&self) -> Option<Parts> {
        let (text, html) = (Text(self).render(), Html(self).render());
        self.common.mail(&self.subject(), &self.intro(), text, html)
    }

    /// Returns whether at least one change is known to have happened.
    const fn is_certain(&self) -> bool {
        self.reported.is_certain()
    }

    /// Returns the network of a change, as a sentence.
    fn network(&self, change: &Line) -> Option<String> {
        let (texts, application) = (self.texts(), self.common.application);
        change.network.as_deref().map(|network| {
            if change.is_reported {
                texts.mail_notice_network_reported(network, application)
            } else {
                texts.mail_notice_network(network)
            }
        })
    }

    /// Returns the line of one of several changes.
    fn line(&self, change: &Line) -> String {
        let (texts, application) = (self.texts(), self.common.application);
        let line = match &change.network {
            Some(network) if change.is_reported => {
                texts.mail_notice_line_reported(&change.time, network, application)
            }
            Some(network) => texts.mail_notice_line_network(&change.time, network),
            None => change.time.clone(),
        };
        if change.is_certain { line } else { texts.mail_notice_line_unknown(&line) }
    }

    /// Returns what became of the sessions, unless it is unknown whether anything changed.
    fn sessions(&self) -> Option<&'static str> {
        let texts = self.texts();
        self.is_certain().then(|| {
            match (self.by_link, self.ends_sessions, self.ends_other_sessions) {
                (true, true, _) => texts.mail_notice_all_signed_out(),
                (true, false, _) => texts.mail_notice_may_be_signed_in(),
                (false, _, true) => texts.mail_notice_others_signed_out(),
                (false, _, false) => texts.mail_notice_others_may_be_signed_in(),
            }
        })
    }

    /// Returns that the owner of the password need not do anything.
    fn fine(&self) -> &'static str {
        let texts = self.texts();
        if self.is_first { texts.mail_first_fine() } else { texts.mail_notice_fine() }
    }

    /// Returns who else may have used the link, and what to do then.
    fn secure(&self) -> &'static str {
        let texts = self.texts();
        if self.is_first { texts.mail_first_secure() } else { texts.mail_notice_secure() }
    }

    /// Returns who else may have made the change, and that a new password helps, where resets are
    /// switched on.
    fn known(&self) -> String {
        let texts = self.texts();
        let choose = match (&self.url, self.ends_sessions) {
            (None, _) => "",
            (Some(_), true) => texts.mail_notice_choose_ends(),
            (Some(_), false) => texts.mail_notice_choose(),
        };
        sentences(&[texts.mail_notice_known(), choose])
    }
}

/// A change as the templates show it.
struct Line {
    time: String,
    network: Option<String>,
    /// Whether a server of the application reported the network.
    is_reported: bool,
    is_certain: bool,
}

impl Line {
    fn new(change: &NoticedChange, texts: Texts) -> Self {
        Self {
            time: change.at.for_people(texts),
            network: change.network(),
            is_reported: change.is_reported(),
            is_certain: change.outcome.is_certain(),
        }
    }
}

#[derive(Template)]
#[template(path = "mail/notice/body.txt")]
struct Text<'a>(&'a Notice<'a>);
#[derive(Template)]
#[template(path = "mail/notice/body.html")]
struct Html<'a>(&'a Notice<'a>);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::own_template::OwnTemplate;
    use crate::mail::{MailWriter, MessageParts, Stamp};
    use crate::testing;

    const NOON: Moment = Moment::from_seconds(1_795_176_000);

    fn change(outcome: ChangeOutcome) -> NoticedChange {
        NoticedChange { at: NOON, outcome, address: Some("192.0.2.77".to_owned()) }
    }

    /// The directory ends the sessions of an account with every password.
    const ENDS_ALL: [bool; 2] = [true, true];

    /// Returns subject and text of a notice on one line each, for a directory that ends the
    /// sessions with a reset, and the other sessions with a change.
    fn render(
        method: ChangeMethod,
        changes: &[NoticedChange],
        [ends_sessions, ends_other_sessions]: [bool; 2],
    ) -> [String; 2] {
        let content = NoticeContent {
            to: "ada@example.com",
            name: Some("Ada"),
            method,
            changes,
            ends_sessions,
            ends_other_sessions,
        };
        let stamp = Stamp { id: [1; 16], date: NOON };
        let application = testing::application();
        let writer = MailWriter { application: &application, texts: Texts::ENGLISH };
        let message = writer.notice(&content, stamp).unwrap();
        let mime = String::from_utf8(message.mime).unwrap().replace("=\r\n", "");
        let subject = mime.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap();
        let (_, text) = mime.split_once("text/plain").unwrap();
        let (text, _) = text.split_once("text/html").unwrap();
        [subject.to_owned(), text.split_whitespace().collect::<Vec<_>>().join(" ")]
    }

    #[test]
    fn a_reset_was_made_with_the_link_and_ends_sessions_where_the_directory_does() {
        let changes = [change(ChangeOutcome::Written)];
        let [subject, text] = render(ChangeMethod::Link, &changes, ENDS_ALL);
        assert_eq!(subject, "Your Relatch password was changed");
        for part in [
            "was changed on 20 November 2026, 12:00 UTC, with a link that was sent to this email address",
            "from the network 192.0.2.0/24",
            "All devices have been signed out.",
            "Secure your email account first",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        for ends_others in [false, true] {
            let changes = [change(ChangeOutcome::Written)];
            let [_, text] = render(ChangeMethod::Link, &changes, [false, ends_others]);
            assert!(!text.contains("signed out"), "{text}");
            assert!(
                text.contains("Devices that were signed in before may still be signed in."),
                "{text}"
            );
        }
    }

    #[test]
    fn a_change_was_made_by_a_signed_in_person_whose_device_stays_signed_in() {
        let [_, text] = render(ChangeMethod::SignedIn, &[change(ChangeOutcome::Written)], ENDS_ALL);
        for part in [
            "by someone who was signed in and entered the current password",
            "All other devices have been signed out. The device that made the change is still signed in.",
            "https://accounts.example.com/password/forgot",
            "Choose a new password at once, which signs out all devices:",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(
            !text.contains("link that was sent") && !text.contains("read your email"),
            "{text}"
        );
    }

    #[test]
    fn a_change_that_ends_no_other_session_reports_that() {
        for ends_sessions in [false, true] {
            let changes = [change(ChangeOutcome::Written)];
            let [_, text] = render(ChangeMethod::SignedIn, &changes, [ends_sessions, false]);
            assert!(
                text.contains("Other devices that were signed in before may still be signed in."),
                "{text}"
            );
            assert!(!text.contains("signed out"), "{text}");
            // A reset may end them all the same.
            assert_eq!(text.contains("signs out all devices"), ends_sessions, "{text}");
        }
    }

    #[test]
    fn a_network_that_a_server_reported_is_attributed_to_the_application() {
        let address = Some("203.0.113.7 reported by shop at 198.51.100.1".to_owned());
        let reported = NoticedChange { address, ..change(ChangeOutcome::Written) };
        let [_, text] = render(ChangeMethod::Link, std::slice::from_ref(&reported), ENDS_ALL);
        let sentence = "The change came from the network 203.0.113.0/24, as reported by Relatch.";
        assert!(text.contains(sentence), "{text}");
        let changes = [reported, change(ChangeOutcome::Written)];
        let [_, text] = render(ChangeMethod::Link, &changes, ENDS_ALL);
        assert!(text.contains("from the network 203.0.113.0/24, as reported by Relatch"), "{text}");
        assert!(!text.contains("192.0.2.0/24, as reported"), "{text}");
        for private in ["203.0.113.7", "198.51.100.1", "shop"] {
            assert!(!text.contains(private), "{private}: {text}");
        }
    }

    #[test]
    fn an_unknown_outcome_is_not_reported_as_a_change() {
        for method in [ChangeMethod::Link, ChangeMethod::SignedIn] {
            let [subject, text] = render(method, &[change(ChangeOutcome::Unknown)], ENDS_ALL);
            assert_eq!(subject, "Your Relatch password may have been changed");
            assert!(text.contains("could not determine whether"), "{text}");
            assert!(!text.contains("was changed on"), "{text}");
            assert!(!text.contains("have been signed out."), "{text}");
        }
    }

    #[test]
    fn a_first_password_was_set_and_not_changed() {
        let [subject, text] =
            render(ChangeMethod::Link, &[change(ChangeOutcome::FirstWritten)], ENDS_ALL);
        assert_eq!(subject, "Your Relatch password was set");
        for part in [
            "The first password of your Relatch account was set on 20 November 2026, 12:00 UTC, with a link that was sent to this email address.",
            "from the network 192.0.2.0/24",
            "All devices have been signed out.",
            "If you set it, you do not need to do anything.",
            "If you did not set it, someone else may be able to read your email. Secure your email account first",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("was changed") && !text.contains("If you changed"), "{text}");
        let [subject, text] =
            render(ChangeMethod::Link, &[change(ChangeOutcome::FirstUnknown)], ENDS_ALL);
        assert_eq!(subject, "Your Relatch password may have been set");
        assert!(text.contains("We could not determine whether it was set."), "{text}");
        assert!(!text.contains("was set on") && !text.contains("have been signed out."), "{text}");
    }

    #[test]
    fn the_sentence_about_several_changes_is_true_of_each_mix_of_outcomes() {
        use ChangeOutcome::{FirstUnknown, FirstWritten, Unknown, Written};
        let (changed, set) = ("was changed", "was set");
        let (may_be_changed, may_be_set) = ("may have been changed", "may have been set");
        for (outcomes, subject, by_link) in [
            ([Written, Written], changed, "was changed 2 times"),
            ([Written, Unknown], changed, "was changed at least once and at most 2 times"),
            ([Unknown, Unknown], may_be_changed, "may have been changed up to 2 times"),
            ([FirstWritten, Written], changed, "was set or changed 2 times"),
            ([FirstWritten, FirstWritten], set, "was set or changed 2 times"),
            (
                [FirstUnknown, Written],
                changed,
                "was set or changed at least once and at most 2 times",
            ),
            ([FirstWritten, Unknown], set, "was set or changed at least once and at most 2 times"),
            (
                [FirstUnknown, FirstWritten],
                set,
                "was set or changed at least once and at most 2 times",
            ),
            (
                [FirstUnknown, FirstUnknown],
                may_be_set,
                "may have been set or changed up to 2 times",
            ),
            ([FirstUnknown, Unknown], may_be_changed, "may have been set or changed up to 2 times"),
        ] {
            let [said, text] = render(ChangeMethod::Link, &outcomes.map(change), ENDS_ALL);
            assert_eq!(said, format!("Your Relatch password {subject}"), "{outcomes:?}");
            let sentence = format!(
                "The password of your Relatch account {by_link}, with links that were sent to this \
                 email address:"
            );
            assert!(text.contains(&sentence), "{outcomes:?}: {text}");
            if !outcomes.iter().any(|outcome| outcome.is_first()) {
                let [_, text] = render(ChangeMethod::SignedIn, &outcomes.map(change), ENDS_ALL);
                let sentence = format!(
                    "The password of your Relatch account {by_link}, by someone who was signed in \
                     and entered the current password:"
                );
                assert!(text.contains(&sentence), "{outcomes:?}: {text}");
            }
        }
    }

    #[test]
    fn several_changes_are_listed_with_their_times() {
        let later = NoticedChange {
            at: NOON.after(std::time::Duration::from_secs(3600)),
            outcome: ChangeOutcome::Unknown,
            address: None,
        };
        let changes = [change(ChangeOutcome::Written), later];
        let [_, text] = render(ChangeMethod::SignedIn, &changes, ENDS_ALL);
        for part in [
            "was changed at least once and at most 2 times",
            "- 20 November 2026, 12:00 UTC, from the network 192.0.2.0/24",
            "- 20 November 2026, 13:00 UTC (the outcome is unknown)",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    fn own(parts: [Option<&str>; 3]) -> OwnTemplate {
        let [subject, text, html] = parts.map(|part| part.map(str::to_owned));
        OwnTemplate::new(subject, text, html.unwrap_or_default())
    }

    /// Returns the parts of a notice with this template.
    fn with_template(template: OwnTemplate, changes: &[NoticedChange], name: &str) -> Parts {
        let mut application = testing::application();
        application.mail.notice = Some(template);
        let content = NoticeContent {
            to: "ada@example.com",
            name: Some(name),
            method: ChangeMethod::SignedIn,
            changes,
            ends_sessions: true,
            ends_other_sessions: false,
        };
        let stamp = Stamp { id: [1; 16], date: NOON };
        let writer = MailWriter { application: &application, texts: Texts::ENGLISH };
        let message = writer.notice(&content, stamp).unwrap();
        let MessageParts { subject, text, html, .. } = message.parts;
        Parts { subject, text, html }
    }

    #[test]
    fn a_template_has_the_sentences_that_are_true_of_the_change() {
        let template = || {
            own([
                Some("${application}: a change"),
                Some("${greeting}|${what}|${when}|${network}|${sessions}|${advice}|${contact}"),
                Some("<i>${greeting}</i>|${what}|${sessions}|${advice}"),
            ])
        };
        let Parts { subject, text, html } =
            with_template(template(), &[change(ChangeOutcome::Written)], "A & B");
        assert_eq!(subject, "Relatch: a change");
        let parts: Vec<&str> = text.split('|').collect();
        let [greeting, what, when, network, sessions, advice, contact] = parts[..] else {
            panic!("{text}")
        };
        assert_eq!((greeting, when), ("Hello A & B,", "20 November 2026, 12:00 UTC"));
        assert!(what.contains("by someone who was signed in") && what.ends_with(network), "{what}");
        assert_eq!(network, "The change came from the network 192.0.2.0/24.");
        assert_eq!(sessions, "Other devices that were signed in before may still be signed in.");
        let url = "https://accounts.example.com/password/forgot";
        assert!(advice.contains(&format!("\n{url}\n")) && advice.ends_with(contact), "{advice}");
        assert!(html.starts_with("<i>Hello A &#38; B,</i>|"), "{html}");
        assert!(
            html.contains(&format!("<br><a href=\"{url}\" dir=\"ltr\">{url}</a><br>")),
            "{html}"
        );

        let first = change(ChangeOutcome::FirstWritten);
        let first = with_template(template(), &[first], "Ada");
        assert_eq!(first.subject, "Your Relatch password was set", "not that of a change");

        let unknown = change(ChangeOutcome::Unknown);
        let uncertain = with_template(template(), std::slice::from_ref(&unknown), "Ada");
        assert_eq!(uncertain.subject, "Your Relatch password may have been changed");
        assert!(uncertain.text.contains("could not determine whether"), "{}", uncertain.text);

        let several = with_template(template(), &[change(ChangeOutcome::Written), unknown], "Ada");
        let line = "- 20 November 2026, 12:00 UTC, from the network 192.0.2.0/24";
        assert!(several.text.contains(&format!("\n{line}\n{line} (the outcome is unknown)|")));
        assert!(several.html.contains(&format!("<br>{line}<br>")), "{}", several.html);
    }

    #[test]
    fn a_part_that_a_template_lacks_is_the_built_in_one() {
        let changes = [change(ChangeOutcome::Written)];
        let Parts { subject, text, html } =
            with_template(own([None, None, Some("<p>${what}</p>")]), &changes, "Ada");
        assert_eq!(subject, "Your Relatch password was changed");
        assert!(text.starts_with("Hello Ada,") && html.starts_with("<p>The password"), "{html}");
    }
}
