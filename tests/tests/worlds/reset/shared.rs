//! Mailboxes that several accounts share: the mail with a link for each, and the one that asks for
//! the user name.

use std::future::ready;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use relatch_domain::mail::failure::MailFailure;
use relatch_memory::Fault;
use relatch_tests::flow;
use relatch_tests::in_process::SERVER_KEY;
use relatch_tests::mail::Mail;
use relatch_tests::person::Person;
use relatch_tests::response::Response;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::workerd::Workerd;
use relatch_tests::world::{AccountChange, World, in_memory, request};
use serde_json::{Value, json};

use crate::support::{MINUTE, NEW, OTHER, assert_code, count_events};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![(
        "accounts that no user name tells apart get a link each in one mail",
        flow!(not_told_apart),
    )]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: accounts without user names get a link each in one mail", async || {
            without_user_names(&in_memory(&WITHOUT_USER_NAMES).0).await;
        }),
        trial("workerd: accounts without user names get a link each in one mail", async || {
            let workerd = Arc::new(Workerd::start(&WITHOUT_USER_NAMES));
            without_user_names(&World::Workerd(workerd)).await;
        }),
        trial("in process: `SHARED_MAILBOX` `links` mails links beside the user names", labels),
        trial(
            "in process: a mail has at most five links, and a further request mails the others",
            at_most_five,
        ),
        trial(
            "in process: accounts that are registered again push no other out of the mails",
            registered_again,
        ),
        trial("in process: each spelling of an address gets a mail with its own links", spellings),
        trial("in process: an address without SMTPUTF8 stops no mail of others", unsupported),
        trial(
            "in process: an account that is left out has an event, and the others get the mail",
            left_out,
        ),
        trial("in process: attempts at a mail with several links are the same bytes", same_bytes),
        trial(
            "in process: a mail with several links ignores the configured template",
            configured_template,
        ),
    ]
}

/// Statements over the tables of the tests that leave the user names out.
const WITHOUT_USER_NAMES: [(&str, &str); 6] = [
    ("REQUEST_INTERVAL_SECONDS", "0"),
    (
        "DIRECTORY_FIND_BY_EMAIL",
        "SELECT id, NULL AS username, email, name, password_hash, role, disabled FROM users \
         WHERE lower(email) IN (?1, lower(?2)) ORDER BY id",
    ),
    ("DIRECTORY_FIND_BY_USERNAME", "none"),
    (
        "DIRECTORY_ACCOUNT",
        "SELECT id, NULL AS username, email, name, password_hash, role, disabled FROM users \
         WHERE id = ?1",
    ),
    (
        "DIRECTORY_SET_PASSWORD",
        "UPDATE users SET password_hash = ?1 WHERE id = ?2 AND email IS ?3 AND disabled IS ?4 \
         AND role IS ?5 AND password_hash IS ?6 AND unixepoch('now', 'subsec') * 1000 < ?7 \
         RETURNING id",
    ),
    (
        "DIRECTORY_REVOKE_SESSIONS",
        "DELETE FROM sessions WHERE user_id = ?1 \
         AND EXISTS (SELECT 1 FROM users WHERE id = ?1 AND password_hash = ?2)",
    ),
];

/// Adds so many accounts with one address.
async fn sharing(world: &World, count: usize) -> Vec<Person> {
    let first = world.new_person().await;
    let mut people = vec![first.clone()];
    while people.len() < count {
        let person = Person { email: first.email.clone(), ..Person::new() };
        world.add(&person).await;
        people.push(person);
    }
    people
}

async fn server(world: &World, path: &str, body: &Value) -> Response {
    let mut call = request("POST", path, &body.to_string());
    call.headers_mut().insert("authorization", format!("Bearer {SERVER_KEY}").parse().unwrap());
    world.send(call).await
}

/// Asserts that the links of a mail set one password of each person, and no other.
async fn assert_sets(world: &World, mail: &Mail, people: &[Person]) {
    let tokens = mail.tokens();
    assert_eq!(tokens.len(), people.len(), "{}", mail.text);
    assert!(tokens.iter().all(|token| mail.html.contains(token.as_str())), "{}", mail.html);
    let passwords: Vec<String> =
        (0..tokens.len()).map(|number| format!("passphrase of link {number}")).collect();
    for (token, password) in tokens.iter().zip(&passwords) {
        assert_eq!(world.check(token).await.status, 200);
        assert_eq!(world.confirm(token, password).await.status, 200);
        assert_code(&world.confirm(token, OTHER).await, 410, "link_used");
    }
    let mut set: Vec<&String> = Vec::new();
    for person in people {
        for password in &passwords {
            if world.has_password(person, password).await {
                set.push(password);
            }
        }
    }
    set.sort();
    assert_eq!(set, passwords.iter().collect::<Vec<_>>(), "one for each account");
}

