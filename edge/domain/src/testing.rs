//! A ready-made application and account for tests and benches.

#![expect(clippy::expect_used, reason = "a fixture that cannot be made must fail its test")]

use std::time::Duration;

use relatch::PasswordRules;
use relatch_languages::Language;

use crate::application::{Application, Links, MailSettings, MailboxLimits, SharedMailbox};
use crate::brand::Brand;
use crate::hashing::{HashCost, HashFormat};
use crate::values::account::{Account, AccountId, PasswordHash, Role};
use crate::values::application_id::ApplicationId;
use crate::values::keys::Keyring;
use crate::values::mail_address::MailAddress;
use crate::values::server_key::ServerKeys;
use crate::values::time::RequestDelay;

/// The key of [`application`].
pub const KEYS: &str = "7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// The keys after a rotation: a newer one, and that of [`KEYS`].
pub const ROTATED_KEYS: &str =
    "8:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=,7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Returns an account that can reset its password.
#[must_use]
pub fn ada() -> Account {
    Account {
        id: AccountId("3".to_owned()),
        username: "ada".to_owned(),
        email: Some("Ada@Example.com".to_owned()),
        name: Some("Ada Lovelace".to_owned()),
        password_hash: Some(PasswordHash::from("$argon2id$one")),
        role: Role::User,
        disabled: false,
        verified: true,
        locale: None,
    }
}

/// Returns the default application at `https://accounts.example.com`, with the defaults of the
/// configuration.
#[must_use]
pub fn application() -> Application {
    let id = ApplicationId::default();
    let origin = "https://accounts.example.com".to_owned();
    Application {
        name: "Relatch".to_owned(),
        brand: Brand::default(),
        language: Language::ENGLISH,
        keys: keyring(KEYS),
        server_keys: ServerKeys::default(),
        public_url: origin.clone(),
        mount: String::new(),
        base_path: String::new(),
        operator_page: false,
        gallery: false,
        dialects: Vec::new(),
        own_origin: origin.clone(),
        login_url: None,
        links: Links {
            template: format!("{origin}/password/reset?token={{token}}"),
            lifetime: Duration::from_secs(7200),
        },
        request_delay: RequestDelay {
            shortest: Duration::from_secs(1),
            longest: Duration::from_secs(5),
        },
        limits: MailboxLimits {
            interval: Duration::from_secs(60),
            per_window: 3,
            window: Duration::from_secs(1800),
            per_day: 10,
        },
        brake: None,
        passwords: PasswordRules {
            min_length: 15,
            max_length: 128,
            max_bytes: None,
            application_name: None,
        },
        breaches: None,
        captcha: None,
        hashing: HashFormat::Argon2id(HashCost {
            memory_kib: 19_456,
            iterations: 2,
            parallelism: 1,
        }),
        mail: MailSettings {
            from: mail_address("Example <noreply@example.com>"),
            senders: Vec::new(),
            reply_to: None,
            reset: None,
            notice: None,
            contact: "support@example.com".to_owned(),
        },
        origins: vec![origin],
        session_cookie: None,
        events_retention: Duration::from_secs(90 * 24 * 3600),
        reset_enabled: true,
        requires_verified: false,
        webhooks: Vec::new(),
        admins_may_reset: false,
        shared_mailbox: SharedMailbox::Ambiguous,
        id,
    }
}

/// Parses the keys of the default application.
///
/// # Panics
///
/// If they are invalid.
#[must_use]
pub fn keyring(keys: &str) -> Keyring {
    Keyring::parse(&ApplicationId::default(), keys).expect("the keys are valid")
}

/// Parses a sender.
///
/// # Panics
///
/// If it is invalid.
#[must_use]
pub fn mail_address(text: &str) -> MailAddress {
    MailAddress::parse(text).expect("the address is valid")
}
