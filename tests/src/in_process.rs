//! The real service over in-memory adapters.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use relatch_config::{ConfigError, Deployment, MailProvider};
use relatch_domain::application::Application;
use relatch_domain::service::Service;
use relatch_domain::values::client::{ClientInfo, Continent};
use relatch_domain::values::time::Moment;
use relatch_http::{body_limit, handle};
use relatch_memory::Memory;
use relatch_worker::directory::statements::DirectorySql;
use relatch_worker::mail::reports::{Received, read};
use relatch_worker::mail::sender::ApiSender;

use crate::mail::Mail;

/// The time at which every in-process world starts: 20 November 2026, noon.
pub const NOON: Moment = Moment::from_seconds(1_795_176_000);

/// Parses the configuration of the tests with these variables added or replaced.
pub fn deployment_with(changes: &[(&str, &str)]) -> Deployment<DirectorySql> {
    parse(changes).expect("the configuration is valid")
}

/// Returns the variables that are invalid in the configuration of the tests with these changes.
pub fn invalid_variables(changes: &[(&str, &str)]) -> Vec<String> {
    let errors = parse(changes).err().unwrap_or_default();
    errors.into_iter().map(|error| error.variable).collect()
}

fn parse(changes: &[(&str, &str)]) -> Result<Deployment<DirectorySql>, Vec<ConfigError>> {
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
        // The tests that are about the delay set it.
        ("REQUEST_DELAY_SECONDS", "0"),
        // The lowest cost that the configuration accepts, so that the tests are fast.
        ("ARGON2_MEMORY_KIB", "7168"),
        ("ARGON2_ITERATIONS", "1"),
    ]);
    variables.extend(changes.iter().copied());
    Deployment::parse(|name| variables.get(name).map(|&value| value.to_owned()))
}

/// Returns the default application of [`deployment_with`].
pub fn application_with(changes: &[(&str, &str)]) -> Rc<Application> {
    let deployment = deployment_with(changes);
    let application = deployment.applications().iter().next();
    Rc::clone(application.expect("a deployment has a default application"))
}

/// Returns the directory statements of the default application of [`deployment_with`].
pub fn statements_with(changes: &[(&str, &str)]) -> DirectorySql {
    let deployment = deployment_with(changes);
    let settings = deployment.all_settings().next();
    settings.expect("a deployment has a default application").adapters.clone()
}

/// Returns the mark of the mails that the default application of [`deployment_with`] sends by the
/// API of a provider.
pub fn mail_mark(changes: &[(&str, &str)]) -> String {
    let deployment = deployment_with(changes);
    match deployment.all_settings().next().map(|settings| &settings.mail) {
        Some(MailProvider::Api(api)) => {
            ApiSender { api, application: &application_with(changes) }.mark()
        }
        _ => panic!("the provider has an API"),
    }
}

/// The signing keys of every test's service. They are public, so that a test can sign its own
/// links.
pub const KEYS: &str = "7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A server key with every scope except `request` and `invite`.
pub const SERVER_KEY: &str = "a key of the tests for all calls";
/// A server key with the scopes `status`, `request` and `invite` only.
pub const NARROW_KEY: &str = "a key of the tests for status alone";
/// A server key of another application.
pub const SHOP_KEY: &str = "a key of the tests for the shop";

/// The value of `APPLICATION_KEYS` that contains the hashes of [`SERVER_KEY`] and [`NARROW_KEY`].
pub const SERVER_KEYS: &str = "main:545c9782ad81bf2f2538f0d2d3eaabe276de7739773bc67481ad841268c5512e:\
    reset+status+links+events+erase+mail+operator+retry, \
    narrow:bc9237ac2d0ba55602f12798d9841b791ee1e52110725fbe3fa5d1798719507f:status+request+invite";
/// The value of `APPLICATION_KEYS` that contains the hash of [`SHOP_KEY`].
pub const SHOP_KEYS: &str = "shop:ffe1fdf9febe6754c8ebba08c0cef7f0a27a5c4c8619809f39571f9afd1d53ce";

/// A service that runs in this process.
#[derive(Clone)]
pub struct InProcess {
    /// The in-memory adapters, with faults, a trace of every port call, and a settable clock.
    pub memory: Rc<Memory>,
}

impl InProcess {
    /// Returns a service over a copy of these stores with another configuration, as after a
    /// deployment.
    pub fn reconfigured(memory: &Memory, changes: &[(&str, &str)]) -> Self {
        let memory = memory.reconfigured(application_with(changes));
        memory.set_capabilities(statements_with(changes).capabilities());
        Self::with_reports(memory, changes)
    }

    /// Lets the mail provider report bounces as it is configured.
    fn with_reports(memory: Memory, changes: &[(&str, &str)]) -> Self {
        let deployment = deployment_with(changes);
        let settings = deployment.all_settings().next();
        if let Some(MailProvider::Api(api)) = settings.map(|settings| &settings.mail) {
            let (api, application) = (api.clone(), application_with(changes));
            memory.set_read_reports(Rc::new(move |call, now| {
                let sender = ApiSender { api: &api, application: &application };
                match read(&sender, call, now)? {
                    Received::Reports { reports, .. } => Ok(reports),
                    Received::Subscription(_) => Ok(Vec::new()),
                }
            }));
        }
        Self { memory: Rc::new(memory) }
    }

    /// Creates a service with empty stores.
    pub fn new(changes: &[(&str, &str)]) -> Self {
        let memory = Memory::new(application_with(changes), NOON);
        memory.set_capabilities(statements_with(changes).capabilities());
        Self::with_reports(memory, changes)
    }

    /// Sends a request as the Worker's entry passes it on: the caller's address comes from the
    /// platform's header only, and a body that is too large arrives truncated.
    pub async fn send(&self, mut request: http::Request<Vec<u8>>) -> http::Response<Vec<u8>> {
        let address =
            request.headers().get("cf-connecting-ip").and_then(|address| address.to_str().ok());
        let client = ClientInfo {
            address: address.unwrap_or("192.0.2.1").parse().ok(),
            continent: Rc::new(|| Continent::Elsewhere),
            reporter: None,
        };
        let limit = body_limit(request.uri().path());
        request.body_mut().truncate(limit + 1);
        let service = Service { application: self.memory.application(), platform: &*self.memory };
        handle(service, &client, request).await
    }

    /// Advances the clock and runs every alarm when it is due.
    pub async fn advance(&self, span: Duration) {
        self.memory.advance(span).await;
    }

    /// Returns the mails sent to this address so far.
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
