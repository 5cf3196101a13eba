//! The configuration of this isolate: read from the environment once, for it cannot change while the isolate lives.

use std::cell::OnceCell;
use std::rc::Rc;

use worker::Env;

use super::bindings::field;
use super::directory::wrong_sql;
use super::host::log_error;
use crate::core::config::{Application, ApplicationId, Applications, DATABASE, MailProvider};

/// A binding, a method by which the right kind is told, and what that kind is called.
type Binding = (&'static str, &'static str, &'static str);

/// What must be bound.
const BINDINGS: [Binding; 4] = [
    (super::limiter::BINDING, "limit", "a rate limit"),
    (super::records::BINDING, "put", "a KV namespace"),
    (super::intakes::BINDING, "getByName", "a Durable Object namespace"),
    (super::desks::BINDING, "getByName", "a Durable Object namespace"),
];

/// And what must be, too, if Cloudflare takes the mails of an application.
const PROVIDER: Binding =
    (super::mail::BINDING, "send", "Cloudflare's mail: [[send_email]], for MAIL_PROVIDER says so");

thread_local! {
    static CONFIGURATION: OnceCell<Result<Applications, Vec<String>>> = const { OnceCell::new() };
}

/// Runs this with all applications, if the configuration holds. If not, what is wrong is logged at every call, so that
/// whoever looks at the log sees it whenever they begin to look.
pub fn with_applications<T>(env: &Env, use_them: impl FnOnce(&Applications) -> Option<T>) -> Option<T> {
    CONFIGURATION.with(|cell| match cell.get_or_init(|| read(env)) {
        Ok(applications) => use_them(applications),
        Err(wrong) => {
            for line in wrong {
                log_error(line);
            }
            None
        }
    })
}

/// Whether an application's directory takes its statements, as far as is known: they are tried when they are first needed.
pub fn holds(application: &Application) -> bool {
    let wrong = wrong_sql(&application.id);
    if let Some(line) = &wrong {
        log_error(line);
    }
    wrong.is_none()
}

/// The application of this id, if the configuration holds, its directory's statements included.
pub fn application(env: &Env, id: &ApplicationId) -> Option<Rc<Application>> {
    with_applications(env, |all| all.of_id(id.as_str()).cloned()).filter(|application| holds(application))
}

fn read(env: &Env) -> Result<Applications, Vec<String>> {
    let unbound = |(name, method, kind): (&str, &str, &str)| {
        let bound = field(&field(env, name), method).is_function();
        (!bound).then(|| format!("configuration: {name}: is not bound to {kind}"))
    };
    let mut wrong: Vec<String> = BINDINGS.into_iter().filter_map(unbound).collect();
    let parsed = Applications::parse(|name| field(env, name).as_string());
    // Where events go, whatever the applications are.
    let mut databases = vec![DATABASE];
    let mut provider = None;
    if let Ok(applications) = &parsed {
        for application in applications.iter() {
            let database = application.directory.database.as_str();
            if !databases.contains(&database) {
                databases.push(database);
            }
            if matches!(application.mail.provider, MailProvider::Cloudflare) {
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
        Ok(applications) if wrong.is_empty() => Ok(applications),
        parsed => {
            let mistakes = parsed.err().unwrap_or_default();
            wrong.extend(mistakes.iter().map(|mistake| format!("configuration: {mistake}")));
            Err(wrong)
        }
    }
}
