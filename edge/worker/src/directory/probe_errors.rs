//! The guard after a probed write, and the meaning of the database's errors.

use crate::directory::statements::READY_MADE;

/// A statement that always fails, so that the transaction is rolled back: with one error if the
/// statement before it wrote, and with another if not. Writes of triggers are not counted.
pub const GUARD: &str = "SELECT CASE changes() WHEN 0 THEN json_extract('0', 'relatch: nothing written') ELSE json('') END";

const WROTE: &str = "malformed JSON";
const WROTE_NOTHING: &str = "relatch: nothing written";

/// The database's errors that concern the statement.
const SQL_ERRORS: [&str; 6] = [
    WROTE_NOTHING,
    "SQLITE_ERROR",
    "SQLITE_CONSTRAINT",
    "no such ",
    "syntax error",
    "parameter bindings",
];

/// An error about a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SqlError {
    /// The guard failed because the statement wrote.
    Wrote,
    /// The guard failed because the statement did not write.
    WroteNothing,
    /// The database rejected the statement with this message. It describes the statement only, and
    /// contains no value of an account.
    Rejected(String),
}

/// Returns the error about the statement that a message of the database describes, or `None` if the
/// database did not respond.
#[must_use]
pub fn sql_error(message: &str) -> Option<SqlError> {
    if !SQL_ERRORS.iter().any(|sign| message.contains(sign)) {
        return None;
    }
    Some(if message.contains(WROTE) {
        SqlError::Wrote
    } else if message.contains(WROTE_NOTHING) {
        SqlError::WroteNothing
    } else {
        SqlError::Rejected(message.replace("D1_ERROR: ", "").replace(": SQLITE_ERROR", ""))
    })
}

/// What follows an error of a built-in statement.
const MIGRATE: &str = "; apply the migrations";

/// Returns what follows an error of a statement.
#[must_use]
pub const fn advice(is_custom: bool) -> &'static str {
    if is_custom { READY_MADE } else { MIGRATE }
}

/// Returns the variable and the reason for which the database rejects a statement. The column that
/// only `REQUIRE_VERIFIED` selects is the fault of that variable.
#[must_use]
pub fn rejected(variable: &str, message: &str, is_custom: bool) -> String {
    if message.contains("no such column: verified") {
        format!(
            "REQUIRE_VERIFIED: needs the column `verified`, which `{variable}` does not return. In \
             the built-in tables, a migration adds it"
        )
    } else {
        format!("{variable}: {message}{}", advice(is_custom))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_column_verified_is_the_fault_of_the_variable_that_requires_it() {
        let of = |message| rejected("DIRECTORY_ACCOUNT", message, true);
        assert!(
            of("no such column: verified at offset 98").starts_with("REQUIRE_VERIFIED: needs the")
        );
        assert_eq!(
            of("no such column: a"),
            format!("DIRECTORY_ACCOUNT: no such column: a{READY_MADE}")
        );
        assert!(READY_MADE.contains("`npx relatch-worker directory`"));
        assert_eq!(
            rejected("DIRECTORY_ACCOUNT", "no such table: users", false),
            "DIRECTORY_ACCOUNT: no such table: users; apply the migrations"
        );
    }

    #[test]
    fn an_error_about_the_statement_is_distinguished_from_an_outage() {
        for (message, expected) in [
            ("D1_ERROR: malformed JSON: SQLITE_ERROR", Some(SqlError::Wrote)),
            (
                "D1_ERROR: bad JSON path: 'relatch: nothing written': SQLITE_ERROR",
                Some(SqlError::WroteNothing),
            ),
            (
                "D1_ERROR: no such column: salt at offset 7: SQLITE_ERROR",
                Some(SqlError::Rejected("no such column: salt at offset 7".to_owned())),
            ),
            (
                "D1_ERROR: Wrong number of parameter bindings for SQL query.",
                Some(SqlError::Rejected(
                    "Wrong number of parameter bindings for SQL query.".to_owned(),
                )),
            ),
            ("D1_ERROR: D1 DB is overloaded. Requests queued for too long.", None),
            ("Network connection lost.", None),
            ("", None),
        ] {
            assert_eq!(sql_error(message), expected, "{message}");
        }
    }
}
