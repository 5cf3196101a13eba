//! The hook runner: calls the functions that `createRelatch` takes.
//!
//! `edge/hooks.mjs` binds each hook to its environment, so that it is a function of one value here.
//! Values cross by serde-wasm-bindgen. A hook that throws, rejects, does not answer in time or
//! returns the wrong shape is an [`Outage`] with a log line. The line has the hook's name and the
//! name of the error, never its message, which may quote a secret.

use std::time::Duration;

use js_sys::{Function, Promise};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::Env;

use crate::bindings::field;
use crate::host::{AlarmProgress, log_error};
use crate::options::Options;
use relatch_domain::ports::Outage;

/// A hook that is set.
#[derive(Clone)]
pub struct Hook {
    name: &'static str,
    function: Function,
    limit: Duration,
}

impl Hook {
    /// Returns the hook with this name, with its time-out, or `None` if it is not set.
    pub fn find(env: &Env, name: &'static str, limit: Duration) -> Option<Self> {
        let function = field(&Options::of(env).hooks(), name).dyn_into().ok()?;
        Some(Self { name, function, limit })
    }

    /// Calls the hook with a value and returns its result. In an alarm, `progress` reports the call.
    ///
    /// # Errors
    ///
    /// [`Outage`], with a log line, if the hook fails or its result has another shape.
    pub async fn call<T: DeserializeOwned>(
        &self,
        value: &impl Serialize,
        progress: &AlarmProgress,
    ) -> Result<T, Outage> {
        self.read(self.run_with(value, progress).await?)
    }

    /// As [`Self::call`], and returns the result as it is.
    ///
    /// # Errors
    ///
    /// [`Outage`], with a log line, if the hook fails.
    pub async fn run_with(
        &self,
        value: &impl Serialize,
        progress: &AlarmProgress,
    ) -> Result<JsValue, Outage> {
        let value = value.serialize(&Serializer::json_compatible()).map_err(|_| Outage)?;
        self.run(&value, progress).await
    }

    /// Calls the hook with a JavaScript value and returns the result as it is.
    ///
    /// # Errors
    ///
    /// [`Outage`], with a log line, if the hook fails.
    pub async fn run(&self, value: &JsValue, progress: &AlarmProgress) -> Result<JsValue, Outage> {
        let failed = |error: JsValue| {
            let name = field(&error, "name").as_string();
            self.fail(name.as_deref().unwrap_or("an exception that is no error"))
        };
        let result = self.function.call1(&JsValue::UNDEFINED, value).map_err(failed)?;
        let settled = JsFuture::from(Promise::resolve(&result));
        match progress.within(self.limit, settled).await {
            Some(result) => result.map_err(failed),
            None => Err(self.fail(&format!("timed out after {} s", self.limit.as_secs()))),
        }
    }

    /// Reads a result of the hook.
    ///
    /// # Errors
    ///
    /// [`Outage`], with a log line, if it has another shape.
    pub fn read<T: DeserializeOwned>(&self, result: JsValue) -> Result<T, Outage> {
        serde_wasm_bindgen::from_value(result).map_err(|_| self.wrong_shape())
    }

    /// Logs that the result of the hook has the wrong shape.
    pub fn wrong_shape(&self) -> Outage {
        self.fail("the result has the wrong shape")
    }

    fn fail(&self, reason: &str) -> Outage {
        log_error(&format!("hook `{}`: {reason}", self.name));
        Outage
    }
}
