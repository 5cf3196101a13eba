//! The TCP transport of the SMTP client: encrypted as configured, with a time-out for every step,
//! and closed on drop. A client that fails or is given up is dropped.

use std::time::Duration;

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use worker_sys::Socket;

use crate::bindings::{ByteReader, ByteSink, ByteStream, ByteWriter, chunk, object};
use crate::host::AlarmProgress;
use crate::mail::MailSecurity;
use crate::mail::dialogue::Transport;
use crate::mail::smtp_errors::SocketError;
use relatch_domain::timeouts::{SMTP_CONNECT, SMTP_REPLY};

/// A connection.
pub struct SocketTransport {
    socket: Socket,
    reader: ByteReader,
    writer: ByteWriter,
    progress: AlarmProgress,
}

impl SocketTransport {
    /// Connects. With STARTTLS, the connection is not encrypted yet.
    pub async fn connect(
        host: &str,
        port: u16,
        security: MailSecurity,
        progress: &AlarmProgress,
    ) -> Result<Self, SocketError> {
        let bare_ipv6 = host.contains(':') && !host.starts_with('[');
        let address = if bare_ipv6 { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        let mode = match security {
            MailSecurity::Tls => "on",
            MailSecurity::StartTls => "starttls",
            MailSecurity::None => "off",
        };
        let connected = Self::open(&address, mode, progress).await;
        // The host reports the same error for a rejected certificate and for a server that is not
        // reachable, which have different solutions. A second connection without TLS, on which
        // nothing is sent, distinguishes them.
        if security == MailSecurity::Tls
            && matches!(connected, Err(SocketError::Lost))
            && Self::open(&address, "off", progress).await.is_ok()
        {
            return Err(SocketError::Tls);
        }
        connected
    }

    async fn open(
        address: &str,
        mode: &str,
        progress: &AlarmProgress,
    ) -> Result<Self, SocketError> {
        let options = object(&[("secureTransport", JsValue::from_str(mode))]);
        let socket = worker_sys::connect(JsValue::from_str(address), options.into());
        let socket = socket.map_err(|_| SocketError::Lost)?;
        let (reader, writer) = streams(&socket).map_err(|_| SocketError::Lost)?;
        let transport = Self { socket, reader, writer, progress: progress.clone() };
        transport.step(SMTP_CONNECT, transport.socket.opened()).await?;
        Ok(transport)
    }

    /// Replaces the socket by its encrypted successor. The promise resolves when it is open.
    fn replace_by_tls(&mut self) -> Result<Promise, JsValue> {
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
    ) -> Result<JsValue, SocketError> {
        // The host's message is dropped, because it may contain addresses.
        let promise = call.map_err(|_| SocketError::Lost)?;
        match self.progress.within(limit, JsFuture::from(promise)).await {
            Some(outcome) => outcome.map_err(|_| SocketError::Lost),
            None => Err(SocketError::TimedOut),
        }
    }
}

fn streams(socket: &Socket) -> Result<(ByteReader, ByteWriter), JsValue> {
    let reader = socket.readable()?.unchecked_into::<ByteStream>().reader()?;
    let writer = socket.writable()?.unchecked_into::<ByteSink>().writer()?;
    Ok((reader, writer))
}

impl Transport for SocketTransport {
    async fn read(&mut self, limit: Duration) -> Result<Vec<u8>, SocketError> {
        loop {
            let read = self.step(limit, self.reader.read()).await?;
            let Some(chunk) = chunk(&read) else { return Ok(Vec::new()) };
            if chunk.length() > 0 {
                return Ok(chunk.to_vec());
            }
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), SocketError> {
        self.step(SMTP_REPLY, self.writer.write(&Uint8Array::from(bytes))).await.map(drop)
    }

    async fn start_tls(&mut self) -> Result<(), SocketError> {
        let opened = self.replace_by_tls();
        match self.step(SMTP_CONNECT, opened).await {
            Ok(_) => Ok(()),
            Err(SocketError::TimedOut) => Err(SocketError::TimedOut),
            Err(_) => Err(SocketError::Tls),
        }
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
