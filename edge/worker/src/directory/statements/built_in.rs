//! The built-in statements, and what each statement must have.

use relatch_config::ResettableAccounts;

/// Wraps every statement that selects accounts, so that the database reports a missing column and
/// column names are spelled as here. [`filled`] replaces the placeholders of this and of the
/// built-in statements.
const SELECT: &str = "SELECT id AS id, username AS username, email AS email, name AS name, \
    password_hash AS password_hash, role AS role, disabled AS disabled{column} FROM (\n";

/// Wraps the statement that selects one account. Its other columns are kept: `locale` is optional.
const SELECT_ACCOUNT: &str = "SELECT id AS id, username AS username, email AS email, name AS name, \
    password_hash AS password_hash, role AS role, disabled AS disabled{column}, * FROM (\n";

/// Wraps the statement that selects a session. Its other columns are kept.
const SELECT_SESSION: &str = "SELECT account AS account, session AS session, * FROM (\n";

/// The requirements of a statement, and its built-in SQL.
pub(super) struct StatementSpec {
    pub(super) variable: &'static str,
    /// The allowed first words, as in the error message.
    pub(super) verbs: &'static str,
    /// The statement must use the parameters from 1 to this one.
    pub(super) required_params: u32,
    /// The highest parameter that it may use.
    pub(super) max_params: u32,
    /// Whether it must have `RETURNING`.
    pub(super) returning: bool,
    /// Whether `none` leaves it out.
    pub(super) is_optional: bool,
    /// Whether an unset variable leaves it out.
    pub(super) may_be_unset: bool,
    /// The SELECT that wraps it, or an empty string.
    pub(super) select: &'static str,
    /// What follows a team's own statement within that SELECT.
    pub(super) order: &'static str,
    pub(super) default_sql: &'static str,
}

const ONE_PARAM_SELECT: StatementSpec = StatementSpec {
    variable: "",
    verbs: "SELECT",
    required_params: 1,
    max_params: 1,
    returning: false,
    is_optional: false,
    may_be_unset: false,
    select: SELECT,
    order: "",
    default_sql: "",
};

/// The blanks that [`str::trim`] removes, as SQL. The indexes of `edge/migrations` contain the same
/// expression.
macro_rules! without_blanks {
    ($column:literal) => {
        concat!(
            "lower(trim(",
            $column,
            ", char(9, 10, 11, 12, 13, 32, 133, 160, 5760, 8192, 8193, 8194, 8195, 8196, 8197, \
             8198, 8199, 8200, 8201, 8202, 8232, 8233, 8239, 8287, 12288)))"
        )
    };
}

/// Finds a name in every spelling under which it may be stored, by an index. Accounts that can
/// reset come first, and then the oldest, so that no others fill the limit.
macro_rules! find_by {
    ($column:literal) => {
        concat!(
            "SELECT CAST(id AS TEXT) AS id, username, email, name, password_hash, role, \
             disabled{column} FROM users WHERE ",
            without_blanks!($column),
            " IN (SELECT value FROM json_each(?3)) ORDER BY disabled = 0 AND role IN ({roles}) \
             AND email <> '' AND password_hash <> ''{verified} DESC, users.id LIMIT 20"
        )
    };
}

/// Orders what a team's own statement finds, in case it has no limit.
const OWN_ORDER: &str = " ORDER BY CAST(disabled AS TEXT) = '0' AND CAST(role AS TEXT) IN ({roles}) \
    AND email <> '' AND password_hash <> ''{verified} DESC LIMIT 20";

/// Replaces the placeholders of a text: `{roles}`, the roles that can reset; `{column}` and
/// `{verified}`, the column `verified` and its condition, where only verified accounts can reset.
pub(super) fn filled(text: &str, accounts: ResettableAccounts) -> String {
    let ResettableAccounts { with_admins, verified_only } = accounts;
    let (column, verified) = if verified_only {
        (", verified AS verified", " AND CAST(verified AS TEXT) = '1'")
    } else {
        ("", "")
    };
    text.replace("{roles}", if with_admins { "'user', 'admin'" } else { "'user'" })
        .replace("{column}", column)
        .replace("{verified}", verified)
}

