//! Custom tables: the examples in `edge/directories`, unaltered, and SQL statements that break
//! their contract.

use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use relatch::Password;
use relatch_domain::hashing;
use relatch_domain::hashing::HashFormat;
use relatch_domain::values::account::PasswordHash;
use relatch_domain::values::session::digest;
use relatch_tests::in_process::{NARROW_KEY, statements_with};
use relatch_tests::person::Person;
use relatch_tests::process::root;
use relatch_tests::trials::trial;
use relatch_tests::workerd::Workerd;
use relatch_tests::world::{World, request};
use serde_json::{Value, json};

use crate::server_calls::call_with_key;
use crate::support::{NEW, OTHER, assert_code, log_line};

const OLD: &str = "the password before";

const TIMEOUT: Duration = Duration::from_secs(60);

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "workerd: the tables of better-auth work, and of twenty concurrent confirms one wins",
            better_auth,
        ),
        trial("workerd: a plain table of users works", users),
        trial("workerd: a table keyed by e-mail works", keyed_by_email),
        trial(
            "workerd: SQL that breaks its contract is rejected by name and changes nothing",
            invalid_sql,
        ),
        trial(
            "workerd: SQL that never writes a first password is named, and resets passwords",
            never_first,
        ),
    ]
}

/// A Worker on the tables of an example.
struct Example {
    world: World,
    workerd: Arc<Workerd>,
    /// The query for the password hash of the account with the address `{address}`.
    hash: &'static str,
    /// The query for the number of its sessions.
    sessions: &'static str,
}

impl Example {
    async fn start(name: &str, hash: &'static str, sessions: &'static str) -> Self {
        let read = |kind: &str| {
            let file = root().join("edge/directories").join(format!("{name}.{kind}"));
            std::fs::read_to_string(file).expect("the example exists")
        };
        let example: toml::Table = read("toml").parse().expect("the example is TOML");
        let variables = example["vars"].as_table().expect("the example has variables");
        let variables: Vec<(&str, &str)> = variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().expect("the variable is a string")))
            .collect();
        let workerd = Arc::new(Workerd::start(&variables));
        let world = World::Workerd(Arc::clone(&workerd));
        assert_eq!(health(&world).await, "misconfigured", "without the tables");
        let words = ["configuration", "DIRECTORY_FIND_BY_EMAIL", "no such "];
        assert!(wait_for_log(&workerd, &words).await, "{}", workerd.log());
        workerd.sql(&format!("DROP TABLE sessions; DROP TABLE users; {}", read("sql"))).await;
        let is_healthy = async || health(&world).await == "ok";
        assert!(workerd.wait_until(TIMEOUT, is_healthy).await, "{}", workerd.log());
        Self { world, workerd, hash, sessions }
    }

    async fn query(&self, sql: &str, address: &str) -> Value {
        self.workerd.sql(&sql.replace("{address}", address)).await[0][0].clone()
    }

    async fn hash_of(&self, address: &str) -> PasswordHash {
        PasswordHash::from(
            self.query(self.hash, address).await.as_str().expect("the account has a password"),
        )
    }

    async fn has_password(&self, address: &str, password: &str) -> bool {
        hashing::verify(&Password::from(password), &self.hash_of(address).await)
    }

    async fn sessions_of(&self, address: &str) -> u64 {
        self.query(self.sessions, address).await.as_u64().expect("the query returns a count")
    }

    async fn token_for(&self, typed: &str, address: &str) -> String {
        let before = self.workerd.mails_to(address).await.len();
        assert_eq!(self.world.request_reset(json!({ "email": typed })).await.status, 200);
        self.world.wait_for_mail(address, before + 1).await.token()
    }

    /// Waits for exactly one such event of an account. Returns `false` if it does not arrive.
    async fn has_event(&self, id: &str, event: &str) -> bool {
        let sql =
            format!("SELECT count(*) FROM events WHERE account = '{id}' AND action = '{event}'");
        self.workerd.wait_until(TIMEOUT, async || self.query(&sql, "").await == json!(1)).await
    }

    /// Resets the password of Ada, who has sessions, and asserts that Bob, who has one, is not
    /// affected.
    async fn assert_reset(&self, ada: &str, id: &str, bob: &str) {
        let (world, before) = (&self.world, self.hash_of(ada).await);
        let sessions = self.sessions_of(ada).await;
        let token = self.token_for(&ada.to_uppercase(), ada).await;
        assert_eq!(world.check(&token).await.status, 200);
        assert_eq!(world.confirm(&token, "short").await.status, 422);
        assert_eq!(
            (self.hash_of(ada).await.expose(), self.sessions_of(ada).await),
            (before.expose(), sessions)
        );
        let response = world.confirm(&token, NEW).await;
        assert_eq!(response.status, 200, "{response:?}\n{}", self.workerd.log());
        assert!(self.has_password(ada, NEW).await && !self.has_password(ada, OLD).await);
        assert_eq!(world.confirm(&token, NEW).await.status, 200, "the repeated confirm");
        assert_code(&world.confirm(&token, OTHER).await, 410, "link_used");
        assert_ne!(self.sessions_of(ada).await, sessions);
        assert_eq!((self.sessions_of(bob).await, self.has_password(bob, OLD).await), (1, true));
        for event in ["link_sent", "password_reset", "notice_sent"] {
            assert!(self.has_event(id, event).await, "{event}");
        }
        assert_eq!(health(world).await, "ok");
    }
}

