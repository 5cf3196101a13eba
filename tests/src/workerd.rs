//! The built Worker under `wrangler dev`, on a free port, with a state of its own.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use crate::in_process::{KEYS, SERVER_KEYS, SHOP_KEYS};
use crate::inbox::Inbox;
use crate::mail::Mail;
use crate::process::{Process, free_port, root};

/// A Worker, its databases and its inbox.
pub struct Workerd {
    /// Where it listens.
    pub port: u16,
    /// Where it keeps its databases and logs. Removed with it.
    state: PathBuf,
    variables: Mutex<Vec<(String, String)>>,
    process: Mutex<Option<Process>>,
    inbox: tokio::sync::RwLock<Option<Inbox>>,
}

impl Workerd {
    /// Starts one, with its inbox.
    pub fn start(changes: &[(&str, &str)]) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let state = std::env::temp_dir().join(format!("relatch-tests-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&state).expect("the state can be written");
        let inbox = Inbox::start(&state.join("inbox.log"));
        let port = free_port();
        let defaults = [
            ("RELATCH_KEYS", KEYS.to_owned()),
            ("DIALECTS", "rest,flask,cloudcms".to_owned()),
            ("APPLICATIONS", "shop".to_owned()),
            ("APP_SHOP_APPLICATION_NAME", "Shop".to_owned()),
            ("APPLICATION_KEYS", SERVER_KEYS.to_owned()),
            ("APP_SHOP_APPLICATION_KEYS", SHOP_KEYS.to_owned()),
            ("APP_SHOP_SESSION_COOKIE", "sid".to_owned()),
            ("IP_LIMIT", "100000".to_owned()),
            ("APPLICATION_NAME", "Example".to_owned()),
            ("MAIL_FROM", "Example <noreply@example.com>".to_owned()),
            ("MAIL_SENDERS", "Webmaster <webmaster@app.example.com>".to_owned()),
            ("MAIL_SERVER", "localhost".to_owned()),
            ("MAIL_PORT", inbox.smtp.to_string()),
            ("CONTACT", "support@example.com".to_owned()),
            ("ALLOWED_ORIGINS", "https://app.example.com".to_owned()),
            ("STATE", state.join("worker").display().to_string()),
            ("PORT", port.to_string()),
        ];
        let mut variables: Vec<_> = defaults.map(|(name, value)| (name.to_owned(), value)).to_vec();
        variables.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let workerd = Self {
            port,
            state,
            variables: Mutex::new(variables),
            process: Mutex::new(None),
            inbox: tokio::sync::RwLock::new(Some(inbox)),
        };
        workerd.boot();
        workerd
    }

    /// Starts the Worker, or starts it again with the same state.
    pub fn boot(&self) {
        let mut command = Command::new("node");
        command
            .arg(root().join("edge/tools/serve.mjs"))
            .envs(self.variables.lock().expect("nobody panicked with it").iter().cloned());
        let process = Process::start(&mut command, "ready", &self.state.join("worker.log"));
        *self.process.lock().expect("nobody panicked with it") = Some(process);
    }

    /// Starts the Worker again, with these variables from now on.
    pub fn boot_with(&self, changes: &[(&str, String)]) {
        let changes = changes.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        self.variables.lock().expect("nobody panicked with it").extend(changes);
        self.boot();
    }

    /// Ends the Worker as a power cut would.
    pub fn kill(&self) {
        if let Some(process) = self.process.lock().expect("nobody panicked with it").take() {
            process.kill();
        }
    }

    /// Takes the SMTP server away for a while.
    pub async fn lose_inbox(&self) -> (u16, u16) {
        self.inbox.write().await.take().expect("the inbox is there").stop()
    }

    /// Brings it back on the same ports.
    pub async fn bring_inbox_back(&self, (smtp, web): (u16, u16)) {
        *self.inbox.write().await = Some(Inbox::start_on(smtp, web, &self.state.join("inbox.log")));
    }

    /// Ends everything and removes the state.
    pub fn shut_down(&self) {
        self.kill();
        if let Ok(mut inbox) = self.inbox.try_write() {
            inbox.take();
        }
        let _gone_already = std::fs::remove_dir_all(&self.state);
    }

    /// What the Worker has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.state.join("worker.log")).unwrap_or_default()
    }

