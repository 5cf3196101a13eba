//! The hook `directory` as values, and the probe of its `setPassword`.
//!
//! The probe runs once in each isolate, on the account of the first commit and under its claim, so
//! that no other commit of the account runs. It asks for writes that must not happen: each with the
//! current hash as the new one and with one wrong value. So even a directory that compares nothing
//! changes nothing. Then it reads the account again, and after the write itself once more.

use std::time::Duration;

use relatch_domain::claims::{LEASE, WRITE_DEADLINE};
use relatch_domain::ports::{Outage, PasswordWrite};
use relatch_domain::values::account::{Account, AccountId, Fingerprint, PasswordHash, Role};
use relatch_domain::values::application_id::ApplicationId;
use relatch_domain::values::identifier::{AccountQuery, NameColumn};
use relatch_domain::values::time::Moment;
use serde::{Deserialize, Serialize};

/// A value that no account has.
const NO_SUCH_VALUE: &str = "relatch: no such value";
/// The distance of a deadline that is certainly missed.
const FAR: Duration = Duration::from_secs(3600);
/// The margin of [`WRITE_DEADLINE`] for two clocks that differ.
const CLOCK_MARGIN: Duration = LEASE.saturating_sub(WRITE_DEADLINE);

/// An account as the hook returns it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountValue {
    /// Its id.
    pub id: String,
    /// Its user name.
    pub username: Option<String>,
    /// Its e-mail address.
    pub email: Option<String>,
    /// The account owner's name.
    pub name: Option<String>,
    /// Its password hash.
    pub password_hash: Option<String>,
    /// Its role: `user`, `admin`, or any other text for an account that never resets by mail.
    pub role: String,
    /// Whether it is disabled.
    pub disabled: bool,
    /// Whether it is verified. It must be there where the configuration requires that.
    pub verified: Option<bool>,
    /// The locale of its owner.
    pub locale: Option<String>,
}

impl AccountValue {
    /// Returns the account.
    #[must_use]
    pub fn account(&self) -> Account {
        Account {
            id: AccountId(self.id.clone()),
            username: self.username.clone().unwrap_or_default(),
            email: self.email.clone(),
            name: self.name.clone(),
            password_hash: self.password_hash.clone().map(PasswordHash::from),
            role: match self.role.as_str() {
                "user" => Role::User,
                "admin" => Role::Admin,
                _ => Role::Machine,
            },
            disabled: self.disabled,
            verified: self.verified == Some(true),
            locale: self.locale.clone(),
        }
    }

    fn fingerprint(&self, application: &ApplicationId) -> Fingerprint {
        self.account().fingerprint(application)
    }

    /// Returns the values that a write compares: as they were read.
    fn expected(&self) -> ExpectedValue<'_> {
        ExpectedValue {
            email: self.email.as_deref(),
            disabled: self.disabled,
            role: &self.role,
            password_hash: self.password_hash.as_deref(),
        }
    }
}

/// A query for the accounts with a name.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FindValue<'a> {
    /// `email` or `username`.
    pub by: &'static str,
    /// The name in canonical form.
    pub name: &'a str,
    /// The name as it was entered.
    pub typed: &'a str,
    /// The spellings under which the name may be stored, in lower case.
    pub spellings: Vec<String>,
}

impl<'a> From<&'a AccountQuery> for FindValue<'a> {
    fn from(query: &'a AccountQuery) -> Self {
        Self {
            by: match query.column() {
                NameColumn::Email => "email",
                NameColumn::Username => "username",
            },
            name: query.canonical(),
            typed: query.raw(),
            spellings: query.spellings(),
        }
    }
}

/// A write, and the values that the account must have.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WriteValue<'a> {
    /// The account.
    pub id: &'a str,
    /// The hash of the new password.
    pub password_hash: &'a str,
    /// The values that the account must have.
    pub expected: ExpectedValue<'a>,
    /// The time from which nothing is written, in milliseconds since 1970.
    pub deadline: u64,
}

