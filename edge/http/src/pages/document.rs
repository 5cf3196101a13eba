//! Pages as HTML. Everything that is not part of a template is escaped. Templates are checked at
//! compile time.
//!
//! A page is one document: its style and script are inline, and its policy allows these two by
//! their hashes. The form that requests a mail loads the widget of a captcha, if one is configured.
//! The form that sets a password may also load the static assets with the password
//! rules of the npm package, to check a password while a person types. It works without them.

use std::borrow::Cow;

use askama::Template;
use base64ct::{Base64, Encoding as _};
use http::{HeaderValue, Response, StatusCode, header};
use sha2::{Digest as _, Sha256};

use relatch_domain::application::Application;
use relatch_domain::brand::{Brand, BrandColor, Scheme};
use relatch_domain::captcha::Captcha;
use relatch_domain::values::color::Color;
use relatch_domain::values::origin::{normalize, origin_of};
use relatch_languages::{Texts, sentences};

const STYLE: &str = include_str!("../../templates/pages/style.css");
const SCRIPT: &str = include_str!("../../templates/pages/script.js");

/// Returns the Content-Security-Policy. The icon is empty, because browsers would request one
/// otherwise.
fn policy(application: &Application, view: &View<'_>, style: &str) -> String {
    let (style, script) = (hash_source(style), hash_source(SCRIPT));
    let Application { own_origin, mount, brand, .. } = application;
    let logo = brand.logo.as_deref().and_then(origin_of).map(normalize);
    let logo = logo.map(|origin| [" ", &origin].concat()).unwrap_or_default();
    let assets = format!("{own_origin}{mount}/password/assets/");
    let (mut styles, mut scripts, mut more) = (String::new(), String::new(), String::new());
    let mut types = " require-trusted-types-for 'script'; trusted-types 'none';";
    match (view, &application.captcha) {
        (View::Reset(_), _) => {
            scripts = format!(" {assets} 'wasm-unsafe-eval'");
            more = format!(" connect-src {assets};");
        }
        (View::Forgot(_), Some(Captcha { provider, .. })) => {
            let sources = provider.sources;
            scripts = format!(" {sources}");
            more = if provider.loads_more {
                styles.clone_from(&scripts);
                format!(" frame-src {sources}; connect-src {sources};")
            } else {
                format!(" frame-src {sources};")
            };
            // The scripts of the providers do not use Trusted Types.
            types = "";
        }
        _ => {}
    }
    format!(
        "default-src 'none'; style-src {style}{styles}; script-src {script}{scripts};{more} \
         img-src data:{logo};{types} form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
}

/// Returns the style, with the color of an application for its buttons. Links and outlines have it
/// too where it can be read as text.
fn style(color: Option<BrandColor>) -> Cow<'static, str> {
    let Some(color) = color else { return Cow::Borrowed(STYLE) };
    let [light, dark] = Scheme::ALL.map(|scheme| {
        let button = color.of(scheme);
        let backgrounds = [scheme.background(), page_background(scheme)];
        let is_text = backgrounds.iter().all(|other| button.contrast(*other) >= TEXT_CONTRAST);
        let link = if is_text { button.to_string() } else { "var(--text)".to_owned() };
        format!(":root{{--act:{button};--on:{};--link:{link}}}", button.text())
    });
    format!("{STYLE}{light}\n@media(prefers-color-scheme:dark){{{dark}}}\n").into()
}

/// The least contrast ratio of a text and its background (WCAG 2.2, 1.4.3).
const TEXT_CONTRAST: f64 = 4.5;

/// Returns the color around the card with the content, as the style has it.
pub(super) const fn page_background(scheme: Scheme) -> Color {
    match scheme {
        Scheme::Light => Color::new(0xf3, 0xf5, 0xf8),
        Scheme::Dark => Color::new(0x10, 0x15, 0x1c),
    }
}

/// Returns the source that a Content-Security-Policy names for an inline style or script.
pub(crate) fn hash_source(text: &str) -> String {
    ["'sha256-", &Base64::encode_string(&Sha256::digest(text)), "'"].concat()
}

/// Returns a response with an HTML document under a Content-Security-Policy.
pub(crate) fn html_response(html: String, policy: &str) -> Response<Vec<u8>> {
    let mut response = Response::new(html.into_bytes());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    // With `no-referrer`, browsers send `Origin: null` with the form.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

#[derive(Template)]
#[template(path = "pages/page.html")]
struct Document<'a> {
    t: Texts,
    application: &'a str,
    /// The path under which the service is mounted, with its static assets.
    mount: &'a str,
    /// The path prefix of the application.
    base: &'a str,
    contact: &'a str,
    brand: &'a Brand,
    style: &'a str,
    script: &'static str,
    captcha: Option<&'a Captcha>,
    view: &'a View<'a>,
}

