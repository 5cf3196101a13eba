//! The directory's SQL: five statements, and two more for changes by whoever is signed in, which a team replaces to keep
//! its own tables. What they are given and have to give is described in edge/directories; here they are checked as far as
//! that goes without a database.

use relatch_config::{AdapterSettings, Reader};

/// The binding of the database, where nothing else is configured.
pub const DATABASE: &str = "DB";

/// What stands for a statement that a team's tables have no use for.
const NONE: &str = "none";

/// Stands around every selecting statement: the database says which of an account's columns it lacks, and their names
/// come back as they are spelled here.
const SELECT: &str = "SELECT id AS id, username AS username, email AS email, name AS name, \
    password_hash AS password_hash, role AS role, disabled AS disabled FROM (\n";

/// The same for a session. What else it has comes along.
const SELECT_SESSION: &str = "SELECT account AS account, session AS session, * FROM (\n";

/// The directory's statements.
#[derive(Clone, Debug)]
pub struct DirectorySql {
    /// The binding of the database that they are for.
    pub database: String,
    /// Accounts that may have this address.
    pub find_by_email: Statement,
    /// Accounts that may have this user name; none where there are no user names.
    pub find_by_username: Option<Statement>,
    /// The account of this id.
    pub account: Statement,
    /// Compares and sets.
    pub set_password: Statement,
    /// Gives a row if any account could reset; none where nobody said how that is found out.
    pub any: Option<Statement>,
    /// Ends an account's sessions, if the write before it took effect; none where there are none to end.
    pub revoke_sessions: Option<Statement>,
    /// The session of a token; none where nobody can be told to be signed in.
    pub session: Option<Statement>,
    /// As [`Self::revoke_sessions`], but for one session.
    pub revoke_other_sessions: Option<Statement>,
    /// Lets that one go on under the new password. Only ours needs a statement of its own for it.
    pub renew_session: Option<Statement>,
    /// Whether a team wrote them: ours are known to compare what they must.
    pub own: bool,
}

/// One statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The variable that it stands in.
    pub variable: &'static str,
    /// Its SQL, to be prepared as it is.
    pub sql: String,
    /// How many values it is given: as many as the highest parameter that it uses.
    pub parameters: u32,
}

/// What a statement has to be.
struct Shape {
    variable: &'static str,
    /// What it may begin with, as a message says it.
    verbs: &'static str,
    /// It uses every parameter up to this one,
    needs: u32,
    /// and none after this one.
    takes: u32,
    /// Whether it has to tell what it wrote.
    returning: bool,
    /// Whether it can be left out.
    may_lack: bool,
    /// Whether saying nothing of it leaves it out.
    is_extra: bool,
    /// What is put around it.
    select: &'static str,
    ours: &'static str,
}

const PLAIN: Shape = Shape {
    variable: "",
    verbs: "SELECT",
    needs: 1,
    takes: 1,
    returning: false,
    may_lack: false,
    is_extra: false,
    select: SELECT,
    ours: "",
};

