//! The text of requests and responses between `edge/call.mjs` and Rust.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri};
use relatch_http::HEADERS_READ;

/// The header with the client's address, which the host sets.
pub const CLIENT_ADDRESS: HeaderName = HeaderName::from_static("cf-connecting-ip");

/// Parses a request. `head` consists of lines: the method, the URL, and `name,value` for each
/// header. Only the headers that are read are kept.
#[must_use]
pub fn parse_request(head: &str, body: Vec<u8>) -> Request<Vec<u8>> {
    let mut lines = head.split('\n');
    let (method, url) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let mut request = Request::new(body);
    // The host accepts only methods that are tokens, and normalizes the URL.
    *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap_or_default();
    *request.uri_mut() = parse_url(url);
    *request.headers_mut() = parse_headers(lines);
    request
}

/// Parses a URL without its fragment. An invalid URL becomes `*`, which matches no route.
fn parse_url(url: &str) -> Uri {
    let without_fragment = url.split('#').next().unwrap_or_default();
    without_fragment.parse().unwrap_or_else(|_| Uri::from_static("*"))
}

fn parse_headers<'a>(lines: impl Iterator<Item = &'a str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(',')) {
        let Some(name) =
            HEADERS_READ.into_iter().chain([CLIENT_ADDRESS]).find(|known| known.as_str() == name)
        else {
            continue;
        };
        // A header with an invalid value is kept: dropping an Origin would disable its check.
        let value = HeaderValue::from_bytes(value.as_bytes())
            .unwrap_or_else(|_| HeaderValue::from_static("invalid"));
        headers.insert(name, value);
    }
    headers
}

/// Writes a response: a line with the status, a line with the headers as JSON, then the body.
#[must_use]
pub fn write_response(response: &Response<Vec<u8>>) -> String {
    let headers: Vec<(&str, Cow<'_, str>)> = response
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes())))
        .collect();
    // Strings can always be written, and JSON escapes line ends.
    let headers = serde_json::to_string(&headers).unwrap_or_default();
    format!(
        "{}\n{headers}\n{}",
        response.status().as_u16(),
        String::from_utf8_lossy(response.body())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_parsed_from_its_lines() {
        let head = "POST\nhttps://example.com/a%20b?c=%C3%A4#token\ncontent-type,application/json\n\
                    x-other,1\norigin,https://app.example.com\ncf-connecting-ip,192.0.2.1";
        let request = parse_request(head, b"{}".to_vec());
        assert_eq!(request.method(), Method::POST);
        assert_eq!((request.uri().path(), request.uri().query()), ("/a%20b", Some("c=%C3%A4")));
        let mut headers: Vec<(&str, &str)> = request
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
            .collect();
        headers.sort_unstable();
        let expected = [
            ("cf-connecting-ip", "192.0.2.1"),
            ("content-type", "application/json"),
            ("origin", "https://app.example.com"),
        ];
        assert_eq!(headers, expected);
        assert_eq!(request.body(), b"{}");
    }

    #[test]
    fn an_invalid_url_matches_no_route() {
        for url in ["", "#token", "https://", "not a url"] {
            assert_eq!(parse_request(&format!("GET\n{url}"), Vec::new()).uri(), "*", "{url}");
        }
    }

    #[test]
    fn a_header_with_an_invalid_value_is_kept() {
        let request = parse_request("GET\nhttps://example.com/\norigin,\u{7f}", Vec::new());
        assert_eq!(request.headers()["origin"], "invalid");
    }

    #[test]
    fn a_response_is_written_as_lines() {
        let mut response = Response::new(b"a body\nof two lines".to_vec());
        *response.status_mut() = http::StatusCode::GONE;
        response
            .headers_mut()
            .insert("content-type", HeaderValue::from_static("text/plain; a=\"b\""));
        assert_eq!(
            write_response(&response),
            "410\n[[\"content-type\",\"text/plain; a=\\\"b\\\"\"]]\na body\nof two lines"
        );
    }
}
