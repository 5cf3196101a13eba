//! The interface that a flow uses, over either of the two worlds.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use relatch::{Client, LinkToken, Password, RetryPolicy, TransportError};
use relatch_domain::hashing;
use relatch_domain::values::account::{PasswordHash, Role};
use relatch_domain::values::session::digest;
use relatch_memory::Memory;
use serde_json::{Value, json};

use crate::conformance;
use crate::in_process::InProcess;
use crate::mail::Mail;
use crate::person::{Person, hash};
use crate::response::Response;
use crate::workerd::Workerd;

/// The time within which an alarm has run and its mail has arrived, also on a busy machine.
const MAIL_TIMEOUT: Duration = Duration::from_secs(75);

/// The events of steps that have an outcome with its own event.
const STEPS: [&str; 4] = ["request_accepted", "mail_deferred", "link_checked", "sessions_revoked"];

/// One of the two worlds.
#[derive(Clone)]
pub enum World {
    /// The service in this process, over in-memory adapters.
    InProcess(InProcess),
    /// The built Worker under workerd.
    Workerd(Arc<Workerd>),
}

/// A change that the application itself makes to an account, without using the service.
pub enum AccountChange<'a> {
    /// Sets the e-mail address.
    Email(&'a str),
    /// Sets the password.
    Password(&'a str),
    /// Disables or enables the account.
    Disabled(bool),
    /// Sets the role.
    Role(Role),
    /// Sets whether the account is verified.
    Verified(bool),
}

/// Starts an in-process world with these changes to the configuration, and returns it with its
/// adapters.
pub fn in_memory(changes: &[(&str, &str)]) -> (World, Rc<Memory>) {
    let service = InProcess::new(changes);
    let memory = Rc::clone(&service.memory);
    (World::InProcess(service), memory)
}

/// Returns a world with a copy of these stores and another configuration, as after a deployment.
pub fn reconfigured(memory: &Memory, changes: &[(&str, &str)]) -> World {
    World::InProcess(InProcess::reconfigured(memory, changes))
}

impl World {
    /// Returns the `PUBLIC_URL`, which is the origin of links and pages.
    pub fn base_url(&self) -> String {
        match self {
            Self::InProcess(_) => "http://localhost".to_owned(),
            Self::Workerd(workerd) => workerd.base_url(),
        }
    }

    /// Sends a request and returns its response.
    pub async fn send(&self, request: http::Request<Vec<u8>>) -> Response {
        self.try_send(request).await.expect("the service responds")
    }

    async fn try_send(&self, request: http::Request<Vec<u8>>) -> Result<Response, TransportError> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let sent = request.body().clone();
        let response = match self {
            Self::InProcess(service) => service.send(request).await,
            Self::Workerd(workerd) => {
                workerd.try_send(request).await.map_err(TransportError::new)?
            }
        };
        let by_server = |name: &str| {
            matches!(
                name,
                "date" | "content-length" | "connection" | "keep-alive" | "transfer-encoding"
            )
        };
        let mut headers: Vec<(String, String)> = response
            .headers()
            .iter()
            .filter(|(name, _)| !by_server(name.as_str()))
            .map(|(name, value)| {
                (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        headers.sort();
        let body = String::from_utf8_lossy(response.body()).into_owned();
        let response = Response { status: response.status().as_u16(), headers, body };
        conformance::check(method.as_str(), &path, &sent, &response);
        Ok(response)
    }

    /// Posts a JSON body from a unique address.
    pub async fn post(&self, path: &str, body: impl Into<String>) -> Response {
        self.send(request("POST", path, &body.into())).await
    }

    /// Posts this body to `/password/reset/request`.
    pub async fn request_reset(&self, body: Value) -> Response {
        self.post("/password/reset/request", body.to_string()).await
    }

    /// Posts to `/password/reset/confirm`.
    pub async fn confirm(&self, token: &str, password: &str) -> Response {
        self.post(
            "/password/reset/confirm",
            json!({ "token": token, "password": password }).to_string(),
        )
        .await
    }

    /// Posts to `/password/reset/check`.
    pub async fn check(&self, token: &str) -> Response {
        self.post("/password/reset/check", json!({ "token": token }).to_string()).await
    }

    /// Posts to `/password/change` with this session token.
    pub async fn change_password(&self, session: &str, old: &str, new: &str) -> Response {
        self.send(change_request(session, old, new)).await
    }

    /// Returns the real client, connected to this world. It does not retry, so that a test sees
    /// every response.
    pub fn client(&self) -> Client<impl relatch::Transport> {
        let world = self.clone();
        let send = async move |mut request: http::Request<Vec<u8>>| {
            request.headers_mut().insert(
                "cf-connecting-ip",
                unique_address().parse().expect("an address is a valid header"),
            );
            let response = world.try_send(request).await?;
            let mut converted = http::Response::builder().status(response.status);
            for (name, value) in &response.headers {
                converted = converted.header(name, value);
            }
            converted.body(response.body.into_bytes()).map_err(TransportError::new)
        };
        Client::builder("http://localhost")
            .retry(RetryPolicy::none())
            .transport(send)
            .build()
            .expect("the base URL is valid")
    }

    /// Adds an account to the directory.
    pub async fn add(&self, person: &Person) {
        match self {
            Self::InProcess(service) => service.memory.put_account(person.account()),
            Self::Workerd(workerd) => drop(workerd.sql(&insertion(person)).await),
        }
    }

    /// Adds a person who may reset the password.
    pub async fn new_person(&self) -> Person {
        let person = Person::new();
        self.add(&person).await;
        person
    }

    /// Changes an account in the directory, as the application itself does.
    pub async fn update_account(&self, person: &Person, change: AccountChange<'_>) {
        match self {
            Self::InProcess(service) => {
                let mut account =
                    service.memory.account_now(&person.account_id()).expect("the account exists");
                match change {
                    AccountChange::Email(email) => account.email = Some(email.to_owned()),
                    AccountChange::Password(password) => {
                        account.password_hash = Some(hash(password, person.id + 1));
                    }
                    AccountChange::Disabled(disabled) => account.disabled = disabled,
                    AccountChange::Role(role) => account.role = role,
                    AccountChange::Verified(verified) => account.verified = verified,
                }
                service.memory.put_account(account);
            }
            Self::Workerd(workerd) => {
                let set = match change {
                    AccountChange::Email(email) => format!("email = {}", quoted(Some(email))),
                    AccountChange::Password(password) => {
                        format!(
                            "password_hash = {}",
                            quoted(Some(hash(password, person.id + 1).expose()))
                        )
                    }
                    AccountChange::Disabled(disabled) => {
                        format!("disabled = {}", u8::from(disabled))
                    }
                    AccountChange::Verified(verified) => {
                        format!("verified = {}", u8::from(verified))
                    }
                    AccountChange::Role(Role::User) => "role = 'user'".to_owned(),
                    AccountChange::Role(Role::Admin) => "role = 'admin'".to_owned(),
                    AccountChange::Role(Role::Machine) => "role = 'machine'".to_owned(),
                };
                workerd.sql(&format!("UPDATE users SET {set} WHERE id = {}", person.id)).await;
            }
        }
    }

    /// Returns the stored password hash, or `None` if the account has no password.
    pub async fn hash_of(&self, person: &Person) -> Option<PasswordHash> {
        match self {
            Self::InProcess(service) => {
                service.memory.account_now(&person.account_id())?.password_hash
            }
            Self::Workerd(workerd) => {
                let rows = workerd
                    .sql(&format!("SELECT password_hash FROM users WHERE id = {}", person.id))
                    .await;
                rows.first()?.first()?.as_str().map(PasswordHash::from)
            }
        }
    }

    /// Returns whether this is the current password of the account.
    pub async fn has_password(&self, person: &Person, password: &str) -> bool {
        self.hash_of(person)
            .await
            .is_some_and(|hash| hashing::verify(&Password::from(password), &hash))
    }

    /// Adds a session of this name. No token belongs to it.
    pub async fn add_session(&self, person: &Person, session: &str) {
        match self {
            Self::InProcess(service) => service.memory.open_session(&person.account_id(), session),
            Self::Workerd(workerd) => {
                let session = quoted(Some(&format!("{session} of {}", person.id)));
                let sql = "INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES";
                workerd.sql(&format!("{sql} ({session}, {}, 0, 9999999999)", person.id)).await;
            }
        }
    }

    /// Opens a session under the current password. Returns its bearer token.
    pub async fn open_session(&self, person: &Person) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let token = format!("session-{}-of-{}", NEXT.fetch_add(1, Ordering::Relaxed), person.id);
        let version = self.hash_of(person).await.map(|hash| digest(hash.expose()));
        match self {
            Self::InProcess(service) => {
                service.memory.open_session_of(&person.account_id(), &token, version);
            }
            Self::Workerd(workerd) => {
                let (id, version) = (quoted(Some(&digest(&token))), quoted(version.as_deref()));
                let sql = "INSERT INTO sessions (id, user_id, created_at, expires_at, password_version) VALUES";
                workerd
                    .sql(&format!("{sql} ({id}, {}, 0, 9999999999, {version})", person.id))
                    .await;
            }
        }
        token
    }

    /// Returns the number of open sessions of an account.
    pub async fn session_count(&self, person: &Person) -> usize {
        match self {
            Self::InProcess(service) => service.memory.sessions_of(&person.account_id()).len(),
            Self::Workerd(workerd) => workerd
                .sql(&format!("SELECT id FROM sessions WHERE user_id = {}", person.id))
                .await
                .len(),
        }
    }

    /// Returns the events of an account in order, each as `action` or `action: detail`, and a
    /// counted one as often as it happened. The steps on the way to an outcome are left out: see
    /// [`Self::all_events`].
    pub async fn events(&self, person: &Person) -> Vec<String> {
        let mut events = self.all_events(person).await;
        events.retain(|event| !STEPS.iter().any(|step| event.starts_with(step)));
        events
    }

    /// As [`Self::events`], with the steps.
    pub async fn all_events(&self, person: &Person) -> Vec<String> {
        let line = |action: &str, detail: Option<&str>| match detail {
            Some(detail) => format!("{action}: {detail}"),
            None => action.to_owned(),
        };
        match self {
            Self::InProcess(service) => {
                let id = person.account_id();
                let events = service.memory.events();
                let own = events.iter().filter(|event| event.account.as_ref() == Some(&id));
                own.flat_map(|event| {
                    let times = service.memory.event_count(&event.id);
                    (0..times).map(|_| line(event.action.as_str(), event.detail.as_deref()))
                })
                .collect()
            }
            Self::Workerd(workerd) => {
                let sql = format!(
                    "SELECT action, detail, count FROM events WHERE account = '{}' ORDER BY at, rowid",
                    person.id
                );
                let rows = workerd.sql(&sql).await;
                rows.iter()
                    .flat_map(|row| {
                        let text = line(row[0].as_str().unwrap_or_default(), row[1].as_str());
                        (0..row[2].as_u64().unwrap_or(1)).map(move |_| text.clone())
                    })
                    .collect()
            }
        }
    }

    /// Waits until the account has an event that begins with this text.
    pub async fn wait_for_event(&self, person: &Person, event: &str) {
        let found =
            async || self.all_events(person).await.iter().any(|line| line.starts_with(event));
        if !self.wait_until(found).await {
            fail(&format!("the event `{event}` is missing: {:?}", self.all_events(person).await));
        }
    }

    /// Returns the mails sent to this address so far.
    pub async fn mails_to(&self, address: &str) -> Vec<Mail> {
        match self {
            Self::InProcess(service) => service.mails_to(address),
            Self::Workerd(workerd) => workerd.mails_to(address).await,
        }
    }

    /// Waits until this address has exactly `count` mails. Returns the last of them.
    pub async fn wait_for_mail(&self, address: &str, count: usize) -> Mail {
        let arrived = async || self.mails_to(address).await.len() >= count;
        let in_time = self.wait_until(arrived).await;
        let mails = self.mails_to(address).await;
        if !in_time || mails.len() != count {
            fail(&format!("{address} has {} mails instead of {count}", mails.len()));
        }
        mails.last().cloned().expect("at least one mail is expected")
    }

    /// Gives all pending work the time to finish. For tests that assert that nothing happens.
    pub async fn drain(&self) {
        match self {
            Self::InProcess(service) => service.advance(Duration::from_secs(5)).await,
            Self::Workerd(_) => tokio::time::sleep(Duration::from_secs(4)).await,
        }
    }

    /// Requests a reset, waits for the mail and returns its token.
    pub async fn token_for(&self, person: &Person) -> String {
        let before = self.mails_to(person.address()).await.len();
        let identifier = match person.username.as_str() {
            "" => person.address(),
            username => username,
        };
        let response = self.request_reset(json!({ "identifier": identifier })).await;
        assert_eq!(response.status, 200, "{response:?}");
        self.wait_for_mail(person.address(), before + 1).await.token()
    }

    /// As [`Self::token_for`], in the client's type.
    pub async fn link_token_for(&self, person: &Person) -> LinkToken {
        self.token_for(person).await.parse().expect("the mail holds a token")
    }

    async fn wait_until(&self, condition: impl AsyncFn() -> bool) -> bool {
        match self {
            Self::InProcess(service) => {
                for _ in 0..60 {
                    if condition().await {
                        return true;
                    }
                    service.advance(Duration::from_millis(500)).await;
                }
                condition().await
            }
            Self::Workerd(workerd) => workerd.wait_until(MAIL_TIMEOUT, condition).await,
        }
    }
}

/// Builds a request with a JSON content type, from a unique address.
pub fn request(method: &str, path: &str, body: &str) -> http::Request<Vec<u8>> {
    http::Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .header("cf-connecting-ip", unique_address())
        .body(body.as_bytes().to_vec())
        .expect("the request is valid")
}

/// Builds a request to `/password/change` with this session token.
pub fn change_request(session: &str, old: &str, new: &str) -> http::Request<Vec<u8>> {
    let mut request =
        request("POST", "/password/change", &json!({ "old": old, "new": new }).to_string());
    let bearer = format!("Bearer {session}").parse().expect("a token is a valid header");
    request.headers_mut().insert("authorization", bearer);
    request
}

/// Returns an IPv6 address whose /64 no other request comes from, so that no test meets the limit
/// of another one.
pub fn unique_address() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("2001:db8:{:x}:{:x}::1", number >> 16, number & 0xffff)
}

/// Returns the statement that adds an account to the table `users`.
pub fn insertion(person: &Person) -> String {
    let role = match person.role {
        Role::User => "user",
        Role::Admin => "admin",
        Role::Machine => "machine",
    };
    format!(
        "INSERT INTO users (id, username, email, name, password_hash, role, disabled, verified, \
         locale) VALUES ({}, {}, {}, {}, {}, '{role}', {}, {}, {})",
        person.id,
        quoted(Some(&person.username)),
        quoted(person.email.as_deref()),
        quoted(person.name.as_deref()),
        quoted(person.account().password_hash.as_ref().map(PasswordHash::expose)),
        u8::from(person.disabled),
        u8::from(person.verified),
        quoted(person.locale.as_deref()),
    )
}

fn quoted(text: Option<&str>) -> String {
    text.map_or_else(|| "NULL".to_owned(), |text| format!("'{}'", text.replace('\'', "''")))
}

#[expect(clippy::panic, reason = "a failed test panics")]
fn fail(message: &str) -> ! {
    panic!("{message}");
}
