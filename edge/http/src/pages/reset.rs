//! `/password/reset`: moves the token from the URL into a cookie, shows the form, and sets the
//! password. A visit never uses the link up.

use http::{Response, StatusCode, header};
use relatch::wire::field;
use relatch::{Code, LinkToken, Password, PasswordRules, Reason};
use serde::{Serialize, Serializer};

use super::{Page, PageResult};
use crate::api::{check_link, confirm_link};
use crate::context::Context;
use crate::decode::MAX_BODY_BYTES;
use crate::pages::cookie::{self, Done, LatestLink, OpenedLinks};
use crate::pages::document::{Changed, FormNotice, Reset, View, document};
use crate::pages::form::{self, Form, InvalidField};
use crate::pages::message::{self, PageError};
use crate::problem::Reply;
use relatch_domain::application::Application;
use relatch_domain::ports::{Directory as _, Platform};
use relatch_domain::use_cases::check::ActiveLink;
use relatch_domain::use_cases::confirm::{ConfirmError, Confirmed, Rejection};
use relatch_domain::values::account::Account;
use relatch_domain::values::identifier::masked;
use relatch_languages::Texts;

/// Answers a visit.
pub(super) async fn show<P: Platform>(context: Context<'_, P>, texts: Texts) -> PageResult {
    let (application, request) = (context.application(), context.request);
    let query = request.uri().query().unwrap_or_default();
    if query.len() > MAX_BODY_BYTES {
        return Err(Code::LinkInvalid.into());
    }
    let opened = OpenedLinks::read(application, request.headers());
    match form::value(query.as_bytes(), field::TOKEN) {
        Ok(None) => {}
        Ok(Some(token)) => return Ok(without_token(application, &opened, Some(&token)).into()),
        Err(InvalidField) => return Ok(without_token(application, &opened, None).into()),
    }
    match opened.latest() {
        LatestLink::Nothing => match Done::read(application, request.headers(), None) {
            Some(Done { is_first, .. }) => Ok(changed(context, texts, false, is_first).into()),
            None => Err(PageError::NoLink),
        },
        LatestLink::Incomplete => Err(Code::LinkInvalid.into()),
        LatestLink::Link(token) => {
            let ActiveLink { account, .. } = check_link(context, Some(token.expose())).await?;
            let form = FormContent {
                account: Some(&account),
                rejection: &Rejection::default(),
                notice: None,
            };
            let link = OpenedLink { token: &token, opened: &opened };
            link.show(context, texts, StatusCode::OK, &form)
        }
    }
}

/// Redirects to the same page without the token, which moves into the cookie. An invalid token is
/// not copied, but marked, so that the form of an earlier link is not shown.
fn without_token(
    application: &Application,
    opened: &OpenedLinks,
    token: Option<&str>,
) -> Response<Vec<u8>> {
    // Mail programs put blanks and line breaks into long links.
    let token = token.map(|text| text.split_whitespace().collect::<String>());
    let token = token.and_then(|text| LinkToken::parse(&text).ok());
    let mut response = Page::Reset.redirect(application);
    response.headers_mut().insert(
        header::SET_COOKIE,
        match &token {
            Some(token) => opened.with(application, token),
            None => opened.with_incomplete(application),
        },
    );
    response
}

/// Answers the form.
pub(super) async fn submit<P: Platform>(context: Context<'_, P>, texts: Texts) -> PageResult {
    let (application, request) = (context.application(), context.request);
    let form = Form::read(application, request)?;
    let digest = form.field("link")?;
    let (first, second) =
        (Password::from(form.field("password")?), Password::from(form.field("again")?));
    let opened = OpenedLinks::read(application, request.headers());
    let Some(token) = opened.of_form(application, &digest) else {
        // The form was sent twice, and the first response arrived in between.
        if let Some(done) = Done::read(application, request.headers(), Some(&digest)) {
            return Ok(changed(context, texts, false, done.is_first).into());
        }
        return Err(match opened.latest() {
            LatestLink::Nothing => PageError::FormWithoutLink,
            LatestLink::Incomplete | LatestLink::Link(_) => PageError::FormOfAnotherLink,
        });
    };
    let link = OpenedLink { token: &token, opened: &opened };
    let client = context.client()?;
    let outcome = if first.expose() == second.expose() {
        confirm_link(context, client, Some(token.expose()), &first).await
    } else {
        Err(ConfirmError::Password(vec![Reason::Mismatch].into()))
    };
    let code = match outcome {
        Ok(Confirmed { is_first }) => {
            let mut response = changed(context, texts, true, is_first);
            let done = Done { digest: &digest, is_first };
            for cookie in opened.without(application, &token, &done) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            return Ok(response.into());
        }
        Err(ConfirmError::Password(rejection)) => {
            let retry = Retry::Rejected { rejection, typed: &first };
            return link.show_again(context, texts, retry).await;
        }
        Err(ConfirmError::Call(code)) => code,
    };
    if code == Code::LinkBusy {
        return link.show_again(context, texts, Retry::Busy).await;
    }
    Err(code.into())
}

/// Why the form is shown again.
enum Retry<'a> {
    /// The password was rejected.
    Rejected { rejection: Rejection, typed: &'a Password },
    /// Another confirm is in progress, or its outcome is unknown.
    Busy,
}

