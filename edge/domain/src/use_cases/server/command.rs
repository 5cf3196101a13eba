//! The commands of a server about one account, and their outcomes.

use std::time::Duration;

use crate::events::EventView;

/// The properties of a link that a server has mailed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkOptions {
    /// Its lifetime, within [`LIFETIME_MINUTES`](crate::application::LIFETIME_MINUTES), instead of
    /// that of the configuration.
    pub lifetime: Option<Duration>,
}

/// A command of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerCommand {
    /// Start a reset. The link goes to the stored address of the account and to no other.
    Reset(LinkOptions),
    /// Invite the owner of an account without a password to choose one.
    Invite(LinkOptions),
    /// Query whether the account can reset.
    Status,
    /// Revoke every link of the account.
    Revoke,
    /// Read the latest events of the account, at most this many. A deleted account still has its
    /// events under its id.
    Events(u32),
    /// Erase what is stored about the subject. A link under a claim stays until its claim is
    /// settled, a notice until it is sent, and counts, which do not name the account, until their
    /// windows end.
    Erase,
}

/// The outcome of a command.
pub enum ServerReply {
    /// It is done.
    Done,
    /// Why the account cannot reset, or `None` if it can: a code, or the text of the hook
    /// `mayReset`.
    Status(Option<String>),
    /// The events, newest first.
    Events(Vec<EventView>),
}
