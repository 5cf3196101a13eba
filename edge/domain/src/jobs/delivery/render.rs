//! The texts of a mail by the hook `render`, or by a template of the application.

use super::{Current, EventSource};
use crate::claims::ObjectState as _;
use crate::events::{Action, Reason};
use crate::jobs::{JobOf, ObjectService};
use crate::mail::own_template::OwnTemplate;
use crate::mail::rendering::{
    HookTexts, MAX_RENDER_ATTEMPTS, MailToRender, RenderOutcome, Rendering, placeholder,
};
use crate::ports::{Entropy as _, Hooks as _, Outage, Platform, StateStore, Templates as _};
use crate::service::Service;
use crate::template_key::{TemplateKey, TemplateKind};

impl<P: Platform> Service<'_, P> {
    /// Returns placeholders for this number of links.
    ///
    /// # Errors
    ///
    /// [`Outage`] if there is no random source.
    pub(crate) fn placeholders(&self, links: usize) -> Result<Vec<String>, Outage> {
        let random = || self.platform.entropy().random_bytes();
        (0..links).map(|_| random().map(|random| placeholder(&random))).collect()
    }

    /// Returns the texts of a mail by the hook `render`, or `None` if it is not set.
    ///
    /// # Errors
    ///
    /// The reason for which they are refused, or [`Reason::Outage`] if the hook fails.
    pub(crate) async fn render_by_hook(
        &self,
        mail: &MailToRender,
    ) -> Result<Option<HookTexts>, Reason> {
        match self.platform.hooks().render(mail).await {
            Ok(RenderOutcome::Parts(parts)) => {
                HookTexts::check(self.application, mail, parts).map(Some)
            }
            Ok(RenderOutcome::Invalid) => Err(Reason::RenderInvalid),
            Ok(RenderOutcome::Unset) => Ok(None),
            Err(Outage) => Err(Reason::Outage),
        }
    }

    /// Returns the texts by the hook, or else by the template of the application, or `None` if there
    /// is neither.
    ///
    /// # Errors
    ///
    /// The reason for which they are refused, or [`Reason::Outage`] if the hook or the store of the
    /// templates fails.
    pub(crate) async fn render_own(
        &self,
        mail: &MailToRender,
    ) -> Result<Option<HookTexts>, Reason> {
        let Service { application, platform } = self;
        if platform.hooks().renders_mails()
            && let Some(texts) = self.render_by_hook(mail).await?
        {
            return Ok(Some(texts));
        }
        if !platform.templates().has_any() {
            return Ok(None);
        }
        let key = TemplateKey {
            application: application.id.as_str().to_owned(),
            kind: TemplateKind::Mail(mail.name),
            language: mail.language,
        };
        let file = platform.templates().read(&key).await.map_err(|Outage| Reason::Outage)?;
        let Some(file) = file else { return Ok(None) };
        let template = OwnTemplate::parse(mail.name, &file).ok();
        let parts = template.and_then(|template| template.fill(&mail.values, &mail.built_in));
        let texts = parts.and_then(|parts| HookTexts::of_template(mail, parts).ok());
        texts.map(Some).ok_or(Reason::TemplateInvalid)
    }
}

impl<P: Platform, S: StateStore> ObjectService<'_, P, S> {
    /// Returns the texts of a mail by the hook `render` or by a template of the application, or `None`
    /// if it has those of the configuration or the built-in ones. They are stored with the outcome of
    /// the first call, so that every attempt has the same.
    ///
    /// `describe` returns the mail for placeholders of its links.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the storage fails, or if the hook or the store of the templates does, at the
    /// first attempts.
    pub(super) async fn own_parts(
        &self,
        current: &Current<JobOf<S>>,
        source: &EventSource<'_>,
        links: usize,
        describe: impl FnOnce(&[String]) -> Option<MailToRender>,
    ) -> Result<Option<HookTexts>, Outage> {
        let platform = self.service.platform;
        let is_set = platform.hooks().renders_mails() || platform.templates().has_any();
        if !is_set && current.unanswered == 0 {
            return Ok(None);
        }
        let job = &current.entry.id;
        let stored = |state: &mut S::State| state.renderings().of_job(job, links).cloned();
        match self.store.change(stored).await? {
            Some(Rendering::Hook(texts)) => return Ok(Some(texts)),
            Some(Rendering::BuiltIn) => return Ok(None),
            // An earlier attempt may have delivered the built-in texts.
            None if current.unanswered > 0 => return Ok(None),
            None => {}
        }
        let placeholders = self.service.placeholders(links)?;
        let Some(mail) = describe(&placeholders) else { return Ok(None) };
        let checked = match self.service.render_own(&mail).await {
            Ok(None) => return Ok(None),
            Ok(Some(texts)) => Ok(texts),
            Err(Reason::Outage) if current.entry.attempts < MAX_RENDER_ATTEMPTS => {
                return Err(Outage);
            }
            Err(reason) => Err(reason),
        };
        let (rendering, refusal) = match &checked {
            Ok(texts) => (Rendering::Hook(texts.clone()), None),
            Err(reason) => {
                let event = self.event(source, Action::RenderRefused, Some((*reason).into()));
                (Rendering::BuiltIn, Some(event))
            }
        };
        let now = self.now();
        self.store
            .change(|state| {
                state.renderings_mut().set(job, rendering);
                state.claims_mut().enqueue_events(refusal, now);
            })
            .await?;
        Ok(checked.ok())
    }
}
