//! The environment of an instance: that of the host, with the options applied. The rest of the
//! crate reads it as `edge/options.mjs` makes it: with the default names of bindings, with the
//! variables as text, and with the options as the property `relatch`.

use std::cell::RefCell;

use js_sys::{Array, Object, Reflect, WeakMap};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use worker::Env;

use super::{Binding, Relatch};
use crate::bindings::{field, object};
use crate::event_rows;
use crate::mount::{is_table, parse_base_path};

/// The bindings that the service works without. One that an option names must exist.
const OPTIONAL: [Binding; 4] =
    [Binding::Events, Binding::LimiterWide, Binding::Email, Binding::Metrics];

#[wasm_bindgen(module = "/src/outbound.mjs")]
extern "C" {
    /// The calls of other services: see the module.
    #[wasm_bindgen(thread_local_v2, js_name = OUTBOUND)]
    static OUTBOUND: JsValue;
}

thread_local! {
    /// The instances of this isolate, each with its environments by those of the host. The number
    /// of an instance is its position.
    static INSTANCES: RefCell<Vec<(Relatch, WeakMap)>> = const { RefCell::new(Vec::new()) };
}

/// Returns the environment of an instance. It is made once for each environment of the host.
pub fn of(relatch: &Relatch, env: &Env) -> Env {
    INSTANCES.with_borrow_mut(|instances| {
        let known = instances.iter().position(|(other, _)| other == relatch);
        let position = known.unwrap_or_else(|| {
            instances.push((relatch.clone(), WeakMap::new()));
            instances.len().saturating_sub(1)
        });
        let applied = instances.get(position).map(|(_, environments)| {
            let own = environments.get(env.unchecked_ref());
            if own.is_undefined() {
                let own = apply(relatch, position, env);
                environments.set(env.unchecked_ref(), &own);
                return JsValue::from(own);
            }
            own
        });
        applied.unwrap_or_default().unchecked_into()
    })
}

/// Applies the options.
fn apply(relatch: &Relatch, instance: usize, env: &Env) -> Object {
    let mut errors = Vec::new();
    let own = Object::new();
    let set = |name: &str, value: &JsValue| {
        // Fails only for a frozen object.
        let _is_new = Reflect::set(&own, &JsValue::from_str(name), value);
    };
    for entry in Object::entries(env.unchecked_ref()) {
        let entry: Array = entry.unchecked_into();
        let (name, value) = (entry.get(0), entry.get(1));
        // JSON has numbers and Booleans, and every variable is text.
        let text = match (value.as_f64(), value.as_bool()) {
            (Some(number), _) => Some(number.to_string()),
            (_, Some(boolean)) => Some(boolean.to_string()),
            _ => None,
        };
        let value = text.map_or(value, |text| JsValue::from_str(&text));
        set(&name.as_string().unwrap_or_default(), &value);
    }
    for (name, value) in &relatch.variables {
        set(name, &JsValue::from_str(value));
    }
    let names = Object::new();
    for binding in Binding::ALL {
        let renamed = relatch.bindings.iter().rev().find(|(other, _)| *other == binding);
        let name = renamed.map_or(binding.default_name(), |(_, name)| name);
        let bound = field(env, name);
        if renamed.is_some() && OPTIONAL.contains(&binding) && bound.is_undefined() {
            errors.push(format!("`{name}`, which `Binding::{binding:?}` names, must be bound"));
        }
        set(binding.default_name(), &bound);
        let default = JsValue::from_str(binding.default_name());
        let _is_new = Reflect::set(&names, &default, &JsValue::from_str(name));
    }
    let mount = match parse_base_path(relatch.base_path.as_deref().unwrap_or("/")) {
        Ok(mount) => mount,
        Err(reason) => {
            errors.push(format!("`base_path` {reason}"));
            ""
        }
    };
    let events = relatch.events_table.as_deref().unwrap_or(event_rows::TABLE);
    if !is_table(events) {
        errors.push("`events_table` must be a table name of letters, digits and `_`".to_owned());
    }
    // JavaScript numbers its instances from 1.
    let instance = u32::try_from(instance).unwrap_or_default().saturating_add(1);
    let options = object(&[
        ("instance", JsValue::from(instance)),
        ("mount", JsValue::from_str(mount)),
        ("bindings", names.into()),
        ("events", JsValue::from_str(events)),
        ("errors", JsValue::from_str(&errors.join("\n"))),
        ("outbound", OUTBOUND.with(JsValue::clone)),
    ]);
    set("relatch", &options);
    own
}
