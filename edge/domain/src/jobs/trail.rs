//! The record of what happened: events in the store and for the hook `onEvent`, events that are
//! counted, and their retention.

use std::time::Duration;

use crate::events::{Action, Event};
use crate::join_all::join_all;
use crate::ports::{Clock as _, Events as _, Hooks as _, Mailboxes as _, Outage, Platform};
use crate::service::Service;
use crate::values::client::RecordedAddress;
use crate::values::keys::{base64url, digest};
use crate::values::object_id::MailboxId;
use crate::values::time::Moment;
use crate::webhook::{WebhookFailure, WebhookJob};

/// The events that one run deletes.
pub const RETENTION_BATCH: u32 = 500;
/// The time between two runs while there is more to delete.
const NEXT_BATCH: Duration = Duration::from_secs(10);
/// The time between two runs otherwise.
const NEXT_RUN: Duration = Duration::from_secs(24 * 3600);
/// The time until the next run after an outage.
const RETRY: Duration = Duration::from_secs(3600);
/// The window in which unmatched requests of an address block are one row.
const UNMATCHED_WINDOW: Duration = Duration::from_secs(60);
/// The window in which failures of an endpoint are one row.
const FAILURE_WINDOW: Duration = Duration::from_secs(3600);

impl<P: Platform> Service<'_, P> {
    /// Records an event, and stores it for its receivers in objects of their shards: for the hook
    /// `onEvent`, and for each endpoint that gets it.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the event could not be stored in all places.
    pub async fn record_event(&self, event: &Event) -> Result<(), Outage> {
        self.platform.events().record(event).await?;
        self.notify(event).await
    }

    /// As [`Self::record_event`], of an event that others cause to be recorded again, unless it is.
    ///
    /// The receivers get it first, so a recorded event has reached them. In the other order, the
    /// repetition after a crash in between would find the event recorded, and no receiver would get
    /// it.
    ///
    /// # Errors
    ///
    /// As of [`Self::record_event`].
    pub(crate) async fn record_event_once(&self, event: &Event) -> Result<(), Outage> {
        if self.platform.events().is_recorded(&event.id).await? {
            return Ok(());
        }
        self.notify(event).await?;
        self.platform.events().record(event).await
    }

    /// Logs an event that could not be recorded, and stores it for the hook, if that is possible.
    pub(crate) async fn log_event(&self, event: &Event) {
        self.platform.events().log(event);
        let _only_logged = self.notify(event).await;
    }

    /// Records an event about the application itself, or logs it if that is not possible.
    pub(crate) async fn note(&self, action: Action, window: Duration, detail: String) {
        let event = self.window_event(action, window, "", detail);
        if self.record_event(&event).await == Err(Outage) {
            self.log_event(&event).await;
        }
    }

    /// Returns an event about the application itself. All events of a window about one subject have
    /// one id.
    pub(crate) fn window_event(
        &self,
        action: Action,
        window: Duration,
        subject: &str,
        detail: String,
    ) -> Event {
        let now = self.platform.clock().now();
        let window = now.seconds().checked_div(window.as_secs()).unwrap_or_default().to_be_bytes();
        Event {
            id: self.window_id(&[action.as_str().as_bytes(), subject.as_bytes(), &window]),
            at: now,
            action,
            application: self.application.id.clone(),
            account: None,
            address: None,
            detail: Some(detail),
        }
    }

    async fn notify(&self, event: &Event) -> Result<(), Outage> {
        let Self { application, platform } = self;
        let keys = &application.keys;
        let endpoints = application.webhooks.iter().filter(|endpoint| endpoint.wants(event.action));
        let receivers: Vec<Option<&str>> = platform
            .hooks()
            .receives_events()
            .then_some(None)
            .into_iter()
            .chain(endpoints.map(|endpoint| Some(endpoint.name.as_str())))
            .collect();
        let store = async |receiver: Option<&str>| match receiver {
            None => {
                let object = MailboxId::for_event(keys, &event.id);
                platform.mailboxes().notify(&object, event).await
            }
            Some(endpoint) => {
                let object = MailboxId::for_webhook(keys, endpoint, &event.id);
                let job = WebhookJob { endpoint: endpoint.to_owned(), event: event.clone() };
                platform.mailboxes().enqueue_webhook(&object, &job).await
            }
        };
        let stored = join_all(receivers.into_iter().map(store)).await;
        if stored.contains(&Err(Outage)) { Err(Outage) } else { Ok(()) }
    }

    /// Records the event of a request. Events that are counted get the id of their window, so that
    /// a flood of requests adds no rows: an unmatched request that of its minute and address block,
    /// a limited one that of its account and window, and an accepted one that of its account,
    /// identifier and window.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the event could not be stored. An accepted request is only logged then: its
    /// outcome has an event too, and must not wait for a count.
    pub(crate) async fn record_request(&self, event: &Event) -> Result<(), Outage> {
        let (window, subject) = match event.action {
            Action::RequestUnmatched => {
                let address = RecordedAddress::parse(event.address.as_deref().unwrap_or_default());
                (UNMATCHED_WINDOW, address.counted_as())
            }
            Action::RequestLimited | Action::RequestAccepted => {
                let account = event.account.as_ref().map(|account| account.0.clone());
                (self.application.limits.window, account.unwrap_or_default())
            }
            _ => return self.record_event(event).await,
        };
        let identifier = match (event.action, event.detail.as_deref()) {
            (Action::RequestAccepted, Some(detail)) => detail.split('/').next(),
            _ => None,
        };
        let window = event.at.seconds().checked_div(window.as_secs()).unwrap_or_default();
        let window = window.to_be_bytes();
        let mut parts = vec![event.action.as_str().as_bytes(), subject.as_bytes(), &window];
        parts.extend(identifier.map(str::as_bytes));
        let event = Event { id: self.window_id(&parts), ..event.clone() };
        match self.record_event(&event).await {
            Err(Outage) if event.action == Action::RequestAccepted => {
                self.log_event(&event).await;
                Ok(())
            }
            recorded => recorded,
        }
    }

    /// Returns the id that all events of one window share. The parts name the window.
    pub(super) fn window_id(&self, parts: &[&[u8]]) -> String {
        base64url(&digest(&self.application.id, "event window", parts))
    }

    /// Returns the event of an endpoint that did not get an event. It has the id of its hour.
    pub(crate) fn webhook_failed(&self, endpoint: &str, reason: WebhookFailure) -> Event {
        let detail = format!("{endpoint}: {}", reason.as_str());
        self.window_event(Action::WebhookFailed, FAILURE_WINDOW, endpoint, detail)
    }

    /// Deletes a batch of the events that are older than the application keeps them. Returns when
    /// to run again.
    pub async fn delete_old_events(&self) -> Moment {
        let Self { application, platform } = self;
        let now = platform.clock().now();
        let before = now.before(application.events_retention);
        now.after(match platform.events().delete_before(before, RETENTION_BATCH).await {
            Ok(deleted) if deleted >= RETENTION_BATCH => NEXT_BATCH,
            Ok(_) => NEXT_RUN,
            Err(Outage) => RETRY,
        })
    }
}
