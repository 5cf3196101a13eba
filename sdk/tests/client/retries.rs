//! Which failures are retried, when, and how often.

use std::{
    future::{pending, ready},
    time::Duration,
};

use relatch::{
    Client, Code, Error, Problem, RetryPolicy, Transport, TransportError,
    http::{Request, Response},
};

use crate::support::{
    Answer, SERVICE, Script, answer, changed, client, client_without_retries, code, confirm,
    problem,
};

fn unreachable() -> Answer {
    Err(TransportError::new("connection refused"))
}

fn milliseconds(script: &Script) -> Vec<u128> {
    script.waits.borrow().iter().map(Duration::as_millis).collect()
}

#[tokio::test]
async fn a_retry_sends_the_same_request() {
    let script = Script::of([unreachable(), Err(TransportError::timed_out()), changed()]);
    assert_eq!(confirm(&client(&script)).await.unwrap(), "changed");
    let requests = script.requests.borrow();
    assert_eq!(requests.len(), 3);
    assert!(
        requests
            .iter()
            .all(|request| request.body() == requests[0].body()
                && request.uri() == requests[0].uri())
    );
    assert_eq!(milliseconds(&script), [250, 500]);
}

#[tokio::test]
async fn the_third_failure_is_returned() {
    let script = Script::of([problem(Code::LinkBusy), unreachable(), problem(Code::Unavailable)]);
    assert_eq!(code(confirm(&client(&script)).await), Some(Code::Unavailable));
    assert_eq!(script.requests.borrow().len(), 3);
}

#[tokio::test]
async fn of_the_refusals_only_link_busy_and_unavailable_are_retried() {
    for code in Code::ALL {
        let retried = matches!(code, Code::LinkBusy | Code::Unavailable);
        let script = Script::of([problem(*code), changed()]);
        let result = confirm(&client(&script)).await;
        assert_eq!(result.is_ok(), retried, "{code}");
        assert_eq!(script.requests.borrow().len(), if retried { 2 } else { 1 }, "{code}");
    }
}

#[tokio::test]
async fn of_the_protocol_errors_only_those_of_a_gateway_are_retried() {
    for (status, retried) in [
        (502, true),
        (503, true),
        (504, true),
        (500, false),
        (404, false),
        (429, false),
        (200, false),
    ] {
        let script = Script::of([answer(status, "<html>"), changed()]);
        assert_eq!(confirm(&client(&script)).await.is_ok(), retried, "{status}");
    }
    let unknown = answer(503, r#"{"code":"resting"}"#);
    let script = Script::of([unknown, changed()]);
    assert!(confirm(&client(&script)).await.is_err());
}

#[tokio::test]
async fn the_delay_is_the_longer_of_retry_after_and_backoff() {
    let script = Script::of([
        problem(Problem::new(Code::Unavailable).retry_after(2)),
        problem(Problem::new(Code::LinkBusy).retry_after(0)),
        changed(),
    ]);
    confirm(&client(&script)).await.unwrap();
    assert_eq!(milliseconds(&script), [2000, 500]);
}

#[tokio::test]
async fn too_many_requests_is_retried_if_the_wait_fits_the_time_out() {
    let script =
        Script::of([problem(Problem::new(Code::TooManyRequests).retry_after(9)), changed()]);
    confirm(&client(&script)).await.unwrap();
    assert_eq!(milliseconds(&script), [9000]);

    let script = Script::of([problem(Problem::new(Code::TooManyRequests).retry_after(10))]);
    assert_eq!(code(confirm(&client(&script)).await), Some(Code::TooManyRequests));
    assert!(script.waits.borrow().is_empty());
}

#[tokio::test]
async fn a_delay_that_exceeds_the_remaining_time_ends_the_call() {
    let busy = || problem(Problem::new(Code::LinkBusy).retry_after(4));
    let script = Script::of([busy(), busy(), busy()]);
    script.exchange.set(Duration::from_secs(1));
    assert_eq!(code(confirm(&client(&script)).await), Some(Code::LinkBusy));
    // 1 s for the first exchange, 4 s of delay, 1 s for the second: another 4 s would reach the
    // time-out.
    assert_eq!(milliseconds(&script), [4000]);

    let script = Script::of([problem(Problem::new(Code::Unavailable).retry_after(u32::MAX))]);
    assert_eq!(code(confirm(&client(&script)).await), Some(Code::Unavailable));
}

#[tokio::test]
async fn the_largest_retry_after_does_not_overflow() {
    let mut response = problem(Code::LinkBusy).unwrap();
    response.headers_mut().insert("retry-after", u64::MAX.to_string().parse().unwrap());
    let script = Script::of([Ok(response)]);
    assert_eq!(code(confirm(&client(&script)).await), Some(Code::LinkBusy));
}

#[tokio::test]
async fn delays_count_for_a_transport_without_a_clock() {
    let sent = std::cell::Cell::new(0);
    let client = Client::builder(SERVICE)
        .transport(async |_: Request<Vec<u8>>| {
            sent.set(sent.get() + 1);
            problem(Problem::new(Code::LinkBusy).retry_after(6))
        })
        .build()
        .unwrap();
    assert_eq!(code(confirm(&client).await), Some(Code::LinkBusy));
    assert_eq!(sent.get(), 2);
}

#[tokio::test]
async fn the_number_of_attempts_is_clamped_to_1_to_5() {
    let outage = || std::iter::repeat_with(unreachable).take(9);
    let script = Script::of(outage());
    confirm(&client_without_retries(&script)).await.unwrap_err();
    assert_eq!(script.requests.borrow().len(), 1);
    for (chosen, expected) in [(0, 1), (1, 1), (2, 2), (5, 5), (u32::MAX, 5)] {
        let script = Script::of(outage());
        let retry =
            RetryPolicy::default().max_attempts(chosen).initial_backoff(Duration::from_millis(10));
        let client = Client::builder(SERVICE).retry(retry).transport(&script).build().unwrap();
        confirm(&client).await.unwrap_err();
        assert_eq!(script.requests.borrow().len(), expected);
        assert_eq!(milliseconds(&script), [10, 20, 40, 80][..expected - 1]);
    }
}

#[tokio::test]
async fn the_largest_backoff_does_not_overflow() {
    let script = Script::of([unreachable(), unreachable()]);
    let retry = RetryPolicy::default().max_attempts(5).initial_backoff(Duration::MAX);
    let client = Client::builder(SERVICE)
        .retry(retry)
        .timeout(Duration::MAX)
        .transport(&script)
        .build()
        .unwrap();
    confirm(&client).await.unwrap_err();
}

/// Never responds. Its deadline passes at once or never.
struct Silent {
    times_out: bool,
}

impl Transport for Silent {
    async fn send(&self, _: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        pending().await
    }

    async fn deadline(&self, limit: Duration) {
        assert_eq!(limit, Duration::from_secs(3));
        if self.times_out { ready(()).await } else { pending().await }
    }
}

#[tokio::test]
async fn the_deadline_of_the_transport_ends_a_call_without_a_response() {
    let client = |times_out| {
        Client::builder(SERVICE)
            .timeout(Duration::from_secs(3))
            .transport(Silent { times_out })
            .build()
            .unwrap()
    };
    let Error::Transport(error) = confirm(&client(true)).await.unwrap_err() else {
        panic!("no transport error")
    };
    assert!(error.is_timeout());
    let waiting = tokio::time::timeout(Duration::from_millis(50), confirm(&client(false))).await;
    assert!(waiting.is_err());
}