/// The values of an account that a write compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExpectedValue<'a> {
    /// Its e-mail address.
    pub email: Option<&'a str>,
    /// Whether it is disabled.
    pub disabled: bool,
    /// Its role.
    pub role: &'a str,
    /// Its password hash.
    pub password_hash: Option<&'a str>,
}

/// A session as the hook returns it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionValue {
    /// The id of its account.
    pub account: String,
    /// Its id.
    pub session: String,
    /// The SHA-256 of the password hash that it was opened with, in hexadecimal, if it is stored.
    pub password_version: Option<String>,
}

/// The calls of the hook that write a password.
#[expect(async_fn_in_trait, reason = "an isolate has one thread")]
pub trait Accounts {
    /// Returns the time by the host's clock.
    fn now(&self) -> Moment;

    /// Returns the account with this id.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the hook fails.
    async fn account(&self, id: &AccountId) -> Result<Option<AccountValue>, Outage>;

    /// Returns whether the hook reports that it wrote.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the hook fails. It may have written.
    async fn set_password(&self, write: WriteValue<'_>) -> Result<bool, Outage>;
}

/// The outcome of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// The hook wrote.
    Applied,
    /// The account is gone or has changed.
    Conflict,
    /// The probe failed or could not run, so nothing was written.
    Refused,
    /// The hook reported a write that cannot be read.
    Unknown,
    /// The hook wrote nothing before the deadline, twice, although the account still has the
    /// expected values and no password.
    NotFirst,
}

/// A write, and what the probe found, if it ran.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The outcome of the write.
    pub written: Written,
    /// `None` if the probe did not run to its end, or the promise that the directory breaks.
    pub probe: Option<Result<(), Violation>>,
}

/// A promise that a directory breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The promise, as a sentence with `must`.
    pub reason: &'static str,
    /// Whether a change of the account during the probe looks the same.
    pub may_be_chance: bool,
}

const fn certain(reason: &'static str) -> Violation {
    Violation { reason, may_be_chance: false }
}

const fn by_chance(reason: &'static str) -> Violation {
    Violation { reason, may_be_chance: true }
}

const TWO_READS_DIFFER: Violation =
    by_chance("`account` must return the same values for an account that does not change");
const WRITES_WITHOUT_REPORT: Violation = by_chance(
    "`setPassword` must write nothing if it reports no write, but the account has changed",
);
const STALE_READ: Violation =
    certain("`account` must return the new hash at once after `setPassword` has reported a write");

/// Writes a password if the account has the expected fingerprint. Probes the directory before,
/// unless it is probed.
///
/// # Errors
///
/// [`Outage`] if the hook fails. It may have written.
pub async fn set_password(
    accounts: &impl Accounts,
    application: &ApplicationId,
    PasswordWrite { account: id, expected, hash, deadline, .. }: PasswordWrite<'_>,
    is_probed: bool,
) -> Result<Outcome, Outage> {
    let ended = |written, probe| Ok(Outcome { written, probe });
    let is_expected = |account: &AccountValue| account.fingerprint(application) == *expected;
    let Some(account) = accounts.account(id).await?.filter(is_expected) else {
        return ended(Written::Conflict, None);
    };
    if !is_probed {
        let probe = Probe { accounts, application, account: &account };
        match probe.run(deadline).await {
            Ok(Ok(())) => {}
            Ok(Err(violation)) => return ended(Written::Refused, Some(Err(violation))),
            Err(Outage) => return ended(Written::Refused, None),
        }
    }
    let write = WriteValue {
        id: &id.0,
        password_hash: hash.expose(),
        expected: account.expected(),
        deadline: deadline.millis(),
    };
    let mut was_refused = false;
    while !accounts.set_password(write).await? {
        // The directory refuses a late write as well, by a clock that may differ.
        let is_refused = account.password_hash.is_none()
            && accounts.now().after(CLOCK_MARGIN) < deadline
            && accounts.account(id).await.is_ok_and(|it| it.is_some_and(|it| is_expected(&it)));
        // A store that rolls a write back after a conflict refuses it once. A comparison that is
        // never true of `NULL` refuses it each time.
        match (is_refused, was_refused) {
            (false, _) => return ended(Written::Conflict, None),
            (true, true) => return ended(Written::NotFirst, None),
            (true, false) => was_refused = true,
        }
    }
    if is_probed {
        return ended(Written::Applied, None);
    }
    // A read that shows anything else shows a later change, and so nothing about the write.
    if accounts.account(id).await?.is_some_and(|account| is_expected(&account)) {
        return ended(Written::Unknown, Some(Err(STALE_READ)));
    }
    ended(Written::Applied, Some(Ok(())))
}