// An identifier is looked for in two forms, both of which use the index: canonical, and as typed with only the letters
// folded that SQLite folds, which also finds a stored name whose other letters are not lower case.
const FIND_BY_EMAIL: Shape = Shape {
    variable: "DIRECTORY_FIND_BY_EMAIL",
    takes: 2,
    ours: "SELECT CAST(id AS TEXT) AS id, username, email, name, password_hash, role, disabled \
        FROM users WHERE lower(email) IN (?1, lower(?2)) LIMIT 20",
    ..PLAIN
};
const FIND_BY_USERNAME: Shape = Shape {
    variable: "DIRECTORY_FIND_BY_USERNAME",
    takes: 2,
    may_lack: true,
    ours: "SELECT CAST(id AS TEXT) AS id, username, email, name, password_hash, role, disabled \
        FROM users WHERE lower(username) IN (?1, lower(?2)) LIMIT 20",
    ..PLAIN
};
const ACCOUNT: Shape = Shape {
    variable: "DIRECTORY_ACCOUNT",
    ours: "SELECT CAST(id AS TEXT) AS id, username, email, name, password_hash, role, disabled \
        FROM users WHERE id = ?1",
    ..PLAIN
};
// A row says yes, whatever is in it.
const ANY: Shape = Shape {
    variable: "DIRECTORY_ANY",
    needs: 0,
    takes: 0,
    may_lack: true,
    is_extra: true,
    select: "",
    ours: "SELECT 1 FROM users WHERE email <> '' AND password_hash <> '' AND disabled = 0 AND role = 'user' LIMIT 1",
    ..PLAIN
};
const ANY_WITH_ADMINS: Shape = Shape {
    ours: "SELECT 1 FROM users WHERE email <> '' AND password_hash <> '' AND disabled = 0 \
        AND role IN ('user', 'admin') LIMIT 1",
    ..ANY
};
// Compares everything that the fingerprint is made of, as it was just read, and the database's own clock with the
// deadline. `RETURNING` tells whether it wrote: a count of changes would count a trigger's writes too.
const SET_PASSWORD: Shape = Shape {
    variable: "DIRECTORY_SET_PASSWORD",
    select: "",
    verbs: "UPDATE",
    needs: 7,
    takes: 7,
    returning: true,
    ours: "UPDATE users SET password_hash = ?1 \
        WHERE id = ?2 AND email IS ?3 AND disabled IS ?4 AND role IS ?5 AND password_hash IS ?6 \
        AND unixepoch('now', 'subsec') * 1000 < ?7 RETURNING id",
    ..PLAIN
};
// Runs in one transaction with the write, and only takes effect if that wrote.
const REVOKE_SESSIONS: Shape = Shape {
    variable: "DIRECTORY_REVOKE_SESSIONS",
    ours: "DELETE FROM sessions WHERE user_id = ?1 \
        AND EXISTS (SELECT 1 FROM users WHERE id = ?1 AND password_hash = ?2)",
    ..REVOKE
};
const REVOKE: Shape = Shape { verbs: "DELETE or UPDATE", needs: 2, takes: 2, may_lack: true, select: "", ..PLAIN };
// Found by a digest, so that whoever reads the table holds no session.
const SESSION: Shape = Shape {
    variable: "DIRECTORY_SESSION",
    needs: 0,
    takes: 2,
    may_lack: true,
    select: SELECT_SESSION,
    ours: "SELECT CAST(user_id AS TEXT) AS account, id AS session, password_version \
        FROM sessions WHERE id = ?2 AND expires_at > unixepoch()",
    ..PLAIN
};
const REVOKE_OTHER_SESSIONS: Shape = Shape {
    variable: "DIRECTORY_REVOKE_OTHER_SESSIONS",
    needs: 3,
    takes: 4,
    ours: "DELETE FROM sessions WHERE user_id = ?1 AND id <> ?3 \
        AND EXISTS (SELECT 1 FROM users WHERE id = ?1 AND password_hash = ?2)",
    ..REVOKE
};
const RENEW_SESSION: Shape = Shape {
    ours: "UPDATE sessions SET password_version = ?4 WHERE id = ?3 AND password_version IS NOT NULL \
        AND EXISTS (SELECT 1 FROM users WHERE id = ?1 AND password_hash = ?2)",
    ..REVOKE_OTHER_SESSIONS
};

impl AdapterSettings for DirectorySql {
    /// Reads the statements: all built-in ones, or all of the team's own.
    fn read(reader: &mut Reader<'_>, admins_may_reset: bool) -> Option<Self> {
        let any = if admins_may_reset { ANY_WITH_ADMINS } else { ANY };
        let shapes = [FIND_BY_EMAIL, FIND_BY_USERNAME, ACCOUNT, SET_PASSWORD, REVOKE_SESSIONS, any];
        let of_sessions = [SESSION, REVOKE_OTHER_SESSIONS];
        let database = reader.optional("DIRECTORY_DATABASE", binding, DATABASE.to_owned());
        let own = shapes.iter().chain(&of_sessions).any(|shape| reader.text(shape.variable).is_some());
        // A team's own may lack both, but not one of them.
        let signed_in = !own || of_sessions.iter().any(|shape| reader.text(shape.variable).is_some());
        let [session, revoke_other_sessions] =
            of_sessions.map(|shape| signed_in.then(|| statement(reader, &shape, own)).flatten());
        let [find_by_email, find_by_username, account, set_password, revoke_sessions, any] =
            shapes.map(|shape| statement(reader, &shape, own));
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
            renew_session: if own { None } else { statement(reader, &RENEW_SESSION, own) },
            own,
        })
    }
}

fn statement(reader: &mut Reader<'_>, shape: &Shape, own: bool) -> Option<Statement> {
    let parse = |text: &str| match text {
        NONE if shape.may_lack => Ok(None),
        _ => shape.statement(text).map(Some),
    };
    if own && shape.is_extra {
        reader.optional(shape.variable, parse, None)
    } else if own {
        reader.required(shape.variable, parse).flatten()
    } else {
        let ours = parse(shape.ours);
        reader.collect(shape.variable, ours).flatten()
    }
}

