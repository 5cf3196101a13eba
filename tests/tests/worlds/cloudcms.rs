//! The dialect `cloudcms`, call by call as its documentation shows it: create, send, commit.

use libtest_mimic::Trial;
use relatch_tests::flow;
use relatch_tests::in_process::{NARROW_KEY, SERVER_KEY, SHOP_KEY};
use relatch_tests::response::Response;
use relatch_tests::trials::Flow;
use relatch_tests::world::{World, request};
use serde_json::{Value, json};

use crate::on_workerd;
use crate::support::{NEW, OTHER, assert_code, assert_problem};

const PATH: &str = "/pub/applications/default/requests/resetpassword";

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("cloudcms: create, send, and commit with the mailed token", flow!(full_reset)),
        ("cloudcms: the principal is an e-mail, a user name or an id", flow!(principals)),
        (
            "cloudcms: no mail is sent before send, and one mail after any number of sends",
            flow!(at_most_once),
        ),
        ("cloudcms: send takes an empty body with any content type", flow!(empty_body)),
        (
            "cloudcms: the response to create is the same whether an account exists or not",
            flow!(no_enumeration),
        ),
        ("cloudcms: an unknown request id is not found", flow!(unknown_request)),
        (
            "cloudcms: the password of the documentation is rejected, and the token stays usable",
            flow!(example_values),
        ),
        (
            "cloudcms: a mail definition without a key is rejected, and nothing is sent",
            flow!(definition_without_key),
        ),
        ("cloudcms: an unknown application is not found", flow!(unknown_application)),
        ("cloudcms: an invalid body of create is rejected", flow!(invalid_bodies)),
    ]
}

/// The in-memory HTML filter rejects all HTML, so these run on workerd only.
pub fn trials() -> Vec<Trial> {
    vec![
        on_workerd(
            "cloudcms: a server key defines the content of the mail and nothing else",
            flow!(definition_with_key),
        ),
        on_workerd(
            "cloudcms: a mail definition with a foreign link or sender is rejected, and nothing is sent",
            flow!(foreign_definition),
        ),
    ]
}

async fn create(world: &World, principal: &str) -> String {
    let response = world.post(PATH, json!({ "principal": principal }).to_string()).await;
    assert_eq!(response.status, 200, "{response:?}");
    response.json()["_doc"].as_str().expect("the response has an id").to_owned()
}

async fn send(world: &World, doc: &str) -> Response {
    world.post(&format!("{PATH}/{doc}/send"), "").await
}

async fn commit(world: &World, token: &str, password: &str) -> Response {
    world.post(&format!("{PATH}/{token}/commit"), json!({ "password": password }).to_string()).await
}

async fn full_reset(world: &World) {
    let joe = world.new_person().await;
    let response = world
        .post(&format!("{PATH}/create"), json!({ "principal": joe.address() }).to_string())
        .await;
    let doc = response.json()["_doc"].as_str().expect("the response has an id").to_owned();
    assert_eq!(send(world, &doc).await.status, 200);
    let token = world.wait_for_mail(joe.address(), 1).await.token();
    let response = commit(world, &token, NEW).await;
    assert_eq!(response.status, 200, "{response:?}");
    assert!(world.has_password(&joe, NEW).await);
    assert_code(&commit(world, &token, OTHER).await, 410, "link_used");
}

async fn principals(world: &World) {
    let joe = world.new_person().await;
    for principal in [joe.username.clone(), joe.account_id().0] {
        let joe = if principal == joe.username { joe.clone() } else { world.new_person().await };
        let principal = if principal == joe.username { principal } else { joe.account_id().0 };
        let doc = create(world, &principal).await;
        assert_eq!(send(world, &doc).await.status, 200);
        assert!(world.wait_for_mail(joe.address(), 1).await.has_link(), "{principal}");
    }
}

async fn at_most_once(world: &World) {
    let joe = world.new_person().await;
    let doc = create(world, joe.address()).await;
    world.drain().await;
    assert!(world.mails_to(joe.address()).await.is_empty(), "not before send");
    for _ in 0..3 {
        assert_eq!(send(world, &doc).await.status, 200);
    }
    world.wait_for_mail(joe.address(), 1).await;
    world.drain().await;
    assert_eq!(send(world, &doc).await.status, 200, "send after the mail was sent");
    world.drain().await;
    assert_eq!(world.mails_to(joe.address()).await.len(), 1);
}

