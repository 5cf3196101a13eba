//! Reads variables and collects the errors, so that all invalid variables are reported at once.

use secrecy::{ExposeSecret as _, SecretString};

/// Returns the text of a variable.
pub(crate) type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Reads variables and collects the errors.
pub struct Reader<'a> {
    pub(crate) variable: Variables<'a>,
    /// The prefix of the application's own variables.
    pub(crate) prefix: &'a str,
    /// Whether the deployment is public.
    pub(crate) is_public: bool,
    pub(crate) errors: Vec<ConfigError>,
}

impl<'a> Reader<'a> {
    /// Reads variables through a function that returns a variable's text. `prefix` is put before
    /// the names in errors.
    #[must_use]
    pub const fn new(variable: &'a dyn Fn(&str) -> Option<String>, prefix: &'a str) -> Self {
        Self { variable, prefix, is_public: false, errors: Vec::new() }
    }

    /// Returns the reader for a deployment that is public or not. By default it is not.
    pub(crate) const fn for_public(mut self, is_public: bool) -> Self {
        self.is_public = is_public;
        self
    }

    /// Returns `public` in a public deployment, and `local` on one machine.
    pub(crate) fn bound(&self, public: u32, local: u32) -> u32 {
        if self.is_public { public } else { local }
    }

    /// Returns the errors so far.
    #[must_use]
    pub fn into_errors(self) -> Vec<ConfigError> {
        self.errors
    }
}

/// A variable with an invalid value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// Its name.
    pub variable: String,
    /// The reason, without the value.
    pub reason: String,
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}", self.variable, self.reason)
    }
}

impl Reader<'_> {
    /// Returns a variable's text, if it is set.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<SecretString> {
        (self.variable)(name).filter(|text| !text.trim().is_empty()).map(SecretString::from)
    }

    /// Returns whether a variable has this value.
    #[must_use]
    pub fn is_set_to(&self, name: &str, value: &str) -> bool {
        self.text(name).is_some_and(|text| text.expose_secret().trim() == value)
    }

    /// Parses a variable that must be set.
    pub fn required<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        self.required_with(name, "", parse)
    }

    /// Parses a variable that must be set. `advice` follows each reason.
    pub fn required_with<T>(
        &mut self,
        name: &'static str,
        advice: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let mut parsed = None;
        let mut keep = |text: &str| {
            parsed = Some(parse(text).map_err(|reason| reason + advice)?);
            Ok(())
        };
        if !self.read(name, &mut keep) {
            let _missing: Option<T> = self.collect(name, Err(format!("must be set{advice}")));
        }
        parsed
    }

    /// Parses a variable, or returns the default if it is not set.
    pub fn optional<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
        default: T,
    ) -> T {
        let mut parsed = None;
        self.read(name, &mut |text| parse(text).map(|value| parsed = Some(value)));
        parsed.unwrap_or(default)
    }

    /// Parses a variable if it is set, and returns whether it is. Not generic, so that it is
    /// compiled once.
    fn read(
        &mut self,
        name: &'static str,
        parse: &mut dyn FnMut(&str) -> Result<(), String>,
    ) -> bool {
        let text = self.text(name);
        if let Some(text) = &text {
            let parsed = parse(text.expose_secret().trim());
            self.collect(name, parsed);
        }
        text.is_some()
    }

    /// Parses a whole number within a range, or returns the default if the variable is not set.
    pub fn number(
        &mut self,
        name: &'static str,
        default: u32,
        range: std::ops::RangeInclusive<u32>,
    ) -> u32 {
        let parse = |text: &str| match text.parse() {
            Ok(number) if range.contains(&number) => Ok(number),
            _ => Err(format!("must be a whole number from {} to {}", range.start(), range.end())),
        };
        self.optional(name, parse, default)
    }

    /// Collects the error of a variable, or returns its value.
    pub fn collect<T>(&mut self, variable: &'static str, parsed: Result<T, String>) -> Option<T> {
        let variable = || [self.prefix, variable].concat();
        parsed.map_err(|reason| self.errors.push(ConfigError { variable: variable(), reason })).ok()
    }
}

pub(crate) fn one_line(text: &str) -> Result<String, String> {
    if text.chars().any(char::is_control) || text.len() > 200 {
        Err("must be one line of at most 200 bytes".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// Parses a cookie name of characters that all browsers and servers accept.
pub(crate) fn cookie_name(text: &str) -> Result<Option<String>, String> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.len() <= 64 && text.chars().all(is_allowed) {
        Ok(Some(text.to_owned()))
    } else {
        Err("must be a cookie name of at most 64 letters, digits, `-`, `_` and `.`".to_owned())
    }
}

pub(crate) fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("must be `true` or `false`".to_owned()),
    }
}
