//! The transport of a client that is built without one.

/// The state of a [`ClientBuilder`](crate::ClientBuilder) that has no transport yet.
///
/// With the feature `native` such a builder builds a client over the default transport.
#[derive(Debug, Default)]
pub struct Unset {
    #[cfg(all(feature = "native", not(target_arch = "wasm32")))]
    pub(crate) reqwest: reqwest::ClientBuilder,
}

/// The transport of `Client` without a type parameter: reqwest.
#[cfg(all(feature = "native", not(target_arch = "wasm32")))]
pub type DefaultTransport = crate::reqwest_transport::ReqwestTransport;

/// The transport of `Client` without a type parameter: the `fetch` of the JavaScript host.
#[cfg(all(feature = "native", target_arch = "wasm32"))]
pub type DefaultTransport = crate::fetch_transport::FetchTransport;

/// The transport of `Client` without a type parameter. Without the feature `native` there is no
/// default, so a client needs [`ClientBuilder::transport`](crate::ClientBuilder::transport).
#[cfg(not(feature = "native"))]
pub type DefaultTransport = Unset;
