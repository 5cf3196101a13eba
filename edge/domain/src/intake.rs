//! The intake: takes a request in one durable write, and works on it later, where no caller can see how long it takes.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::application::Application;
use crate::mail::custom_template::CustomTemplate;
use crate::outbox::Entry;
use crate::values::application_id::ApplicationId;
use crate::values::client::{ClientInfo, Continent};
use crate::values::identifier::Identifier;
use crate::values::keys::{Purpose, base64url};
use crate::values::time::Moment;

/// Intakes a continent. Enough that no single object is a bottleneck, few enough that all are warm.
const SHARDS_PER_CONTINENT: u8 = 32;

/// For how long a job waits to be asked for.
pub const HOLD_TTL: Duration = Duration::from_secs(3600);

/// Attempts at a request, after which it ends as an event.
pub const MOST_ATTEMPTS: u32 = 8;

/// One intake: chosen by the caller's continent and a keyed hash of what was typed, and by nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IntakeId(String);

impl IntakeId {
    /// The intake of this caller and identifier.
    #[must_use]
    pub fn choose(application: &Application, identifier: &Identifier, continent: Continent) -> Self {
        Self::from_shard(application, continent, Self::shard(application, identifier))
    }

    /// Which of a continent's intakes takes what was typed.
    pub(crate) fn shard(application: &Application, identifier: &Identifier) -> u8 {
        let [first, ..] = application.keys.sign(Purpose::Names, &[b"intake", identifier.canonical().as_bytes()]);
        first.checked_rem(SHARDS_PER_CONTINENT).unwrap_or_default()
    }

    /// A continent's intake of this number.
    pub(crate) fn from_shard(application: &Application, continent: Continent, number: u8) -> Self {
        Self(format!("{}/{}/{number}", application.id.as_str(), continent.as_str()))
    }

    /// The object's name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A request that was accepted: what somebody typed, and where from. Nothing has been looked up yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestJob {
    /// Whose account is meant.
    pub application: ApplicationId,
    /// Names the job wherever it goes.
    pub id: String,
    /// What was typed.
    pub identifier: Identifier,
    /// Where the request came from.
    pub address: Option<String>,
    /// When it was accepted.
    pub at: Moment,
    /// Whether what was typed may also be an account's id.
    pub or_by_id: bool,
    /// Kept until it is asked for, or for as long as [`HOLD_TTL`].
    pub held: bool,
    /// The mail's words, where somebody defined them.
    pub definition: Option<CustomTemplate>,
}

impl RequestJob {
    /// A job of this request. The seed names it.
    #[must_use]
    pub fn new(
        application: &Application,
        seed: &[u8; 32],
        identifier: Identifier,
        caller: &ClientInfo,
        at: Moment,
    ) -> Self {
        let [first @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = seed;
        let id = base64url(first);
        let application = application.id.clone();
        Self {
            application,
            id,
            identifier,
            address: caller.address_text(),
            at,
            or_by_id: false,
            held: false,
            definition: None,
        }
    }

    /// When it is worked on: the next whole second, so that when it was accepted within one cannot be told from when
    /// its mail arrives, and one alarm serves all of that second.
    #[must_use]
    pub fn due(&self) -> Moment {
        if self.held { self.at.after(HOLD_TTL) } else { due_at(self.at) }
    }
}

/// When a job that came now is worked on: on whole seconds.
#[must_use]
pub fn due_at(now: Moment) -> Moment {
    now.after(Duration::from_millis(1)).on_whole_second()
}

impl Entry<RequestJob> {
    /// Lets a job that was held be worked on, once. Tells whether it was held.
    pub fn release(&mut self, due: Moment) -> bool {
        let held = std::mem::replace(&mut self.job.held, false);
        if held {
            self.due = due;
        }
        held
    }
}

/// When the alarm of an object is next due: never later than one that is already set, for setting it replaces it.
#[must_use]
pub fn alarm_at(set: Option<Moment>, due: Moment) -> Moment {
    set.map_or(due, |set| set.min(due))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn the_intake_is_a_function_of_place_and_name_alone() {
        let application = testing::application();
        let choose = |typed: &str, place| IntakeId::choose(&application, &Identifier::parse(typed).unwrap(), place);
        assert_eq!(choose("peter", Continent::Europe), choose(" Peter ", Continent::Europe));
        assert_ne!(choose("peter", Continent::Europe), choose("peter", Continent::Asia));
        let used: std::collections::HashSet<_> =
            (0..1000).map(|number| choose(&format!("user{number}"), Continent::Europe)).collect();
        assert_eq!(used.len(), usize::from(SHARDS_PER_CONTINENT));
    }

    #[test]
    fn an_alarm_is_never_put_off() {
        let (early, late) = (Moment::from_seconds(1), Moment::from_seconds(2));
        assert_eq!(alarm_at(Some(early), late), early);
        assert_eq!(alarm_at(Some(late), early), early);
        assert_eq!(alarm_at(None, late), late);
    }
}
