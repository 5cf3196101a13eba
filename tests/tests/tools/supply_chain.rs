//! Installing, building and checking the dependencies: what other authors' programs see, what is
//! installed, and which advisories fail the check. The registries are stand-ins.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use libtest_mimic::Trial;
use relatch_tests::process::root;
use relatch_tests::trials::trial;
use serde_json::json;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("a build sees only the listed variables of the environment", environment),
        trial(
            "tools are installed with their lock files and without scripts, or not at all",
            locked,
        ),
        trial("an advisory against what runs in the Worker fails the audit", advisories),
        trial("an audit that cannot be carried out fails where it is required", required),
    ]
}

/// Variables that a machine may have, none of which a build needs.
const SECRETS: [&str; 12] = [
    "RELATCH_KEYS",
    "APP_SHOP_MAIL_PASSWORD",
    "APPLICATION_KEY",
    "CLOUDFLARE_API_TOKEN",
    "AWS_SECRET_ACCESS_KEY",
    "GITHUB_TOKEN",
    "NPM_TOKEN",
    "npm_config__auth",
    "CARGO_REGISTRY_TOKEN",
    "CARGO_REGISTRIES_PRIVATE_TOKEN",
    "WRANGLER_R2_SQL_AUTH_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
];

/// A copy of the scripts, with stand-ins for the programs that they run. It is deleted on drop.
struct Clone {
    folder: PathBuf,
}

impl Clone {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = format!("relatch-supply-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(folder);
        for sub in ["edge/tools", "bin"] {
            fs::create_dir_all(folder.join(sub)).expect("the folder can be created");
        }
        for script in ["environment.sh", "setup.sh", "audit.sh"] {
            let path = Path::new("edge/tools").join(script);
            fs::copy(root().join(&path), folder.join(&path)).expect("the script is copied");
        }
        for file in ["package.json", "package-lock.json"] {
            fs::copy(root().join(file), folder.join(file)).expect("the file is copied");
        }
        Self { folder }
    }

    /// Adds a program that writes down its arguments and its environment, and then runs `script`.
    fn program(self, name: &str, script: &str) -> Self {
        let path = self.folder.join("bin").join(name);
        let text =
            format!("#!/bin/sh\n{{ echo \"{name} $*\"; env; }} >>\"$HOME/calls\"\n{script}\n");
        fs::write(&path, text).expect("the program can be written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it can be run");
        self
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("sh");
        command.args(arguments).current_dir(&self.folder).env("HOME", &self.folder);
        command.env_remove("RELATCH_ENVIRONMENT").env_remove("CARGO_HOME").env_remove("AUDIT");
        for name in SECRETS {
            command.env(name, "a secret");
        }
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", self.folder.join("bin").display()));
        command.env("MAKEFLAGS", " -- RELATCH_KEYS=a\\ secret").env("MAKEOVERRIDES", "a secret");
        command
    }

    fn calls(&self) -> String {
        fs::read_to_string(self.folder.join("calls")).unwrap_or_default()
    }
}

impl Drop for Clone {
    fn drop(&mut self) {
        let _already_deleted = fs::remove_dir_all(&self.folder);
    }
}

/// Runs a command. Returns whether it succeeded, and its output.
fn output(mut command: Command) -> (bool, String) {
    let output = command.output().expect("the program starts");
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (output.status.success(), text)
}

async fn environment() {
    let clone = Clone::new();
    let mut command = clone.command(&["edge/tools/environment.sh", "env"]);
    command.env("RUSTFLAGS", "-C debuginfo=0 --cfg 'a b'").env("CARGO_BUILD_JOBS", "2");
    let (_, seen) = output(command);
    for line in ["RUSTFLAGS=-C debuginfo=0 --cfg 'a b'", "CARGO_BUILD_JOBS=2", "MAKEFLAGS="] {
        assert!(seen.lines().any(|seen| seen.trim_end() == line), "{line} is missing in:\n{seen}");
    }
    assert!(seen.contains("PATH=") && !seen.contains("secret"), "{seen}");
    // Every script that installs or builds begins with this environment.
    for script in [
        "edge/tools/setup.sh",
        "edge/tools/build.sh",
        "edge/tools/audit.sh",
        "edge/tools/release.sh",
        "tests/bench/build.sh",
        "tests/ecosystem/setup.sh",
        "tests/runtimes/build.sh",
    ] {
        let text = fs::read_to_string(root().join(script)).expect("the script exists");
        let mut lines = text.lines().filter(|line| !line.starts_with('#') && *line != "set -eu");
        assert!(lines.next().is_some_and(|line| line.ends_with("environment.sh\"")), "{script}");
    }
    let makefile = fs::read_to_string(root().join("Makefile")).expect("the Makefile exists");
    let compilers = ["cargo clippy", "cargo bench", "--no-run"];
    for line in makefile.lines().filter(|line| compilers.iter().any(|words| line.contains(words))) {
        assert!(line.contains("$(RUN) cargo"), "{line}");
    }
}

async fn locked() {
    let tool = "for last; do :; done; case $* in *--root*) ;; *) exit 0 ;; esac";
    let clone = Clone::new()
        .program("rustup", "")
        .program("rustc", "echo /nowhere")
        .program("node", "")
        .program("npm", "mkdir -p node_modules && touch node_modules/.package-lock.json")
        .program("cargo", tool);
    let (succeeds, said) = output(clone.command(&["edge/tools/setup.sh", "--for-test"]));
    let calls = clone.calls();
    assert!(succeeds, "{said}");
    assert!(!calls.contains("secret"), "{calls}");
    let lines = |program: &str| -> Vec<&str> {
        calls.lines().filter(|line| line.starts_with(program)).collect()
    };
    assert!(lines("npm ").iter().all(|line| line.starts_with("npm ci --ignore-scripts ")));
    assert_eq!((lines("npm ").len(), lines("cargo install").len()), (1, 3), "{calls}");
    assert!(lines("cargo install").iter().all(|line| line.contains(" --locked ")), "{calls}");

    let clone = Clone::new()
        .program("rustup", "")
        .program("rustc", "echo /nowhere")
        .program("node", "")
        .program("npm", "mkdir -p node_modules && touch node_modules/.package-lock.json")
        .program("cargo", "exit 101");
    let (succeeds, said) = output(clone.command(&["edge/tools/setup.sh"]));
    assert!(!succeeds, "{said}");
    assert_eq!(clone.calls().matches("cargo install").count(), 1, "there is no second attempt");
}

