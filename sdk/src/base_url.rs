//! Where the service is. Tokens and passwords go there, so what could send them elsewhere or in clear is refused.

use alloc::string::String;

use crate::{
    BuildError,
    text::{cut, pieces},
};

/// Hosts that plain http may go to: nothing sent there leaves the machine.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];
/// Longest application id, in characters.
const LONGEST_APPLICATION: usize = 64;

/// Scheme, host, port and path prefix, without a slash at the end.
#[derive(Clone, Debug)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// Reads a base URL. No error holds any of its text: a refused one may have a password in it.
    /// With an application, its paths are meant.
    pub fn parse(url: &str, application: Option<&str>) -> Result<Self, BuildError> {
        let base = read(url).map_err(BuildError::BaseUrl)?;
        match application {
            Some(id) if !is_application(id) => Err(BuildError::Application),
            Some(id) => Ok(Self([&base, "/apps/", id].concat())),
            None => Ok(Self(base)),
        }
    }

    /// The address of a path that begins with a slash.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        [&self.0, path].concat()
    }

    #[cfg(feature = "transport")]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the way there is TLS; otherwise it is the loopback interface.
    #[cfg(all(feature = "native", not(target_arch = "wasm32")))]
    pub(crate) fn is_encrypted(&self) -> bool {
        self.0.starts_with("https://")
    }
}

/// The URL as it is used, or what is wrong with it.
fn read(url: &str) -> Result<String, &'static str> {
    for byte in url.bytes() {
        match byte {
            b'#' => return Err("it has a fragment (`#…`): leave that out"),
            b'?' => return Err("it has a query (`?…`): leave that out"),
            b'@' => return Err("it holds a user name or password (`…@`): leave that out"),
            // Readers of URLs disagree about the others, and a disagreement about the host would be a leak.
            b'!'..=b'[' | b']'..=b'~' => {}
            _ => {
                return Err(
                    "it holds a blank, a backslash or a character outside ASCII (write such hosts in punycode)",
                );
            }
        }
    }
    let scheme = ["https://", "http://"]
        .into_iter()
        .find(|scheme| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    let scheme = scheme.ok_or("it does not begin with https://, as in https://host or https://host/path")?;
    let rest = url.get(scheme.len()..).unwrap_or_default();
    let (authority, path) = cut(rest, b'/').unwrap_or((rest, ""));
    // An address of IPv6 has colons of its own.
    let after_address = authority.bytes().position(|byte| byte == b']').unwrap_or_default();
    let (address, after) = authority.split_at_checked(after_address).unwrap_or_default();
    let (rest_of_host, port) = cut(after, b':').map_or((after, None), |(rest, port)| (rest, Some(port)));
    let host = authority.get(..address.len().saturating_add(rest_of_host.len())).unwrap_or_default();
    if !is_host(host) {
        return Err("it names no host, or none that can be one");
    }
    if !port.is_none_or(is_port) {
        return Err("its port is not a number from 1 to 65535");
    }
    if scheme == "http://" && !LOOPBACK.iter().any(|name| host.eq_ignore_ascii_case(name)) {
        return Err(
            "plain http is for localhost, 127.0.0.1 and [::1] only: passwords would travel in clear; use https",
        );
    }
    let mut path = path;
    while let Some(shorter) = path.strip_suffix('/') {
        path = shorter;
    }
    if !path.is_empty() && !pieces(path, |byte| byte == b'/').all(is_plain) {
        return Err("its path is not plain: no `%`, no empty parts, no `.` or `..`");
    }
    Ok([scheme, authority, if path.is_empty() { "" } else { "/" }, path].concat())
}

/// A name, an address of IPv4, or one of IPv6 in brackets.
fn is_host(host: &str) -> bool {
    let (text, fits): (_, fn(u8) -> bool) = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => (address, |byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.')),
        None => (host, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-'..=b'.' | b'_')),
    };
    !text.is_empty() && text.bytes().all(fits)
}

fn is_port(digits: &str) -> bool {
    digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse::<u16>().is_ok_and(|port| port != 0)
}

/// A part of a path that stands for itself (RFC 3986 section 3.3).
fn is_plain(part: &str) -> bool {
    let plain = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'!' | b'$' | b'&'..=b'.' | b':' | b';' | b'=' | b'_' | b'~')
    };
    !matches!(part, "" | "." | "..") && part.bytes().all(plain)
}

fn is_application(id: &str) -> bool {
    (1..=LONGEST_APPLICATION).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
