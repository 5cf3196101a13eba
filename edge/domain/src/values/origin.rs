//! Web origins (RFC 6454) as text, and the hosts in them.

/// Returns the origin of a URL as it is written there, or `None` if the URL has no scheme.
#[must_use]
pub fn origin_of(url: &str) -> Option<&str> {
    let scheme = url.find("://")?.saturating_add(3);
    let end = url
        .get(scheme..)?
        .find(['/', '?', '#'])
        .map_or(url.len(), |slash| scheme.saturating_add(slash));
    url.get(..end)
}

/// Returns an origin in the spelling of an `Origin` header: lower case, without the scheme's
/// default port. The host of a scheme other than http and https is kept as it is written, as
/// browsers keep it (WHATWG URL, opaque hosts).
#[must_use]
pub fn normalize(origin: &str) -> String {
    let lower = origin.to_ascii_lowercase();
    let port = if lower.starts_with("https://") {
        ":443"
    } else if lower.starts_with("http://") {
        ":80"
    } else {
        let (scheme, rest) = origin.split_once("://").unwrap_or((origin, ""));
        return [&scheme.to_ascii_lowercase(), "://", rest].concat();
    };
    lower.strip_suffix(port).map_or(lower.clone(), str::to_owned)
}

/// Splits an authority without user information into its host and its port, as text. An IPv6 host
/// is returned without its brackets. Returns `None` if the authority is not one that browsers
/// write: plain ASCII, and an IPv4 address with four decimal parts.
#[must_use]
pub fn host_and_port(authority: &str) -> Option<(&str, Option<&str>)> {
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        host.parse::<std::net::Ipv6Addr>().ok()?;
        (host, if port.is_empty() { None } else { Some(port.strip_prefix(':')?) })
    } else {
        let (host, port) =
            authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
        let is_host = is_host_name(host) || host.parse::<std::net::Ipv4Addr>().is_ok();
        is_host.then_some((host, port))?
    };
    let is_port = |port: &str| !port.starts_with(['0', '+']) && port.parse::<u16>().is_ok();
    port.is_none_or(is_port).then_some((host, port))
}

/// Returns whether this is a host name: labels of ASCII letters, digits, `-` and `_`, of which the
/// last is not a number (WHATWG URL, "ends in a number").
fn is_host_name(host: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    let is_number = last.starts_with("0x") || last.chars().all(|c| c.is_ascii_digit());
    host.chars().all(fits) && !is_number
}

/// Returns whether a host is this machine: `localhost`, a name below it (RFC 6761 section 6.3), or
/// a loopback address.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    let host = host.to_ascii_lowercase();
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Returns the port of an authority on loopback, or an empty text if it names none.
#[must_use]
pub fn port_on_loopback(authority: &str) -> Option<&str> {
    let (host, port) = host_and_port(authority)?;
    is_loopback(host).then(|| port.unwrap_or_default())
}

/// Returns whether two origins are the same, up to the name of loopback.
#[must_use]
pub fn is_same(one: &str, other: &str) -> bool {
    let on_loopback = |origin: &str| {
        let (scheme, authority) = origin.split_once("://")?;
        Some((scheme.to_owned(), port_on_loopback(authority)?.to_owned()))
    };
    one == other || on_loopback(one).is_some_and(|one| Some(one) == on_loopback(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_the_spelling_of_an_origin_header() {
        for (origin, normal) in [
            ("HTTPS://App.Example.com:443", "https://app.example.com"),
            ("http://localhost:80", "http://localhost"),
            ("https://app.example.com:80", "https://app.example.com:80"),
            ("App://Bundle:80", "app://Bundle:80"),
            ("app://", "app://"),
        ] {
            assert_eq!(normalize(origin), normal);
        }
    }

    #[test]
    fn an_authority_is_split_only_if_browsers_write_it_so() {
        for (authority, parts) in [
            ("app.example.com", Some(("app.example.com", None))),
            ("app.example.com:8443", Some(("app.example.com", Some("8443")))),
            ("127.0.0.1:1", Some(("127.0.0.1", Some("1")))),
            ("[::1]", Some(("::1", None))),
            ("[::1]:80", Some(("::1", Some("80")))),
            ("", None),
            (".", None),
            ("app.example.com:", None),
            ("app.example.com:0443", None),
            ("app.example.com:65536", None),
            ("app.example.com:http", None),
            ("user@app.example.com", None),
            ("b\u{fc}cher.example", None),
            ("127.1", None),
            ("2130706433", None),
            ("0x7f.0.0.1", None),
            ("0x7f000001", None),
            ("[::1", None),
            ("[::1]x", None),
            ("[localhost]", None),
        ] {
            assert_eq!(host_and_port(authority), parts, "{authority}");
        }
    }

    #[test]
    fn origins_on_loopback_are_the_same_up_to_the_name() {
        for (other, same) in [
            ("http://localhost:8787", true),
            ("http://127.0.0.1:8787", true),
            ("http://[::1]:8787", true),
            ("http://localhost", false),
            ("http://localhost:8788", false),
            ("https://localhost:8787", false),
            ("http://192.0.2.1:8787", false),
            ("null", false),
        ] {
            assert_eq!(is_same("http://localhost:8787", other), same, "{other}");
        }
        assert!(!is_same("https://accounts.example.com", "https://127.0.0.1"));
    }

    #[test]
    fn loopback_is_localhost_and_its_addresses() {
        for host in
            ["localhost", "LocalHost", "app.localhost", "127.0.0.1", "127.8.9.1", "::1", "[::1]"]
        {
            assert!(is_loopback(host), "{host}");
        }
        for host in
            ["localhost.example.com", "notlocalhost", "128.0.0.1", "0.0.0.0", "10.0.0.1", ""]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
