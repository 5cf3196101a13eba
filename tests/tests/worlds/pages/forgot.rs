//! The page that asks for a mail: the same answer whoever is meant, at the same cost.

use libtest_mimic::Trial;
use relatch::wire::path;
use relatch_memory::Fault;
use relatch_tests::flow;
use relatch_tests::in_process::InProcess;
use relatch_tests::person::Person;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{Answer, World};

use super::visitor::{Visitor, assert_page};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("pages: answers to a request are equal byte for byte, whoever is meant", flow!(equal)),
        ("pages: what cannot be a name comes back with the reason, and asks nobody", flow!(unreadable)),
    ]
}

pub fn in_process() -> Vec<Trial> {
    vec![
        trial("in process: pages: a request is one limiter call, one object call, one durable write", cost),
        trial("in process: pages: who asks too often or meets an outage is told what to do", refused),
        trial("in process: pages: the interval, the link's life and the sender are told as configured", told),
    ]
}

async fn equal(world: &World) {
    let known = world.somebody().await;
    let disabled = Person { disabled: true, ..Person::new() };
    world.add(&disabled).await;
    let unknown = Person::new();
    let mut answers: Vec<Answer> = Vec::new();
    for _ in 0..2 {
        for person in [&known, &disabled, &unknown] {
            answers.push(Visitor::new(world).ask(person.address()).await);
            answers.push(Visitor::new(world).ask(&person.username).await);
        }
    }
    assert_page(&answers[0], 200, "Check your email");
    assert!(answers[0].body.contains("If an account matches what you entered, an email is on its way"));
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    world.mail(known.address(), 1).await;
}

async fn unreadable(world: &World) {
    const MISSING: &str = "Enter your email address or username.";
    const INVALID: &str = "Enter one valid email address or username.";
    let untouched = crate::bad_input::Untouched::since(world);
    for (typed, why) in [
        ("", MISSING),
        ("   ", MISSING),
        ("a@x.org,b@y.org", INVALID),
        ("peter\nBcc: x@y.org", INVALID),
        (&"x".repeat(255), INVALID),
        (&"x".repeat(10_000), INVALID),
    ] {
        let answer = Visitor::new(world).ask(typed).await;
        assert_page(&answer, 400, "Forgot your password?");
        assert!(answer.body.contains(&format!(r#"<p class="error" id="why">{why}</p>"#)), "{why}");
        assert!(answer.body.contains(r#"aria-invalid="true" aria-describedby="why""#));
        assert!(answer.body.contains("<title>Error: "));
        assert!(answer.body.len() < 8_000, "what is far too long is not given back");
    }
    untouched.assert("no names");
}

async fn cost() {
    let memory = InProcess::new(&[]);
    let world = World::InProcess(memory.clone());
    let peter = world.somebody().await;
    for name in [peter.username.as_str(), peter.address(), "nobody"] {
        Visitor::new(&world).ask(name).await;
        let verbs: Vec<&str> = memory.memory.take_trace().iter().map(|call| call.verb).collect();
        assert_eq!(verbs, ["limiter.check", "intakes.accept", "intake.insert"]);
    }
    Visitor::new(&world).visit(path::FORGOT_PAGE).await;
    assert_eq!(memory.memory.take_trace(), [], "the form itself costs nothing");
}

async fn refused() {
    let memory = InProcess::new(&[]);
    let world = World::InProcess(memory.clone());
    memory.memory.limit_asking(0);
    let answer = Visitor::new(&world).ask("peter").await;
    assert_page(&answer, 429, "Too many requests");
    assert_eq!(answer.header("retry-after"), Some("60"));
    memory.memory.limit_asking(10);
    memory.memory.set_gate(Some(std::rc::Rc::new(|call| {
        let fault = if call.verb == "intakes.accept" { Fault::Before } else { Fault::None };
        Box::pin(async move { fault })
    })));
    let answer = Visitor::new(&world).ask("peter").await;
    assert_page(&answer, 503, "Try again in a moment");
    assert!(answer.header("retry-after").is_some() && answer.body.contains(r#"href="/password/forgot""#));
}

async fn told() {
    let configured = [
        ("LINK_LIFETIME_MINUTES", "90"),
        ("REQUEST_INTERVAL_SECONDS", "120"),
        ("REQUESTS_PER_WINDOW", "5"),
        ("REQUEST_WINDOW_MINUTES", "60"),
        ("CONTACT", "https://help.example.com/contact"),
        ("APPLICATION_NAME", "Tom & Jerry's <shop>"),
    ];
    let world = World::InProcess(InProcess::new(&configured));
    let answer = Visitor::new(&world).ask("peter").await;
    for said in [
        "The link works once, for 90 minutes.",
        "Wait 2 minutes between two requests",
        "at most 5 in 1 hour",
        "The email comes from noreply@example.com.",
        r#"<a href="https://help.example.com/contact">"#,
        "Tom &#38; Jerry&#39;s &#60;shop&#62;",
    ] {
        assert!(answer.body.contains(said), "{said}: {}", answer.body);
    }
    let hasty = World::InProcess(InProcess::new(&[("REQUEST_INTERVAL_SECONDS", "0")]));
    assert!(!Visitor::new(&hasty).ask("peter").await.body.contains("between two requests"));
}
