//! Programs that tests start. Each runs in its own process group and ends with that group.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::Duration;

/// The time within which a program must become ready: longer than that after which the programs
/// report themselves that they do not.
const START_TIMEOUT: Duration = Duration::from_secs(200);

/// Returns the root folder of the project.
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().expect("this crate is in a folder of the project").to_owned()
}

/// Returns the path of a program that npm has installed for the project.
pub fn tool(name: &str) -> PathBuf {
    root().join("node_modules/.bin").join(name)
}

/// Returns a free port on loopback that no other trial gets. It is below the range that the system
/// uses for outgoing connections, so that a server can bind it again after a restart.
pub fn free_port() -> u16 {
    const PORTS: std::ops::Range<u32> = 12_000..32_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let first = std::process::id().wrapping_mul(97);
    for _ in PORTS {
        let offset =
            first.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % (PORTS.end - PORTS.start);
        let port = u16::try_from(PORTS.start + offset).expect("the range holds ports only");
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    fail("no port of loopback is free")
}

/// A running program. Dropping it ends the program and every process that it started.
pub struct Process {
    child: Child,
}

impl Process {
    /// Starts a program and waits for a line of its output that begins with `ready`. Its standard
    /// error is appended to `log`.
    pub fn start(command: &mut Command, ready: &str, log: &Path) -> Self {
        let errors = std::fs::File::options()
            .create(true)
            .append(true)
            .open(log)
            .expect("the log is writable");
        let mut child = command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .unwrap_or_else(|error| fail(&format!("{command:?} does not start: {error}")));
        let output = child.stdout.take().expect("the output is piped");
        let (send, lines) = mpsc::channel();
        // Reads until the program ends: otherwise the program would block on a full pipe.
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let _no_receiver = send.send(line);
            }
        });
        let process = Self { child };
        loop {
            match lines.recv_timeout(START_TIMEOUT) {
                Ok(line) if line.starts_with(ready) => return process,
                Ok(_) => {}
                Err(_) => {
                    let log = std::fs::read_to_string(log).unwrap_or_default();
                    let tail: Vec<&str> = log.lines().rev().take(40).collect();
                    let tail: Vec<&str> = tail.into_iter().rev().collect();
                    let tail = tail.join("\n");
                    fail(&format!("{command:?} did not become ready. End of its log:\n{tail}"));
                }
            }
        }
    }

    /// Kills the program and every process that it started, without warning, as a power cut does.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // The group holds this program and its descendants only.
        let group = format!("-{}", self.child.id());
        let _already_ended =
            Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _reaped = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

#[expect(clippy::panic, reason = "a test cannot continue without its server")]
fn fail(message: &str) -> ! {
    panic!("{message}");
}
