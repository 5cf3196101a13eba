//! The hooks: what the host application decides or receives itself.
//!
//! Every method has a default, that of a deployment without the hook: it does nothing. A hook that
//! fails, does not answer in time, or answers with another shape is an [`Outage`]. There are two
//! exceptions: another shape from `render` is [`RenderOutcome::Invalid`], and the answer of
//! `onEvent` is ignored.

use super::Outage;
use crate::events::{Event, RefusalReason};
use crate::mail::rendering::{MailToRender, RenderOutcome};
use crate::values::account::Account;
use crate::values::client::ClientInfo;

/// A call that requests a link, before anything is looked up. It has no identifier.
#[derive(Clone, Copy, Debug, Default)]
pub struct RequestCall<'a> {
    /// The surface: `request`, `page`, `rest`, `flask` or `cloudcms`.
    pub surface: &'static str,
    /// The method.
    pub method: &'a str,
    /// The path, under the base path of the application.
    pub path: &'a str,
    /// The headers `user-agent`, `accept-language` and `origin`, as far as the call has them.
    pub headers: [(&'static str, Option<&'a str>); 3],
    /// The token of a captcha.
    pub captcha: Option<&'a str>,
    /// Whether a server key with the scope `request` vouches for the visitor, so that no captcha is
    /// needed. The hook does not get it.
    pub vouched: bool,
}

/// The response of a hook to a call, instead of that of the service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HookResponse {
    /// The status.
    pub status: u16,
    /// The headers by their names.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// Whether an account may reset its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResetDecision {
    /// It may.
    Allowed,
    /// It may not.
    Refused(RefusalReason),
}

/// The functions of the host application.
///
/// # Errors
///
/// Every method returns [`Outage`] if the hook fails.
pub trait Hooks {
    /// Returns the response to a call that requests a link, or `None` if the service answers it. It
    /// is called before anything is looked up.
    async fn before_request(
        &self,
        _call: RequestCall<'_>,
        _client: &ClientInfo,
    ) -> Result<Option<HookResponse>, Outage> {
        Ok(None)
    }

    /// Returns whether [`Self::may_reset`] is to be asked.
    fn decides_resets(&self) -> bool {
        false
    }

    /// Returns whether an account that is eligible may reset its password by mail. The answer may
    /// differ from one call to the next.
    async fn may_reset(&self, _account: &Account) -> Result<ResetDecision, Outage> {
        Ok(ResetDecision::Allowed)
    }

    /// Returns whether [`Self::on_event`] is to be called.
    fn receives_events(&self) -> bool {
        false
    }

    /// Receives an event, at least once. A repeated call has the same id.
    async fn on_event(&self, _event: &Event) -> Result<(), Outage> {
        Ok(())
    }

    /// Returns whether [`Self::render`] is to be called.
    fn renders_mails(&self) -> bool {
        false
    }

    /// Returns the texts of a mail.
    async fn render(&self, _mail: &MailToRender) -> Result<RenderOutcome, Outage> {
        Ok(RenderOutcome::Unset)
    }
}
