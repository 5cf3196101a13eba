//! The options of a mounted service that are text, as `edge/options.mjs` checks them too.

/// Returns the path under which the service is mounted: the base path, or an empty text for `/`.
///
/// # Errors
///
/// The rule that the base path violates.
pub fn parse_base_path(base_path: &str) -> Result<&str, &'static str> {
    let Some(segments) = base_path.strip_prefix('/') else {
        return Err("must begin with `/`, such as `/auth`");
    };
    if segments.is_empty() {
        return Ok("");
    }
    if base_path.ends_with('/') {
        return Err("must not end with `/`: `/auth`");
    }
    // RFC 3986, section 2.3.
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let is_plain =
        |segment: &str| !matches!(segment, "" | "." | "..") && segment.bytes().all(is_unreserved);
    if segments.split('/').all(is_plain) {
        Ok(base_path)
    } else {
        Err(
            "must be a path of letters, digits and `-._~`, without `.`, `..` or empty segments and \
             without a query, such as `/auth`",
        )
    }
}

/// Returns whether a text can be the name of a table.
#[must_use]
pub fn is_table(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=63).contains(&name.len())
        && name.bytes().all(is_allowed)
        && !name.starts_with(|first: char| first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_path_has_plain_segments() {
        assert_eq!(parse_base_path("/"), Ok(""));
        for valid in ["/auth", "/a/b-c/d.e_f~1", "/..auth"] {
            assert_eq!(parse_base_path(valid), Ok(valid));
        }
        for invalid in [
            "", "auth", "/auth/", "//", "/a//b", "/.", "/a/..", "/a b", "/a?b", "/a#b", "/%61",
            "/ä",
        ] {
            assert!(parse_base_path(invalid).is_err(), "{invalid}");
        }
    }

    #[test]
    fn a_table_is_a_plain_name() {
        for valid in ["events", "_e", "relatch_events", &"e".repeat(63)] {
            assert!(is_table(valid), "{valid}");
        }
        for invalid in ["", "1e", "a-b", "a.b", "\"e\"", "é", &"e".repeat(64)] {
            assert!(!is_table(invalid), "{invalid}");
        }
    }
}
