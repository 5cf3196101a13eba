//! The hosted pages: `/password/forgot` requests a reset mail, `/password/reset` is the target of
//! its link. They work without scripts, and each form is one call of a use case.
//!
//! The token is in the URL for one request only: it moves into a cookie of this path, and the form
//! contains a digest of it. A form is accepted only if the cookie, the digest and the origin
//! reported by the browser agree.

use http::{HeaderValue, Method, Response, StatusCode, header};
use relatch::Code;
use relatch::wire::path;

use crate::context::Context;
use crate::problem::Reply;
use relatch_domain::application::Application;
use relatch_domain::ports::Platform;

pub(super) mod cookie;
pub(super) mod document;
mod forgot;
pub(super) mod form;
pub(super) mod language;
mod message;
mod reset;
pub(crate) mod samples;
#[cfg(test)]
mod tests;

use message::PageError;

/// A page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page {
    /// Requests a reset mail.
    Forgot,
    /// Sets a new password by the mailed link.
    Reset,
}

/// The reply of a page, or the error that it reports.
type PageResult = Result<Reply, PageError>;

impl Page {
    fn path(self, application: &Application) -> String {
        let path = match self {
            Self::Forgot => path::FORGOT_PAGE,
            Self::Reset => path::RESET_PAGE,
        };
        [&application.base_path, path].concat()
    }

    /// Returns a redirect to the page.
    pub(super) fn redirect(self, application: &Application) -> Response<Vec<u8>> {
        let mut response = Response::new(Vec::new());
        *response.status_mut() = StatusCode::SEE_OTHER;
        // An application id and a base path are valid in a header.
        let location = HeaderValue::try_from(self.path(application));
        let location = location.unwrap_or_else(|_| HeaderValue::from_static(path::FORGOT_PAGE));
        response.headers_mut().insert(header::LOCATION, location);
        response
    }
}

/// Answers a visit of a page, or its form.
pub(super) async fn answer<P: Platform>(context: Context<'_, P>, page: Page) -> Reply {
    let is_form = context.method() == Method::POST;
    let texts = language::texts(context).await;
    let result = match page {
        Page::Forgot if is_form => forgot::submit(context, texts).await,
        Page::Forgot => Ok(forgot::form(context, texts).into()),
        Page::Reset if is_form => reset::submit(context, texts).await,
        Page::Reset => reset::show(context, texts).await,
    };
    result.unwrap_or_else(|error| error.reply(context.application(), texts, page))
}

/// Returns the page that reports an error of a call.
pub(super) async fn error_reply<P: Platform>(
    context: Context<'_, P>,
    page: Page,
    code: Option<Code>,
) -> Reply {
    let texts = language::texts(context).await;
    PageError::from(code.unwrap_or(Code::RequestInvalid)).reply(context.application(), texts, page)
}
