//! What a flow sees of the world it runs in.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use relatch::{Client, LinkToken, Password, RetryPolicy, TransportError};
use relatch_domain::hashing;
use relatch_domain::values::account::{PasswordHash, Role};
use relatch_domain::values::session::digest;
use serde_json::{Value, json};

use crate::in_process::InProcess;
use crate::mail::Mail;
use crate::person::{Person, hash};
use crate::workerd::Workerd;

/// Long enough for an alarm and a mail on a busy machine.
const MAIL_PATIENCE: Duration = Duration::from_secs(75);

/// One of the two worlds.
#[derive(Clone)]
pub enum World {
    /// In memory.
    InProcess(InProcess),
    /// Under workerd.
    Workerd(Arc<Workerd>),
}

/// A change that the host application makes to an account, behind our back.
pub enum Change<'a> {
    /// A new address.
    Email(&'a str),
    /// A new password.
    Password(&'a str),
    /// Switched off, or on again.
    Disabled(bool),
    /// Another role.
    Role(Role),
}

/// An answer, as a test looks at it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers, sorted.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    /// The `code` of a refusal.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

impl World {
    /// Where people reach this world: its `PUBLIC_URL`, and the origin of its pages.
    pub fn base(&self) -> String {
        match self {
            Self::InProcess(_) => "http://localhost".to_owned(),
            Self::Workerd(workerd) => workerd.base(),
        }
    }

    /// Sends a request.
    pub async fn send(&self, request: http::Request<Vec<u8>>) -> Answer {
        self.try_send(request).await.expect("the service answers")
    }

    async fn try_send(&self, request: http::Request<Vec<u8>>) -> Result<Answer, TransportError> {
        let answer = match self {
            Self::InProcess(world) => world.send(request).await,
            Self::Workerd(world) => world.try_send(request).await.map_err(TransportError::new)?,
        };
        // What the HTTP server in front adds says nothing about the service.
        let own =
            |name: &str| !matches!(name, "date" | "content-length" | "connection" | "keep-alive" | "transfer-encoding");
        let mut headers: Vec<(String, String)> = answer
            .headers()
            .iter()
            .filter(|(name, _)| own(name.as_str()))
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        headers.sort();
        let body = String::from_utf8_lossy(answer.body()).into_owned();
        Ok(Answer { status: answer.status().as_u16(), headers, body })
    }

    /// Posts a JSON text, from an address that nobody else calls from.
    pub async fn post(&self, path: &str, body: impl Into<String>) -> Answer {
        self.send(request("POST", path, &body.into())).await
    }

    /// Asks for a reset mail, as JSON says it.
    pub async fn ask(&self, body: Value) -> Answer {
        self.post("/password/reset/request", body.to_string()).await
    }

    /// Sends a confirm.
    pub async fn confirm(&self, token: &str, password: &str) -> Answer {
        self.post("/password/reset/confirm", json!({ "token": token, "password": password }).to_string()).await
    }

    /// Sends a check.
    pub async fn check(&self, token: &str) -> Answer {
        self.post("/password/reset/check", json!({ "token": token }).to_string()).await
    }

    /// Asks for a change by the session of this bearer token.
    pub async fn change_password(&self, session: &str, old: &str, new: &str) -> Answer {
        self.send(change(session, old, new)).await
    }

    /// The real client, talking to this world. It tries once: a test sees every answer.
    pub fn client(&self) -> Client<impl relatch::Transport> {
        let world = self.clone();
        let send = async move |mut request: http::Request<Vec<u8>>| {
            request.headers_mut().insert("cf-connecting-ip", caller().parse().expect("an address is a header"));
            let answer = world.try_send(request).await?;
            let mut response = http::Response::builder().status(answer.status);
            for (name, value) in &answer.headers {
                response = response.header(name, value);
            }
            response.body(answer.body.into_bytes()).map_err(TransportError::new)
        };
        Client::builder("http://localhost")
            .retry(RetryPolicy::none())
            .transport(send)
            .build()
            .expect("the address is good")
    }

    /// Adds somebody.
    pub async fn add(&self, person: &Person) {
        match self {
            Self::InProcess(world) => world.memory.put_account(person.account()),
            Self::Workerd(world) => {
                let account = person.account();
                let role = match person.role {
                    Role::User => "user",
                    Role::Admin => "admin",
                    Role::Machine => "machine",
                };
                let sql = format!(
                    "INSERT INTO users (id, username, email, name, password_hash, role, disabled) \
                     VALUES ({}, {}, {}, {}, {}, '{role}', {})",
                    person.id,
                    quoted(Some(&person.username)),
                    quoted(person.email.as_deref()),
                    quoted(person.name.as_deref()),
                    quoted(account.password_hash.as_ref().map(PasswordHash::expose)),
                    u8::from(person.disabled),
                );
                world.sql(&sql).await;
            }
        }
    }

    /// Somebody ordinary, added.
    pub async fn somebody(&self) -> Person {
        let person = Person::new();
        self.add(&person).await;
        person
    }

    /// Changes an account behind the service's back.
    pub async fn change(&self, person: &Person, change: Change<'_>) {
        match self {
            Self::InProcess(world) => {
                let mut account = world.memory.account_now(&person.account_id()).expect("the account is there");
                match change {
                    Change::Email(email) => account.email = Some(email.to_owned()),
                    Change::Password(password) => account.password_hash = Some(hash(password, person.id + 1)),
                    Change::Disabled(disabled) => account.disabled = disabled,
                    Change::Role(role) => account.role = role,
                }
                world.memory.put_account(account);
            }
            Self::Workerd(world) => {
                let set = match change {
                    Change::Email(email) => format!("email = {}", quoted(Some(email))),
                    Change::Password(password) => {
                        format!("password_hash = {}", quoted(Some(hash(password, person.id + 1).expose())))
                    }
                    Change::Disabled(disabled) => format!("disabled = {}", u8::from(disabled)),
                    Change::Role(Role::User) => "role = 'user'".to_owned(),
                    Change::Role(Role::Admin) => "role = 'admin'".to_owned(),
                    Change::Role(Role::Machine) => "role = 'machine'".to_owned(),
                };
                world.sql(&format!("UPDATE users SET {set} WHERE id = {}", person.id)).await;
            }
        }
    }

    /// The stored hash of somebody's password.
    pub async fn hash_of(&self, person: &Person) -> Option<PasswordHash> {
        match self {
            Self::InProcess(world) => world.memory.account_now(&person.account_id())?.password_hash,
            Self::Workerd(world) => {
                let rows = world.sql(&format!("SELECT password_hash FROM users WHERE id = {}", person.id)).await;
                rows.first()?.first()?.as_str().map(PasswordHash::from)
            }
        }
    }

    /// Whether this is somebody's password now.
    pub async fn has_password(&self, person: &Person, password: &str) -> bool {
        self.hash_of(person).await.is_some_and(|hash| hashing::verify(&Password::from(password), &hash))
    }

    /// Signs somebody in.
    pub async fn sign_in(&self, person: &Person, session: &str) {
        match self {
            Self::InProcess(world) => world.memory.open_session(&person.account_id(), session),
            Self::Workerd(world) => {
                let session = quoted(Some(&format!("{session} of {}", person.id)));
                let sql = "INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES";
                world.sql(&format!("{sql} ({session}, {}, 0, 9999999999)", person.id)).await;
            }
        }
    }

    /// Signs somebody in with the password in force, and gives the bearer token.
    pub async fn session_for(&self, person: &Person) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let token = format!("session-{}-of-{}", NEXT.fetch_add(1, Ordering::Relaxed), person.id);
        let version = self.hash_of(person).await.map(|hash| digest(hash.expose()));
        match self {
            Self::InProcess(world) => world.memory.open_session_of(&person.account_id(), &token, version),
            Self::Workerd(world) => {
                let (id, version) = (quoted(Some(&digest(&token))), quoted(version.as_deref()));
                let sql = "INSERT INTO sessions (id, user_id, created_at, expires_at, password_version) VALUES";
                world.sql(&format!("{sql} ({id}, {}, 0, 9999999999, {version})", person.id)).await;
            }
        }
        token
    }

    /// How often somebody is signed in.
    pub async fn sessions(&self, person: &Person) -> usize {
        match self {
            Self::InProcess(world) => world.memory.sessions_of(&person.account_id()).len(),
            Self::Workerd(world) => {
                world.sql(&format!("SELECT id FROM sessions WHERE user_id = {}", person.id)).await.len()
            }
        }
    }

    /// What is told about somebody, in order: action, and detail where there is one.
    pub async fn events(&self, person: &Person) -> Vec<String> {
        let line = |action: &str, detail: Option<&str>| match detail {
            Some(detail) => format!("{action}: {detail}"),
            None => action.to_owned(),
        };
        match self {
            Self::InProcess(world) => {
                let id = person.account_id();
                let events = world.memory.events();
                let own = events.iter().filter(|event| event.account.as_ref() == Some(&id));
                own.map(|event| line(event.action.as_str(), event.detail.as_deref())).collect()
            }
            Self::Workerd(world) => {
                let sql =
                    format!("SELECT action, detail FROM events WHERE account = '{}' ORDER BY at, rowid", person.id);
                let rows = world.sql(&sql).await;
                rows.iter().map(|row| line(row[0].as_str().unwrap_or_default(), row[1].as_str())).collect()
            }
        }
    }

    /// Waits until this has been told about somebody.
    pub async fn told(&self, person: &Person, event: &str) {
        let found = async || self.events(person).await.iter().any(|told| told.starts_with(event));
        self.wait(found).await.unwrap_or_else(|()| stop(&format!("`{event}` is not told")));
    }

    /// The mails to this address so far.
    pub async fn mails_to(&self, address: &str) -> Vec<Mail> {
        match self {
            Self::InProcess(world) => world.mails_to(address),
            Self::Workerd(world) => world.mails_to(address).await,
        }
    }

    /// Waits for that many mails to this address, and gives the last.
    pub async fn mail(&self, address: &str, count: usize) -> Mail {
        let arrived = async || self.mails_to(address).await.len() >= count;
        let waited = self.wait(arrived).await;
        let mails = self.mails_to(address).await;
        if waited.is_err() || mails.len() != count {
            stop(&format!("{} mails came, {count} were expected", mails.len()));
        }
        mails.last().cloned().expect("a mail was waited for")
    }

    /// Lets everything that is under way come to its end, where nothing is expected to come of it.
    pub async fn settle(&self) {
        match self {
            Self::InProcess(world) => world.advance(Duration::from_secs(5)).await,
            Self::Workerd(_) => tokio::time::sleep(Duration::from_secs(4)).await,
        }
    }

    /// Asks for a reset and gives the token of the mail.
    pub async fn token_for(&self, person: &Person) -> String {
        let before = self.mails_to(person.address()).await.len();
        let answer = self.ask(json!({ "username": person.username })).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        self.mail(person.address(), before + 1).await.token()
    }

    /// As [`Self::token_for`], as the client wants it.
    pub async fn link_for(&self, person: &Person) -> LinkToken {
        self.token_for(person).await.parse().expect("the mail holds a token")
    }

    async fn wait(&self, asked: impl AsyncFn() -> bool) -> Result<(), ()> {
        let came = match self {
            Self::InProcess(world) => {
                let mut came = asked().await;
                for _ in 0..60 {
                    if came {
                        break;
                    }
                    world.advance(Duration::from_millis(500)).await;
                    came = asked().await;
                }
                came
            }
            Self::Workerd(world) => world.until(MAIL_PATIENCE, asked).await,
        };
        if came { Ok(()) } else { Err(()) }
    }
}

/// A request with a JSON body, from an address that nobody else calls from.
pub fn request(method: &str, path: &str, body: &str) -> http::Request<Vec<u8>> {
    http::Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .header("cf-connecting-ip", caller())
        .body(body.as_bytes().to_vec())
        .expect("this is a request")
}

/// A change by the session of this bearer token.
pub fn change(session: &str, old: &str, new: &str) -> http::Request<Vec<u8>> {
    let mut request = request("POST", "/password/change", &json!({ "old": old, "new": new }).to_string());
    let bearer = format!("Bearer {session}").parse().expect("a token is a header");
    request.headers_mut().insert("authorization", bearer);
    request
}

/// An address that nobody else calls from.
pub fn caller() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("2001:db8:{:x}:{:x}::1", number >> 16, number & 0xffff)
}

fn quoted(text: Option<&str>) -> String {
    text.map_or_else(|| "NULL".to_owned(), |text| format!("'{}'", text.replace('\'', "''")))
}

#[expect(clippy::panic, reason = "this is how a test fails")]
fn stop(why: &str) -> ! {
    panic!("{why}");
}
