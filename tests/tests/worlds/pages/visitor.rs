//! A browser without scripts: it keeps cookies, and sends forms with `Origin` and `Sec-Fetch-Site`.

use relatch::wire::path;
use relatch_languages::Texts;
use relatch_tests::response::Response;
use relatch_tests::world::{World, request};

/// The name of the cookie with the links of the default application, over http.
pub const LINK_COOKIE: &str = "relatch-flu2C62THqNkfzozDOuTVg";
/// The name of the cookie that marks a form that succeeded.
pub const DONE_COOKIE: &str = "relatch-done-flu2C62THqNkfzozDOuTVg";

/// A visitor with a browser.
pub struct Visitor<'a> {
    pub world: &'a World,
    /// The stored cookies, as the `Cookie` header sends them.
    pub cookie: Option<String>,
}

/// A page, recognised by its English heading, or by its structure if the heading is
/// not there.
#[derive(Clone, Copy, Debug)]
pub enum Page {
    /// The form for an identifier.
    ForgotForm,
    /// The page after a request.
    RequestSent,
    /// The form for a new password.
    ResetForm,
    /// The page after a reset.
    PasswordChanged,
    /// A link that is malformed or forged.
    InvalidLink,
    /// A link that has expired.
    ExpiredLink,
    /// A link that was used, or whose account has changed.
    UsedLink,
    /// A visit without a link in the URL or the cookie.
    NoLink,
    /// A form that another site may have sent.
    ForeignForm,
    /// A form whose link is no longer in the cookie.
    FormWithoutLink,
    /// A form of another link than those in the cookie.
    FormOfAnotherLink,
    /// Any other error.
    Error,
}