/// Changes Ada's password with the session of this token, and asserts that it stays and the others
/// end.
async fn assert_change(example: &Example, token: &str, ada: &str, others: u64) {
    assert_eq!(example.sessions_of(ada).await, others + 1);
    let change = |old| example.world.change_password(token, old, OTHER);
    assert_code(&change("a wrong password").await, 403, "old_password_wrong");
    let response = change(NEW).await;
    assert_eq!(response.status, 200, "{response:?}\n{}", example.workerd.log());
    assert!(example.has_password(ada, OTHER).await);
    assert_eq!(example.sessions_of(ada).await, 1);
    assert_eq!(
        example.world.change_password(token, OTHER, NEW).await.status,
        200,
        "the session is still valid"
    );
    assert_code(
        &example.world.change_password("unknown-session", OTHER, NEW).await,
        401,
        "not_signed_in",
    );
}

/// Returns the status of the health call, or the code of its problem.
async fn health(world: &World) -> String {
    let response = world.send(request("GET", "/healthz", "")).await;
    response.json()["status"].as_str().map_or_else(|| response.code(), str::to_owned)
}

/// Waits for a log line with all of these words, because the log is written shortly after the
/// responses.
async fn wait_for_log(workerd: &Workerd, words: &[&str]) -> bool {
    workerd.wait_until(TIMEOUT, async || log_line(workerd, words)).await
}

fn hashed(format: HashFormat) -> String {
    let hash = hashing::hash(&Password::from(OLD), format, &[5; 32]).expect("the format is valid");
    hash.expose().to_owned()
}

