//! A team's own tables: the examples of edge/directories as they are written there, and SQL that does not do what it must.

use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use relatch::Password;
use relatch_domain::hashing;
use relatch_domain::hashing::HashFormat;
use relatch_domain::values::account::PasswordHash;
use relatch_domain::values::session::digest;
use relatch_tests::in_process::statements;
use relatch_tests::process::root;
use relatch_tests::trials::trial;
use relatch_tests::workerd::Workerd;
use relatch_tests::world::{World, request};
use serde_json::{Value, json};

const OLD: &str = "the password before";
const NEW: &str = "a quite new passphrase";
const OTHER: &str = "some other long passphrase";

const PATIENCE: Duration = Duration::from_secs(60);

pub fn trials() -> Vec<Trial> {
    vec![
        trial("workerd: better-auth's tables, and of twenty confirms at once one wins", better_auth),
        trial("workerd: a bare table of users", users),
        trial("workerd: a table keyed by e-mail", keyed_by_email),
        trial("workerd: SQL that does not do what it must is refused by name, and has changed nothing", wrong_sql),
    ]
}

/// A Worker that runs on an example's tables.
struct Example {
    world: World,
    workerd: Arc<Workerd>,
    /// Reads the hash and counts what a session is, of the account of this address.
    hash: &'static str,
    sessions: &'static str,
}

impl Example {
    async fn start(name: &str, hash: &'static str, sessions: &'static str) -> Self {
        let read = |kind: &str| {
            let file = root().join("edge/directories").join(format!("{name}.{kind}"));
            std::fs::read_to_string(file).expect("the example is there")
        };
        let example: toml::Table = read("toml").parse().expect("the example is TOML");
        let variables = example["vars"].as_table().expect("the example holds variables");
        let variables: Vec<(&str, &str)> =
            variables.iter().map(|(name, value)| (name.as_str(), value.as_str().expect("a text"))).collect();
        let workerd = Arc::new(Workerd::start(&variables));
        let world = World::Workerd(Arc::clone(&workerd));
        assert_eq!(health(&world).await, "misconfigured", "the tables are not there yet");
        assert!(logs(&workerd, "configuration: DIRECTORY_FIND_BY_EMAIL: no such ").await, "{}", workerd.log());
        workerd.sql(&format!("DROP TABLE sessions; DROP TABLE users; {}", read("sql"))).await;
        let holds = async || health(&world).await == "ok";
        assert!(workerd.until(PATIENCE, holds).await, "{}", workerd.log());
        Self { world, workerd, hash, sessions }
    }

    async fn one(&self, sql: &str, address: &str) -> Value {
        self.workerd.sql(&sql.replace("{address}", address)).await[0][0].clone()
    }

    async fn hash_of(&self, address: &str) -> PasswordHash {
        PasswordHash::from(self.one(self.hash, address).await.as_str().expect("there is a hash"))
    }

    async fn has(&self, address: &str, password: &str) -> bool {
        hashing::verify(&Password::from(password), &self.hash_of(address).await)
    }

    async fn sessions_of(&self, address: &str) -> u64 {
        self.one(self.sessions, address).await.as_u64().expect("a count")
    }

    async fn token_for(&self, typed: &str, address: &str) -> String {
        let before = self.workerd.mails_to(address).await.len();
        assert_eq!(self.world.ask(json!({ "email": typed })).await.status, 200);
        self.world.mail(address, before + 1).await.token()
    }

    /// What is told of an account.
    async fn told(&self, id: &str, event: &str) -> bool {
        let sql = format!("SELECT count(*) FROM events WHERE account = '{id}' AND action = '{event}'");
        self.workerd.until(PATIENCE, async || self.one(&sql, "").await == json!(1)).await
    }