/// Serves recorded responses of the npm registry: one advisory against this package. Returns its
/// URL.
fn registry(package: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}/", listener.local_addr().expect("it has an address"));
    let advisory = json!({ package: [{
        "id": 1, "url": "https://example.com/advisory", "title": "A recorded advisory",
        "severity": "low", "vulnerable_versions": "<1000.0.0", "cwe": [],
        "cvss": { "score": 0, "vectorString": null },
    }] });
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut reader = BufReader::new(stream);
            let (mut target, mut length) = (String::new(), 0);
            let _closed = reader.read_line(&mut target);
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
                    break;
                }
                if let Some((name, value)) = line.split_once(':')
                    && name.eq_ignore_ascii_case("content-length")
                {
                    length = value.trim().parse().unwrap_or(0);
                }
            }
            let _body = reader.by_ref().take(length).read_to_end(&mut Vec::new());
            let is_bulk = target.contains("advisories/bulk");
            let body = if is_bulk { advisory.to_string() } else { "{}".to_owned() };
            let status = if is_bulk { "200 OK" } else { "404 Not Found" };
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
                 Connection: close\r\n\r\n",
                body.len()
            );
            let _closed = reader.get_mut().write_all([head, body].concat().as_bytes());
        }
    });
    url
}

/// A recorded advisory database with one advisory against this crate.
fn database(clone: &Clone, package: &str) {
    let database = clone.folder.join("cargo/advisory-dbs/advisory-db-3157b0e258782691");
    let folder = database.join("crates").join(package);
    fs::create_dir_all(&folder).expect("the folder can be created");
    let advisory = format!(
        "```toml\n[advisory]\nid = \"RUSTSEC-2026-0001\"\npackage = \"{package}\"\n\
         date = \"2026-11-01\"\nurl = \"https://example.com/advisory\"\n\n[versions]\n\
         patched = [\">= 1000.0.0\"]\n```\n\n# A recorded advisory\n\nNothing is known.\n"
    );
    fs::write(folder.join("RUSTSEC-2026-0001.md"), advisory).expect("it can be written");
    let author = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
    for arguments in [&["init", "-q"][..], &["add", "."], &["commit", "-qm", "Record"]] {
        let mut git = Command::new("git");
        git.arg("-C").arg(&database).args(author).args(arguments);
        let (succeeds, said) = output(git);
        assert!(succeeds, "{said}");
    }
    fs::write(database.join(".git/FETCH_HEAD"), "").expect("it can be written");
}

/// Runs the audit of this repository with a recorded registry and, if there is one, a recorded
/// database.
fn audit(clone: &Clone, registry: &str, required: bool) -> (bool, String) {
    let home = std::env::var("HOME").unwrap_or_default();
    let own = std::env::var("CARGO_HOME").unwrap_or_else(|_| format!("{home}/.cargo"));
    let cargo = clone.folder.join("cargo");
    fs::create_dir_all(&cargo).expect("the folder can be created");
    if !cargo.join("registry").exists() {
        std::os::unix::fs::symlink(Path::new(&own).join("registry"), cargo.join("registry"))
            .expect("the registry can be linked");
    }
    let cache = std::env::var("XDG_CACHE_HOME").unwrap_or_else(|_| format!("{home}/.cache"));
    let rustup = std::env::var("RUSTUP_HOME").unwrap_or_else(|_| format!("{home}/.rustup"));
    let script = root().join("edge/tools/audit.sh").display().to_string();
    let mut command = clone.command(&[&script]);
    command.current_dir(root()).env("CARGO_HOME", cargo).env("XDG_CACHE_HOME", cache);
    command.env("RUSTUP_HOME", rustup).env("npm_config_registry", registry);
    // No recorded database can be updated.
    command.env("HTTPS_PROXY", "http://127.0.0.1:9").env("https_proxy", "http://127.0.0.1:9");
    command.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
    if required {
        command.env("AUDIT", "required");
    }
    output(command)
}

async fn advisories() {
    let tools = registry("wrangler");
    let clone = Clone::new();
    database(&clone, "a-crate-that-nothing-uses");
    let (succeeds, said) = audit(&clone, &tools, false);
    assert!(succeeds && said.contains("A recorded advisory"), "{said}");

    let (succeeds, said) = audit(&clone, &registry("xss"), false);
    assert!(!succeeds && said.contains("runs in the Worker"), "{said}");

    let clone = Clone::new();
    database(&clone, "hkdf");
    let (succeeds, said) = audit(&clone, &tools, false);
    assert!(!succeeds && said.contains("RUSTSEC-2026-0001"), "{said}");
}

async fn required() {
    let clone = Clone::new();
    let (succeeds, said) = audit(&clone, "http://127.0.0.1:9/", false);
    assert!(succeeds && said.matches("SKIPPED").count() == 3, "{said}");
    let (succeeds, said) = audit(&clone, "http://127.0.0.1:9/", true);
    assert!(!succeeds && said.contains("SKIPPED"), "{said}");
}