    /// The address in front of every path.
    pub fn base(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Sends a request.
    pub async fn try_send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, relatch::reqwest::Error> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let client = relatch::reqwest::Client::builder()
            .redirect(relatch::reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(Duration::from_secs(60))
            .build()?;
        let response = client
            .request(parts.method, format!("http://127.0.0.1:{}{path}", self.port))
            .headers(parts.headers)
            .body(body)
            .send()
            .await?;
        let mut answer = http::Response::new(Vec::new());
        *answer.status_mut() = response.status();
        *answer.headers_mut() = response.headers().clone();
        *answer.body_mut() = response.bytes().await?.to_vec();
        Ok(answer)
    }

    /// Runs a statement on the Worker's database and gives its rows.
    pub async fn sql(&self, sql: &str) -> Vec<Vec<Value>> {
        let request = http::Request::post("/cdn-cgi/explorer/api/d1/database/DB/raw")
            .header("content-type", "application/json")
            .body(json!({ "sql": sql }).to_string().into_bytes())
            .expect("this is a request");
        let answer = self.try_send(request).await.expect("the database answers");
        let answer: Value = serde_json::from_slice(answer.body()).expect("the database answers in JSON");
        assert!(answer["success"].as_bool() == Some(true), "{sql}: {answer}");
        let rows = answer["result"][0]["results"]["rows"].as_array().cloned().unwrap_or_default();
        rows.into_iter().filter_map(|row| row.as_array().cloned()).collect()
    }

    /// The mails to this address so far.
    pub async fn mails_to(&self, address: &str) -> Vec<Mail> {
        let variables = self.variables.lock().expect("nobody panicked with it").clone();
        if variables.iter().any(|(name, value)| name == "MAIL_PROVIDER" && value == "cloudflare") {
            return self.mails_of_binding(address).await;
        }
        match &*self.inbox.read().await {
            Some(inbox) => inbox.mails_to(address).await,
            None => Vec::new(),
        }
    }

    /// What wrangler's local sender was given for this address.
    async fn mails_of_binding(&self, address: &str) -> Vec<Mail> {
        let list = self.sent("per_page=100").await;
        let mut mails = Vec::new();
        for mail in list.as_array().into_iter().flatten().rev() {
            let recipients: Vec<String> =
                mail["to"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
            if recipients.iter().any(|recipient| recipient == address) {
                let id = mail["messageId"].as_str().expect("a mail has an id").replace('<', "%3C").replace('>', "%3E");
                let detail = self.sent(&format!("email_id={id}")).await;
                let raw = detail["raw"].as_str().expect("the sender keeps the message");
                mails.push(Mail::parse(mail["from"].as_str().unwrap_or_default(), recipients, raw.as_bytes()));
            }
        }
        mails
    }

    async fn sent(&self, query: &str) -> Value {
        let path = format!("/cdn-cgi/explorer/api/local/email/sending?{query}");
        let request = http::Request::get(path).body(Vec::new()).expect("this is a request");
        let answer = self.try_send(request).await.expect("the local sender answers");
        let mut answer: Value = serde_json::from_slice(answer.body()).expect("the local sender answers in JSON");
        answer["result"].take()
    }

    /// Asks once a moment until the answer is yes, or until patience ends. Tells which.
    pub async fn until(&self, patience: Duration, asked: impl AsyncFn() -> bool) -> bool {
        let pause = Duration::from_millis(200);
        for _ in 0..patience.as_millis() / pause.as_millis() {
            if asked().await {
                return true;
            }
            sleep(pause).await;
        }
        false
    }
}

impl Drop for Workerd {
    fn drop(&mut self) {
        self.shut_down();
    }
}
