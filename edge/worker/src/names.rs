//! The names of Durable Objects and the keys of link records.

use std::fmt::Display;

use relatch_domain::values::application_id::ApplicationId;
use relatch_domain::values::link::LinkId;

/// Returns the name of the mailbox or password change with this id. Links that were mailed depend
/// on it: a mailbox under another name does not have them.
#[must_use]
pub fn object_name(application: &ApplicationId, id: &impl Display) -> String {
    format!("{}/{id}", application.as_str())
}

/// Returns the name of the object that deletes an application's old events. It differs from every
/// intake.
#[must_use]
pub fn retention_name(application: &ApplicationId) -> String {
    format!("{}/retention", application.as_str())
}

/// Returns the key of a link record in KV. Links that were mailed depend on it.
#[must_use]
pub fn link_key(application: &ApplicationId, link: &LinkId) -> String {
    format!("{}:link:{}", application.as_str(), link.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use relatch_domain::testing::application;
    use relatch_domain::values::account::AccountId;
    use relatch_domain::values::link::{Link, Seed};
    use relatch_domain::values::object_id::{MailboxId, PasswordChangeId};
    use relatch_domain::values::time::Moment;

    #[test]
    fn the_names_of_objects_are_fixed() {
        let application = application();
        let mailbox = MailboxId::new(&application.keys, "peter@example.com");
        let change = PasswordChangeId::new(&application.keys, &AccountId("17".to_owned()));
        assert_eq!(object_name(&application.id, &mailbox), "default/RKw5Ptv87DE5yJyTUuij2A");
        assert_eq!(object_name(&application.id, &change), "default/d1smD2K6jB1ZtUwFoZcLKw");
    }

    #[test]
    fn the_key_of_a_link_record_is_fixed() {
        let application = application();
        let mailbox = MailboxId::new(&application.keys, "peter@example.com");
        let seed = Seed { key_id: 7, random: [5; 32] };
        let (link, _) =
            Link::issue(&application.keys, &seed, &mailbox, Moment::from_seconds(1_800_000_000))
                .unwrap();
        let key = "default:link:iKYXxPn5ffvU-F6GDzBkMvkcOAEaQYRmmti-YTe_qSM";
        assert_eq!(link_key(&application.id, &link.id), key);
    }
}
