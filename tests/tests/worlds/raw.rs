//! Requests that an HTTP client would reject or correct, written to the socket byte for byte.

use std::time::Duration;

use relatch_tests::response::Response;
use relatch_tests::world::{World, unique_address};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Longer than the server waits for the rest of a request that it has already rejected.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A request as bytes. It gets a `Content-Length` unless its headers have one or a
/// `Transfer-Encoding`.
pub struct RawRequest<'a> {
    pub method: &'a str,
    pub target: &'a str,
    /// All headers except the length, including `Host`.
    pub headers: Vec<(&'a str, &'a str)>,
    pub body: Vec<u8>,
}

impl<'a> RawRequest<'a> {
    /// Creates a POST with a JSON content type and the host `localhost`.
    pub fn post(target: &'a str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("Host", "localhost"), ("Content-Type", "application/json")];
        Self { method: "POST", target, headers, body: body.into() }
    }

    /// Adds a header, or replaces the one of this name.
    pub fn header(mut self, name: &'a str, value: &'a str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name, value));
        self
    }

    /// Removes a header.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    /// Sends the request. Returns `None` if the connection closes without a complete response.
    pub async fn send(self, world: &World) -> Option<Response> {
        match world {
            World::InProcess(_) => {
                let mut request = http::Request::builder().method(self.method).uri(self.target);
                for (name, value) in &self.headers {
                    request = request.header(*name, *value);
                }
                let request = request
                    .header("cf-connecting-ip", unique_address())
                    .body(self.body)
                    .expect("the request is valid");
                Some(world.send(request).await)
            }
            World::Workerd(workerd) => {
                let response = tokio::time::timeout(TIMEOUT, self.exchange(workerd.port)).await;
                response
                    .expect("the response or the end of the connection is in time")
                    .as_deref()
                    .and_then(parse)
            }
        }
    }

    async fn exchange(self, port: u16) -> Option<Vec<u8>> {
        let mut lines = vec![format!("{} {} HTTP/1.1", self.method, self.target)];
        lines.extend(self.headers.iter().map(|(name, value)| format!("{name}: {value}")));
        let has =
            |name: &str| self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        if !has("content-length") && !has("transfer-encoding") {
            lines.push(format!("Content-Length: {}", self.body.len()));
        }
        lines.push(format!("CF-Connecting-IP: {}", unique_address()));
        lines.push("Connection: close\r\n\r\n".to_owned());
        let head = lines.join("\r\n");
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
        stream.write_all(head.as_bytes()).await.ok()?;
        // A server that has already rejected the request may stop reading.
        let _rejected_early = stream.write_all(&self.body).await;
        let mut response = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => return Some(response),
                Ok(read) => response.extend_from_slice(&buffer[..read]),
            }
            // The server may keep the connection open in spite of `Connection: close`.
            if is_complete(&response) {
                return Some(response);
            }
        }
    }
}

/// Encodes a body in chunks of this size, for `Transfer-Encoding: chunked`.
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

fn split(response: &[u8]) -> Option<(String, &[u8])> {
    let end = response.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some((String::from_utf8_lossy(&response[..end]).into_owned(), &response[end + 4..]))
}

fn headers_of(head: &str) -> Vec<(String, String)> {
    let pair = |line: &str| {
        line.split_once(':').map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
    };
    head.lines().skip(1).filter_map(pair).collect()
}

fn is_complete(response: &[u8]) -> bool {
    let Some((head, body)) = split(response) else { return false };
    headers_of(&head).iter().any(|(name, value)| match name.as_str() {
        "content-length" => value.parse().is_ok_and(|length: usize| body.len() >= length),
        "transfer-encoding" => body.ends_with(b"0\r\n\r\n"),
        _ => false,
    })
}

fn parse(response: &[u8]) -> Option<Response> {
    let (head, body) = split(response)?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let mut headers = headers_of(&head);
    let is_chunked =
        headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = if is_chunked { dechunk(body)? } else { body.to_vec() };
    headers.sort();
    Some(Response { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
}

fn dechunk(mut chunks: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = chunks.windows(2).position(|window| window == b"\r\n")?;
        let length = usize::from_str_radix(str::from_utf8(&chunks[..end]).ok()?, 16).ok()?;
        if length == 0 {
            return Some(body);
        }
        body.extend_from_slice(chunks.get(end + 2..end + 2 + length)?);
        chunks = chunks.get(end + 4 + length..)?;
    }
}
