//! The argument of [`Client::request`](crate::Client::request).

use alloc::string::String;

/// An identifier, the language of the mail, and the token of a captcha. A `&str` or `String`
/// converts into one.
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
    pub(crate) captcha: Option<String>,
}

impl ResetRequest {
    /// Creates a request for an e-mail address or user name, as it was typed.
    ///
    /// ```
    /// use relatch::ResetRequest;
    ///
    /// let request = ResetRequest::new("peter");
    /// ```
    #[must_use]
    pub fn new(identifier: impl Into<String>) -> Self {
        Self { identifier: identifier.into(), locale: None, captcha: None }
    }

    /// Sets the language of the mail (BCP 47), for accounts that have none. A service without texts
    /// in this language ignores it.
    ///
    /// ```
    /// use relatch::ResetRequest;
    ///
    /// let request = ResetRequest::new("peter").locale("de-AT");
    /// ```
    #[must_use]
    pub fn locale(mut self, locale: impl Into<String>) -> Self {
        self.locale = Some(locale.into());
        self
    }

    /// Sets the token of the captcha that the visitor has solved, if the service asks for one. The
    /// client sends the request once, because a token is valid once.
    ///
    /// ```
    /// use relatch::ResetRequest;
    ///
    /// let request = ResetRequest::new("peter").captcha("the token of the widget");
    /// ```
    #[must_use]
    pub fn captcha(mut self, token: impl Into<String>) -> Self {
        self.captcha = Some(token.into());
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

/// Prints no identifier: it may be a person's address.
impl core::fmt::Debug for ResetRequest {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("ResetRequest").field("locale", &self.locale).finish_non_exhaustive()
    }
}
