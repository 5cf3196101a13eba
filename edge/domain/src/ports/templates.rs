//! The application's own templates for its mails.

use super::Outage;
use crate::mail::template_file::TemplateKey;

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
}
