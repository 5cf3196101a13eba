//! The exports of the built Worker, which `edge/index.js` calls: a function that answers a request,
//! and the Durable Objects. Another Worker declares its own exports, and mounts [`crate::embed`].
//!
//! They are not exported through the macros of `worker`, because those would add its types for
//! requests, responses and errors to the module.

use std::task::{Context, Poll, Waker};

use http::Response;
use js_sys::Function;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use worker::Env;
use worker_sys::DurableObjectState;

use crate::bindings::HostRequest;
use crate::fetch::respond;
use crate::objects::{self, ObjectClass as _};
use crate::wire::write_response;
use relatch_domain::template_key::TemplateKey;

/// Answers a request: returns the response as text, or a promise of it if the response needs I/O.
#[wasm_bindgen]
pub fn fetch(host_request: HostRequest, env: Env) -> JsValue {
    let mut response = respond(host_request, env);
    // An invalid link is rejected without I/O, so its future is ready at the first poll and needs
    // neither a task nor a promise. If it is not, the task polls it again with its own waker.
    match response.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(response) => text(&response),
        Poll::Pending => future_to_promise(async move { Ok(text(&response.await)) }).into(),
    }
}

fn text(response: &Response<Vec<u8>>) -> JsValue {
    JsValue::from(write_response(response))
}

/// Checks a template of a mail under its key. Returns what is wrong, or `undefined`.
#[must_use]
#[wasm_bindgen(js_name = checkTemplate)]
pub fn check_template(key: &str, file: &str) -> Option<String> {
    TemplateKey::parse(key).and_then(|key| key.check(file)).err()
}

/// An intake.
#[wasm_bindgen]
pub struct Intake(objects::intake::Intake);

#[wasm_bindgen]
impl Intake {
    /// Creates the object.
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState, env: Env) -> Self {
        Self(objects::intake::Intake::new(state, env))
    }

    /// Runs a command. Returns the reply, or `undefined` for an outage.
    pub async fn call(&self, command: String) -> Option<String> {
        self.0.call(command).await
    }

    /// Runs the alarm, which reports its long steps.
    pub async fn alarm(&self, report: Function) -> Result<(), JsValue> {
        self.0.alarm(report).await
    }
}

/// A mailbox.
#[wasm_bindgen]
pub struct Mailbox(objects::mailbox::Mailbox);

#[wasm_bindgen]
impl Mailbox {
    /// Creates the object.
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState, env: Env) -> Self {
        Self(objects::mailbox::Mailbox::new(state, env))
    }

    /// Runs a command. Returns the reply, or `undefined` for an outage.
    pub async fn call(&self, command: String) -> Option<String> {
        self.0.call(command).await
    }

    /// Runs the alarm, which reports its long steps.
    pub async fn alarm(&self, report: Function) -> Result<(), JsValue> {
        self.0.alarm(report).await
    }
}

/// A password change.
#[wasm_bindgen]
pub struct PasswordChange(objects::password_change::PasswordChange);

#[wasm_bindgen]
impl PasswordChange {
    /// Creates the object.
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState, env: Env) -> Self {
        Self(objects::password_change::PasswordChange::new(state, env))
    }

    /// Runs a command. Returns the reply, or `undefined` for an outage.
    pub async fn call(&self, command: String) -> Option<String> {
        self.0.call(command).await
    }

    /// Runs the alarm, which reports its long steps.
    pub async fn alarm(&self, report: Function) -> Result<(), JsValue> {
        self.0.alarm(report).await
    }
}
