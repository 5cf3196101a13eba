//! The interfaces of the host that `worker-sys` does not declare, or declares without catching
//! their exceptions. An exception that is not caught ends the isolate.

use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// A request as `edge/call.mjs` passes it: a plain object.
    #[derive(Clone)]
    pub type HostRequest;

    #[wasm_bindgen(method, getter)]
    pub fn head(this: &HostRequest) -> String;

    #[wasm_bindgen(method, getter)]
    pub fn body(this: &HostRequest) -> Vec<u8>;

    #[wasm_bindgen(method, getter)]
    pub fn continent(this: &HostRequest) -> Option<String>;

    #[wasm_bindgen(method, getter)]
    pub fn country(this: &HostRequest) -> Option<String>;

    /// What failed in JavaScript, in this request or an earlier one, and is not logged yet.
    #[wasm_bindgen(method, getter)]
    pub fn failure(this: &HostRequest) -> Option<String>;

    /// Keeps the isolate running until a promise is settled.
    #[wasm_bindgen(method, catch, js_name = waitUntil)]
    pub fn wait_until(this: &HostRequest, promise: &Promise) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    pub fn clean(this: &HostRequest, html: &str) -> Result<Promise, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_name = setTimeout)]
    pub fn set_timeout(callback: &Closure<dyn FnMut()>, millis: f64) -> Result<JsValue, JsValue>;

    /// Does nothing if the timer has fired.
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
    pub fn put(
        this: &KvNamespace,
        key: &str,
        value: &str,
        options: &Object,
    ) -> Result<Promise, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// The binding of the static assets.
    pub type Fetcher;

    #[wasm_bindgen(method, catch)]
    pub fn fetch(this: &Fetcher, url: &str) -> Result<Promise, JsValue>;

    /// A response of the assets.
    pub type AssetResponse;

    #[wasm_bindgen(method, getter)]
    pub fn status(this: &AssetResponse) -> u16;

    #[wasm_bindgen(method, catch)]
    pub fn text(this: &AssetResponse) -> Result<Promise, JsValue>;
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
    /// The database of a Durable Object.
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
    /// A `ReadableStream` of bytes.
    pub type ByteStream;

    #[wasm_bindgen(method, catch, js_name = getReader)]
    pub fn reader(this: &ByteStream) -> Result<ByteReader, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub fn cancel(this: &ByteStream) -> Result<Promise, JsValue>;

    /// The reader of a [`ByteStream`].
    pub type ByteReader;

    #[wasm_bindgen(method, catch)]
    pub fn read(this: &ByteReader) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub fn cancel(this: &ByteReader) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = releaseLock)]
    pub fn release_lock(this: &ByteReader) -> Result<(), JsValue>;

    /// A `WritableStream` of bytes.
    pub type ByteSink;

    #[wasm_bindgen(method, catch, js_name = getWriter)]
    pub fn writer(this: &ByteSink) -> Result<ByteWriter, JsValue>;

    /// The writer of a [`ByteSink`].
    pub type ByteWriter;

    #[wasm_bindgen(method, catch)]
    pub fn write(this: &ByteWriter, chunk: &Uint8Array) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = releaseLock)]
    pub fn release_lock(this: &ByteWriter) -> Result<(), JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// `fetch` of the host. By its global object, because the module exports a `fetch` too.
    #[wasm_bindgen(catch, js_namespace = globalThis, js_name = fetch)]
    pub fn global_fetch(url: &str, options: &Object) -> Result<Promise, JsValue>;

    /// Returns a signal that aborts a request after a time.
    #[wasm_bindgen(catch, js_namespace = AbortSignal, js_name = timeout)]
    pub fn abort_after(millis: f64) -> Result<JsValue, JsValue>;

    /// A `Response`.
    pub type FetchResponse;

    #[wasm_bindgen(method, getter)]
    pub fn status(this: &FetchResponse) -> u16;

    #[wasm_bindgen(method, getter)]
    pub fn headers(this: &FetchResponse) -> FetchHeaders;

    #[wasm_bindgen(method, getter)]
    pub fn body(this: &FetchResponse) -> Option<ByteStream>;

    /// The `Headers` of a response.
    pub type FetchHeaders;

    #[wasm_bindgen(method, catch)]
    pub fn get(this: &FetchHeaders, name: &str) -> Result<Option<String>, JsValue>;
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
    /// A message for [`SendEmail`]: the envelope, and the MIME text.
    pub type EmailMessage;

    #[wasm_bindgen(constructor, catch)]
    pub fn new(from: &str, to: &str, raw: &str) -> Result<EmailMessage, JsValue>;
}

/// Returns a property of a value, or `undefined` if it does not exist.
pub fn field(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// Returns the bytes that a reader's promise resolved to, or `None` at the end of the stream.
pub fn chunk(read: &JsValue) -> Option<Uint8Array> {
    field(read, "value").dyn_into().ok()
}

/// Creates an object with these properties.
pub fn object(fields: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        // Fails only for a frozen object.
        let _is_new = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object
}
