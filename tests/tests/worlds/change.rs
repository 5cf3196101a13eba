//! Whoever is signed in changes the password with the old one.

use std::rc::Rc;
use std::time::Duration;

use futures_util::future::join_all;
use libtest_mimic::Trial;
use relatch::wire::path::CHANGE;
use relatch::{Code, Password, SessionToken};
use relatch_domain::values::account::Role;
use relatch_domain::values::session::digest;
use relatch_memory::{Call, Fault};
use relatch_tests::flow;
use relatch_tests::in_process::{InProcess, statements};
use relatch_tests::person::Person;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{Answer, Change, World, change, request};
use serde_json::json;

use super::shared;

const NEW: &str = "a quite new passphrase";
const OTHER: &str = "some other long passphrase";
const MINUTE: Duration = Duration::from_secs(60);

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("who is signed in changes the password: this session stays, the others end", flow!(changes)),
        ("the client changes the password, and tells refusals apart", flow!(by_the_client)),
        ("a wrong old password changes nothing; after five the call waits, and no reset does", flow!(wrong_old)),
        ("without a session that is good nobody changes anything", flow!(no_session)),
        ("a session that was opened with another password is none", flow!(old_session)),
        ("who may not sign in has no session; an administrator has, and who has no address", flow!(who)),
        ("a new password that is refused says why, and costs no try", flow!(refused)),
        ("a link that was mailed before a change dies with it", flow!(mailed_link)),
        ("of several changes at once one wins", flow!(at_once)),
        ("a change takes exactly its two fields, by its one method", flow!(strict)),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: a cookie is a session from an allowed page alone", cookie),
        trial(
            "workerd: a cookie is a session from an allowed page alone, where it is configured",
            cookie_under_workerd,
        ),
        trial("in process: a change looks at nothing before its session, and counts before it verifies", in_order),
        trial("in process: right old passwords cost no tries, and wrong ones are forgotten after 15 minutes", tries),
        trial("in process: of several changes at once one wins, in many orders", in_many_orders),
        trial("in process: a change that broke off in the middle is found out and told", breaks_off),
        trial("in process: an address that asks for changes too often hears so", too_often),
        trial("in process: where the directory tells no sessions there is no change", not_configured),
        trial("in process: no store and no log holds a session or a password", silent),
    ]
}

fn assert_code(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{answer:?}");
}

async fn times_told(world: &World, person: &Person, event: &str) -> usize {
    world.events(person).await.iter().filter(|told| *told == event).count()
}

async fn changes(world: &World) {
    let (peter, john) = (world.somebody().await, world.somebody().await);
    for device in ["phone", "laptop"] {
        world.sign_in(&peter, device).await;
        world.sign_in(&john, device).await;
    }
    let session = world.session_for(&peter).await;
    let answer = world.change_password(&session, &peter.password, NEW).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json(), json!({ "message": relatch::wire::PASSWORD_CHANGED }));
    assert!(world.has_password(&peter, NEW).await);
    assert_eq!((world.sessions(&peter).await, world.sessions(&john).await), (1, 2));
    let notice = world.mail(peter.address(), 1).await;
    assert!(notice.subject.contains("was changed"), "{}", notice.subject);
    assert!(!notice.source.contains(NEW));
    world.told(&peter, "password_changed").await;
    world.told(&peter, "notice_sent").await;
    assert_eq!(world.events(&peter).await.len(), 2, "{:?}", world.events(&peter).await);
    assert_eq!(world.change_password(&session, NEW, OTHER).await.status, 200, "the session is still good");
    assert!(world.has_password(&peter, OTHER).await);
}

async fn by_the_client(world: &World) {
    let peter = world.somebody().await;
    let session = SessionToken::from(world.session_for(&peter).await);
    let (old, new) = (Password::from(peter.password.as_str()), Password::from(NEW));
    let client = world.client();
    let code = async |session: &SessionToken, old: &Password, new: &Password| {
        client.change(session, old, new).await.unwrap_err().code()
    };
    assert_eq!(code(&SessionToken::from("nobody's"), &old, &new).await, Some(Code::NotSignedIn));
    assert_eq!(code(&session, &new, &new).await, Some(Code::OldPasswordWrong));
    assert_eq!(code(&session, &old, &Password::from("short")).await, Some(Code::PasswordRejected));
    let done = client.change(&session, &old, &new).await.unwrap();
    assert_eq!(done.message, relatch::wire::PASSWORD_CHANGED);
    assert!(world.has_password(&peter, NEW).await);
}