/// A binding's name, as wrangler takes it.
fn binding(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if text.len() <= 64 && text.chars().all(fits) {
        Ok(text.to_owned())
    } else {
        Err("is not a binding's name".to_owned())
    }
}

impl Shape {
    fn statement(&self, text: &str) -> Result<Statement, String> {
        let Scanned { sql, verb, parameters, returning } = scan(text)?;
        if !self.verbs.split(" or ").any(|allowed| verb.eq_ignore_ascii_case(allowed)) {
            return Err(["does not begin with ", self.verbs].concat());
        }
        if let Some(missing) = (1..=self.needs).find(|number| parameters & (1 << number) == 0) {
            return Err(format!("does not use ?{missing}"));
        }
        let highest = parameters.checked_ilog2().unwrap_or_default();
        if parameters != 0 && self.takes == 0 {
            return Err("uses a parameter, and there are none".to_owned());
        }
        if highest > self.takes || (highest == 0 && self.takes > 0) {
            return Err(format!("uses a parameter that is none of ?1 to ?{}, or no parameter", self.takes));
        }
        if self.returning && !returning {
            return Err("has no RETURNING: nothing else tells whether it wrote".to_owned());
        }
        let sql = if self.select.is_empty() { sql.to_owned() } else { [self.select, sql, "\n)"].concat() };
        Ok(Statement { variable: self.variable, sql, parameters: highest })
    }
}

/// What a statement is made of, as far as it matters here: what stands in texts, quoted names and comments does not.
struct Scanned<'a> {
    /// The statement, without the semicolon at its end.
    sql: &'a str,
    /// Its first word.
    verb: &'a str,
    /// A bit for each parameter that it uses.
    parameters: u32,
    /// Whether the word RETURNING is in it.
    returning: bool,
}