async fn better_auth() {
    let example = Example::start(
        "better-auth",
        r#"SELECT "password" FROM "account" JOIN "user" ON "user"."id" = "userId" WHERE "email" = '{address}'"#,
        r#"SELECT count(*) FROM "session" JOIN "user" ON "user"."id" = "userId" WHERE "email" = '{address}'"#,
    )
    .await;
    let hash = hashed(HashFormat::BetterAuth);
    for (id, sessions) in [("ada0", 2), ("bob0", 1), ("eve0", 0)] {
        let sql = format!(
            "INSERT INTO user VALUES ('{id}', 'A user', '{id}@mail.example', 1, NULL, '', ''); \
             INSERT INTO account (id, accountId, providerId, userId, password, createdAt, updatedAt) VALUES \
             ('{id}c', '{id}', 'credential', '{id}', '{hash}', '', ''), ('{id}g', '7', 'google', '{id}', NULL, '', '');"
        );
        example.workerd.sql(&sql).await;
        for number in 0..sessions {
            let values =
                format!("('{id}{number}', '', '{id}{number}', '', '', NULL, NULL, '{id}')");
            example.workerd.sql(&format!("INSERT INTO session VALUES {values}")).await;
        }
    }
    let world = &example.world;
    let (ada, bob, eve) = ("ada0@mail.example", "bob0@mail.example", "eve0@mail.example");
    example.assert_reset(ada, "ada0", bob).await;
    assert_eq!(example.sessions_of(ada).await, 0);
    for (name, expiry) in [("one", "2999"), ("two", "2999"), ("old", "2020")] {
        let values = format!(
            "('{name}', '{expiry}-01-01T00:00:00.000Z', 'token-{name}', '', '', NULL, NULL, 'ada0')"
        );
        example.workerd.sql(&format!("INSERT INTO session VALUES {values}")).await;
    }
    assert_eq!(
        world.change_password("token-old", NEW, OTHER).await.code(),
        "not_signed_in",
        "an expired session"
    );
    assert_change(&example, "token-one.c2lnbmF0dXJl", ada, 2).await;

    let token = example.token_for(bob, bob).await;
    let passwords: Vec<String> =
        (0..20).map(|number| format!("passphrase of confirm {number}")).collect();
    let confirms = passwords.iter().map(|password| world.confirm(&token, password));
    let responses = futures_util::future::join_all(confirms).await;
    let winners: Vec<usize> = (0..20).filter(|&number| responses[number].status == 200).collect();
    assert_eq!(winners.len(), 1, "{responses:?}");
    assert!(example.has_password(bob, &passwords[winners[0]]).await);
    assert_eq!(example.sessions_of(bob).await, 0);

    let token = example.token_for(eve, eve).await;
    example.workerd.sql("UPDATE user SET email = 'elsewhere@mail.example' WHERE id = 'eve0'").await;
    assert_eq!(world.confirm(&token, NEW).await.code(), "link_used", "the address has changed");
    example
        .workerd
        .sql("DELETE FROM account WHERE userId = 'eve0' AND providerId = 'credential'")
        .await;
    assert_eq!(world.request_reset(json!({ "email": "elsewhere@mail.example" })).await.status, 200);
    assert!(
        example.has_event("eve0", "request_refused").await,
        "without a password there is no link"
    );
}

async fn users() {
    let example = Example::start(
        "users",
        "SELECT password FROM users WHERE email = '{address}'",
        "SELECT count(*) FROM sessions JOIN users ON id = user WHERE email = '{address}'",
    )
    .await;
    let hash = hashed(HashFormat::Bcrypt { cost: 4 });
    let sql = format!(
        "INSERT INTO users VALUES (7, 'ada@mail.example', '{hash}', 0), (8, 'bob@mail.example', '{hash}', 0), \
         (9, 'root@mail.example', '{hash}', 1), (10, 'new@mail.example', NULL, 0); \
         INSERT INTO sessions VALUES ('a', 7), ('b', 7), ('c', 8);"
    );
    example.workerd.sql(&sql).await;
    example.assert_reset("ada@mail.example", "7", "bob@mail.example").await;
    assert_eq!(example.sessions_of("ada@mail.example").await, 0);
    let digests = [digest("token-one"), digest("token-two")];
    for digest in &digests {
        example.workerd.sql(&format!("INSERT INTO sessions VALUES ('{digest}', 7)")).await;
    }
    assert_eq!(
        change_code(&example, &digests[0]).await,
        "not_signed_in",
        "a digest is not a token"
    );
    assert_change(&example, "token-one", "ada@mail.example", 1).await;
    let hash = example.hash_of("ada@mail.example").await;
    assert!(hash.expose().starts_with("$2b$12$"), "{}", hash.expose());
    let token = invitation(&example.world, "new@mail.example").await;
    assert_eq!(example.world.confirm(&token, NEW).await.status, 200, "a first password");
    assert!(example.has_password("new@mail.example", NEW).await);
    assert!(example.has_event("10", "password_created").await);

    assert_eq!(
        example.world.request_reset(json!({ "email": "root@mail.example" })).await.status,
        200
    );
    assert!(example.has_event("9", "request_refused").await, "the flag marks an administrator");
    let token = example.token_for("bob@mail.example", "bob@mail.example").await;
    example.workerd.sql("UPDATE users SET is_admin = 1 WHERE id = 8").await;
    assert_eq!(
        example.world.confirm(&token, NEW).await.code(),
        "link_used",
        "the role has changed"
    );
}

