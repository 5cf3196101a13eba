//! The intake: takes a request in one durable write, and works on it later, where no caller can see how long it takes.

use serde::{Deserialize, Serialize};

use super::caller::{Caller, Continent};
use super::config::{Application, ApplicationId};
use super::identifier::Identifier;
use super::keys::{Purpose, text};
use super::time::Moment;

/// Intakes a continent. Enough that no single object is a bottleneck, few enough that all are warm.
const INTAKES: u8 = 32;

/// Attempts at a request, after which it ends as an event.
pub const MOST_ATTEMPTS: u32 = 8;

/// One intake: chosen by the caller's continent and a keyed hash of what was typed, and by nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IntakeId(String);

impl IntakeId {
    /// The intake of this caller and identifier.
    #[must_use]
    pub fn choose(application: &Application, identifier: &Identifier, continent: Continent) -> Self {
        let [first, ..] = application.keys.newest_code(Purpose::Names, &[b"intake", identifier.canonical().as_bytes()]);
        let number = first.checked_rem(INTAKES).unwrap_or_default();
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
}

impl RequestJob {
    /// A job of this request. The seed names it.
    #[must_use]
    pub fn new(
        application: &Application,
        seed: &[u8; 32],
        identifier: Identifier,
        caller: &Caller,
        at: Moment,
    ) -> Self {
        let [first @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = seed;
        let id = text(first);
        let application = application.id.clone();
        Self { application, id, identifier, address: caller.address_text(), at }
    }

    /// When it is worked on: the next whole second, so that when it was accepted within one cannot be told from when
    /// its mail arrives, and one alarm serves all of that second.
    #[must_use]
    pub fn due(&self) -> Moment {
        self.at.after(std::time::Duration::from_millis(1)).on_whole_second()
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
    use crate::core::config::tests::parse;

    #[test]
    fn the_intake_is_a_function_of_place_and_name_alone() {
        let application = parse(&[]).unwrap();
        let choose = |typed: &str, place| IntakeId::choose(&application, &Identifier::parse(typed).unwrap(), place);
        assert_eq!(choose("peter", Continent::Europe), choose(" Peter ", Continent::Europe));
        assert_ne!(choose("peter", Continent::Europe), choose("peter", Continent::Asia));
        let used: std::collections::HashSet<_> =
            (0..1000).map(|number| choose(&format!("user{number}"), Continent::Europe)).collect();
        assert_eq!(used.len(), usize::from(INTAKES));
    }

    #[test]
    fn an_alarm_is_never_put_off() {
        let (early, late) = (Moment::from_seconds(1), Moment::from_seconds(2));
        assert_eq!(alarm_at(Some(early), late), early);
        assert_eq!(alarm_at(Some(late), early), early);
        assert_eq!(alarm_at(None, late), late);
    }
}
