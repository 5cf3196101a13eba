//! The TCP transport of the SMTP client: encrypted as configured, with a time-out for every step,
//! and closed on drop. A client that fails or is given up is dropped.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use wasm_smtp::{IoError, StartTlsCapable, Transport};
use worker_sys::Socket;

use crate::bindings::{ByteReader, ByteSink, ByteStream, ByteWriter, chunk, object};
use crate::host::within;
use crate::mail::smtp_errors::SocketError;
use relatch_config::MailSecurity;

/// The time-out for connecting and for sending.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);
/// The time-out for a response. Some servers delay their greeting on purpose, or scan a message
/// before they accept it.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection.
pub struct SocketTransport {
    socket: Socket,
    reader: ByteReader,
    writer: ByteWriter,
    unread: Vec<u8>,
    socket_error: Rc<Cell<Option<SocketError>>>,
}

impl SocketTransport {
    /// Connects. With STARTTLS, the connection is not encrypted yet.
    pub async fn connect(
        host: &str,
        port: u16,
        security: MailSecurity,
    ) -> Result<Self, SocketError> {
        let bare_ipv6 = host.contains(':') && !host.starts_with('[');
        let address = if bare_ipv6 { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        let mode = match security {
            MailSecurity::Tls => "on",
            MailSecurity::StartTls => "starttls",
            MailSecurity::None => "off",
        };
        let connected = Self::open(&address, mode).await;
        // The host reports the same error for a rejected certificate and for a server that is not
        // reachable, which have different solutions. A second connection without TLS, on which
        // nothing is sent, distinguishes them.
        if security == MailSecurity::Tls
            && matches!(connected, Err(SocketError::Lost))
            && Self::open(&address, "off").await.is_ok()
        {
            return Err(SocketError::Tls);
        }
        connected
    }

    async fn open(address: &str, mode: &str) -> Result<Self, SocketError> {
        let options = object(&[("secureTransport", JsValue::from_str(mode))]);
        let connected = worker_sys::connect(JsValue::from_str(address), options.into());
        let transport = connected.and_then(Self::new).map_err(|_| SocketError::Lost)?;
        match within(SEND_TIMEOUT, opened(&transport.socket)).await {
            Some(Ok(())) => Ok(transport),
            Some(Err(_)) => Err(SocketError::Lost),
            None => Err(SocketError::TimedOut),
        }
    }

    fn new(socket: Socket) -> Result<Self, JsValue> {
        let (reader, writer) = streams(&socket)?;
        Ok(Self { socket, reader, writer, unread: Vec::new(), socket_error: Rc::default() })
    }

    /// Returns the error of the last step that failed. The client's errors do not contain it.
    pub fn socket_error(&self) -> Rc<Cell<Option<SocketError>>> {
        Rc::clone(&self.socket_error)
    }

    /// Replaces the socket by its encrypted successor. The promise resolves when it is open.
    fn start_tls(&mut self) -> Result<Promise, JsValue> {
        // The host requires that the reader and the writer are released.
        self.reader.release_lock()?;
        self.writer.release_lock()?;
        self.socket = self.socket.start_tls()?;
        (self.reader, self.writer) = streams(&self.socket)?;
        self.socket.opened()
    }

    async fn step(
        &self,
        limit: Duration,
        call: Result<Promise, JsValue>,
    ) -> Result<JsValue, IoError> {
        // The host's message is dropped, because it may contain addresses.
        let promise = call.map_err(|_| IoError::new("the socket failed"))?;
        let Some(outcome) = within(limit, JsFuture::from(promise)).await else {
            self.socket_error.set(Some(SocketError::TimedOut));
            return Err(IoError::new("timed out"));
        };
        outcome.map_err(|_| IoError::new("the socket failed"))
    }
}

fn streams(socket: &Socket) -> Result<(ByteReader, ByteWriter), JsValue> {
    let reader = socket.readable()?.unchecked_into::<ByteStream>().reader()?;
    let writer = socket.writable()?.unchecked_into::<ByteSink>().writer()?;
    Ok((reader, writer))
}

async fn opened(socket: &Socket) -> Result<(), JsValue> {
    JsFuture::from(socket.opened()?).await.map(drop)
}

impl Transport for SocketTransport {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, IoError> {
        while self.unread.is_empty() {
            let read = self.step(RESPONSE_TIMEOUT, self.reader.read()).await?;
            let Some(chunk) = chunk(&read) else { return Ok(0) };
            self.unread = chunk.to_vec();
        }
        let length = buffer.len().min(self.unread.len());
        for (target, byte) in buffer.iter_mut().zip(self.unread.drain(..length)) {
            *target = byte;
        }
        Ok(length)
    }

    async fn write_all(&mut self, bytes: &[u8]) -> Result<(), IoError> {
        self.step(SEND_TIMEOUT, self.writer.write(&Uint8Array::from(bytes))).await.map(drop)
    }

    async fn close(&mut self) -> Result<(), IoError> {
        self.step(SEND_TIMEOUT, self.socket.close()).await.map(drop)
    }
}

impl StartTlsCapable for SocketTransport {
    async fn upgrade_to_tls(&mut self) -> Result<(), IoError> {
        self.socket_error.set(Some(SocketError::Tls));
        if !self.unread.is_empty() {
            // Data from before the handshake may come from an attacker.
            return Err(IoError::new("the server sent data before the TLS handshake"));
        }
        let opened = self.start_tls();
        self.step(SEND_TIMEOUT, opened).await?;
        self.socket_error.set(None);
        Ok(())
    }
}

impl Drop for SocketTransport {
    fn drop(&mut self) {
        if let Ok(closed) = self.socket.close() {
            // A rejection that is not handled is reported as an error of the Worker.
            spawn_local(async move {
                let _closed_in_any_case = JsFuture::from(closed).await;
            });
        }
    }
}
