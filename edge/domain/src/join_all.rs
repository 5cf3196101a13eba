//! Concurrency on a single thread.

use std::future::{Future, poll_fn};
use std::task::Poll;

/// Polls all futures until each is done, and returns their outputs in order. They are few, so every
/// wake-up polls all of them; that needs far less code than one waker per future.
pub async fn join_all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut all: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    poll_fn(|context| {
        let mut waits = false;
        for (future, outcome) in &mut all {
            if outcome.is_none() {
                match future.as_mut().poll(context) {
                    Poll::Ready(value) => *outcome = Some(value),
                    Poll::Pending => waits = true,
                }
            }
        }
        if waits { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    all.into_iter().filter_map(|(_, outcome)| outcome).collect()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    #[test]
    fn outputs_are_in_order_and_no_future_is_polled_after_its_end() {
        let polls = [0, 3, 1].map(Cell::new);
        let futures = polls.iter().zip(10..).map(|(left, value)| {
            poll_fn(move |_| match left.get() {
                0 => {
                    left.set(u32::MAX);
                    Poll::Ready(value)
                }
                u32::MAX => panic!("polled after its end"),
                more => {
                    left.set(more - 1);
                    Poll::Pending
                }
            })
        });
        let mut all = pin!(join_all(futures));
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..3 {
            assert!(all.as_mut().poll(&mut context).is_pending());
        }
        assert_eq!(all.as_mut().poll(&mut context), Poll::Ready(vec![10, 11, 12]));
    }
}
