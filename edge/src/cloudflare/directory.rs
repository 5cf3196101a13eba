//! The accounts in D1: the tables that edge/migrations makes.

use std::time::Duration;

use js_sys::Array;
use relatch::Password;
use wasm_bindgen::{JsCast as _, JsValue};
use worker_sys::{D1Database, D1DatabaseSession, D1PreparedStatement, D1Result};

use super::bindings::field;
use super::host::{failed, millis, settle};
use crate::core::account::{Account, AccountId, Fingerprint, PasswordHash, Role};
use crate::core::config::ApplicationId;
use crate::core::hashing;
use crate::core::identifier::{Identifier, Kind};
use crate::core::ports::{Directory, Outage, Written};
use crate::core::time::Moment;

/// The name of the database.
pub const BINDING: &str = "DB";

// An identifier is looked for in two forms, both of which use the index: canonical, and as typed with only the letters
// folded that SQLite folds, which also finds a stored name whose other letters are not lower case.
const FIND_BY_EMAIL: &str = "SELECT CAST(id AS TEXT) AS id, username, email, name, password_hash, role, disabled \
    FROM users WHERE lower(email) IN (?1, lower(?2)) LIMIT 20";
const FIND_BY_USERNAME: &str = "SELECT CAST(id AS TEXT) AS id, username, email, name, password_hash, role, disabled \
    FROM users WHERE lower(username) IN (?1, lower(?2)) LIMIT 20";
const ACCOUNT: &str = "SELECT CAST(id AS TEXT) AS id, username, email, name, password_hash, role, disabled \
    FROM users WHERE id = ?1";

/// Compares everything that the fingerprint is made of, as it was just read, and the database's own clock with the
/// deadline. `RETURNING` tells whether it wrote: a count of changes would count a trigger's writes too.
const SET_PASSWORD: &str = "UPDATE users SET password_hash = ?1 \
    WHERE id = ?2 AND email IS ?3 AND disabled IS ?4 AND role IS ?5 AND password_hash IS ?6 \
    AND unixepoch('now', 'subsec') * 1000 < ?7 RETURNING id";
/// Runs in one transaction with the write, and only takes effect if that wrote.
const REVOKE_SESSIONS: &str = "DELETE FROM sessions WHERE user_id = ?1 \
    AND EXISTS (SELECT 1 FROM users WHERE id = ?1 AND password_hash = ?2)";

// A commit reads up to three times and writes once: together less than a claim's lease.
const READ_LIMIT: Duration = Duration::from_secs(5);
const WRITE_LIMIT: Duration = Duration::from_secs(8);

/// The accounts in D1.
pub struct D1Directory {
    database: D1Database,
    application: ApplicationId,
}

impl D1Directory {
    /// The accounts in this database.
    pub fn new(database: D1Database, application: &ApplicationId) -> Self {
        Self { database, application: application.clone() }
    }

    /// A session that begins at the primary: what a read replica says may be old.
    fn primary(&self) -> Result<D1DatabaseSession, JsValue> {
        self.database.with_session(Some("first-primary"))
    }

    async fn rows(&self, step: &'static str, sql: &str, values: &[&str]) -> Result<Vec<Row>, Outage> {
        let values: Vec<JsValue> = values.iter().map(|value| JsValue::from_str(value)).collect();
        let result = self.primary().and_then(|session| prepare(&session, sql, &values)).and_then(|it| it.all());
        let result: D1Result = settle(step, READ_LIMIT, result).await?.unchecked_into();
        Ok(rows_of(step, &result)?.iter().map(Row).collect())
    }

    /// The row of this very id. The database finds `1` for `01` and `1.0` too: several ids for one account.
    async fn row(&self, id: &AccountId) -> Result<Option<Row>, Outage> {
        let rows = self.rows("directory: account", ACCOUNT, &[&id.0]).await?;
        Ok(rows.into_iter().find(|row| row.text("id").as_ref() == Some(&id.0)))
    }
}

impl Directory for D1Directory {
    async fn find(&self, identifier: &Identifier) -> Result<Vec<Account>, Outage> {
        let sql = match identifier.kind() {
            Kind::Email => FIND_BY_EMAIL,
            Kind::Username => FIND_BY_USERNAME,
        };
        let rows = self.rows("directory: find", sql, &[identifier.canonical(), identifier.typed()]).await?;
        Ok(rows.iter().filter_map(Row::account).collect())
    }

    async fn account(&self, id: &AccountId) -> Result<Option<Account>, Outage> {
        Ok(self.row(id).await?.as_ref().and_then(Row::account))
    }

    async fn set_password(
        &self,
        id: &AccountId,
        expected: &Fingerprint,
        hash: &PasswordHash,
        deadline: Moment,
    ) -> Result<Written, Outage> {
        const STEP: &str = "directory: set password";
        let Some(row) = self.row(id).await? else { return Ok(Written::NoRow) };
        if row.account().is_none_or(|account| account.fingerprint(&self.application) != *expected) {
            return Ok(Written::NoRow);
        }
        let (id, hash) = (JsValue::from_str(&id.0), JsValue::from_str(hash.expose()));
        // The values as they were read, whatever their type: the row must still be exactly that one.
        let as_read = ["email", "disabled", "role", "password_hash"].map(|column| field(&row.0, column));
        let [email, disabled, role, old_hash] = as_read;
        let write = [hash.clone(), id.clone(), email, disabled, role, old_hash, JsValue::from_f64(millis(deadline))];
        let results = self.primary().and_then(|session| {
            let write = prepare(&session, SET_PASSWORD, &write)?;
            let revoke = prepare(&session, REVOKE_SESSIONS, &[id, hash])?;
            session.session_batch(Array::of2(&write.into(), &revoke.into()))
        });
        let results: Array = settle(STEP, WRITE_LIMIT, results).await?.unchecked_into();
        let written = rows_of(STEP, &results.get(0).unchecked_into())?;
        Ok(if written.length() == 0 { Written::NoRow } else { Written::Row })
    }

    async fn verify(&self, id: &AccountId, password: &Password) -> Result<bool, Outage> {
        let hash = self.account(id).await?.and_then(|account| account.password_hash);
        Ok(hash.is_some_and(|hash| hashing::verify(password, &hash)))
    }
}

fn prepare(session: &D1DatabaseSession, sql: &str, values: &[JsValue]) -> Result<D1PreparedStatement, JsValue> {
    session.session_prepare(sql)?.bind(values.iter().collect())
}

fn rows_of(step: &str, result: &D1Result) -> Result<Array, Outage> {
    result.results().map_err(|error| failed(step, &error))?.ok_or(Outage)
}

/// A row of `users`, as the database gave it.
struct Row(JsValue);

impl Row {
    fn text(&self, column: &str) -> Option<String> {
        field(&self.0, column).as_string()
    }

    fn account(&self) -> Option<Account> {
        Some(Account {
            id: AccountId(self.text("id")?),
            username: self.text("username").unwrap_or_default(),
            email: self.text("email"),
            name: self.text("name"),
            password_hash: self.text("password_hash").map(PasswordHash::from),
            role: match self.text("role").as_deref() {
                Some("user") => Role::User,
                Some("admin") => Role::Admin,
                // A role that nobody told us of may be anything: it never resets by mail.
                _ => Role::Machine,
            },
            // Only a plain 0 is a plain no.
            disabled: field(&self.0, "disabled").as_f64() != Some(0.0),
        })
    }
}
