//! The accounts in D1: in the tables that edge/migrations makes, or in a team's own, by the statements that
//! configuration holds.

use std::rc::Rc;

use js_sys::Array;
use relatch::{Password, SessionToken};
use wasm_bindgen::{JsCast as _, JsValue};
use worker_sys::{D1Database, D1DatabaseSession, D1PreparedStatement, D1Result};

use crate::bindings::field;
use crate::directory::statements::{DirectorySql, Statement};
use crate::host::{failed, millis, settle};
use relatch_config::Settings;
use relatch_domain::application::Application;
use relatch_domain::hashing;
use relatch_domain::ports::{Capabilities, CasOutcome, Directory, Outage};
use relatch_domain::timeouts;
use relatch_domain::values::account::{Account, AccountId, Fingerprint, PasswordHash, Role};
use relatch_domain::values::identifier::{Identifier, Kind};
use relatch_domain::values::session::{Session, SessionId, digest};
use relatch_domain::values::time::Moment;

mod probe;

pub use probe::wrong_sql;

/// The accounts in D1.
pub struct D1Directory {
    database: D1Database,
    application: Rc<Application>,
    settings: Rc<Settings<DirectorySql>>,
}

impl D1Directory {
    /// The accounts in this database.
    pub fn new(database: D1Database, application: &Rc<Application>, settings: &Rc<Settings<DirectorySql>>) -> Self {
        Self { database, application: Rc::clone(application), settings: Rc::clone(settings) }
    }

    fn sql(&self) -> &DirectorySql {
        &self.settings.adapters
    }

    /// A session that begins at the primary: what a read replica says may be old.
    fn primary(&self) -> Result<D1DatabaseSession, JsValue> {
        self.database.with_session(Some("first-primary"))
    }

    async fn rows(&self, step: &'static str, statement: &Statement, values: &[&str]) -> Result<Vec<Row>, Outage> {
        let values: Vec<JsValue> = values.iter().map(|value| JsValue::from_str(value)).collect();
        let result = self.primary().and_then(|session| prepare(&session, statement, &values)).and_then(|it| it.all());
        let result: D1Result = settle(step, timeouts::READ, result).await?.unchecked_into();
        Ok(rows_of(step, &result)?.iter().map(Row).collect())
    }

    /// The row of this very id. The database finds `1` for `01` and `1.0` too: several ids for one account.
    async fn row(&self, id: &AccountId) -> Result<Option<Row>, Outage> {
        probe::statements(self).await?;
        let rows = self.rows("directory: account", &self.sql().account, &[&id.0]).await?;
        let row = rows.into_iter().find(|row| row.id().as_ref() == Some(&id.0));
        if let Some(row) = &row {
            probe::comparison(self, row).await?;
        }
        Ok(row)
    }
}

impl Directory for D1Directory {
    fn capabilities(&self) -> Capabilities {
        Capabilities { sessions: self.sql().session.is_some() }
    }

    async fn find_accounts(&self, identifier: &Identifier) -> Result<Vec<Account>, Outage> {
        probe::statements(self).await?;
        let statement = match identifier.kind() {
            Kind::Email => Some(&self.sql().find_by_email),
            Kind::Username => self.sql().find_by_username.as_ref(),
        };
        let Some(statement) = statement else { return Ok(Vec::new()) };
        let rows = self.rows("directory: find", statement, &[identifier.canonical(), identifier.raw()]).await?;
        Ok(rows.iter().filter_map(Row::account).collect())
    }

    async fn account(&self, id: &AccountId) -> Result<Option<Account>, Outage> {
        Ok(self.row(id).await?.as_ref().and_then(Row::account))
    }

    async fn has_resettable_account(&self) -> Result<bool, Outage> {
        probe::statements(self).await?;
        let Some(any) = &self.sql().any else { return Ok(true) };
        Ok(!self.rows("directory: any", any, &[]).await?.is_empty())
    }

