//! What is tried again, when, and how often.

use std::{
    future::{pending, ready},
    time::Duration,
};

use relatch::{
    Client, Code, Error, Problem, Retry, Transport, TransportError,
    http::{Request, Response},
};

use crate::support::{Answer, SERVICE, Script, answer, changed, client, code, confirm, impatient, problem};

fn unreachable() -> Answer {
    Err(TransportError::new("connection refused"))
}

fn milliseconds(script: &Script) -> Vec<u128> {
    script.waits.borrow().iter().map(Duration::as_millis).collect()
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_with_the_very_same_body() {
    let script = Script::of([unreachable(), Err(TransportError::timed_out()), changed()]);
    assert_eq!(confirm(&client(&script)).await.unwrap(), "changed");
    let requests = script.requests.borrow();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| request.body() == requests[0].body() && request.uri() == requests[0].uri()));
    assert_eq!(milliseconds(&script), [250, 500]);
}

#[tokio::test]
async fn the_third_failure_is_told() {
    let script = Script::of([problem(Code::LinkBusy), unreachable(), problem(Code::Unavailable)]);
    assert_eq!(code(confirm(&client(&script)).await), Some(Code::Unavailable));
    assert_eq!(script.requests.borrow().len(), 3);
}

#[tokio::test]
async fn of_the_refusals_only_busy_and_unavailable_are_tried_again() {
    for tried in Code::ALL {
        let again = matches!(tried, Code::LinkBusy | Code::Unavailable);
        let script = Script::of([problem(*tried), changed()]);
        let result = confirm(&client(&script)).await;
        assert_eq!(result.is_ok(), again, "{tried}");
        assert_eq!(script.requests.borrow().len(), if again { 2 } else { 1 }, "{tried}");
    }
}

#[tokio::test]
async fn a_gateways_outage_is_tried_again_and_other_strange_answers_are_not() {
    for (status, again) in
        [(502, true), (503, true), (504, true), (500, false), (404, false), (429, false), (200, false)]
    {
        let script = Script::of([answer(status, "<html>"), changed()]);
        assert_eq!(confirm(&client(&script)).await.is_ok(), again, "{status}");
    }
    let unknown = answer(503, r#"{"code":"resting"}"#);
    let script = Script::of([unknown, changed()]);
    assert!(confirm(&client(&script)).await.is_err());
}

#[tokio::test]
async fn the_services_own_wait_is_kept_where_it_is_longer() {
    let script = Script::of([
        problem(Problem::new(Code::Unavailable).retry_after(2)),
        problem(Problem::new(Code::LinkBusy).retry_after(0)),
        changed(),
    ]);
    confirm(&client(&script)).await.unwrap();
    assert_eq!(milliseconds(&script), [2000, 500]);
}

#[tokio::test]
async fn too_many_requests_is_tried_again_when_its_wait_fits() {
    let script = Script::of([problem(Problem::new(Code::TooManyRequests).retry_after(9)), changed()]);
    confirm(&client(&script)).await.unwrap();
    assert_eq!(milliseconds(&script), [9000]);

    let script = Script::of([problem(Problem::new(Code::TooManyRequests).retry_after(10))]);
    assert_eq!(code(confirm(&client(&script)).await), Some(Code::TooManyRequests));
    assert!(script.waits.borrow().is_empty());
}

#[tokio::test]
async fn a_wait_that_does_not_fit_into_the_rest_of_the_time_is_not_begun() {
    let busy = || problem(Problem::new(Code::LinkBusy).retry_after(4));
    let script = Script::of([busy(), busy(), busy()]);
    script.exchange.set(Duration::from_secs(1));
    assert_eq!(code(confirm(&client(&script)).await), Some(Code::LinkBusy));
    // 1 s for the first exchange, 4 s of waiting, 1 s for the second: a further 4 s would end at the time-out.
    assert_eq!(milliseconds(&script), [4000]);

    let script = Script::of([problem(Problem::new(Code::Unavailable).retry_after(u32::MAX))]);
    assert_eq!(code(confirm(&client(&script)).await), Some(Code::Unavailable));
}

#[tokio::test]
async fn a_retry_after_beyond_all_bounds_is_only_a_long_wait() {
    let mut response = problem(Code::LinkBusy).unwrap();
    response.headers_mut().insert("retry-after", u64::MAX.to_string().parse().unwrap());
    let script = Script::of([Ok(response)]);
    assert_eq!(code(confirm(&client(&script)).await), Some(Code::LinkBusy));
}

#[tokio::test]
async fn a_closure_without_a_clock_still_counts_its_waits() {
    let asked = std::cell::Cell::new(0);
    let client = Client::builder(SERVICE)
        .transport(async |_: Request<Vec<u8>>| {
            asked.set(asked.get() + 1);
            problem(Problem::new(Code::LinkBusy).retry_after(6))
        })
        .build()
        .unwrap();
    assert_eq!(code(confirm(&client).await), Some(Code::LinkBusy));
    assert_eq!(asked.get(), 2);
}

#[tokio::test]
async fn the_number_of_attempts_can_be_chosen_from_one_to_five() {
    let outage = || std::iter::repeat_with(unreachable).take(9);
    let script = Script::of(outage());
    confirm(&impatient(&script)).await.unwrap_err();
    assert_eq!(script.requests.borrow().len(), 1);
    for (chosen, made) in [(0, 1), (1, 1), (2, 2), (5, 5), (u32::MAX, 5)] {
        let script = Script::of(outage());
        let retry = Retry::default().attempts(chosen).first_wait(Duration::from_millis(10));
        let client = Client::builder(SERVICE).retry(retry).transport(&script).build().unwrap();
        confirm(&client).await.unwrap_err();
        assert_eq!(script.requests.borrow().len(), made);
        assert_eq!(milliseconds(&script), [10, 20, 40, 80][..made - 1]);
    }
}

#[tokio::test]
async fn endless_back_off_does_not_overflow() {
    let script = Script::of([unreachable(), unreachable()]);
    let retry = Retry::default().attempts(5).first_wait(Duration::MAX);
    let client = Client::builder(SERVICE).retry(retry).timeout(Duration::MAX).transport(&script).build().unwrap();
    confirm(&client).await.unwrap_err();
}

/// Never answers; its deadline is over at once, or never begins.
struct Silent {
    ends: bool,
}

impl Transport for Silent {
    async fn send(&self, _: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        pending().await
    }

    async fn deadline(&self, limit: Duration) {
        assert_eq!(limit, Duration::from_secs(3));
        if self.ends { ready(()).await } else { pending().await }
    }
}

#[tokio::test]
async fn the_transports_deadline_ends_a_call_that_gets_no_answer() {
    let client =
        |ends| Client::builder(SERVICE).timeout(Duration::from_secs(3)).transport(Silent { ends }).build().unwrap();
    let Error::Transport(error) = confirm(&client(true)).await.unwrap_err() else { panic!("no transport error") };
    assert!(error.is_time_out());
    let waits = tokio::time::timeout(Duration::from_millis(50), confirm(&client(false))).await;
    assert!(waits.is_err());
}
