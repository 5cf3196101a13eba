//! Every page with sample data, by the functions that answer visitors.

use http::{Response, StatusCode, header};
use relatch::{Code, Reason};

use super::document::{Forgot, FormNotice};
use super::message::PageError;
use super::reset::{FormContent, changed};
use super::{Page, forgot};
use crate::context::Context;
use relatch_domain::ports::Platform;
use relatch_domain::use_cases::confirm::Rejection;
use relatch_domain::use_cases::sample::sample_account;
use relatch_domain::values::account::Account;
use relatch_languages::Texts;

/// A page in one state.
enum Sample {
    Forgot,
    Rejected,
    /// The form again, after a captcha that was not solved.
    Captcha,
    Sent,
    Reset(Option<FormNotice>),
    /// The form of an account without a password.
    First,
    /// The page after a change: by its form just now, or by an earlier one.
    Changed(bool),
    /// As `Changed`, after a first password.
    Created(bool),
    Error(Page, PageError),
}

const fn error(page: Page, code: Code) -> Sample {
    Sample::Error(page, PageError::Call(code))
}

/// Every page, by its name.
const SAMPLES: [(&str, Sample); 26] = [
    ("forgot", Sample::Forgot),
    ("forgot-wrong", Sample::Rejected),
    ("forgot-captcha", Sample::Captcha),
    ("sent", Sample::Sent),
    ("reset", Sample::Reset(None)),
    ("reset-wrong", Sample::Reset(Some(FormNotice::Rejected))),
    ("reset-busy", Sample::Reset(Some(FormNotice::Busy))),
    ("first-password", Sample::First),
    ("changed", Sample::Changed(true)),
    ("first-password-set", Sample::Created(true)),
    ("first-password-set-before", Sample::Created(false)),
    ("changed-before", Sample::Changed(false)),
    ("link-missing", Sample::Error(Page::Reset, PageError::NoLink)),
    ("link-invalid", error(Page::Reset, Code::LinkInvalid)),
    ("link-expired", error(Page::Reset, Code::LinkExpired)),
    ("link-used", error(Page::Reset, Code::LinkUsed)),
    ("form-without-link", Sample::Error(Page::Reset, PageError::FormWithoutLink)),
    ("form-of-another-link", Sample::Error(Page::Reset, PageError::FormOfAnotherLink)),
    ("foreign-forgot-form", Sample::Error(Page::Forgot, PageError::ForeignForm)),
    ("foreign-reset-form", Sample::Error(Page::Reset, PageError::ForeignForm)),
    ("too-large", error(Page::Forgot, Code::BodyTooLarge)),
    ("too-many-requests", error(Page::Forgot, Code::TooManyRequests)),
    ("failed", error(Page::Forgot, Code::RequestInvalid)),
    ("unavailable", error(Page::Forgot, Code::Unavailable)),
    ("switched-off-forgot", error(Page::Forgot, Code::NotFound)),
    ("switched-off-reset", error(Page::Reset, Code::NotFound)),
];

/// Returns the names of all pages.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    SAMPLES.iter().map(|(name, _)| *name)
}

/// Returns the page of this name, with the status 200 and without cookies.
pub(crate) fn page<P: Platform>(
    context: Context<'_, P>,
    texts: Texts,
    name: &str,
) -> Option<Response<Vec<u8>>> {
    let (_, sample) = SAMPLES.iter().find(|(known, _)| *known == name)?;
    let application = context.application();
    let mut response = match *sample {
        Sample::Forgot => forgot::form(context, texts),
        Sample::Rejected => {
            let wrong = Some(texts.request_identifier_missing());
            let form = Forgot { wrong, ..Forgot::default() };
            forgot::shown(context, texts, StatusCode::OK, form)
        }
        Sample::Captcha => {
            let form = Forgot { is_robot: true, ..Forgot::default() };
            forgot::shown(context, texts, StatusCode::OK, form)
        }
        Sample::Sent => forgot::sent(application, texts),
        Sample::Reset(notice) => reset_form(context, texts, &sample_account(), notice),
        Sample::First => {
            let account = Account { password_hash: None, ..sample_account() };
            reset_form(context, texts, &account, None)
        }
        Sample::Changed(now) => changed(context, texts, now, false),
        Sample::Created(now) => changed(context, texts, now, true),
        Sample::Error(page, error) => error.reply(application, texts, page).response,
    };
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().remove(header::RETRY_AFTER);
    Some(response)
}

/// Returns the form that sets the password of an account.
fn reset_form<P: Platform>(
    context: Context<'_, P>,
    texts: Texts,
    account: &Account,
    notice: Option<FormNotice>,
) -> Response<Vec<u8>> {
    let reasons = match notice {
        Some(FormNotice::Rejected) => vec![Reason::TooShort, Reason::Mismatch],
        Some(FormNotice::Busy) | None => Vec::new(),
    };
    let rejection = Rejection::from(reasons);
    let form = FormContent { account: Some(account), rejection: &rejection, notice };
    form.page(context, texts, StatusCode::OK, "sample")
}