/// A probe with an account that it leaves unchanged.
struct Probe<'a, A> {
    accounts: &'a A,
    application: &'a ApplicationId,
    account: &'a AccountValue,
}

impl<A: Accounts> Probe<'_, A> {
    /// Probes the directory.
    async fn run(self, deadline: Moment) -> Result<Result<(), Violation>, Outage> {
        let Self { accounts, application, account } = self;
        let id = AccountId(account.id.clone());
        let fingerprint = account.fingerprint(application);
        let is_same = async || {
            let again = accounts.account(&id).await?;
            Ok(again.is_some_and(|again| again.fingerprint(application) == fingerprint))
        };
        if !is_same().await? {
            return Ok(Err(TWO_READS_DIFFER));
        }
        let expected = account.expected();
        let write = WriteValue {
            id: &account.id,
            password_hash: account.password_hash.as_deref().unwrap_or_default(),
            expected,
            deadline: deadline.millis(),
        };
        let with = |expected| WriteValue { expected, ..write };
        let other_role = if account.role == "admin" { "user" } else { "admin" };
        let wrong = [
            (
                with(ExpectedValue { email: Some(NO_SUCH_VALUE), ..expected }),
                "`setPassword` must compare `expected.email`, but writes although it differs",
            ),
            (
                with(ExpectedValue { disabled: !expected.disabled, ..expected }),
                "`setPassword` must compare `expected.disabled`, but writes although it differs",
            ),
            (
                with(ExpectedValue { role: other_role, ..expected }),
                "`setPassword` must compare `expected.role`, but writes although it differs",
            ),
            (
                with(ExpectedValue { password_hash: Some(NO_SUCH_VALUE), ..expected }),
                "`setPassword` must compare `expected.passwordHash`, but writes although it differs",
            ),
            (
                WriteValue { deadline: accounts.now().before(FAR).millis(), ..write },
                "`setPassword` must compare `deadline` with its own clock, but writes after it",
            ),
        ];
        for (write, reason) in wrong {
            if accounts.set_password(write).await? {
                return Ok(Err(certain(reason)));
            }
        }
        Ok(if is_same().await? { Ok(()) } else { Err(WRITES_WITHOUT_REPORT) })
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// Something that a directory does wrong.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Defect {
        None,
        Ignores(&'static str),
        ComparesNothing,
        WritesWithoutReport,
        ReportsWithoutWrite,
        ReadsAnotherName,
        ReadsAnotherHash,
        FailsAt(u32),
        /// Compares the hash as `=` of SQL does.
        NeverEqualsNull,
        /// Rolls so many writes back, as a store does after a conflict.
        RollsBack(u32),
    }

    /// A directory over one account.
    struct OneAccount {
        account: RefCell<AccountValue>,
        defect: Defect,
        calls: Cell<u32>,
        writes: Cell<u32>,
        rolled_back: Cell<u32>,
        /// The time by the clock of the directory.
        store_now: Moment,
        /// The time by the clock of the host.
        now: Moment,
    }

    const NOW: Moment = Moment::from_millis(1_800_000_000_000);
    const HASH: &str = "$argon2id$one";

    fn ada() -> AccountValue {
        AccountValue {
            id: "3".to_owned(),
            username: Some("ada".to_owned()),
            email: Some("Ada@example.com".to_owned()),
            name: None,
            password_hash: Some(HASH.to_owned()),
            role: "user".to_owned(),
            disabled: false,
            verified: None,
            locale: None,
        }
    }

    impl OneAccount {
        fn with(defect: Defect) -> Self {
            let [calls, writes, rolled_back] = [(); 3].map(|()| Cell::new(0));
            let account = RefCell::new(ada());
            Self { account, defect, calls, writes, rolled_back, store_now: NOW, now: NOW }
        }

        fn call(&self) -> Result<u32, Outage> {
            let call = self.calls.get().saturating_add(1);
            self.calls.set(call);
            if self.defect == Defect::FailsAt(call) { Err(Outage) } else { Ok(call) }
        }

        /// A directory over an account without a password.
        fn without_password(defect: Defect) -> Self {
            let account = RefCell::new(AccountValue { password_hash: None, ..ada() });
            Self { account, ..Self::with(defect) }
        }

        /// Commits a new hash for the account as it is now.
        fn commit(&self, is_probed: bool) -> Result<Outcome, Outage> {
            let read = self.account.borrow().clone();
            self.commit_for(&read, is_probed)
        }

        /// Commits a new hash for the account as it was read.
        fn commit_for(&self, read: &AccountValue, is_probed: bool) -> Result<Outcome, Outage> {
            let application = ApplicationId::default();
            let (id, hash) = (AccountId("3".to_owned()), PasswordHash::from("$argon2id$two"));
            let expected = read.fingerprint(&application);
            let deadline = NOW.after(WRITE_DEADLINE);
            let write = PasswordWrite {
                account: &id,
                expected: &expected,
                hash: &hash,
                deadline,
                keep: None,
            };
            let future = set_password(self, &application, write, is_probed);
            match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(outcome) => outcome,
                Poll::Pending => panic!("the directory is in memory"),
            }
        }

        fn hash(&self) -> String {
            self.account.borrow().password_hash.clone().unwrap()
        }
    }

    impl Accounts for OneAccount {
        fn now(&self) -> Moment {
            self.now
        }

        async fn account(&self, _: &AccountId) -> Result<Option<AccountValue>, Outage> {
            let call = self.call()?;
            let account = self.account.borrow().clone();
            Ok(Some(match self.defect {
                Defect::ReadsAnotherName => {
                    AccountValue { name: Some(call.to_string()), ..account }
                }
                Defect::ReadsAnotherHash if call > 1 => {
                    AccountValue { password_hash: Some(call.to_string()), ..account }
                }
                _ => account,
            }))
        }

        async fn set_password(&self, write: WriteValue<'_>) -> Result<bool, Outage> {
            self.call()?;
            let mut account = self.account.borrow_mut();
            let expected = write.expected;
            let is_met = |name: &'static str, is_equal: bool| {
                is_equal || self.defect == Defect::Ignores(name)
            };
            let matches = is_met("email", expected.email == account.email.as_deref())
                && is_met("disabled", expected.disabled == account.disabled)
                && is_met("role", expected.role == account.role)
                && is_met(
                    "passwordHash",
                    expected.password_hash == account.password_hash.as_deref()
                        && (expected.password_hash.is_some()
                            || self.defect != Defect::NeverEqualsNull),
                )
                && is_met("deadline", self.store_now.millis() < write.deadline);
            if let Defect::RollsBack(writes) = self.defect
                && matches
            {
                self.rolled_back.set(self.rolled_back.get().saturating_add(1));
                if self.rolled_back.get() <= writes {
                    return Ok(false);
                }
            }
            if self.defect == Defect::WritesWithoutReport {
                account.password_hash = Some(format!("{}'", write.password_hash));
                return Ok(false);
            }
            if !matches && self.defect != Defect::ComparesNothing {
                return Ok(false);
            }
            self.writes.set(self.writes.get().saturating_add(1));
            if self.defect != Defect::ReportsWithoutWrite {
                account.password_hash = Some(write.password_hash.to_owned());
            }
            Ok(true)
        }
    }

    #[test]
    fn a_directory_that_compares_is_probed_once_and_written_to() {
        let directory = OneAccount::with(Defect::None);
        let outcome = directory.commit(false).unwrap();
        assert_eq!(outcome, Outcome { written: Written::Applied, probe: Some(Ok(())) });
        assert_eq!((directory.hash().as_str(), directory.writes.get()), ("$argon2id$two", 1));
        // Two reads, five writes, a read; the write and its read.
        assert_eq!(directory.calls.get(), 10);

        let probed = OneAccount::with(Defect::None);
        let outcome = probed.commit(true).unwrap();
        assert_eq!(outcome, Outcome { written: Written::Applied, probe: None });
        assert_eq!(probed.calls.get(), 2);
    }

    #[test]
    fn a_directory_that_ignores_a_value_is_found_and_changes_nothing() {
        for (name, ignored) in [
            ("email", "`expected.email`"),
            ("disabled", "`expected.disabled`"),
            ("role", "`expected.role`"),
            ("passwordHash", "`expected.passwordHash`"),
            ("deadline", "`deadline`"),
        ] {
            let directory = OneAccount::with(Defect::Ignores(name));
            let Outcome { written, probe } = directory.commit(false).unwrap();
            let violation = probe.unwrap().unwrap_err();
            assert!(violation.reason.contains(ignored), "{name}: {}", violation.reason);
            assert!(!violation.may_be_chance, "{name}");
            assert_eq!((written, directory.hash().as_str()), (Written::Refused, HASH), "{name}");
        }
        let directory = OneAccount::with(Defect::ComparesNothing);
        assert_eq!(directory.commit(false).unwrap().written, Written::Refused);
        assert_eq!(directory.hash(), HASH);
    }

    #[test]
    fn a_directory_that_writes_without_a_report_is_found() {
        let outcome = OneAccount::with(Defect::WritesWithoutReport).commit(false).unwrap();
        let expected =
            Outcome { written: Written::Refused, probe: Some(Err(WRITES_WITHOUT_REPORT)) };
        assert_eq!(outcome, expected);
    }

    #[test]
    fn a_write_that_cannot_be_read_has_an_unknown_outcome() {
        let outcome = OneAccount::with(Defect::ReportsWithoutWrite).commit(false).unwrap();
        assert_eq!(outcome, Outcome { written: Written::Unknown, probe: Some(Err(STALE_READ)) });
    }

    #[test]
    fn two_reads_of_an_account_have_one_fingerprint() {
        // The name is not part of the fingerprint.
        let outcome = OneAccount::with(Defect::ReadsAnotherName).commit(false).unwrap();
        assert_eq!(outcome.written, Written::Applied);
        let outcome = OneAccount::with(Defect::ReadsAnotherHash).commit(false).unwrap();
        assert_eq!(
            outcome,
            Outcome { written: Written::Refused, probe: Some(Err(TWO_READS_DIFFER)) }
        );
    }

    #[test]
    fn an_outage_before_the_write_refuses_it_and_one_in_it_leaves_it_open() {
        for call in 2..=8 {
            let outcome = OneAccount::with(Defect::FailsAt(call)).commit(false).unwrap();
            assert_eq!(outcome, Outcome { written: Written::Refused, probe: None }, "{call}");
        }
        for call in [1, 9, 10] {
            assert_eq!(OneAccount::with(Defect::FailsAt(call)).commit(false), Err(Outage));
        }
    }

    #[test]
    fn an_account_that_has_changed_is_a_conflict_and_is_not_written_to() {
        let directory = OneAccount::with(Defect::None);
        directory.account.borrow_mut().disabled = true;
        let outcome = directory.commit_for(&ada(), false).unwrap();
        assert_eq!(outcome, Outcome { written: Written::Conflict, probe: None });
        assert_eq!(directory.calls.get(), 1);
    }

    #[test]
    fn a_first_password_is_written_or_the_directory_is_named() {
        for is_probed in [false, true] {
            let directory = OneAccount::without_password(Defect::None);
            assert_eq!(directory.commit(is_probed).unwrap().written, Written::Applied);
            assert_eq!(directory.hash(), "$argon2id$two");
            let directory = OneAccount::without_password(Defect::NeverEqualsNull);
            let outcome = directory.commit(is_probed).unwrap();
            assert_eq!(outcome, Outcome { written: Written::NotFirst, probe: None });
            assert_eq!(directory.account.borrow().password_hash, None);
            // The others are written.
            let directory = OneAccount::with(Defect::NeverEqualsNull);
            assert_eq!(directory.commit(is_probed).unwrap().written, Written::Applied);
        }
    }

    #[test]
    fn a_first_password_that_was_rolled_back_is_written_again_and_names_no_directory() {
        let directory = OneAccount::without_password(Defect::RollsBack(1));
        assert_eq!(directory.commit(true).unwrap().written, Written::Applied);
        assert_eq!(directory.hash(), "$argon2id$two");
        // Only a first password is written again.
        let directory = OneAccount::with(Defect::RollsBack(1));
        assert_eq!(directory.commit(true).unwrap().written, Written::Conflict);
        assert_eq!(directory.hash(), HASH);
    }

    /// A write after the deadline is refused by any directory. The two clocks may differ.
    #[test]
    fn a_first_password_that_may_be_late_names_no_directory() {
        let (second, deadline) = (Duration::from_secs(1), NOW.after(WRITE_DEADLINE));
        let clear = NOW.after(WRITE_DEADLINE.saturating_sub(CLOCK_MARGIN));
        for (now, written) in [
            (clear.before(second), Written::NotFirst),
            (clear, Written::Conflict),
            (deadline, Written::Conflict),
        ] {
            let directory = OneAccount::without_password(Defect::None);
            let directory = OneAccount { store_now: deadline, now, ..directory };
            assert_eq!(directory.commit(true).unwrap(), Outcome { written, probe: None });
            assert_eq!(directory.account.borrow().password_hash, None);
        }
    }

    #[test]
    fn an_unknown_role_is_that_of_a_machine() {
        let role = |role: &str| AccountValue { role: role.to_owned(), ..ada() }.account().role;
        assert_eq!((role("user"), role("admin")), (Role::User, Role::Admin));
        assert_eq!((role("owner"), role("")), (Role::Machine, Role::Machine));
    }

    #[test]
    fn values_have_the_names_that_the_types_document() {
        let account: AccountValue = serde_json::from_str(
            r#"{"id":"3","username":"ada","email":"Ada@example.com","passwordHash":"$argon2id$one",
                "role":"user","disabled":false}"#,
        )
        .unwrap();
        assert_eq!(account, ada());
        let write =
            WriteValue { id: "3", password_hash: "new", expected: account.expected(), deadline: 5 };
        assert_eq!(
            serde_json::to_value(write).unwrap(),
            serde_json::json!({
                "id": "3",
                "passwordHash": "new",
                "expected": {
                    "email": "Ada@example.com",
                    "disabled": false,
                    "role": "user",
                    "passwordHash": "$argon2id$one",
                },
                "deadline": 5,
            })
        );
        for missing in [
            r#"{"id":3,"email":null,"passwordHash":null,"role":"user","disabled":false}"#,
            r#"{"id":"3","email":null,"passwordHash":null,"disabled":false}"#,
            r#"{"id":"3","email":null,"passwordHash":null,"role":"user","disabled":0}"#,
        ] {
            assert!(serde_json::from_str::<AccountValue>(missing).is_err(), "{missing}");
        }
    }
}