    /// Ada, who has two sessions, resets her password; Bob, who has one, is left alone.
    async fn story(&self, ada: &str, id: &str, bob: &str) {
        let (world, before) = (&self.world, self.hash_of(ada).await);
        let sessions = self.sessions_of(ada).await;
        let token = self.token_for(&ada.to_uppercase(), ada).await;
        assert_eq!(world.check(&token).await.status, 200);
        assert_eq!(world.confirm(&token, "short").await.status, 422);
        assert_eq!((self.hash_of(ada).await.expose(), self.sessions_of(ada).await), (before.expose(), sessions));
        let answer = world.confirm(&token, NEW).await;
        assert_eq!(answer.status, 200, "{answer:?}\n{}", self.workerd.log());
        assert!(self.has(ada, NEW).await && !self.has(ada, OLD).await);
        assert_eq!(world.confirm(&token, NEW).await.status, 200, "the repeat");
        assert_eq!(world.confirm(&token, OTHER).await.code(), "link_used");
        assert_ne!(self.sessions_of(ada).await, sessions);
        assert_eq!((self.sessions_of(bob).await, self.has(bob, OLD).await), (1, true));
        for event in ["link_sent", "password_reset", "notice_sent"] {
            assert!(self.told(id, event).await, "{event}");
        }
        assert_eq!(health(world).await, "ok");
    }
}

/// Ada changes her password by the session of this token. It stays, the others end.
async fn changed(example: &Example, token: &str, ada: &str, others: u64) {
    assert_eq!(example.sessions_of(ada).await, others + 1);
    let change = |old| example.world.change_password(token, old, OTHER);
    assert_eq!(change("not this one").await.code(), "old_password_wrong");
    let answer = change(NEW).await;
    assert_eq!(answer.status, 200, "{answer:?}\n{}", example.workerd.log());
    assert!(example.has(ada, OTHER).await);
    assert_eq!(example.sessions_of(ada).await, 1);
    assert_eq!(example.world.change_password(token, OTHER, NEW).await.status, 200, "the session is still good");
    assert_eq!(example.world.change_password("nobody's", OTHER, NEW).await.code(), "not_signed_in");
}

async fn health(world: &World) -> String {
    let answer = world.send(request("GET", "/healthz", "")).await;
    answer.json()["status"].as_str().map_or_else(|| answer.code(), str::to_owned)
}

/// Whether this stands in the log; it arrives a little after the answers.
async fn logs(workerd: &Workerd, line: &str) -> bool {
    workerd.until(PATIENCE, async || workerd.log().contains(line)).await
}

