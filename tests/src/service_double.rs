//! A server on loopback that speaks the documented protocols of siteverify (Turnstile, hCaptcha and
//! reCAPTCHA) and of the range query of Pwned Passwords, and misbehaves where a test wants it to.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use relatch_domain::values::keys::hex;
use serde_json::json;
use sha1::{Digest as _, Sha1};

use crate::http_server::{HttpAnswer, HttpCall, HttpServer};

/// The secret that the provider of the captcha knows.
pub const CAPTCHA_SECRET: &str = relatch_memory::CAPTCHA_SECRET;

/// The key of the widget that belongs to [`CAPTCHA_SECRET`].
pub const CAPTCHA_SITE_KEY: &str = "0x4AAAAAAA-the-site-key";

const TEXT: &[(&str, &str)] = &[("content-type", "text/plain")];

/// The answer of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// What its protocol says.
    Protocol,
    /// An error.
    Error,
    /// A page, with the status 200.
    Html,
    /// Some megabytes that begin as the protocol says.
    Huge,
    /// A redirect to a place that would say yes to everything.
    Redirect,
    /// A complete answer of the protocol, with one line or field of another one.
    Mixed,
    /// Nothing: the connection is closed.
    Close,
    /// Nothing, for a minute.
    Hang,
}

impl Behaviour {
    /// Every misbehaviour.
    pub const WRONG: [Self; 7] =
        [Self::Error, Self::Html, Self::Huge, Self::Redirect, Self::Mixed, Self::Close, Self::Hang];
}

#[derive(Debug)]
struct State {
    behaviour: Behaviour,
    /// The number of captchas that were solved.
    solved: usize,
    /// The tokens that were not verified yet, with the host and the action of their widgets.
    tokens: Vec<(String, String, String)>,
    breached: Vec<String>,
}

/// A running server.
pub struct ServiceDouble {
    server: HttpServer,
    state: Arc<Mutex<State>>,
}

impl ServiceDouble {
    /// Starts a server on a free port.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(State {
            behaviour: Behaviour::Protocol,
            solved: 0,
            tokens: Vec::new(),
            breached: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        let answer =
            move |call: &HttpCall| shared.lock().expect("the lock is not poisoned").answer(call);
        Self { server: HttpServer::start(answer).await, state }
    }

    /// Returns the URL of a path.
    pub fn url(&self, path: &str) -> String {
        [&self.server.origin(), path].concat()
    }

    /// Sets what the server answers.
    pub fn set(&self, behaviour: Behaviour) {
        self.state().behaviour = behaviour;
    }

    /// Returns the requests since the last time.
    pub fn take_received(&self) -> Vec<HttpCall> {
        self.server.take_calls()
    }

    /// Solves the captcha on a page of this host, in a widget with this action. Returns its token.
    pub fn solve(&self, host: &str, action: &str) -> String {
        let mut state = self.state();
        state.solved += 1;
        let token = format!("0.{}&=+/", hex(&Sha1::digest(state.solved.to_be_bytes())));
        state.tokens.push((token.clone(), host.to_owned(), action.to_owned()));
        token
    }

    /// Adds a password to those that are known from a breach.
    pub fn breach(&self, password: &str) {
        self.state().breached.push(hex(&Sha1::digest(password)).to_ascii_uppercase());
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("the lock is not poisoned")
    }
}

impl State {
    fn answer(&mut self, call: &HttpCall) -> HttpAnswer {
        let usual = match call.path.strip_prefix("/range/") {
            Some(prefix) => self.range(prefix),
            None => self.siteverify(call),
        };
        let plain = |status, body: String| HttpAnswer::Answer(status, TEXT, body.into());
        match self.behaviour {
            Behaviour::Protocol => plain(200, usual),
            Behaviour::Error => plain(500, usual),
            Behaviour::Html => HttpAnswer::Answer(
                200,
                &[("content-type", "text/html")],
                "<!doctype html><title>Hi</title>".into(),
            ),
            Behaviour::Huge => plain(200, format!("{usual}\r\n").repeat(400)),
            Behaviour::Redirect => HttpAnswer::Answer(302, &[("location", "/yes")], usual.into()),
            Behaviour::Mixed if usual.starts_with('{') => {
                plain(200, usual.replace("true", "\"true\""))
            }
            Behaviour::Mixed => plain(200, format!("{usual}\r\nnot a hash:1")),
            Behaviour::Close => HttpAnswer::Close,
            Behaviour::Hang => HttpAnswer::Hang(Duration::from_secs(60)),
        }
    }

    /// Verifies a token as hCaptcha does, as reCAPTCHA (v2) does, or by any other path as Turnstile.
    fn siteverify(&mut self, call: &HttpCall) -> String {
        let failed = |code: &str| json!({ "success": false, "error-codes": [code] }).to_string();
        let field = |name: &str| {
            let pairs = call.body.split('&').filter_map(|pair| pair.split_once('='));
            pairs.into_iter().find(|(known, _)| *known == name).map(|(_, value)| decoded(value))
        };
        if call.method != "POST" {
            return failed("bad-request");
        }
        if field("secret").as_deref() != Some(CAPTCHA_SECRET) {
            return failed("invalid-input-secret");
        }
        let provider = call.path.trim_end_matches("/siteverify");
        if provider == "/hcaptcha" && field("sitekey").as_deref() != Some(CAPTCHA_SITE_KEY) {
            return failed("sitekey-secret-mismatch");
        }
        let response = field("response").unwrap_or_default();
        let place = self.tokens.iter().position(|(token, _, _)| *token == response);
        let Some((_, hostname, action)) = place.map(|place| self.tokens.remove(place)) else {
            return failed(match provider {
                "/hcaptcha" => "invalid-or-already-seen-response",
                _ => "timeout-or-duplicate",
            });
        };
        let at = "2026-11-20T12:00:00.000Z";
        let solved = match provider {
            "/hcaptcha" => {
                json!({ "success": true, "challenge_ts": at, "hostname": hostname, "credit": true })
            }
            "/recaptcha" => json!({ "success": true, "challenge_ts": at, "hostname": hostname }),
            _ => json!({
                "success": true, "error-codes": [], "challenge_ts": at, "hostname": hostname,
                "action": action, "cdata": "",
            }),
        };
        solved.to_string()
    }

    fn range(&self, prefix: &str) -> String {
        let known = self.breached.iter().filter_map(|hash| hash.strip_prefix(prefix));
        let padding = (0..800_u32).map(|number| hex(&Sha1::digest(number.to_be_bytes())));
        let padding = padding.map(|hash| format!("{}:0", hash[..35].to_ascii_uppercase()));
        let lines: Vec<String> =
            known.map(|suffix| format!("{suffix}:42")).chain(padding).collect();
        lines.join("\r\n")
    }
}

/// Decodes a field of a form.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut decoded, mut place) = (Vec::new(), 0);
    while let Some(byte) = bytes.get(place) {
        let escaped = bytes.get(place + 1..place + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        let escaped = escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let (byte, length) = match (byte, escaped) {
            (b'%', Some(escaped)) => (escaped, 3),
            (b'+', _) => (b' ', 1),
            (byte, _) => (*byte, 1),
        };
        decoded.push(byte);
        place += length;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
