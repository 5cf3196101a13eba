//! Who gets the mail: the address on the account, and nobody else.

use libtest_mimic::Trial;
use relatch::wire::path;
use relatch_tests::flow;
use relatch_tests::person::Person;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::World;
use serde_json::{Value, json};

use super::in_memory;

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("b3 lists and arrays of addresses get nobody a mail", flow!(b3)),
        ("b4 a name that only case mapping or a look-alike makes equal is another name", flow!(b4)),
        ("b5 an accent makes another address", flow!(b5)),
        ("b6 quotes, lists and disguised at-signs are no address", flow!(b6)),
        ("b7 markup and line ends of an account are text in its mail, and in no header", flow!(b7)),
        ("b8 what a mail says is not the caller's to choose", flow!(b8)),
    ]
}

pub fn in_process() -> Vec<Trial> {
    vec![trial("in process: b5 what only the directory folds is another name", b5_directory)]
}

/// Asks, and gives the status.
async fn ask(world: &World, identifier: &str) -> u16 {
    world.ask(json!({ "identifier": identifier })).await.status
}

/// Nobody at these addresses got anything.
async fn assert_nothing_for(world: &World, addresses: &[&str]) {
    for address in addresses {
        assert_eq!(world.mails_to(address).await.len(), 0, "a mail to {address}");
    }
}

async fn b3(world: &World) {
    let peter = world.somebody().await;
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
        for field in ["identifier", "username", "email"] {
            let answer = world.ask(json!({ field: list })).await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "request_invalid"), "{list}");
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
    world.settle().await;
    assert_nothing_for(world, &[own, &evil]).await;
    assert_eq!(ask(world, own).await, 200);
    let mail = world.mail(own, 1).await;
    assert_eq!((mail.recipients, mail.to), (vec![own.to_owned()], vec![own.to_owned()]));
}

async fn b4(world: &World) {
    // `i` in all the disguises, in an address and in a domain; and letters that only look alike.
    let disguises: [fn(&str) -> String; 6] = [
        |address| address.replace("mike", "m\u{131}ke"),
        |address| address.replace("mike", "m\u{130}ke"),
        |address| address.replace("mike", "mi\u{138}e"),
        |address| address.replace("mail", "ma\u{131}l"),
        |address| address.replace("mail", "m\u{430}il"),
        |address| address.replace("mike", "\u{43c}ike"),
    ];
    let mut asked = Vec::new();
    for disguise in disguises {
        let person = Person::new();
        let mike = Person {
            username: format!("mike{}", person.id),
            email: Some(format!("mike{}@mail.example", person.id)),
            ..person
        };
        world.add(&mike).await;
        let typed = disguise(mike.address());
        assert_ne!(typed, mike.address());
        assert_eq!(ask(world, &typed).await, 200);
        let username = disguise(&mike.username);
        if username != mike.username {
            assert_eq!(ask(world, &username).await, 200);
        }
        asked.push((mike, typed));
    }
    // Forms that Unicode says are the same text: here mail may go out, and only to the address on the account.
    let mut same = Vec::new();
    for form in ["mi\u{212a}e", "\u{ff4d}ike", "\u{ff2d}\u{ff29}KE"] {
        let person = Person::new();
        let mike = Person { email: Some(format!("mike{}@mail.example", person.id)), ..person };
        world.add(&mike).await;
        let typed = mike.address().replace("mike", form);
        assert_eq!(ask(world, &typed).await, 200);
        same.push((mike, typed));
    }
    for (mike, typed) in &same {
        assert_eq!(world.mail(mike.address(), 1).await.recipients, [mike.address()], "{typed}");
        assert_nothing_for(world, &[typed]).await;
    }
    world.settle().await;
    for (mike, typed) in &asked {
        assert_nothing_for(world, &[mike.address(), typed]).await;
        assert!(world.events(mike).await.is_empty(), "{typed} is nobody");
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
        assert_eq!(ask(world, &jose.address().replace("jose", accent)).await, 200);
        assert_eq!(ask(world, &jose.username.replace("jose", accent)).await, 200);
    }
    world.settle().await;
    // The long s is an s by compatibility, not an accent.
    let mails = world.mails_to(jose.address()).await;
    assert!(mails.len() <= 1 && mails.iter().all(|mail| mail.recipients == [jose.address()]));

    let other = world.somebody().await;
    assert_eq!(ask(world, &other.address().replace("person", "p\u{e9}rson")).await, 200);
    assert_eq!(ask(world, &other.username.replace("person", "pe\u{308}rson")).await, 200);
    world.settle().await;
    assert_nothing_for(world, &[other.address()]).await;
    assert!(world.events(&other).await.is_empty());
}

