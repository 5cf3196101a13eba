//! The ports to other services: mail, webhooks, captchas and breached passwords.

use super::Outage;
use crate::breaches::BreachedRange;
use crate::captcha::{Captcha, CaptchaAnswer};
use crate::mail::Message;
use crate::mail::failure::SendError;
use crate::mail::report::{MailReport, ReportCall, ReportError};
use crate::values::time::Moment;
use crate::webhook::{WebhookFailure, WebhookMessage};

/// Sends mail.
pub trait Mailer {
    /// Sends one message to its one recipient. `hand_over` runs once, directly before the step
    /// after which the provider may deliver the message: the final dot of SMTP, the request of an
    /// API. If it fails, that step is not taken.
    ///
    /// # Errors
    ///
    /// A [`SendError`] if the provider did not accept the message, or did not confirm that it
    /// did. In the second case, in which the failure is no answer
    /// ([`MailFailure::is_answer`]), the message may arrive.
    ///
    /// [`MailFailure::is_answer`]: crate::mail::failure::MailFailure::is_answer
    async fn send(
        &self,
        message: &Message,
        hand_over: impl AsyncFnOnce() -> Result<(), Outage>,
    ) -> Result<(), SendError>;

    /// Authenticates a call that the provider has made, and returns the reports in it. The default
    /// is a provider that reports nothing.
    ///
    /// # Errors
    ///
    /// [`ReportError`] if the call is not authentic or cannot be read.
    async fn reports(&self, _: ReportCall<'_>, _: Moment) -> Result<Vec<MailReport>, ReportError> {
        Err(ReportError::Disabled)
    }
}

/// Posts events to the endpoints of the application.
pub trait Webhooks {
    /// Sends one request: the payload as JSON, with the headers of the message. A redirect is not
    /// followed, and the body of the answer is not read.
    ///
    /// # Errors
    ///
    /// A [`WebhookFailure`] if the endpoint did not answer with success. It may have the event.
    async fn post(&self, message: &WebhookMessage<'_>) -> Result<(), WebhookFailure>;
}

/// The provider of a captcha. The default is that of a platform that reaches no provider.
pub trait CaptchaProviders {
    /// Asks the provider about a token, which uses the token up.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the provider does not answer in time, or with something else.
    async fn verify(&self, _: &Captcha, _: &str) -> Result<CaptchaAnswer, Outage> {
        Err(Outage)
    }

    /// Logs an answer that is [`CaptchaVerdict::Unavailable`], with what to check.
    ///
    /// [`CaptchaVerdict::Unavailable`]: crate::captcha::CaptchaVerdict::Unavailable
    fn log_unavailable(&self) {}
}

/// Why there is no range of breached passwords.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeError {
    /// The service did not answer in time, or with an error.
    Unavailable,
    /// The answer is not one of the protocol.
    Invalid,
}

/// The service with breached passwords: see [`breaches`](crate::breaches). The defaults are those
/// of a platform that does not reach it.
pub trait BreachedPasswords {
    /// Returns the range at a URL if it is kept from an earlier query, without I/O.
    fn cached(&self, _: &str) -> Option<BreachedRange> {
        None
    }

    /// Queries the range at a URL.
    ///
    /// # Errors
    ///
    /// [`RangeError`] if there is no range.
    async fn range(&self, _: &str) -> Result<BreachedRange, RangeError> {
        Err(RangeError::Unavailable)
    }
}
