mod enqueue;
mod limits;
mod revoke;
mod shared;
mod stored;
mod waiting;

use super::EnqueueMail;
use crate::mailbox::{Addressee, MailKind, Requester};
use crate::testing;
use crate::values::account::{AccountId, Fingerprint};
use crate::values::link::Seed;
use crate::values::object_id::{AccountName, AddressName};

fn fingerprint(name: &str) -> Fingerprint {
    serde_json::from_value(name.into()).unwrap()
}

/// Returns a visitor's request for a link of an account with the fingerprint "before".
fn mail(request: &str, account: &str) -> EnqueueMail {
    EnqueueMail {
        request: request.to_owned(),
        kind: MailKind::Link,
        requester: Requester::Visitor,
        account: addressee(request, account),
        others: Vec::new(),
        address: None,
        definition: None,
        lifetime: None,
        language: None,
        not_before: None,
    }
}

/// Returns an account with the fingerprint "before", whose label is its id.
fn addressee(request: &str, account: &str) -> Addressee {
    let application = testing::application();
    let parts = [request.as_bytes(), account.as_bytes()];
    let random = crate::values::keys::digest(&application.id, "seed", &parts);
    let id = AccountId(account.to_owned());
    Addressee {
        name: AccountName::new(&application.keys, &id),
        account: id,
        fingerprint: fingerprint("before"),
        seed: Seed { key_id: 7, random },
        address: AddressName::new(&application.keys, "peter@example.com"),
        label: Some(account.to_owned()),
    }
}
