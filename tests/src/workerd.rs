//! The built Worker under `wrangler dev`, on a free port, with its own databases.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use crate::in_process::{KEYS, SERVER_KEYS, SHOP_KEYS};
use crate::inbox::Inbox;
use crate::loopback::client;
use crate::mail::Mail;
use crate::process::{Process, free_port, root};

/// A Durable Object: the binding of its namespace, and its name.
pub struct Object {
    /// The binding.
    pub namespace: &'static str,
    /// The name.
    pub name: String,
}

/// Databases that have their tables and no rows. Each Worker starts with a copy, because wrangler
/// takes seconds to create them.
static TABLES: OnceLock<PathBuf> = OnceLock::new();

/// Returns the folder of [`TABLES`], and creates it if this is the first call.
fn tables() -> &'static Path {
    TABLES.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("relatch-tests-{}", std::process::id()));
        let mut command = Command::new("node");
        command
            .arg(root().join("edge/tools/serve.mjs"))
            .env("STATE", &folder)
            .env("PORT", free_port().to_string());
        std::fs::create_dir_all(&folder).expect("the folder can be created");
        Process::start(&mut command, "ready", &folder.join("worker.log")).kill();
        folder
    })
}

/// Deletes what the Workers of this process share. Call it after the last trial.
pub fn remove_tables() {
    if let Some(folder) = TABLES.get() {
        let _already_deleted = std::fs::remove_dir_all(folder);
    }
}

