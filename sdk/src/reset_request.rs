//! Who asks for a mail, and in which language.

use alloc::string::String;

/// Whose password is to be reset. A bare `&str` or `String` is one too.
///
/// ```
/// # #[cfg(feature = "native")]
/// # async fn ask(client: relatch::Client) -> Result<(), relatch::Error> {
/// use relatch::ResetRequest;
///
/// client.request(ResetRequest::new("peter@example.com").locale("de-AT")).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ResetRequest {
    pub(crate) identifier: String,
    pub(crate) locale: Option<String>,
}

impl ResetRequest {
    /// For this e-mail address or user name, as it was typed.
    #[must_use]
    pub fn new(identifier: impl Into<String>) -> Self {
        Self { identifier: identifier.into(), locale: None }
    }

    /// The language the mail should be in (BCP 47), where the account has none of its own. A service whose mails are in
    /// one language only, as they are for now, checks it and goes on.
    #[must_use]
    pub fn locale(mut self, locale: impl Into<String>) -> Self {
        self.locale = Some(locale.into());
        self
    }
}

impl From<&str> for ResetRequest {
    fn from(identifier: &str) -> Self {
        Self::new(identifier)
    }
}

impl From<&String> for ResetRequest {
    fn from(identifier: &String) -> Self {
        Self::new(identifier)
    }
}

impl From<String> for ResetRequest {
    fn from(identifier: String) -> Self {
        Self::new(identifier)
    }
}

impl core::fmt::Debug for ResetRequest {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("ResetRequest").field("locale", &self.locale).finish_non_exhaustive()
    }
}
