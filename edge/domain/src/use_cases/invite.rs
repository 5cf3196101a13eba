//! Invitations: a first password for an account that has none, by a link to its stored address.

use super::server::{
    AMBIGUOUS, LinkOptions, ServerApi, ServerError, ServerReply, UNKNOWN, ineligible,
};
use crate::events::Action;
use crate::jobs::plan::{Found, Recipient};
use crate::mail::failure::MailFailure;
use crate::ports::Platform;
use crate::values::account::{Account, Ineligible};

impl<P: Platform> ServerApi<'_, P> {
    /// Mails an invitation to the only account that was found. The hook `mayReset` is not asked,
    /// because there is nothing to reset.
    pub(super) async fn invite(
        &self,
        found: &Found,
        options: LinkOptions,
    ) -> Result<ServerReply, ServerError> {
        let (account, recipient) = match found.accounts.as_slice() {
            [account] => (Some(account), self.invited(account)),
            [] => (None, Err(UNKNOWN)),
            _ => (None, Err(AMBIGUOUS)),
        };
        let recipient = self.switched_off().map_or(recipient, Err);
        let reason = recipient.as_ref().err().copied();
        // An invitation that is started has this id too.
        let id = self.fresh_id()?;
        let account = account.map(|account| &account.id);
        self.record_as(&id, Action::ServerInvite, account, reason).await?;
        let recipient = recipient.map_err(ineligible)?;
        self.mail_link(id, &recipient, options).await
    }

    fn invited<'b>(&self, account: &'b Account) -> Result<Recipient<'b>, &'static str> {
        let invited = self.service.application.invitable(account);
        let email = invited.map_err(Ineligible::as_str)?.email;
        let recipient = Recipient::invited(account, &email);
        if recipient.is_supported() {
            Ok(recipient)
        } else {
            Err(MailFailure::AddressUnsupported.as_str())
        }
    }
}