fn hashed(format: HashFormat) -> String {
    let hash = hashing::hash(&Password::from(OLD), format, &[5; 32]).expect("it is hashed");
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
            "INSERT INTO user VALUES ('{id}', 'Somebody', '{id}@mail.example', 1, NULL, '', ''); \
             INSERT INTO account (id, accountId, providerId, userId, password, createdAt, updatedAt) VALUES \
             ('{id}c', '{id}', 'credential', '{id}', '{hash}', '', ''), ('{id}g', '7', 'google', '{id}', NULL, '', '');"
        );
        example.workerd.sql(&sql).await;
        for number in 0..sessions {
            let values = format!("('{id}{number}', '', '{id}{number}', '', '', NULL, NULL, '{id}')");
            example.workerd.sql(&format!("INSERT INTO session VALUES {values}")).await;
        }
    }
    let world = &example.world;
    let (ada, bob, eve) = ("ada0@mail.example", "bob0@mail.example", "eve0@mail.example");
    example.story(ada, "ada0", bob).await;
    assert_eq!(example.sessions_of(ada).await, 0);
    for (name, expiry) in [("one", "2999"), ("two", "2999"), ("old", "2020")] {
        let values = format!("('{name}', '{expiry}-01-01T00:00:00.000Z', 'token-{name}', '', '', NULL, NULL, 'ada0')");
        example.workerd.sql(&format!("INSERT INTO session VALUES {values}")).await;
    }
    assert_eq!(world.change_password("token-old", NEW, OTHER).await.code(), "not_signed_in", "it has expired");
    changed(&example, "token-one.c2lnbmF0dXJl", ada, 2).await;

    let token = example.token_for(bob, bob).await;
    let passwords: Vec<String> = (0..20).map(|number| format!("passphrase of confirm {number}")).collect();
    let confirms = passwords.iter().map(|password| world.confirm(&token, password));
    let answers = futures_util::future::join_all(confirms).await;
    let winners: Vec<usize> = (0..20).filter(|&number| answers[number].status == 200).collect();
    assert_eq!(winners.len(), 1, "{answers:?}");
    assert!(example.has(bob, &passwords[winners[0]]).await);
    assert_eq!(example.sessions_of(bob).await, 0);

    let token = example.token_for(eve, eve).await;
    example.workerd.sql("UPDATE user SET email = 'elsewhere@mail.example' WHERE id = 'eve0'").await;
    assert_eq!(world.confirm(&token, NEW).await.code(), "link_used", "the address has changed");
    example.workerd.sql("DELETE FROM account WHERE userId = 'eve0' AND providerId = 'credential'").await;
    assert_eq!(world.ask(json!({ "email": "elsewhere@mail.example" })).await.status, 200);
    assert!(example.told("eve0", "request_refused").await, "without a password there is no link");
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
         (9, 'root@mail.example', '{hash}', 1); \
         INSERT INTO sessions VALUES ('a', 7), ('b', 7), ('c', 8);"
    );
    example.workerd.sql(&sql).await;
    example.story("ada@mail.example", "7", "bob@mail.example").await;
    assert_eq!(example.sessions_of("ada@mail.example").await, 0);
    let digests = [digest("token-one"), digest("token-two")];
    for digest in &digests {
        example.workerd.sql(&format!("INSERT INTO sessions VALUES ('{digest}', 7)")).await;
    }
    assert_eq!(world_change(&example, &digests[0]).await, "not_signed_in", "a digest is no token");
    changed(&example, "token-one", "ada@mail.example", 1).await;
    let hash = example.hash_of("ada@mail.example").await;
    assert!(hash.expose().starts_with("$2b$12$"), "{}", hash.expose());

    assert_eq!(example.world.ask(json!({ "email": "root@mail.example" })).await.status, 200);
    assert!(example.told("9", "request_refused").await, "the flag makes an administrator");
    let token = example.token_for("bob@mail.example", "bob@mail.example").await;
    example.workerd.sql("UPDATE users SET is_admin = 1 WHERE id = 8").await;
    assert_eq!(example.world.confirm(&token, NEW).await.code(), "link_used", "the role has changed");
}

async fn world_change(example: &Example, token: &str) -> String {
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
    example.story(ada, ada, bob).await;
    assert_eq!(example.sessions_of(ada).await, 5, "once, however often it was confirmed");
    assert!(logs(&example.workerd, "\"a\u{2026}@mail.example\"").await, "{}", example.workerd.log());
    assert!(!example.workerd.log().contains(ada), "a log holds no full address");

    assert_eq!(world_change(&example, "a token").await, "not_found", "no session can be told here");

    let token = example.token_for(bob, bob).await;
    example.workerd.sql("UPDATE members SET blocked_at = '2026-11-25' WHERE email = 'bob@mail.example'").await;
    assert_eq!(example.world.confirm(&token, NEW).await.code(), "link_used", "the account was blocked");
    example
        .workerd
        .sql("UPDATE members SET blocked_at = NULL, email = 'rob@mail.example' WHERE full_name IS NULL")
        .await;
    assert_eq!(example.world.confirm(&token, NEW).await.code(), "link_used", "the address has changed");
}

/// Our own statements, written out, with one of them changed.
fn ours_but(variable: &str, from: &str, to: &str) -> Vec<(&'static str, String)> {
    let sql = statements(&[]);
    let all = [Some(sql.find_by_email), sql.find_by_username, Some(sql.account), Some(sql.set_password)];
    let all = all.into_iter().chain([sql.revoke_sessions]).flatten();
    let changed = |name: &str, sql: String| {
        assert!(name != variable || sql.contains(from), "{name} has no {from}");
        if name == variable { sql.replace(from, to) } else { sql }
    };
    all.map(|statement| (statement.variable, changed(statement.variable, statement.sql))).collect()
}

