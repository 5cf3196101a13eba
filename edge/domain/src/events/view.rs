//! Events as their receivers read them, from the stored texts.

use serde::Serialize;

use super::table::{Action, Field};
use super::{ATTEMPT, CHANGE_PREFIX, Event, NEXT};
use crate::values::client::RecordedAddress;

/// The texts of an event, as it is stored.
#[derive(Clone, Copy, Debug, Default)]
pub struct EventTexts<'a> {
    /// The id.
    pub id: &'a str,
    /// The name of the action. One that this version does not know has no derived fields.
    pub action: &'a str,
    /// The account.
    pub account: Option<&'a str>,
    /// The address: see [`RecordedAddress`].
    pub address: Option<&'a str>,
    /// The detail.
    pub detail: Option<&'a str>,
}

/// An event as its receivers read it: server callers, the hook `onEvent`, the log. The fields that
/// [`Action::fields`] lists are derived from the stored texts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "schemas",
    schemars(rename = "Event", description = "An event as server callers receive it.")
)]
pub struct EventView {
    /// The id, the same in every place and at every attempt.
    pub id: String,
    /// When it happened (RFC 3339, UTC).
    #[cfg_attr(feature = "schemas", schemars(extend("format" = "date-time")))]
    pub at: String,
    /// The name of what happened.
    pub event: String,
    /// The account, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The address of the client.
    pub address: Option<String>,
    /// The block of addresses that one limit counts together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<String>,
    /// The label of the server key, if a server called for the client and reported its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reported_by: Option<String>,
    /// The address of that server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reported_from: Option<String>,
    /// The id of the request that the event belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// The id of the link that the event is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The keyed name of the identifier that a visitor entered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    /// A code with more detail.
    pub detail: Option<String>,
    /// The number of the attempt that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// The time of the next attempt (RFC 3339, UTC).
    #[cfg_attr(feature = "schemas", schemars(extend("format" = "date-time")))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_attempt: Option<String>,
    /// How often it happened, if more than once: see [`Action::is_counted`].
    #[cfg_attr(
        feature = "schemas",
        schemars(description = "How often it happened, if more than once.")
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
}

impl EventView {
    /// Returns the view of an event that happened at `at`.
    #[must_use]
    pub fn new(at: String, texts: EventTexts<'_>) -> Self {
        let EventTexts { id, action, account, address, detail } = texts;
        let has = |field| Action::parse(action).is_some_and(|action| action.has(field));
        let recorded = address.map(RecordedAddress::parse);
        let owned = |part: &str| part.to_owned();
        let mut view = Self {
            id: owned(id),
            at,
            event: owned(action),
            account: account.map(owned),
            address: recorded.map(|recorded| owned(recorded.address)),
            block: recorded.map(RecordedAddress::block),
            reported_by: recorded.and_then(|recorded| recorded.reported_by).map(owned),
            reported_from: recorded.and_then(|recorded| recorded.reported_from).map(owned),
            detail: detail.map(owned),
            ..Self::default()
        };
        if has(Field::Request) {
            view.request = id_part(id, REQUEST_ID).map(owned);
        }
        if has(Field::Link) {
            view.link = id_part(id, LINK_ID).map(owned);
        }
        if has(Field::Identifier)
            && let Some((identifier, request)) = detail.and_then(|detail| detail.split_once('/'))
        {
            view.identifier = Some(owned(identifier));
            view.request = Some(owned(request));
            view.detail = None;
        }
        if has(Field::Attempt)
            && let Some((code, attempt, next)) = detail.and_then(parse_attempt)
        {
            view.detail = Some(owned(code));
            view.attempt = Some(attempt);
            view.next_attempt = Some(owned(next));
        }
        view
    }
}

impl From<&Event> for EventView {
    fn from(event: &Event) -> Self {
        Self::new(
            event.at.rfc3339(),
            EventTexts {
                id: &event.id,
                action: event.action.as_str(),
                account: event.account.as_ref().map(|account| account.0.as_str()),
                address: event.address.as_deref(),
                detail: event.detail.as_deref(),
            },
        )
    }
}

/// The lengths of the ids of a request and of a link in the id of an event: 16 and 32 bytes in
/// base64url.
const REQUEST_ID: usize = 22;
const LINK_ID: usize = 43;

/// Returns the request or the link that the id of an event names: the request is the first part,
/// the link may be any.
fn id_part(id: &str, length: usize) -> Option<&str> {
    let count = if length == REQUEST_ID { 1 } else { usize::MAX };
    let mut parts = id.split('/').take(count);
    parts.find(|part| part.len() == length && !id.starts_with(CHANGE_PREFIX))
}

/// Returns the code, the attempt and the next attempt of a detail: see [`Event::with_attempt`].
fn parse_attempt(detail: &str) -> Option<(&str, u32, &str)> {
    let (code, rest) = detail.split_once(ATTEMPT)?;
    let (attempt, next) = rest.split_once(NEXT)?;
    Some((code, attempt.parse().ok()?, next))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::time::Moment;

    #[test]
    fn a_view_has_the_fields_that_the_table_lists_for_its_event() {
        let (request, link) = ("r".repeat(22), "l".repeat(43));
        let view = |action: Action, id: &str, detail: Option<&str>| {
            let action = action.as_str();
            let account = Some("17");
            let address = Some("2001:db8::7 reported by shop at 192.0.2.1");
            EventView::new(String::new(), EventTexts { id, action, account, address, detail })
        };
        let sent = view(Action::LinkSent, &format!("{request}/link_sent/{link}"), None);
        assert_eq!(sent.request.as_deref(), Some(request.as_str()));
        assert_eq!(sent.link.as_deref(), Some(link.as_str()));
        assert_eq!(sent.address.as_deref(), Some("2001:db8::7"));
        assert_eq!(sent.block.as_deref(), Some("2001:db8::/64"));
        assert_eq!(sent.reported_by.as_deref(), Some("shop"));
        assert_eq!(sent.reported_from.as_deref(), Some("192.0.2.1"));

        let refused = view(Action::ConfirmRefused, &format!("{link}/confirm_refused/1"), None);
        assert_eq!((refused.request, refused.link), (None, Some(link.clone())));
        let revoked = view(Action::SessionsRevoked, &format!("change/{link}/x"), None);
        assert_eq!((revoked.request, revoked.link), (None, None), "a change is no link");
        let unmatched = view(Action::RequestUnmatched, &link, None);
        assert_eq!((unmatched.request, unmatched.link), (None, None), "the id is that of a window");

        let accepted = view(Action::RequestAccepted, &link, Some("name/the request"));
        assert_eq!(accepted.identifier.as_deref(), Some("name"));
        assert_eq!(accepted.request.as_deref(), Some("the request"));
        assert_eq!((accepted.link, accepted.detail), (None, None));
        let unknown = EventTexts { id: &request, action: "later", ..EventTexts::default() };
        assert_eq!(EventView::new(String::new(), unknown).request, None);
    }

    #[test]
    fn a_deferred_mail_has_its_code_attempt_and_next_attempt() {
        let event = Event {
            action: Action::MailDeferred,
            detail: Some("connect_failed".to_owned()),
            ..crate::stored_formats::event()
        };
        let view = EventView::from(&event.with_attempt(3, Moment::from_seconds(1_795_176_000)));
        assert_eq!(view.detail.as_deref(), Some("connect_failed"));
        assert_eq!(view.attempt, Some(3));
        assert_eq!(view.next_attempt.as_deref(), Some("2026-11-20T12:00:00Z"));
    }
}
