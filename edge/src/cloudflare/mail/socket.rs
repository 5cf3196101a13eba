//! A TCP socket as the SMTP client wants it: with a time-out on every step, and closed when it is dropped, which is how
//! a client that has failed or was given up lets go of it.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use wasm_smtp::{IoError, Transport};
use worker_sys::Socket;

use crate::cloudflare::bindings::{ByteReader, ByteSink, ByteStream, ByteWriter, chunk, object};
use crate::cloudflare::host::within;

/// Connecting, and handing over what is to be sent.
const SHORT: Duration = Duration::from_secs(5);
/// Waiting for the server: some greet slowly on purpose, and some look through a message before they accept it.
const ANSWER: Duration = Duration::from_secs(10);

/// How a connection failed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// The server took too long.
    TimedOut,
    /// The connection could not be made, or was lost.
    Lost,
}

/// One connection.
pub struct SocketTransport {
    socket: Socket,
    reader: ByteReader,
    writer: ByteWriter,
    unread: Vec<u8>,
    timed_out: Rc<Cell<bool>>,
}

impl SocketTransport {
    /// Connects without encryption.
    pub async fn connect(host: &str, port: u16) -> Result<Self, Broken> {
        let bare_ipv6 = host.contains(':') && !host.starts_with('[');
        let address = if bare_ipv6 { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        let options = object(&[("secureTransport", JsValue::from_str("off"))]);
        let connected = worker_sys::connect(JsValue::from_str(&address), options.into());
        let transport = connected.and_then(Self::of).map_err(|_| Broken::Lost)?;
        match within(SHORT, opened(&transport.socket)).await {
            Some(Ok(())) => Ok(transport),
            Some(Err(_)) => Err(Broken::Lost),
            None => Err(Broken::TimedOut),
        }
    }

    fn of(socket: Socket) -> Result<Self, JsValue> {
        let reader = socket.readable()?.unchecked_into::<ByteStream>().reader()?;
        let writer = socket.writable()?.unchecked_into::<ByteSink>().writer()?;
        Ok(Self { socket, reader, writer, unread: Vec::new(), timed_out: Rc::default() })
    }

    /// Tells, when a step has failed, whether that was for its time-out: the client's errors do not say.
    pub fn timed_out(&self) -> Rc<Cell<bool>> {
        Rc::clone(&self.timed_out)
    }

    async fn step(&self, limit: Duration, call: Result<Promise, JsValue>) -> Result<JsValue, IoError> {
        // The host's own words stay here.
        let promise = call.map_err(|_| IoError::new("failed"))?;
        let Some(settled) = within(limit, JsFuture::from(promise)).await else {
            self.timed_out.set(true);
            return Err(IoError::new("timed out"));
        };
        settled.map_err(|_| IoError::new("failed"))
    }
}

async fn opened(socket: &Socket) -> Result<(), JsValue> {
    JsFuture::from(socket.opened()?).await.map(drop)
}

impl Transport for SocketTransport {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, IoError> {
        while self.unread.is_empty() {
            let read = self.step(ANSWER, self.reader.read()).await?;
            let Some(chunk) = chunk(&read) else { return Ok(0) };
            self.unread = chunk.to_vec();
        }
        let length = buffer.len().min(self.unread.len());
        for (place, byte) in buffer.iter_mut().zip(self.unread.drain(..length)) {
            *place = byte;
        }
        Ok(length)
    }

    async fn write_all(&mut self, bytes: &[u8]) -> Result<(), IoError> {
        self.step(SHORT, self.writer.write(&Uint8Array::from(bytes))).await.map(drop)
    }

    async fn close(&mut self) -> Result<(), IoError> {
        self.step(SHORT, self.socket.close()).await.map(drop)
    }
}

impl Drop for SocketTransport {
    fn drop(&mut self) {
        if let Ok(closed) = self.socket.close() {
            // Somebody has to hear of a close that fails, or the host reports it as an error of the Worker.
            spawn_local(async move {
                let _closed_either_way = JsFuture::from(closed).await;
            });
        }
    }
}
