//! The configuration of this isolate: read from the environment once, for it cannot change while the isolate lives.

use std::cell::OnceCell;
use std::rc::Rc;

use worker::Env;

use super::bindings::field;
use super::directory::wrong_sql;
use super::host::log_error;
use crate::core::config::Application;

/// A binding, a method by which the right kind is told, and what that kind is called.
type Binding = (&'static str, &'static str, &'static str);

/// What must be bound.
const BINDINGS: [Binding; 5] = [
    (super::limiter::BINDING, "limit", "a rate limit"),
    (super::records::BINDING, "put", "a KV namespace"),
    (super::directory::BINDING, "prepare", "a D1 database"),
    (super::intakes::BINDING, "getByName", "a Durable Object namespace"),
    (super::desks::BINDING, "getByName", "a Durable Object namespace"),
];

/// And what must be, too, if Cloudflare takes the mails.
const PROVIDER: Binding =
    (super::mail::BINDING, "send", "Cloudflare's mail: [[send_email]], for MAIL_PROVIDER says so");

thread_local! {
    static CONFIGURATION: OnceCell<Result<Rc<Application>, Vec<String>>> = const { OnceCell::new() };
}

/// The application, if the configuration holds, as far as is known: the directory's statements are tried when they are
/// first needed. If not, what is wrong is logged at every call, so that whoever looks at the log sees it whenever they
/// begin to look.
pub fn configuration(env: &Env) -> Option<Rc<Application>> {
    CONFIGURATION.with(|cell| match cell.get_or_init(|| read(env)) {
        Ok(application) => match wrong_sql() {
            None => Some(Rc::clone(application)),
            Some(wrong) => {
                log_error(&wrong);
                None
            }
        },
        Err(wrong) => {
            for line in wrong {
                log_error(line);
            }
            None
        }
    })
}

fn read(env: &Env) -> Result<Rc<Application>, Vec<String>> {
    // From the variable and not from what was parsed of it, so that all mistakes are told at once.
    let provider = field(env, "MAIL_PROVIDER").as_string().filter(|provider| provider.trim() == "cloudflare");
    let unbound: Vec<String> = BINDINGS
        .iter()
        .chain(provider.map(|_| &PROVIDER))
        .filter(|(name, method, _)| !field(&field(env, name), method).is_function())
        .map(|(name, _, kind)| format!("configuration: {name}: is not bound to {kind}"))
        .collect();
    match Application::parse(|name| field(env, name).as_string()) {
        Ok(application) if unbound.is_empty() => Ok(Rc::new(application)),
        parsed => {
            let wrong = parsed.err().unwrap_or_default();
            Err(unbound.into_iter().chain(wrong.iter().map(|wrong| format!("configuration: {wrong}"))).collect())
        }
    }
}
