//! The base URL of the service.
//!
//! Tokens and passwords are sent to it, so a URL that could send them elsewhere or in clear text is
//! rejected.

use alloc::string::String;

use crate::{ApplicationId, BuildError};

/// Hosts that plain HTTP is allowed to: requests to them do not leave the machine.
const LOOPBACK_HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// A base URL: scheme, host, port, and path prefix, without a slash at the end.
#[derive(Clone, Debug)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// Parses a base URL. With an application id, the path prefix includes `/apps/{id}`.
    ///
    /// # Errors
    ///
    /// [`BuildError::BaseUrl`] or [`BuildError::ApplicationId`]. The error contains no part of the
    /// URL, because a rejected one may hold a password.
    pub fn parse(url: &str, application: Option<&str>) -> Result<Self, BuildError> {
        let base = normalize(url).map_err(BuildError::BaseUrl)?;
        let Some(id) = application else { return Ok(Self(base)) };
        let id = ApplicationId::parse(id).map_err(|_| BuildError::ApplicationId)?;
        Ok(Self([&base, "/apps/", id.as_str()].concat()))
    }

    /// Returns the URL of a path that starts with a slash.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        [&self.0, path].concat()
    }

    #[cfg(feature = "transport")]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Reports whether the scheme is HTTPS. Otherwise the host is a loopback one.
    #[cfg(all(feature = "native", not(target_arch = "wasm32")))]
    pub(crate) fn is_encrypted(&self) -> bool {
        self.0.starts_with("https://")
    }
}

/// Returns the URL with a lower-case scheme and no slash at the end, or the reason to reject it.
fn normalize(url: &str) -> Result<String, &'static str> {
    for byte in url.bytes() {
        match byte {
            b'#' => return Err("it has a fragment (`#…`); remove it"),
            b'?' => return Err("it has a query (`?…`); remove it"),
            b'@' => return Err("it contains a user name or password (`…@`); remove it"),
            // URL parsers disagree about all other characters, and a disagreement about the host
            // would send a token to the wrong server.
            b'!'..=b'[' | b']'..=b'~' => {}
            _ => {
                return Err(
                    "it contains a space, a backslash, or a non-ASCII character (write the host in punycode)",
                );
            }
        }
    }
    let scheme = ["https://", "http://"]
        .into_iter()
        .find(|scheme| {
            url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        })
        .ok_or("it must start with `https://`, as in `https://host` or `https://host/path`")?;
    let rest = url.get(scheme.len()..).unwrap_or_default();
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = split_port(authority);
    if !is_host(host) {
        return Err("it has no host, or an invalid one");
    }
    if !port.is_none_or(is_port) {
        return Err("its port must be a number from 1 to 65535");
    }
    if scheme == "http://" && !LOOPBACK_HOSTS.iter().any(|name| host.eq_ignore_ascii_case(name)) {
        return Err(
            "plain http is allowed only for `localhost`, `127.0.0.1`, and `[::1]`, because it sends passwords in clear text; use https",
        );
    }
    let path = path.trim_end_matches('/');
    if path.is_empty() {
        return Ok([scheme, authority].concat());
    }
    if !path.split('/').all(is_plain_segment) {
        return Err(
            "its path must not contain `%`, empty segments, `.`, `..`, or special characters",
        );
    }
    Ok([scheme, authority, "/", path].concat())
}

/// Splits an authority into host and port. An IPv6 address in brackets contains colons too.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    let address_end = authority.find(']').unwrap_or_default();
    match authority.rsplit_once(':') {
        Some((host, port)) if host.len() >= address_end => (host, Some(port)),
        _ => (authority, None),
    }
}

/// Reports whether the text is a name, an IPv4 address, or an IPv6 address in brackets.
fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        let is_allowed = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
        !address.is_empty() && address.bytes().all(is_allowed)
    } else {
        let is_allowed =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        !host.is_empty() && host.bytes().all(is_allowed)
    }
}

fn is_port(port: &str) -> bool {
    port.bytes().all(|byte| byte.is_ascii_digit())
        && port.parse::<u16>().is_ok_and(|port| port != 0)
}

/// Reports whether a path segment needs no decoding and no resolution (RFC 3986 section 3.3).
fn is_plain_segment(segment: &str) -> bool {
    let is_allowed = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'!' | b'$' | b'&'..=b'.' | b':' | b';' | b'=' | b'_' | b'~')
    };
    !matches!(segment, "" | "." | "..") && segment.bytes().all(is_allowed)
}
