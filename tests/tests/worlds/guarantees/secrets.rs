//! A leaked store yields no link, and a leaked log no secret.

use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use relatch_tests::trials::trial;
use relatch_tests::workerd::Workerd;
use relatch_tests::world::{World, in_memory, request};
use tokio::time::{Instant, sleep};

use crate::support::{MINUTE, NEW, OTHER};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: stores and logs contain no token, password or address", leaks),
        trial("in process: the log names the call, and the link or the account", named),
        trial("workerd: nothing is logged while the URL of a request holds a token", silent),
        trial(
            "workerd: of many rejected calls ten in a second are logged, and the rest counted",
            counted,
        ),
    ]
}

async fn named() {
    let (world, memory) = in_memory(&[("DIALECTS", "cloudcms")]);
    let peter = world.new_person().await;
    let session = world.open_session(&peter).await;
    let token = world.token_for(&peter).await;
    let commit = |path: &str| {
        request(
            "POST",
            &format!("/pub/applications/default/requests/resetpassword/{path}/commit"),
            r#"{"password": "short"}"#,
        )
    };
    assert_eq!(world.confirm(&token, "weak").await.status, 422);
    assert_eq!(world.send(commit(&token)).await.status, 422);
    assert_eq!(world.send(commit("forged")).await.status, 400);
    assert_eq!(world.change_password(&session, OTHER, NEW).await.status, 403);
    let refusals = memory.logged_refusals();
    let link = refusals[0].link.clone();
    assert!(link.is_some());
    let cloud_cms = "/pub/applications/{application}/requests/resetpassword/{value}/commit";
    let named: Vec<_> = refusals
        .iter()
        .map(|refusal| (refusal.call, refusal.code, refusal.link.clone(), refusal.account.clone()))
        .collect();
    let expected = [
        ("/password/reset/confirm", "password_rejected", link.clone(), None),
        (cloud_cms, "password_rejected", link, None),
        (cloud_cms, "link_invalid", None, None),
        ("/password/change", "old_password_wrong", None, Some(peter.account_id())),
    ];
    assert_eq!(named, expected);
}

/// Returns the lines of the Worker: its log without wrangler's list of requests.
fn lines(workerd: &Workerd) -> Vec<String> {
    let log = workerd.log();
    let own = log.lines().filter(|line| !line.trim().is_empty() && !line.contains("[wrangler:"));
    own.map(str::to_owned).collect()
}

async fn silent() {
    let workerd = Arc::new(Workerd::start(&[]));
    let world = World::Workerd(Arc::clone(&workerd));
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    world.wait_for_event(&peter, "link_sent").await;
    sleep(Duration::from_secs(6)).await;
    let cloud_cms = format!("/pub/applications/default/requests/resetpassword/{token}");
    let before = lines(&workerd);
    for (method, path, body) in [
        ("POST", format!("{cloud_cms}/commit"), r#"{"password": "short"}"#),
        ("POST", format!("{cloud_cms}/send"), ""),
        (
            "POST",
            format!("/password/reset/confirm?token={token}"),
            r#"{"token": "forged", "password": "short"}"#,
        ),
        ("POST", format!("/api/flask/reset?token={token}"), "{}"),
        ("GET", format!("/server/status?token={token}"), ""),
        ("GET", format!("/password/reset?token={token}"), ""),
    ] {
        let response = world.send(request(method, &path, body)).await;
        assert!(response.status >= 300, "{response:?}");
    }
    sleep(Duration::from_millis(700)).await;
    assert_eq!(lines(&workerd)[before.len()..], [] as [&str; 0]);
    // A request without a token writes what waits.
    assert_eq!(world.send(request("GET", "/server/status", "")).await.status, 401);
    let written = async || {
        let lines = lines(&workerd);
        let new = lines[before.len()..].join("\n");
        ["password_rejected", "link_invalid", "key_invalid"].iter().all(|code| new.contains(code))
    };
    assert!(workerd.wait_until(Duration::from_secs(10), written).await, "{:?}", lines(&workerd));
    let log = lines(&workerd).join("\n");
    assert!(!log.contains(&token[31..52]), "{log}");
    // Also where the configuration is not valid.
    workerd.kill();
    workerd.start_worker_with(&[("MAIL_FROM", String::new())]);
    sleep(Duration::from_secs(3)).await;
    let before = lines(&workerd);
    let opened = world.send(request("GET", &format!("/password/reset?token={token}"), "")).await;
    assert_eq!(opened.status, 503);
    sleep(Duration::from_millis(700)).await;
    assert_eq!(lines(&workerd)[before.len()..], [] as [&str; 0]);
}

async fn counted() {
    let workerd = Arc::new(Workerd::start(&[]));
    let world = World::Workerd(Arc::clone(&workerd));
    let began = Instant::now();
    let forged = (0..60).map(|_| world.confirm("forged", NEW));
    let replies = futures_util::future::join_all(forged).await;
    // The calls began and ended within this many seconds of the clock.
    let seconds = usize::try_from(began.elapsed().as_secs()).expect("it is short") + 2;
    assert!(replies.iter().all(|reply| reply.status == 400));
    let refused = || {
        let lines = lines(&workerd);
        let refused = lines.iter().filter(|line| line.contains("call_refused"));
        let (counts, single): (Vec<_>, Vec<_>) =
            refused.cloned().partition(|line| line.contains("\"count\":"));
        let count = |line: &String| {
            let digits = line.split("\"count\":").nth(1)?.split(|c: char| !c.is_ascii_digit());
            digits.into_iter().next()?.parse::<usize>().ok()
        };
        (single.len(), counts.iter().filter_map(count).sum::<usize>())
    };
    let complete = async || {
        // The next request writes the lines that still wait.
        world.send(request("GET", "/healthz", "")).await;
        refused().0 + refused().1 == 60
    };
    assert!(workerd.wait_until(Duration::from_secs(60), complete).await, "{:?}", lines(&workerd));
    let (single, _) = refused();
    assert!(single <= 10 * seconds, "{single} lines in {seconds} seconds");
}

async fn leaks() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    assert_eq!(world.confirm(&token, "weak").await.status, 422);
    assert_eq!(world.confirm("forged", NEW).await.status, 400);
    let stored_before_use = memory.everything_stored();
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    memory.advance(MINUTE).await;
    let logs = format!("{:?} {:?}", memory.logged_events(), memory.events());
    for copy in [stored_before_use, memory.everything_stored(), logs] {
        // Characters 31 to 52 of the token encode the nonce, without which no store yields a link.
        for secret in [&token[..], &token[31..52], NEW, "weak", peter.address(), "$argon2id"] {
            assert!(!copy.contains(secret), "{copy} contains {secret}");
        }
    }
}
