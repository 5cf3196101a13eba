//! The pages as HTML. Everything that is not the templates' own is escaped; they are checked when the Worker is compiled.
//!
//! A page is one document: its style and its script stand in it, and the policy allows these two by their hashes and
//! nothing else. So nothing is loaded, from us or from anyone. The one exception is the form that sets a password: it may
//! load our own static assets, the password rules as the npm package has them, to be told while one types; and works
//! without.

use askama::Template;
use base64ct::{Base64, Encoding as _};
use http::{HeaderValue, Response, StatusCode, header};
use sha2::{Digest as _, Sha256};

use relatch_domain::application::Application;

const STYLE: &str = include_str!("../../templates/pages/style.css");
const SCRIPT: &str = include_str!("../../templates/pages/script.js");

/// What the page may do. The icon is an empty one: browsers would ask for another.
fn policy(application: &Application, view: &View<'_>) -> Option<HeaderValue> {
    let hash = |text: &str| Base64::encode_string(&Sha256::digest(text));
    let (style, script) = (hash(STYLE), hash(SCRIPT));
    let assets = format!("{}/password/assets/", application.own_origin);
    let (scripts, loads) = match view {
        View::Reset(_) => (format!(" {assets} 'wasm-unsafe-eval'"), format!(" connect-src {assets};")),
        _ => (String::new(), String::new()),
    };
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'{scripts};{loads} img-src data:; \
         form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    HeaderValue::try_from(policy).ok()
}

#[derive(Template)]
#[template(path = "pages/page.html")]
struct Document<'a> {
    application: &'a str,
    /// What stands before the pages' paths.
    base: &'a str,
    contact: &'a str,
    style: &'static str,
    script: &'static str,
    view: &'a View<'a>,
}

/// What a page is about.
pub(super) enum View<'a> {
    Forgot(Forgot<'a>),
    Sent(SentPage<'a>),
    Reset(Reset<'a>),
    Changed(Changed<'a>),
    Message(Message<'a>),
}

/// The form that asks for a mail.
pub(super) struct Forgot<'a> {
    /// What was typed, where it has to be corrected.
    pub(super) typed: &'a str,
    /// Why.
    pub(super) wrong: Option<String>,
}

/// A mail is on its way, or none: nothing here depends on which.
pub(super) struct SentPage<'a> {
    pub(super) lifetime: &'a str,
    pub(super) interval: Option<String>,
    pub(super) per_window: u32,
    pub(super) window: &'a str,
    pub(super) from: &'a str,
}

/// Why a form comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum FormNotice {
    Rejected,
    Busy,
}

/// The form that sets a password.
pub(super) struct Reset<'a> {
    /// Whose, as much of it as is told.
    pub(super) address: Option<&'a str>,
    /// For the password manager.
    pub(super) username: Option<&'a str>,
    pub(super) digest: &'a str,
    /// The rules as `GET /password/rules` has them, and a sentence for each reason, both as JSON: for the script.
    pub(super) rules: String,
    pub(super) sentences: String,
    pub(super) min_length: u32,
    /// The most, in words.
    pub(super) longest: String,
    pub(super) notice: Option<FormNotice>,
    /// What is wrong with the first field, in words.
    pub(super) first: Vec<String>,
    /// And with the second.
    pub(super) second: Vec<String>,
}

/// The password was changed.
pub(super) struct Changed<'a> {
    /// By what was sent just now.
    pub(super) now: bool,
    pub(super) login: Option<&'a str>,
}

/// Anything else: what happened, and what to do next.
pub(super) struct Message<'a> {
    pub(super) title: &'a str,
    pub(super) text: &'a [String],
    /// Where to go, and what that is called.
    pub(super) action: Option<(&'a str, &'a str)>,
}

impl View<'_> {
    fn title(&self) -> &str {
        match self {
            Self::Forgot(_) => "Forgot your password?",
            Self::Sent(_) => "Look at your mail",
            Self::Reset(_) => "Choose a new password",
            Self::Changed(_) => "Your password was changed",
            Self::Message(message) => message.title,
        }
    }

    /// The title of a form that comes back says so first: it is the first thing that a screen reader reads.
    fn comes_back(&self) -> bool {
        match self {
            Self::Forgot(form) => form.wrong.is_some(),
            Self::Reset(form) => form.notice.is_some(),
            Self::Sent(_) | Self::Changed(_) | Self::Message(_) => false,
        }
    }
}

/// The page.
pub(super) fn document(application: &Application, status: StatusCode, view: &View<'_>) -> Response<Vec<u8>> {
    let document = Document {
        application: &application.name,
        base: &application.base_path,
        contact: &application.mail.contact,
        style: STYLE,
        script: SCRIPT,
        view,
    };
    let mut response = Response::new(document.render().unwrap_or_default().into_bytes());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    // Without a referrer browsers would send `Origin: null` with the form.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    if let Some(policy) = policy(application, view) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}
