//! Pins the bytes of every stored value, and every name and code that is derived from a key.
//!
//! Values are stored as postcard, which writes fields and variants by position. Types and fields
//! may be renamed and moved. A reordered field makes stored values unreadable, and a different
//! derivation invalidates every link that was sent.

use std::rc::Rc;

use serde::Serialize;

use crate::application::Application;
use crate::events::{Action, Event};
use crate::intake::{IntakeId, RequestJob, RequestedTexts};
use crate::mail::custom_template::CustomTemplate;
use crate::mail::template_input::{self, MailTemplateInput};
use crate::outbox::Entry;
use crate::values::account::{Account, AccountId, Role};
use crate::values::client::{ClientInfo, Continent};
use crate::values::identifier::Identifier;
use crate::values::keys::Purpose;
use crate::values::link::{ChangeId, Link, LinkRecord, Seed};
use crate::values::object_id::{MailboxId, PasswordChangeId};
use crate::values::time::Moment;

/// Returns the postcard bytes of a value in hexadecimal.
pub(super) fn hex(value: &impl Serialize) -> String {
    crate::values::keys::hex(&postcard::to_allocvec(value).unwrap())
}

pub(super) const SEED: Seed = Seed { key_id: 7, random: [5; 32] };
pub(super) const NOON: Moment = Moment::from_seconds(1_795_176_000);
pub(super) const EXPIRY: Moment = Moment::from_seconds(1_800_000_000);

pub(super) fn account() -> Account {
    Account {
        id: AccountId("17".to_owned()),
        username: "peter".to_owned(),
        email: Some("Peter@Example.com".to_owned()),
        name: Some("Peter".to_owned()),
        password_hash: Some("$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g".into()),
        role: Role::User,
        disabled: false,
        verified: true,
        locale: None,
    }
}

/// Returns the default application. Its only key has the id 7 and the bytes 0 to 31.
pub(super) fn application() -> Application {
    crate::testing::application()
}

pub(super) fn link() -> (Link, String) {
    let application = application();
    let mailbox = MailboxId::new(&application.keys, "peter@example.com");
    let (link, token) = Link::issue(&application.keys, &SEED, &mailbox, EXPIRY).unwrap();
    (link, token.expose().to_owned())
}

pub(super) fn record() -> LinkRecord {
    let fingerprint = account().fingerprint(&application().id);
    LinkRecord { account: AccountId("17".to_owned()), fingerprint, expires_at: EXPIRY }
}

/// Returns a custom template with every optional field set.
pub(super) fn definition() -> CustomTemplate {
    let sent = MailTemplateInput {
        subject: Some("Hello"),
        body: "<b>${hash}</b>",
        from: Some("noreply@example.com"),
        reply_to: None,
    };
    template_input::parse(&application(), &sent, |html| Ok::<_, ()>(html.to_owned()))
        .unwrap()
        .unwrap()
}

pub(super) fn event() -> Event {
    Event {
        id: "event id".to_owned(),
        at: NOON,
        action: Action::LinkFailed,
        application: application().id,
        account: Some(AccountId("17".to_owned())),
        address: Some("192.0.2.1".to_owned()),
        detail: Some("account_gone".to_owned()),
    }
}

#[test]
fn a_token_and_the_names_of_its_link_are_fixed() {
    let (link, token) = link();
    assert_eq!(
        token,
        "AQcAa0nSAESsOT7b_OwxOcick1Loo9gYWT01ertE5Xr4Dd6hfYCJPyIAJv0V__H0Dx7jZSn1hTJ610C1cBff\
         IRtVaH_Zmkk"
    );
    assert_eq!(link.id.as_str(), "iKYXxPn5ffvU-F6GDzBkMvkcOAEaQYRmmti-YTe_qSM");
    assert_eq!(link.mailbox.to_string(), "RKw5Ptv87DE5yJyTUuij2A");
    assert_eq!(ChangeId::new(&[5; 32]).as_str(), "BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU");
}

