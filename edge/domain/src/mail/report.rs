//! Reports of a mail provider about a mail that it had accepted.

codes! {
/// The kind of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReportKind {
    /// The address does not exist, or the provider no longer sends to it.
    Permanent = "permanent",
    /// The server of the recipient does not accept the mail at present, or by its policy, or the
    /// provider could not send it.
    Transient = "transient",
    /// The recipient has reported the mail as spam.
    Complaint = "complaint",
}
}

/// A report about one mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailReport {
    /// What identifies the report: a repeated one has the same.
    pub id: String,
    /// Whether the provider vouches for the report itself. Otherwise it vouches for the id alone,
    /// and who knows a call can repeat it with another report: one event is recorded for the id.
    pub is_covered: bool,
    /// The address that the mail was sent to.
    pub recipient: String,
    /// The kind.
    pub kind: ReportKind,
    /// The provider's code of the reason, or an empty text. It never has the words of a server.
    pub code: String,
}

/// A call of a mail provider, as it arrived.
#[derive(Clone, Copy)]
pub struct ReportCall<'a> {
    /// Returns a header by its name in lower case.
    pub header: &'a dyn Fn(&str) -> Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

/// Why a call of a mail provider was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportError {
    /// The application accepts no reports.
    Disabled,
    /// The signature or the secret is missing or wrong.
    Unauthenticated,
    /// The body is not one that the provider documents, or it comes from a topic that is not
    /// configured.
    Malformed,
    /// The body is longer than one that is read before it is authenticated.
    TooLarge,
    /// The provider's confirmation could not be sent.
    Outage,
}