pub(super) const FIND_BY_EMAIL: StatementSpec = StatementSpec {
    variable: "DIRECTORY_FIND_BY_EMAIL",
    required_params: 0,
    max_params: 3,
    order: OWN_ORDER,
    default_sql: find_by!("email"),
    ..ONE_PARAM_SELECT
};
pub(super) const FIND_BY_USERNAME: StatementSpec = StatementSpec {
    variable: "DIRECTORY_FIND_BY_USERNAME",
    is_optional: true,
    default_sql: find_by!("username"),
    ..FIND_BY_EMAIL
};
pub(super) const ACCOUNT: StatementSpec = StatementSpec {
    variable: "DIRECTORY_ACCOUNT",
    select: SELECT_ACCOUNT,
    default_sql: "SELECT CAST(id AS TEXT) AS id, username, email, name, password_hash, role, \
        disabled{column}, locale FROM users WHERE id = ?1",
    ..ONE_PARAM_SELECT
};
// Any row means yes.
pub(super) const ANY: StatementSpec = StatementSpec {
    variable: "DIRECTORY_ANY",
    required_params: 0,
    max_params: 0,
    is_optional: true,
    may_be_unset: true,
    select: "",
    default_sql: "SELECT 1 FROM users WHERE email <> '' AND password_hash <> '' AND disabled = 0 \
        AND role IN ({roles}){verified} LIMIT 1",
    ..ONE_PARAM_SELECT
};
// Compares everything that the fingerprint depends on, as it was just read, and the database's
// clock with the deadline. `RETURNING` reports whether it wrote: a count of changes would include
// those of triggers.
pub(super) const SET_PASSWORD: StatementSpec = StatementSpec {
    variable: "DIRECTORY_SET_PASSWORD",
    select: "",
    verbs: "UPDATE",
    required_params: 7,
    max_params: 7,
    returning: true,
    default_sql: "UPDATE users SET password_hash = ?1 \
        WHERE id = ?2 AND email IS ?3 AND disabled IS ?4 AND role IS ?5 AND password_hash IS ?6 \
        AND unixepoch('now', 'subsec') * 1000 < ?7 RETURNING id",
    ..ONE_PARAM_SELECT
};
// Runs in one transaction with the write, and takes effect only if that wrote.
pub(super) const REVOKE_SESSIONS: StatementSpec = StatementSpec {
    variable: "DIRECTORY_REVOKE_SESSIONS",
    default_sql: "DELETE FROM sessions WHERE user_id = ?1 \
        AND EXISTS (SELECT 1 FROM users WHERE id = ?1 AND password_hash = ?2)",
    ..REVOKE
};
const REVOKE: StatementSpec = StatementSpec {
    verbs: "DELETE or UPDATE",
    required_params: 2,
    max_params: 2,
    is_optional: true,
    select: "",
    ..ONE_PARAM_SELECT
};
// Found by a digest, so that the table does not reveal usable tokens.
pub(super) const SESSION: StatementSpec = StatementSpec {
    variable: "DIRECTORY_SESSION",
    required_params: 0,
    max_params: 2,
    is_optional: true,
    select: SELECT_SESSION,
    default_sql: "SELECT CAST(user_id AS TEXT) AS account, id AS session, password_version \
        FROM sessions WHERE id = ?2 AND expires_at > unixepoch()",
    ..ONE_PARAM_SELECT
};
pub(super) const REVOKE_OTHER_SESSIONS: StatementSpec = StatementSpec {
    variable: "DIRECTORY_REVOKE_OTHER_SESSIONS",
    required_params: 3,
    max_params: 4,
    default_sql: "DELETE FROM sessions WHERE user_id = ?1 AND id <> ?3 \
        AND EXISTS (SELECT 1 FROM users WHERE id = ?1 AND password_hash = ?2)",
    ..REVOKE
};
pub(super) const RENEW_SESSION: StatementSpec = StatementSpec {
    default_sql: "UPDATE sessions SET password_version = ?4 WHERE id = ?3 AND password_version IS NOT NULL \
        AND EXISTS (SELECT 1 FROM users WHERE id = ?1 AND password_hash = ?2)",
    ..REVOKE_OTHER_SESSIONS
};
