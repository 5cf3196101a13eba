//! The context of every call.

use relatch::Code;
use relatch_languages::{Language, Texts};

use crate::application::Application;
use crate::ports::{Languages as _, Limiter as _, Outage, Platform};
use crate::values::client::ClientInfo;

/// One application on one platform. The use cases and the jobs of the objects are its methods.
pub struct Service<'a, P> {
    /// The application that the call is for.
    pub application: &'a Application,
    /// The ports of that application.
    pub platform: &'a P,
}

impl<P> Clone for Service<'_, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Service<'_, P> {}

impl<P: Platform> Service<'_, P> {
    /// Returns the texts in a language, or in that of the application. If the deployment does not
    /// have them, they are in English.
    ///
    /// # Errors
    ///
    /// [`Outage`] if they cannot be loaded.
    pub async fn texts(&self, language: Option<Language>) -> Result<Texts, Outage> {
        let language = language.unwrap_or(self.application.language);
        if language == Language::ENGLISH {
            return Ok(Texts::ENGLISH);
        }
        Ok(self.platform.languages().texts(language).await?.unwrap_or(Texts::ENGLISH))
    }

    /// Counts a call of the client's address block: see [`ClientInfo::block`].
    ///
    /// # Errors
    ///
    /// `too_many_requests` over the rate limit, `unavailable` if the limiter does not respond.
    pub async fn check_limit(&self, client: &ClientInfo) -> Result<(), Code> {
        let block = client.block(&self.application.keys);
        let within_limit = self.platform.limiter().check(&block).await.map_err(unavailable)?;
        if within_limit { Ok(()) } else { Err(Code::TooManyRequests) }
    }
}

/// Returns the code of an outage.
pub(crate) fn unavailable(_: Outage) -> Code {
    Code::Unavailable
}
