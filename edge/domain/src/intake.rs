//! The intake: stores a request in one durable write and works on it later, when no caller can
//! measure it.

use std::time::Duration;

use relatch_languages::Language;
use serde::{Deserialize, Serialize};

use crate::application::Application;
use crate::mail::custom_template::CustomTemplate;
use crate::outbox::Entry;
use crate::values::application_id::ApplicationId;
use crate::values::client::Continent;
use crate::values::identifier::Identifier;
use crate::values::keys::{Purpose, base64url, first_half};
use crate::values::time::{Moment, RandomShare};

/// Intakes per continent: enough that no object is a bottleneck, few enough that all stay warm.
const SHARDS_PER_CONTINENT: u8 = 32;

/// The time for which a two-step request waits for its release.
pub const HOLD_TTL: Duration = Duration::from_secs(3600);

/// The number of attempts at a request before it ends as an event.
pub const MAX_ATTEMPTS: u32 = 8;

/// The name of one intake object. It depends only on the continent of the client and on a keyed
/// hash of the identifier.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IntakeId(String);

impl IntakeId {
    /// Returns the intake for a client and an identifier.
    #[must_use]
    pub fn choose(
        application: &Application,
        identifier: &Identifier,
        continent: Continent,
    ) -> Self {
        Self::from_shard(application, continent, Self::shard(application, identifier))
    }

    /// Returns every intake that may have a request for an identifier: in each continent, under
    /// each key of the ring. After a key rotation, a held request is still in the earlier intake.
    pub(crate) fn all_of(
        application: &Application,
        identifier: &Identifier,
    ) -> impl Iterator<Item = Self> {
        let keys = &application.keys;
        let shards: Vec<u8> = keys
            .ids()
            .filter_map(|key_id| keys.mac(key_id, Purpose::Names, &Self::fields(identifier)))
            .map(|mac| Self::shard_of(&mac))
            .collect();
        // Each once. A set would be collected by a sort, whose code is larger.
        (0..SHARDS_PER_CONTINENT).filter(move |shard| shards.contains(shard)).flat_map(|shard| {
            Continent::ALL.map(|continent| Self::from_shard(application, continent, shard))
        })
    }

    /// Returns the shard of an identifier within a continent.
    pub(crate) fn shard(application: &Application, identifier: &Identifier) -> u8 {
        Self::shard_of(&application.keys.sign(Purpose::Names, &Self::fields(identifier)))
    }

    fn fields(identifier: &Identifier) -> [&[u8]; 2] {
        [b"intake", identifier.canonical().as_bytes()]
    }

    fn shard_of([first, ..]: &[u8; 32]) -> u8 {
        first.checked_rem(SHARDS_PER_CONTINENT).unwrap_or_default()
    }

    /// Returns an intake by its continent and shard.
    pub(crate) fn from_shard(application: &Application, continent: Continent, number: u8) -> Self {
        Self(format!("{}/{}/{number}", application.id.as_str(), continent.as_str()))
    }

    /// Returns the object's name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An accepted request. Nothing has been looked up yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestJob {
    /// The application.
    pub application: ApplicationId,
    /// The id of the job, everywhere.
    pub id: String,
    /// The identifier.
    pub identifier: Identifier,
    /// The address of the client.
    pub address: Option<String>,
    /// When it was accepted.
    pub at: Moment,
    /// Whether the identifier may also be an account id.
    pub or_by_id: bool,
    /// Whether the job waits for its release, at most [`HOLD_TTL`].
    pub held: bool,
    /// The texts or the language that the request asks for.
    pub texts: RequestedTexts,
}

/// The texts or the language that a request asks for in its mail. The first two variants are stored like an
/// optional template.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RequestedTexts {
    /// Nothing.
    #[default]
    Unset,
    /// The template of a server caller.
    Template(CustomTemplate),
    /// The tag of the language that the visitor reads.
    Language(String),
}

