//! Marks: one character in the place of each placeholder, while the places of links are checked.

/// Takes the place of a placeholder while the places of links are checked.
pub(super) const MARK: char = '\u{e001}';

/// Replaces every placeholder by [`MARK`]. Returns also whether each occurs.
pub(super) fn marked(part: &str, placeholders: &[String]) -> (String, bool) {
    let has_all = placeholders.iter().all(|placeholder| part.contains(placeholder));
    let marked = placeholders
        .iter()
        .fold(part.to_owned(), |part, placeholder| part.replace(placeholder, &MARK.to_string()));
    (marked, has_all)
}

/// Returns whether each mark in a text is apart from other words, so that a program makes a link of it and of
/// nothing more.
pub(super) fn is_apart(text: &str) -> bool {
    let is_end = |c: Option<char>| {
        c.is_none_or(|c| {
            c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | '"' | '\'')
        })
    };
    text.match_indices(MARK).all(|(place, mark)| {
        let (before, after) = text.split_at(place);
        let mut after = after.get(mark.len()..).unwrap_or_default().chars().peekable();
        if after.peek().is_some_and(|c| matches!(c, '.' | ',' | ';' | ':' | '!' | '?')) {
            after.next();
        }
        is_end(before.chars().next_back()) && is_end(after.next())
    })
}