async fn empty_body(world: &World) {
    let joe = world.new_person().await;
    let path = format!("{PATH}/{}/send", create(world, joe.address()).await);
    let mut bare = request("POST", &path, "");
    bare.headers_mut().remove("content-type");
    assert_eq!(world.send(bare).await.status, 200);
    let mut form = request("POST", &path, "");
    form.headers_mut().insert(
        "content-type",
        "application/x-www-form-urlencoded; charset=UTF-8"
            .parse()
            .expect("the value is a valid header"),
    );
    assert_eq!(world.send(form).await.status, 200);
    assert_eq!(world.post(&path, "{\"to\":\"x@example.com\"}").await.status, 400);
    world.wait_for_mail(joe.address(), 1).await;
}

async fn no_enumeration(world: &World) {
    let joe = world.new_person().await;
    // The request id is random: only its length is compared.
    let responses_for = async |principal: &str| {
        let response = world.post(PATH, json!({ "principal": principal }).to_string()).await;
        let doc = response.json()["_doc"].as_str().unwrap_or_default().to_owned();
        let sent = send(world, &doc).await;
        let length = doc.len();
        (
            response.status,
            response.body.replace(&doc, ""),
            length,
            sent.status,
            sent.body.replace(&doc, ""),
            response.headers,
        )
    };
    assert_eq!(responses_for(joe.address()).await, responses_for("unknown@example.com").await);
}

async fn unknown_request(world: &World) {
    let joe = world.new_person().await;
    let doc = create(world, joe.address()).await;
    let other = if doc.ends_with('A') { 'Q' } else { 'A' };
    let forged = format!("{}{other}", &doc[..doc.len() - 1]);
    for doc in ["GUID2", "0", &forged, &"A".repeat(doc.len())] {
        assert_problem(&send(world, doc).await, 404, "not_found", doc);
    }
    world.drain().await;
    assert!(world.mails_to(joe.address()).await.is_empty());
}

async fn example_values(world: &World) {
    let joe = world.new_person().await;
    let token = world.token_for(&joe).await;
    assert_code(&commit(world, &token, "password1").await, 422, "password_rejected");
    assert_code(&commit(world, "HASH", NEW).await, 400, "link_invalid");
    assert_eq!(commit(world, &token, NEW).await.status, 200);
}

/// Returns the body of create as the documentation shows it.
fn example_body(principal: &str) -> Value {
    json!({
        "principal": principal,
        "email": {
            "body": "<a href='http://website.com/password-reset.html?hash=${hash}'>Click me to reset your password</a>",
            "from": "webmaster@website.com"
        }
    })
}

async fn definition_without_key(world: &World) {
    let joe = world.new_person().await;
    let response = world.post(PATH, example_body(joe.address()).to_string()).await;
    assert_code(&response, 403, "key_out_of_scope");
    assert!(response.json().get("_doc").is_none());
    world.drain().await;
    assert!(world.mails_to(joe.address()).await.is_empty());
}

async fn unknown_application(world: &World) {
    let response = world
        .post(
            "/pub/applications/GUID1/requests/resetpassword",
            json!({ "principal": "joe" }).to_string(),
        )
        .await;
    assert_code(&response, 404, "not_found");
}

async fn invalid_bodies(world: &World) {
    for body in [
        json!({}),
        json!({ "principal": "" }),
        json!({ "principal": 5 }),
        json!({ "principal": ["joe@joe.com"] }),
        json!({ "principal": "joe@joe.com\neve@evil.example" }),
        json!({ "principal": "joe", "url": "https://evil.example" }),
        json!({ "principal": "joe", "email": "x" }),
        json!({ "principal": "joe", "email": { "body": "${hash}", "to": "eve@evil.example" } }),
    ] {
        let response = world.post(PATH, body.to_string()).await;
        assert_problem(&response, 400, "request_invalid", &body.to_string());
    }
}

/// Calls create with this key and this mail definition.
async fn create_with_definition(
    world: &World,
    key: &str,
    principal: &str,
    email: Value,
) -> Response {
    let mut create =
        request("POST", PATH, &json!({ "principal": principal, "email": email }).to_string());
    let bearer = format!("Bearer {key}").parse().expect("the key is a valid header");
    create.headers_mut().insert("authorization", bearer);
    world.send(create).await
}

