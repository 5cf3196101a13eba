//! Tells the package of an error.

use alloc::string::String;
use core::time::Duration;

use relatch::{BuildError, Code, Error, LinkUrlError, Reason, RefusalCode};

use crate::host::fail;

/// The package was told why.
pub struct Failed;

pub fn error(error: &Error, wait: Option<Duration>) {
    let mut server_code = "";
    let (code, status) = match error {
        Error::Refused(refusal) => {
            let code = match &refusal.code {
                RefusalCode::Known(code) => code.as_str(),
                RefusalCode::Unknown(name) => {
                    server_code = name;
                    "code_unknown"
                }
            };
            (code, Some(refusal.status))
        }
        Error::Transport(error) if error.is_aborted() => ("aborted", None),
        Error::Transport(error) if error.is_time_out() => ("timed_out", None),
        Error::Transport(_) => ("unreachable", None),
        Error::Answer(error) => ("answer_invalid", Some(error.status)),
    };
    let (reasons, retry_after) = match error {
        Error::Refused(refusal) => (lines(&refusal.reasons), refusal.retry_after),
        Error::Transport(_) | Error::Answer(_) => (String::new(), None),
    };
    let seconds = retry_after.map(|wait| wait.as_secs_f64());
    fail(code, &error.message(), status, &reasons, seconds, wait.map(|wait| wait.as_secs_f64() * 1000.0), server_code);
}

pub fn build(error: &BuildError) -> Failed {
    fail("options_invalid", &error.message(), None, "", None, None, "");
    Failed
}

pub fn link(error: LinkUrlError) -> Failed {
    let code = match error {
        LinkUrlError::Missing => "link_missing",
        LinkUrlError::Malformed => Code::LinkInvalid.as_str(),
    };
    fail(code, error.message(), None, "", None, None, "");
    Failed
}

/// A line for each.
pub fn lines(reasons: &[Reason]) -> String {
    let mut lines = String::new();
    for reason in reasons {
        if !lines.is_empty() {
            lines.push('\n');
        }
        lines.push_str(reason.as_str());
    }
    lines
}
