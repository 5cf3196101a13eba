//! A real SMTP server with TLS and log-in, to be strict with: it tells what it was sent, and how well protected.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::certificates::Certificate;
use crate::process::{Process, root, tool};

/// What everybody logs in as.
pub const USERNAME: &str = "relatch";
/// And with.
pub const PASSWORD: &str = "correct horse battery";
/// Recipients whose address holds this are refused for good.
pub const REFUSED: &str = "refused";

/// npm's `smtp-server`, which takes mails only after TLS and a log-in.
pub struct SmtpServer {
    record: PathBuf,
    log: PathBuf,
    port: u16,
    implicit: bool,
    process: Option<Process>,
}

impl SmtpServer {
    /// One that is yet to be started, on this port of loopback: with TLS from the first byte, or after STARTTLS.
    pub fn new(folder: &Path, port: u16, implicit: bool) -> Self {
        Self { record: folder.join("record"), log: folder.join("smtp.log"), port, implicit, process: None }
    }

    /// Starts it, in place of the one before, with this certificate, for this way of logging in.
    pub fn start(&mut self, certificate: &Certificate, method: &str, password: &str) {
        self.stop();
        let settings = json!({
            "port": self.port, "implicit": self.implicit, "record": self.record, "method": method,
            "chain": certificate.chain, "key": certificate.key,
            "username": USERNAME, "password": password, "refused": REFUSED,
        });
        let mut command = Command::new(tool("node"));
        command.arg(root().join("tests/tools/smtp.mjs")).arg(settings.to_string());
        self.process = Some(Process::start(&mut command, "ready", &self.log));
    }

    /// Ends it.
    pub fn stop(&mut self) {
        self.process.take();
    }

    /// Everything that was said to it under the protection of TLS, in order: log-ins and mails.
    pub fn record(&self) -> Vec<Value> {
        let lines = std::fs::read_to_string(&self.record).unwrap_or_default();
        lines.lines().map(|line| serde_json::from_str(line).expect("the record is in JSON")).collect()
    }

    /// How it was logged in, for the one mail to this address; nothing if there is no such mail.
    pub fn log_in_of(&self, address: &str) -> Option<String> {
        let record = self.record();
        let mails: Vec<&Value> = record.iter().filter(|entry| entry["to"] == address).collect();
        assert!(mails.len() <= 1, "{} mails to one address", mails.len());
        mails.first().map(|mail| mail["method"].as_str().unwrap_or("none").to_owned())
    }
}
