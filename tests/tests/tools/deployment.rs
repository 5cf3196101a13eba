//! `make deploy`, with a stand-in for the account: the order of its steps, what it says when one
//! fails, and what becomes of the secrets. The build, the check of the configuration and the Worker
//! that the smoke check asks are real.

use std::fs::{read_to_string, write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use libtest_mimic::Trial;
use relatch_config::VARIABLES;
use relatch_tests::process::{free_port, root, tool};
use relatch_tests::trials::trial;
use relatch_tests::workerd::Workerd;
use serde_json::Value;

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "a first deployment, as documented, checks before it changes, and keeps its keys private",
            first,
        ),
        trial(
            "after a failed migration the Worker stays as it was, and the next try finds what is there",
            migration,
        ),
        trial("a later deployment leaves the keys and the database as they are", later),
        trial("keys that are given are set with the deployment, and printed nowhere", rotation),
        trial(
            "without a log-in a deployment says how to log in, and asks nothing else",
            logged_out,
        ),
        trial(
            "every variable that does not hold, or not on Cloudflare, is named before anything is deployed",
            misconfigured,
        ),
        trial("a mistake in the deployment's own file is named at once", own_file),
        trial(
            "a Worker that cannot be reached fails the deployment, and what was done is told",
            unreachable,
        ),
        trial("a Worker that is not the one just deployed fails the deployment", stale),
        trial(
            "a team's own tables are no reason to refuse a deployment: they are where it leads",
            own_tables,
        ),
        trial("wrangler itself takes the configuration that the documented file makes", dry_run),
    ]
}

/// The Worker that smoke checks ask.
static WORKER: OnceLock<Workerd> = OnceLock::new();

fn site() -> String {
    format!("http://127.0.0.1:{}", WORKER.get_or_init(|| Workerd::start(&[])).port)
}

pub fn shut_down() {
    if let Some(worker) = WORKER.get() {
        worker.shut_down();
    }
}

/// The configuration file of a team.
const OWN: &str = r#"
name = "example"
routes = [{ pattern = "reset.example.com", custom_domain = true }]
[vars]
PUBLIC_URL = "https://reset.example.com"
MAIL_FROM = "Example <noreply@example.com>"
MAIL_SERVER = "mail.example.com"
MAIL_PORT = "587"
CONTACT = "support@example.com"
"#;

