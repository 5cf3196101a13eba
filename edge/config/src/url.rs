//! URLs: https, or http on loopback.

use relatch_domain::values::origin::{normalize, origin_of};

pub(crate) fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Returns whether an origin is on loopback.
pub(crate) fn is_local(origin: &str) -> bool {
    origin.split_once("://").is_some_and(|(_, authority)| is_loopback(host_of(authority)))
}

/// Returns the host of an authority, without the brackets of an IPv6 address.
fn host_of(authority: &str) -> &str {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => authority.split(':').next(),
    };
    host.unwrap_or_default()
}

/// Returns the host and port of a URL that is https, or http on loopback.
pub(crate) fn safe_authority(url: &str) -> Result<&str, String> {
    let (rest, secure) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (rest, true),
        (None, Some(rest)) => (rest, false),
        (None, None) => return Err("must begin with `https://`".to_owned()),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_allowed =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']' | '_');
    if authority.is_empty() || !authority.chars().all(is_allowed) {
        return Err("must have a plain host name".to_owned());
    }
    if secure || is_loopback(host_of(authority)) {
        Ok(authority)
    } else {
        Err("must be https; http is allowed on loopback only".to_owned())
    }
}

pub(crate) fn public_url(url: &str) -> Result<String, String> {
    safe_authority(url)?;
    if url.contains(['?', '#']) || url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("must not have a query, a fragment or blanks".to_owned());
    }
    let url = url.trim_end_matches('/');
    if origin_of(url) == Some(url) {
        Ok(url.to_owned())
    } else {
        Err("must be an origin without a path, such as `https://accounts.example.com`".to_owned())
    }
}

/// Parses the URL of the sign-in page.
pub(crate) fn login_url(url: &str) -> Result<String, String> {
    safe_authority(url)?;
    if url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("must not have blanks".to_owned());
    }
    Ok(url.to_owned())
}

pub(crate) fn link_url(url: &str) -> Result<String, String> {
    let authority = safe_authority(url)?;
    if url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("must not have blanks".to_owned());
    }
    if url.matches("{token}").count() != 1 || authority.contains("{token}") {
        return Err("must have `{token}` exactly once, after the host".to_owned());
    }
    Ok(url.to_owned())
}

pub(crate) fn origins(text: &str) -> Result<Vec<String>, String> {
    text.split(',')
        .map(str::trim)
        .filter(|origin| !origin.is_empty())
        .map(|origin| {
            safe_authority(origin)?;
            if origin_of(origin) == Some(origin) {
                Ok(normalize(origin))
            } else {
                Err("must be a list of origins: scheme, host and port without a path".to_owned())
            }
        })
        .collect()
}