#[test]
fn subkeys_and_message_ids_are_fixed() {
    let keys = application().keys;
    let code = |purpose| hex(&keys.mac(7, purpose, &[b"a", b"bc"]).unwrap());
    assert_eq!(
        code(Purpose::Link),
        "0d094731951d77a4ef2a24144e1042bd9afdc26b50dd4b41a12de929e09880ff"
    );
    assert_eq!(
        code(Purpose::Nonce),
        "c499c82ce8bb479b3623733fc704d7de95877a9c3e85e4660b3b8f75ac1dbc05"
    );
    assert_eq!(
        code(Purpose::Names),
        "30d80493523a7226a2294631ed03f87038e12272e8d8f342bdab698981fb2874"
    );
    assert_eq!(
        code(Purpose::Cookie),
        "4f4443e7823fc9d895f106ea3a716ab87de78dda238e6b7fa2b18a94c5ef894a"
    );
    assert_eq!(hex(&SEED.derive(&keys, "link").unwrap()), "18593d357abb44e57af80ddea17d8089");
    assert_eq!(hex(&SEED.derive(&keys, "message").unwrap()), "c2e449864cb48b4176abda3d1c8fc8d5");
}

#[test]
fn the_names_of_objects_are_fixed() {
    let application = application();
    assert_eq!(
        PasswordChangeId::new(&application.keys, &account().id).to_string(),
        "d1smD2K6jB1ZtUwFoZcLKw"
    );
    let identifier = Identifier::parse(" Peter@Example.com ").unwrap();
    let names =
        Continent::ALL.map(|continent| IntakeId::choose(&application, &identifier, continent));
    let names: Vec<&str> = names.iter().map(IntakeId::as_str).collect();
    assert_eq!(
        names,
        [
            "default/africa/1",
            "default/elsewhere/1",
            "default/asia/1",
            "default/europe/1",
            "default/north-america/1",
            "default/oceania/1",
            "default/south-america/1"
        ]
    );
}

#[test]
fn a_fingerprint_depends_on_what_it_should_and_is_fixed() {
    let id = application().id;
    let of = |account: &Account| text(&account.fingerprint(&id));
    assert_eq!(
        text(&account().version(&id).unwrap()),
        "rQY4ytjJ5ArEC9Pt5GPUqYquGO9bukVBR48wWmuCr5s"
    );
    assert_eq!(of(&account()), "LuxG_dGW1qYUgSW8TWwTc3wPHSqoqsnH2rmHVhLqW64");
    assert_eq!(
        of(&Account { disabled: true, ..account() }),
        "0vB4FxbqqZCCPuwJQeg22F_wAkPBszOCckzPrlT63I4"
    );
    assert_eq!(
        of(&Account { role: Role::Admin, ..account() }),
        "mx0w9wLTtG1Jqm5Pt4R60CsNn-GG4oSF5quKIsf64w0"
    );
    assert_eq!(
        of(&Account { role: Role::Machine, ..account() }),
        "VcVuWAXanVp1Em-EIdE8DGFV3mtGmXtFV9lvpaq7ZB0"
    );
    assert_eq!(
        of(&Account { email: None, ..account() }),
        "8ONi71daTfug-qAokB-a1OCBuziy7aaiyb2UOcdhjDw"
    );
    assert_eq!(
        of(&Account { password_hash: None, ..account() }),
        "aDv0RQ31cPta3Gt2itwK1NYeh5MVFl4Qb7bFRS0-_68"
    );
    assert_eq!(
        of(&Account { username: "other".to_owned(), name: None, ..account() }),
        of(&account())
    );
}