/// The same as a document shows it: its first block of TOML.
fn documented(document: &str) -> String {
    let text = read_to_string(root().join(document)).expect("the document is there");
    let block = text
        .split("```toml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("it shows a file");
    block.lines().map(str::trim_start).collect::<Vec<_>>().join("\n")
}

const CHECKS: [&str; 4] = ["whoami --json", "secret list", "deploy --dry-run", "d1 list --json"];

/// An account, and a folder for what a deployment keeps. Removed with it.
struct Account {
    folder: PathBuf,
    variables: Vec<(&'static str, String)>,
}

/// How a deployment ended.
struct Ended {
    well: bool,
    said: String,
}

impl Account {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("relatch-deploy-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the folder can be made");
        Self { folder, variables: Vec::new() }.with("own.toml", OWN)
    }

    /// With this file.
    fn with(self, file: &str, text: &str) -> Self {
        write(self.folder.join(file), text).expect("the file can be written");
        self
    }

    /// With this variable in the environment.
    fn given(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    fn deploy(&self) -> Ended {
        self.run(&[], &root().join("tests/tests/tools/wrangler.sh").display().to_string())
    }

    fn run(&self, arguments: &[&str], wrangler: &str) -> Ended {
        let mut command = Command::new(tool("node"));
        for variable in VARIABLES {
            command.env_remove(variable.name);
        }
        let output = command
            .arg(root().join("edge/tools/deploy.mjs"))
            .args(arguments)
            .env("CONFIG", self.folder.join("own.toml"))
            .env("STATE", self.folder.join("state"))
            .env("ACCOUNT", &self.folder)
            .env("WRANGLER", wrangler)
            .env("SITE", "http://127.0.0.1:9")
            .env("SITE_PATIENCE", "0")
            .envs(self.variables.iter().cloned())
            .output()
            .expect("node starts");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        Ended { well: output.status.success(), said }
    }

    /// Every call of wrangler, without what is the same in all.
    fn calls(&self) -> Vec<String> {
        let calls = read_to_string(self.folder.join("calls")).unwrap_or_default();
        let plain = |call: &str| call.split(" --config ").next().unwrap_or_default().to_owned();
        let files = |call: String| {
            call.split_inclusive("--secrets-file").next().unwrap_or_default().to_owned()
        };
        calls.lines().map(plain).map(files).collect()
    }

    fn uploaded(&self) -> Value {
        let file = read_to_string(self.folder.join("uploaded")).expect("secrets were set");
        serde_json::from_str(&file).expect("they are JSON")
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        let _gone_already = std::fs::remove_dir_all(&self.folder);
    }
}

impl Ended {
    #[track_caller]
    fn well(self) -> Self {
        assert!(self.well, "{}", self.said);
        self
    }

    /// Failed, and said all of this.
    #[track_caller]
    fn saying(self, told: &[&str]) -> Self {
        assert!(!self.well, "{}", self.said);
        for told in told {
            assert!(self.said.contains(told), "{told:?} is not in:\n{}", self.said);
        }
        self
    }
}

async fn own_tables() {
    let example = read_to_string(root().join("edge/directories/better-auth.toml"))
        .expect("the example is there");
    let variables = example.split("[vars]").nth(1).expect("it has variables");
    let account =
        Account::new().with("own.toml", &format!("{OWN}{variables}")).given("SITE", &site());
    account.deploy().well();
    let wrong = account.with("own.toml", &format!("{OWN}{}", variables.replace("RETURNING", "--")));
    wrong.deploy().saying(&["DIRECTORY_SET_PASSWORD: must have `RETURNING`"]);
}

async fn first() {
    let account =
        Account::new().with("own.toml", &documented("docs/production.md")).given("SITE", &site());
    let ended = account.deploy().well();
    let changes = ["d1 create relatch", "d1 migrations apply DB --remote", "deploy --secrets-file"];
    let expected: Vec<&str> = CHECKS.into_iter().chain(changes).collect();
    assert_eq!(account.calls(), expected);

    let file = account.folder.join("state/deploy/relatch.keys");
    let keys = read_to_string(&file).expect("they are kept");
    assert_eq!(account.uploaded()["RELATCH_KEYS"], keys.trim());
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(read_to_string(account.folder.join("mode")).unwrap().trim(), "-rw-------");
    assert!(ended.said.contains("relatch.keys"), "it says where they are: {}", ended.said);
    let secret = keys.trim().split_once(':').expect("id:base64").1;
    assert!(secret.len() >= 44 && !ended.said.contains(secret), "{}", ended.said);
    let derived =
        read_to_string(account.folder.join("state/deploy/relatch.json")).expect("it was derived");
    assert!(!derived.contains(secret) && !derived.contains("RELATCH_KEYS"));
}

async fn migration() {
    let account = Account::new().with("broken", "d1 migrations").given("SITE", &site());
    account.deploy().saying(&[
        "something is broken",
        "the D1 database relatch was created",
        "run this again",
    ]);
    assert_eq!(
        account.calls().last().unwrap(),
        "d1 migrations apply DB --remote",
        "the Worker was not deployed"
    );
    let keys =
        read_to_string(account.folder.join("state/deploy/example.keys")).expect("they are kept");

    let account =
        account.with("broken", "nothing").with("databases", r#"[{"name":"relatch","uuid":"0"}]"#);
    account.deploy().well();
    assert_eq!(account.uploaded()["RELATCH_KEYS"], keys.trim(), "the keys are still the same");
    assert_eq!(account.calls().iter().filter(|call| call.starts_with("d1 create")).count(), 1);
}

async fn later() {
    let account = Account::new()
        .with("secrets", r#"[{"name":"RELATCH_KEYS","type":"secret_text"}]"#)
        .with("databases", r#"[{"name":"relatch","uuid":"0"}]"#)
        .given("SITE", &site());
    let ended = account.deploy().well();
    let expected: Vec<&str> =
        CHECKS.into_iter().chain(["d1 migrations apply DB --remote", "deploy"]).collect();
    assert_eq!(account.calls(), expected);
    assert!(!account.folder.join("state/deploy/example.keys").exists(), "{}", ended.said);
}

async fn rotation() {
    let (new, old) = (
        "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI",
        "b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkbzE",
    );
    let account = Account::new()
        .with("secrets", r#"[{"name":"RELATCH_KEYS","type":"secret_text"}]"#)
        .given("RELATCH_KEYS", &format!("2:{new},1:{old}"))
        .given("SITE", &site());
    let ended = account.deploy().well();
    assert_eq!(account.uploaded()["RELATCH_KEYS"], format!("2:{new},1:{old}"));
    assert!(!ended.said.contains(new) && !ended.said.contains(old), "{}", ended.said);
}

async fn logged_out() {
    let account = Account::new().with("logged-out", "");
    account.deploy().saying(&[
        "npx wrangler login",
        "CLOUDFLARE_API_TOKEN",
        "Nothing was changed at Cloudflare",
    ]);
    assert_eq!(account.calls(), ["whoami --json"]);

    let account = Account::new().with("broken", "whoami");
    account.deploy().saying(&["something is broken", "Nothing was changed at Cloudflare"]);
}

async fn misconfigured() {
    let own = OWN
        .replace("MAIL_FROM", "APPLICATION_NAME")
        .replace("https://reset.example.com\"", "http://localhost\"");
    let account = Account::new()
        .with("own.toml", &own.replace("587", "25"))
        .given("RELATCH_KEYS", "1:c2hvcnQ=");
    let ended = account.deploy().saying(&[
        "MAIL_FROM: must be set",
        "RELATCH_KEYS: key 1 must have at least 32 bytes",
        "PUBLIC_URL: is an address of this machine",
        "MAIL_PORT: is 25",
        "Nothing was changed at Cloudflare",
    ]);
    assert!(!ended.said.contains("c2hvcnQ"), "{}", ended.said);
    assert_eq!(account.calls(), ["whoami --json", "secret list"]);
}

async fn own_file() {
    for (line, told) in [
        ("MAIL_FORM = \"a@example.com\"", "MAIL_FORM is no variable of Relatch"),
        ("MAIL_PASSWORD = \"hunter2\"", "MAIL_PASSWORD is a secret"),
        ("APP_SHOP_MAIL_FROM = \"a@example.com\"", "APP_SHOP_MAIL_FROM is no variable of Relatch"),
        (
            "APPLICATIONS = \"my-shop\"\nAPP_MY_SHOP_MAIL_FORM = \"x\"",
            "APP_MY_SHOP_MAIL_FORM is no variable of Relatch",
        ),
        (
            "APPLICATIONS = \"shop\"\nAPP_SHOP_MAIL_PASSWORD = \"hunter2\"",
            "APP_SHOP_MAIL_PASSWORD is a secret",
        ),
        ("REQUESTS_PER_DAY = 5", "REQUESTS_PER_DAY is not in quotes"),
        ("LINK_URL", "is not TOML"),
    ] {
        let account = Account::new().with("own.toml", &format!("{OWN}{line}\n"));
        account.deploy().saying(&[told]);
        assert!(account.calls().is_empty(), "{line}");
    }
    let account = Account::new();
    std::fs::remove_file(account.folder.join("own.toml")).unwrap();
    account.deploy().saying(&["own.toml is not there"]);
}

async fn unreachable() {
    let account = Account::new().given("SITE", &format!("http://127.0.0.1:{}", free_port()));
    account.deploy().saying(&[
        "cannot be reached",
        "the Worker example is deployed",
        "certificate",
    ]);
}

async fn stale() {
    let own = format!("{OWN}PASSWORD_MIN_LENGTH = \"20\"\n");
    let account = Account::new().with("own.toml", &own).given("SITE", &site());
    account.deploy().saying(&["another deployment", "min_length is 15, not 20"]);
}

async fn dry_run() {
    let account = Account::new().with("own.toml", &documented("README.md"));
    account.run(&["--dry-run"], "").well();
    let derived: Value = serde_json::from_str(
        &read_to_string(account.folder.join("state/deploy/relatch.json")).unwrap(),
    )
    .unwrap();
    assert_eq!(derived["vars"]["PUBLIC_URL"], "https://reset.example.com");
    assert_eq!(
        derived["vars"]["LINK_LIFETIME_MINUTES"], "120",
        "what is not one's own is wrangler.toml's"
    );
    assert_eq!(derived["d1_databases"][0]["database_name"], "relatch");
}
