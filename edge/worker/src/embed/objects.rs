//! The Durable Objects of a Worker that embeds the service.

use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use worker::{Env, web_sys};
use worker_sys::DurableObjectState;

use super::{Relatch, environment};
use crate::bindings::field;
use crate::objects::ObjectClass;

#[wasm_bindgen(module = "/src/alarm.mjs")]
extern "C" {
    /// Runs an alarm, and ends it if it hangs: see the module.
    #[wasm_bindgen(js_name = superviseAlarm)]
    fn supervise_alarm(name: &str, storage: &JsValue, alarm: &Function) -> Promise;
}

/// An object of a class, as [`durable_objects!`](crate::durable_objects) declares it.
pub struct Object<C> {
    state: DurableObjectState,
    object: Rc<C>,
}

impl<C: ObjectClass> Object<C> {
    /// Creates an object of an instance of the service.
    #[must_use]
    pub fn new(relatch: &Relatch, state: DurableObjectState, env: &Env) -> Self {
        let object = C::new(state.clone().unchecked_into(), environment::of(relatch, env));
        Self { state, object: Rc::new(object) }
    }

    /// Passes a command to the object as text. The promise is of its reply, or of 503 if it has
    /// none.
    pub fn fetch(&self, request: &web_sys::Request) -> Promise {
        let (text, object) = (request.text(), Rc::clone(&self.object));
        future_to_promise(async move {
            let command = JsFuture::from(text?).await?.as_string().unwrap_or_default();
            let reply = object.call(command).await;
            let init = web_sys::ResponseInit::new();
            init.set_status(if reply.is_some() { 200 } else { 503 });
            web_sys::Response::new_with_opt_str_and_init(reply.as_deref(), &init).map(JsValue::from)
        })
    }

    /// Runs the alarm. The promise fails only if the alarm failed and no next one could be set.
    pub fn alarm(&self) -> Promise {
        let object = Rc::clone(&self.object);
        let run = Closure::once_into_js(move |report: Function| {
            future_to_promise(
                async move { object.alarm(report).await.map(|()| JsValue::UNDEFINED) },
            )
        });
        supervise_alarm(C::NAME, &field(&self.state, "storage"), run.unchecked_ref())
    }
}

/// Declares the classes `Intake`, `Mailbox` and `PasswordChange`, which the wrangler configuration
/// names as the classes of the Durable Objects. The argument is the function that returns the
/// instance for an environment: `fn(&worker::Env) -> Relatch`.
///
/// They are not declared with the attribute of `worker`, because a panic stops Rust's timers: a
/// timer in JavaScript ends an alarm that hangs after one.
#[macro_export]
macro_rules! durable_objects {
    ($relatch:path) => {
        $crate::durable_objects!(@class Intake, $relatch);
        $crate::durable_objects!(@class Mailbox, $relatch);
        $crate::durable_objects!(@class PasswordChange, $relatch);
    };
    (@class $name:ident, $relatch:path) => {
        // The attribute needs `wasm_bindgen` in scope.
        const _: () = {
            use $crate::embed::worker::wasm_bindgen;

            /// A Durable Object of Relatch.
            #[$crate::embed::worker::wasm_bindgen::prelude::wasm_bindgen(
                wasm_bindgen = $crate::embed::worker::wasm_bindgen
            )]
            pub struct $name($crate::embed::Object<$crate::embed::classes::$name>);

            #[$crate::embed::worker::wasm_bindgen::prelude::wasm_bindgen(
                wasm_bindgen = $crate::embed::worker::wasm_bindgen
            )]
            impl $name {
                /// Creates the object.
                #[wasm_bindgen(constructor)]
                pub fn new(
                    state: $crate::embed::worker::worker_sys::DurableObjectState,
                    env: $crate::embed::worker::Env,
                ) -> Self {
                    Self($crate::embed::Object::new(&$relatch(&env), state, &env))
                }

                /// Runs a command of the service.
                pub fn fetch(
                    &self,
                    request: $crate::embed::worker::web_sys::Request,
                ) -> $crate::embed::worker::js_sys::Promise {
                    self.0.fetch(&request)
                }

                /// Runs the alarm.
                pub fn alarm(&self) -> $crate::embed::worker::js_sys::Promise {
                    self.0.alarm()
                }
            }
        };
    };
}
