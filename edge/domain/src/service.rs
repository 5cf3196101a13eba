//! The context of every call.

use std::time::Duration;

use relatch::Code;
use relatch_languages::{Language, Texts};

use crate::application::Application;
use crate::events::Action;
use crate::ports::{
    Languages as _, Limiter as _, Mailboxes as _, Outage, Platform, Templates as _,
};
use crate::template_key::{TemplateKey, TemplateKind};
use crate::values::client::ClientInfo;
use crate::values::object_id::MailboxId;

/// The window in which a file with texts of pages that cannot be used has one event.
const REFUSED_WINDOW: Duration = Duration::from_secs(3600);

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

    /// Returns the texts of the pages in a language, or in that of the application: its own ones,
    /// and the built-in ones for the rest. If its own ones have a mistake, the pages have the
    /// built-in ones, and an event says so. Texts that cannot be loaded are in English.
    pub async fn page_texts(&self, language: Option<Language>) -> Texts {
        let texts = self.texts(language).await.unwrap_or(Texts::ENGLISH);
        if !self.platform.templates().has_any() {
            return texts;
        }
        let key = TemplateKey {
            application: self.application.id.as_str().to_owned(),
            kind: TemplateKind::Pages,
            language: texts.language(),
        };
        let stored = self.platform.templates().read_page_texts(&key).await.unwrap_or_default();
        let Some(file) = stored.file else { return texts };
        match texts.with_page_texts(&file) {
            Ok(own) => own,
            Err(mistake) => {
                if stored.is_new {
                    self.note_page_texts(texts, &mistake).await;
                }
                texts
            }
        }
    }

    /// Adds the event of a file with texts of pages that cannot be used. The page does not wait for
    /// it.
    async fn note_page_texts(&self, texts: Texts, mistake: &str) {
        let Self { application, platform } = self;
        let language = texts.language().tag();
        let detail = [language, ": ", mistake].concat();
        let action = Action::PageTextsRefused;
        let event = self.window_event(action, REFUSED_WINDOW, language, detail);
        let object = MailboxId::for_event(&application.keys, &event.id);
        let _logged = platform.mailboxes().note_event(&object, &event).await;
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
