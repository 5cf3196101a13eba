//! Which accounts a request finds: by address and by user name, in every spelling under which they
//! may be stored.

use std::cell::Cell;
use std::future::ready;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use relatch_domain::events::Action;
use relatch_memory::{Fault, Memory, PortCall};
use relatch_tests::flow;
use relatch_tests::person::Person;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::workerd::Workerd;
use relatch_tests::world::{World, in_memory};
use serde_json::json;

use crate::server_calls::call;
use crate::support::{MINUTE, NEW, OTHER, assert_code, count_events, take_verbs};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("a user name that looks like an address is found", flow!(address_as_username)),
        ("an account is found by either spelling of its domain", flow!(internationalised_domains)),
        ("an account is found although blanks surround its names", flow!(blanks)),
        ("an account is found in every normal form and case", flow!(normal_forms)),
        ("disabled accounts do not crowd out the one that can reset", flow!(crowd)),
        ("an address with an invalid domain is refused with its reason", flow!(invalid_domain)),
        ("the status of an account is what a request would do", flow!(status)),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "in process: each of at most three mailboxes gets a mail, an exact match first",
            mailboxes,
        ),
        trial("in process: mail goes to the address that the account has by its id", by_id),
        trial("in process: an account that no longer matches gets no mail", moved_account),
        trial("in process: a run of an intake begins no jobs after two seconds", run_budget),
        trial("in process: the accounts of a request are read at once", concurrent_reads),
        trial("in process: the mailboxes of a request are called at once", concurrent_mailboxes),
        trial("in process: an id takes no place of the accounts that a name matches", twenty),
        trial(
            "workerd: the storage class of a column hides no account and no hash",
            storage_classes,
        ),
    ]
}

/// Requests a reset for this identifier and returns the token of the next mail to an address.
async fn token_for(world: &World, typed: &str, address: &str) -> String {
    let before = world.mails_to(address).await.len();
    let response = world.request_reset(json!({ "identifier": typed })).await;
    assert_eq!(response.status, 200, "{typed}: {response:?}");
    world.wait_for_mail(address, before + 1).await.token()
}

/// Asserts that a link for this identifier goes to an address, and sets the person's password.
async fn assert_found(world: &World, typed: &str, person: &Person, address: &str) {
    let token = token_for(world, typed, address).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200, "{typed}");
    assert!(world.has_password(person, NEW).await, "{typed}");
}

async fn address_as_username(world: &World) {
    let maria = Person::new();
    let maria = Person { username: format!("maria@old{}.example", maria.id), ..maria };
    world.add(&maria).await;
    assert_found(world, &maria.username.to_uppercase(), &maria, maria.address()).await;
    // The field for addresses finds addresses only.
    let other = Person::new();
    let other = Person { username: format!("other@old{}.example", other.id), ..other };
    world.add(&other).await;
    assert_eq!(world.request_reset(json!({ "email": other.username })).await.status, 200);
    world.drain().await;
    assert!(world.mails_to(other.address()).await.is_empty());
    // Texts that are neither an address nor usual as a user name.
    for odd in ["{}@a@b", "@{}", "{}@", "first {} last", "<{}>,x", "{}@my_host"] {
        let person = Person::new();
        let username = odd.replace("{}", &person.id.to_string());
        let person = Person { username, ..person };
        world.add(&person).await;
        assert_found(world, &person.username, &person, person.address()).await;
    }
    // Such a name distinguishes accounts that share a mailbox.
    let north = Person::new();
    let north = Person { username: format!("office@north{}.example", north.id), ..north };
    let south = Person { email: north.email.clone(), ..Person::new() };
    world.add(&north).await;
    world.add(&south).await;
    assert_found(world, &north.username, &north, north.address()).await;
}

async fn internationalised_domains(world: &World) {
    let anna = Person::new();
    let unicode = format!("anna{}@b\u{fc}cher.example", anna.id);
    let ascii = format!("anna{}@xn--bcher-kva.example", anna.id);
    let anna = Person { email: Some(unicode.clone()), ..anna };
    world.add(&anna).await;
    assert_found(world, &anna.username, &anna, &ascii).await;
    let typed = [
        "{}@b\u{fc}cher.example",
        "{}@BU\u{308}CHER.example",
        "{}@xn--bcher-kva.example",
        "{}@XN--BCHER-KVA.EXAMPLE",
    ];
    let stored = ["{}@b\u{fc}cher.example", "{}@B\u{dc}CHER.example", "{}@xn--bcher-kva.example"];
    for typed in typed {
        for stored in stored {
            let person = Person::new();
            let [typed, stored, ascii] = [typed, stored, "{}@xn--bcher-kva.example"]
                .map(|address| address.replace("{}", &format!("p{}", person.id)));
            let person = Person { email: Some(stored), ..person };
            world.add(&person).await;
            assert_eq!(world.request_reset(json!({ "email": typed })).await.status, 200);
            let mail = world.wait_for_mail(&ascii, 1).await;
            assert_eq!(mail.recipients, [ascii.as_str()], "{typed}");
            assert!(mail.has_link());
        }
    }
    // A user name is not a domain.
    let ascii = Person::new();
    let typed = format!("u{}@b\u{fc}cher.example", ascii.id);
    let ascii = Person { username: format!("u{}@xn--bcher-kva.example", ascii.id), ..ascii };
    world.add(&ascii).await;
    assert_eq!(world.request_reset(json!({ "username": typed })).await.status, 200);
    world.drain().await;
    assert!(world.mails_to(ascii.address()).await.is_empty());
}