/// `=` is never true of `NULL`.
async fn never_first() {
    const SET: &str = "DIRECTORY_SET_PASSWORD";
    let sql = variables_with(SET, "password_hash IS ?6", "password_hash = ?6");
    let workerd = Arc::new(Workerd::start(&[]));
    let world = World::Workerd(Arc::clone(&workerd));
    workerd.kill();
    workerd.start_worker_with(&sql);
    let invited = Person { has_password: false, ..Person::new() };
    world.add(&invited).await;
    let token = invitation(&world, invited.address()).await;
    // Before and after another account has shown that the statement compares.
    for _ in 0..2 {
        assert_code(&world.confirm(&token, NEW).await, 503, "unavailable");
        assert!(world.hash_of(&invited).await.is_none());
        let words = ["configuration", SET, "with `IS`"];
        assert!(wait_for_log(&workerd, &words).await, "{}", workerd.log());
        assert_eq!(health(&world).await, "ok");
        let person = world.new_person().await;
        let reset = world.token_for(&person).await;
        assert_eq!(world.confirm(&reset, NEW).await.status, 200);
    }
    workerd.kill();
    workerd.start_worker_with(&variables_with(SET, "users", "users"));
    assert_eq!(world.confirm(&token, NEW).await.status, 200, "the link was not used up");
    assert!(world.has_password(&invited, NEW).await);
}

/// Invites the owner of the account with this address. Returns the token.
async fn invitation(world: &World, address: &str) -> String {
    let body = json!({ "email": address }).to_string();
    let invited = call_with_key(world, NARROW_KEY, ("POST", "/server/invite", &body)).await;
    assert_eq!(invited.status, 202, "{invited:?}");
    world.wait_for_mail(address, 1).await.token()
}

async fn change_code(example: &Example, token: &str) -> String {
    example.world.change_password(token, NEW, OTHER).await.code()
}

async fn keyed_by_email() {
    let example = Example::start(
        "keyed-by-email",
        "SELECT password_hash FROM members WHERE email = '{address}'",
        "SELECT token_generation FROM members WHERE email = '{address}'",
    )
    .await;
    let hash = hashed(HashFormat::Pbkdf2 { iterations: 1000 });
    let sql = format!(
        "INSERT INTO members VALUES ('ada@mail.example', 'Ada', '{hash}', NULL, 4), \
         ('bob@mail.example', NULL, '{hash}', NULL, 1);"
    );
    example.workerd.sql(&sql).await;
    let (ada, bob) = ("ada@mail.example", "bob@mail.example");
    example.assert_reset(ada, ada, bob).await;
    assert_eq!(example.sessions_of(ada).await, 5, "once per reset, not per confirm");
    assert!(
        wait_for_log(&example.workerd, &["\"a\u{2026}@mail.example\""]).await,
        "{}",
        example.workerd.log()
    );
    assert!(!example.workerd.log().contains(ada), "the log contains no full address");

    assert_eq!(
        change_code(&example, "a token").await,
        "not_found",
        "these tables have no sessions"
    );

    let token = example.token_for(bob, bob).await;
    example
        .workerd
        .sql("UPDATE members SET blocked_at = '2026-11-25' WHERE email = 'bob@mail.example'")
        .await;
    assert_eq!(
        example.world.confirm(&token, NEW).await.code(),
        "link_used",
        "the account was blocked"
    );
    example
        .workerd
        .sql("UPDATE members SET blocked_at = NULL, email = 'rob@mail.example' WHERE full_name IS NULL")
        .await;
    assert_eq!(
        example.world.confirm(&token, NEW).await.code(),
        "link_used",
        "the address has changed"
    );
}

/// Returns the built-in statements as variables, without those for sessions.
pub fn built_in_variables() -> Vec<(&'static str, String)> {
    let sql = statements_with(&[]);
    let statements =
        [Some(sql.find_by_email), sql.find_by_username, Some(sql.account), Some(sql.set_password)];
    let statements = statements.into_iter().chain([sql.revoke_sessions]).flatten();
    statements.map(|statement| (statement.variable, statement.sql)).collect()
}

