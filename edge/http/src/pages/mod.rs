//! The hosted pages: `/password/forgot` asks for a mail, `/password/reset` is where its link leads. They are complete
//! without scripts, and do nothing that the JSON calls do not: each form is one call of the same use case.
//!
//! A link's token is in the address for one answer only: it goes into a cookie of this one path, and the form carries
//! a digest of it. A form is taken when cookie, digest and the browser's word about where it came from agree.

use http::{HeaderName, HeaderValue, Method, Request, Response, header};
use relatch::Code;
use relatch::wire::path;

use crate::problem::{Answered, no_content};
use relatch_domain::application::Application;
use relatch_domain::ports::Platform;
use relatch_domain::values::client::ClientInfo;

pub(super) mod cookie;
mod document;
mod forgot;
mod form;
mod message;
mod reset;

use message::Trouble;

const METHODS: &str = "GET, HEAD, POST, OPTIONS";

/// A page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    /// Asks for a mail.
    Forgot,
    /// Sets a new password by the mailed link.
    Reset,
}

/// What a page answers, or why it does not.
type Shown = Result<Answered, Trouble>;

impl Page {
    pub(super) fn at(path: &str) -> Option<Self> {
        match path {
            path::FORGOT_PAGE => Some(Self::Forgot),
            path::RESET_PAGE => Some(Self::Reset),
            _ => None,
        }
    }

    fn path(self, application: &Application) -> String {
        let path = match self {
            Self::Forgot => path::FORGOT_PAGE,
            Self::Reset => path::RESET_PAGE,
        };
        [&application.base_path, path].concat()
    }

    pub(super) async fn answer<P: Platform>(
        self,
        application: &Application,
        platform: &P,
        caller: &ClientInfo,
        request: &Request<Vec<u8>>,
    ) -> Answered {
        let shown = match (request.method(), self) {
            (&Method::OPTIONS, _) => Ok(no_content().into()),
            (&Method::GET | &Method::HEAD, Self::Forgot) => Ok(forgot::form(application).into()),
            (&Method::GET | &Method::HEAD, Self::Reset) => reset::show(application, platform, request).await,
            (&Method::POST, Self::Forgot) => forgot::send(application, platform, caller, request).await,
            (&Method::POST, Self::Reset) => reset::send(application, platform, caller, request).await,
            _ => Err(Code::MethodNotAllowed.into()),
        };
        let mut answered = shown.unwrap_or_else(|trouble| trouble.answer(application, self));
        let headers = answered.response.headers_mut();
        headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
        if answered.refused == Some(Code::MethodNotAllowed) || request.method() == Method::OPTIONS {
            headers.insert(header::ALLOW, HeaderValue::from_static(METHODS));
        }
        answered
    }
}

impl From<Response<Vec<u8>>> for Answered {
    fn from(response: Response<Vec<u8>>) -> Self {
        Self { response, refused: None }
    }
}
