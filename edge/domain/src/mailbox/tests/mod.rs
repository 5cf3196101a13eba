mod enqueue;
mod limits;
mod revoke;
mod stored;

use super::EnqueueMail;
use crate::mailbox::{MailKind, Requester};
use crate::testing;
use crate::values::account::{AccountId, Fingerprint};
use crate::values::link::Seed;
use crate::values::object_id::AccountName;

fn fingerprint(name: &str) -> Fingerprint {
    serde_json::from_value(name.into()).unwrap()
}

/// Returns a visitor's request for a link of an account with the fingerprint "before".
fn mail(request: &str, account: &str) -> EnqueueMail {
    let account = AccountId(account.to_owned());
    let random =
        crate::values::keys::digest(&testing::application().id, "seed", &[request.as_bytes()]);
    EnqueueMail {
        request: request.to_owned(),
        kind: MailKind::Link,
        requester: Requester::Visitor,
        name: AccountName::new(&testing::application().keys, &account),
        account,
        fingerprint: fingerprint("before"),
        seed: Seed { key_id: 7, random },
        address: None,
        definition: None,
    }
}
