//! The directory in D1: the tables of `edge/migrations`, or a team's own, through the configured
//! statements.

use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, JSON, Uint8Array};
use relatch::SessionToken;
use wasm_bindgen::{JsCast as _, JsValue};
use worker_sys::{D1Database, D1DatabaseSession, D1PreparedStatement, D1Result};

use crate::bindings::field;
use crate::directory::rows::{self, Column};
use crate::directory::statements::{DirectorySql, Statement, WorkerSettings};
use crate::directory::validity::configuration_error;
use crate::host::{await_promise, log_error, log_failure, millis};
use crate::options::Instance;
use relatch_domain::application::Application;
use relatch_domain::ports::{Capabilities, CasOutcome, Directory, Outage, PasswordWrite};
use relatch_domain::timeouts;
use relatch_domain::values::account::{Account, AccountId};
use relatch_domain::values::identifier::{AccountQuery, NameColumn};
use relatch_domain::values::session::{Session, SessionId, digest};
use relatch_domain::values::time::Moment;

mod probe;

/// The directory of one application.
pub struct D1Directory {
    database: D1Database,
    application: Rc<Application>,
    settings: Rc<WorkerSettings>,
    instance: Instance,
}

impl D1Directory {
    /// Creates the directory in this database.
    pub fn new(
        database: D1Database,
        application: &Rc<Application>,
        settings: &Rc<WorkerSettings>,
        instance: Instance,
    ) -> Self {
        let (application, settings) = (Rc::clone(application), Rc::clone(settings));
        Self { database, application, settings, instance }
    }

    fn sql(&self) -> &DirectorySql {
        &self.settings.adapters
    }

    /// Starts a session at the primary, because a read replica may be stale.
    fn primary(&self) -> Result<D1DatabaseSession, JsValue> {
        self.database.with_session(Some("first-primary"))
    }

    async fn rows(
        &self,
        step: &'static str,
        statement: &Statement,
        values: &[&str],
    ) -> Result<Vec<Row>, Outage> {
        let values: Vec<JsValue> = values.iter().map(|value| JsValue::from_str(value)).collect();
        let result = self
            .primary()
            .and_then(|session| prepare(&session, statement, &values))
            .and_then(|it| it.all());
        let result: D1Result = await_promise(step, timeouts::READ, result).await?.unchecked_into();
        Ok(rows_of(step, &result)?.iter().map(Row).collect())
    }

    /// Returns the row with exactly this id. `SQLite` also matches `01` and `1.0` with the number
    /// 1, which would give an account several ids.
    async fn row(&self, id: &AccountId) -> Result<Option<Row>, Outage> {
        probe::check_statements(self).await?;
        let rows = self.rows("directory: account", &self.sql().account, &[&id.0]).await?;
        let row = rows.into_iter().find(|row| row.id().as_ref() == Some(&id.0));
        if let Some(row) = &row {
            probe::check_comparison(self, row).await?;
        }
        Ok(row)
    }
}

impl Directory for D1Directory {
    fn capabilities(&self) -> Capabilities {
        self.sql().capabilities()
    }

    async fn find_accounts(&self, query: &AccountQuery) -> Result<Vec<Account>, Outage> {
        probe::check_statements(self).await?;
        let statement = match query.column() {
            NameColumn::Email => Some(&self.sql().find_by_email),
            NameColumn::Username => self.sql().find_by_username.as_ref(),
        };
        let Some(statement) = statement else { return Ok(Vec::new()) };
        let spellings: Array =
            query.spellings().iter().map(|text| JsValue::from_str(text)).collect();
        let spellings = JSON::stringify(&spellings).map(String::from).map_err(|_| Outage)?;
        let rows = self
            .rows("directory: find", statement, &[query.canonical(), query.raw(), &spellings])
            .await?;
        Ok(rows.iter().filter_map(|row| row.readable_account(statement)).collect())
    }

    async fn account(&self, id: &AccountId) -> Result<Option<Account>, Outage> {
        Ok(self.row(id).await?.and_then(|row| row.readable_account(&self.sql().account)))
    }

    async fn has_resettable_account(&self) -> Result<bool, Outage> {
        probe::check_statements(self).await?;
        let Some(any) = &self.sql().any else { return Ok(true) };
        Ok(!self.rows("directory: any", any, &[]).await?.is_empty())
    }

