//! Metrics: one data point of Analytics Engine for each stored event, where a dataset is bound.

use js_sys::{Array, Function};
use wasm_bindgen::{JsCast as _, JsValue};
use worker::Env;

use crate::bindings::{field, object};
use crate::event_rows::metric;
use relatch_domain::events::Event;

/// The binding of the dataset. It is optional.
pub const BINDING: &str = "METRICS";

/// The dataset, or nothing.
pub struct Metrics(JsValue);

impl Metrics {
    /// Returns the dataset of an environment, if one is bound.
    pub fn of(env: &Env) -> Self {
        Self(field(env, BINDING))
    }

    /// Writes the data point of an event. The host queues it. One that it rejects is dropped.
    pub fn write(&self, event: &Event) {
        let Ok(write) = field(&self.0, "writeDataPoint").dyn_into::<Function>() else { return };
        let texts =
            |texts: &[&str]| texts.iter().map(|text| JsValue::from_str(text)).collect::<Array>();
        let metric = metric(event);
        let [name, application, detail] = metric.each_ref().map(String::as_str);
        let point = object(&[
            ("indexes", texts(&[application]).into()),
            ("blobs", texts(&[name, application, detail]).into()),
            ("doubles", [JsValue::from_f64(1.0)].iter().collect::<Array>().into()),
        ]);
        let _dropped = write.call1(&self.0, &point);
    }
}
