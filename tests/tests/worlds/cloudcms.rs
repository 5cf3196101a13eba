//! The hosted flow for many applications, call by call as its page shows them: create, send, commit.

use libtest_mimic::Trial;
use relatch_tests::flow;
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

pub fn trials() -> Vec<Trial> {
    Vec::new()
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
