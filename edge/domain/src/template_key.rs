//! The keys of the files that an application has in its store of templates: a template for each
//! mail, and the texts of its pages.

use relatch_languages::{Language, check_page_texts};

use crate::mail::mail_name::MailName;
use crate::mail::own_template::OwnTemplate;

/// The name of the texts of the pages in a key.
const PAGES: &str = "pages";

/// The content of a file in the store of templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplateKind {
    /// A mail.
    Mail(MailName),
    /// The hosted pages.
    Pages,
}

impl TemplateKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Mail(mail) => mail.as_str(),
            Self::Pages => PAGES,
        }
    }
}

/// The place of a file in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateKey {
    /// The id of the application.
    pub application: String,
    /// The content of the file.
    pub kind: TemplateKind,
    /// The language.
    pub language: Language,
}

impl TemplateKey {
    /// Parses a key such as `default/link/de`.
    ///
    /// # Errors
    ///
    /// The error and a correction, to follow the key.
    pub fn parse(key: &str) -> Result<Self, String> {
        let mut parts = key.split('/');
        let (Some(application), Some(kind), Some(tag), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(
                "must be named APPLICATION/MAIL/LANGUAGE or APPLICATION/pages/LANGUAGE, such \
                        as `default/link/de`"
                    .to_owned(),
            );
        };
        let mails = MailName::ALL.map(MailName::as_str).join("`, `");
        let mail = MailName::ALL.into_iter().find(|known| known.as_str() == kind);
        let kind = match mail {
            Some(mail) => TemplateKind::Mail(mail),
            None if kind == PAGES => TemplateKind::Pages,
            None => {
                return Err(format!("must be for `{PAGES}`, or for one of the mails `{mails}`"));
            }
        };
        let tags: Vec<&str> = Language::all().map(Language::tag).collect();
        let language = Language::all().find(|language| language.tag() == tag);
        let language = language
            .ok_or_else(|| format!("must be in one of the languages `{}`", tags.join("`, `")))?;
        Ok(Self { application: application.to_owned(), kind, language })
    }

    /// Checks the file at this place.
    ///
    /// # Errors
    ///
    /// The mistake and a correction, to follow the key.
    pub fn check(&self, file: &str) -> Result<(), String> {
        match self.kind {
            TemplateKind::Mail(mail) => OwnTemplate::parse(mail, file).map(|_| ()),
            TemplateKind::Pages => check_page_texts(file),
        }
    }
}

/// Writes `APPLICATION/MAIL/LANGUAGE` or `APPLICATION/pages/LANGUAGE`.
impl std::fmt::Display for TemplateKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}/{}", self.application, self.kind.as_str(), self.language.tag())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_application_mail_or_pages_and_language() {
        for key in ["default/link/de", "shop/notice/zh-Hans", "a_b/links/en", "default/pages/en"] {
            assert_eq!(TemplateKey::parse(key).unwrap().to_string(), key);
        }
        let pages = TemplateKey::parse("default/pages/de").unwrap();
        assert_eq!(pages.kind, TemplateKind::Pages);
        for (key, wrong) in [
            ("default/link", "must be named APPLICATION/MAIL/LANGUAGE"),
            ("default/link/de/txt", "must be named APPLICATION/MAIL/LANGUAGE"),
            ("default/page/de", "must be for `pages`, or for one of the mails `link`"),
            ("default/pages/xx", "must be in one of the languages `de`"),
        ] {
            let error = TemplateKey::parse(key).unwrap_err();
            assert!(error.starts_with(wrong), "{error}");
        }
    }

    #[test]
    fn a_file_is_checked_by_its_kind() {
        let check = |key: &str, file: &str| TemplateKey::parse(key).unwrap().check(file);
        assert_eq!(check("default/pages/de", "sent.title = Post"), Ok(()));
        assert!(check("default/pages/de", "sent.titel = Post").is_err());
        assert!(check("default/link/de", "sent.title = Post").is_err());
    }
}
