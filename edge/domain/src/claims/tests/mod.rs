mod commit;
mod events;
mod replay;
mod stored;

use std::time::Duration;

use super::*;
use crate::values::account::{AccountId, Fingerprint, PasswordHash};
use crate::values::application_id::ApplicationId;
use crate::values::link::ChangeId;

const NOW: Moment = Moment::from_seconds(1_800_000_000);
const SECOND: Duration = Duration::from_secs(1);

/// The machine with permits 0 and 1, which were issued for the fingerprint "before" and expire in
/// an hour.
struct Fixture {
    application: ApplicationId,
    claims: Claims<ChangeId, FollowUp<ChangeId>>,
}

fn permit(number: u8) -> ChangeId {
    ChangeId::new(&[number; 32])
}

fn ada() -> AccountId {
    AccountId("3".to_owned())
}

fn fingerprint(text: &str) -> Fingerprint {
    serde_json::from_value(text.into()).unwrap()
}

fn expiry() -> Moment {
    NOW.after(Duration::from_secs(3600))
}

/// Returns the version that the write of a password produces.
fn version(password: &str) -> PasswordVersion {
    PasswordHash::from(password).version(&ApplicationId::default())
}

/// Returns a snapshot of the account with this password. Only "old" has the fingerprint "before".
fn snapshot(password: &str, read_began: Moment) -> AccountSnapshot {
    let now = if password == "old" { "before" } else { "after" };
    AccountSnapshot {
        read_began,
        version: Some(version(password)),
        fingerprint: Some(fingerprint(now)),
    }
}

impl Fixture {
    fn new() -> Self {
        let record =
            LinkRecord { account: ada(), fingerprint: fingerprint("before"), expires_at: expiry() };
        let mut claims = Claims::default();
        claims.permits.extend([0, 1].map(|number| Permit::new(permit(number), record.clone())));
        Self { application: ApplicationId::default(), claims }
    }

    /// Claims a permit for this password.
    fn claim(&mut self, number: u8, password: &str, now: Moment) -> ClaimOutcome {
        let commit = Commit {
            permit: permit(number),
            expected: fingerprint("before"),
            hash: PasswordHash::from(password),
            address: Some("192.0.2.1".to_owned()),
            recipient: None,
            unchecked: None,
            is_first: false,
        };
        self.claims.claim(&commit, &version(password), now)
    }

    fn record_write(&mut self, password: &str, now: Moment) {
        self.claims.record_write(&version(password), Step { application: &self.application, now });
    }

    fn reconcile_no_write(
        &mut self,
        number: u8,
        password: &str,
        snapshot: &AccountSnapshot,
    ) -> CommitOutcome {
        let step = Step { application: &self.application, now: snapshot.read_began };
        self.claims.reconcile_no_write(&permit(number), &version(password), snapshot, step)
    }

    fn reconcile(&mut self, number: u8, snapshot: &AccountSnapshot) {
        let step = Step { application: &self.application, now: snapshot.read_began };
        self.claims.reconcile(&permit(number), snapshot, step);
    }

    /// Returns the jobs by their kind, and events by their name.
    fn jobs(&self) -> Vec<&'static str> {
        self.claims
            .jobs()
            .map(|entry| match &entry.job {
                FollowUp::Settle { .. } => "settle",
                FollowUp::Notice(_) => "notice",
                FollowUp::Event(event) => event.action.as_str(),
            })
            .collect()
    }
}