/// Copies a folder with all that it contains.
fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to)?;
        } else {
            std::fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

/// Returns the rows of a response.
fn rows(response: &Value) -> Vec<Vec<Value>> {
    let rows = response["rows"].as_array().cloned().unwrap_or_default();
    rows.into_iter().filter_map(|row| row.as_array().cloned()).collect()
}

/// A running Worker with its databases and its inbox.
pub struct Workerd {
    /// The port of the Worker on loopback.
    pub port: u16,
    /// The folder of its databases and logs. It is deleted on drop.
    state: PathBuf,
    variables: Mutex<Vec<(String, String)>>,
    process: Mutex<Option<Process>>,
    inbox: tokio::sync::RwLock<Option<Inbox>>,
}

impl Workerd {
    /// Starts an inbox and a Worker with these changes to the configuration.
    pub fn start(changes: &[(&str, &str)]) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let state =
            std::env::temp_dir().join(format!("relatch-tests-{}-{number}", std::process::id()));
        copy_folder(&tables().join("data"), &state.join("worker/data"))
            .expect("the folder can be copied");
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
            // The tests that are about the delay set it.
            ("REQUEST_DELAY_SECONDS", "0".to_owned()),
            ("ALLOWED_ORIGINS", "https://app.example.com".to_owned()),
            ("WORKER_ENTRY", root().join("tests/tools/entry.mjs").display().to_string()),
            ("STATE", state.join("worker").display().to_string()),
            ("PORT", port.to_string()),
        ];
        let mut variables: Vec<_> = defaults.map(|(name, value)| (name.to_owned(), value)).to_vec();
        variables
            .extend(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let workerd = Self {
            port,
            state,
            variables: Mutex::new(variables),
            process: Mutex::new(None),
            inbox: tokio::sync::RwLock::new(Some(inbox)),
        };
        workerd.start_worker();
        workerd
    }

    /// Starts the Worker with the state that an earlier run left.
    pub fn start_worker(&self) {
        let mut command = Command::new("node");
        command
            .arg(root().join("edge/tools/serve.mjs"))
            .envs(self.variables.lock().expect("the lock is not poisoned").iter().cloned());
        let process = Process::start(&mut command, "ready", &self.state.join("worker.log"));
        *self.process.lock().expect("the lock is not poisoned") = Some(process);
    }

    /// Starts the Worker with these variables added or replaced.
    pub fn start_worker_with(&self, changes: &[(&str, String)]) {
        let changes = changes.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        self.variables.lock().expect("the lock is not poisoned").extend(changes);
        self.start_worker();
    }

    /// Kills the Worker without warning, as a power cut does.
    pub fn kill(&self) {
        if let Some(process) = self.process.lock().expect("the lock is not poisoned").take() {
            process.kill();
        }
    }

    /// Stops the SMTP server. Returns its SMTP and HTTP ports.
    pub async fn stop_inbox(&self) -> (u16, u16) {
        self.inbox.write().await.take().expect("the inbox runs").stop()
    }

    /// Starts the SMTP server again on these ports.
    pub async fn restart_inbox(&self, (smtp, web): (u16, u16)) {
        *self.inbox.write().await = Some(Inbox::start_on(smtp, web, &self.state.join("inbox.log")));
    }

    /// Stops the Worker and the inbox and deletes the state.
    pub fn shut_down(&self) {
        self.kill();
        if let Ok(mut inbox) = self.inbox.try_write() {
            inbox.take();
        }
        let _already_deleted = std::fs::remove_dir_all(&self.state);
    }

    /// Returns everything that the Worker has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.state.join("worker.log")).unwrap_or_default()
    }

    /// Returns the origin of the Worker.
    pub fn base_url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Sends a request and returns its response. Redirects are not followed.
    pub async fn try_send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, relatch::reqwest::Error> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let response = client()
            .request(parts.method, format!("http://127.0.0.1:{}{path}", self.port))
            .headers(parts.headers)
            .body(body)
            .send()
            .await?;
        let mut converted = http::Response::new(Vec::new());
        *converted.status_mut() = response.status();
        *converted.headers_mut() = response.headers().clone();
        *converted.body_mut() = response.bytes().await?.to_vec();
        Ok(converted)
    }

    /// Runs SQL on the Worker's database and returns the rows of its first statement.
    pub async fn sql(&self, sql: &str) -> Vec<Vec<Value>> {
        self.sql_in("DB", sql).await
    }

    /// Runs SQL on the database of this binding and returns the rows of its first statement.
    pub async fn sql_in(&self, database: &str, sql: &str) -> Vec<Vec<Value>> {
        rows(&self.call_entry("/test/sql", json!({ "sql": sql, "database": database })).await)
    }

    /// Runs SQL in the storage of an object. Returns the rows, and the time until its alarm if one is
    /// set.
    pub async fn object_sql(
        &self,
        object: &Object,
        sql: &str,
    ) -> (Vec<Vec<Value>>, Option<Duration>) {
        let Object { namespace, name } = object;
        let body = json!({ "sql": sql, "namespace": namespace, "name": name });
        let response = self.call_entry("/test/object", body).await;
        (rows(&response), response["wait"].as_u64().map(Duration::from_millis))
    }

    /// Sets the alarm of an object to a time in the past, so that it fires at once.
    pub async fn fire_alarm(&self, object: &Object) {
        let Object { namespace, name } = object;
        let body = json!({ "sql": "SELECT 1", "alarm": 1, "namespace": namespace, "name": name });
        self.call_entry("/test/object", body).await;
    }

    /// Makes the WebAssembly instance trap, as a panic does, at the end of the next step that has a
    /// time-out.
    pub async fn set_trap(&self) {
        self.call_entry("/test/trap", json!({})).await;
    }

    /// Calls the entry that the tests use: see `tests/tools/entry.mjs`.
    async fn call_entry(&self, path: &str, body: Value) -> Value {
        let request = http::Request::post(path)
            .header("content-type", "application/json")
            .body(body.to_string().into_bytes())
            .expect("the request is valid");
        let response = self.try_send(request).await.expect("the entry responds");
        let status = response.status();
        let response: Value =
            serde_json::from_slice(response.body()).expect("the entry responds with JSON");
        assert!(status.is_success(), "{path} {body}: {response}");
        response
    }

    /// Returns the mails sent to this address so far.
    pub async fn mails_to(&self, address: &str) -> Vec<Mail> {
        let variables = self.variables.lock().expect("the lock is not poisoned").clone();
        if variables.iter().any(|(name, value)| name == "MAIL_PROVIDER" && value == "cloudflare") {
            return self.mails_of_binding(address);
        }
        match &*self.inbox.read().await {
            Some(inbox) => inbox.mails_to(address).await,
            None => Vec::new(),
        }
    }

    /// Returns the mails for this address that went through the `send_email` binding. wrangler's
    /// local sender logs the file of each.
    fn mails_of_binding(&self, address: &str) -> Vec<Mail> {
        let log = self.log();
        let files = log.lines().filter_map(|line| line.trim().strip_prefix("Email: "));
        let mails = files.map(|file| {
            let source = std::fs::read(file).expect("the message is stored");
            let mail = Mail::parse("", Vec::new(), &source);
            Mail { sender: mail.from.clone(), recipients: mail.to.clone(), ..mail }
        });
        mails.filter(|mail| mail.recipients.iter().any(|recipient| recipient == address)).collect()
    }

    /// Polls `condition` until it is true. Returns `false` if it is not within `timeout`.
    pub async fn wait_until(&self, timeout: Duration, condition: impl AsyncFn() -> bool) -> bool {
        let interval = Duration::from_millis(200);
        for _ in 0..timeout.as_millis() / interval.as_millis() {
            if condition().await {
                return true;
            }
            sleep(interval).await;
        }
        false
    }
}

impl Drop for Workerd {
    fn drop(&mut self) {
        self.shut_down();
    }
}
