//! The hosted flow for many applications, call by call as its page shows them: create, send, commit.

use relatch_tests::flow;
use relatch_tests::in_process::{NARROW_KEY, SERVER_KEY, SHOP_KEY};
use relatch_tests::trials::Flow;
use relatch_tests::world::{Answer, World, request};
use serde_json::{Value, json};

const PATH: &str = "/pub/applications/default/requests/resetpassword";
const NEW: &str = "a quite new passphrase";

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("cloudcms: create, send, and commit with the token of the mail", flow!(the_story)),
        ("cloudcms: the principal is an e-mail, a user name or an id", flow!(principals)),
        ("cloudcms: nothing is mailed before send, and one mail by any number of sends", flow!(at_most_once)),
        ("cloudcms: send takes an empty body, with or without a content type", flow!(empty_body)),
        ("cloudcms: what create answers is the same whoever is meant", flow!(same_answer)),
        ("cloudcms: a request that nobody was given is unknown", flow!(unknown_request)),
        ("cloudcms: the password that the page prints is refused, and the token stays good", flow!(printed)),
        ("cloudcms: a mail definition without a key is refused, and nothing is sent", flow!(definition_without_key)),
        ("cloudcms: an application that is not there is not found", flow!(unknown_application)),
        ("cloudcms: what create does not take is refused by name", flow!(bad_input)),
    ]
}

/// Only on workerd: in memory no HTML passes at all.
pub fn on_workerd() -> Vec<(&'static str, Flow)> {
    vec![
        ("workerd: cloudcms: a server with the key says what the mail says, and no more than that", flow!(with_key)),
        (
            "workerd: cloudcms: a definition with a foreign link or sender is refused, and nothing is sent",
            flow!(foreign),
        ),
    ]
}

async fn create(world: &World, principal: &str) -> String {
    let answer = world.post(PATH, json!({ "principal": principal }).to_string()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["_doc"].as_str().expect("it has an id").to_owned()
}

async fn send(world: &World, doc: &str) -> Answer {
    world.post(&format!("{PATH}/{doc}/send"), "").await
}

async fn commit(world: &World, token: &str, password: &str) -> Answer {
    world.post(&format!("{PATH}/{token}/commit"), json!({ "password": password }).to_string()).await
}

async fn the_story(world: &World) {
    let joe = world.somebody().await;
    let answer = world.post(&format!("{PATH}/create"), json!({ "principal": joe.address() }).to_string()).await;
    let doc = answer.json()["_doc"].as_str().expect("it has an id").to_owned();
    assert_eq!(send(world, &doc).await.status, 200);
    let token = world.mail(joe.address(), 1).await.token();
    let answer = commit(world, &token, NEW).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(world.has_password(&joe, NEW).await);
    let again = commit(world, &token, "some other long passphrase").await;
    assert_eq!((again.status, again.code().as_str()), (410, "link_used"));
}

async fn principals(world: &World) {
    let joe = world.somebody().await;
    for principal in [joe.username.clone(), joe.account_id().0] {
        let joe = if principal == joe.username { joe.clone() } else { world.somebody().await };
        let principal = if principal == joe.username { principal } else { joe.account_id().0 };
        let doc = create(world, &principal).await;
        assert_eq!(send(world, &doc).await.status, 200);
        assert!(world.mail(joe.address(), 1).await.text.contains("token="), "{principal}");
    }
}

async fn at_most_once(world: &World) {
    let joe = world.somebody().await;
    let doc = create(world, joe.address()).await;
    world.settle().await;
    assert!(world.mails_to(joe.address()).await.is_empty(), "not before send");
    for _ in 0..3 {
        assert_eq!(send(world, &doc).await.status, 200);
    }
    world.mail(joe.address(), 1).await;
    world.settle().await;
    assert_eq!(send(world, &doc).await.status, 200, "also when the mail is out");
    world.settle().await;
    assert_eq!(world.mails_to(joe.address()).await.len(), 1);
}

async fn empty_body(world: &World) {
    let joe = world.somebody().await;
    let path = format!("{PATH}/{}/send", create(world, joe.address()).await);
    let mut bare = request("POST", &path, "");
    bare.headers_mut().remove("content-type");
    assert_eq!(world.send(bare).await.status, 200);
    let mut form = request("POST", &path, "");
    form.headers_mut().insert("content-type", "application/x-www-form-urlencoded; charset=UTF-8".parse().expect("one"));
    assert_eq!(world.send(form).await.status, 200);
    assert_eq!(world.post(&path, "{\"to\":\"x@example.com\"}").await.status, 400);
    world.mail(joe.address(), 1).await;
}

async fn same_answer(world: &World) {
    let joe = world.somebody().await;
    let shape = async |principal: &str| {
        let answer = world.post(PATH, json!({ "principal": principal }).to_string()).await;
        let doc = answer.json()["_doc"].as_str().unwrap_or_default().to_owned();
        let sent = send(world, &doc).await;
        let length = doc.len();
        (answer.status, answer.body.replace(&doc, ""), length, sent.status, sent.body.replace(&doc, ""), answer.headers)
    };
    assert_eq!(shape(joe.address()).await, shape("nobody-at-all@example.com").await);
}

async fn unknown_request(world: &World) {
    let joe = world.somebody().await;
    let doc = create(world, joe.address()).await;
    let other = if doc.ends_with('A') { 'Q' } else { 'A' };
    let forged = format!("{}{other}", &doc[..doc.len() - 1]);
    for doc in ["GUID2", "0", &forged, &"A".repeat(doc.len())] {
        let answer = send(world, doc).await;
        assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"), "{doc}");
    }
    world.settle().await;
    assert!(world.mails_to(joe.address()).await.is_empty());
}

async fn printed(world: &World) {
    let joe = world.somebody().await;
    let token = world.token_for(&joe).await;
    let answer = commit(world, &token, "password1").await;
    assert_eq!((answer.status, answer.code().as_str()), (422, "password_rejected"));
    let answer = commit(world, "HASH", NEW).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "link_invalid"));
    assert_eq!(commit(world, &token, NEW).await.status, 200);
}

