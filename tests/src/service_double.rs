//! A server on loopback that speaks the documented protocols of siteverify (Turnstile, hCaptcha and
//! reCAPTCHA) and of the range query of Pwned Passwords, and misbehaves where a test wants it to.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use relatch_domain::values::keys::hex;
use serde_json::json;
use sha1::{Digest as _, Sha1};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The secret that the provider of the captcha knows.
pub const CAPTCHA_SECRET: &str = relatch_memory::CAPTCHA_SECRET;

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

/// A request that arrived.
#[derive(Clone, Debug)]
pub struct Received {
    /// The method.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The headers, with their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

#[derive(Debug)]
struct State {
    behaviour: Behaviour,
    received: Vec<Received>,
    /// The tokens that were not verified yet, with the host and the action of their widgets.
    tokens: Vec<(String, String, String)>,
    breached: Vec<String>,
}

/// A running server.
pub struct ServiceDouble {
    /// Its port on loopback.
    pub port: u16,
    state: Arc<Mutex<State>>,
}

impl ServiceDouble {
    /// Starts a server on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
        let port = listener.local_addr().expect("the listener has an address").port();
        let state = Arc::new(Mutex::new(State {
            behaviour: Behaviour::Protocol,
            received: Vec::new(),
            tokens: Vec::new(),
            breached: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    let _client_left = serve(stream, &shared).await;
                });
            }
        });
        Self { port, state }
    }

    /// Returns the URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Sets what the server answers.
    pub fn set(&self, behaviour: Behaviour) {
        self.state().behaviour = behaviour;
    }

    /// Returns the requests since the last time.
    pub fn take_received(&self) -> Vec<Received> {
        std::mem::take(&mut self.state().received)
    }

    /// Solves the captcha on a page of this host, in a widget with this action. Returns its token.
    pub fn solve(&self, host: &str, action: &str) -> String {
        let mut state = self.state();
        let token = format!("0.{}&=+/", hex(&Sha1::digest(state.tokens.len().to_be_bytes())));
        let token = format!("{token}{}", state.received.len());
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

/// Answers one request and closes the connection.
async fn serve(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let mut words = line.split(' ').map(str::to_owned);
    let method = words.next().unwrap_or_default();
    let path = words.next().unwrap_or_default();
    let (mut headers, mut length) = (Vec::new(), 0);
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).await?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        let (name, value) = (name.to_ascii_lowercase(), value.trim().to_owned());
        if name == "content-length" {
            length = value.parse().unwrap_or_default();
        }
        headers.push((name, value));
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let body = String::from_utf8_lossy(&body).into_owned();
    let received = Received { method, path, headers, body };
    let (behaviour, usual) = {
        let mut state = state.lock().expect("the lock is not poisoned");
        let usual = state.answer(&received);
        state.received.push(received);
        (state.behaviour, usual)
    };
    let (status, content_type, body) = match behaviour {
        Behaviour::Protocol => ("200 OK", "text/plain", usual),
        Behaviour::Error => ("500 Internal Server Error", "text/plain", usual),
        Behaviour::Html => ("200 OK", "text/html", "<!doctype html><title>Hi</title>".to_owned()),
        Behaviour::Huge => ("200 OK", "text/plain", format!("{usual}\r\n").repeat(400)),
        Behaviour::Redirect => ("302 Found\r\nlocation: /yes", "text/plain", usual),
        Behaviour::Mixed if usual.starts_with('{') => {
            ("200 OK", "text/plain", usual.replace("true", "\"true\""))
        }
        Behaviour::Mixed => ("200 OK", "text/plain", format!("{usual}\r\nnot a hash:1")),
        Behaviour::Close => return Ok(()),
        Behaviour::Hang => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            return Ok(());
        }
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.flush().await
}

impl State {
    fn answer(&mut self, received: &Received) -> String {
        match received.path.strip_prefix("/range/") {
            Some(prefix) => self.range(prefix),
            None => self.siteverify(received),
        }
    }

    fn siteverify(&mut self, received: &Received) -> String {
        let failed = |code: &str| json!({ "success": false, "error-codes": [code] }).to_string();
        let field = |name: &str| {
            let pairs = received.body.split('&').filter_map(|pair| pair.split_once('='));
            pairs.into_iter().find(|(known, _)| *known == name).map(|(_, value)| decoded(value))
        };
        if received.method != "POST" {
            return failed("bad-request");
        }
        if field("secret").as_deref() != Some(CAPTCHA_SECRET) {
            return failed("invalid-input-secret");
        }
        let response = field("response").unwrap_or_default();
        let place = self.tokens.iter().position(|(token, _, _)| *token == response);
        let Some((_, hostname, action)) = place.map(|place| self.tokens.remove(place)) else {
            return failed("timeout-or-duplicate");
        };
        json!({
            "success": true, "error-codes": [], "challenge_ts": "2026-11-20T12:00:00.000Z",
            "hostname": hostname, "action": action, "cdata": "",
        })
        .to_string()
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
