//! Who may get a link, and why others may not.

use crate::application::Application;
use crate::values::account::{Account, Eligible, Fingerprint, Ineligible, Role};
use crate::values::mail_address::PlainAddress;

impl Application {
    /// Returns what a link for this account needs, or why the account may not reset its password by
    /// mail.
    ///
    /// # Errors
    ///
    /// The first reason that applies.
    pub fn eligible(&self, account: &Account) -> Result<Eligible, Ineligible> {
        let email = self.recipient(account)?;
        if self.requires_verified && !account.verified {
            return Err(Ineligible::Unverified);
        }
        if !account.has_password() {
            return Err(Ineligible::NoPassword);
        }
        Ok(Eligible { email, fingerprint: account.fingerprint(&self.id) })
    }

    /// Returns what a link for the first password of this account needs, or why its owner cannot be
    /// invited. The link proves the address, so the account need not be verified.
    ///
    /// # Errors
    ///
    /// The first reason that applies.
    pub fn invitable(&self, account: &Account) -> Result<Eligible, Ineligible> {
        let email = self.recipient(account)?;
        if account.has_password() {
            return Err(Ineligible::HasPassword);
        }
        Ok(Eligible { email, fingerprint: account.fingerprint(&self.id) })
    }

    /// Returns what a mailed link needs of its account as it is now. `issued_for` is the
    /// fingerprint of the link: that of an invitation is of the account before it had a password.
    ///
    /// # Errors
    ///
    /// The first reason for which no such link of the account works.
    pub fn redeemable(
        &self,
        account: &Account,
        issued_for: &Fingerprint,
    ) -> Result<Eligible, Ineligible> {
        if account.had_no_password(&self.id, issued_for) {
            let email = self.recipient(account)?;
            return Ok(Eligible { email, fingerprint: account.fingerprint(&self.id) });
        }
        self.eligible(account)
    }

    /// Returns the address of an account to which links may be mailed.
    fn recipient(&self, account: &Account) -> Result<PlainAddress, Ineligible> {
        if !self.reset_enabled {
            return Err(Ineligible::SwitchedOff);
        }
        if account.disabled {
            return Err(Ineligible::Disabled);
        }
        match account.role {
            Role::Machine => return Err(Ineligible::Machine),
            Role::Admin if !self.admins_may_reset => return Err(Ineligible::Admin),
            Role::Admin | Role::User => {}
        }
        account.recipient()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ada, application};
    use crate::values::account::PasswordHash;

    #[test]
    fn an_ineligible_account_gets_the_reason() {
        let plain = application();
        let why = |account: Account| plain.eligible(&account).err();
        assert_eq!(why(ada()), None);
        assert_eq!(why(Account { disabled: true, ..ada() }), Some(Ineligible::Disabled));
        assert_eq!(why(Account { role: Role::Machine, ..ada() }), Some(Ineligible::Machine));
        assert_eq!(why(Account { role: Role::Admin, ..ada() }), Some(Ineligible::Admin));
        assert_eq!(why(Account { email: None, ..ada() }), Some(Ineligible::NoEmail));
        assert_eq!(
            why(Account { email: Some("a@x.org,b@y.org".into()), ..ada() }),
            Some(Ineligible::NoEmail)
        );
        assert_eq!(
            why(Account { email: Some("ada@x_y.org".into()), ..ada() }),
            Some(Ineligible::InvalidDomain)
        );
        assert_eq!(why(Account { email: Some("ada@b\u{fc}cher.example".into()), ..ada() }), None);
        assert_eq!(why(Account { password_hash: None, ..ada() }), Some(Ineligible::NoPassword));
        assert_eq!(
            why(Account { password_hash: Some(PasswordHash::from("")), ..ada() }),
            Some(Ineligible::NoPassword)
        );
        let allowed = Application { admins_may_reset: true, ..application() };
        assert!(allowed.eligible(&Account { role: Role::Admin, ..ada() }).is_ok());
    }

    #[test]
    fn the_owner_of_an_account_without_a_password_is_invited() {
        let plain = application();
        let invited = |account: Account| plain.invitable(&account).err();
        let without = || Account { password_hash: None, verified: false, ..ada() };
        assert_eq!(invited(ada()), Some(Ineligible::HasPassword));
        assert_eq!(invited(without()), None);
        assert_eq!(invited(Account { disabled: true, ..without() }), Some(Ineligible::Disabled));
        assert_eq!(invited(Account { role: Role::Admin, ..without() }), Some(Ineligible::Admin));
        assert_eq!(invited(Account { email: None, ..without() }), Some(Ineligible::NoEmail));
        let of = |account: &Account| account.fingerprint(&plain.id);
        let redeemed =
            |account: &Account, link: &Account| plain.redeemable(account, &of(link)).err();
        assert_eq!(redeemed(&ada(), &ada()), None);
        assert_eq!(redeemed(&without(), &without()), None);
        assert_eq!(redeemed(&ada(), &without()), None, "a repeated confirm");
        assert_eq!(redeemed(&without(), &ada()), Some(Ineligible::NoPassword));
    }

    #[test]
    fn an_account_must_be_verified_if_that_is_required() {
        let unverified = || Account { verified: false, ..ada() };
        assert!(application().eligible(&unverified()).is_ok());
        let required = Application { requires_verified: true, ..application() };
        assert_eq!(required.eligible(&unverified()).err(), Some(Ineligible::Unverified));
        assert!(required.eligible(&ada()).is_ok());
    }

    #[test]
    fn no_account_is_eligible_while_resets_are_switched_off() {
        let off = Application { reset_enabled: false, ..application() };
        for account in [ada(), Account { disabled: true, ..ada() }] {
            assert_eq!(off.eligible(&account).err(), Some(Ineligible::SwitchedOff));
        }
    }
}
