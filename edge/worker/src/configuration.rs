//! The configuration of this isolate: read from the environment once, for it cannot change while the isolate lives.

use std::cell::OnceCell;
use std::rc::Rc;

use relatch_config::{Deployment, MailProvider, Settings};
use relatch_domain::application::{Application, Applications};
use relatch_domain::values::application_id::ApplicationId;
use worker::Env;

use crate::bindings::field;
use crate::directory::configuration_error;
use crate::directory::statements::{DATABASE, DirectorySql};
use crate::host::log_error;

/// A binding, a method by which the right kind is told, and what that kind is called.
type Binding = (&'static str, &'static str, &'static str);

/// What must be bound.
const BINDINGS: [Binding; 5] = [
    (crate::limiter::BINDING, "limit", "a rate limit"),
    (crate::records::BINDING, "put", "a KV namespace"),
    (crate::intakes::BINDING, "getByName", "a Durable Object namespace"),
    (crate::mailboxes::BINDING, "getByName", "a Durable Object namespace"),
    (crate::password_changes::BINDING, "getByName", "a Durable Object namespace"),
];

/// And what must be, too, if Cloudflare takes the mails of an application.
const PROVIDER: Binding =
    (crate::mail::BINDING, "send", "Cloudflare's mail: [[send_email]], for MAIL_PROVIDER says so");

thread_local! {
    static CONFIGURATION: OnceCell<Result<Deployment<DirectorySql>, Vec<String>>> = const { OnceCell::new() };
}

/// An application and the settings of its adapters.
pub struct Configured {
    pub application: Rc<Application>,
    pub settings: Rc<Settings<DirectorySql>>,
}

/// Selects an application, if the configuration is valid. The outer `None` means that it is not; every call then logs
/// the errors, so that an operator sees them from whenever the log is watched.
pub fn with_application(
    env: &Env,
    select: impl FnOnce(&Applications) -> Option<Rc<Application>>,
) -> Option<Option<Configured>> {
    CONFIGURATION.with(|cell| match cell.get_or_init(|| read(env)) {
        Ok(deployment) => Some(select(deployment.applications()).and_then(|application| {
            let settings = Rc::clone(deployment.settings(&application.id)?);
            Some(Configured { application, settings })
        })),
        Err(errors) => {
            for line in errors {
                log_error(line);
            }
            None
        }
    })
}

/// Returns whether an application's directory accepts its statements, as far as is known: they are probed before their
/// first use.
pub fn is_directory_valid(application: &Application) -> bool {
    let error = configuration_error(&application.id);
    if let Some(line) = &error {
        log_error(line);
    }
    error.is_none()
}

/// Returns the application with this id, if the configuration and its directory's statements are valid.
pub fn application(env: &Env, id: &ApplicationId) -> Option<Configured> {
    let configured = with_application(env, |all| all.of_id(id.as_str()).cloned())??;
    is_directory_valid(&configured.application).then_some(configured)
}

fn read(env: &Env) -> Result<Deployment<DirectorySql>, Vec<String>> {
    let unbound = |(name, method, kind): (&str, &str, &str)| {
        let bound = field(&field(env, name), method).is_function();
        (!bound).then(|| format!("configuration: {name}: is not bound to {kind}"))
    };
    let mut wrong: Vec<String> = BINDINGS.into_iter().filter_map(unbound).collect();
    let parsed = Deployment::<DirectorySql>::parse(|name| field(env, name).as_string());
    // Where events go, whatever the applications are.
    let mut databases = vec![DATABASE];
    let mut provider = None;
    if let Ok(deployment) = &parsed {
        for settings in deployment.all_settings() {
            let database = settings.adapters.database.as_str();
            if !databases.contains(&database) {
                databases.push(database);
            }
            if matches!(settings.mail, MailProvider::Cloudflare) {
                provider = Some(PROVIDER);
            }
        }
    } else {
        // From the variable, so that all mistakes are told at once.
        let says = field(env, "MAIL_PROVIDER").as_string();
        provider = says.filter(|provider| provider.trim() == "cloudflare").map(|_| PROVIDER);
    }
    wrong.extend(
        databases.into_iter().map(|name| (name, "prepare", "a D1 database")).chain(provider).filter_map(unbound),
    );
    match parsed {
        Ok(deployment) if wrong.is_empty() => Ok(deployment),
        parsed => {
            let mistakes = parsed.err().unwrap_or_default();
            wrong.extend(mistakes.iter().map(|mistake| format!("configuration: {mistake}")));
            Err(wrong)
        }
    }
}