async fn wrong_old(world: &World) {
    let peter = world.somebody().await;
    world.sign_in(&peter, "phone").await;
    let session = world.session_for(&peter).await;
    for _ in 0..5 {
        assert_code(&world.change_password(&session, OTHER, NEW).await, 403, "old_password_wrong");
    }
    for old in [OTHER, &peter.password] {
        let answer = world.change_password(&session, old, NEW).await;
        assert_code(&answer, 429, "too_many_requests");
        assert!(answer.header("retry-after").is_some());
    }
    assert!(world.has_password(&peter, &peter.password).await);
    assert_eq!(world.sessions(&peter).await, 2);
    let token = world.token_for(&peter).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200, "a reset is no worse off");
}

async fn no_session(world: &World) {
    let peter = world.somebody().await;
    let session = world.session_for(&peter).await;
    let body = json!({ "old": peter.password, "new": NEW }).to_string();
    let mut answers = vec![world.post(CHANGE, body.as_str()).await];
    for wrong in ["nobody's", &digest(&session), &session.to_uppercase(), "", "a b"] {
        answers.push(world.change_password(wrong, &peter.password, NEW).await);
    }
    for (name, value) in [("authorization", format!("Basic {session}")), ("cookie", format!("sid={session}"))] {
        let mut request = request("POST", CHANGE, &body);
        request.headers_mut().insert(name, value.parse().unwrap());
        answers.push(world.send(request).await);
    }
    answers.push(world.post(&format!("{CHANGE}?access_token={session}"), body.as_str()).await);
    for answer in answers {
        assert_code(&answer, 401, "not_signed_in");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    }
    assert!(world.has_password(&peter, &peter.password).await);
}

async fn old_session(world: &World) {
    let peter = world.somebody().await;
    let session = world.session_for(&peter).await;
    world.change(&peter, Change::Password("changed by its owner")).await;
    let answer = world.change_password(&session, "changed by its owner", NEW).await;
    assert_code(&answer, 401, "not_signed_in");
    assert!(world.has_password(&peter, "changed by its owner").await);
}

async fn who(world: &World) {
    for change in [Change::Disabled(true), Change::Role(Role::Machine)] {
        let person = world.somebody().await;
        let session = world.session_for(&person).await;
        world.change(&person, change).await;
        assert_code(&world.change_password(&session, &person.password, NEW).await, 401, "not_signed_in");
    }
    let nobody = Person { has_password: false, ..Person::new() };
    world.add(&nobody).await;
    let session = world.session_for(&nobody).await;
    for old in ["", &nobody.password] {
        assert_code(&world.change_password(&session, old, NEW).await, 403, "old_password_wrong");
    }
    let root = Person { role: Role::Admin, ..Person::new() };
    let silent = Person { email: None, ..Person::new() };
    for person in [&root, &silent] {
        world.add(person).await;
        let session = world.session_for(person).await;
        assert_eq!(world.change_password(&session, &person.password, NEW).await.status, 200);
        world.told(person, "password_changed").await;
    }
    world.told(&silent, "notice_failed: no_email").await;
    world.mail(root.address(), 1).await;
}

async fn refused(world: &World) {
    let ada = Person { name: Some("Ada Lovelace".to_owned()), ..Person::new() };
    world.add(&ada).await;
    let session = world.session_for(&ada).await;
    for (new, reason) in
        [("short", "too_short"), ("123456789012345", "common"), ("ada lovelace lovelace ada", "personal")]
    {
        for _ in 0..3 {
            let answer = world.change_password(&session, &ada.password, new).await;
            assert_code(&answer, 422, "password_rejected");
            assert!(answer.json()["reasons"].as_array().unwrap().contains(&json!(reason)), "{answer:?}");
        }
    }
    assert!(world.has_password(&ada, &ada.password).await);
    assert_eq!(world.change_password(&session, &ada.password, NEW).await.status, 200);
}

