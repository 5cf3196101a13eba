//! The service in another Worker that is written with workers-rs.
//!
//! [`Relatch`] has the options of one instance. [`Relatch::fetch`] answers requests under its base
//! path, and [`durable_objects!`](crate::durable_objects) declares the classes of its Durable
//! Objects:
//!
//! ```ignore
//! use relatch_worker::embed::{Binding, Relatch};
//! use worker::{Context, Env, Request, Response, Result, event};
//!
//! fn relatch(env: &Env) -> Relatch {
//!     Relatch::new().base_path("/auth").binding(Binding::Database, "AUTH_DB")
//! }
//!
//! relatch_worker::durable_objects!(relatch);
//!
//! #[event(fetch)]
//! async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
//!     if request.path().starts_with("/auth/") {
//!         return relatch(&env).fetch(&request, &env, &context).await;
//!     }
//!     Response::ok("The application")
//! }
//! ```

mod environment;
mod objects;
mod request;

use worker::{Context, Env, Headers, Request, Response, ResponseBuilder};

use crate::fetch::respond;

#[doc(hidden)]
pub use objects::Object;
#[doc(hidden)]
pub use worker;

/// The objects, for [`durable_objects!`](crate::durable_objects).
#[doc(hidden)]
pub mod classes {
    pub use crate::objects::intake::Intake;
    pub use crate::objects::mailbox::Mailbox;
    pub use crate::objects::password_change::PasswordChange;
}

/// A binding that can have another name than the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// The D1 database with the accounts: `DB`.
    Database,
    /// A D1 database for the events alone: `EVENTS_DB`. Optional.
    Events,
    /// The KV namespace of the link records: `LINKS`.
    Links,
    /// The Durable Objects of the class `Intake`: `INTAKE`.
    Intake,
    /// The Durable Objects of the class `Mailbox`: `MAILBOX`.
    Mailbox,
    /// The Durable Objects of the class `PasswordChange`: `PASSWORD_CHANGE`.
    PasswordChange,
    /// The rate limit of one address: `LIMITER`.
    Limiter,
    /// The rate limit of a wider block of addresses: `LIMITER_WIDE`. Optional.
    LimiterWide,
    /// The binding that sends mail, for `MAIL_PROVIDER` `cloudflare`: `EMAIL`.
    Email,
    /// The dataset of Analytics Engine that gets each event: `METRICS`. Optional.
    Metrics,
}

impl Binding {
    const ALL: [Self; 10] = [
        Self::Database,
        Self::Events,
        Self::Links,
        Self::Intake,
        Self::Mailbox,
        Self::PasswordChange,
        Self::Limiter,
        Self::LimiterWide,
        Self::Email,
        Self::Metrics,
    ];

    /// Returns the default name.
    const fn default_name(self) -> &'static str {
        match self {
            Self::Database => crate::directory::statements::DATABASE,
            Self::Events => crate::configuration::EVENTS_DATABASE,
            Self::Links => crate::records::BINDING,
            Self::Intake => crate::intakes::BINDING,
            Self::Mailbox => crate::mailboxes::BINDING,
            Self::PasswordChange => crate::password_changes::BINDING,
            Self::Limiter => crate::limiter::BINDING,
            Self::LimiterWide => crate::limiter::WIDE_BINDING,
            Self::Email => crate::mail::BINDING,
            Self::Metrics => crate::metrics::BINDING,
        }
    }
}

/// One instance of the service: its options.
///
/// Create it with the same options wherever it is used, in every request and every object. An
/// isolate keeps the parsed configuration of each distinct set of options, so none of them may
/// depend on a request.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Relatch {
    base_path: Option<String>,
    bindings: Vec<(Binding, String)>,
    variables: Vec<(String, String)>,
    events_table: Option<String>,
}

impl Relatch {
    /// Creates an instance with the default options: at `/`, with the default names of bindings,
    /// and with the variables of the environment.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the path under which all pages, calls, cookies, redirects and links are, such as
    /// `/auth`.
    #[must_use]
    pub fn base_path(mut self, path: impl Into<String>) -> Self {
        self.base_path = Some(path.into());
        self
    }

    /// Sets the name that a binding has in the wrangler configuration.
    #[must_use]
    pub fn binding(mut self, binding: Binding, name: impl Into<String>) -> Self {
        self.bindings.push((binding, name.into()));
        self
    }

    /// Sets a variable of the configuration. It takes precedence over that of the environment.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Sets the table of the events. Default: `events`.
    #[must_use]
    pub fn events_table(mut self, table: impl Into<String>) -> Self {
        self.events_table = Some(table.into());
        self
    }

    /// Answers a request. A path that is not under the base path is answered with 404, except for
    /// `/.well-known/change-password`. While an option, a binding or a variable is invalid, every
    /// response is 503 and the log names it.
    ///
    /// # Errors
    ///
    /// Fails only if the host cannot create the response.
    pub async fn fetch(
        &self,
        request: &Request,
        env: &Env,
        context: &Context,
    ) -> worker::Result<Response> {
        let host_request = request::host_request(request.inner(), context).await;
        let answer = respond(host_request, environment::of(self, env)).await;
        let headers = Headers::new();
        for (name, value) in answer.headers() {
            headers.append(name.as_str(), &String::from_utf8_lossy(value.as_bytes()))?;
        }
        let response =
            ResponseBuilder::new().with_status(answer.status().as_u16()).with_headers(headers);
        let body = answer.into_body();
        // Some statuses forbid a body, even an empty one.
        Ok(if body.is_empty() { response.empty() } else { response.fixed(body) })
    }
}
