//! Reads variables, and keeps what is wrong with each: a configuration is told all of its mistakes at once.

use secrecy::{ExposeSecret as _, SecretString};

use super::Misconfigured;

/// Gives a variable's text.
pub(super) type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Reads variables and keeps what is wrong with each.
pub(super) struct Reader<'a> {
    pub(super) variable: Variables<'a>,
    /// What stands before the names of the application's own variables.
    pub(super) prefix: &'a str,
    pub(super) wrong: Vec<Misconfigured>,
}

impl Reader<'_> {
    pub(super) fn text(&self, name: &str) -> Option<SecretString> {
        (self.variable)(name).filter(|text| !text.trim().is_empty()).map(SecretString::from)
    }

    pub(super) fn required<T>(&mut self, name: &'static str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let mut parsed = None;
        if !self.read(name, &mut |text| parse(text).map(|value| parsed = Some(value))) {
            let _missing: Option<T> = self.keep(name, Err("is not set".to_owned()));
        }
        parsed
    }

    pub(super) fn optional<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
        otherwise: T,
    ) -> T {
        let mut parsed = None;
        self.read(name, &mut |text| parse(text).map(|value| parsed = Some(value)));
        parsed.unwrap_or(otherwise)
    }

    /// Reads a variable, if it is set, and tells whether it is. Apart from the others, which are compiled for every kind of
    /// value that there is.
    fn read(&mut self, name: &'static str, parse: &mut dyn FnMut(&str) -> Result<(), String>) -> bool {
        let text = self.text(name);
        if let Some(text) = &text {
            let parsed = parse(text.expose_secret().trim());
            self.keep(name, parsed);
        }
        text.is_some()
    }

    pub(super) fn number(&mut self, name: &'static str, otherwise: u32, range: std::ops::RangeInclusive<u32>) -> u32 {
        let parse = |text: &str| match text.parse() {
            Ok(number) if range.contains(&number) => Ok(number),
            _ => Err(format!("is not a whole number from {} to {}", range.start(), range.end())),
        };
        self.optional(name, parse, otherwise)
    }

    pub(super) fn keep<T>(&mut self, variable: &'static str, parsed: Result<T, String>) -> Option<T> {
        let variable = || [self.prefix, variable].concat();
        parsed.map_err(|reason| self.wrong.push(Misconfigured { variable: variable(), reason })).ok()
    }
}

pub(super) fn one_line(text: &str) -> Result<String, String> {
    if text.chars().any(char::is_control) || text.len() > 200 {
        Err("is not one line of at most 200 bytes".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// A cookie's name, as far as browsers and servers agree on it.
pub(super) fn cookie_name(text: &str) -> Result<Option<String>, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.len() <= 64 && text.chars().all(fits) {
        Ok(Some(text.to_owned()))
    } else {
        Err("is not a cookie's name".to_owned())
    }
}

pub(super) fn truth(text: &str) -> Result<bool, String> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("is neither true nor false".to_owned()),
    }
}
