//! Tests of the client, over scripted transports and over real sockets.

#[cfg(test)]
mod base_urls;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod retries;
#[cfg(test)]
mod server;
#[cfg(test)]
#[cfg(feature = "native")]
mod sockets;
#[cfg(test)]
mod support;
#[cfg(test)]
mod vectors;
