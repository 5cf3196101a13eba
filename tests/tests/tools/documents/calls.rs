//! The calls in the documents, sent to the service.

use std::collections::BTreeMap;

use relatch_tests::in_process::{InProcess, SERVER_KEY};

use super::{commands, documents};

/// The URL of `make dev`.
const BASE: &str = "http://localhost:8787";

/// Sends every call of the documents to the service. `TOKEN` is not a valid token, so the service
/// may reject a call for it, but not for its path, method, content type or body.
pub async fn are_accepted() {
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (path, text) in documents() {
        for request in mentioned(&text).chain(shown(&text)) {
            count += 1;
            let service = InProcess::new(&[("PUBLIC_URL", BASE)]);
            let response = service.send(request.clone()).await;
            let status = response.status().as_u16();
            let body = String::from_utf8_lossy(response.body());
            let is_complete = !request.body().is_empty();
            if matches!(status, 404 | 405) || (is_complete && body.contains("request_invalid")) {
                wrong.push(format!(
                    "{path}: {} {} returned {status}: {body}",
                    request.method(),
                    request.uri()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 40, "only {count} calls were found");
}

/// Returns the calls in the text, such as `POST /password/change`.
fn mentioned(document: &str) -> impl Iterator<Item = http::Request<Vec<u8>>> {
    commands(document).filter_map(|code| {
        let (method, path) = code.split_once(' ')?;
        let is_call = matches!(method, "GET" | "POST" | "PUT")
            && path.starts_with('/')
            && !path.contains(['…', '{', ' ']);
        is_call.then(|| {
            request(method, path).body(Vec::new()).expect("a method and a path are a request")
        })
    })
}

fn request(method: &str, path: &str) -> http::request::Builder {
    http::Request::builder().method(method).uri(path)
}

/// Returns the calls of curl in the code blocks.
fn shown(document: &str) -> impl Iterator<Item = http::Request<Vec<u8>>> {
    let mut variables = BTreeMap::from([("KEY".to_owned(), SERVER_KEY.to_owned())]);
    let mut requests = Vec::new();
    for words in shell_commands(document) {
        if let ([assignment], Some((name, value))) =
            (words.as_slice(), words.first().and_then(|word| word.split_once('=')))
        {
            if !assignment.contains('$') {
                variables.insert(name.to_owned(), value.to_owned());
            }
        } else if words.first().is_some_and(|word| word == "curl") {
            requests.extend(of_curl(&words, &variables));
        }
    }
    requests.into_iter()
}

/// Converts a call of curl to a request. Returns `None` if the call depends on an earlier response
/// or defines a mail, because HTML is checked by JavaScript in the Worker.
fn of_curl(
    words: &[String],
    variables: &BTreeMap<String, String>,
) -> Option<http::Request<Vec<u8>>> {
    let filled = |word: &String| {
        variables
            .iter()
            .fold(word.clone(), |word, (name, value)| word.replace(&format!("${name}"), value))
    };
    let mut words = words.iter().skip(1).map(filled);
    let (mut method, mut url, mut body, mut headers) =
        ("GET".to_owned(), String::new(), String::new(), Vec::new());
    while let Some(word) = words.next() {
        match word.as_str() {
            "-X" => method = words.next()?,
            "-d" => body = words.next()?,
            "-H" => headers.push(words.next()?),
            "-i" => {}
            _ => url = word,
        }
    }
    let path = url.strip_prefix(BASE).unwrap_or_else(|| panic!("curl calls {url:?}"));
    let builder = headers
        .iter()
        .filter_map(|header| header.split_once(": "))
        .fold(request(&method, path), |builder, (name, value)| builder.header(name, value));
    (!path.contains("DOC") && !body.contains("<a "))
        .then(|| builder.body(body.into_bytes()).expect("curl's call is a request"))
}

/// Returns the commands of the shell blocks, as words.
fn shell_commands(document: &str) -> impl Iterator<Item = Vec<String>> {
    let blocks =
        document.split("```sh\n").skip(1).filter_map(|rest| Some(rest.split_once("```")?.0));
    blocks.flat_map(words)
}

/// Splits a block into commands and each command into words, by a shell's rules for plain words and
/// both kinds of quotes.
fn words(block: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let mut word = String::new();
    let mut quote = None;
    let mut characters = block.chars().peekable();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('\''), c) => word.push(c),
            (_, '\\') => word.extend(characters.next().filter(|next| *next != '\n')),
            (None, '"' | '\'') => quote = Some(c),
            (None, '#') if word.is_empty() => {
                while characters.next_if(|next| *next != '\n').is_some() {}
            }
            (None, c) if c.is_whitespace() => {
                let command = commands.last_mut().expect("the list is never empty");
                if !word.is_empty() {
                    command.push(std::mem::take(&mut word));
                }
                if c == '\n' && !command.is_empty() {
                    commands.push(Vec::new());
                }
            }
            (_, c) => word.push(c),
        }
    }
    commands
}
