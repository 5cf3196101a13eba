//! Web origins (RFC 6454) as text.

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
/// default port.
#[must_use]
pub fn normalize(origin: &str) -> String {
    let origin = origin.to_ascii_lowercase();
    let port = if origin.starts_with("https:") { ":443" } else { ":80" };
    origin.strip_suffix(port).map_or(origin.clone(), str::to_owned)
}
