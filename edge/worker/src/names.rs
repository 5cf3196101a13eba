//! The names of Durable Objects.

use std::fmt::Display;

use relatch_domain::values::application_id::ApplicationId;

/// Returns the name of the mailbox or password change with this id. Links that were mailed depend on
/// it: a mailbox under another name does not have them.
#[must_use]
pub fn object_name(application: &ApplicationId, id: &impl Display) -> String {
    format!("{}/{id}", application.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use relatch_domain::testing::application;
    use relatch_domain::values::account::AccountId;
    use relatch_domain::values::object_id::{MailboxId, PasswordChangeId};

    #[test]
    fn the_names_of_objects_are_fixed() {
        let application = application();
        let mailbox = MailboxId::new(&application.keys, "peter@example.com");
        let change = PasswordChangeId::new(&application.keys, &AccountId("17".to_owned()));
        assert_eq!(object_name(&application.id, &mailbox), "default/RKw5Ptv87DE5yJyTUuij2A");
        assert_eq!(object_name(&application.id, &change), "default/d1smD2K6jB1ZtUwFoZcLKw");
    }
}