/// A link that the browser keeps in its cookie.
#[derive(Clone, Copy)]
struct OpenedLink<'a> {
    token: &'a LinkToken,
    opened: &'a OpenedLinks,
}

impl OpenedLink<'_> {
    /// Shows the form.
    fn show<P: Platform>(
        self,
        context: Context<'_, P>,
        texts: Texts,
        status: StatusCode,
        form: &FormContent<'_>,
    ) -> PageResult {
        let application = context.application();
        let digest = cookie::digest(application, self.token).ok_or(Code::LinkInvalid)?;
        let mut response = form.page(context, texts, status, &digest);
        // Every form gets 15 minutes.
        let cookie = self.opened.with(application, self.token);
        response.headers_mut().insert(header::SET_COOKIE, cookie);
        Ok(response.into())
    }

    /// Shows the form again, with what is wrong. The link is checked again: whether it still works
    /// decides what is shown.
    async fn show_again<P: Platform>(
        self,
        context: Context<'_, P>,
        texts: Texts,
        retry: Retry<'_>,
    ) -> PageResult {
        let application = context.application();
        let account = match check_link(context, Some(self.token.expose())).await {
            Ok(ActiveLink { account, .. }) => Some(account),
            // The page asks to send the form again, so it must show the form, whatever has become of
            // the link.
            Err(_) if matches!(retry, Retry::Busy) => None,
            Err(Code::Unavailable) => None,
            Err(code) => return Err(code.into()),
        };
        let (code, notice, rejection) = match retry {
            Retry::Busy => (Code::LinkBusy, FormNotice::Busy, Rejection::default()),
            Retry::Rejected { mut rejection, typed } => {
                let reasons = &mut rejection.reasons;
                if *reasons == [Reason::Mismatch] {
                    let personal_terms =
                        account.as_ref().map(Account::personal_terms).unwrap_or_default();
                    reasons.extend(
                        application.passwords.reasons_against(typed.expose(), &personal_terms),
                    );
                }
                (Code::PasswordRejected, FormNotice::Rejected, rejection)
            }
        };
        let form =
            FormContent { account: account.as_ref(), rejection: &rejection, notice: Some(notice) };
        let status = StatusCode::from_u16(code.status()).unwrap_or_default();
        let mut reply = self.show(context, texts, status, &form)?;
        message::set_retry_after(&mut reply.response, code);
        Ok(Reply { problem: Some(code), ..reply })
    }
}

/// The content of the form.
pub(super) struct FormContent<'a> {
    pub(super) account: Option<&'a Account>,
    pub(super) rejection: &'a Rejection,
    pub(super) notice: Option<FormNotice>,
}

impl FormContent<'_> {
    /// Returns the page with the form of the link that has this digest.
    pub(super) fn page<P: Platform>(
        &self,
        context: Context<'_, P>,
        texts: Texts,
        status: StatusCode,
        digest: &str,
    ) -> Response<Vec<u8>> {
        let application = context.application();
        let address = self.account.and_then(|account| account.email.as_deref()).map(masked);
        let rules = &application.passwords;
        let is_first = self.account.is_some_and(|account| !account.has_password());
        let messages_of = |of_second: bool| -> Vec<String> {
            let Rejection { reasons, custom } = self.rejection;
            let problems =
                reasons.iter().filter(|reason| (**reason == Reason::Mismatch) == of_second);
            let text = |reason: &Reason| match (custom, reason) {
                (Some(text), Reason::Custom) => text.clone(),
                _ => message::reason(texts, *reason, rules),
            };
            problems.map(text).collect()
        };
        let reset = Reset {
            address: address.as_deref(),
            username: self.account.and_then(Account::sign_in_name),
            is_first,
            ends_sessions: context.service.platform.directory().capabilities().ends_sessions,
            digest,
            rules: serde_json::to_string(rules).unwrap_or_default(),
            reasons: serde_json::to_string(&Reasons { texts, rules, is_first }).unwrap_or_default(),
            length: message::length(texts, rules),
            notice: self.notice,
            first: messages_of(false),
            second: messages_of(true),
        };
        document(application, texts, status, &View::Reset(reset))
    }
}

/// The message of each reason, by its name, and of an empty field. As a map it would cost the Worker
/// several kilobytes.
pub(super) struct Reasons<'a> {
    pub(super) texts: Texts,
    pub(super) rules: &'a PasswordRules,
    /// Whether the account has no password yet.
    pub(super) is_first: bool,
}

impl Serialize for Reasons<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { texts, rules, is_first } = self;
        let reasons = Reason::ALL.into_iter();
        let reasons =
            reasons.map(|reason| (reason.as_str(), message::reason(*texts, reason, rules)));
        let missing = if *is_first { texts.first_missing() } else { texts.reason_missing() };
        serializer.collect_map(reasons.chain([("missing", missing.to_owned())]))
    }
}

/// Returns the page after a change: by this form just now, or by an earlier one.
pub(super) fn changed<P: Platform>(
    context: Context<'_, P>,
    texts: Texts,
    now: bool,
    is_first: bool,
) -> Response<Vec<u8>> {
    let application = context.application();
    let ends_sessions = context.service.platform.directory().capabilities().ends_sessions;
    let login = application.login_url.as_deref();
    let changed = Changed { now, is_first, ends_sessions, login };
    document(application, texts, StatusCode::OK, &View::Changed(changed))
}
