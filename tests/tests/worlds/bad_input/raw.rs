//! Requests that no HTTP client lets through: written to the socket as they stand.

use std::time::Duration;

use relatch_tests::world::{Answer, World, caller};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Longer than a server waits for more of a request that it has already refused.
const PATIENCE: Duration = Duration::from_secs(20);

/// A request as it goes over the wire. The length of the body is announced unless a header of the caller's says so.
pub struct Raw<'a> {
    pub method: &'a str,
    pub target: &'a str,
    /// Every header but the length, `Host` among them where there is to be one.
    pub headers: Vec<(&'a str, &'a str)>,
    pub body: Vec<u8>,
}

impl<'a> Raw<'a> {
    /// A JSON call to this target, addressed to this machine.
    pub fn post(target: &'a str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("Host", "localhost"), ("Content-Type", "application/json")];
        Self { method: "POST", target, headers, body: body.into() }
    }

    /// With one more header, or another value of one.
    pub fn header(mut self, name: &'a str, value: &'a str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name, value));
        self
    }

    /// Without a header.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    /// Sends it. Nothing if the connection was closed without an answer.
    pub async fn send(self, world: &World) -> Option<Answer> {
        match world {
            World::InProcess(_) => {
                let mut request = http::Request::builder().method(self.method).uri(self.target);
                for (name, value) in &self.headers {
                    request = request.header(*name, *value);
                }
                let request = request.header("cf-connecting-ip", caller()).body(self.body).expect("this is a request");
                Some(world.send(request).await)
            }
            World::Workerd(workerd) => {
                let answer = tokio::time::timeout(PATIENCE, self.exchange(workerd.port)).await;
                answer.expect("an answer comes, or the connection ends").as_deref().and_then(read)
            }
        }
    }

    async fn exchange(self, port: u16) -> Option<Vec<u8>> {
        let mut lines = vec![format!("{} {} HTTP/1.1", self.method, self.target)];
        lines.extend(self.headers.iter().map(|(name, value)| format!("{name}: {value}")));
        let says = |name: &str| self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        if !says("content-length") && !says("transfer-encoding") {
            lines.push(format!("Content-Length: {}", self.body.len()));
        }
        lines.push(format!("CF-Connecting-IP: {}", caller()));
        lines.push("Connection: close\r\n\r\n".to_owned());
        let head = lines.join("\r\n");
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
        stream.write_all(head.as_bytes()).await.ok()?;
        // A server that has refused need not read on.
        let _refused_early = stream.write_all(&self.body).await;
        let mut answer = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => return Some(answer),
                Ok(read) => answer.extend_from_slice(&buffer[..read]),
            }
            // The far side may leave the connection open though it was asked not to.
            if is_whole(&answer) {
                return Some(answer);
            }
        }
    }
}

/// A body in chunks of this size, for a request that does not say how long it is.
pub fn chunked(body: &[u8], size: usize) -> Vec<u8> {
    let mut chunks = Vec::new();
    for chunk in body.chunks(size) {
        chunks.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        chunks.extend_from_slice(chunk);
        chunks.extend_from_slice(b"\r\n");
    }
    chunks.extend_from_slice(b"0\r\n\r\n");
    chunks
}

fn split(answer: &[u8]) -> Option<(String, &[u8])> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some((String::from_utf8_lossy(&answer[..end]).into_owned(), &answer[end + 4..]))
}

fn headers_of(head: &str) -> Vec<(String, String)> {
    let pair = |line: &str| line.split_once(':').map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()));
    head.lines().skip(1).filter_map(pair).collect()
}

fn is_whole(answer: &[u8]) -> bool {
    let Some((head, body)) = split(answer) else { return false };
    headers_of(&head).iter().any(|(name, value)| match name.as_str() {
        "content-length" => value.parse().is_ok_and(|length: usize| body.len() >= length),
        "transfer-encoding" => body.ends_with(b"0\r\n\r\n"),
        _ => false,
    })
}

fn read(answer: &[u8]) -> Option<Answer> {
    let (head, body) = split(answer)?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let mut headers = headers_of(&head);
    let in_chunks = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = if in_chunks { joined(body)? } else { body.to_vec() };
    headers.sort();
    Some(Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
}

fn joined(mut chunks: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = chunks.windows(2).position(|two| two == b"\r\n")?;
        let length = usize::from_str_radix(str::from_utf8(&chunks[..end]).ok()?, 16).ok()?;
        if length == 0 {
            return Some(body);
        }
        body.extend_from_slice(chunks.get(end + 2..end + 2 + length)?);
        chunks = chunks.get(end + 4 + length..)?;
    }
}
