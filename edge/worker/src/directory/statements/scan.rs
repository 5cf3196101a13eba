//! A scanner of SQL that knows strings, quoted names, comments and parameters, and nothing else.

/// The parts of a statement outside strings, quoted names and comments.
pub(super) struct Scanned<'a> {
    /// The statement without a final semicolon.
    pub(super) sql: &'a str,
    /// The first word.
    pub(super) verb: &'a str,
    /// A bit for each parameter that is used.
    pub(super) parameters: u32,
    /// Whether it contains the word RETURNING.
    pub(super) returning: bool,
}

/// Scans one statement.
pub(super) fn scan(text: &str) -> Result<Scanned<'_>, &'static str> {
    const PARAMETER: &str = "must name its parameters `?1` to `?9`";
    const UNCLOSED: &str = "must close every quote and comment";
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii();
    let mut scanned = Scanned { sql: text, verb: "", parameters: 0, returning: false };
    let mut rest = text;
    loop {
        let mut after = rest.chars();
        let Some(first) = after.next() else { return Ok(scanned) };
        let after = after.as_str();
        let end = match first {
            '\'' => "'",
            '"' => "\"",
            '`' => "`",
            '[' => "]",
            '-' if after.starts_with('-') => "\n",
            '/' if after.starts_with('*') => "*/",
            _ => "",
        };
        rest = match first {
            _ if end == "\n" => after.split_once(end).unwrap_or_default().1,
            _ if !end.is_empty() => after.split_once(end).ok_or(UNCLOSED)?.1,
            ';' if after.trim_ascii().is_empty() => {
                scanned.sql = text.strip_suffix(rest).unwrap_or(text);
                return Ok(scanned);
            }
            ';' => return Err("must be one statement"),
            ':' | '@' | '$' => return Err(PARAMETER),
            '?' => {
                let end = after.trim_start_matches(is_word);
                let number =
                    after.strip_suffix(end).filter(|digits| digits.len() == 1 && *digits != "0");
                let number: u32 = number.and_then(|digit| digit.parse().ok()).ok_or(PARAMETER)?;
                scanned.parameters |= 1 << number;
                end
            }
            _ if is_word(first) => {
                let end = after.trim_start_matches(is_word);
                let word = rest.strip_suffix(end).unwrap_or_default();
                if scanned.verb.is_empty() {
                    scanned.verb = word;
                }
                scanned.returning |= word.eq_ignore_ascii_case("RETURNING");
                end
            }
            _ => after,
        };
    }
}
