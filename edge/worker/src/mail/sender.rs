//! The application that sends by the API of a provider, and the mark of its mails.

use relatch_domain::application::Application;
use relatch_domain::values::keys::{digest, first_half, hex};

use super::MailApi;

/// The name of the mark, where the provider has names for tags.
pub const MARK: &str = "relatch";

/// An application that sends by the API of a provider.
#[derive(Clone, Copy)]
pub struct ApiSender<'a> {
    /// The account with the provider.
    pub api: &'a MailApi,
    /// The application.
    pub application: &'a Application,
}

impl ApiSender<'_> {
    /// Returns the mark that the provider stores with each mail of the application, and returns in
    /// its reports. Other applications, and other deployments, have other marks. It has the
    /// characters that each provider accepts.
    #[must_use]
    pub fn mark(&self) -> String {
        let Application { id, public_url, base_path, .. } = self.application;
        hex(&first_half(digest(id, "mail mark", &[public_url.as_bytes(), base_path.as_bytes()])))
    }

    /// Returns the domain of `MAIL_FROM`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.application.mail.from.domain()
    }
}
