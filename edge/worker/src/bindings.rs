//! The host's interfaces, as far as they are used and `worker-sys` does not declare them with their exceptions caught:
//! an exception that is not caught ends the whole isolate.

use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// A call, as `edge/call.mjs` makes it: a plain object.
    #[derive(Clone)]
    pub type Call;

    #[wasm_bindgen(method, getter)]
    pub fn head(this: &Call) -> String;

    #[wasm_bindgen(method, getter)]
    pub fn body(this: &Call) -> Vec<u8>;

    #[wasm_bindgen(method, getter)]
    pub fn continent(this: &Call) -> Option<String>;

    #[wasm_bindgen(method, catch)]
    pub fn clean(this: &Call, html: &str) -> Result<String, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_name = setTimeout)]
    pub fn set_timeout(ring: &Closure<dyn FnMut()>, millis: f64) -> Result<JsValue, JsValue>;

    /// Does nothing if there is no such timer any more.
    #[wasm_bindgen(js_name = clearTimeout)]
    pub fn clear_timeout(timer: &JsValue);
}

#[wasm_bindgen]
extern "C" {
    /// A KV namespace.
    pub type KvNamespace;

    #[wasm_bindgen(method, catch)]
    pub fn get(this: &KvNamespace, key: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub fn delete(this: &KvNamespace, key: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub fn put(this: &KvNamespace, key: &str, value: &str, options: &Object) -> Result<Promise, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// The storage of a Durable Object.
    #[derive(Clone)]
    pub type ObjectStorage;

    #[wasm_bindgen(method, catch, getter)]
    pub fn sql(this: &ObjectStorage) -> Result<ObjectSql, JsValue>;

    #[wasm_bindgen(method, catch, js_name = setAlarm)]
    pub fn set_alarm(this: &ObjectStorage, millis: f64) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = deleteAll)]
    pub fn delete_all(this: &ObjectStorage) -> Result<Promise, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// Its database.
    pub type ObjectSql;

    #[wasm_bindgen(method, catch, variadic)]
    pub fn exec(this: &ObjectSql, query: &str, values: &Array) -> Result<ObjectCursor, JsValue>;

    /// The rows of one statement.
    pub type ObjectCursor;

    #[wasm_bindgen(method, catch, js_name = toArray)]
    pub fn to_array(this: &ObjectCursor) -> Result<Array, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// A stream that can be read from: a request's body, or a socket's end.
    pub type ByteStream;

    #[wasm_bindgen(method, catch, js_name = getReader)]
    pub fn reader(this: &ByteStream) -> Result<ByteReader, JsValue>;

    /// Who reads from it.
    pub type ByteReader;

    #[wasm_bindgen(method, catch)]
    pub fn read(this: &ByteReader) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = releaseLock)]
    pub fn release_lock(this: &ByteReader) -> Result<(), JsValue>;

    /// A stream that can be written to.
    pub type ByteSink;

    #[wasm_bindgen(method, catch, js_name = getWriter)]
    pub fn writer(this: &ByteSink) -> Result<ByteWriter, JsValue>;

    /// Who writes to it.
    pub type ByteWriter;

    #[wasm_bindgen(method, catch)]
    pub fn write(this: &ByteWriter, chunk: &Uint8Array) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = releaseLock)]
    pub fn release_lock(this: &ByteWriter) -> Result<(), JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// A `send_email` binding.
    pub type SendEmail;

    #[wasm_bindgen(method, catch)]
    pub fn send(this: &SendEmail, message: &EmailMessage) -> Result<Promise, JsValue>;
}

#[wasm_bindgen(module = "cloudflare:email")]
extern "C" {
    /// A message for it: the envelope, and headers and body as text.
    pub type EmailMessage;

    #[wasm_bindgen(constructor, catch)]
    pub fn new(from: &str, to: &str, raw: &str) -> Result<EmailMessage, JsValue>;
}

/// A property of a value, `undefined` where there is none.
pub fn field(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// The bytes of what a reader's promise resolved to; nothing at the stream's end.
pub fn chunk(read: &JsValue) -> Option<Uint8Array> {
    field(read, "value").dyn_into().ok()
}

/// An object with these properties.
pub fn object(fields: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        // Fails for frozen objects only.
        let _is_new = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object
}