    async fn set_password(
        &self,
        id: &AccountId,
        expected: &Fingerprint,
        hash: &PasswordHash,
        deadline: Moment,
        keep: Option<&SessionId>,
    ) -> Result<CasOutcome, Outage> {
        const STEP: &str = "directory: set password";
        let Some(row) = self.row(id).await? else { return Ok(CasOutcome::Conflict) };
        if row.account().is_none_or(|account| account.fingerprint(&self.application.id) != *expected) {
            return Ok(CasOutcome::Conflict);
        }
        let sql = self.sql();
        let (revoke, renew) = match keep {
            Some(_) => (&sql.revoke_other_sessions, &sql.renew_session),
            None => (&sql.revoke_sessions, &None),
        };
        let keep = keep.map_or("", |keep| &keep.0);
        probe::revocation(self, &row, revoke.as_ref(), keep).await?;
        let write = row.write(hash.expose(), deadline);
        let values = [&id.0, hash.expose(), keep, &digest(hash.expose())].map(JsValue::from_str);
        let results = self.primary().and_then(|session| {
            let batch = Array::of1(&prepare(&session, &sql.set_password, &write)?.into());
            for statement in revoke.iter().chain(renew) {
                batch.push(&prepare(&session, statement, &values)?.into());
            }
            session.session_batch(batch)
        });
        let results: Array = settle(STEP, timeouts::WRITE, results).await?.unchecked_into();
        let written = rows_of(STEP, &results.get(0).unchecked_into())?;
        Ok(if written.length() == 0 { CasOutcome::Conflict } else { CasOutcome::Applied })
    }

    async fn verify(&self, id: &AccountId, password: &Password) -> Result<bool, Outage> {
        let hash = self.account(id).await?.and_then(|account| account.password_hash);
        Ok(hash.is_some_and(|hash| hashing::verify(password, &hash)))
    }

    async fn authenticate(&self, session: &SessionToken) -> Result<Option<Session>, Outage> {
        let Some(statement) = &self.sql().session else { return Ok(None) };
        probe::statements(self).await?;
        let token = session.expose();
        let rows = self.rows("directory: session", statement, &[token, &digest(token)]).await?;
        // Two sessions of one token are a statement that finds too much.
        let [row] = rows.as_slice() else { return Ok(None) };
        let (Some(account), Some(id)) = (row.key("account"), row.key("session")) else { return Ok(None) };
        let version = field(&row.0, "password_version");
        // What is there and no text is no version of any password.
        let version = (!version.is_null() && !version.is_undefined()).then(|| version.as_string().unwrap_or_default());
        let account = self.account(&AccountId(account)).await?;
        Ok(account.and_then(|account| Session::of(account, SessionId(id), version.as_deref())))
    }

    async fn check_configuration(&self) -> Result<bool, Outage> {
        probe::statements(self).await.map(|()| true).or_else(|outage| match wrong_sql(&self.application.id) {
            Some(_) => Ok(false),
            None => Err(outage),
        })
    }
}

/// A statement with its values; it is given as many as it uses.
fn prepare(
    session: &D1DatabaseSession,
    statement: &Statement,
    values: &[JsValue],
) -> Result<D1PreparedStatement, JsValue> {
    session
        .session_prepare(&statement.sql)?
        .bind(values.iter().zip(0..statement.parameters).map(|(value, _)| value).collect())
}

fn rows_of(step: &str, result: &D1Result) -> Result<Array, Outage> {
    result.results().map_err(|error| failed(step, &error))?.ok_or(Outage)
}

/// An account's row, as the database gave it.
struct Row(JsValue);

impl Row {
    fn text(&self, column: &str) -> Option<String> {
        field(&self.0, column).as_string()
    }

    fn id(&self) -> Option<String> {
        self.key("id")
    }

    /// A text, or a whole number that JavaScript does not round.
    fn key(&self, column: &str) -> Option<String> {
        #[expect(clippy::cast_possible_truncation, reason = "a whole number in the range of an i64")]
        let number = |number: f64| (number.fract() == 0.0 && number.abs() < 9e15).then(|| (number as i64).to_string());
        self.text(column).or_else(|| field(&self.0, column).as_f64().and_then(number))
    }

    /// What a write is given to compare: the values as they were read, whatever their type. The row must still be
    /// exactly that one.
    fn write(&self, hash: &str, deadline: Moment) -> [JsValue; 7] {
        let id = self.id().map_or(JsValue::NULL, |id| JsValue::from_str(&id));
        let [email, disabled, role, old_hash] =
            ["email", "disabled", "role", "password_hash"].map(|column| field(&self.0, column));
        [JsValue::from_str(hash), id, email, disabled, role, old_hash, JsValue::from_f64(millis(deadline))]
    }

    fn account(&self) -> Option<Account> {
        Some(Account {
            id: AccountId(self.id()?),
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
