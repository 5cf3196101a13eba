//! The context of one HTTP request.

use std::cell::RefCell;

use http::{HeaderMap, Method, Request};
use relatch_domain::application::Application;
use relatch_domain::service::Service;
use relatch_domain::values::account::AccountId;
use relatch_domain::values::client::ClientInfo;
use relatch_domain::values::link::LinkId;

/// The account and the link that a call concerns, once they are known.
#[derive(Default)]
pub(crate) struct Subject {
    /// The account of a signed-in caller.
    pub(crate) account: RefCell<Option<AccountId>>,
    /// The link of a token that was issued.
    pub(crate) link: RefCell<Option<LinkId>>,
}

/// A request and what it is served with. Every handler takes it.
pub(crate) struct Context<'a, P> {
    /// The application and its platform.
    pub(crate) service: Service<'a, P>,
    /// The client, as far as the host vouches for it.
    pub(crate) client: &'a ClientInfo,
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