fn text(value: &impl Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

#[test]
fn the_bytes_of_a_link_record_are_fixed() {
    assert_eq!(
        hex(&record()),
        "0231372b4c7578475f644757317159556753573854577754633377504853716f71736e4832726d485668\
         4c7157363480a0f1c2b134"
    );
}

#[test]
fn the_bytes_of_an_intakes_jobs_are_fixed() {
    let application = application();
    let client = |address: &str| ClientInfo {
        address: address.parse().ok(),
        continent: Rc::new(|| Continent::Europe),
        reporter: None,
    };
    let (caller, unknown) = (client("192.0.2.1"), client(""));
    let new = |identifier, caller: &ClientInfo| {
        let job = RequestJob::new(&application, &[5; 32], identifier, NOON);
        RequestJob { address: caller.address_text(), ..job }
    };
    let job = |typed: &str, caller| new(Identifier::parse(typed).unwrap(), caller);
    let email = Identifier::parse_email("Peter@Example.com").unwrap();
    let entry =
        |job: RequestJob| Entry { id: job.id.clone(), job, attempts: 3, added: NOON, due: EXPIRY };
    assert_eq!(
        hex(&entry(new(email, &caller))),
        "16425155464251554642515546425155464251554642510764656661756c741642515546425155464251\
         55464251554642515546425100115065746572404578616d706c652e636f6d117065746572406578616d\
         706c652e636f6d01093139322e302e322e3180d4cfc69f340000000380d4cfc69f3480a0f1c2b134"
    );
    assert_eq!(
        hex(&entry(job("Peter", &unknown))),
        "16425155464251554642515546425155464251554642510764656661756c741642515546425155464251\
         554642515546425155464251010550657465720570657465720080d4cfc69f340000000380d4cfc69f34\
         80a0f1c2b134"
    );
    // The address of a visitor whom a server names is one text, as that of a caller.
    let visitor = caller.visitor([203, 0, 113, 7].into(), "shop".to_owned());
    assert_eq!(
        job("17", &visitor).address.as_deref(),
        Some("203.0.113.7 reported by shop at 192.0.2.1")
    );
    let held = RequestJob { or_by_id: true, ..job("17", &caller) };
    assert_eq!(
        hex(&entry(held.clone())),
        "16425155464251554642515546425155464251554642510764656661756c741642515546425155464251\
         5546425155464251554642510102313702313701093139322e302e322e3180d4cfc69f340100000380d4\
         cfc69f3480a0f1c2b134"
    );
    let held = RequestJob { held: true, texts: RequestedTexts::Template(definition()), ..held };
    assert_eq!(
        hex(&entry(held.clone())),
        "16425155464251554642515546425155464251554642510764656661756c741642515546425155464251\
         5546425155464251554642510102313702313701093139322e302e322e3180d4cfc69f34010101010548\
         656c6c6f0e3c623e247b686173687d3c2f623e01074578616d706c65136e6f7265706c79406578616d70\
         6c652e636f6d0380d4cfc69f3480a0f1c2b134"
    );
    let texts = RequestedTexts::Language("zh-Hans".to_owned());
    let bytes = hex(&entry(RequestJob { texts, ..held }));
    assert!(bytes.ends_with("0102077a682d48616e730380d4cfc69f3480a0f1c2b134"), "{bytes}");
}

#[test]
fn the_bytes_of_an_event_are_fixed() {
    assert_eq!(
        hex(&event()),
        "086576656e7420696480d4cfc69f34060764656661756c740102313701093139322e302e322e31010c61\
         63636f756e745f676f6e65"
    );
    assert_eq!(
        hex(&Event { account: None, address: None, detail: None, ..event() }),
        "086576656e7420696480d4cfc69f34060764656661756c74000000"
    );
    assert_eq!(
        (event().at.rfc3339().as_str(), event().account_for_log().as_deref()),
        ("2026-11-20T12:00:00Z", Some("17"))
    );
}

#[test]
fn events_are_stored_by_position_and_their_names_are_fixed() {
    let names = (0_u8..)
        .map_while(|place| postcard::from_bytes::<Action>(&[place]).ok())
        .map(Action::as_str);
    assert_eq!(
        names.collect::<Vec<_>>(),
        [
            "request_unmatched",
            "request_refused",
            "request_limited",
            "request_ambiguous",
            "request_failed",
            "link_sent",
            "link_failed",
            "ambiguous_sent",
            "ambiguous_failed",
            "password_reset",
            "reset_outcome_unknown",
            "notice_sent",
            "notice_failed",
            "server_reset",
            "server_status",
            "server_revoke",
            "server_events",
            "server_erase",
            "call_refused",
            "password_changed",
            "change_outcome_unknown",
            "server_mail",
            "request_overflow",
            "change_refused",
            "change_limited",
            "confirm_refused",
            "object_ended",
            "events_dropped",
            "render_refused",
            "server_stats",
            "server_outbox",
            "server_retry",
            "server_sign_in",
            "request_accepted",
            "mail_deferred",
            "link_checked",
            "sessions_revoked",
            "webhook_failed",
            "mail_bounced",
            "breach_check_failed",
            "mails_delayed",
            "server_invite",
            "invite_sent",
            "invite_failed",
            "password_created",
            "brake_failed",
            "page_texts_refused",
        ]
    );
}
