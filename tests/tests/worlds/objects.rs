//! Objects that cannot work, because their stored state cannot be read or their application is no
//! longer configured: they reject calls, keep what they store for two days, and end with an event.
//! Each trial on workerd has its own Worker, because it changes what objects store.

use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use relatch_domain::application::Application;
use relatch_domain::claims::LEASE;
use relatch_domain::intake::IntakeId;
use relatch_domain::stall::STALL_LIMIT;
use relatch_domain::values::client::Continent;
use relatch_domain::values::identifier::Identifier;
use relatch_domain::values::object_id::{MailboxId, PasswordChangeId};
use relatch_memory::Fault;
use relatch_tests::in_process::deployment_with;
use relatch_tests::person::Person;
use relatch_tests::response::Response;
use relatch_tests::trials::trial;
use relatch_tests::workerd::{Object, Workerd};
use relatch_tests::world::{World, in_memory};
use relatch_worker::names::{object_name, retention_name};
use serde_json::{Value, json};

use crate::support::{NEW, OTHER, assert_code, fail_calls, log_line};

const TIMEOUT: Duration = Duration::from_secs(60);
/// A state in a format that no version writes.
const UNREADABLE: &str = "zAAAA";

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "in process: a confirm is unavailable while its claim cannot be stored, and then works",
            unstored_claim,
        ),
        trial(
            "workerd: a mailbox whose state cannot be read rejects calls and ends after two days",
            unreadable_mailbox,
        ),
        trial(
            "workerd: attempts at a password are not forgotten if their count cannot be read",
            unreadable_attempts,
        ),
        trial(
            "workerd: a request that cannot be read is kept for two days and ends as an event",
            unreadable_request,
        ),
        trial(
            "workerd: objects of an application that is removed try again and end after two days",
            removed_application,
        ),
        trial(
            "workerd: the retention of events works on after its storage could not be read",
            recovered_retention,
        ),
    ]
}

fn start(changes: &[(&str, &str)]) -> (World, Arc<Workerd>) {
    let workerd = Arc::new(Workerd::start(changes));
    (World::Workerd(Arc::clone(&workerd)), workerd)
}

/// Calls `act` with an application of the Worker.
fn with_application<R>(id: &str, act: impl FnOnce(&Application) -> R) -> R {
    let deployment = deployment_with(&[("APPLICATIONS", "shop")]);
    act(deployment.applications().of_id(id).expect("the application is configured"))
}

fn mailbox_of(application: &str, person: &Person) -> Object {
    with_application(application, |application| {
        let id = MailboxId::new(&application.keys, person.address());
        Object { namespace: "MAILBOX", name: object_name(&application.id, &id) }
    })
}

/// Returns the intake that has jobs for a person.
async fn intake_of(workerd: &Workerd, application: &str, person: &Person) -> Object {
    let identifier = Identifier::parse(&person.username).expect("the name is valid");
    let mut found = None;
    for continent in Continent::ALL {
        let name = with_application(application, |application| {
            IntakeId::choose(application, &identifier, continent).as_str().to_owned()
        });
        let intake = Object { namespace: "INTAKE", name };
        let (tables, _) = workerd.object_sql(&intake, TABLES).await;
        if !tables.is_empty() {
            found = Some(intake);
        }
    }
    found.expect("an intake has a job")
}

/// Selects the tables that objects create. The platform adds other tables.
const TABLES: &str =
    "SELECT name FROM sqlite_master WHERE name IN ('jobs', 'retention', 'stalls', 'state')";
/// Selects the attempts of an object's stall, and the milliseconds since it began.
const STALL: &str = "SELECT attempts, unixepoch() * 1000 - since FROM stalls";

/// Returns the attempts of an object's stall, and how long it lasts.
async fn stall(workerd: &Workerd, object: &Object) -> (u64, Duration) {
    let (rows, _) = workerd.object_sql(object, STALL).await;
    let number = |column: usize| rows[0][column].as_i64().unwrap().try_into().unwrap_or_default();
    (number(0), Duration::from_millis(number(1)))
}

/// Fires the alarm of an object that cannot work, and asserts that it is set again, later each time,
/// and that nothing is deleted.
async fn assert_backs_off(workerd: &Workerd, object: &Object, stored: &str) {
    let (before, _) = workerd.object_sql(object, stored).await;
    let mut waits = Vec::new();
    for attempt in 1..=4 {
        workerd.fire_alarm(object).await;
        let counted = async || {
            let (tables, _) = workerd.object_sql(object, TABLES).await;
            tables.iter().any(|table| table[0] == "stalls")
                && stall(workerd, object).await.0 >= attempt
        };
        assert!(workerd.wait_until(TIMEOUT, counted).await, "{}", workerd.log());
        let set = async || workerd.object_sql(object, STALL).await.1.is_some();
        assert!(workerd.wait_until(TIMEOUT, set).await, "no alarm is set");
        let (_, wait) = workerd.object_sql(object, STALL).await;
        waits.push(wait.unwrap().as_secs());
    }
    // One minute, two, four, eight; each from half to one and a half times as long.
    for (wait, minutes) in waits.iter().zip([1, 2, 4, 8]) {
        assert!((15 * minutes..=90 * minutes).contains(wait), "{waits:?}");
    }
    assert_eq!(workerd.object_sql(object, stored).await.0, before, "nothing is deleted");
    assert!(stall(workerd, object).await.1 < 2 * TIMEOUT);
}

