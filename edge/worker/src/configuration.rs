//! The configuration of an instance. It is parsed once in each isolate, because the environment
//! cannot change while the isolate lives.

use std::cell::RefCell;
use std::rc::Rc;

use relatch_config::{Deployment, MailProvider, Mounting};
use relatch_domain::application::{Application, Applications, SharedMailbox};
use relatch_domain::stall::StallCause;
use relatch_domain::values::application_id::ApplicationId;
use relatch_domain::values::server_key::Scope;
use worker::Env;

use crate::bindings::field;
use crate::directory::statements::{DATABASE, DirectorySql, WorkerSettings};
use crate::directory::{self, configuration_error};
use crate::host::log_error;
use crate::mail;
use crate::options::{Instance, Options};

/// A binding that must exist.
struct Binding<'a> {
    name: &'a str,
    /// A method that only a binding of this kind has.
    method: &'static str,
    /// The kind, as the error message names it, with its key in the wrangler configuration.
    kind: &'static str,
}

const NAMESPACE: Binding<'_> = Binding {
    name: "",
    method: "getByName",
    kind: "a Durable Object (`durable_objects.bindings`)",
};

/// The bindings of every deployment.
const BINDINGS: [Binding<'_>; 5] = [
    Binding { name: crate::limiter::BINDING, method: "limit", kind: "a rate limit (`ratelimits`)" },
    Binding {
        name: crate::records::BINDING,
        method: "put",
        kind: "a KV namespace (`kv_namespaces`)",
    },
    Binding { name: crate::intakes::BINDING, ..NAMESPACE },
    Binding { name: crate::mailboxes::BINDING, ..NAMESPACE },
    Binding { name: crate::password_changes::BINDING, ..NAMESPACE },
];

/// The optional binding of a database for the events alone.
pub const EVENTS_DATABASE: &str = "EVENTS_DB";

/// The binding if `MAIL_PROVIDER` of an application is `cloudflare`.
const SEND_EMAIL: Binding<'_> = Binding {
    name: crate::mail::BINDING,
    method: "send",
    kind: "`send_email`, which `MAIL_PROVIDER` `cloudflare` needs",
};

/// The binding if a server key of an application may report addresses of visitors: it holds the
/// ceiling of the key.
const WIDE_LIMIT: Binding<'_> = Binding {
    name: crate::limiter::WIDE_BINDING,
    method: "limit",
    kind: "a rate limit (`ratelimits`), which server keys with the scope `request` need",
};

/// A configuration, or its errors.
type Parsed = Result<Deployment<DirectorySql>, Vec<String>>;

thread_local! {
    static CONFIGURATIONS: RefCell<Vec<(Instance, Rc<Parsed>)>> = const { RefCell::new(Vec::new()) };
}

/// The configuration is not valid. Its errors were logged.
pub struct Misconfigured;

/// An application and the settings of its adapters.
pub struct Configured {
    pub application: Rc<Application>,
    pub settings: Rc<WorkerSettings>,
    pub instance: Instance,
}

/// Selects an application. Returns `None` if there is no such application.
///
/// # Errors
///
/// [`Misconfigured`] if the configuration is not valid. The errors are logged in every call, so
/// that they appear whenever an operator starts to watch the log.
pub fn with_application(
    env: &Env,
    select: impl FnOnce(&Applications) -> Option<Rc<Application>>,
) -> Result<Option<Configured>, Misconfigured> {
    let options = Options::of(env);
    let instance = options.instance();
    let known = CONFIGURATIONS.with_borrow(|all| {
        all.iter().find(|(other, _)| *other == instance).map(|(_, parsed)| Rc::clone(parsed))
    });
    let parsed = known.unwrap_or_else(|| {
        let parsed = Rc::new(parse(env, &options));
        CONFIGURATIONS.with_borrow_mut(|all| all.push((instance, Rc::clone(&parsed))));
        parsed
    });
    match &*parsed {
        Ok(deployment) => Ok(select(deployment.applications()).and_then(|application| {
            let settings = Rc::clone(deployment.settings(&application.id)?);
            Some(Configured { application, settings, instance })
        })),
        Err(errors) => {
            for line in errors {
                log_error(line);
            }
            Err(Misconfigured)
        }
    }
}

/// Returns whether the statements of an application's directory are valid, as far as is known: they
/// are probed before their first use.
pub fn is_directory_valid(configured: &Configured) -> bool {
    let error = configuration_error(configured.instance, &configured.application.id);
    if let Some(line) = &error {
        log_error(line);
    }
    error.is_none()
}

