//! A server that receives webhooks, and verifies them with the npm package of the Standard Webhooks.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::certificates::Certificate;
use crate::loopback::client;
use crate::process::{Process, free_port, root, tool};

/// A running server: see `tests/tools/webhooks.mjs`.
pub struct WebhookServer {
    /// The port on loopback.
    pub port: u16,
    /// The port with TLS.
    pub tls_port: u16,
    _process: Process,
}

impl WebhookServer {
    /// Starts a server on free ports, which verifies with each of these secrets.
    pub fn start(folder: &Path, certificate: &Certificate, secrets: &[&str]) -> Self {
        let (port, tls_port) = (free_port(), free_port());
        let settings = json!({
            "port": port, "tlsPort": tls_port, "secrets": secrets,
            "chain": certificate.certificate, "key": certificate.key,
        });
        let mut command = Command::new(tool("node"));
        command.arg(root().join("tests/tools/webhooks.mjs")).arg(settings.to_string());
        let process = Process::start(&mut command, "ready", &folder.join("webhooks.log"));
        Self { port, tls_port, _process: process }
    }

    /// Returns the requests to a path so far.
    pub async fn received(&self, path: &str) -> Vec<Value> {
        let url = format!("http://127.0.0.1:{}/received", self.port);
        let response = client().get(url).send().await.expect("the server responds");
        let body = response.bytes().await.expect("the response is complete");
        let all: Vec<Value> = serde_json::from_slice(&body).expect("the list is JSON");
        all.into_iter().filter(|request| request["path"] == path).collect()
    }
}
