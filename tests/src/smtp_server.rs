//! SMTP servers: one that requires TLS and authentication and records what it received, and one
//! whose replies a test chooses.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::certificates::Certificate;
use crate::process::{Process, root, tool};

/// The user name that the server accepts.
pub const USERNAME: &str = "relatch";
/// The password that the server accepts.
pub const PASSWORD: &str = "correct horse battery";
/// The server permanently rejects recipients whose address contains this.
pub const REFUSED: &str = "refused";

/// The npm package `smtp-server`, configured to accept mail only over TLS and after authentication.
pub struct SmtpServer {
    record: PathBuf,
    log: PathBuf,
    port: u16,
    implicit: bool,
    process: Option<Process>,
}

impl SmtpServer {
    /// Creates a server for this port of loopback without starting it. With `implicit`, TLS begins
    /// with the first byte; without it, after STARTTLS.
    pub fn new(folder: &Path, port: u16, implicit: bool) -> Self {
        Self {
            record: folder.join("record"),
            log: folder.join("smtp.log"),
            port,
            implicit,
            process: None,
        }
    }

    /// Starts the server with this certificate and this authentication method. A running server is
    /// stopped first.
    pub fn start(&mut self, certificate: &Certificate, method: &str, password: &str) {
        self.stop();
        let settings = json!({
            "port": self.port, "implicit": self.implicit, "record": self.record, "method": method,
            "chain": certificate.certificate, "key": certificate.key,
            "username": USERNAME, "password": password, "refused": REFUSED,
        });
        let mut command = Command::new(tool("node"));
        command.arg(root().join("tests/tools/smtp.mjs")).arg(settings.to_string());
        self.process = Some(Process::start(&mut command, "ready", &self.log));
    }

    /// Stops the server.
    pub fn stop(&mut self) {
        self.process.take();
    }

    /// Returns every authentication and mail that arrived over TLS, in order.
    pub fn record(&self) -> Vec<Value> {
        let lines = std::fs::read_to_string(&self.record).unwrap_or_default();
        lines
            .lines()
            .map(|line| serde_json::from_str(line).expect("every line of the record is JSON"))
            .collect()
    }

    /// Returns the authentication method of the connection that delivered the only mail to this
    /// address, or `None` if no mail arrived.
    pub fn auth_method_for(&self, address: &str) -> Option<String> {
        let record = self.record();
        let mails: Vec<&Value> = record.iter().filter(|entry| entry["to"] == address).collect();
        assert!(mails.len() <= 1, "{} mails for one address", mails.len());
        mails.first().map(|mail| mail["method"].as_str().unwrap_or("none").to_owned())
    }
}

/// A server without TLS whose replies a test chooses.
pub struct ScriptedServer {
    port: u16,
    received: Arc<Mutex<Received>>,
}

/// The commands and messages that a [`ScriptedServer`] has received.
#[derive(Clone, Debug, Default)]
pub struct Received {
    /// Every command, in order, and the lines of a log-in.
    pub commands: Vec<String>,
    /// The messages that were received as a whole, whatever the reply to them was.
    pub messages: Vec<String>,
}

/// A reply: how long the server waits, and what it then sends. An empty text closes the connection.
pub type ScriptedReply = (Duration, &'static str);

impl ScriptedServer {
    /// Starts a server on a free port. `reply` returns the reply to a command, to the greeting (an
    /// empty command) or to a message (`.`); for `None` the server replies as usual.
    pub async fn start(
        reply: impl Fn(&str) -> Option<ScriptedReply> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
        let port = listener.local_addr().expect("the listener has an address").port();
        let received = Arc::new(Mutex::new(Received::default()));
        let (reply, shared) = (Arc::new(reply), Arc::clone(&received));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (reply, shared) = (Arc::clone(&reply), Arc::clone(&shared));
                tokio::spawn(async move {
                    let _client_left = serve(stream, &*reply, &shared).await;
                });
            }
        });
        Self { port, received }
    }

    /// Returns the port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns what was received so far.
    pub fn received(&self) -> Received {
        self.received.lock().expect("the lock is not poisoned").clone()
    }
}

async fn serve(
    stream: TcpStream,
    reply: &(dyn Fn(&str) -> Option<ScriptedReply> + Send + Sync),
    received: &Mutex<Received>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut command = String::new();
    loop {
        let usual = match command.split([' ', ':']).next().unwrap_or_default() {
            "" => "220 mail.example ESMTP\r\n",
            "EHLO" => "250-mail.example\r\n250 AUTH PLAIN LOGIN\r\n",
            "DATA" => "354 go ahead\r\n",
            "AUTH" => "235 welcome\r\n",
            "QUIT" => "221 bye\r\n",
            _ => "250 ok\r\n",
        };
        let (wait, text) = reply(&command).unwrap_or((Duration::ZERO, usual));
        tokio::time::sleep(wait).await;
        stream.write_all(text.as_bytes()).await?;
        if text.is_empty() || command == "QUIT" {
            return Ok(());
        }
        let is_message = command == "DATA" && text.starts_with("354");
        let mut message = String::new();
        loop {
            command.clear();
            if stream.read_line(&mut command).await? == 0 {
                return Ok(());
            }
            if !is_message || command == ".\r\n" {
                break;
            }
            message.push_str(&command);
        }
        command.truncate(command.trim_end().len());
        let mut received = received.lock().expect("the lock is not poisoned");
        if is_message {
            received.messages.push(message);
        } else {
            received.commands.push(command.clone());
        }
    }
}