/// Returns the application with this id if it exists and its configuration is valid.
pub fn application(env: &Env, id: &ApplicationId) -> Option<Configured> {
    configured(env, id).ok()
}

/// Returns the application with this id.
///
/// # Errors
///
/// The reason why an object of the application cannot work: there is no such application, or the
/// configuration is invalid.
pub fn configured(env: &Env, id: &ApplicationId) -> Result<Configured, StallCause> {
    match with_application(env, |all| all.of_id(id.as_str()).cloned()) {
        Ok(Some(configured)) if is_directory_valid(&configured) => Ok(configured),
        Ok(None) => Err(StallCause::ApplicationRemoved),
        Ok(Some(_)) | Err(Misconfigured) => Err(StallCause::ConfigurationInvalid),
    }
}

fn parse(env: &Env, options: &Options) -> Parsed {
    let variable = |name: &str| field(env, name).as_string();
    let has_mailer = field(&options.hooks(), mail::HOOK).is_truthy();
    let mounting = Mounting { path: &options.mount(), has_mailer };
    let parsed = Deployment::<DirectorySql>::parse_as(mounting, variable);
    let invalid = options.errors().into_iter().map(|error| format!("configuration: {error}"));
    let unbound = |binding: &Binding<'_>| unbound(env, options, binding);
    let mut errors: Vec<String> = invalid.chain(BINDINGS.iter().filter_map(unbound)).collect();
    // The database of events, then those of directories.
    let mut databases = vec![events_database(env)];
    let (mut sends_by_cloudflare, mut has_visitors) = (false, false);
    // The hook replaces the databases of directories.
    let has_database = !directory::is_set(env);
    if let Ok(deployment) = &parsed {
        let mut applications = deployment.applications().iter();
        has_visitors =
            applications.any(|application| application.server_keys.has_scope(Scope::Request));
        let asks_for_usernames =
            |application: &Rc<Application>| application.shared_mailbox == SharedMailbox::Ambiguous;
        if !has_database
            && !directory::finds_by_username(env)
            && deployment.applications().iter().any(asks_for_usernames)
        {
            errors.push(
                "configuration: SHARED_MAILBOX: must be `links` where the hook `directory` has no \
                 user names: an account that shares its mailbox could not be asked for by user name"
                    .to_owned(),
            );
        }
        for settings in deployment.all_settings() {
            let database = settings.adapters.database.as_str();
            if has_database && !databases.contains(&database) {
                databases.push(database);
            }
            sends_by_cloudflare |= matches!(settings.mail, MailProvider::Cloudflare);
        }
    } else if !has_mailer {
        // Read from the variable itself, so that all errors are reported at once.
        let provider = variable("MAIL_PROVIDER");
        sends_by_cloudflare = provider.is_some_and(|provider| provider.trim() == "cloudflare");
    }
    let databases = databases.into_iter().map(|name| Binding {
        name,
        method: "prepare",
        kind: "a D1 database (`d1_databases`)",
    });
    let others = databases
        .chain(sends_by_cloudflare.then_some(SEND_EMAIL))
        .chain(has_visitors.then_some(WIDE_LIMIT));
    errors.extend(others.filter_map(|binding| unbound(&binding)));
    match parsed {
        Ok(deployment) if errors.is_empty() => {
            // Once in each isolate. `make deploy` prints these lines.
            for warning in deployment.warnings() {
                log_error(&format!("configuration warning: {warning}"));
            }
            Ok(deployment)
        }
        parsed => {
            let invalid = parsed.err().unwrap_or_default();
            errors.extend(invalid.iter().map(|error| format!("configuration: {error}")));
            Err(errors)
        }
    }
}

/// Returns whether a binding exists and is of the kind that has this method.
pub fn is_bound(env: &Env, name: &str, method: &str) -> bool {
    field(&field(env, name), method).is_function()
}

/// Returns the binding of the database with the events: `EVENTS_DB` if it is bound.
pub fn events_database(env: &Env) -> &'static str {
    if field(env, EVENTS_DATABASE).is_undefined() { DATABASE } else { EVENTS_DATABASE }
}

/// Returns the error of a binding that does not exist or is of another kind.
fn unbound(
    env: &Env,
    options: &Options,
    Binding { name, method, kind }: &Binding<'_>,
) -> Option<String> {
    (!is_bound(env, name, method))
        .then(|| format!("configuration: `{}` must be bound to {kind}", options.binding_name(name)))
}
