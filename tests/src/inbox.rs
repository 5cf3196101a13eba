//! An SMTP server whose received mails a test can read.

use std::path::Path;
use std::process::Command;

use relatch_domain::values::domain_name::to_ascii;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::loopback::client;
use crate::mail::Mail;
use crate::process::{Process, free_port, tool};

/// A running maildev, which receives mail by SMTP and lists it as JSON over HTTP.
pub struct Inbox {
    /// The SMTP port.
    pub smtp: u16,
    web: u16,
    process: Process,
    /// The mails that were read so far, in the order of the server's list. It is read on from
    /// there, because hundreds of trials share one list and poll it.
    mails: Mutex<Vec<Mail>>,
}

impl Inbox {
    /// Starts an inbox on free ports.
    pub fn start(log: &Path) -> Self {
        Self::start_on(free_port(), free_port(), log)
    }

    /// Starts an inbox on these ports.
    pub fn start_on(smtp: u16, web: u16, log: &Path) -> Self {
        let mut command = Command::new(tool("maildev"));
        command.args(["--ip", "127.0.0.1", "--web-ip", "127.0.0.1"]);
        command.args(["--smtp", &smtp.to_string(), "--web", &web.to_string()]);
        Self {
            smtp,
            web,
            process: Process::start(&mut command, "MailDev SMTP Server running", log),
            mails: Mutex::default(),
        }
    }

    /// Stops the server. Returns its SMTP and HTTP ports, for a later [`Self::start_on`].
    pub fn stop(self) -> (u16, u16) {
        let ports = (self.smtp, self.web);
        self.process.kill();
        ports
    }

    /// Returns the mails received for this address so far.
    pub async fn mails_to(&self, address: &str) -> Vec<Mail> {
        let mut mails = self.mails.lock().await;
        let list = self.get(&format!("/email?skip={}", mails.len())).await;
        let list: Value = serde_json::from_slice(&list).expect("the inbox lists its mails as JSON");
        for mail in list.as_array().into_iter().flatten() {
            let id = mail["id"].as_str().unwrap_or_default();
            let source = self.get(&format!("/email/{id}/source")).await;
            let envelope = &mail["envelope"];
            let sender = addresses(&Value::Array(vec![envelope["from"].clone()])).concat();
            mails.push(Mail::parse(&sender, addresses(&envelope["to"]), &source));
        }
        let is_to = |mail: &&Mail| {
            mail.recipients.iter().any(|recipient| recipient.eq_ignore_ascii_case(address))
        };
        mails.iter().filter(is_to).cloned().collect()
    }

    async fn get(&self, path: &str) -> Vec<u8> {
        let url = format!("http://127.0.0.1:{}{path}", self.web);
        let response = client().get(url).send().await.expect("the inbox responds");
        response.bytes().await.expect("the response is complete").to_vec()
    }
}

/// Returns the addresses of a list, with their domains in ASCII: the mail server decodes them.
fn addresses(list: &Value) -> Vec<String> {
    let address = |entry: &Value| {
        let (local, domain) = entry["address"].as_str()?.rsplit_once('@')?;
        let ascii = to_ascii(domain).filter(|_| !domain.is_ascii());
        Some(format!("{local}@{}", ascii.unwrap_or_else(|| domain.to_owned())))
    };
    list.as_array().into_iter().flatten().filter_map(address).collect()
}