/// Lets the time pass after which an object ends, and waits until it stores nothing.
async fn let_it_end(workerd: &Workerd, object: &Object) {
    let earlier = STALL_LIMIT.as_millis();
    workerd.object_sql(object, &format!("UPDATE stalls SET since = since - {earlier}")).await;
    workerd.fire_alarm(object).await;
    let is_empty = async || workerd.object_sql(object, TABLES).await == (Vec::new(), None);
    assert!(workerd.wait_until(TIMEOUT, is_empty).await, "{}", workerd.log());
}

/// Returns the events of this kind: application, account and detail.
async fn events(workerd: &Workerd, action: &str) -> Vec<Vec<Value>> {
    let columns = "SELECT application, account, detail FROM events";
    workerd.sql(&format!("{columns} WHERE action = '{action}'")).await
}

fn assert_unavailable(response: &Response) {
    assert_code(response, 503, "unavailable");
    assert!(response.header("retry-after").is_some(), "{response:?}");
}

async fn unstored_claim() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    for fault in [Fault::Before, Fault::After] {
        fail_calls(&memory, "mailbox.change", fault);
        assert_unavailable(&world.confirm(&token, NEW).await);
    }
    memory.set_gate(None);
    assert!(world.has_password(&peter, &peter.password).await);
    // The second claim was stored, and its reply was lost. It is settled after its lease.
    assert_code(&world.confirm(&token, NEW).await, 409, "link_busy");
    memory.advance(LEASE).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}

async fn unreadable_mailbox() {
    let (world, workerd) = start(&[("REQUEST_INTERVAL_SECONDS", "0")]);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    world.wait_for_event(&peter, "link_sent").await;
    let mailbox = mailbox_of("default", &peter);
    let body = "SELECT body FROM state";
    let (stored, _) = workerd.object_sql(&mailbox, body).await;
    let stored = stored[0][0].as_str().expect("the state is text").to_owned();
    let set = async |body: &str| {
        workerd.object_sql(&mailbox, &format!("UPDATE state SET body = '{body}'")).await
    };

    set(UNREADABLE).await;
    assert_unavailable(&world.check(&token).await);
    assert_unavailable(&world.confirm(&token, NEW).await);
    assert!(world.has_password(&peter, &peter.password).await);
    let (attempts, lasts) = stall(&workerd, &mailbox).await;
    assert!(attempts == 0 && lasts < TIMEOUT, "a call notices it");
    assert_backs_off(&workerd, &mailbox, body).await;
    let words = ["object of application default", "cannot be read; it is deleted at"];
    assert!(log_line(&workerd, &words), "{}", workerd.log());

    // A version that can read the state continues with it.
    set(&stored).await;
    assert_eq!(world.check(&token).await.status, 200);
    workerd.fire_alarm(&mailbox).await;
    let is_over = async || workerd.object_sql(&mailbox, STALL).await.0.is_empty();
    assert!(workerd.wait_until(TIMEOUT, is_over).await, "{}", workerd.log());
    assert_eq!(world.check(&token).await.status, 200);

    set(UNREADABLE).await;
    assert_unavailable(&world.check(&token).await);
    assert_eq!(events(&workerd, "object_ended").await, [] as [Vec<Value>; 0]);
    let_it_end(&workerd, &mailbox).await;
    let ended = [vec![json!("default"), Value::Null, json!("state_unreadable")]];
    assert_eq!(events(&workerd, "object_ended").await, ended);
    assert!(log_line(&workerd, &["\"event\":\"object_ended\"", "state_unreadable"]));
    assert_code(&world.check(&token).await, 410, "link_used");
    assert_eq!(world.request_reset(json!({ "username": peter.username })).await.status, 200);
    let token = world.wait_for_mail(peter.address(), 2).await.token();
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}

