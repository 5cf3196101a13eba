//! reqwest over real sockets on the loopback interface.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use relatch::{
    Client, Code, Error, MAX_RESPONSE_BYTES, ProtocolError, ProtocolErrorKind, RetryPolicy, http,
    reqwest,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::support::{IDENTIFIER, confirm, printed, token};

const CHANGED: &str = r#"{"message":"changed"}"#;

/// Starts a server on a free port that serves every connection in the same way, and counts them.
async fn server<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> (String, Arc<AtomicUsize>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(serve(stream));
        }
    });
    (address, connections)
}

/// Starts a server that reads each request, sends this text, and closes the connection.
async fn answering(answer: String) -> (String, Arc<AtomicUsize>) {
    server(move |mut stream| {
        let answer = answer.clone();
        async move {
            read_request(&mut stream).await;
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    })
    .await
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).await.unwrap_or_default();
        text.push_str(&String::from_utf8_lossy(&buffer[..read]));
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            if read == 0 {
                return text;
            }
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if read == 0 || body.len() >= length.unwrap_or(0) {
            return text;
        }
    }
}

fn http(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn client_without_retries(address: &str) -> Client {
    Client::builder(address).retry(RetryPolicy::none()).build().unwrap()
}

#[test]
fn calls_over_reqwest_are_send() {
    fn assert_send<T: Send>(_: T) {}
    let client = Client::new("http://localhost:8787").unwrap();
    let token = token();
    let password = "correct horse battery staple".into();
    assert_send(client.request(IDENTIFIER));
    assert_send(client.check(&token));
    assert_send(client.confirm(&token, &password));
    assert_send(client.rules());
}

#[tokio::test]
async fn a_call_succeeds_and_can_be_spawned() {
    let (address, _) = answering(http("200 OK", "", CHANGED)).await;
    let client = Client::new(&address).unwrap();
    let shared = client.clone();
    let call = tokio::spawn(async move { confirm(&shared).await });
    assert_eq!(call.await.unwrap().unwrap(), "changed");
    assert_eq!(confirm(&client).await.unwrap(), "changed");
}

#[tokio::test]
async fn a_problem_is_read_with_its_status_and_headers() {
    let answer = http("410 Gone", "Retry-After: 5\r\n", r#"{"code":"link_used","status":410}"#);
    let (address, _) = answering(answer).await;
    let Error::Refused(refusal) = confirm(&client_without_retries(&address)).await.unwrap_err()
    else {
        panic!("not refused")
    };
    assert_eq!((refusal.code, refusal.status), (Code::LinkUsed.into(), 410));
    assert_eq!(refusal.retry_after, Some(Duration::from_secs(5)));
}

#[tokio::test]
async fn a_redirect_is_not_followed_even_if_the_reqwest_builder_allows_it() {
    let (elsewhere, followed) = answering(http("200 OK", "", CHANGED)).await;
    for status in [
        "301 Moved",
        "302 Found",
        "303 See Other",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let (address, _) =
            answering(http(status, &format!("Location: {elsewhere}/\r\n"), "")).await;
        let following = reqwest::Client::builder().redirect(reqwest::redirect::Policy::limited(10));
        for client in [
            Client::new(&address).unwrap(),
            Client::builder(&address).reqwest(following).build().unwrap(),
        ] {
            let error = confirm(&client).await.unwrap_err();
            assert!(
                matches!(
                    error,
                    Error::Protocol(ProtocolError { kind: ProtocolErrorKind::Redirect, .. })
                ),
                "{error:?}"
            );
        }
    }
    assert_eq!(followed.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_server_that_never_responds_ends_at_the_time_out() {
    let (address, connections) = server(|stream| async move {
        tokio::time::sleep(Duration::from_mins(1)).await;
        drop(stream);
    })
    .await;
    let client = Client::builder(&address).timeout(Duration::from_millis(200)).build().unwrap();
    let start = tokio::time::Instant::now();
    let Error::Transport(error) = confirm(&client).await.unwrap_err() else {
        panic!("no transport error")
    };
    assert!(error.is_timeout());
    let took = start.elapsed();
    assert!((Duration::from_millis(200)..Duration::from_secs(5)).contains(&took), "{took:?}");
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_server_that_responds_byte_by_byte_ends_at_the_time_out() {
    let (address, _) = server(|mut stream| async move {
        read_request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n").await;
        while stream.write_all(b" ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let client = Client::builder(&address).timeout(Duration::from_millis(300)).build().unwrap();
    let Error::Transport(error) = confirm(&client).await.unwrap_err() else {
        panic!("no transport error")
    };
    assert!(error.is_timeout());
}

#[tokio::test]
async fn an_endless_response_is_read_up_to_64_kib() {
    let (address, _) = server(|mut stream| async move {
        read_request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").await;
        let piece = vec![b' '; MAX_RESPONSE_BYTES / 4];
        while stream.write_all(&piece).await.is_ok() {}
    })
    .await;
    let error = confirm(&client_without_retries(&address)).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Protocol(ProtocolError { status: 200, kind: ProtocolErrorKind::TooLarge, .. })
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_refused_connection_is_a_transport_error_and_retried() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let retry = RetryPolicy::default().initial_backoff(Duration::from_millis(400));
    let client = Client::builder(format!("http://{address}")).retry(retry).build().unwrap();
    let call = tokio::spawn(async move { confirm(&client).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!call.is_finished());
    // The service starts while the client waits.
    let listener = TcpListener::bind(address).await.unwrap();
    let (mut stream, _) = listener.accept().await.unwrap();
    read_request(&mut stream).await;
    stream.write_all(http("200 OK", "", CHANGED).as_bytes()).await.unwrap();
    assert_eq!(call.await.unwrap().unwrap(), "changed");

    drop(listener);
    let error = confirm(&client_without_retries(&format!("http://{address}"))).await.unwrap_err();
    let Error::Transport(failure) = &error else { panic!("{error:?}") };
    assert!(!failure.is_timeout());
    assert!(!printed(&error).contains(token().expose()));
}

#[tokio::test]
async fn a_truncated_response_is_a_transport_error() {
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"message\":".to_owned();
    for answer in [String::new(), "HTTP/1.1 200".to_owned(), cut] {
        let (address, _) = answering(answer.clone()).await;
        let error = confirm(&client_without_retries(&address)).await.unwrap_err();
        assert!(matches!(error, Error::Transport(_)), "{answer}: {error:?}");
    }
}

#[tokio::test]
async fn no_proxy_is_used_for_the_loopback_interface() {
    let (proxy, connections) = answering(http("502 Bad Gateway", "", "")).await;
    let (address, _) = answering(http("200 OK", "", CHANGED)).await;
    let proxied = reqwest::Client::builder().proxy(reqwest::Proxy::all(proxy).unwrap());
    let client = Client::builder(&address).reqwest(proxied).build().unwrap();
    assert_eq!(confirm(&client).await.unwrap(), "changed");
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn the_configured_reqwest_builder_is_used() {
    let (address, _) = server(|mut stream| async move {
        let request = read_request(&mut stream).await;
        let answer = if request.contains("x-own: yes") { "200 OK" } else { "400 Bad Request" };
        let _ = stream.write_all(http(answer, "", CHANGED).as_bytes()).await;
    })
    .await;
    let headers = [(http::HeaderName::from_static("x-own"), http::HeaderValue::from_static("yes"))];
    let own = reqwest::Client::builder().default_headers(headers.into_iter().collect());
    confirm(&Client::builder(&address).reqwest(own).build().unwrap()).await.unwrap();
}
