//! Surfaces for clients of other systems, over the same use cases. A dialect is one file: its paths, its fields, the shape
//! of its answers. It decides nothing.

use http::{Request, Response};
use relatch::Problem;

use crate::problem::refuse;
use relatch_domain::application::{Application, Dialect};
use relatch_domain::ports::Platform;
use relatch_domain::values::client::ClientInfo;

pub(super) mod cloudcms;
mod flask;
mod rest;

/// A refusal where nothing answers, in the shape that whoever calls there knows: also of a dialect that is switched off, and
/// of an application that is not there.
pub(super) fn refuse_at(path: &str, problem: &Problem) -> Response<Vec<u8>> {
    if flask::Call::ends(path) { flask::refuse(problem) } else { refuse(problem) }
}

/// A call of a dialect.
#[derive(Clone, Copy)]
pub(super) enum Dialogue<'a> {
    Rest,
    Flask(flask::Call),
    CloudCms(cloudcms::Call<'a>),
}

impl<'a> Dialogue<'a> {
    /// The call of this path, if its dialect is switched on.
    pub(super) fn at(application: &Application, path: &'a str) -> Option<Self> {
        let has = |dialect| application.dialects.contains(&dialect);
        if path == rest::PATH {
            return has(Dialect::Rest).then_some(Self::Rest);
        }
        let flask = flask::Call::at(path).filter(|_| has(Dialect::Flask)).map(Self::Flask);
        let cloudcms = || cloudcms::Call::at(application, path).filter(|_| has(Dialect::CloudCms)).map(Self::CloudCms);
        flask.or_else(cloudcms)
    }

    pub(super) const fn methods(self) -> &'static str {
        match self {
            Self::Rest => "PUT, OPTIONS",
            Self::Flask(_) | Self::CloudCms(_) => "POST, OPTIONS",
        }
    }

    pub(super) fn refuse(self, problem: &Problem) -> Response<Vec<u8>> {
        match self {
            Self::Rest | Self::CloudCms(_) => refuse(problem),
            Self::Flask(_) => flask::refuse(problem),
        }
    }

    pub(super) async fn answer<P: Platform>(
        self,
        application: &Application,
        platform: &P,
        caller: &ClientInfo,
        request: &Request<Vec<u8>>,
    ) -> Result<Response<Vec<u8>>, Problem> {
        match self {
            Self::Rest => rest::put(application, platform, caller, request).await,
            Self::Flask(call) => call.answer(application, platform, caller, request).await,
            Self::CloudCms(call) => call.answer(application, platform, caller, request).await,
        }
    }
}