async fn unreadable_attempts() {
    let (world, workerd) = start(&[]);
    let peter = world.new_person().await;
    let session = world.open_session(&peter).await;
    assert_code(&world.change_password(&session, OTHER, NEW).await, 403, "old_password_wrong");
    let object = with_application("default", |application| {
        let id = PasswordChangeId::new(&application.keys, &peter.account_id());
        Object { namespace: "PASSWORD_CHANGE", name: object_name(&application.id, &id) }
    });
    workerd.object_sql(&object, &format!("UPDATE state SET body = '{UNREADABLE}'")).await;
    for _ in 0..7 {
        assert_unavailable(&world.change_password(&session, &peter.password, NEW).await);
    }
    assert!(world.has_password(&peter, &peter.password).await);
    let_it_end(&workerd, &object).await;
    let ended = [vec![json!("default"), Value::Null, json!("state_unreadable")]];
    assert_eq!(events(&workerd, "object_ended").await, ended);
    assert_eq!(world.change_password(&session, &peter.password, NEW).await.status, 200);
}

async fn unreadable_request() {
    let (world, workerd) = start(&[("REQUEST_DELAY_SECONDS", "60")]);
    let peter = world.new_person().await;
    assert_eq!(world.request_reset(json!({ "username": peter.username })).await.status, 200);
    let intake = intake_of(&workerd, "default", &peter).await;
    let broken = format!("UPDATE jobs SET body = '{UNREADABLE}', due = 0");
    workerd.object_sql(&intake, &broken).await;
    workerd.fire_alarm(&intake).await;
    let is_postponed = async || {
        let (tables, alarm) = workerd.object_sql(&intake, TABLES).await;
        tables.iter().any(|table| table[0] == "stalls")
            && alarm.is_some_and(|wait| wait > Duration::ZERO)
    };
    assert!(workerd.wait_until(TIMEOUT, is_postponed).await, "{}", workerd.log());
    let (jobs, _) = workerd.object_sql(&intake, "SELECT body FROM jobs").await;
    assert_eq!(jobs, [[json!(UNREADABLE)]], "the job is kept");
    assert_eq!(events(&workerd, "request_failed").await, [] as [Vec<Value>; 0]);

    workerd.object_sql(&intake, "UPDATE jobs SET due = 0").await;
    let_it_end(&workerd, &intake).await;
    let failed = [vec![json!("default"), Value::Null, json!("state_unreadable")]];
    assert_eq!(events(&workerd, "request_failed").await, failed);
}

async fn removed_application() {
    let (world, workerd) = start(&[]);
    let (peter, john) = (world.new_person().await, world.new_person().await);
    let request = async |person: &Person| {
        let body = json!({ "username": person.username }).to_string();
        world.post("/apps/shop/password/reset/request", body).await.status
    };
    assert_eq!(request(&peter).await, 200);
    world.wait_for_mail(peter.address(), 1).await;
    world.wait_for_event(&peter, "link_sent").await;
    workerd.kill();
    workerd.start_worker_with(&[("REQUEST_DELAY_SECONDS", "60".to_owned())]);
    assert_eq!(request(&john).await, 200);
    workerd.kill();
    workerd.start_worker_with(&[("APPLICATIONS", String::new())]);
    assert_eq!(request(&john).await, 404);

    let mailbox = mailbox_of("shop", &peter);
    let intake = intake_of(&workerd, "shop", &john).await;
    for (object, stored) in
        [(&mailbox, "SELECT body FROM state"), (&intake, "SELECT id, body FROM jobs")]
    {
        assert_backs_off(&workerd, object, stored).await;
        let_it_end(&workerd, object).await;
    }
    let ended = vec![json!("shop"), Value::Null, json!("application_removed")];
    assert_eq!(events(&workerd, "object_ended").await, [ended.clone(), ended]);
    assert!(world.mails_to(john.address()).await.is_empty());
}

async fn recovered_retention() {
    let (world, workerd) = start(&[]);
    let peter = world.new_person().await;
    let _token = world.token_for(&peter).await;
    let retention = with_application("default", |application| Object {
        namespace: "INTAKE",
        name: retention_name(&application.id),
    });
    let has_started = async || {
        let (tables, _) = workerd.object_sql(&retention, TABLES).await;
        tables.iter().any(|table| table[0] == "retention")
    };
    assert!(workerd.wait_until(TIMEOUT, has_started).await, "{}", workerd.log());

    // An alarm that could not read the storage leaves this state. A later one would end the object.
    for sql in [
        "CREATE TABLE stalls (subject TEXT PRIMARY KEY, since INTEGER NOT NULL, \
         attempts INTEGER NOT NULL) WITHOUT ROWID",
        "INSERT INTO stalls VALUES ('', 0, 1)",
    ] {
        workerd.object_sql(&retention, sql).await;
    }
    workerd.fire_alarm(&retention).await;
    let is_over = async || workerd.object_sql(&retention, STALL).await.0.is_empty();
    assert!(workerd.wait_until(TIMEOUT, is_over).await, "{}", workerd.log());
    let (stored, alarm) = workerd.object_sql(&retention, "SELECT application FROM retention").await;
    assert_eq!(stored, [[json!("default")]]);
    assert!(alarm.is_some(), "no alarm is set");
}