/// The directory in memory finds by letters and digits alone, as a careless collation would.
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
        assert_eq!(ask(&world, typed).await, 200);
        world.settle().await;
        assert!(super::verbs(&memory).contains(&"directory.find_accounts"), "it was looked for");
        assert_nothing_for(&world, &[peter.address(), typed]).await;
    }
    assert_eq!(ask(&world, "peter.pan").await, 200);
    world.mail(peter.address(), 1).await;
}

async fn b6(world: &World) {
    let peter = world.somebody().await;
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
        let answer = world.ask(json!({ "email": typed })).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "request_invalid"), "{typed:?}");
        assert!(answer.json()["detail"].as_str().is_some_and(|detail| detail.contains("`email`")), "{typed:?}");
    }
    world.settle().await;
    assert_nothing_for(world, &[own]).await;
    assert!(world.events(&peter).await.is_empty());
}

async fn b7(world: &World) {
    let person = Person::new();
    let markup = Person { username: format!("<b onclick=x>&amp;\"'{{{{ link }}}}{}", person.id), ..person };
    let split = Person { name: Some("Ada\r\nBcc: evil@attacker.example\r\n\r\n<p>".to_owned()), ..Person::new() };
    let templated = Person { name: Some("{{ self.0.link }}{% raw %}${x}".to_owned()), ..Person::new() };
    for person in [&markup, &split, &templated] {
        world.add(person).await;
        assert_eq!(ask(world, person.address()).await, 200);
    }
    let mail = world.mail(markup.address(), 1).await;
    assert!(!mail.html.contains("<b onclick") && mail.html.contains("&#60;b onclick=x&#62;&#38;amp;"), "{}", mail.html);
    assert!(mail.html.contains("{{ link }}"), "{}", mail.html);
    for (person, mail) in [
        (&markup, mail),
        (&split, world.mail(split.address(), 1).await),
        (&templated, world.mail(templated.address(), 1).await),
    ] {
        assert_eq!(mail.subject, "Reset your Example password");
        assert_eq!(mail.recipients, [person.address()]);
        assert_eq!((mail.header("Bcc"), mail.header("Cc")), (None, None));
        assert!(!mail.source.contains("attacker.example"), "{}", mail.source);
        assert_eq!(
            mail.html.matches(&mail.link()).count(),
            2,
            "the link stands where the template has it: {}",
            mail.html
        );
    }

    // An address that is markup is none: no mail could carry it as a recipient.
    let person = Person::new();
    let hostile = Person { email: Some(format!("<script>{}@mail.example", person.id)), ..person };
    world.add(&hostile).await;
    assert_eq!(ask(world, &hostile.username).await, 200);
    world.told(&hostile, "request_refused: no_email").await;
}

async fn b8(world: &World) {
    let peter = world.somebody().await;
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
            (path::CONFIRM, json!({ "token": token, "password": super::NEW })),
        ] {
            body[field] = json!("https://evil.example/");
            let answer = world.post(path, body.to_string()).await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "request_invalid"), "{path} {field}");
            let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
            assert!(detail.starts_with(&format!("unknown field `{field}`")), "{detail}");
        }
    }
    world.settle().await;
    assert_eq!(world.mails_to(peter.address()).await.len(), 1, "only the one that was asked for");
    assert_eq!(world.check(&token).await.status, 200);
}
