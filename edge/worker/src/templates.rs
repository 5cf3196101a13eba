//! The application's own templates of its mails, and texts of its pages, in KV.

use std::cell::RefCell;
use std::time::Duration;

use crate::bindings::KvNamespace;
use crate::host::{HostClock, await_promise};
use crate::options::Instance;
use relatch_domain::ports::{Clock as _, Outage, PageTextsFile, Templates};
use relatch_domain::template_key::TemplateKey;
use relatch_domain::timeouts;
use relatch_domain::values::time::Moment;

/// The binding of the namespace. It is optional.
pub const BINDING: &str = "TEMPLATES";

/// The time for which an isolate keeps the texts of pages. KV itself has copies near the reader for
/// as long, so a change takes up to twice this time.
const KEPT: Duration = Duration::from_secs(60);

/// The texts of the pages of one application in one language.
struct PageTexts {
    instance: Instance,
    key: TemplateKey,
    file: Option<String>,
    until: Moment,
}

thread_local! {
    static PAGE_TEXTS: RefCell<Vec<PageTexts>> = const { RefCell::new(Vec::new()) };
}

/// The templates of an instance, if a namespace is bound.
pub struct KvTemplates {
    namespace: Option<KvNamespace>,
    instance: Instance,
}

impl KvTemplates {
    /// Creates the adapter.
    pub const fn new(namespace: Option<KvNamespace>, instance: Instance) -> Self {
        Self { namespace, instance }
    }
}

impl Templates for KvTemplates {
    fn has_any(&self) -> bool {
        self.namespace.is_some()
    }

    async fn read(&self, key: &TemplateKey) -> Result<Option<String>, Outage> {
        let Some(namespace) = &self.namespace else { return Ok(None) };
        let value = namespace.get(&key.to_string());
        Ok(await_promise("templates: read", timeouts::RECORDS, value).await?.as_string())
    }

    async fn read_page_texts(&self, key: &TemplateKey) -> Result<PageTextsFile, Outage> {
        let is_it = |kept: &PageTexts| kept.instance == self.instance && kept.key == *key;
        let now = HostClock.now();
        let known = PAGE_TEXTS.with_borrow(|all| {
            let kept = all.iter().find(|kept| is_it(kept) && now < kept.until)?;
            Some(kept.file.clone())
        });
        if let Some(file) = known {
            return Ok(PageTextsFile { file, is_new: false });
        }
        let file = self.read(key).await?;
        let kept = PageTexts {
            instance: self.instance,
            key: key.clone(),
            file: file.clone(),
            until: now.after(KEPT),
        };
        PAGE_TEXTS.with_borrow_mut(|all| {
            all.retain(|kept| !is_it(kept));
            all.push(kept);
        });
        Ok(PageTextsFile { file, is_new: true })
    }
}
