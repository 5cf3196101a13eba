//! The recipient of a mail is the address stored with the account and no other.

use libtest_mimic::Trial;
use relatch::wire::path;
use relatch_tests::flow;
use relatch_tests::person::Person;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, in_memory};
use serde_json::{Value, json};

use crate::support::{NEW, assert_mentions, assert_problem, take_verbs};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("b3 a list or array of addresses sends no mail", flow!(b3)),
        (
            "b4 an identifier that only case mapping or a look-alike makes equal does not match",
            flow!(b4),
        ),
        ("b5 an identifier with another accent does not match", flow!(b5)),
        ("b6 quotes, lists and look-alike at-signs are rejected as an address", flow!(b6)),
        (
            "b7 markup and line breaks of an account are escaped in its mail and reach no header",
            flow!(b7),
        ),
        ("b8 no field of a call changes what a mail says", flow!(b8)),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![trial(
        "in process: b5 an identifier that only the directory folds does not match",
        b5_directory,
    )]
}

/// Requests a reset and returns the status.
async fn request_status(world: &World, identifier: &str) -> u16 {
    world.request_reset(json!({ "identifier": identifier })).await.status
}

/// Asserts that no mail was sent to these addresses.
async fn assert_no_mail_to(world: &World, addresses: &[&str]) {
    for address in addresses {
        assert_eq!(world.mails_to(address).await.len(), 0, "a mail to {address}");
    }
}