/// Reads one statement.
fn scan(text: &str) -> Result<Scanned<'_>, &'static str> {
    const PARAMETER: &str = "names a parameter otherwise than ?1 to ?9";
    const OPEN: &str = "holds a quote or a comment that does not end";
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
            _ if !end.is_empty() => after.split_once(end).ok_or(OPEN)?.1,
            ';' if after.trim_ascii().is_empty() => {
                scanned.sql = text.strip_suffix(rest).unwrap_or(text);
                return Ok(scanned);
            }
            ';' => return Err("is more than one statement"),
            ':' | '@' | '$' => return Err(PARAMETER),
            '?' => {
                let end = after.trim_start_matches(is_word);
                let number = after.strip_suffix(end).filter(|digits| digits.len() == 1 && *digits != "0");
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

#[cfg(test)]
mod tests {
    use relatch_config::ConfigError;

    use super::*;

    /// Reads the statements of these variables.
    fn parse(variables: &[(&str, &str)]) -> Result<DirectorySql, Vec<ConfigError>> {
        let text = |name: &str| {
            let variable = variables.iter().find(|(variable, _)| *variable == name);
            variable.map(|(_, text)| (*text).to_owned())
        };
        let mut reader = Reader::new(&text, "");
        let statements = DirectorySql::read(&mut reader, text("ALLOW_ADMINS").is_some());
        let errors = reader.into_errors();
        statements.filter(|_| errors.is_empty()).ok_or(errors)
    }

    /// A configuration whose statements are these, and otherwise ours.
    fn with(changes: &[(&'static str, &str)]) -> Result<DirectorySql, Vec<String>> {
        let shapes = [FIND_BY_EMAIL, FIND_BY_USERNAME, ACCOUNT, SET_PASSWORD, REVOKE_SESSIONS, ANY];
        let mut variables: Vec<(&str, &str)> = shapes.iter().map(|shape| (shape.variable, shape.ours)).collect();
        variables.retain(|(variable, _)| changes.iter().all(|(changed, _)| changed != variable));
        variables.extend(changes);
        let parsed = parse(&variables);
        parsed.map_err(|wrong| wrong.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn ours_are_good_statements_and_so_are_they_written_out() {
        let ours = parse(&[]).unwrap();
        assert_eq!((ours.database.as_str(), ours.own), ("DB", false));
        let own = with(&[]).unwrap();
        assert!(own.own);
        assert_eq!((ours.set_password.sql, ours.set_password.parameters), (own.set_password.sql, 7));
        assert_eq!((ours.find_by_email.parameters, ours.account.parameters), (2, 1));
        assert_eq!(ours.any.map(|any| (any.sql, any.parameters)), own.any.map(|any| (any.sql, any.parameters)));
    }

    #[test]
    fn whether_anybody_could_reset_is_asked_as_administrators_may_or_may_not_and_not_where_a_team_says_nothing() {
        let any = |changes: &[(&str, &str)]| parse(changes).unwrap().any.map(|any| any.sql);
        assert!(any(&[]).unwrap().ends_with("role = 'user' LIMIT 1"));
        assert!(any(&[("ALLOW_ADMINS", "true")]).unwrap().ends_with("role IN ('user', 'admin') LIMIT 1"));
        assert!(with(&[("DIRECTORY_ANY", "none")]).unwrap().any.is_none());
        assert!(with(&[("DIRECTORY_ANY", "")]).unwrap().any.is_none());
        assert_eq!(with(&[("DIRECTORY_ANY", "SELECT 1 FROM t")]).unwrap().any.unwrap().sql, "SELECT 1 FROM t");
    }

    #[test]
    fn the_columns_of_an_account_are_asked_for_by_name() {
        let sql =
            with(&[("DIRECTORY_ACCOUNT", "SELECT * FROM t WHERE a = ?1 -- all of it;\n ; ")]).unwrap().account.sql;
        assert!(sql.starts_with("SELECT id AS id, username AS username, email AS email, "), "{sql}");
        assert!(sql.ends_with("(\nSELECT * FROM t WHERE a = ?1 -- all of it;\n \n)"), "{sql}");
    }

    #[test]
    fn only_what_a_table_may_lack_can_be_left_out() {
        let sql = with(&[("DIRECTORY_FIND_BY_USERNAME", "none"), ("DIRECTORY_REVOKE_SESSIONS", "none")]).unwrap();
        assert!(sql.find_by_username.is_none() && sql.revoke_sessions.is_none());
        for variable in ["DIRECTORY_FIND_BY_EMAIL", "DIRECTORY_ACCOUNT", "DIRECTORY_SET_PASSWORD"] {
            let wrong = with(&[(variable, "none")]).unwrap_err();
            assert!(wrong[0].starts_with(&format!("{variable}: does not begin with ")), "{wrong:?}");
        }
    }

    #[test]
    fn a_team_that_has_no_sessions_to_ask_for_leaves_both_statements_of_them_out_or_says_so() {
        assert!(parse(&[]).unwrap().session.is_some());
        let lacks = |sql: DirectorySql| sql.session.is_none() && sql.revoke_other_sessions.is_none();
        assert!(lacks(with(&[]).unwrap()));
        let none = [(SESSION.variable, "none"), (REVOKE_OTHER_SESSIONS.variable, "none")];
        assert!(lacks(with(&none).unwrap()));
        for lacking in [SESSION, REVOKE_OTHER_SESSIONS] {
            let given: Vec<_> = none.into_iter().filter(|(variable, _)| *variable != lacking.variable).collect();
            assert_eq!(with(&given).unwrap_err(), [format!("{}: must be set", lacking.variable)]);
        }
        let own = with(&[
            (SESSION.variable, "SELECT user AS account, id AS session FROM s WHERE token = ?1"),
            (REVOKE_OTHER_SESSIONS.variable, "UPDATE s SET v = ?4 WHERE id = ?3 AND u = ?1 AND p = ?2"),
        ])
        .unwrap();
        assert_eq!((own.session.unwrap().parameters, own.revoke_other_sessions.unwrap().parameters), (1, 4));
        assert!(own.renew_session.is_none());
    }

    #[test]
    fn half_of_ours_and_half_of_a_teams_own_is_a_mistake() {
        let wrong = parse(&[("DIRECTORY_ACCOUNT", ACCOUNT.ours)]).unwrap_err();
        let named: Vec<&str> = wrong.iter().map(|wrong| wrong.variable.as_str()).collect();
        let others = [FIND_BY_EMAIL, FIND_BY_USERNAME, SET_PASSWORD, REVOKE_SESSIONS].map(|shape| shape.variable);
        assert_eq!(named, others);
    }

    #[test]
    fn what_words_and_parameters_stand_in_texts_names_and_comments_does_not_count() {
        let set = |sql: &str| with(&[("DIRECTORY_SET_PASSWORD", sql)]);
        let compares = "a = ?2 AND b IS ?3 AND c IS ?4 AND d IS ?5 AND e IS ?6 AND 1 < ?7";
        assert!(
            set(&format!("update [a;b] set \"x;?9\" = ?1 /* ;:a */ where {compares} returning 'it''s;$1'")).is_ok()
        );
        for hidden in ["'RETURNING'", "\"RETURNING\"", "[RETURNING]", "`RETURNING`", "-- RETURNING", "/* RETURNING */"]
        {
            let wrong = set(&format!("UPDATE t SET x = ?1 WHERE {compares} {hidden}")).unwrap_err();
            assert!(wrong[0].contains("has no RETURNING"), "{hidden}: {wrong:?}");
        }
        for hidden in ["'?6'", "\"?6\"", "[?6]", "`?6`", "1 --?6\n", "/*?6*/ 1"] {
            let wrong = set(&format!("UPDATE t SET x = ?1 WHERE {} RETURNING id", compares.replace("?6", hidden)));
            assert!(wrong.unwrap_err()[0].contains("does not use ?6"), "{hidden}");
        }
    }

    #[test]
    fn a_statement_that_is_not_what_it_must_be_is_named_with_the_reason() {
        for (variable, sql, reason) in [
            ("DIRECTORY_FIND_BY_EMAIL", "SELECT 1", "does not use ?1"),
            ("DIRECTORY_FIND_BY_EMAIL", "SELECT ?1, ?3", "none of ?1 to ?2"),
            ("DIRECTORY_FIND_BY_EMAIL", "UPDATE t SET a = ?1", "does not begin with SELECT"),
            ("DIRECTORY_FIND_BY_EMAIL", "WITH a AS (SELECT ?1) DELETE FROM t", "does not begin with SELECT"),
            ("DIRECTORY_FIND_BY_EMAIL", "SELECT :name, ?1", "otherwise than ?1"),
            ("DIRECTORY_FIND_BY_EMAIL", "SELECT ?1a", "otherwise than ?1"),
            ("DIRECTORY_FIND_BY_EMAIL", "SELECT ?12, ?1", "otherwise than ?1"),
            ("DIRECTORY_FIND_BY_EMAIL", "SELECT ?, ?1", "otherwise than ?1"),
            ("DIRECTORY_FIND_BY_EMAIL", "SELECT ?0, ?1", "otherwise than ?1"),
            ("DIRECTORY_FIND_BY_EMAIL", "SELECT ?99999999999999999999, ?1", "otherwise than ?1"),
            ("DIRECTORY_ACCOUNT", "SELECT ?1; DROP TABLE users", "more than one statement"),
            ("DIRECTORY_ACCOUNT", "SELECT ?1;;", "more than one statement"),
            ("DIRECTORY_ACCOUNT", "SELECT ?1 'to the end", "a quote or a comment that does not end"),
            ("DIRECTORY_ACCOUNT", "SELECT ?1 /* to the end", "a quote or a comment that does not end"),
            ("DIRECTORY_ACCOUNT", "-- nothing", "does not begin with SELECT"),
            ("DIRECTORY_ANY", "SELECT ?1", "uses a parameter, and there are none"),
            ("DIRECTORY_ANY", "DELETE FROM t", "does not begin with SELECT"),
            ("DIRECTORY_SET_PASSWORD", "UPDATE t SET a = ?1 WHERE id = ?2 RETURNING id", "does not use ?3"),
            ("DIRECTORY_SET_PASSWORD", "DELETE FROM t WHERE id = ?2 RETURNING id", "does not begin with UPDATE"),
            ("DIRECTORY_REVOKE_SESSIONS", "DELETE FROM s WHERE u = ?1", "does not use ?2"),
            ("DIRECTORY_REVOKE_SESSIONS", "SELECT ?1, ?2", "does not begin with DELETE or UPDATE"),
            ("DIRECTORY_REVOKE_SESSIONS", "DELETE FROM s WHERE u = ?1 AND p = ?2 AND i = ?3", "none of ?1 to ?2"),
            ("DIRECTORY_SESSION", "SELECT 1 AS account, 2 AS session", "no parameter"),
            ("DIRECTORY_SESSION", "SELECT ?3", "none of ?1 to ?2"),
            ("DIRECTORY_REVOKE_OTHER_SESSIONS", "DELETE FROM s WHERE u = ?1 AND p = ?2", "does not use ?3"),
        ] {
            let mut changes = vec![(variable, sql)];
            if variable == SESSION.variable || variable == REVOKE_OTHER_SESSIONS.variable {
                changes.extend([SESSION, REVOKE_OTHER_SESSIONS].map(|shape| (shape.variable, "none")));
                changes.retain(|change| change.0 != variable || change.1 == sql);
            }
            let wrong = with(&changes).map(drop).expect_err(sql);
            assert!(
                wrong.len() == 1 && wrong[0].starts_with(variable) && wrong[0].contains(reason),
                "{sql}: {wrong:?}"
            );
        }
    }
}
