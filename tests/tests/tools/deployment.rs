//! `make deploy` against a fake account (see `wrangler.sh`): the order of its steps, its messages
//! when a step fails, and its handling of secrets. The build, the configuration check and the
//! Worker that the smoke check calls are real.

use std::fs::{read_to_string, write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use base64ct::{Base64, Encoding as _};
use libtest_mimic::Trial;
use relatch_config::VARIABLES;
use relatch_domain::values::application_id::ApplicationId;
use relatch_domain::values::keys::digest;
use relatch_tests::process::{free_port, root, tool};
use relatch_tests::trials::trial;
use relatch_tests::workerd::{Workerd, remove_tables};
use serde_json::Value;

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "a first deployment checks before it changes anything, and stores its keys privately",
            first,
        ),
        trial(
            "a failed migration leaves the Worker unchanged, and the next run resumes",
            migration,
        ),
        trial("a later deployment keeps the keys and the database", later),
        trial("keys from the environment are uploaded and never printed", rotation),
        trial("a deployment without a login says how to log in, and stops", logged_out),
        trial("every invalid variable is reported before anything is deployed", invalid_variables),
        trial(
            "a mistake in the configuration file is reported before any call to Cloudflare",
            invalid_file,
        ),
        trial(
            "a deployment fails if its Worker is unreachable, and reports the finished steps",
            unreachable,
        ),
        trial("a deployment fails if another version of the Worker responds", stale),
        trial("statements for custom tables are checked and deployed", custom_tables),
        trial("wrangler accepts the configuration derived from the documented file", dry_run),
    ]
}

/// The Worker that the smoke checks call.
static WORKER: OnceLock<Workerd> = OnceLock::new();

fn site() -> String {
    format!("http://127.0.0.1:{}", WORKER.get_or_init(|| Workerd::start(&[])).port)
}

pub fn shut_down() {
    if let Some(worker) = WORKER.get() {
        worker.shut_down();
    }
    remove_tables();
}

/// A configuration file.
const CONFIG: &str = r#"
name = "example"
routes = [{ pattern = "reset.example.com", custom_domain = true }]
[vars]
PUBLIC_URL = "https://reset.example.com"
MAIL_FROM = "Example <noreply@example.com>"
MAIL_SERVER = "mail.example.com"
MAIL_PORT = "587"
CONTACT = "support@example.com"
"#;

