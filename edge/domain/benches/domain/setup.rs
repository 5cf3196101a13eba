//! The application, account and links of all benchmarks.

use relatch::LinkToken;
use relatch_domain::application::Application;
pub use relatch_domain::testing::application;
use relatch_domain::values::account::{Account, AccountId, PasswordHash, Role};
use relatch_domain::values::link::{Link, LinkRecord, Seed};
use relatch_domain::values::object_id::MailboxId;
use relatch_domain::values::time::Moment;

/// The time of every step.
pub const NOW: Moment = Moment::from_seconds(1_795_000_000);
/// The expiry of every link.
pub const EXPIRY: Moment = Moment::from_seconds(1_795_007_200);

pub fn account() -> Account {
    Account {
        id: AccountId("1".to_owned()),
        username: "peter".to_owned(),
        email: Some("peter@example.com".to_owned()),
        name: Some("Peter".to_owned()),
        password_hash: Some(PasswordHash::from(
            "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNo",
        )),
        role: Role::User,
        disabled: false,
        verified: true,
        locale: None,
    }
}

pub fn mailbox(application: &Application) -> MailboxId {
    MailboxId::new(&application.keys, "peter@example.com")
}

/// Returns the link with this number and its token.
pub fn link(application: &Application, number: u8) -> (Link, LinkToken) {
    let seed = Seed { key_id: application.keys.signing_key_id(), random: [number; 32] };
    Link::issue(&application.keys, &seed, &mailbox(application), EXPIRY)
        .unwrap_or_else(|| wrong_setup("the signing key does not exist"))
}

/// Returns the record of a link.
pub fn record(application: &Application) -> LinkRecord {
    let account = account();
    LinkRecord {
        fingerprint: account.fingerprint(&application.id),
        account: account.id,
        expires_at: EXPIRY,
    }
}

#[expect(clippy::panic, reason = "a benchmark with a wrong setup must not report a time")]
pub fn wrong_setup(why: &str) -> ! {
    panic!("the setup of the benchmark is wrong: {why}")
}