/// The content of a page.
pub(super) enum View<'a> {
    Forgot(Forgot<'a>),
    Sent(SentPage<'a>),
    Reset(Reset<'a>),
    Changed(Changed<'a>),
    Message(Message<'a>),
}

/// The form that requests a reset mail.
#[derive(Default)]
pub(super) struct Forgot<'a> {
    /// The identifier to correct.
    pub(super) typed: &'a str,
    /// The parameter `locale` of the page, which its form keeps.
    pub(super) locale: Option<String>,
    /// The error of the identifier.
    pub(super) wrong: Option<&'a str>,
    /// Whether the captcha was not solved.
    pub(super) is_robot: bool,
}

/// The page after a request. It depends on configuration only, not on the account.
pub(super) struct SentPage<'a> {
    pub(super) lifetime: &'a str,
    pub(super) interval: Option<String>,
    pub(super) per_window: u64,
    pub(super) window: &'a str,
    pub(super) from: &'a str,
}

/// Why a form is shown again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum FormNotice {
    Rejected,
    Busy,
}

/// The form that sets a password.
pub(super) struct Reset<'a> {
    /// The masked address of the account.
    pub(super) address: Option<&'a str>,
    /// The name that the account owner signs in with, for the password manager. Only the owner of
    /// the mailed link sees it.
    pub(super) username: Option<&'a str>,
    /// Whether the reset ends the account's sessions.
    pub(super) ends_sessions: bool,
    /// Whether the account has no password yet.
    pub(super) is_first: bool,
    pub(super) digest: &'a str,
    /// The rules of `GET /password/rules` as JSON, for the script.
    pub(super) rules: String,
    /// A sentence for each reason of a rejected password as JSON, for the script.
    pub(super) reasons: String,
    /// The permitted length, as a sentence.
    pub(super) length: String,
    pub(super) notice: Option<FormNotice>,
    /// The errors of the password.
    pub(super) first: Vec<String>,
    /// The errors of its repetition.
    pub(super) second: Vec<String>,
}

/// The page after a change.
pub(super) struct Changed<'a> {
    /// Whether this form changed the password.
    pub(super) now: bool,
    /// Whether the form set the first password of the account.
    pub(super) is_first: bool,
    /// Whether the reset ended the account's sessions.
    pub(super) ends_sessions: bool,
    pub(super) login: Option<&'a str>,
}

/// Any other page: what happened, and what to do next.
pub(super) struct Message<'a> {
    pub(super) title: &'a str,
    pub(super) text: &'a [String],
    /// The URL and the label of a link.
    pub(super) action: Option<(&'a str, &'a str)>,
}

impl SentPage<'_> {
    /// Returns what limits further requests.
    fn limits(&self, t: &Texts) -> String {
        let wait = self.interval.as_deref().map(|interval| t.page_wait(interval));
        let limit = t.page_limit(self.per_window, self.window);
        sentences(&[wait.as_deref().unwrap_or_default(), &limit])
    }
}

impl Changed<'_> {
    fn text(&self, t: &Texts) -> String {
        let signed_out = if self.ends_sessions { t.changed_signed_out() } else { "" };
        sentences(&[t.page_changed(), signed_out])
    }
}

impl Reset<'_> {
    /// Returns the rules and the advice.
    fn hint(&self, t: &Texts) -> String {
        sentences(&[&self.length, t.password_advice()])
    }

    /// Returns the sentence about the account, with a mark in the place of its address.
    fn account(t: &Texts) -> String {
        t.page_account(MARK)
    }
}

/// Takes the place of a value that is an element.
const MARK: &str = "\u{1}";

/// Splits a text at its mark. A template escapes both parts.
fn around(text: &str) -> (&str, &str) {
    text.split_once(MARK).unwrap_or((text, ""))
}

impl View<'_> {
    fn title(&self, t: Texts) -> &str {
        match self {
            Self::Forgot(_) => t.request_title(),
            Self::Sent(_) => t.sent_title(),
            Self::Reset(form) if form.is_first => t.first_title(),
            Self::Reset(_) => t.reset_title(),
            Self::Changed(changed) if changed.is_first => t.first_done_title(),
            Self::Changed(_) => t.page_changed_title(),
            Self::Message(message) => message.title,
        }
    }

    /// Returns whether the title starts with "Error:". Screen readers announce the title first.
    fn is_error(&self) -> bool {
        match self {
            Self::Forgot(form) => form.wrong.is_some() || form.is_robot,
            Self::Reset(form) => form.notice.is_some(),
            Self::Sent(_) | Self::Changed(_) | Self::Message(_) => false,
        }
    }
}

/// Returns the page.
pub(super) fn document(
    application: &Application,
    texts: Texts,
    status: StatusCode,
    view: &View<'_>,
) -> Response<Vec<u8>> {
    let style = style(application.brand.color);
    let document = Document {
        t: texts,
        application: &application.name,
        mount: &application.mount,
        base: &application.base_path,
        contact: &application.mail.contact,
        brand: &application.brand,
        style: &style,
        script: SCRIPT,
        captcha: application.captcha.as_ref(),
        view,
    };
    let html = document.render().unwrap_or_default();
    let mut response = html_response(html, &policy(application, view, &style));
    *response.status_mut() = status;
    // The provider of a captcha may check the site that shows its widget.
    if matches!(view, View::Forgot(_)) && application.captcha.is_some() {
        let origin = HeaderValue::from_static("strict-origin");
        response.headers_mut().insert(header::REFERRER_POLICY, origin);
    }
    response
}
