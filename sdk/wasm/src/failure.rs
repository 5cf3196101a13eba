//! Reporting an error to the npm package.

use alloc::string::String;
use core::time::Duration;

use relatch::{BuildError, Code, Error, ParseLinkError, Reason, RefusalCode};

use crate::host::fail;

/// The error was reported to the package.
pub struct Reported;

pub fn report_error(error: &Error, delay: Option<Duration>) -> Reported {
    let (mut status, mut retry_after) = (None, None);
    let (mut reasons, mut server_code) = (String::new(), "");
    let code = match error {
        Error::Refused(refusal) => {
            status = Some(refusal.status);
            reasons = join_lines(&refusal.reasons);
            retry_after = refusal.retry_after;
            match &refusal.code {
                RefusalCode::Known(code) => code.as_str(),
                RefusalCode::Unknown(name) => {
                    server_code = name;
                    "code_unknown"
                }
            }
        }
        Error::Transport(error) if error.is_aborted() => "aborted",
        Error::Transport(error) if error.is_timeout() => "timed_out",
        Error::Protocol(error) => {
            status = Some(error.status);
            "answer_invalid"
        }
        _ => "unreachable",
    };
    let seconds = retry_after.map(|wait| wait.as_secs_f64());
    let milliseconds = delay.map(|delay| delay.as_secs_f64() * 1000.0);
    fail(code, &error.message(), status, &reasons, seconds, milliseconds, server_code);
    Reported
}

pub fn report_build_error(error: &BuildError) -> Reported {
    fail("options_invalid", &error.message(), None, "", None, None, "");
    Reported
}

pub fn report_link_error() -> Reported {
    let message = ParseLinkError::Malformed.message();
    fail(Code::LinkInvalid.as_str(), message, None, "", None, None, "");
    Reported
}

/// Joins reasons, one per line.
pub fn join_lines(reasons: &[Reason]) -> String {
    let mut lines = String::new();
    for reason in reasons {
        if !lines.is_empty() {
            lines.push('\n');
        }
        lines.push_str(reason.as_str());
    }
    lines
}