async fn without_user_names(world: &World) {
    for field in ["email", "identifier"] {
        let people = sharing(world, 2).await;
        let address = people[0].address();
        let body = json!({ field: address.to_uppercase() });
        assert_eq!(world.request_reset(body).await.status, 200);
        let mail = world.wait_for_mail(address, 1).await;
        assert_eq!(mail.recipients, [address]);
        assert_sets(world, &mail, &people).await;
        // The links, and a notice for each account.
        let _notices = world.wait_for_mail(address, 3).await;
        for person in &people {
            world.wait_for_event(person, "password_reset").await;
            assert_eq!(count_events(world, person, "link_sent").await, 1);
        }
    }
    // A server's status and reset are what a request does.
    let people = sharing(world, 2).await;
    let body = json!({ "email": people[0].address() });
    let status = server(world, "/server/status", &body).await;
    assert_eq!(status.json(), json!({ "enabled": true }), "{status:?}");
    assert_eq!(server(world, "/server/reset", &body).await.status, 202);
    let mail = world.wait_for_mail(people[0].address(), 1).await;
    // Revoking one account's link leaves the other.
    let revoked = json!({ "account": people[0].id.to_string() });
    assert_eq!(server(world, "/server/links/revoke", &revoked).await.status, 200);
    let mut working = 0;
    for token in mail.tokens() {
        working += usize::from(world.check(&token).await.status == 200);
    }
    assert_eq!((mail.tokens().len(), working), (2, 1));
}

async fn not_told_apart(world: &World) {
    // The user name of one account is the address, so that no request can name it alone.
    let one = Person::new();
    let one = Person { username: one.address().to_owned(), ..one };
    let two = Person { email: one.email.clone(), ..Person::new() };
    world.add(&one).await;
    world.add(&two).await;
    assert_eq!(world.request_reset(json!({ "identifier": one.username })).await.status, 200);
    let mail = world.wait_for_mail(one.address(), 1).await;
    assert_sets(world, &mail, &[one, two]).await;
}

async fn labels() {
    let (world, _memory) = in_memory(&[("SHARED_MAILBOX", "links")]);
    let one = world.new_person().await;
    let link = "free-money.example";
    let email = one.email.clone();
    let two = Person { username: link.to_owned(), email: email.clone(), ..Person::new() };
    let named = Some("Ada <b>Lovelace</b>".to_owned());
    let three = Person { username: "a@b.example".to_owned(), email, name: named, ..Person::new() };
    world.add(&two).await;
    world.add(&three).await;
    world.request_reset(json!({ "email": one.address() })).await;
    let mail = world.wait_for_mail(one.address(), 1).await;
    for words in [&one.username, "Account 2", "Account 3", "works once, for 2 hours"] {
        assert!(mail.text.contains(words) && mail.html.contains(words), "{words}: {}", mail.text);
    }
    assert!(!mail.source.contains(link) && !mail.html.contains("<b>"), "{}", mail.html);
    assert!(!mail.text.contains("another email"), "every account is listed");
    assert_sets(&world, &mail, &[one, two, three]).await;
}

async fn at_most_five() {
    let (world, memory) = in_memory(&[("SHARED_MAILBOX", "links"), ("REQUESTS_PER_DAY", "1")]);
    let people = sharing(&world, 7).await;
    let address = people[0].address();
    let mut all = Vec::new();
    for (place, expected) in [5, 2].into_iter().enumerate() {
        world.request_reset(json!({ "email": address })).await;
        let mail = world.wait_for_mail(address, place + 1).await;
        assert_eq!(mail.tokens().len(), expected);
        assert!(mail.text.contains("another email"), "{}", mail.text);
        all.extend(mail.tokens());
        memory.advance(2 * MINUTE).await;
    }
    for token in &all {
        assert_eq!(world.check(token).await.status, 200);
    }
    world.request_reset(json!({ "email": address })).await;
    memory.advance(MINUTE).await;
    assert_eq!(world.mails_to(address).await.len(), 2, "every account has a usable link");
}

async fn registered_again() {
    let (world, memory) = in_memory(&WITHOUT_USER_NAMES);
    let owner = world.new_person().await;
    for round in 0..4 {
        let mut strangers = Vec::new();
        for _ in 0..5 {
            let stranger = Person { email: owner.email.clone(), ..Person::new() };
            world.add(&stranger).await;
            strangers.push(stranger);
        }
        world.request_reset(json!({ "email": owner.address() })).await;
        memory.advance(MINUTE).await;
        let mails = world.mails_to(owner.address()).await;
        let mail = mails.iter().rev().find(|mail| mail.has_link()).unwrap();
        let password = format!("passphrase of round {round}");
        for token in mail.tokens() {
            assert_eq!(world.confirm(&token, &password).await.status, 200);
        }
        assert!(world.has_password(&owner, &password).await, "{round}");
        for stranger in &strangers {
            let elsewhere = format!("elsewhere{}@mail.example", stranger.id);
            world.update_account(stranger, AccountChange::Email(&elsewhere)).await;
        }
        memory.advance(MINUTE).await;
    }
}

