//! The context of one HTTP request.

use std::cell::{OnceCell, RefCell};

use http::{HeaderMap, Method, Request};
use relatch::Problem;
use relatch_domain::application::Application;
use relatch_domain::service::Service;
use relatch_domain::values::account::AccountId;
use relatch_domain::values::client::ClientInfo;
use relatch_domain::values::link::LinkId;

use crate::visitor;

/// The account and the link that a call concerns, once they are known.
#[derive(Default)]
pub(crate) struct Subject {
    /// The account of a signed-in caller.
    pub(crate) account: RefCell<Option<AccountId>>,
    /// The link of a token that was issued.
    pub(crate) link: RefCell<Option<LinkId>>,
    /// The visitor for whom a server calls.
    visitor: OnceCell<ClientInfo>,
}

/// A request and what it is served with. Every handler takes it.
pub(crate) struct Context<'a, P> {
    /// The application and its platform.
    pub(crate) service: Service<'a, P>,
    /// The caller, as far as the host vouches for it.
    pub(crate) caller: &'a ClientInfo,
    /// The subject of the call, for the log.
    pub(crate) subject: &'a Subject,
    /// The request, with its whole body or one that was cut off one byte over the limit.
    pub(crate) request: &'a Request<Vec<u8>>,
}

impl<P> Clone for Context<'_, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Context<'_, P> {}

impl<'a, P> Context<'a, P> {
    pub(crate) const fn application(self) -> &'a Application {
        self.service.application
    }

    /// Returns the client that the call is for: the visitor whom a server names, or the caller. The
    /// limits by address and the events are about the client.
    ///
    /// # Errors
    ///
    /// `key_invalid` if a visitor is named with a key that the application does not have,
    /// `request_invalid` if the visitor's address cannot be used.
    pub(crate) fn client(self) -> Result<&'a ClientInfo, Problem> {
        if let Some(visitor) = visitor::named(self.application(), self.caller, self.headers())? {
            return Ok(self.subject.visitor.get_or_init(|| visitor));
        }
        Ok(self.caller)
    }

    /// Returns the address for the log: that of the client, or of the caller if the call has not
    /// needed its client.
    pub(crate) fn address_text(self) -> Option<String> {
        self.subject.visitor.get().unwrap_or(self.caller).address_text()
    }

    pub(crate) fn headers(self) -> &'a HeaderMap {
        self.request.headers()
    }

    pub(crate) fn method(self) -> &'a Method {
        self.request.method()
    }

    pub(crate) fn path(self) -> &'a str {
        self.request.uri().path()
    }
}
