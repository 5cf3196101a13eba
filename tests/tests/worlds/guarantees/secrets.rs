//! A leaked store yields no link, and a leaked log no secret.

use libtest_mimic::Trial;
use relatch_tests::trials::trial;
use relatch_tests::world::in_memory;

use crate::support::{MINUTE, NEW};

pub fn trials() -> Vec<Trial> {
    vec![trial("in process: stores and logs contain no token, password or address", leaks)]
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
