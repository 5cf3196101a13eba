//! The application's own templates of its mails, and texts of its pages, in KV.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use js_sys::JsString;
use wasm_bindgen::JsCast as _;

use crate::bindings::KvNamespace;
use crate::host::{HostClock, await_promise};
use crate::options::Instance;
use relatch_domain::ports::{Clock as _, Outage, PageTextsFile, Templates};
use relatch_domain::template_key::TemplateKey;
use relatch_domain::timeouts;
use relatch_domain::values::time::Moment;

/// The binding of the namespace. It is optional.
pub const BINDING: &str = "TEMPLATES";

/// The most UTF-16 code units of a file that are read. KV has values of 25 MiB, and every file that
/// can be used is smaller than this, so a file that is cut off is refused by its size.
const MAX_FILE_LENGTH: u32 = 64 * 1024;
/// The time for which an isolate keeps the texts of pages. KV itself has copies near the reader for
/// as long, so a change takes up to twice this time.
const KEPT: Duration = Duration::from_secs(60);
/// The time after which KV is read again if it did not reply.
const RETRY: Duration = Duration::from_secs(10);

/// The texts of the pages of one application in one language.
struct PageTexts {
    instance: Instance,
    key: TemplateKey,
    file: Option<Rc<str>>,
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
        let value = await_promise("templates: read", timeouts::RECORDS, value).await?;
        Ok(value.dyn_into::<JsString>().ok().map(|file| file.slice(0, MAX_FILE_LENGTH).into()))
    }

    async fn read_page_texts(&self, key: &TemplateKey) -> Result<PageTextsFile, Outage> {
        let is_it = |kept: &PageTexts| kept.instance == self.instance && kept.key == *key;
        let kept = PAGE_TEXTS.with_borrow(|all| {
            let kept = all.iter().find(|kept| is_it(kept))?;
            Some((kept.file.clone(), kept.until))
        });
        let (known, until) = kept.unzip();
        if until.is_some_and(|until| HostClock.now() < until) {
            return Ok(PageTextsFile { file: known.flatten(), is_new: false });
        }
        let (file, is_new, lifetime) = match self.read(key).await {
            Ok(file) => (file.map(Rc::from), true, KEPT),
            // No further page waits for KV in an outage.
            Err(Outage) => (known.flatten(), false, RETRY),
        };
        let kept = PageTexts {
            instance: self.instance,
            key: key.clone(),
            file: file.clone(),
            until: HostClock.now().after(lifetime),
        };
        PAGE_TEXTS.with_borrow_mut(|all| {
            all.retain(|kept| !is_it(kept));
            all.push(kept);
        });
        Ok(PageTextsFile { file, is_new })
    }
}