async fn mailed_link(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let session = world.session_for(&peter).await;
    assert_eq!(world.change_password(&session, &peter.password, NEW).await.status, 200);
    for answer in [world.check(&token).await, world.confirm(&token, OTHER).await, world.confirm(&token, NEW).await] {
        assert_code(&answer, 410, "link_used");
    }
    assert!(world.has_password(&peter, NEW).await);
}

/// As many as may be tried at once: one is told success, and is.
async fn assert_one_wins(world: &World, peter: &Person) {
    let session = world.session_for(peter).await;
    let passwords: Vec<String> = (0..4).map(|number| format!("passphrase of change {number}")).collect();
    let asked = passwords.iter().map(|password| world.change_password(&session, &peter.password, password));
    let answers = join_all(asked).await;
    let winners: Vec<usize> = (0..4).filter(|&number| answers[number].status == 200).collect();
    assert_eq!(winners.len(), 1, "{answers:?}");
    let lost = |answer: &&Answer| matches!(answer.code().as_str(), "change_busy" | "old_password_wrong");
    assert_eq!(answers.iter().filter(lost).count(), 3, "{answers:?}");
    assert!(world.has_password(peter, &passwords[winners[0]]).await);
}

async fn at_once(world: &World) {
    let peter = world.somebody().await;
    assert_one_wins(world, &peter).await;
    world.told(&peter, "password_changed").await;
    world.mail(peter.address(), 1).await;
    world.settle().await;
    assert_eq!(times_told(world, &peter, "password_changed").await, 1);
    assert_eq!(world.mails_to(peter.address()).await.len(), 1, "one notice");
}

async fn strict(world: &World) {
    let peter = world.somebody().await;
    let session = world.session_for(&peter).await;
    let with = |body: serde_json::Value| {
        let mut request = change(&session, "", "");
        *request.body_mut() = body.to_string().into_bytes();
        request
    };
    for body in [
        json!({ "old": peter.password }),
        json!({ "new": NEW }),
        json!({ "old": peter.password, "new": NEW, "id": "1" }),
        json!({ "old": [peter.password], "new": NEW }),
        json!([peter.password, NEW]),
    ] {
        assert_code(&world.send(with(body)).await, 400, "request_invalid");
    }
    let mut form = with(json!({ "old": peter.password, "new": NEW }));
    form.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    assert_code(&world.send(form).await, 415, "content_type_unsupported");
    let large = json!({ "old": "x".repeat(20_000), "new": NEW });
    assert_code(&world.send(with(large)).await, 413, "body_too_large");
    for method in ["GET", "PUT", "DELETE"] {
        let answer = world.send(request(method, CHANGE, "")).await;
        assert_code(&answer, 405, "method_not_allowed");
        assert_eq!(answer.header("allow"), Some("POST, OPTIONS"));
    }
    let mut foreign = change(&session, &peter.password, NEW);
    foreign.headers_mut().insert("origin", "https://evil.example".parse().unwrap());
    assert_code(&world.send(foreign).await, 403, "origin_not_allowed");
    let mut preflight = request("OPTIONS", CHANGE, "");
    preflight.headers_mut().insert("origin", "https://app.example.com".parse().unwrap());
    let answer = world.send(preflight).await;
    assert_eq!(answer.header("access-control-allow-headers"), Some("Authorization, Content-Type"));
    assert!(world.has_password(&peter, &peter.password).await);
}

/// What a session in the cookie `sid` may do at this path of this world.
async fn by_cookie(world: &World, path: &str, own: &str) {
    let peter = world.somebody().await;
    world.sign_in(&peter, "phone").await;
    let session = world.session_for(&peter).await;
    let send = async |cookie: &str, origin: Option<&str>| {
        let body = json!({ "old": peter.password, "new": NEW }).to_string();
        let mut request = request("POST", path, &body);
        request.headers_mut().insert("cookie", cookie.replace("TOKEN", &session).parse().unwrap());
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        world.send(request).await
    };
    assert_code(&send("sid=TOKEN", None).await, 403, "origin_not_allowed");
    for foreign in ["https://evil.example", "null"] {
        assert_code(&send("sid=TOKEN", Some(foreign)).await, 403, "origin_not_allowed");
    }
    for cookie in ["other=TOKEN", "sid=TOKEN; sid=TOKEN", "sid=", "sid=nobody's"] {
        assert_code(&send(cookie, Some(own)).await, 401, "not_signed_in");
    }
    assert!(world.has_password(&peter, &peter.password).await);
    let answer = send("theme=dark; sid=TOKEN", Some(own)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
    assert!(world.has_password(&peter, NEW).await);
    assert_eq!(world.sessions(&peter).await, 1);
}

async fn cookie() {
    let world = World::InProcess(InProcess::new(&[("SESSION_COOKIE", "sid")]));
    by_cookie(&world, CHANGE, "http://localhost").await;
    by_cookie(&world, CHANGE, "https://app.example.com").await;
}

async fn cookie_under_workerd() {
    let world = shared();
    by_cookie(&world, &format!("/apps/shop{CHANGE}"), &world.base()).await;
}

fn in_memory(changes: &[(&str, &str)]) -> (World, InProcess) {
    let memory = InProcess::new(changes);
    (World::InProcess(memory.clone()), memory)
}

fn verbs(memory: &InProcess) -> Vec<&'static str> {
    memory.memory.take_trace().iter().map(|call| call.verb).collect()
}