async fn blanks(world: &World) {
    for stored in ["{} ", "{}\t", " {}", "\u{a0}{}\u{3000}", "{}\r\n", "\u{2009}{}\u{85}"] {
        let person = Person::new();
        let (name, address) = (person.username.clone(), person.address().to_owned());
        let blank = |text: &str| stored.replace("{}", text);
        let person = Person { username: blank(&name), email: Some(blank(&address)), ..person };
        world.add(&person).await;
        assert_found(world, &name, &person, &address).await;
        let person = Person::new();
        let address = person.address().to_owned();
        let person = Person { email: Some(blank(&address.to_uppercase())), ..person };
        world.add(&person).await;
        let upper = address.to_uppercase();
        assert_found(world, &address, &person, &upper).await;
        assert_eq!(world.mails_to(&upper).await[0].recipients, [upper]);
    }
}

async fn normal_forms(world: &World) {
    for (typed, stored) in [
        ("zo\u{eb}", "zoe\u{308}"),
        ("zoe\u{308}", "ZO\u{cb}"),
        ("ZO\u{cb}", "zo\u{eb}"),
        ("\u{e9}lan", "\u{c9}lan"),
        ("\u{438}\u{432}\u{430}\u{43d}", "\u{418}\u{432}\u{430}\u{43d}"),
        ("\u{ff41}da", "Ada"),
        ("\u{4f8b}", "\u{4f8b}"),
    ] {
        let person = Person::new();
        let [typed, stored] = [typed, stored].map(|name| format!("{name}{}", person.id));
        let person = Person { username: stored, ..person };
        world.add(&person).await;
        assert_found(world, &typed, &person, person.address()).await;
    }
}

async fn crowd(world: &World) {
    let active = Person::new();
    for _ in 0..25 {
        let disabled = Person { email: active.email.clone(), disabled: true, ..Person::new() };
        world.add(&disabled).await;
    }
    let active = Person { id: Person::new().id, ..active };
    world.add(&active).await;
    assert_found(world, active.address(), &active, active.address()).await;
}

async fn invalid_domain(world: &World) {
    for domain in ["my_host.example", "mail.example.", "xn--a.example", "a..b"] {
        let person = Person::new();
        let person = Person { email: Some(format!("p{}@{domain}", person.id)), ..person };
        world.add(&person).await;
        assert_eq!(world.request_reset(json!({ "username": person.username })).await.status, 200);
        world.wait_for_event(&person, "request_refused: invalid_domain").await;
        let response = world.request_reset(json!({ "email": person.address() })).await;
        assert_code(&response, 400, "request_invalid");
    }
}

async fn status(world: &World) {
    let reason = async |identifier: &str| {
        let body = json!({ "identifier": identifier });
        let response = call(world, "/server/status", body).await.json();
        assert_eq!(response["enabled"], json!(response["reason"].is_null()), "{response}");
        response["reason"].as_str().map(str::to_owned)
    };
    let maria = Person::new();
    let maria = Person { username: format!("maria@old{}.example", maria.id), ..maria };
    // The user name of another account is the address of this one: a request mails both.
    let other = Person { username: maria.address().to_owned(), ..Person::new() };
    let refused = Person::new();
    let refused = Person { email: Some(format!("p{}@my_host", refused.id)), ..refused };
    let unsupported = Person::new();
    let unsupported =
        Person { email: Some(format!("j\u{f6}rg{}@mail.example", unsupported.id)), ..unsupported };
    // Two mailboxes, of which mail reaches none or one.
    let named = |username: &str, local: &str| {
        let person = Person::new();
        let email = Some(format!("{local}{}@mail.example", person.id));
        Person { username: username.to_owned(), email, ..person }
    };
    let namesake = named(unsupported.address(), "s\u{f6}ren");
    let half = named("half", "j\u{f6}rg");
    let half = Person { username: format!("half{}", half.id), ..half };
    let reachable = named(half.address(), "half");
    for person in [&maria, &other, &refused, &unsupported, &namesake, &half, &reachable] {
        world.add(person).await;
    }
    assert_eq!(reason(unsupported.address()).await.as_deref(), Some("address_unsupported"));
    assert_eq!(reason(half.address()).await, None);
    for (address, detail) in
        [(unsupported.address(), "address_unsupported"), (half.address(), "ambiguous")]
    {
        let response = call(world, "/server/reset", json!({ "identifier": address })).await;
        assert_code(&response, 409, "account_ineligible");
        assert_eq!(response.json()["detail"], json!(detail));
    }
    assert_eq!(reason(&maria.username).await, None);
    assert_eq!(reason(maria.address()).await, None);
    assert_eq!(reason(&refused.username).await.as_deref(), Some("invalid_domain"));
    assert_eq!(reason(&unsupported.username).await.as_deref(), Some("address_unsupported"));
    assert_eq!(reason(&Person::new().username).await.as_deref(), Some("account_unknown"));
    // A reset by a server is for one account.
    let body = json!({ "identifier": maria.address() });
    let response = call(world, "/server/reset", body).await;
    assert_code(&response, 409, "account_ineligible");
    assert_eq!(response.json()["detail"], json!("ambiguous"));
}