/// As the page shows it.
fn shown(principal: &str) -> Value {
    json!({
        "principal": principal,
        "email": {
            "body": "<a href='http://website.com/password-reset.html?hash=${hash}'>Click me to reset your password</a>",
            "from": "webmaster@website.com"
        }
    })
}

async fn definition_without_key(world: &World) {
    let joe = world.somebody().await;
    let answer = world.post(PATH, shown(joe.address()).to_string()).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "key_out_of_scope"));
    assert!(answer.json().get("_doc").is_none());
    world.settle().await;
    assert!(world.mails_to(joe.address()).await.is_empty());
}

async fn unknown_application(world: &World) {
    let answer =
        world.post("/pub/applications/GUID1/requests/resetpassword", json!({ "principal": "joe" }).to_string()).await;
    assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"));
}

async fn bad_input(world: &World) {
    for body in [
        json!({}),
        json!({ "principal": "" }),
        json!({ "principal": 5 }),
        json!({ "principal": ["joe@joe.com"] }),
        json!({ "principal": "joe@joe.com,eve@evil.example" }),
        json!({ "principal": "joe", "url": "https://evil.example" }),
        json!({ "principal": "joe", "email": "x" }),
        json!({ "principal": "joe", "email": { "body": "${hash}", "to": "eve@evil.example" } }),
    ] {
        let answer = world.post(PATH, body.to_string()).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "request_invalid"), "{body}");
    }
}

/// Creates a request whose mail is defined, with this key.
async fn define(world: &World, key: &str, principal: &str, email: Value) -> Answer {
    let mut create = request("POST", PATH, &json!({ "principal": principal, "email": email }).to_string());
    let bearer = format!("Bearer {key}").parse().expect("a key is a header");
    create.headers_mut().insert("authorization", bearer);
    world.send(create).await
}