/// Returns the configuration file that a document shows: its first block of TOML.
fn documented(document: &str) -> String {
    let text = read_to_string(root().join(document)).expect("the document exists");
    let block = text
        .split("```toml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("the document has a block of TOML");
    block.lines().map(str::trim_start).collect::<Vec<_>>().join("\n")
}

const CHECKS: [&str; 4] = ["whoami --json", "secret list", "deploy --dry-run", "d1 list --json"];

/// A fake Cloudflare account: a folder with its state, the configuration file and the state of the
/// deployment. Dropping it removes the folder.
struct Account {
    folder: PathBuf,
    variables: Vec<(&'static str, String)>,
}

/// The result of `make deploy`.
struct Run {
    succeeded: bool,
    output: String,
}

impl Account {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("relatch-deploy-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the folder can be created");
        Self { folder, variables: Vec::new() }.with("relatch.toml", CONFIG)
    }

    /// Writes a file into the folder.
    fn with(self, file: &str, text: &str) -> Self {
        write(self.folder.join(file), text).expect("the file can be written");
        self
    }

    /// Sets an environment variable for the deployment.
    fn env(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    fn deploy(&self) -> Run {
        self.run(&[], &root().join("tests/tests/tools/wrangler.sh").display().to_string())
    }

    fn run(&self, arguments: &[&str], wrangler: &str) -> Run {
        let mut command = Command::new(tool("node"));
        for variable in VARIABLES {
            command.env_remove(variable.name);
        }
        let output = command
            .arg(root().join("edge/tools/deploy.mjs"))
            .args(arguments)
            .env("CONFIG", self.folder.join("relatch.toml"))
            .env("STATE", self.folder.join("state"))
            .env("ACCOUNT", &self.folder)
            .env("WRANGLER", wrangler)
            .env("SITE", "http://127.0.0.1:9")
            .env("SITE_TIMEOUT", "0")
            .envs(self.variables.iter().cloned())
            .output()
            .expect("node starts");
        let succeeded = output.status.success();
        let output = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        Run { succeeded, output }
    }

    /// Returns the calls of wrangler, without the options that all of them share.
    fn calls(&self) -> Vec<String> {
        let calls = read_to_string(self.folder.join("calls")).unwrap_or_default();
        let plain = |call: &str| call.split(" --config ").next().unwrap_or_default().to_owned();
        let files = |call: String| {
            call.split_inclusive("--secrets-file").next().unwrap_or_default().to_owned()
        };
        calls.lines().map(plain).map(files).collect()
    }

    fn uploaded(&self) -> Value {
        let file = read_to_string(self.folder.join("uploaded")).expect("secrets were uploaded");
        serde_json::from_str(&file).expect("the secrets are JSON")
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        let _gone_already = std::fs::remove_dir_all(&self.folder);
    }
}

impl Run {
    /// Asserts that the deployment succeeded.
    #[track_caller]
    fn assert_success(self) -> Self {
        assert!(self.succeeded, "{}", self.output);
        self
    }

    /// Asserts that the deployment failed, and that its output contains each of these texts.
    #[track_caller]
    fn assert_failure(self, texts: &[&str]) -> Self {
        assert!(!self.succeeded, "{}", self.output);
        for text in texts {
            assert!(self.output.contains(text), "{text:?} is not in:\n{}", self.output);
        }
        self
    }
}

async fn custom_tables() {
    let example = read_to_string(root().join("edge/directories/better-auth.toml"))
        .expect("the example exists");
    let variables = example.split("[vars]").nth(1).expect("the example has variables");
    let account =
        Account::new().with("relatch.toml", &format!("{CONFIG}{variables}")).env("SITE", &site());
    account.deploy().assert_success();
    let wrong =
        account.with("relatch.toml", &format!("{CONFIG}{}", variables.replace("RETURNING", "--")));
    wrong.deploy().assert_failure(&["DIRECTORY_SET_PASSWORD: must have `RETURNING`"]);
}

async fn first() {
    let account =
        Account::new().with("relatch.toml", &documented("docs/production.md")).env("SITE", &site());
    let run = account.deploy().assert_success();
    let changes = ["d1 create relatch", "d1 migrations apply DB --remote", "deploy --secrets-file"];
    let expected: Vec<&str> = CHECKS.into_iter().chain(changes).collect();
    assert_eq!(account.calls(), expected);

    let file = account.folder.join("state/deploy/relatch.keys");
    let keys = read_to_string(&file).expect("the keys are stored");
    assert_eq!(account.uploaded()["RELATCH_KEYS"], keys.trim());
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(read_to_string(account.folder.join("mode")).unwrap().trim(), "-rw-------");
    assert!(run.output.contains("relatch.keys"), "the output names the file: {}", run.output);
    let secret = keys.trim().split_once(':').expect("id:base64").1;
    assert!(secret.len() >= 44 && !run.output.contains(secret), "{}", run.output);
    let derived = read_to_string(account.folder.join("state/deploy/relatch.json"))
        .expect("the configuration was derived");
    assert!(!derived.contains(secret) && !derived.contains("RELATCH_KEYS"));
}

async fn migration() {
    let account = Account::new().with("broken", "d1 migrations").env("SITE", &site());
    account.deploy().assert_failure(&[
        "something is broken",
        "the D1 database relatch was created",
        "run this again",
    ]);
    assert_eq!(
        account.calls().last().unwrap(),
        "d1 migrations apply DB --remote",
        "the Worker must not be deployed"
    );
    let keys = read_to_string(account.folder.join("state/deploy/example.keys"))
        .expect("the keys are stored");

    let account =
        account.with("broken", "nothing").with("databases", r#"[{"name":"relatch","uuid":"0"}]"#);
    account.deploy().assert_success();
    assert_eq!(account.uploaded()["RELATCH_KEYS"], keys.trim(), "the keys did not change");
    assert_eq!(account.calls().iter().filter(|call| call.starts_with("d1 create")).count(), 1);
}

async fn later() {
    let account = Account::new()
        .with("secrets", r#"[{"name":"RELATCH_KEYS","type":"secret_text"}]"#)
        .with("databases", r#"[{"name":"relatch","uuid":"0"}]"#)
        .env("SITE", &site());
    let run = account.deploy().assert_success();
    let expected: Vec<&str> =
        CHECKS.into_iter().chain(["d1 migrations apply DB --remote", "deploy"]).collect();
    assert_eq!(account.calls(), expected);
    assert!(!account.folder.join("state/deploy/example.keys").exists(), "{}", run.output);
}

async fn rotation() {
    let random = |label| Base64::encode_string(&digest(&ApplicationId::default(), label, &[]));
    let (new, old) = (&*random("the new key of a test"), &*random("the old key of a test"));
    let account = Account::new()
        .with("secrets", r#"[{"name":"RELATCH_KEYS","type":"secret_text"}]"#)
        .env("RELATCH_KEYS", &format!("2:{new},1:{old}"))
        .env("SITE", &site());
    let run = account.deploy().assert_success();
    assert_eq!(account.uploaded()["RELATCH_KEYS"], format!("2:{new},1:{old}"));
    assert!(!run.output.contains(new) && !run.output.contains(old), "{}", run.output);
}

async fn logged_out() {
    let account = Account::new().with("logged-out", "");
    account.deploy().assert_failure(&[
        "npx wrangler login",
        "CLOUDFLARE_API_TOKEN",
        "Nothing was changed at Cloudflare",
    ]);
    assert_eq!(account.calls(), ["whoami --json"]);

    let account = Account::new().with("broken", "whoami");
    account.deploy().assert_failure(&["something is broken", "Nothing was changed at Cloudflare"]);
}

async fn invalid_variables() {
    let config = CONFIG
        .replace("MAIL_FROM", "APPLICATION_NAME")
        .replace("https://reset.example.com\"", "http://localhost\"");
    let account = Account::new()
        .with("relatch.toml", &config.replace("587", "25"))
        .env("RELATCH_KEYS", "1:c2hvcnQ=");
    let run = account.deploy().assert_failure(&[
        "MAIL_FROM: must be set",
        "RELATCH_KEYS: key 1 must have at least 32 bytes",
        "PUBLIC_URL: must be the https URL",
        "MAIL_PORT: must not be 25",
        "Nothing was changed at Cloudflare",
    ]);
    assert!(!run.output.contains("c2hvcnQ"), "{}", run.output);
    assert_eq!(account.calls(), ["whoami --json", "secret list"]);
}

async fn invalid_file() {
    for (line, message) in [
        ("MAIL_FORM = \"a@example.com\"", "MAIL_FORM must be a variable of wrangler.toml"),
        ("MAIL_PASSWORD = \"hunter2\"", "MAIL_PASSWORD is a secret"),
        (
            "APP_SHOP_MAIL_FROM = \"a@example.com\"",
            "APP_SHOP_MAIL_FROM must be a variable of wrangler.toml",
        ),
        (
            "APPLICATIONS = \"my-shop\"\nAPP_MY_SHOP_MAIL_FORM = \"x\"",
            "APP_MY_SHOP_MAIL_FORM must be a variable of wrangler.toml",
        ),
        (
            "APPLICATIONS = \"shop\"\nAPP_SHOP_MAIL_PASSWORD = \"hunter2\"",
            "APP_SHOP_MAIL_PASSWORD is a secret",
        ),
        ("REQUESTS_PER_DAY = 5", "REQUESTS_PER_DAY must be in quotes"),
        ("LINK_URL", "must be TOML"),
    ] {
        let account = Account::new().with("relatch.toml", &format!("{CONFIG}{line}\n"));
        account.deploy().assert_failure(&[message]);
        assert!(account.calls().is_empty(), "{line}");
    }
    let account = Account::new();
    std::fs::remove_file(account.folder.join("relatch.toml")).unwrap();
    account.deploy().assert_failure(&["relatch.toml must exist"]);
}

async fn unreachable() {
    let account = Account::new().env("SITE", &format!("http://127.0.0.1:{}", free_port()));
    account.deploy().assert_failure(&[
        "cannot be reached",
        "the Worker example is deployed",
        "certificate",
    ]);
}

async fn stale() {
    let config = format!("{CONFIG}PASSWORD_MIN_LENGTH = \"20\"\n");
    let account = Account::new().with("relatch.toml", &config).env("SITE", &site());
    account.deploy().assert_failure(&["another deployment", "min_length is 15, not 20"]);
}

async fn dry_run() {
    let account = Account::new().with("relatch.toml", &documented("README.md"));
    account.run(&["--dry-run"], "").assert_success();
    let derived: Value = serde_json::from_str(
        &read_to_string(account.folder.join("state/deploy/relatch.json")).unwrap(),
    )
    .unwrap();
    assert_eq!(derived["vars"]["PUBLIC_URL"], "https://reset.example.com");
    assert_eq!(
        derived["vars"]["LINK_LIFETIME_MINUTES"], "120",
        "other variables have the values of wrangler.toml"
    );
    assert_eq!(derived["d1_databases"][0]["database_name"], "relatch");
}
