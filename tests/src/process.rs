//! A program that a test starts, with everything that it starts in turn: one process group, ended as one.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::Duration;

/// How long a program may take until it is ready. The first one may find the machine busy with the others.
const PATIENCE: Duration = Duration::from_secs(120);

/// The top of the project.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the project").to_owned()
}

/// A program of the project's pinned tools.
pub fn tool(name: &str) -> PathBuf {
    root().join("node_modules/.bin").join(name)
}

/// A port that is free, and that nobody else takes meanwhile: no two trials are given the same one, and it lies below
/// those that the system gives to outgoing connections, so a server finds it free again after a restart.
pub fn free_port() -> u16 {
    const PORTS: std::ops::Range<u32> = 12_000..32_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let begin = std::process::id().wrapping_mul(97);
    for _ in PORTS {
        let place = begin.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % (PORTS.end - PORTS.start);
        let port = u16::try_from(PORTS.start + place).expect("every one of them is a port");
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    stop("no port of loopback is free")
}

/// A running program. It ends, with all that it started, when this is dropped.
pub struct Process {
    child: Child,
}

impl Process {
    /// Starts a program and waits for a line of its output that begins with `ready`. Its errors go to `log`.
    pub fn start(command: &mut Command, ready: &str, log: &Path) -> Self {
        let errors = std::fs::File::options().create(true).append(true).open(log).expect("the log can be written");
        let mut child = command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .unwrap_or_else(|error| stop(&format!("{command:?} does not start: {error}")));
        let output = child.stdout.take().expect("its output is piped");
        let (send, lines) = mpsc::channel();
        // Reads on for as long as the program writes, so that it never waits for a reader.
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let _nobody_waits_any_more = send.send(line);
            }
        });
        let process = Self { child };
        loop {
            match lines.recv_timeout(PATIENCE) {
                Ok(line) if line.starts_with(ready) => return process,
                Ok(_) => {}
                Err(_) => {
                    let said = std::fs::read_to_string(log).unwrap_or_default();
                    let tail: Vec<&str> = said.lines().rev().take(40).collect();
                    let tail: Vec<&str> = tail.into_iter().rev().collect();
                    stop(&format!("{command:?} did not become ready; it said:\n{}", tail.join("\n")));
                }
            }
        }
    }

    /// Ends it and all that it started, at once and without warning, as a power cut would.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // The group is this program's own: nothing else is in it.
        let group = format!("-{}", self.child.id());
        let _gone_already = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _reaped = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

#[expect(clippy::panic, reason = "a test without its server cannot go on")]
fn stop(why: &str) -> ! {
    panic!("{why}");
}