impl RequestedTexts {
    /// Returns what a request says that may have a template and a language. The template takes
    /// precedence.
    #[must_use]
    pub fn new(template: Option<CustomTemplate>, language: Option<Language>) -> Self {
        match (template, language) {
            (Some(template), _) => Self::Template(template),
            (None, Some(language)) => Self::Language(language.tag().to_owned()),
            (None, None) => Self::Unset,
        }
    }
}

impl RequestJob {
    /// Creates the job of a request of an unknown client. The seed gives its id.
    #[must_use]
    pub fn new(
        application: &Application,
        seed: &[u8; 32],
        identifier: Identifier,
        at: Moment,
    ) -> Self {
        let id = base64url(&first_half(*seed));
        let application = application.id.clone();
        Self {
            application,
            id,
            identifier,
            address: None,
            at,
            or_by_id: false,
            held: false,
            texts: RequestedTexts::Unset,
        }
    }

    /// Returns the time at which the job is due: after a delay of the application that is drawn for
    /// this job, or, if it is held, when its hold ends.
    #[must_use]
    pub fn due(&self, application: &Application, share: RandomShare) -> Moment {
        if self.held {
            self.at.after(HOLD_TTL)
        } else {
            application.request_delay.draw(self.at, share)
        }
    }
}

impl Entry<RequestJob> {
    /// Releases a job that was held, once. Returns whether it was held.
    pub fn release(&mut self, due: Moment) -> bool {
        let held = std::mem::replace(&mut self.job.held, false);
        if held {
            self.due = due;
        }
        held
    }
}

/// Returns the alarm to set: never later than the alarm that is set, because setting one replaces
/// it.
#[must_use]
pub fn alarm_at(set: Option<Moment>, due: Moment) -> Moment {
    set.map_or(due, |set| set.min(due))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use crate::values::time::RequestDelay;

    #[test]
    fn the_intake_depends_only_on_continent_and_identifier() {
        let application = testing::application();
        let choose = |typed: &str, place| {
            IntakeId::choose(&application, &Identifier::parse(typed).unwrap(), place)
        };
        assert_eq!(choose("peter", Continent::Europe), choose(" Peter ", Continent::Europe));
        assert_ne!(choose("peter", Continent::Europe), choose("peter", Continent::Asia));
        let used: std::collections::HashSet<_> =
            (0..1000).map(|number| choose(&format!("user{number}"), Continent::Europe)).collect();
        assert_eq!(used.len(), usize::from(SHARDS_PER_CONTINENT));
    }

    #[test]
    fn a_request_from_before_a_key_rotation_is_among_those_to_erase() {
        let before = testing::application();
        let keys = testing::keyring(testing::ROTATED_KEYS);
        let after = Application { keys, ..testing::application() };
        for number in 0..50 {
            let identifier = Identifier::parse(&format!("user{number}")).unwrap();
            let intakes: Vec<_> = IntakeId::all_of(&after, &identifier).collect();
            for application in [&before, &after] {
                let intake = IntakeId::choose(application, &identifier, Continent::Europe);
                assert!(intakes.contains(&intake), "{number}");
            }
        }
    }

    #[test]
    fn each_job_is_due_after_its_own_random_delay() {
        let application = Application {
            request_delay: RequestDelay {
                shortest: Duration::from_secs(1),
                longest: Duration::from_secs(5),
            },
            ..testing::application()
        };
        let at = Moment::from_millis(1_795_176_000_250);
        let identifier = Identifier::parse("peter").unwrap();
        let job = RequestJob::new(&application, &[5; 32], identifier, at);
        let delay = |share| job.due(&application, share).since(at).as_millis();
        assert_eq!(
            [0, 0x4000, u16::MAX].map(RandomShare::from_bits).map(delay),
            [1000, 2000, 4999]
        );
        let held = RequestJob { held: true, ..job };
        assert_eq!(held.due(&application, RandomShare::HALF), at.after(HOLD_TTL));
    }

    #[test]
    fn an_alarm_is_never_delayed() {
        let (early, late) = (Moment::from_seconds(1), Moment::from_seconds(2));
        assert_eq!(alarm_at(Some(early), late), early);
        assert_eq!(alarm_at(Some(late), early), early);
        assert_eq!(alarm_at(None, late), late);
    }
}