/// Returns the built-in statements as variables, with one of them changed.
fn variables_with(variable: &str, from: &str, to: &str) -> Vec<(&'static str, String)> {
    let changed = |name: &str, sql: String| {
        assert!(name != variable || sql.contains(from), "{name} has no {from}");
        if name == variable { sql.replace(from, to) } else { sql }
    };
    built_in_variables().into_iter().map(|(name, sql)| (name, changed(name, sql))).collect()
}

async fn invalid_sql() {
    const SET: &str = "DIRECTORY_SET_PASSWORD";
    const REVOKE: &str = "DIRECTORY_REVOKE_SESSIONS";
    let workerd = Arc::new(Workerd::start(&[]));
    let world = World::Workerd(Arc::clone(&workerd));
    let peter = world.new_person().await;
    world.add_session(&peter, "phone").await;
    let mut people = vec![peter.clone()];

    // Errors found at the start, from the statement alone or by the database.
    for (variable, from, to, reason) in [
        (SET, "RETURNING id", "", "RETURNING"),
        (SET, "AND password_hash IS ?6", "", "?6"),
        ("DIRECTORY_ACCOUNT", "WHERE id = ?1", "WHERE id = ?1; DELETE FROM users", "one statement"),
        ("DIRECTORY_ACCOUNT", "password_hash, role", "pasword_hash, role", "pasword_hash"),
        (SET, "WHERE id = ?2", "WHERE ?2 IS ?2 OR id = ?2", "writes"),
        (REVOKE, "WHERE user_id = ?1", "WHERE ?2 IS ?2 OR user_id = ?1", "writes"),
    ] {
        workerd.kill();
        workerd.start_worker_with(&variables_with(variable, from, to));
        assert_eq!(health(&world).await, "misconfigured", "{reason}");
        let words = ["configuration", variable, reason];
        assert!(wait_for_log(&workerd, &words).await, "{words:?}: {}", workerd.log());
        let response = world.request_reset(json!({ "username": peter.username })).await;
        assert_code(&response, 503, "misconfigured");
    }
    // Errors found with an account: no link is mailed.
    for (variable, from, to, reason) in [
        (SET, "password_hash IS ?6", "?6 IS ?6", "hash"),
        (SET, "subsec') * 1000 < ?7", "subsec') * 1000 > -?7", "deadline"),
        (SET, "subsec') * 1000 < ?7", "subsec') < ?7", "deadline"),
    ] {
        workerd.kill();
        workerd.start_worker_with(&variables_with(variable, from, to));
        // The next attempt for an earlier person may find the error first.
        let is_known = health(&world).await == "misconfigured";
        let person = world.new_person().await;
        let response = world.request_reset(json!({ "username": person.username })).await;
        assert!(response.status == 200 || (is_known && response.status == 503), "{response:?}");
        let words = ["configuration", variable, reason];
        assert!(wait_for_log(&workerd, &words).await, "{words:?}: {}", workerd.log());
        assert!(world.mails_to(person.address()).await.is_empty(), "{reason}");
        people.push(person);
    }
    // Errors found with a session: no password is written.
    workerd.kill();
    workerd.start_worker_with(&variables_with(REVOKE, "password_hash = ?2", "?2 IS ?2"));
    let person = world.new_person().await;
    let token = world.token_for(&person).await;
    world.add_session(&person, "laptop").await;
    assert_eq!(world.confirm(&token, NEW).await.code(), "link_busy");
    assert!(
        wait_for_log(&workerd, &["configuration", REVOKE, "ends sessions"]).await,
        "{}",
        workerd.log()
    );
    assert_eq!(world.session_count(&person).await, 1);
    people.push(person);

    for person in &people {
        let (current, original) =
            (world.hash_of(person).await.unwrap(), person.account().password_hash.unwrap());
        assert_eq!(current.expose(), original.expose());
    }
    assert_eq!(world.session_count(&peter).await, 1);
    // The built-in statements as variables are valid.
    workerd.kill();
    workerd.start_worker_with(&variables_with(SET, "users", "users"));
    assert_eq!(health(&world).await, "ok");
    let john = world.new_person().await;
    let token = world.token_for(&john).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert!(world.has_password(&john, NEW).await);
}
