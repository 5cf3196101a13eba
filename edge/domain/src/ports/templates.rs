//! The application's own templates of its mails, and texts of its pages.

use std::rc::Rc;

use super::Outage;
use crate::template_key::TemplateKey;

/// The file with the texts of the pages in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageTextsFile {
    /// The file, or `None` without one.
    pub file: Option<Rc<str>>,
    /// Whether this call read it from the store.
    pub is_new: bool,
}

/// The store of templates. The default implementation has no template.
///
/// # Errors
///
/// Every method with a result returns [`Outage`] if the store does not reply.
pub trait Templates {
    /// Returns whether there is a store.
    fn has_any(&self) -> bool {
        false
    }

    /// Returns the template of a mail, as a file has it, or `None` without one.
    async fn read(&self, _key: &TemplateKey) -> Result<Option<String>, Outage> {
        Ok(None)
    }

    /// Returns the texts of the pages. The adapter may keep a file for a minute, because every page
    /// needs it, that of a link that does not work too.
    async fn read_page_texts(&self, _key: &TemplateKey) -> Result<PageTextsFile, Outage> {
        Ok(PageTextsFile::default())
    }
}