async fn definition_with_key(world: &World) {
    let joe = world.new_person().await;
    let response = create_with_definition(
        world,
        SERVER_KEY,
        joe.address(),
        json!({
            "subject": "For ${user.name}",
            "from": "webmaster@app.example.com",
            // Without `REPLY_TO`, replies go to the sender.
            "replyTo": "Webmaster@app.example.com",
            "body": "<p onclick='x()'>Hello ${user.name}</p><script>alert(1)</script><img src='x' onerror='x()'>\
                <a href='https://app.example.com/password-reset.html?hash=${hash}'>Click me to reset your password</a>\
                <a href='javascript:alert(1)'>not me</a>",
        }),
    )
    .await;
    assert_eq!(response.status, 200, "{response:?}");
    let doc = response.json()["_doc"].as_str().expect("the response has an id").to_owned();
    assert_eq!(send(world, &doc).await.status, 200);
    let mail = world.wait_for_mail(joe.address(), 1).await;
    assert_eq!(mail.recipients, [joe.address()]);
    assert_eq!(mail.subject, format!("For {}", joe.username));
    assert!(mail.from.contains("webmaster@app.example.com"), "{}", mail.from);
    assert_eq!(mail.header("Reply-To"), None);
    assert!(mail.html.contains(&format!("<p>Hello {}</p>", joe.username)), "{}", mail.html);
    for removed in ["script", "alert", "<img", "onclick", "onerror"] {
        assert!(!mail.html.contains(removed), "{removed}: {}", mail.html);
    }
    let (_, after) = mail
        .html
        .split_once("https://app.example.com/password-reset.html?hash=")
        .expect("the link");
    let token: String =
        after.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    assert!(mail.text.contains(&token), "the plain text comes from the built-in template");
    assert_eq!(commit(world, &token, NEW).await.status, 200);
    // The placeholder of the whole link, and the path `create`.
    let jane = world.new_person().await;
    let mut with_whole_link = request(
        "POST",
        &format!("{PATH}/create"),
        &json!({
            "principal": jane.username,
            "email": { "body": "<a href='${link}'>here</a>", "replyTo": "noreply@example.com" },
        })
        .to_string(),
    );
    with_whole_link.headers_mut().insert(
        "authorization",
        format!("Bearer {SERVER_KEY}").parse().expect("the key is a valid header"),
    );
    let doc = world.send(with_whole_link).await.json()["_doc"]
        .as_str()
        .expect("the response has an id")
        .to_owned();
    assert_eq!(send(world, &doc).await.status, 200);
    let mail = world.wait_for_mail(jane.address(), 1).await;
    assert!(mail.html.contains(&format!("<a href=\"{}\">here</a>", mail.link())), "{}", mail.html);
}

async fn foreign_definition(world: &World) {
    let joe = world.new_person().await;
    let good = "<a href='https://app.example.com/?hash=${hash}'>here</a>";
    for (key, email, status) in [
        (NARROW_KEY, json!({ "body": good }), 403),
        (SHOP_KEY, json!({ "body": good }), 403),
        ("an unknown key", json!({ "body": good }), 403),
        (SERVER_KEY, example_body(joe.address())["email"].clone(), 400),
        (SERVER_KEY, json!({ "body": "<a href='https://evil.example/?${hash}'>here</a>" }), 400),
        (SERVER_KEY, json!({ "body": "<a href='//evil.example/?${hash}'>here</a>" }), 400),
        (SERVER_KEY, json!({ "body": format!("{good} www.evil.example") }), 400),
        (SERVER_KEY, json!({ "body": format!("{good} https&#58;//evil.example") }), 400),
        (
            SERVER_KEY,
            json!({ "body": "<a href='https://app.example.com,@evil.example/?${hash}'>here</a>" }),
            400,
        ),
        (
            SERVER_KEY,
            json!({ "body": "<a href='https://app.example.com&period;evil.example/?${hash}'>here</a>" }),
            400,
        ),
        (SERVER_KEY, json!({ "body": format!("{good} $<x>{{password}}") }), 400),
        (SERVER_KEY, json!({ "body": format!("{good}{}", "<".repeat(3_000)) }), 400),
        (SERVER_KEY, json!({ "body": good, "from": "boss@evil.example" }), 400),
        (SERVER_KEY, json!({ "body": good, "replyTo": "boss@evil.example" }), 400),
        (SERVER_KEY, json!({ "body": good, "replyTo": "webmaster@app.example.com" }), 400),
        (
            SERVER_KEY,
            json!({
                "body": good, "from": "webmaster@app.example.com",
                "replyTo": "noreply@example.com",
            }),
            400,
        ),
        (SERVER_KEY, json!({ "body": "no link" }), 400),
        (SERVER_KEY, json!({ "body": format!("{good} ${{user.password_hash}}") }), 400),
        (SERVER_KEY, json!({ "body": good, "to": "eve@evil.example" }), 400),
    ] {
        let response = create_with_definition(world, key, joe.address(), email.clone()).await;
        assert_eq!(response.status, status, "{email}: {response:?}");
        assert!(response.json().get("_doc").is_none());
    }
    world.drain().await;
    assert!(world.mails_to(joe.address()).await.is_empty());
}