async fn mailboxes() {
    let (world, memory) = in_memory(&[]);
    let people: Vec<Person> = ["anna", "ANNA", "Anna", "aNNa", "annA"]
        .map(|name| Person { username: name.to_owned(), ..Person::new() })
        .to_vec();
    for person in &people {
        world.add(person).await;
    }
    assert_eq!(world.request_reset(json!({ "username": "annA" })).await.status, 200);
    memory.advance(MINUTE).await;
    let mut links = Vec::new();
    for person in &people {
        links.push(world.mails_to(person.address()).await.len());
    }
    // The byte-equal one and the first two others.
    assert_eq!(links, [1, 1, 0, 0, 1]);
    let overflows = memory.events();
    let overflows = overflows.iter().filter(|event| event.action.as_str() == "request_overflow");
    assert_eq!(overflows.count(), 1);
    // Each mailbox has its own limits and its own event.
    assert_eq!(world.request_reset(json!({ "username": "annA" })).await.status, 200);
    memory.advance(MINUTE / 2).await;
    let token = world.mails_to(people[4].address()).await[0].token();
    assert_eq!(world.confirm(&token, OTHER).await.status, 200);
    assert!(world.has_password(&people[4], OTHER).await);
    assert!(world.has_password(&people[0], &people[0].password).await);
}

/// Requests a reset while the account's address changes after the search and before it is read by
/// its id. Returns the account as it is then.
async fn request_while_moving(
    world: &World,
    memory: &Rc<Memory>,
    peter: &Person,
    identifier: &str,
) -> Person {
    let moved = Person { email: Some("moved@mail.example".to_owned()), ..peter.clone() };
    let (stores, account) = (Rc::clone(memory), moved.account());
    memory.set_gate(Some(Rc::new(move |call| {
        if call.verb == "directory.account" {
            stores.put_account(account.clone());
        }
        Box::pin(ready(Fault::None))
    })));
    assert_eq!(world.request_reset(json!({ "identifier": identifier })).await.status, 200);
    memory.advance(MINUTE).await;
    memory.set_gate(None);
    assert!(world.mails_to(peter.address()).await.is_empty());
    moved
}

async fn by_id() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let moved = request_while_moving(&world, &memory, &peter, &peter.username).await;
    assert_eq!(world.mails_to(moved.address()).await.len(), 1);
    assert_eq!(count_events(&world, &peter, "link_sent").await, 1);
}

/// A second attempt at the request would otherwise mail both addresses.
async fn moved_account() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let moved = request_while_moving(&world, &memory, &peter, peter.address()).await;
    assert!(world.mails_to(moved.address()).await.is_empty());
    let events = memory.events();
    let refused = events.iter().find(|event| event.action == Action::RequestRefused).unwrap();
    assert_eq!(refused.account.as_ref(), Some(&peter.account().id));
    assert_eq!(refused.detail.as_deref(), Some("account_changed"));
}