async fn spellings() {
    let (world, _memory) = in_memory(&WITHOUT_USER_NAMES);
    let people = sharing(&world, 2).await;
    let capitals = people[0].address().replace("person", "Person");
    let other = Person { email: Some(capitals.clone()), ..Person::new() };
    world.add(&other).await;
    world.request_reset(json!({ "email": people[0].address() })).await;
    let _both = world.wait_for_mail(&capitals, 2).await;
    let mails = world.mails_to(&capitals).await;
    let to = |address: &str| mails.iter().find(|mail| mail.recipients == [address]).unwrap();
    assert_sets(&world, to(people[0].address()), &people).await;
    assert_sets(&world, to(&capitals), &[other]).await;
}

async fn unsupported() {
    for changes in [&WITHOUT_USER_NAMES[..], &[]] {
        let (world, _memory) = in_memory(changes);
        // Full-width letters are the same in the canonical form.
        let stranger = Person::new();
        let wide = format!("\u{ff50}erson{}@mail.example", stranger.id + 1);
        let stranger = Person { email: Some(wide), ..stranger };
        let owner = Person::new();
        world.add(&stranger).await;
        world.add(&owner).await;
        let typed = stranger.address();
        assert_eq!(typed.replace('\u{ff50}', "p"), owner.address());
        assert_eq!(world.request_reset(json!({ "identifier": typed })).await.status, 200);
        let token = world.wait_for_mail(owner.address(), 1).await.token();
        assert_eq!(world.confirm(&token, NEW).await.status, 200);
        assert!(world.has_password(&owner, NEW).await);
    }
}

async fn left_out() {
    let (world, memory) = in_memory(&WITHOUT_USER_NAMES);
    let people = sharing(&world, 4).await;
    memory.fail_mail(Some(MailFailure::ConnectTimeout));
    world.request_reset(json!({ "email": people[0].address() })).await;
    memory.advance(Duration::from_secs(1)).await;
    world.update_account(&people[1], AccountChange::Disabled(true)).await;
    world.update_account(&people[2], AccountChange::Email("elsewhere@mail.example")).await;
    world.update_account(&people[3], AccountChange::Password(OTHER)).await;
    memory.fail_mail(None);
    memory.advance(MINUTE).await;
    let mail = world.wait_for_mail(people[0].address(), 1).await;
    let expected = ["link_sent", "link_failed: disabled", "link_failed: mailbox_left"];
    for (person, event) in
        people.iter().zip(expected.into_iter().chain(["link_failed: account_changed"]))
    {
        assert_eq!(world.events(person).await, [event]);
    }
    assert!(world.mails_to("elsewhere@mail.example").await.is_empty());
    assert_sets(&world, &mail, &people[..1]).await;
}

async fn same_bytes() {
    let (world, memory) = in_memory(&WITHOUT_USER_NAMES);
    let first = Person::new();
    let people = ["Ada", "Bob"].map(|name| Person {
        username: String::new(),
        email: first.email.clone(),
        name: Some(name.to_owned()),
        ..Person::new()
    });
    for person in &people {
        world.add(person).await;
    }
    // The mail is delivered, and the answer of the mail server is lost.
    memory.set_gate(Some(Rc::new(|call| {
        let is_lost = call.verb == "mailer.send";
        Box::pin(ready(if is_lost { Fault::After } else { Fault::None }))
    })));
    world.request_reset(json!({ "email": first.address() })).await;
    memory.advance(MINUTE).await;
    memory.set_gate(None);
    memory.put_account(Person { name: Some("Eve".to_owned()), ..people[1].clone() }.account());
    memory.advance(10 * MINUTE).await;
    let mails = memory.mails();
    assert_eq!(mails.len(), 2);
    assert!(mails[0].mime == mails[1].mime, "with the names that the lookup has read");
    let mail = world.mails_to(first.address()).await.pop().unwrap();
    assert!(mail.text.contains(": Ada") && mail.text.contains(": Bob"), "{}", mail.text);
    assert_sets(&world, &mail, &people).await;
}

async fn configured_template() {
    let own = [
        ("RESET_MAIL_SUBJECT", "Just for ${user.name}"),
        ("RESET_MAIL_BODY", "<p>Use ${link} at once</p>"),
    ];
    let (world, _memory) = in_memory(&[&WITHOUT_USER_NAMES[..], &own].concat());
    let people = sharing(&world, 2).await;
    world.request_reset(json!({ "email": people[0].address() })).await;
    let mail = world.wait_for_mail(people[0].address(), 1).await;
    assert!(!mail.subject.contains("Just for") && !mail.html.contains("at once"), "{}", mail.html);
    assert_sets(&world, &mail, &people).await;
}