async fn wrong_sql() {
    const SET: &str = "DIRECTORY_SET_PASSWORD";
    const REVOKE: &str = "DIRECTORY_REVOKE_SESSIONS";
    let workerd = Arc::new(Workerd::start(&[]));
    let world = World::Workerd(Arc::clone(&workerd));
    let peter = world.somebody().await;
    world.sign_in(&peter, "phone").await;
    let mut people = vec![peter.clone()];

    // What is seen at the start, without the database or by it.
    for (variable, from, to, reason) in [
        (SET, "RETURNING id", "", "has no RETURNING"),
        (SET, "AND password_hash IS ?6", "", "does not use ?6"),
        ("DIRECTORY_ACCOUNT", "WHERE id = ?1", "WHERE id = ?1; DELETE FROM users", "is more than one statement"),
        ("DIRECTORY_ACCOUNT", "password_hash, role", "pasword_hash, role", "no such column: pasword_hash"),
        (SET, "WHERE id = ?2", "WHERE ?2 IS ?2 OR id = ?2", "writes though nothing fits"),
        (REVOKE, "WHERE user_id = ?1", "WHERE ?2 IS ?2 OR user_id = ?1", "writes though nothing fits"),
    ] {
        workerd.kill();
        workerd.boot_with(&ours_but(variable, from, to));
        assert_eq!(health(&world).await, "misconfigured", "{reason}");
        assert!(logs(&workerd, &format!("configuration: {variable}: {reason}")).await, "{reason}: {}", workerd.log());
        let answer = world.ask(json!({ "username": peter.username })).await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "misconfigured"), "{reason}");
    }
    // What takes an account to see: a link is not even mailed.
    for (variable, from, to, reason) in [
        (SET, "password_hash IS ?6", "?6 IS ?6", "writes although the hash before differs"),
        (SET, "subsec') * 1000 < ?7", "subsec') * 1000 > -?7", "writes although the deadline differs"),
        (SET, "subsec') * 1000 < ?7", "subsec') < ?7", "writes although the deadline differs"),
    ] {
        workerd.kill();
        workerd.boot_with(&ours_but(variable, from, to));
        assert_eq!(health(&world).await, "ok", "{reason}");
        let person = world.somebody().await;
        assert_eq!(world.ask(json!({ "username": person.username })).await.status, 200);
        assert!(logs(&workerd, &format!("configuration: {variable}: {reason}")).await, "{reason}: {}", workerd.log());
        assert!(world.mails_to(person.address()).await.is_empty(), "{reason}");
        people.push(person);
    }
    // What takes a session to see: nothing is written.
    workerd.kill();
    workerd.boot_with(&ours_but(REVOKE, "password_hash = ?2", "?2 IS ?2"));
    let person = world.somebody().await;
    let token = world.token_for(&person).await;
    world.sign_in(&person, "laptop").await;
    assert_eq!(world.confirm(&token, NEW).await.code(), "link_busy");
    let reason = format!("configuration: {REVOKE}: ends sessions though no password was written");
    assert!(logs(&workerd, &reason).await, "{}", workerd.log());
    assert_eq!(world.sessions(&person).await, 1);
    people.push(person);

    for person in &people {
        let (now, before) = (world.hash_of(person).await.unwrap(), person.account().password_hash.unwrap());
        assert_eq!(now.expose(), before.expose());
    }
    assert_eq!(world.sessions(&peter).await, 1);
    // Ours, written out, are good.
    workerd.kill();
    workerd.boot_with(&ours_but(SET, "users", "users"));
    assert_eq!(health(&world).await, "ok");
    let john = world.somebody().await;
    let token = world.token_for(&john).await;
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    assert!(world.has_password(&john, NEW).await);
}