    async fn set_password(&self, write: PasswordWrite<'_>) -> Result<CasOutcome, Outage> {
        const STEP: &str = "directory: set password";
        let PasswordWrite { account: id, expected, hash, deadline, keep } = write;
        let Some(row) = self.row(id).await? else { return Ok(CasOutcome::Conflict) };
        if row
            .account()
            .is_none_or(|account| account.fingerprint(&self.application.id) != *expected)
        {
            return Ok(CasOutcome::Conflict);
        }
        if !probe::check_first_write(self, &row, hash.expose()).await? {
            return Ok(CasOutcome::Refused);
        }
        let sql = self.sql();
        let (revoke, renew) = match keep {
            Some(_) => (&sql.revoke_other_sessions, &sql.renew_session),
            None => (&sql.revoke_sessions, &None),
        };
        let keep = keep.map_or("", |keep| &keep.0);
        probe::check_revocation(self, &row, revoke.as_ref(), keep).await?;
        let write_params = row.write_params(hash.expose(), deadline);
        let values = [&id.0, hash.expose(), keep, &digest(hash.expose())].map(JsValue::from_str);
        let results = self.primary().and_then(|session| {
            let batch = Array::of1(&prepare(&session, &sql.set_password, &write_params)?.into());
            for statement in revoke.iter().chain(renew) {
                batch.push(&prepare(&session, statement, &values)?.into());
            }
            session.session_batch(batch)
        });
        let results: Array = await_promise(STEP, timeouts::WRITE, results).await?.unchecked_into();
        let written = rows_of(STEP, &results.get(0).unchecked_into())?;
        Ok(if written.length() == 0 { CasOutcome::Conflict } else { CasOutcome::Applied })
    }

    async fn authenticate(&self, session: &SessionToken) -> Result<Option<Session>, Outage> {
        let Some(statement) = &self.sql().session else { return Ok(None) };
        probe::check_statements(self).await?;
        let token = session.expose();
        let rows = self.rows("directory: session", statement, &[token, &digest(token)]).await?;
        // If a token has several sessions, the statement selects too much.
        let [row] = rows.as_slice() else { return Ok(None) };
        let [account, id] = ["account", "session"].map(|name| row.readable_id(statement, name));
        let (Some(account), Some(id)) = (account, id) else { return Ok(None) };
        let version = row.column("password_version").into_password_version();
        let account = self.account(&AccountId(account)).await?;
        Ok(account.and_then(|account| Session::of(account, SessionId(id), version.as_deref())))
    }

    async fn check_configuration(&self) -> Result<bool, Outage> {
        probe::check_statements(self).await.map(|()| true).or_else(|outage| {
            match configuration_error(self.instance, &self.application.id) {
                Some(_) => Ok(false),
                None => Err(outage),
            }
        })
    }
}

/// Prepares a statement and binds as many of the values as it has parameters.
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
    result.results().map_err(|error| log_failure(step, &error))?.ok_or(Outage)
}

/// A row of an account or a session.
struct Row(JsValue);

impl Row {
    fn column(&self, name: &str) -> Column {
        let value = field(&self.0, name);
        if value.is_null() || value.is_undefined() {
            return Column::Null;
        }
        if let Some(text) = value.as_string() {
            return Column::Text(text);
        }
        if let Some(number) = value.as_f64() {
            return Column::Number(number);
        }
        // D1 returns a BLOB as an array of numbers.
        let bytes = match value.dyn_into::<Array>() {
            Ok(numbers) => Some(Uint8Array::new(&numbers)),
            Err(value) => value.dyn_into::<ArrayBuffer>().ok().map(|it| Uint8Array::new(&it)),
        };
        bytes.map_or(Column::Other, |bytes| Column::Blob(bytes.to_vec()))
    }

    fn id(&self) -> Option<String> {
        self.column("id").into_id()
    }

    /// Returns an id that a statement selected. One that cannot be compared again is logged,
    /// because its account is otherwise never found.
    fn readable_id(&self, statement: &Statement, name: &str) -> Option<String> {
        let id = self.column(name).into_id();
        if id.is_none() {
            log_error(&format!(
                "directory: {}: `{name}` must be text or a whole number, but a row has another \
                 type, such as BLOB: the row is ignored",
                statement.variable
            ));
        }
        id
    }

    fn readable_account(&self, statement: &Statement) -> Option<Account> {
        self.readable_id(statement, "id")?;
        self.account()
    }

    fn account(&self) -> Option<Account> {
        rows::account(|name| self.column(name))
    }

    /// Returns the parameters of a write. Those to compare have the values and types that were
    /// read, so that the row must still be the same.
    fn write_params(&self, hash: &str, deadline: Moment) -> [JsValue; 7] {
        let id = self.id().map_or(JsValue::NULL, |id| JsValue::from_str(&id));
        let [email, disabled, role, old_hash] =
            ["email", "disabled", "role", "password_hash"].map(|column| field(&self.0, column));
        [
            JsValue::from_str(hash),
            id,
            email,
            disabled,
            role,
            old_hash,
            JsValue::from_f64(millis(deadline)),
        ]
    }
}
