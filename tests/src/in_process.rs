//! The real service over the world in memory.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use relatch_config::Deployment;
use relatch_domain::application::Application;
use relatch_domain::service::Service;
use relatch_domain::values::client::{ClientInfo, Continent};
use relatch_domain::values::time::Moment;
use relatch_http::{LARGEST_BODY, handle};
use relatch_memory::Memory;
use relatch_worker::directory::statements::DirectorySql;

use crate::mail::Mail;

/// What the clock of a new world says: 20 November 2026, noon.
pub const NOON: Moment = Moment::from_seconds(1_795_176_000);

/// A configuration that holds, but for these variables.
pub fn deployment(changes: &[(&str, &str)]) -> Deployment<DirectorySql> {
    let mut variables = BTreeMap::from([
        ("RELATCH_KEYS", KEYS),
        ("APPLICATION_KEYS", SERVER_KEYS),
        ("PUBLIC_URL", "http://localhost"),
        ("DIALECTS", "rest,flask,cloudcms"),
        ("APPLICATION_NAME", "Example"),
        ("MAIL_FROM", "Example <noreply@example.com>"),
        ("MAIL_SERVER", "localhost"),
        ("CONTACT", "support@example.com"),
        ("ALLOWED_ORIGINS", "https://app.example.com"),
        // The least that configuration accepts: most tests are about something else.
        ("ARGON2_MEMORY_KIB", "7168"),
        ("ARGON2_ITERATIONS", "1"),
    ]);
    variables.extend(changes.iter().copied());
    Deployment::parse(|name| variables.get(name).map(|&value| value.to_owned())).expect("the configuration is valid")
}

/// The default application of [`deployment`].
pub fn configured(changes: &[(&str, &str)]) -> Rc<Application> {
    let deployment = deployment(changes);
    let default = deployment.applications().iter().next();
    Rc::clone(default.expect("there is a default application"))
}

/// The statements of the default application's directory.
pub fn statements(changes: &[(&str, &str)]) -> DirectorySql {
    let deployment = deployment(changes);
    let default = deployment.all_settings().next();
    default.expect("there is a default application").adapters.clone()
}

/// Whether the directory's statements authenticate sessions.
fn authenticates_sessions(changes: &[(&str, &str)]) -> bool {
    statements(changes).session.is_some()
}

/// The keys of every test's service: known, so that tests can make links of their own.
pub const KEYS: &str = "7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A server's key that is good for all calls.
pub const SERVER_KEY: &str = "a key of the tests for all calls";
/// One that only asks whether resets are possible.
pub const NARROW_KEY: &str = "a key of the tests for status alone";
/// One of another application.
pub const SHOP_KEY: &str = "a key of the tests for the shop";

/// What configuration holds of the first two.
pub const SERVER_KEYS: &str = "main:545c9782ad81bf2f2538f0d2d3eaabe276de7739773bc67481ad841268c5512e, \
    narrow:bc9237ac2d0ba55602f12798d9841b791ee1e52110725fbe3fa5d1798719507f:status";
/// And of the third.
pub const SHOP_KEYS: &str = "shop:ffe1fdf9febe6754c8ebba08c0cef7f0a27a5c4c8619809f39571f9afd1d53ce";

/// A world in memory.
#[derive(Clone)]
pub struct InProcess {
    /// All of it.
    pub memory: Rc<Memory>,
}

impl InProcess {
    /// A new, empty world.
    pub fn new(changes: &[(&str, &str)]) -> Self {
        let memory = Memory::new(configured(changes), NOON);
        memory.set_authenticates_sessions(authenticates_sessions(changes));
        Self { memory: Rc::new(memory) }
    }

    /// The same world, run by a service that is configured differently from now on.
    pub fn with_configuration(&self, changes: &[(&str, &str)]) -> Self {
        let memory = self.memory.reconfigured(configured(changes));
        memory.set_authenticates_sessions(authenticates_sessions(changes));
        Self { memory: Rc::new(memory) }
    }

    /// Sends a request, as the Worker's entry would hand it on: only the host's own header says who calls, and a body
    /// that is too large arrives cut off.
    pub async fn send(&self, mut request: http::Request<Vec<u8>>) -> http::Response<Vec<u8>> {
        let address = request.headers().get("cf-connecting-ip").and_then(|address| address.to_str().ok());
        let caller = ClientInfo {
            address: address.unwrap_or("192.0.2.1").parse().ok(),
            continent: Box::new(|| Continent::Elsewhere),
        };
        request.body_mut().truncate(LARGEST_BODY + 1);
        let service = Service { application: self.memory.application(), platform: &*self.memory };
        handle(service, &caller, request).await
    }

    /// Lets time pass.
    pub async fn advance(&self, span: Duration) {
        self.memory.advance(span).await;
    }

    /// The mails to this address so far.
    pub fn mails_to(&self, address: &str) -> Vec<Mail> {
        let to = |mail: &&relatch_domain::mail::Message| mail.to.eq_ignore_ascii_case(address);
        self.memory
            .mails()
            .iter()
            .filter(to)
            .map(|mail| Mail::parse(&mail.from, vec![mail.to.clone()], &mail.mime))
            .collect()
    }
}
