//! What every provider gets to send.

use crate::host::AlarmProgress;
use crate::mail::dialogue::HandOver;
use relatch_domain::mail::Message;

/// A message that is to be sent.
pub struct Delivery<'a> {
    /// The message.
    pub message: &'a Message,
    /// The progress of the alarm.
    pub progress: &'a AlarmProgress,
    /// The step directly before the one after which the provider may deliver the message.
    pub hand_over: HandOver<'a>,
}
