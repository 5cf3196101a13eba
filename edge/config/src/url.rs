//! URLs that people follow, and the origins of pages that may call.

use std::net::IpAddr;

use relatch_domain::values::client::parse_public_address;
use relatch_domain::values::origin::{host_and_port, is_loopback, normalize, origin_of};

/// Schemes whose pages have no origin, or that no page has.
const NO_ORIGINS: [&str; 10] = [
    "about",
    "blob",
    "data",
    "file",
    "filesystem",
    "ftp",
    "javascript",
    "view-source",
    "ws",
    "wss",
];

const PLAIN_HOST: &str =
    "must have a plain host, in ASCII (`xn--…` for other letters), and a port only as a number";

/// Returns the authority and the host of a URL, or why the URL is not https, or http on loopback.
/// In a public deployment, no URL may lead to loopback: a program of the visitor's machine would
/// receive what is meant for the application.
fn authority_and_host(url: &str, is_public: bool) -> Result<(&str, &str), String> {
    let (rest, is_secure) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (rest, true),
        (None, Some(rest)) => (rest, false),
        (None, None) => return Err("must begin with `https://`".to_owned()),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, _) = host_and_port(authority).ok_or(PLAIN_HOST)?;
    match (is_loopback(host), is_public, is_secure) {
        (true, true, _) => {
            Err("must not lead to loopback, because `PUBLIC_URL` is public: use the \
                                https URL that people reach"
                .to_owned())
        }
        (false, _, false) => Err("must be https; http is allowed on loopback only".to_owned()),
        _ => Ok((authority, host)),
    }
}

/// Checks a URL that people follow.
pub(crate) fn check(url: &str, is_public: bool) -> Result<(), String> {
    authority_and_host(url, is_public)?;
    if url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("must not have blanks".to_owned());
    }
    Ok(())
}

/// Returns whether a `PUBLIC_URL` makes a deployment public: it does not lead to loopback.
pub(crate) fn is_public(public_url: &str) -> bool {
    authority_and_host(public_url.trim(), false).map_or(true, |(_, host)| !is_loopback(host))
}

pub(crate) fn public_url(url: &str, is_public: bool) -> Result<String, String> {
    check(url, is_public)?;
    if url.contains(['?', '#']) {
        return Err("must not have a query or a fragment".to_owned());
    }
    let url = url.trim_end_matches('/');
    if origin_of(url) == Some(url) {
        Ok(url.to_owned())
    } else {
        Err("must be an origin without a path, such as `https://accounts.example.com`".to_owned())
    }
}

/// Parses the URL of the sign-in page.
pub(crate) fn login_url(url: &str, is_public: bool) -> Result<String, String> {
    check(url, is_public).map(|()| url.to_owned())
}

pub(crate) fn link_url(url: &str, is_public: bool) -> Result<String, String> {
    // The token in place of the host or port is not a plain host.
    check(url, is_public)?;
    if url.matches("{token}").count() != 1 {
        return Err("must have `{token}` exactly once, after the host".to_owned());
    }
    Ok(url.to_owned())
}

/// Checks the URL of an endpoint that gets webhooks.
pub(crate) fn endpoint_url(url: &str, is_public: bool) -> Result<String, String> {
    let authority = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("must not have a user name or a password in its URL".to_owned());
    }
    check(url, is_public)?;
    if url.contains('#') {
        return Err("must not have a fragment".to_owned());
    }
    let host = host_and_port(authority).map_or("", |(host, _)| host);
    if is_private(host) && !is_loopback(host) {
        return Err("must not lead to a private address".to_owned());
    }
    Ok(url.to_owned())
}

/// Returns whether a host is an address that is not public, or that may lead to one: 6to4 (RFC
/// 3056) and Teredo (RFC 4380) addresses contain an IPv4 address.
fn is_private(host: &str) -> bool {
    match host.parse() {
        Ok(IpAddr::V6(v6)) if matches!(v6.segments(), [0x2002, ..] | [0x2001, 0, ..]) => true,
        Ok::<IpAddr, _>(_) => parse_public_address(host).is_none(),
        Err(_) => false,
    }
}

/// Parses a list of origins.
pub(crate) fn origins(text: &str, is_public: bool) -> Result<Vec<String>, String> {
    let origins = text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
    (1..)
        .zip(origins)
        .map(|(place, text)| {
            origin(text, is_public).map_err(|reason| format!("origin {place} {reason}"))
        })
        .collect()
}

/// Parses an origin as browsers and the web views of apps send it: of https, of http on loopback,
/// or of a scheme of an app or an extension, such as `capacitor://localhost`.
fn origin(text: &str, is_public: bool) -> Result<String, String> {
    let (scheme, authority) = text.split_once("://").ok_or(
        "must be an origin, such as `https://app.example.com` or `capacitor://localhost`; \
         patterns and opaque origins are not supported",
    )?;
    let scheme = scheme.to_ascii_lowercase();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.chars().all(fits) {
        return Err("must begin with a scheme, such as `https://`".to_owned());
    }
    if NO_ORIGINS.contains(&scheme.as_str()) {
        return Err(format!("has the scheme `{scheme}`, whose pages have no origin"));
    }
    if authority.contains(['/', '?', '#']) {
        return Err("must be scheme, host and port without a path".to_owned());
    }
    if !matches!(scheme.as_str(), "http" | "https") {
        let fits = |c: char| {
            c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '~' | ':' | '[' | ']')
        };
        return if authority.chars().all(fits) {
            Ok(normalize(text))
        } else {
            Err(PLAIN_HOST.to_owned())
        };
    }
    let (host, _) = host_and_port(authority).ok_or(PLAIN_HOST)?;
    match (is_loopback(host), is_public) {
        (true, true) if scheme == "http" => {
            Err("must not be http on loopback, because `PUBLIC_URL` \
                                                 is public: let the app use https or a scheme of \
                                                 its own"
                .to_owned())
        }
        (false, _) if scheme == "http" => {
            Err("must be https; http is allowed on loopback only".to_owned())
        }
        _ => Ok(normalize(text)),
    }
}