/// Lets this call fail so, and no other.
fn gate(memory: &InProcess, verb: &'static str, fault: Fault) {
    memory.memory.set_gate(Some(Rc::new(move |call: Call| {
        let fault = if call.verb == verb { fault } else { Fault::None };
        Box::pin(async move { fault })
    })));
}

async fn in_order() {
    let (world, memory) = in_memory(&[]);
    let peter = world.somebody().await;
    let session = world.session_for(&peter).await;
    let _before = verbs(&memory);
    let body = json!({ "old": peter.password, "new": NEW }).to_string();
    assert_code(&world.post(CHANGE, body).await, 401, "not_signed_in");
    assert_eq!(verbs(&memory), [] as [&str; 0], "no port is asked without a session");
    assert_code(&world.change_password("nobody's", &peter.password, NEW).await, 401, "not_signed_in");
    assert_eq!(verbs(&memory), ["limiter.check", "directory.authenticate"]);
    assert_code(&world.change_password(&session, &peter.password, "short").await, 422, "password_rejected");
    assert_eq!(verbs(&memory), ["limiter.check", "directory.authenticate"]);
    assert_code(&world.change_password(&session, OTHER, NEW).await, 403, "old_password_wrong");
    assert_eq!(verbs(&memory), ["limiter.check", "directory.authenticate", "desks.count", "desk.change"]);
    for verb in ["desks.count", "desk.change", "directory.authenticate", "limiter.check"] {
        gate(&memory, verb, Fault::Before);
        assert_code(&world.change_password(&session, &peter.password, NEW).await, 503, "unavailable");
    }
    memory.memory.set_gate(None);
    assert!(world.has_password(&peter, &peter.password).await);
}

async fn tries() {
    let (world, memory) = in_memory(&[]);
    let peter = world.somebody().await;
    let session = world.session_for(&peter).await;
    let mut old = peter.password.clone();
    for number in 0..8 {
        let new = format!("passphrase of change {number}");
        assert_eq!(world.change_password(&session, &old, &new).await.status, 200);
        old = new;
    }
    for _ in 0..4 {
        assert_code(&world.change_password(&session, OTHER, NEW).await, 403, "old_password_wrong");
    }
    assert_eq!(world.change_password(&session, &old, NEW).await.status, 200, "the fifth is right");
    assert_code(&world.change_password(&session, OTHER, NEW).await, 403, "old_password_wrong");
    // Whichever session it is: what is counted is the account.
    let another = world.session_for(&peter).await;
    assert_code(&world.change_password(&another, NEW, OTHER).await, 429, "too_many_requests");
    memory.advance(14 * MINUTE).await;
    assert_code(&world.change_password(&session, NEW, OTHER).await, 429, "too_many_requests");
    memory.advance(MINUTE).await;
    assert_eq!(world.change_password(&session, NEW, OTHER).await.status, 200);
    let john = world.somebody().await;
    let session = world.session_for(&john).await;
    assert_eq!(world.change_password(&session, &john.password, NEW).await.status, 200, "another account");
    memory.advance(48 * 60 * MINUTE).await;
    assert_eq!(memory.memory.objects_in_use(), 0, "every object cleans up after itself");
}