async fn b3(world: &World) {
    let peter = world.new_person().await;
    let (own, evil) = (peter.address(), format!("evil{}@attacker.example", peter.id));
    let lists: Vec<Value> = vec![
        json!([own, evil]),
        json!([evil, own]),
        json!({ "0": own, "1": evil }),
        json!({ "email": [own, evil] }),
        json!(format!("{own},{evil}")),
        json!(format!("{evil},{own}")),
        json!(format!("{own};{evil}")),
        json!(format!("{own} {evil}")),
        json!(format!("{own}\n{evil}")),
        json!(format!("{own}\r\nBcc: {evil}")),
        json!(format!("{own}%0a%0dbcc:{evil}")),
        json!(format!("{own}\u{0}{evil}")),
        json!(format!("{own}\u{2028}{evil}")),
        json!(format!("\"{evil}\" <{own}>")),
        json!(format!("{own}|{evil}")),
        json!(format!("{evil}@{own}")),
    ];
    for list in &lists {
        let response = world.request_reset(json!({ "email": list })).await;
        assert_problem(&response, 400, "request_invalid", &list.to_string());
        // A text without control characters may be a user name, and is looked up as a whole.
        for field in ["identifier", "username"] {
            let response = world.request_reset(json!({ field: list })).await;
            let is_name = list.as_str().is_some_and(|text| !text.chars().any(char::is_control));
            assert_eq!(response.status, if is_name { 200 } else { 400 }, "{field}: {list}");
        }
    }
    for body in [
        format!(r#"{{"email": "{own}", "email": "{evil}"}}"#),
        format!(r#"{{"email[]": "{own}", "email[]": "{evil}"}}"#),
        format!(r#"{{"email": "{own}", "username": "{evil}"}}"#),
        format!(r#"{{"email": "{own}", "cc": "{evil}"}}"#),
    ] {
        assert_eq!(world.post(path::REQUEST, body.clone()).await.status, 400, "{body}");
    }
    world.drain().await;
    assert_no_mail_to(world, &[own, &evil]).await;
    assert_eq!(request_status(world, own).await, 200);
    let mail = world.wait_for_mail(own, 1).await;
    assert_eq!((mail.recipients, mail.to), (vec![own.to_owned()], vec![own.to_owned()]));
}

async fn b4(world: &World) {
    // Dotless and dotted i in the local part and in the domain, and letters that only look alike.
    let look_alikes: [fn(&str) -> String; 6] = [
        |address| address.replace("mike", "m\u{131}ke"),
        |address| address.replace("mike", "m\u{130}ke"),
        |address| address.replace("mike", "mi\u{138}e"),
        |address| address.replace("mail", "ma\u{131}l"),
        |address| address.replace("mail", "m\u{430}il"),
        |address| address.replace("mike", "\u{43c}ike"),
    ];
    let mut requested = Vec::new();
    for look_alike in look_alikes {
        let person = Person::new();
        let mike = Person {
            username: format!("mike{}", person.id),
            email: Some(format!("mike{}@mail.example", person.id)),
            ..person
        };
        world.add(&mike).await;
        let typed = look_alike(mike.address());
        assert_ne!(typed, mike.address());
        assert_eq!(request_status(world, &typed).await, 200);
        let username = look_alike(&mike.username);
        if username != mike.username {
            assert_eq!(request_status(world, &username).await, 200);
        }
        requested.push((mike, typed));
    }
    // Unicode defines these forms as equivalent: the mail is sent, but only to the address of the
    // account.
    let mut equivalent = Vec::new();
    for form in ["mi\u{212a}e", "\u{ff4d}ike", "\u{ff2d}\u{ff29}KE"] {
        let person = Person::new();
        let mike = Person { email: Some(format!("mike{}@mail.example", person.id)), ..person };
        world.add(&mike).await;
        let typed = mike.address().replace("mike", form);
        assert_eq!(request_status(world, &typed).await, 200);
        equivalent.push((mike, typed));
    }
    for (mike, typed) in &equivalent {
        assert_eq!(
            world.wait_for_mail(mike.address(), 1).await.recipients,
            [mike.address()],
            "{typed}"
        );
        assert_no_mail_to(world, &[typed]).await;
    }
    world.drain().await;
    for (mike, typed) in &requested {
        assert_no_mail_to(world, &[mike.address(), typed]).await;
        assert!(world.events(mike).await.is_empty(), "{typed} matches no account");
    }
}

async fn b5(world: &World) {
    let person = Person::new();
    let jose = Person {
        username: format!("jose{}", person.id),
        email: Some(format!("jose{}@mail.example", person.id)),
        ..person
    };
    world.add(&jose).await;
    for accent in ["jos\u{e9}", "jose\u{301}", "jo\u{17f}e", "j\u{f6}se"] {
        assert_eq!(request_status(world, &jose.address().replace("jose", accent)).await, 200);
        assert_eq!(request_status(world, &jose.username.replace("jose", accent)).await, 200);
    }
    world.drain().await;
    // The long s is a compatibility form of s, not an accent.
    let mails = world.mails_to(jose.address()).await;
    assert!(mails.len() <= 1 && mails.iter().all(|mail| mail.recipients == [jose.address()]));

    let other = world.new_person().await;
    assert_eq!(request_status(world, &other.address().replace("person", "p\u{e9}rson")).await, 200);
    assert_eq!(
        request_status(world, &other.username.replace("person", "pe\u{308}rson")).await,
        200
    );
    world.drain().await;
    assert_no_mail_to(world, &[other.address()]).await;
    assert!(world.events(&other).await.is_empty());
}

/// The in-memory directory compares letters and digits only, as a lenient collation does.
async fn b5_directory() {
    let (world, memory) = in_memory(&[]);
    let peter = Person { username: "peter.pan".to_owned(), ..Person::new() };
    let peter = Person { email: Some("peter.pan@mail.example".to_owned()), ..peter };
    world.add(&peter).await;
    for typed in [
        "peterpan",
        "peter-pan",
        "peter_pan",
        "peterpan@mail.example",
        "peter.pan@mailexample",
        "p@eterpan.mail.example",
    ] {
        assert_eq!(request_status(&world, typed).await, 200);
        world.drain().await;
        assert!(
            take_verbs(&memory).contains(&"directory.find_accounts"),
            "the directory is searched"
        );
        assert_no_mail_to(&world, &[peter.address(), typed]).await;
    }
    assert_eq!(request_status(&world, "peter.pan").await, 200);
    world.wait_for_mail(peter.address(), 1).await;
}

async fn b6(world: &World) {
    let peter = world.new_person().await;
    let own = peter.address();
    for typed in [
        format!("\"evil@attacker.example\"@{own}"),
        format!("\"{own}\""),
        format!("\"{}\"@mail.example", peter.username),
        own.replace('@', "\u{ff20}"),
        own.replace('@', "\u{fe6b}"),
        format!("{own}\u{ff20}attacker.example"),
        format!("evil\u{ff20}attacker.example@{own}"),
        format!("{own}\u{ff0c}evil"),
        format!("{own}\u{ff1b}evil"),
        format!("{own}\u{ff1a}evil"),
        format!("{own}\u{ff1c}evil\u{ff1e}"),
        format!("\u{ff02}{own}"),
        format!("{own}\u{3000}evil"),
        format!("{own}\r"),
        format!("{own}\n"),
        format!("{own}\u{0}"),
        format!("@{own}"),
        format!("{own}@"),
        format!("<{own}>"),
        format!("({own})"),
        format!("[{own}]"),
        format!("{own}\\"),
    ] {
        let response = world.request_reset(json!({ "email": typed })).await;
        let detail = assert_problem(&response, 400, "request_invalid", &typed);
        assert_mentions(&detail, &["`email`"], &typed);
    }
    world.drain().await;
    assert_no_mail_to(world, &[own]).await;
    assert!(world.events(&peter).await.is_empty());
}

async fn b7(world: &World) {
    let person = Person::new();
    let markup =
        Person { username: format!("<b onclick=x>&amp;\"'{{{{ link }}}}{}", person.id), ..person };
    let split = Person {
        name: Some("Ada\r\nBcc: evil@attacker.example\r\n\r\n<p>".to_owned()),
        ..Person::new()
    };
    let templated =
        Person { name: Some("{{ self.0.link }}{% raw %}${x}".to_owned()), ..Person::new() };
    for person in [&markup, &split, &templated] {
        world.add(person).await;
        assert_eq!(request_status(world, person.address()).await, 200);
    }
    let mail = world.wait_for_mail(markup.address(), 1).await;
    assert!(
        !mail.html.contains("<b onclick") && mail.html.contains("&#60;b onclick=x&#62;&#38;amp;"),
        "{}",
        mail.html
    );
    assert!(mail.html.contains("{{ link }}"), "{}", mail.html);
    for (person, mail) in [
        (&markup, mail),
        (&split, world.wait_for_mail(split.address(), 1).await),
        (&templated, world.wait_for_mail(templated.address(), 1).await),
    ] {
        assert_mentions(&mail.subject, &["Example", "password"], "the subject is the template's");
        assert_eq!(mail.recipients, [person.address()]);
        assert_eq!((mail.header("Bcc"), mail.header("Cc")), (None, None));
        assert!(!mail.source.contains("attacker.example"), "{}", mail.source);
        assert_eq!(
            mail.html.matches(&mail.link()).count(),
            2,
            "the link is where the template has it: {}",
            mail.html
        );
    }

    // An address that contains markup is invalid as a recipient.
    let person = Person::new();
    let hostile = Person { email: Some(format!("<script>{}@mail.example", person.id)), ..person };
    world.add(&hostile).await;
    assert_eq!(request_status(world, &hostile.username).await, 200);
    world.wait_for_event(&hostile, "request_refused: no_email").await;
}

async fn b8(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    for field in [
        "body",
        "from",
        "to",
        "cc",
        "bcc",
        "reply_to",
        "subject",
        "template",
        "url",
        "reset_url",
        "redirect",
        "redirect_to",
        "callback",
        "next",
        "link",
        "host",
        "name",
        "html",
        "headers",
        "data",
    ] {
        for (path, mut body) in [
            (path::REQUEST, json!({ "username": peter.username })),
            (path::CHECK, json!({ "token": token })),
            (path::CONFIRM, json!({ "token": token, "password": NEW })),
        ] {
            body[field] = json!("https://evil.example/");
            let response = world.post(path, body.to_string()).await;
            let detail =
                assert_problem(&response, 400, "request_invalid", &format!("{path} {field}"));
            assert_mentions(&detail, &["unknown", &format!("`{field}`")], path);
        }
    }
    world.drain().await;
    assert_eq!(world.mails_to(peter.address()).await.len(), 1, "only the mail with the link");
    assert_eq!(world.check(&token).await.status, 200);
}
