//! A mail as its reader gets it.

use mail_parser::{HeaderValue, MessageParser};

/// A mail that arrived.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Everyone in the envelope.
    pub recipients: Vec<String>,
    /// The envelope's sender.
    pub sender: String,
    /// Who it says it is from.
    pub from: String,
    /// Who it says it is to.
    pub to: Vec<String>,
    /// Its subject.
    pub subject: String,
    /// Its plain text.
    pub text: String,
    /// Its HTML.
    pub html: String,
    /// All of it.
    pub source: String,
}

impl Mail {
    /// Reads a message.
    pub fn parse(sender: &str, recipients: Vec<String>, source: &[u8]) -> Self {
        let message = MessageParser::default().parse(source).expect("the mail is well-formed");
        let addresses = |list: Option<&mail_parser::Address<'_>>| -> Vec<String> {
            list.map(|list| list.iter().filter_map(|one| one.address()).map(str::to_owned).collect())
                .unwrap_or_default()
        };
        Self {
            recipients,
            sender: sender.to_owned(),
            from: addresses(message.from()).join(", "),
            to: addresses(message.to()),
            subject: message.subject().unwrap_or_default().to_owned(),
            text: message.body_text(0).unwrap_or_default().into_owned(),
            html: message.body_html(0).unwrap_or_default().into_owned(),
            source: String::from_utf8_lossy(source).into_owned(),
        }
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<String> {
        let message = MessageParser::default().parse(self.source.as_bytes())?;
        message.header(name).map(|value| match value {
            HeaderValue::Text(text) => text.to_string(),
            other => format!("{other:?}"),
        })
    }

    /// The one link of the mail.
    pub fn link(&self) -> String {
        let links: Vec<&str> = self.text.split_whitespace().filter(|word| word.starts_with("http")).collect();
        assert_eq!(links.len(), 1, "a mail with exactly one link, not {links:?}");
        links.concat()
    }

    /// The token of the link.
    pub fn token(&self) -> String {
        let link = self.link();
        link.split_once("token=").expect("the link holds a token").1.to_owned()
    }
}
