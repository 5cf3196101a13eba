//! The SQL statements of the directory: the built-in ones, or a team's own.
//! `docs/directories.md` describes their parameters and columns. This module checks what can be
//! checked without a database.

use relatch_config::{AdapterSettings, Reader, ResettableAccounts, Settings};
use relatch_domain::ports::Capabilities;

mod built_in;
mod scan;

use built_in::{
    ACCOUNT, ANY, FIND_BY_EMAIL, FIND_BY_USERNAME, RENEW_SESSION, REVOKE_OTHER_SESSIONS,
    REVOKE_SESSIONS, SESSION, SET_PASSWORD, StatementSpec, filled,
};
use scan::{Scanned, scan};

/// The database binding by default.
pub const DATABASE: &str = "DB";

/// The value of a variable that leaves an optional statement out.
const ABSENT: &str = "none";

/// What follows an error of a team's own statement.
pub const READY_MADE: &str = "; `npx relatch-worker directory` prints ready-made statements";

/// The adapter settings of an application on Cloudflare.
pub type WorkerSettings = Settings<DirectorySql>;

/// The statements of the directory.
#[derive(Clone, Debug)]
pub struct DirectorySql {
    /// The binding of the database.
    pub database: String,
    /// Selects the accounts that may have an address.
    pub find_by_email: Statement,
    /// Selects the accounts that may have a user name, or `None` if accounts have no user names.
    pub find_by_username: Option<Statement>,
    /// Selects the account with an id.
    pub account: Statement,
    /// Writes the password hash if the account is unchanged (compare and set).
    pub set_password: Statement,
    /// Selects a row if any account can reset, or `None` if that is not configured.
    pub any: Option<Statement>,
    /// Ends the sessions of an account if the password was written, or `None` if there are no
    /// sessions.
    pub revoke_sessions: Option<Statement>,
    /// Selects the session of a token, or `None` if sessions are not configured.
    pub session: Option<Statement>,
    /// As [`Self::revoke_sessions`], except for one session. `None` if sessions are not configured,
    /// or are kept elsewhere.
    pub revoke_other_sessions: Option<Statement>,
    /// Keeps that session valid under the new password. Only the built-in tables need it.
    pub renew_session: Option<Statement>,
    /// Whether the statements are a team's own. The built-in ones are known to compare what they
    /// must, so they are not probed.
    pub is_custom: bool,
}

/// A statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The variable that contains it.
    pub variable: &'static str,
    /// The SQL, ready to be prepared.
    pub sql: String,
    /// The number of values to bind: the number of the highest parameter.
    pub parameters: u32,
}

impl DirectorySql {
    /// Returns what a directory with these statements supports.
    #[must_use]
    pub const fn capabilities(&self) -> Capabilities {
        Capabilities {
            sessions: self.session.is_some(),
            ends_sessions: self.revoke_sessions.is_some(),
            ends_other_sessions: self.revoke_other_sessions.is_some(),
            finds_by_username: self.find_by_username.is_some(),
        }
    }
}

impl AdapterSettings for DirectorySql {
    /// Reads the statements: all built-in, or all of the team's own.
    fn read(reader: &mut Reader<'_>, accounts: ResettableAccounts) -> Option<Self> {
        let specs = [FIND_BY_EMAIL, FIND_BY_USERNAME, ACCOUNT, SET_PASSWORD, REVOKE_SESSIONS, ANY];
        let session_specs = [SESSION, REVOKE_OTHER_SESSIONS];
        let database = reader.optional("DIRECTORY_DATABASE", binding, DATABASE.to_owned());
        let is_custom =
            specs.iter().chain(&session_specs).any(|spec| reader.text(spec.variable).is_some());
        // A team may leave out both of these statements, but not one of them.
        let has_sessions =
            !is_custom || session_specs.iter().any(|spec| reader.text(spec.variable).is_some());
        let [session, revoke_other_sessions] = session_specs.map(|spec| {
            has_sessions.then(|| statement(reader, &spec, is_custom, accounts)).flatten()
        });
        let [find_by_email, find_by_username, account, set_password, revoke_sessions, any] =
            specs.map(|spec| statement(reader, &spec, is_custom, accounts));
        check_shared_mailbox(reader);
        Some(DirectorySql {
            database,
            find_by_email: find_by_email?,
            find_by_username,
            account: account?,
            set_password: set_password?,
            any,
            revoke_sessions,
            session,
            revoke_other_sessions,
            renew_session: if is_custom {
                None
            } else {
                statement(reader, &RENEW_SESSION, is_custom, accounts)
            },
            is_custom,
        })
    }
}

