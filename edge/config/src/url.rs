//! Addresses of the web as configuration holds them: https, or http on this very machine.

use relatch_domain::values::origin::{normalize, origin_of};

pub(crate) fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The host and port of an address, if it is https, or http on this very machine.
pub(crate) fn safe_authority(url: &str) -> Result<&str, String> {
    let (rest, secure) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (rest, true),
        (None, Some(rest)) => (rest, false),
        (None, None) => return Err("does not begin with https://".to_owned()),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']' | '_');
    if authority.is_empty() || !authority.chars().all(fits) {
        return Err("has no plain host name".to_owned());
    }
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    if secure || is_loopback(host) {
        Ok(authority)
    } else {
        Err("is not https: a reset link must not travel in clear text (only localhost may)".to_owned())
    }
}

pub(crate) fn public_url(url: &str) -> Result<String, String> {
    safe_authority(url)?;
    if url.contains(['?', '#']) || url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("holds a query, a fragment or a blank".to_owned());
    }
    let url = url.trim_end_matches('/');
    if origin_of(url) == Some(url) {
        Ok(url.to_owned())
    } else {
        Err("holds a path: the Worker answers at its own".to_owned())
    }
}

/// Where people sign in.
pub(crate) fn login_url(url: &str) -> Result<String, String> {
    safe_authority(url)?;
    if url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("holds a blank".to_owned());
    }
    Ok(url.to_owned())
}

pub(crate) fn link_url(url: &str) -> Result<String, String> {
    let authority = safe_authority(url)?;
    if url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("holds a blank".to_owned());
    }
    if url.matches("{token}").count() != 1 || authority.contains("{token}") {
        return Err("does not hold {token} exactly once, after the host".to_owned());
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
                Err("holds an origin with a path; an origin is scheme, host and port".to_owned())
            }
        })
        .collect()
}
