//! The subject and the first sentence of a notice.

use relatch_languages::sentences;

use super::{ChangeOutcome, Notice};

/// Returns the outcome that a subject reports. It is true of the notice as a whole: a known outcome
/// if there is one, and a change, which is true of no first password, if there is one.
pub(super) fn reported<I: Iterator<Item = ChangeOutcome>>(
    outcomes: impl Fn() -> I,
) -> ChangeOutcome {
    use ChangeOutcome::{FirstUnknown, FirstWritten, Unknown, Written};
    let reported = [Written, FirstWritten, Unknown, FirstUnknown]
        .into_iter()
        .find(|reported| outcomes().any(|outcome| outcome == *reported));
    reported.unwrap_or(Unknown)
}

impl Notice<'_> {
    pub(super) fn subject(&self) -> String {
        let (texts, application) = (self.texts(), self.common.application);
        match self.reported {
            ChangeOutcome::Written => texts.mail_notice_subject(application),
            ChangeOutcome::Unknown => texts.mail_notice_subject_unknown(application),
            ChangeOutcome::FirstWritten => texts.mail_first_subject(application),
            ChangeOutcome::FirstUnknown => texts.mail_first_subject_unknown(application),
        }
    }

    /// Returns what happened: of one change everything, of several how many there are.
    pub(super) fn intro(&self) -> String {
        let (texts, application) = (self.texts(), self.common.application);
        let [change] = self.changes.as_slice() else { return self.several() };
        let change_itself = match (change.is_certain, self.by_link) {
            (true, _) if self.is_first => texts.mail_first_by_link(application, &change.time),
            (false, _) if self.is_first => texts.mail_first_unknown(application, &change.time),
            (true, true) => texts.mail_notice_by_link(application, &change.time),
            (true, false) => texts.mail_notice_signed_in(application, &change.time),
            (false, true) => texts.mail_notice_unknown_by_link(application, &change.time),
            (false, false) => texts.mail_notice_unknown_signed_in(application, &change.time),
        };
        let network = self.network(change);
        sentences(&[&change_itself, network.as_deref().unwrap_or_default()])
    }

    /// Returns how many changes there are, and whether each, at least one or none is known to have
    /// happened.
    fn several(&self) -> String {
        let (texts, name) = (self.texts(), self.common.application);
        let count = u64::try_from(self.changes.len()).unwrap_or(u64::MAX);
        // Two at least, so that it has one plural form in every language.
        let number = &*count.to_string();
        match (self.by_link, self.has_first, self.are_certain, self.is_certain()) {
            (true, true, true, _) => texts.mail_first_several(name, number),
            (true, true, false, true) => texts.mail_first_several_some(name, number),
            (true, true, false, false) => texts.mail_first_several_unknown(name, number),
            (true, false, true, _) => texts.mail_notice_several_by_link(count, name),
            (true, false, false, true) => texts.mail_notice_several_by_link_some(name, number),
            (true, false, false, false) => texts.mail_notice_several_by_link_unknown(name, number),
            (false, _, true, _) => texts.mail_notice_several_signed_in(count, name),
            (false, _, false, true) => texts.mail_notice_several_signed_in_some(name, number),
            (false, _, false, false) => texts.mail_notice_several_signed_in_unknown(name, number),
        }
    }
}