/// Refuses a mail that asks for the user name where accounts have none.
fn check_shared_mailbox(reader: &mut Reader<'_>) {
    if reader.is_set_to(FIND_BY_USERNAME.variable, ABSENT)
        && reader.is_set_to("SHARED_MAILBOX", "ambiguous")
    {
        let _collected = reader.collect::<()>(
            "SHARED_MAILBOX",
            Err("must be `links` where `DIRECTORY_FIND_BY_USERNAME` is `none`: an account that \
                 shares its mailbox could not be asked for by user name"
                .to_owned()),
        );
    }
}

fn statement(
    reader: &mut Reader<'_>,
    spec: &StatementSpec,
    is_custom: bool,
    accounts: ResettableAccounts,
) -> Option<Statement> {
    let parse = |text: &str| match text {
        ABSENT if spec.is_optional => Ok(None),
        _ => spec.statement(text, is_custom, accounts).map(Some),
    };
    if is_custom && spec.may_be_unset {
        let advised = |text: &str| parse(text).map_err(|reason| reason + READY_MADE);
        reader.optional(spec.variable, advised, None)
    } else if is_custom {
        reader.required_with(spec.variable, READY_MADE, parse).flatten()
    } else {
        let built_in = parse(&filled(spec.default_sql, accounts));
        reader.collect(spec.variable, built_in).flatten()
    }
}

/// Parses the name of a binding, as wrangler accepts it.
fn binding(text: &str) -> Result<String, String> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if text.len() <= 64 && text.chars().all(is_allowed) {
        Ok(text.to_owned())
    } else {
        Err("must be the name of a binding: at most 64 letters, digits and `_`".to_owned())
    }
}

impl StatementSpec {
    fn statement(
        &self,
        text: &str,
        is_custom: bool,
        accounts: ResettableAccounts,
    ) -> Result<Statement, String> {
        let Scanned { sql, verb, parameters, returning } = scan(text)?;
        if !self.verbs.split(" or ").any(|allowed| verb.eq_ignore_ascii_case(allowed)) {
            let verbs = self.verbs.replace(" or ", "` or `");
            return Err(format!("must begin with `{verbs}`"));
        }
        if let Some(missing) =
            (1..=self.required_params).find(|number| parameters & (1 << number) == 0)
        {
            return Err(format!("must use `?{missing}`"));
        }
        let highest = parameters.checked_ilog2().unwrap_or_default();
        if parameters != 0 && self.max_params == 0 {
            return Err("must not use parameters".to_owned());
        }
        if highest > self.max_params || (highest == 0 && self.max_params > 0) {
            return Err(format!(
                "must use only parameters from `?1` to `?{}`, and at least one",
                self.max_params
            ));
        }
        if self.returning && !returning {
            return Err("must have `RETURNING`, which reports whether it wrote".to_owned());
        }
        let sql = if self.select.is_empty() {
            sql.to_owned()
        } else {
            let select = filled(self.select, accounts);
            let order = filled(if is_custom { self.order } else { "" }, accounts);
            [&select, sql, "\n)", &order].concat()
        };
        Ok(Statement { variable: self.variable, sql, parameters: highest })
    }
}

#[cfg(test)]
mod tests {
    use relatch_config::ConfigError;