async fn with_key(world: &World) {
    let joe = world.somebody().await;
    let answer = define(
        world,
        SERVER_KEY,
        joe.address(),
        json!({
            "subject": "For ${user.name}",
            "from": "webmaster@app.example.com",
            "body": "<p onclick='x()'>Hello ${user.name}</p><script>alert(1)</script><img src='x' onerror='x()'>\
                <a href='https://app.example.com/password-reset.html?hash=${hash}'>Click me to reset your password</a>\
                <a href='javascript:alert(1)'>not me</a>",
        }),
    )
    .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let doc = answer.json()["_doc"].as_str().expect("it has an id").to_owned();
    assert_eq!(send(world, &doc).await.status, 200);
    let mail = world.mail(joe.address(), 1).await;
    assert_eq!(mail.recipients, [joe.address()]);
    assert_eq!(mail.subject, format!("For {}", joe.username));
    assert!(mail.from.contains("webmaster@app.example.com"), "{}", mail.from);
    assert!(mail.html.contains(&format!("<p>Hello {}</p>", joe.username)), "{}", mail.html);
    for gone in ["script", "alert", "<img", "onclick", "onerror"] {
        assert!(!mail.html.contains(gone), "{gone}: {}", mail.html);
    }
    let (_, after) = mail.html.split_once("https://app.example.com/password-reset.html?hash=").expect("the link");
    let token: String = after.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    assert!(mail.text.contains(&token), "the plain text is the application's own");
    assert_eq!(commit(world, &token, NEW).await.status, 200);
    // The whole link, as the application has it, and the call as the page shows it.
    let jane = world.somebody().await;
    let mut whole = request(
        "POST",
        &format!("{PATH}/create"),
        &json!({ "principal": jane.username, "email": { "body": "<a href='${link}'>here</a>" } }).to_string(),
    );
    whole.headers_mut().insert("authorization", format!("Bearer {SERVER_KEY}").parse().expect("a key is a header"));
    let doc = world.send(whole).await.json()["_doc"].as_str().expect("it has an id").to_owned();
    assert_eq!(send(world, &doc).await.status, 200);
    let mail = world.mail(jane.address(), 1).await;
    assert!(mail.html.contains(&format!("<a href=\"{}\">here</a>", mail.link())), "{}", mail.html);
}

async fn foreign(world: &World) {
    let joe = world.somebody().await;
    let good = "<a href='https://app.example.com/?hash=${hash}'>here</a>";
    for (key, email, status) in [
        (NARROW_KEY, json!({ "body": good }), 403),
        (SHOP_KEY, json!({ "body": good }), 403),
        ("no such key", json!({ "body": good }), 403),
        (SERVER_KEY, shown(joe.address())["email"].clone(), 400),
        (SERVER_KEY, json!({ "body": "<a href='https://evil.example/?${hash}'>here</a>" }), 400),
        (SERVER_KEY, json!({ "body": "<a href='//evil.example/?${hash}'>here</a>" }), 400),
        (SERVER_KEY, json!({ "body": format!("{good} www.evil.example") }), 400),
        (SERVER_KEY, json!({ "body": format!("{good} https&#58;//evil.example") }), 400),
        (SERVER_KEY, json!({ "body": "<a href='https://app.example.com,@evil.example/?${hash}'>here</a>" }), 400),
        (SERVER_KEY, json!({ "body": "<a href='https://app.example.com&period;evil.example/?${hash}'>here</a>" }), 400),
        (SERVER_KEY, json!({ "body": format!("{good} $<x>{{password}}") }), 400),
        (SERVER_KEY, json!({ "body": format!("{good}{}", "<".repeat(3_000)) }), 400),
        (SERVER_KEY, json!({ "body": good, "from": "boss@evil.example" }), 400),
        (SERVER_KEY, json!({ "body": "no link" }), 400),
        (SERVER_KEY, json!({ "body": format!("{good} ${{user.password_hash}}") }), 400),
        (SERVER_KEY, json!({ "body": good, "to": "eve@evil.example" }), 400),
    ] {
        let answer = define(world, key, joe.address(), email.clone()).await;
        assert_eq!(answer.status, status, "{email}: {answer:?}");
        assert!(answer.json().get("_doc").is_none());
    }
    world.settle().await;
    assert!(world.mails_to(joe.address()).await.is_empty());
}
