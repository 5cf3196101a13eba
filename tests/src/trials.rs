//! Runs trials in parallel and in random order. The seed of the order is printed; `TEST_SEED`
//! repeats that order.

use std::pin::Pin;

use libtest_mimic::{Arguments, Conclusion, Failed, Trial};

use crate::world::World;

/// A test that runs in either world.
pub type Flow = for<'a> fn(&'a World) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Converts an `async fn(&World)` into a [`Flow`].
#[macro_export]
macro_rules! flow {
    ($flow:path) => {{
        let flow: $crate::trials::Flow = |world| Box::pin($flow(world));
        flow
    }};
}

/// Creates a trial that runs an async body on its own runtime.
pub fn trial<F>(name: impl Into<String>, body: impl FnOnce() -> F + Send + 'static) -> Trial
where
    F: Future<Output = ()>,
{
    Trial::test(name, move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(|error| Failed::from(error.to_string()))?.block_on(body());
        Ok(())
    })
}

/// Runs the trials that the command line selects.
pub fn run(mut trials: Vec<Trial>) -> Conclusion {
    let arguments = Arguments::from_args();
    let seed = seed();
    if !arguments.list {
        eprintln!("order of the trials: TEST_SEED={seed}");
    }
    shuffle(&mut trials, seed);
    libtest_mimic::run(&arguments, trials)
}

fn seed() -> u64 {
    std::env::var("TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).expect("the system provides random bytes");
        u64::from_le_bytes(bytes)
    })
}

/// Shuffles by Fisher and Yates, with random numbers from `SplitMix64`.
fn shuffle<T>(items: &mut [T], mut state: u64) {
    for last in (1..items.len()).rev() {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) ^ state;
        let bound = u64::try_from(last).unwrap_or_default().saturating_add(1);
        let other = mixed
            .checked_rem(bound)
            .and_then(|other| usize::try_from(other).ok())
            .unwrap_or_default();
        items.swap(last, other);
    }
}