    use super::*;

    /// Reads the statements from these variables.
    fn parse(variables: &[(&str, &str)]) -> Result<DirectorySql, Vec<ConfigError>> {
        let text = |name: &str| {
            let variable = variables.iter().find(|(variable, _)| *variable == name);
            variable.map(|(_, text)| (*text).to_owned())
        };
        let mut reader = Reader::new(&text, "");
        let accounts = ResettableAccounts {
            with_admins: text("ALLOW_ADMINS").is_some(),
            verified_only: text("REQUIRE_VERIFIED").is_some(),
        };
        let statements = DirectorySql::read(&mut reader, accounts);
        let errors = reader.into_errors();
        statements.filter(|_| errors.is_empty()).ok_or(errors)
    }

    /// Reads the built-in statements as a team's own, with these changes.
    fn with(changes: &[(&'static str, &str)]) -> Result<DirectorySql, Vec<String>> {
        let specs = [FIND_BY_EMAIL, FIND_BY_USERNAME, ACCOUNT, SET_PASSWORD, REVOKE_SESSIONS, ANY];
        let filled = |spec: &StatementSpec| filled(spec.default_sql, ResettableAccounts::default());
        let built_in: Vec<String> = specs.iter().map(filled).collect();
        let mut variables: Vec<(&str, &str)> =
            specs.iter().zip(&built_in).map(|(spec, sql)| (spec.variable, &**sql)).collect();
        variables.retain(|(variable, _)| changes.iter().all(|(changed, _)| changed != variable));
        variables.extend(changes);
        let parsed = parse(&variables);
        parsed.map_err(|errors| errors.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_built_in_statements_are_valid_also_as_a_teams_own() {
        let built_in = parse(&[]).unwrap();
        assert_eq!((built_in.database.as_str(), built_in.is_custom), ("DB", false));
        let custom = with(&[]).unwrap();
        assert!(custom.is_custom);
        assert_eq!(
            (built_in.set_password.sql, built_in.set_password.parameters),
            (custom.set_password.sql, 7)
        );
        assert_eq!((built_in.find_by_email.parameters, built_in.account.parameters), (3, 1));
        assert_eq!(
            built_in.any.map(|any| (any.sql, any.parameters)),
            custom.any.map(|any| (any.sql, any.parameters))
        );
    }

    #[test]
    fn the_statement_any_depends_on_allow_admins_and_is_optional() {
        let any = |changes: &[(&str, &str)]| parse(changes).unwrap().any.map(|any| any.sql);
        assert!(any(&[]).unwrap().ends_with("role IN ('user') LIMIT 1"));
        assert!(
            any(&[("ALLOW_ADMINS", "true")])
                .unwrap()
                .ends_with("role IN ('user', 'admin') LIMIT 1")
        );
        assert!(with(&[("DIRECTORY_ANY", "none")]).unwrap().any.is_none());
        assert!(with(&[("DIRECTORY_ANY", "")]).unwrap().any.is_none());
        assert_eq!(
            with(&[("DIRECTORY_ANY", "SELECT 1 FROM t")]).unwrap().any.unwrap().sql,
            "SELECT 1 FROM t"
        );
    }

    #[test]
    fn the_column_verified_is_selected_only_where_it_is_required() {
        let texts = |sql: DirectorySql| {
            let statements = [Some(sql.find_by_email), sql.find_by_username, Some(sql.account)];
            let texts = statements.into_iter().flatten().map(|statement| statement.sql);
            (texts.collect::<Vec<_>>(), sql.any.map_or(String::new(), |any| any.sql))
        };
        for accounts in [parse(&[]).unwrap(), with(&[]).unwrap()] {
            let (selects, any) = texts(accounts);
            assert!(selects.iter().all(|sql| !sql.contains("verified")), "{selects:?}");
            assert!(!any.contains("verified"), "{any}");
        }
        let required = ("REQUIRE_VERIFIED", "true");
        let (selects, any) = texts(parse(&[required]).unwrap());
        for sql in &selects {
            assert_eq!(sql.matches(", verified AS verified").count(), 2, "{sql}");
        }
        for sql in selects.iter().take(2).chain([&any]) {
            assert!(sql.contains(" AND CAST(verified AS TEXT) = '1' "), "{sql}");
        }
        // A team's own statement stays as it is, also with what looks like a placeholder.
        let own = "SELECT '{verified}{column}{roles}' AS name FROM t WHERE ?1";
        let own = [required, ("DIRECTORY_FIND_BY_EMAIL", own), ("DIRECTORY_ANY", "none")];
        let (selects, _) = texts(with(&own).unwrap());
        assert!(selects[0].starts_with("SELECT id AS id, "), "{}", selects[0]);
        assert!(selects[0].contains(", verified AS verified FROM (\nSELECT '{verified}"));
        assert!(selects[0].ends_with(" AND CAST(verified AS TEXT) = '1' DESC LIMIT 20"));
    }

    #[test]
    fn the_columns_of_an_account_are_selected_by_name() {
        let sql = with(&[("DIRECTORY_ACCOUNT", "SELECT * FROM t WHERE a = ?1 -- all of it;\n ; ")])
            .unwrap()
            .account
            .sql;
        assert!(
            sql.starts_with("SELECT id AS id, username AS username, email AS email, "),
            "{sql}"
        );
        assert!(sql.ends_with("(\nSELECT * FROM t WHERE a = ?1 -- all of it;\n \n)"), "{sql}");
    }

    #[test]
    fn only_an_optional_statement_can_be_left_out() {
        let sql =
            with(&[("DIRECTORY_FIND_BY_USERNAME", "none"), ("DIRECTORY_REVOKE_SESSIONS", "none")])
                .unwrap();
        assert!(sql.find_by_username.is_none() && sql.revoke_sessions.is_none());
        for variable in ["DIRECTORY_FIND_BY_EMAIL", "DIRECTORY_ACCOUNT", "DIRECTORY_SET_PASSWORD"] {
            let errors = with(&[(variable, "none")]).unwrap_err();
            assert!(errors[0].starts_with(&format!("{variable}: must begin with ")), "{errors:?}");
        }
    }

    #[test]
    fn a_team_leaves_out_both_statements_about_sessions_or_neither() {
        assert!(parse(&[]).unwrap().session.is_some());
        let lacks =
            |sql: DirectorySql| sql.session.is_none() && sql.revoke_other_sessions.is_none();
        assert!(lacks(with(&[]).unwrap()));
        let none = [(SESSION.variable, "none"), (REVOKE_OTHER_SESSIONS.variable, "none")];
        assert!(lacks(with(&none).unwrap()));
        for lacking in [SESSION, REVOKE_OTHER_SESSIONS] {
            let given: Vec<_> =
                none.into_iter().filter(|(variable, _)| *variable != lacking.variable).collect();
            assert_eq!(
                with(&given).unwrap_err(),
                [format!("{}: must be set{READY_MADE}", lacking.variable)]
            );
        }
        let custom = with(&[
            (SESSION.variable, "SELECT user AS account, id AS session FROM s WHERE token = ?1"),
            (
                REVOKE_OTHER_SESSIONS.variable,
                "UPDATE s SET v = ?4 WHERE id = ?3 AND u = ?1 AND p = ?2",
            ),
        ])
        .unwrap();
        assert_eq!(
            (custom.session.unwrap().parameters, custom.revoke_other_sessions.unwrap().parameters),
            (1, 4)
        );
        assert!(custom.renew_session.is_none());
    }

    #[test]
    fn a_directory_ends_the_sessions_that_it_has_statements_for() {
        let session = "SELECT user AS account, id AS session FROM s WHERE token = ?1";
        let revoke = "DELETE FROM s WHERE u = ?1 AND p = ?2";
        let revoke_others = "DELETE FROM s WHERE u = ?1 AND p = ?2 AND id <> ?3";
        for (all, others) in [(revoke, "none"), ("none", revoke_others), ("none", "none")] {
            let statements = [
                (REVOKE_SESSIONS.variable, all),
                (SESSION.variable, session),
                (REVOKE_OTHER_SESSIONS.variable, others),
            ];
            let Capabilities { sessions, ends_sessions, ends_other_sessions, .. } =
                with(&statements).unwrap().capabilities();
            assert!(sessions);
            assert_eq!((ends_sessions, ends_other_sessions), (all != "none", others != "none"));
        }
        let built_in = parse(&[]).unwrap().capabilities();
        assert!(built_in.sessions && built_in.ends_sessions && built_in.ends_other_sessions);
    }

    #[test]
    fn built_in_statements_cannot_be_mixed_with_a_teams_own() {
        let errors = parse(&[("DIRECTORY_ACCOUNT", "SELECT ?1")]).unwrap_err();
        let named: Vec<&str> = errors.iter().map(|errors| errors.variable.as_str()).collect();
        let others = [FIND_BY_EMAIL, FIND_BY_USERNAME, SET_PASSWORD, REVOKE_SESSIONS]
            .map(|spec| spec.variable);
        assert_eq!(named, others);
    }

    #[test]
    fn words_and_parameters_in_strings_names_and_comments_are_ignored() {
        let set = |sql: &str| with(&[("DIRECTORY_SET_PASSWORD", sql)]);
        let compares = "a = ?2 AND b IS ?3 AND c IS ?4 AND d IS ?5 AND e IS ?6 AND 1 < ?7";
        assert!(
            set(&format!(
                "update [a;b] set \"x;?9\" = ?1 /* ;:a */ where {compares} returning 'it''s;$1'"
            ))
            .is_ok()
        );
        for hidden in [
            "'RETURNING'",
            "\"RETURNING\"",
            "[RETURNING]",
            "`RETURNING`",
            "-- RETURNING",
            "/* RETURNING */",
        ] {
            let errors =
                set(&format!("UPDATE t SET x = ?1 WHERE {compares} {hidden}")).unwrap_err();
            assert!(errors[0].contains("must have `RETURNING`"), "{hidden}: {errors:?}");
        }
        for hidden in ["'?6'", "\"?6\"", "[?6]", "`?6`", "1 --?6\n", "/*?6*/ 1"] {
            let errors = set(&format!(
                "UPDATE t SET x = ?1 WHERE {} RETURNING id",
                compares.replace("?6", hidden)
            ));
            assert!(errors.unwrap_err()[0].contains("must use `?6`"), "{hidden}");
        }
    }

    #[test]
    fn the_mail_that_asks_for_the_user_name_is_refused_without_user_names() {
        let without = (FIND_BY_USERNAME.variable, "none");
        let errors = with(&[without, ("SHARED_MAILBOX", "ambiguous")]).map(drop).unwrap_err();
        let expected =
            "SHARED_MAILBOX: must be `links` where `DIRECTORY_FIND_BY_USERNAME` is `none`";
        assert!(errors.len() == 1 && errors[0].starts_with(expected), "{errors:?}");
        for fine in ["links", ""] {
            let directory = with(&[without, ("SHARED_MAILBOX", fine)]).unwrap();
            assert!(!directory.capabilities().finds_by_username);
        }
        assert!(with(&[("SHARED_MAILBOX", "ambiguous")]).unwrap().capabilities().finds_by_username);
    }

    #[test]
    fn an_invalid_statement_is_reported_with_its_variable_and_the_reason() {
        for (variable, sql, reason) in [
            ("DIRECTORY_FIND_BY_EMAIL", "SELECT 1", "at least one"),
            ("DIRECTORY_FIND_BY_EMAIL", "SELECT ?1, ?4", "from `?1` to `?3`"),
            ("DIRECTORY_FIND_BY_EMAIL", "UPDATE t SET a = ?1", "must begin with `SELECT`"),
            (
                "DIRECTORY_FIND_BY_EMAIL",
                "WITH a AS (SELECT ?1) DELETE FROM t",
                "must begin with `SELECT`",
            ),
            (
                "DIRECTORY_FIND_BY_EMAIL",
                "SELECT :name, ?1",
                "must name its parameters `?1` to `?9`",
            ),
            ("DIRECTORY_FIND_BY_EMAIL", "SELECT ?1a", "must name its parameters `?1` to `?9`"),
            ("DIRECTORY_FIND_BY_EMAIL", "SELECT ?12, ?1", "must name its parameters `?1` to `?9`"),
            ("DIRECTORY_FIND_BY_EMAIL", "SELECT ?, ?1", "must name its parameters `?1` to `?9`"),
            ("DIRECTORY_FIND_BY_EMAIL", "SELECT ?0, ?1", "must name its parameters `?1` to `?9`"),
            (
                "DIRECTORY_FIND_BY_EMAIL",
                "SELECT ?99999999999999999999, ?1",
                "must name its parameters `?1` to `?9`",
            ),
            ("DIRECTORY_ACCOUNT", "SELECT ?1; DROP TABLE users", "must be one statement"),
            ("DIRECTORY_ACCOUNT", "SELECT ?1;;", "must be one statement"),
            ("DIRECTORY_ACCOUNT", "SELECT ?1 'to the end", "must close every quote and comment"),
            ("DIRECTORY_ACCOUNT", "SELECT ?1 /* to the end", "must close every quote and comment"),
            ("DIRECTORY_ACCOUNT", "-- a comment", "must begin with `SELECT`"),
            ("DIRECTORY_ANY", "SELECT ?1", "must not use parameters"),
            ("DIRECTORY_ANY", "DELETE FROM t", "must begin with `SELECT`"),
            (
                "DIRECTORY_SET_PASSWORD",
                "UPDATE t SET a = ?1 WHERE id = ?2 RETURNING id",
                "must use `?3`",
            ),
            (
                "DIRECTORY_SET_PASSWORD",
                "DELETE FROM t WHERE id = ?2 RETURNING id",
                "must begin with `UPDATE`",
            ),
            ("DIRECTORY_REVOKE_SESSIONS", "DELETE FROM s WHERE u = ?1", "must use `?2`"),
            ("DIRECTORY_REVOKE_SESSIONS", "SELECT ?1, ?2", "must begin with `DELETE` or `UPDATE`"),
            (
                "DIRECTORY_REVOKE_SESSIONS",
                "DELETE FROM s WHERE u = ?1 AND p = ?2 AND i = ?3",
                "from `?1` to `?2`",
            ),
            ("DIRECTORY_SESSION", "SELECT 1 AS account, 2 AS session", "at least one"),
            ("DIRECTORY_SESSION", "SELECT ?3", "from `?1` to `?2`"),
            (
                "DIRECTORY_REVOKE_OTHER_SESSIONS",
                "DELETE FROM s WHERE u = ?1 AND p = ?2",
                "must use `?3`",
            ),
        ] {
            let mut changes = vec![(variable, sql)];
            if variable == SESSION.variable || variable == REVOKE_OTHER_SESSIONS.variable {
                changes
                    .extend([SESSION, REVOKE_OTHER_SESSIONS].map(|spec| (spec.variable, "none")));
                changes.retain(|change| change.0 != variable || change.1 == sql);
            }
            let errors = with(&changes).map(drop).expect_err(sql);
            assert!(
                errors.len() == 1 && errors[0].starts_with(variable) && errors[0].contains(reason),
                "{sql}: {errors:?}"
            );
            assert!(errors[0].ends_with(READY_MADE), "{sql}: {errors:?}");
        }
    }
}