async fn run_budget() {
    for (lookup_seconds, expected) in [(0, "intake.begin"), (3, "intake.rearm")] {
        let (world, memory) = in_memory(&[]);
        // More than a run works on at a time, in one intake.
        for _ in 0..20 {
            assert_eq!(world.request_reset(json!({ "username": "peter" })).await.status, 200);
        }
        let (clock, start) = (Rc::clone(&memory), memory.time());
        memory.set_gate(Some(Rc::new(move |call| {
            if call.verb == "directory.find_accounts" {
                clock.set_clock(start.after(Duration::from_secs(lookup_seconds)));
            }
            Box::pin(ready(Fault::None))
        })));
        let _before = take_verbs(&memory);
        memory.run_alarms().await;
        let verbs = take_verbs(&memory);
        let steps = verbs.iter().filter(|verb| matches!(**verb, "intake.begin" | "intake.rearm"));
        assert_eq!(steps.copied().nth(1), Some(expected), "{lookup_seconds}");
        let unmatched = memory.events();
        assert_eq!(unmatched.len(), 20, "the jobs that are left get another run");
        memory.set_gate(None);
    }
}

/// Counts the calls of this port that are open at the same time. Returns the highest number so far.
fn count_open_calls(memory: &Memory, verb: &'static str) -> Rc<Cell<usize>> {
    let (open, most) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let highest = Rc::clone(&most);
    memory.set_gate(Some(Rc::new(move |call| {
        let (open, most) = (Rc::clone(&open), Rc::clone(&most));
        Box::pin(async move {
            if call.verb == verb {
                open.set(open.get() + 1);
                most.set(most.get().max(open.get()));
                tokio::task::yield_now().await;
                open.set(open.get() - 1);
            }
            Fault::None
        })
    })));
    highest
}

/// Adds so many accounts with one address. Returns the first and the last one.
async fn sharing(world: &World, count: usize) -> [Person; 2] {
    let first = world.new_person().await;
    let mut last = first.clone();
    for _ in 1..count {
        last = Person { email: first.email.clone(), ..Person::new() };
        world.add(&last).await;
    }
    [first, last]
}

async fn concurrent_reads() {
    let (world, memory) = in_memory(&[]);
    let [first, _] = sharing(&world, 20).await;
    let highest = count_open_calls(&memory, "directory.account");
    assert_eq!(world.request_reset(json!({ "email": first.address() })).await.status, 200);
    memory.advance(Duration::from_secs(10)).await;
    memory.set_gate(None);
    assert_eq!(highest.get(), 19, "all but the first one");
    assert_eq!(world.mails_to(first.address()).await.len(), 1);
}

async fn concurrent_mailboxes() {
    let (world, memory) = in_memory(&[]);
    for name in ["olga", "OLGA", "Olga"] {
        world.add(&Person { username: name.to_owned(), ..Person::new() }).await;
    }
    let highest = count_open_calls(&memory, "mailboxes.enqueue");
    assert_eq!(world.request_reset(json!({ "username": "olga" })).await.status, 200);
    memory.advance(MINUTE).await;
    assert_eq!(highest.get(), 3);
}

/// A call of the dialect `cloudcms` may name an account by its id.
async fn twenty() {
    const PATH: &str = "/pub/applications/default/requests/resetpassword";
    let (world, memory) = in_memory(&[]);
    let [first, last] = sharing(&world, 20).await;
    let body = json!({ "principal": first.address() }).to_string();
    let created = world.post(PATH, body).await.json();
    let send = format!("{PATH}/{}/send", created["_doc"].as_str().unwrap());
    assert_eq!(world.post(&send, "").await.status, 200);
    let _before = memory.take_trace();
    memory.advance(MINUTE).await;
    let trace = memory.take_trace();
    let (verb, subject) = ("directory.account", last.account_id().0);
    let is_read = |call: &&PortCall| call.verb == verb && call.subject == subject;
    assert_eq!(trace.iter().filter(is_read).count(), 1);
}

async fn storage_classes() {
    let workerd = Arc::new(Workerd::start(&[]));
    let world = World::Workerd(Arc::clone(&workerd));
    for column in ["email", "username", "password_hash", "name"] {
        let person = world.new_person().await;
        let sql = format!(
            "UPDATE users SET {column} = CAST(ifnull({column}, 'Ada') AS BLOB) WHERE id = {}",
            person.id
        );
        workerd.sql(&sql).await;
        world.add_session(&person, "phone").await;
        for typed in [person.username.as_str(), person.address()] {
            let response = world.request_reset(json!({ "identifier": typed })).await;
            assert_eq!(response.status, 200);
        }
        let token = world.wait_for_mail(person.address(), 1).await.token();
        assert_eq!(world.check(&token).await.status, 200, "{column}");
        let response = world.confirm(&token, NEW).await;
        assert_eq!(response.status, 200, "{column}: {response:?}\n{}", workerd.log());
        assert!(world.has_password(&person, NEW).await, "{column}");
        assert_eq!(world.session_count(&person).await, 0, "{column}");
    }
    // A user name that is a number, in a column that keeps it as one.
    let number = Person::new();
    let number = Person { username: format!("49170{}", number.id), ..number };
    world.add(&number).await;
    assert_found(&world, &number.username, &number, number.address()).await;
}
