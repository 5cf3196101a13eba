//! Where the service is. Tokens and passwords go there, so what could send them elsewhere or in clear is refused.

use http::Uri;

use crate::BuildError;

/// Hosts that plain http may go to: nothing sent there leaves the machine.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];
/// Longest application id, in characters.
const LONGEST_APPLICATION: usize = 64;

/// Scheme, host, port and path prefix, without a slash at the end.
#[derive(Clone, Debug)]
pub(crate) struct BaseUrl(String);

impl BaseUrl {
    /// Reads a base URL. No error holds any of its text: a refused one may have a password in it.
    pub(crate) fn parse(url: &str) -> Result<Self, BuildError> {
        let refused = BuildError::BaseUrl;
        // Readers of URLs disagree about these characters, and a disagreement about the host would be a leak.
        if url.bytes().any(|byte| !byte.is_ascii_graphic() || byte == b'\\') {
            return Err(refused(
                "it holds a blank, a backslash or a character outside ASCII (write such hosts in punycode)",
            ));
        }
        if url.contains('#') {
            return Err(refused("it has a fragment (`#…`): leave that out"));
        }
        if url.contains('?') {
            return Err(refused("it has a query (`?…`): leave that out"));
        }
        let uri: Uri =
            url.parse().map_err(|_| refused("it is not a URL: write it as https://host or https://host/path"))?;
        let encrypted = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(refused("it does not begin with https://")),
        };
        let (Some(host), Some(authority)) = (uri.host(), uri.authority()) else {
            return Err(refused("it names no host"));
        };
        if authority.as_str().contains('@') {
            return Err(refused("it holds a user name or password (`…@`): leave that out"));
        }
        if host.is_empty() {
            return Err(refused("it names no host"));
        }
        let after_host = authority.as_str().get(host.len()..).unwrap_or_default();
        if !(after_host.is_empty() || authority.port_u16().is_some_and(|port| port != 0)) {
            return Err(refused("its port is not a number from 1 to 65535"));
        }
        if !encrypted && !LOOPBACK.iter().any(|name| host.eq_ignore_ascii_case(name)) {
            return Err(refused(
                "plain http is for localhost, 127.0.0.1 and [::1] only: passwords would travel in clear; use https",
            ));
        }
        let path = uri.path().trim_end_matches('/');
        if path.contains('%') || path.split('/').skip(1).any(|part| matches!(part, "" | "." | "..")) {
            return Err(refused("its path is not plain: no `%`, no empty parts, no `.` or `..`"));
        }
        let scheme = if encrypted { "https" } else { "http" };
        Ok(Self(format!("{scheme}://{authority}{path}")))
    }

    /// The same service's paths for one of its applications.
    pub(crate) fn application(self, id: &str) -> Result<Self, BuildError> {
        let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if id.is_empty() || id.len() > LONGEST_APPLICATION || !plain {
            return Err(BuildError::Application);
        }
        Ok(Self(format!("{}/apps/{id}", self.0)))
    }

    /// The address of a path that begins with a slash.
    pub(crate) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the way there is TLS; otherwise it is the loopback interface.
    #[cfg(all(feature = "native", not(target_arch = "wasm32")))]
    pub(crate) fn is_encrypted(&self) -> bool {
        self.0.starts_with("https://")
    }
}
