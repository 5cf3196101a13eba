//! Events as receivers outside of the service get them.

use serde::Serialize;

use super::{AT_SIGNS, EventView};
use crate::values::account::AccountId;
use crate::values::keys::Keyring;
use crate::values::object_id::AccountName;

/// An event as the hook `onEvent` and the endpoints of webhooks receive it. `edge/index.d.ts`
/// documents it.
#[derive(Debug, Serialize)]
pub struct EventValue<'a> {
    pub(crate) id: &'a str,
    pub(crate) at: &'a str,
    pub(crate) event: &'a str,
    application: &'a str,
    account: Option<&'a str>,
    /// The keyed name of an account whose id looks like an e-mail address, instead of the id. For
    /// endpoints only.
    #[serde(skip_serializing_if = "Option::is_none")]
    account_key: Option<String>,
    identifier: Option<&'a str>,
    address: Option<&'a str>,
    block: Option<&'a str>,
    reported_by: Option<&'a str>,
    reported_from: Option<&'a str>,
    request: Option<&'a str>,
    link: Option<&'a str>,
    detail: Option<&'a str>,
    attempt: Option<u32>,
    next_attempt: Option<&'a str>,
}

impl<'a> EventValue<'a> {
    /// Returns the value of an event of an application.
    #[must_use]
    pub fn new(application: &'a str, view: &'a EventView) -> Self {
        Self {
            id: &view.id,
            at: &view.at,
            event: &view.event,
            application,
            account: view.account.as_deref(),
            account_key: None,
            identifier: view.identifier.as_deref(),
            address: view.address.as_deref(),
            block: view.block.as_deref(),
            reported_by: view.reported_by.as_deref(),
            reported_from: view.reported_from.as_deref(),
            request: view.request.as_deref(),
            link: view.link.as_deref(),
            detail: view.detail.as_deref(),
            attempt: view.attempt,
            next_attempt: view.next_attempt.as_deref(),
        }
    }

    /// Replaces the id of an account that looks like an e-mail address by its keyed name.
    pub(crate) fn with_keyed_address(self, keys: &Keyring) -> Self {
        match self.account {
            Some(id) if id.contains(AT_SIGNS) => {
                let key = AccountName::new(keys, &AccountId(id.to_owned())).to_string();
                Self { account: None, account_key: Some(key), ..self }
            }
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::Event;

    #[test]
    fn an_account_that_looks_like_an_address_is_sent_under_a_keyed_name() {
        let keys = crate::testing::application().keys;
        for (id, is_keyed) in [("17", false), ("ada@example.com", true), ("ada\u{ff20}x", true)] {
            let account = Some(AccountId(id.to_owned()));
            let view = EventView::from(&Event { account, ..crate::stored_formats::event() });
            let value = EventValue::new("default", &view).with_keyed_address(&keys);
            assert_eq!(
                (value.account.is_none(), value.account_key.is_some()),
                (is_keyed, is_keyed)
            );
        }
    }
}
