//! A mail as its recipient receives it.

use mail_parser::{HeaderValue, MessageParser};

/// A received mail.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The recipients of the envelope.
    pub recipients: Vec<String>,
    /// The sender of the envelope.
    pub sender: String,
    /// The addresses of the `From` header.
    pub from: String,
    /// The addresses of the `To` header.
    pub to: Vec<String>,
    /// The subject.
    pub subject: String,
    /// The plain-text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// The whole message.
    pub source: String,
}

impl Mail {
    /// Parses a message.
    pub fn parse(sender: &str, recipients: Vec<String>, source: &[u8]) -> Self {
        let message = MessageParser::default().parse(source).expect("the mail is well-formed");
        let addresses = |list: Option<&mail_parser::Address<'_>>| -> Vec<String> {
            list.map(|list| {
                list.iter().filter_map(|entry| entry.address()).map(str::to_owned).collect()
            })
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

    /// Returns the value of a header, or `None` if the mail has no such header.
    pub fn header(&self, name: &str) -> Option<String> {
        let message = MessageParser::default().parse(self.source.as_bytes())?;
        message.header(name).map(|value| match value {
            HeaderValue::Text(text) => text.to_string(),
            other => format!("{other:?}"),
        })
    }

    /// Returns whether the mail holds a reset link.
    pub fn has_link(&self) -> bool {
        self.text.contains("token=")
    }

    /// Returns the link of the mail. Fails unless there is exactly one.
    pub fn link(&self) -> String {
        let links: Vec<&str> =
            self.text.split_whitespace().filter(|word| word.starts_with("http")).collect();
        assert_eq!(links.len(), 1, "the mail holds exactly one link: {links:?}");
        links.concat()
    }

    /// Returns the tokens of all links, in their order.
    pub fn tokens(&self) -> Vec<String> {
        let links = self.text.split_whitespace().filter_map(|word| word.split_once("token="));
        links.map(|(_, token)| token.to_owned()).collect()
    }

    /// Returns the token of the only link.
    pub fn token(&self) -> String {
        let link = self.link();
        link.split_once("token=").expect("the link holds a token").1.to_owned()
    }
}
