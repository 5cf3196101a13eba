//! The call by which a mail provider reports bounces and complaints.

use http::header::WWW_AUTHENTICATE;
use http::{HeaderName, HeaderValue};
use relatch::wire::Message;
use relatch::{Code, Problem};

use crate::context::Context;
use crate::decode::{invalid, is_longer_than, text};
use crate::problem::{Reply, problem_for, problem_response, success};
use relatch_domain::mail::report::ReportCall;
use relatch_domain::ports::Platform;

/// The path.
pub(crate) const PATH: &str = "/webhooks/mail";
/// The most bytes of the body. A provider may send many reports at once.
pub const MAX_BYTES: usize = 1024 * 1024;

/// The header that asks for the secret: some providers send it only then, as the password of Basic
/// authentication (RFC 7617).
pub(crate) const BASIC: &str = "Basic realm=\"relatch\"";

const RECORDED: &str = "The reports are recorded.";

/// Returns the most bytes that are read of the body of a request.
#[must_use]
pub fn body_limit(path: &str) -> usize {
    if path.ends_with(PATH) { MAX_BYTES } else { crate::MAX_BODY_BYTES }
}

/// Answers a call of the mail provider.
pub(crate) async fn answer<P: Platform>(context: Context<'_, P>) -> Result<Reply, Problem> {
    if is_longer_than(context.request, MAX_BYTES) {
        let detail = format!("At most {MAX_BYTES} bytes are read.");
        return Err(Problem::new(Code::BodyTooLarge).detail(detail));
    }
    let body = context.request.body();
    let header = |name: &str| text(context.headers(), &HeaderName::try_from(name).ok()?);
    let recorded = context.service.record_mail_reports(ReportCall { header: &header, body }).await;
    match recorded {
        Ok(()) => Ok(success(&Message { message: RECORDED.to_owned() }).into()),
        Err(Code::KeyInvalid) => Ok(unauthenticated()),
        Err(Code::RequestInvalid) => {
            Err(invalid("The body must be a report of the configured mail provider."))
        }
        Err(code) => Err(problem_for(code)),
    }
}

/// Returns the response to a call that is not authentic.
fn unauthenticated() -> Reply {
    let problem = Problem::new(Code::KeyInvalid)
        .detail("The signature or the secret of the mail provider is missing or wrong.");
    let mut response = problem_response(&problem);
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(BASIC));
    Reply { response, problem: Some(Code::KeyInvalid) }
}