impl Page {
    fn is_shown_by(self, response: &Response) -> bool {
        let has = |text: &str| response.body.contains(text);
        let has_title = |title: &str| has(&format!("<h1>{title}</h1>"));
        let has_heading = |key: &str| has_title(&message(key));
        let has_form_of = |path: &str| has(&format!(r#"<form method="post" action="{path}""#));
        let has_form = has("<form");
        let offers_new_link = has(&format!(r#"href="{}""#, path::FORGOT_PAGE));
        let names_public_url = has("http://localhost");
        match self {
            Self::ForgotForm => has_heading("request.title") && has_form_of(path::FORGOT_PAGE),
            Self::ResetForm => {
                has_heading("reset.title")
                    && has_form_of(path::RESET_PAGE)
                    && has(r#"<label for="password">"#)
            }
            Self::RequestSent => has_heading("sent.title") && offers_new_link && has("try again"),
            Self::PasswordChanged => has_title(Texts::ENGLISH.page_changed_title()) && !has_form,
            Self::InvalidLink => has_heading("link_invalid.title") && offers_new_link,
            Self::ExpiredLink => has_heading("link_expired.title") && offers_new_link,
            Self::UsedLink => has_heading("link_used.title") && offers_new_link,
            Self::NoLink => {
                has_heading("link_missing.title") && offers_new_link && has("another browser")
            }
            Self::ForeignForm => !has_form && names_public_url,
            Self::FormWithoutLink => !has_form && offers_new_link && !names_public_url,
            Self::FormOfAnotherLink => !has_form && !offers_new_link && !names_public_url,
            Self::Error => !has_form,
        }
    }
}

/// Returns the English message of this key.
pub fn message(key: &str) -> String {
    let (_, english) =
        relatch_languages::ELEMENTS.iter().find(|(tag, _)| *tag == "en").expect("English exists");
    let message = english.iter().find(|(known, _)| *known == key);
    message.expect("the key has a message").1.to_owned()
}

impl<'a> Visitor<'a> {
    /// Creates a visitor without cookies.
    pub fn new(world: &'a World) -> Self {
        Self { world, cookie: None }
    }

    /// Sends a GET for this path.
    pub async fn visit(&mut self, target: &str) -> Response {
        let visit = self.with_cookie(request("GET", target, ""));
        let response = self.world.send(visit).await;
        self.store_cookies(&response);
        response
    }

    /// Opens a mailed link and follows its redirect.
    pub async fn open_link(&mut self, token: &str) -> Response {
        let response = self.visit(&format!("{}?token={token}", path::RESET_PAGE)).await;
        assert_eq!(
            (response.status, response.header("location")),
            (303, Some(path::RESET_PAGE)),
            "{response:?}"
        );
        self.visit(path::RESET_PAGE).await
    }

    /// Builds a form request as a browser sends it from a hosted page.
    pub fn form_request(&self, path: &str, fields: &[(&str, &str)]) -> http::Request<Vec<u8>> {
        let body: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let mut form = self.with_cookie(request("POST", path, &body.join("&")));
        let headers = form.headers_mut();
        headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
        headers.insert("origin", self.world.base_url().parse().unwrap());
        headers.insert("sec-fetch-site", "same-origin".parse().unwrap());
        form
    }

    /// Sends a form.
    pub async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Response {
        let response = self.world.send(self.form_request(path, fields)).await;
        self.store_cookies(&response);
        response
    }

    /// Sends the form that requests a link.
    pub async fn request_link(&mut self, identifier: &str) -> Response {
        self.submit(path::FORGOT_PAGE, &[("identifier", identifier)]).await
    }

    /// Sends the form of this page with this password in both fields.
    pub async fn submit_password(&mut self, form: &Response, password: &str) -> Response {
        let fields = [("link", &*link_digest(form)), ("password", password), ("again", password)];
        self.submit(path::RESET_PAGE, &fields).await
    }

    fn with_cookie(&self, mut request: http::Request<Vec<u8>>) -> http::Request<Vec<u8>> {
        // The path of the cookie is that of the reset page.
        if let (Some(cookie), true) =
            (&self.cookie, request.uri().path().starts_with(path::RESET_PAGE))
        {
            request.headers_mut().insert("cookie", cookie.parse().unwrap());
        }
        request
    }

    fn store_cookies(&mut self, response: &Response) {
        let stored = self.cookie.take().unwrap_or_default();
        let mut stored: Vec<&str> = stored.split("; ").filter(|pair| !pair.is_empty()).collect();
        for (_, set) in response.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (pair, attributes) = set.split_once("; ").expect("a cookie has attributes");
            assert!(attributes.starts_with("Path=/password/reset; Max-Age="), "{attributes}");
            assert!(attributes.ends_with("; HttpOnly; SameSite=Lax"), "{attributes}");
            let name = pair.split_inclusive('=').next().unwrap_or_default();
            stored.retain(|known| !known.starts_with(name));
            if !attributes.contains("Max-Age=0;") {
                stored.push(pair);
            }
        }
        self.cookie = (!stored.is_empty()).then(|| stored.join("; "));
    }
}

/// Returns the digest of the link that the form of this page contains.
pub fn link_digest(form: &Response) -> String {
    let (_, rest) = form.body.split_once(r#"name="link" value=""#).unwrap_or_else(|| no_form(form));
    rest.split('"').next().unwrap_or_default().to_owned()
}

#[expect(clippy::panic, reason = "a failed test panics")]
fn no_form(response: &Response) -> ! {
    panic!("the page has no form for a new password: {response:?}");
}

/// Asserts that the response is this page with this status, and that it has the headers of a page.
#[track_caller]
pub fn assert_page(response: &Response, status: u16, expected: Page) {
    assert_eq!(response.status, status, "{expected:?}: {response:?}");
    assert!(expected.is_shown_by(response), "{expected:?}: {response:?}");
    assert_eq!(response.header("content-type"), Some("text/html; charset=utf-8"));
    assert_page_headers(response);
    assert_eq!(response.header("referrer-policy"), Some("same-origin"));
    let policy = response.header("content-security-policy").unwrap_or_default();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(
        policy.ends_with(
            "require-trusted-types-for 'script'; trusted-types 'none'; form-action 'self'; \
             frame-ancestors 'none'; base-uri 'none'"
        ),
        "{policy}"
    );
    // The form for a new password may load its own assets and WebAssembly. The other pages load
    // nothing.
    let assets = policy
        .split([' ', ';'])
        .find(|source| source.ends_with("/password/assets/"))
        .unwrap_or("/");
    let allowed = format!(" {assets} 'wasm-unsafe-eval'; connect-src {assets};");
    assert_eq!(
        policy.contains(&allowed),
        response.body.contains("<script type=\"module\" src=\"/"),
        "{policy}"
    );
    let rest = policy.replacen(&allowed, ";", 1);
    assert!(!rest.contains("unsafe") && !rest.contains("http") && !rest.contains('*'), "{policy}");
    assert_eq!(rest.matches("'self'").count(), 1, "{policy}");
    assert_eq!(response.body.matches("<h1>").count(), 1);
    assert!(response.body.starts_with("<!doctype html>\n<html lang=\"en\" dir=\"ltr\">"));
}

/// Asserts the headers that every response of a page has, redirects included.
#[track_caller]
pub fn assert_page_headers(response: &Response) {
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("x-robots-tag", "noindex"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(response.header(name), Some(value), "{response:?}");
    }
    assert!(response.header("strict-transport-security").is_some());
    assert!(
        response.header("permissions-policy").is_some_and(|policy| policy.contains("camera=()"))
    );
    assert_eq!(
        response.header("access-control-allow-origin"),
        None,
        "no script of another origin can read a page"
    );
}

/// Encodes a form value as browsers do.
fn encoded(value: &str) -> String {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'*');
    let one = |byte: u8| match byte {
        b' ' => "+".to_owned(),
        byte if plain(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    value.bytes().map(one).collect()
}
