//! Somebody with a browser, as far as pages need one: it keeps cookies, and says where a form comes from.

use relatch::wire::path;
use relatch_tests::world::{Answer, World, request};

/// A browser.
pub struct Visitor<'a> {
    pub world: &'a World,
    /// What it keeps, as it sends it.
    pub cookie: Option<String>,
}

impl<'a> Visitor<'a> {
    /// With a new browser.
    pub fn new(world: &'a World) -> Self {
        Self { world, cookie: None }
    }

    /// Visits this path.
    pub async fn visit(&mut self, target: &str) -> Answer {
        let visit = self.with_cookie(request("GET", target, ""));
        let answer = self.world.send(visit).await;
        self.keep(&answer);
        answer
    }

    /// Opens a mailed link, and goes where it leads to.
    pub async fn open(&mut self, token: &str) -> Answer {
        let answer = self.visit(&format!("{}?token={token}", path::RESET_PAGE)).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some(path::RESET_PAGE)), "{answer:?}");
        self.visit(path::RESET_PAGE).await
    }

    /// A form as this browser would send it from our own page.
    pub fn form(&self, path: &str, fields: &[(&str, &str)]) -> http::Request<Vec<u8>> {
        let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let mut form = self.with_cookie(request("POST", path, &body.join("&")));
        let headers = form.headers_mut();
        headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
        headers.insert("origin", self.world.base().parse().unwrap());
        headers.insert("sec-fetch-site", "same-origin".parse().unwrap());
        form
    }

    /// Sends a form.
    pub async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.world.send(self.form(path, fields)).await;
        self.keep(&answer);
        answer
    }

    /// Asks for a mail.
    pub async fn ask(&mut self, identifier: &str) -> Answer {
        self.send(path::FORGOT_PAGE, &[("identifier", identifier)]).await
    }

    /// Sends the form of this page with the same password twice.
    pub async fn choose(&mut self, form: &Answer, password: &str) -> Answer {
        self.send(path::RESET_PAGE, &[("link", &digest(form)), ("password", password), ("again", password)]).await
    }

    fn with_cookie(&self, mut request: http::Request<Vec<u8>>) -> http::Request<Vec<u8>> {
        // The cookie is of one path, and of those below it.
        if let (Some(cookie), true) = (&self.cookie, request.uri().path().starts_with(path::RESET_PAGE)) {
            request.headers_mut().insert("cookie", cookie.parse().unwrap());
        }
        request
    }

    fn keep(&mut self, answer: &Answer) {
        let kept = self.cookie.take().unwrap_or_default();
        let mut kept: Vec<&str> = kept.split("; ").filter(|pair| !pair.is_empty()).collect();
        for (_, set) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (pair, attributes) = set.split_once("; ").expect("a cookie has attributes");
            assert!(attributes.starts_with("Path=/password/reset; Max-Age="), "{attributes}");
            assert!(attributes.ends_with("; HttpOnly; Secure; SameSite=Lax"), "{attributes}");
            let name = pair.split_inclusive('=').next().unwrap_or_default();
            kept.retain(|known| !known.starts_with(name));
            if !attributes.contains("Max-Age=0;") {
                kept.push(pair);
            }
        }
        self.cookie = (!kept.is_empty()).then(|| kept.join("; "));
    }
}

/// What the page's form carries of its link.
pub fn digest(form: &Answer) -> String {
    let (_, rest) = form.body.split_once(r#"name="link" value=""#).unwrap_or_else(|| no_form(form));
    rest.split('"').next().unwrap_or_default().to_owned()
}

#[expect(clippy::panic, reason = "this is how a test fails")]
fn no_form(answer: &Answer) -> ! {
    panic!("this is no form: {answer:?}");
}

/// The page's title.
pub fn title(answer: &Answer) -> &str {
    let (_, rest) = answer.body.split_once("<h1>").unwrap_or_default();
    rest.split('<').next().unwrap_or_default()
}

/// The answer is a page with this status and title, and has every header that pages have.
#[track_caller]
pub fn assert_page(answer: &Answer, status: u16, expected: &str) {
    assert_eq!((answer.status, title(answer)), (status, expected), "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert_page_headers(answer);
    assert_eq!(answer.header("referrer-policy"), Some("same-origin"));
    let policy = answer.header("content-security-policy").unwrap_or_default();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(policy.ends_with("form-action 'self'; frame-ancestors 'none'; base-uri 'none'"), "{policy}");
    // The form that sets a password may load our own assets, and WebAssembly; no other page loads anything.
    let own = policy.split([' ', ';']).find(|source| source.ends_with("/password/assets/")).unwrap_or("/");
    let assets = format!(" {own} 'wasm-unsafe-eval'; connect-src {own};");
    assert_eq!(policy.contains(&assets), answer.body.contains("<script type=\"module\" src=\"/"), "{policy}");
    let rest = policy.replacen(&assets, ";", 1);
    assert!(!rest.contains("unsafe") && !rest.contains("http") && !rest.contains('*'), "{policy}");
    assert_eq!(rest.matches("'self'").count(), 1, "{policy}");
    assert_eq!(answer.body.matches("<h1>").count(), 1);
    assert!(answer.body.starts_with("<!doctype html>\n<html lang=\"en\">"));
}

/// The headers that every answer of a page has.
#[track_caller]
pub fn assert_page_headers(answer: &Answer) {
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("x-robots-tag", "noindex"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{answer:?}");
    }
    assert!(answer.header("strict-transport-security").is_some());
    assert_eq!(answer.header("access-control-allow-origin"), None, "no script of another site reads a page");
}

/// A value as a browser writes it into a form.
fn encoded(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'*');
    let one = |byte: u8| match byte {
        b' ' => "+".to_owned(),
        byte if plain(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    value.bytes().map(one).collect()
}
