//! The options of `createRelatch`, which `edge/options.mjs` adds to the environment of an instance.

use wasm_bindgen::JsValue;
use worker::Env;

use crate::bindings::field;
use crate::event_rows;

/// The property of the environment. No variable has this name, because theirs are in capitals.
const PROPERTY: &str = "relatch";

/// The number of one call of `createRelatch` in this isolate. An isolate stores values per number,
/// because another instance has other accounts and keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instance(u32);

/// The options of one instance.
pub struct Options(JsValue);

impl Options {
    /// Returns the options in an environment.
    pub fn of(env: &Env) -> Self {
        Self(field(env, PROPERTY))
    }

    /// Returns the number of the instance.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number")]
    pub fn instance(&self) -> Instance {
        Instance(field(&self.0, "instance").as_f64().unwrap_or_default() as u32)
    }

    /// Returns the path under which the service is mounted: empty, or for example `/auth`.
    pub fn mount(&self) -> String {
        field(&self.0, "mount").as_string().unwrap_or_default()
    }

    /// Returns the table of the events.
    pub fn events_table(&self) -> String {
        field(&self.0, "events").as_string().unwrap_or_else(|| event_rows::TABLE.to_owned())
    }

    /// Returns the name that a binding has in the wrangler configuration.
    pub fn binding_name(&self, name: &str) -> String {
        let own = field(&field(&self.0, "bindings"), name);
        own.as_string().unwrap_or_else(|| name.to_owned())
    }

    /// Returns the hooks by their names: functions of one value, bound to the environment.
    pub fn hooks(&self) -> JsValue {
        field(&self.0, "hooks")
    }

    /// Returns the calls of other services by their names (`outbound.mjs`): functions of one
    /// value.
    pub fn outbound(&self) -> JsValue {
        field(&self.0, "outbound")
    }

    /// Returns the errors that were found in the environment in JavaScript.
    pub fn errors(&self) -> Vec<String> {
        let errors = field(&self.0, "errors").as_string().unwrap_or_default();
        errors.lines().map(str::to_owned).collect()
    }
}
