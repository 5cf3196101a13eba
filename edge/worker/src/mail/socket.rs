//! A TCP socket as the SMTP client wants it: protected as configured, with a time-out on every step, and closed when it
//! is dropped, which is how a client that has failed or was given up lets go of it.

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

/// Connecting, and handing over what is to be sent.
const SHORT: Duration = Duration::from_secs(5);
/// Waiting for the server: some greet slowly on purpose, and some look through a message before they accept it.
const ANSWER: Duration = Duration::from_secs(10);

/// One connection.
pub struct SocketTransport {
    socket: Socket,
    reader: ByteReader,
    writer: ByteWriter,
    unread: Vec<u8>,
    socket_error: Rc<Cell<Option<SocketError>>>,
}

impl SocketTransport {
    /// Connects. For STARTTLS the connection is not encrypted yet.
    pub async fn connect(host: &str, port: u16, security: MailSecurity) -> Result<Self, SocketError> {
        let bare_ipv6 = host.contains(':') && !host.starts_with('[');
        let address = if bare_ipv6 { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        let mode = match security {
            MailSecurity::Tls => "on",
            MailSecurity::StartTls => "starttls",
            MailSecurity::None => "off",
        };
        let connected = Self::open(&address, mode).await;
        // The host fails alike for a refused certificate and for a server that is away, but they are for different
        // people to put right. So it is asked once more whether anybody is there, and nothing is said to them.
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
        let transport = connected.and_then(Self::of).map_err(|_| SocketError::Lost)?;
        match within(SHORT, opened(&transport.socket)).await {
            Some(Ok(())) => Ok(transport),
            Some(Err(_)) => Err(SocketError::Lost),
            None => Err(SocketError::TimedOut),
        }
    }

    fn of(socket: Socket) -> Result<Self, JsValue> {
        let (reader, writer) = ends(&socket)?;
        Ok(Self { socket, reader, writer, unread: Vec::new(), socket_error: Rc::default() })
    }

    /// Tells, when a step has failed, how: the client's errors do not say.
    pub fn socket_error(&self) -> Rc<Cell<Option<SocketError>>> {
        Rc::clone(&self.socket_error)
    }

    /// Exchanges the socket for its encrypted successor, and tells how far that is.
    fn start_tls(&mut self) -> Result<Promise, JsValue> {
        // The host hands out a successor only when nobody holds the socket's ends any more.
        self.reader.release_lock()?;
        self.writer.release_lock()?;
        self.socket = self.socket.start_tls()?;
        (self.reader, self.writer) = ends(&self.socket)?;
        self.socket.opened()
    }

    async fn step(&self, limit: Duration, call: Result<Promise, JsValue>) -> Result<JsValue, IoError> {
        // The host's own words stay here.
        let promise = call.map_err(|_| IoError::new("failed"))?;
        let Some(settled) = within(limit, JsFuture::from(promise)).await else {
            self.socket_error.set(Some(SocketError::TimedOut));
            return Err(IoError::new("timed out"));
        };
        settled.map_err(|_| IoError::new("failed"))
    }
}

fn ends(socket: &Socket) -> Result<(ByteReader, ByteWriter), JsValue> {
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

impl StartTlsCapable for SocketTransport {
    async fn upgrade_to_tls(&mut self) -> Result<(), IoError> {
        self.socket_error.set(Some(SocketError::Tls));
        if !self.unread.is_empty() {
            // Whatever came before the handshake could come from anybody.
            return Err(IoError::new("failed"));
        }
        let opened = self.start_tls();
        self.step(SHORT, opened).await?;
        self.socket_error.set(None);
        Ok(())
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
