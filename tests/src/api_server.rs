//! An HTTP server on loopback that records requests, and whose answers a test chooses.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

/// A request that an [`ApiServer`] has received as a whole.
#[derive(Clone, Debug)]
pub struct ApiCall {
    /// The path with its query.
    pub path: String,
    /// The headers by their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
    /// When it arrived.
    pub at: Instant,
}

/// The answer of an [`ApiServer`].
#[derive(Clone, Debug)]
pub enum ApiAnswer {
    /// A status, headers (one per line) and a body.
    Answer(u16, &'static str, &'static str),
    /// The connection is closed without an answer.
    Close,
    /// Nothing is sent for this time.
    Hang(Duration),
}

/// An HTTP server.
pub struct ApiServer {
    port: u16,
    calls: Arc<Mutex<Vec<ApiCall>>>,
}

impl ApiServer {
    /// Starts a server on a free port. `answer` returns the answer to a request.
    pub async fn start(answer: impl Fn(&ApiCall) -> ApiAnswer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
        let port = listener.local_addr().expect("the listener has an address").port();
        let calls = Arc::new(Mutex::new(Vec::new()));
        let (answer, shared) = (Arc::new(answer), Arc::clone(&calls));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, shared) = (Arc::clone(&answer), Arc::clone(&shared));
                tokio::spawn(async move {
                    let _client_left = serve(stream, &*answer, &shared).await;
                });
            }
        });
        Self { port, calls }
    }

    /// Returns the origin of the server.
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Returns the requests so far, in order.
    pub fn calls(&self) -> Vec<ApiCall> {
        self.calls.lock().expect("the lock is not poisoned").clone()
    }
}

/// Serves one request. The connection is then closed.
async fn serve(
    stream: TcpStream,
    answer: &(dyn Fn(&ApiCall) -> ApiAnswer + Send + Sync),
    calls: &Mutex<Vec<ApiCall>>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        if line.trim_end().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let path = lines.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
    let headers: BTreeMap<String, String> = lines
        .iter()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let body = String::from_utf8_lossy(&body).into_owned();
    let call = ApiCall { path, headers, body, at: Instant::now() };
    let answer = answer(&call);
    calls.lock().expect("the lock is not poisoned").push(call);
    match answer {
        ApiAnswer::Answer(status, headers, body) => {
            let length = body.len();
            let head = format!("HTTP/1.1 {status} x\r\nconnection: close\r\n{headers}");
            let text = format!("{head}content-length: {length}\r\n\r\n{body}");
            stream.write_all(text.as_bytes()).await?;
            stream.shutdown().await
        }
        ApiAnswer::Close => Ok(()),
        ApiAnswer::Hang(time) => {
            tokio::time::sleep(time).await;
            Ok(())
        }
    }
}
