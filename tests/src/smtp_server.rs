//! An SMTP server that requires TLS and authentication, and records what it received.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

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