async fn in_many_orders() {
    for seed in 0..12_usize {
        let (world, memory) = in_memory(&[]);
        let peter = world.somebody().await;
        memory.memory.set_gate(Some(Rc::new(move |call: Call| {
            let pause = (call.subject.len() + call.verb.len() * seed) % 5;
            Box::pin(async move {
                for _ in 0..pause {
                    tokio::task::yield_now().await;
                }
                Fault::None
            })
        })));
        assert_one_wins(&world, &peter).await;
        memory.memory.set_gate(None);
        assert_eq!(memory.memory.passwords_set().len(), 1, "one write");
        memory.advance(2 * MINUTE).await;
        assert_eq!(times_told(&world, &peter, "password_changed").await, 1);
        assert_eq!(world.mails_to(peter.address()).await.len(), 1, "one notice");
    }
}

async fn breaks_off() {
    for (fault, written) in [(Fault::After, true), (Fault::Before, false), (Fault::Late, true), (Fault::Twice, true)] {
        let (world, memory) = in_memory(&[]);
        let peter = world.somebody().await;
        world.sign_in(&peter, "phone").await;
        let session = world.session_for(&peter).await;
        gate(&memory, "directory.set_password", fault);
        let answer = world.change_password(&session, &peter.password, NEW).await;
        if fault == Fault::Twice {
            assert_eq!(answer.status, 200, "{answer:?}");
        } else {
            assert_code(&answer, 409, "change_busy");
            assert_eq!(answer.header("retry-after"), Some("2"));
        }
        memory.memory.set_gate(None);
        memory.memory.apply_late_write();
        memory.advance(2 * MINUTE).await;
        let now = if written { NEW } else { &peter.password };
        assert!(world.has_password(&peter, now).await, "{fault:?}");
        assert_eq!(times_told(&world, &peter, "password_changed").await, usize::from(written), "{fault:?}");
        assert_eq!(world.mails_to(peter.address()).await.len(), usize::from(written), "{fault:?}");
        assert_eq!(world.sessions(&peter).await, if written { 1 } else { 2 }, "{fault:?}");
        assert_eq!(world.change_password(&session, now, OTHER).await.status, 200, "{fault:?}: it goes on");
    }
}

async fn too_often() {
    let (world, memory) = in_memory(&[]);
    memory.memory.limit_asking(3);
    let peter = world.somebody().await;
    let session = world.session_for(&peter).await;
    let ask = async || {
        let mut request = change(&session, OTHER, NEW);
        request.headers_mut().insert("cf-connecting-ip", "192.0.2.7".parse().unwrap());
        world.send(request).await
    };
    for _ in 0..3 {
        assert_code(&ask().await, 403, "old_password_wrong");
    }
    assert_code(&ask().await, 429, "too_many_requests");
}

async fn not_configured() {
    let sql = statements(&[]);
    let ours =
        [Some(sql.find_by_email), sql.find_by_username, Some(sql.account), Some(sql.set_password), sql.revoke_sessions];
    let ours: Vec<(&str, String)> = ours.into_iter().flatten().map(|it| (it.variable, it.sql)).collect();
    let ours: Vec<(&str, &str)> = ours.iter().map(|(variable, sql)| (*variable, sql.as_str())).collect();
    let (world, memory) = in_memory(&ours);
    let peter = world.somebody().await;
    let session = world.session_for(&peter).await;
    let _before = verbs(&memory);
    assert_code(&world.change_password(&session, &peter.password, NEW).await, 404, "not_found");
    assert_eq!(verbs(&memory), [] as [&str; 0]);
}

async fn silent() {
    let (world, memory) = in_memory(&[]);
    let peter = world.somebody().await;
    let session = world.session_for(&peter).await;
    assert_code(&world.change_password(&session, OTHER, NEW).await, 403, "old_password_wrong");
    assert_code(&world.change_password("nobody's session", OTHER, NEW).await, 401, "not_signed_in");
    assert_eq!(world.change_password(&session, &peter.password, NEW).await.status, 200);
    let (stored, noted) = (memory.memory.everything_stored(), format!("{:?}", memory.memory.notes()));
    for secret in [session.as_str(), "nobody's session", &peter.password, NEW, OTHER, peter.address()] {
        assert!(!stored.contains(secret) && !noted.contains(secret), "{secret}");
    }
    assert!(noted.contains("old_password_wrong") && noted.contains("not_signed_in"), "{noted}");
}
