//! The application's own texts for its pages, from its store of templates.

use libtest_mimic::Trial;
use relatch_domain::events::Action;
use relatch_memory::Fault;
use relatch_tests::trials::trial;
use relatch_tests::world::in_memory;
use serde_json::json;

use super::visitor::Visitor;
use crate::support::{MINUTE, NEW, fail_calls};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: the pages have the texts of the application", own_texts),
        trial("in process: broken texts of pages are skipped and reported", broken),
        trial("in process: without the store, the pages have the built-in texts", outage),
    ]
}

async fn own_texts() {
    let (world, memory) = in_memory(&[]);
    memory.set_template(
        "default/pages/en",
        "# Our words\nrequest.title = Lost your <key>?\nsent.title = Off it goes\n\
         page.link = From ${from}, for ${lifetime}.\nreset.title = A new key\n\
         page.changed_title = Done & dusted\nlink_missing.title = Where is the link?\n\
         reason.too_short = Longer, please.",
    );
    memory.set_template("default/pages/de", "request.title = Schlüssel weg?");
    let peter = world.new_person().await;
    let mut visitor = Visitor::new(&world);

    let page = visitor.visit("/password/forgot").await;
    assert!(page.body.contains("<h1>Lost your &#60;key&#62;?</h1>"), "{page:?}");
    assert!(page.body.contains("<title>Lost your &#60;key&#62;? – Example</title>"), "{page:?}");
    let page = visitor.visit("/password/forgot?locale=de").await;
    assert!(page.body.contains("<h1>Schlüssel weg?</h1>"), "{page:?}");
    let page = visitor.visit("/password/forgot?locale=fr").await;
    assert!(page.body.contains("<h1>Mot de passe oublié"), "{page:?}");

    let page = visitor.request_link(&peter.username).await;
    assert!(page.body.contains("<h1>Off it goes</h1>"), "{page:?}");
    assert!(page.body.contains("From noreply@example.com, for 2 hours."), "{page:?}");
    let mail = world.wait_for_mail(peter.address(), 1).await;
    assert_eq!(mail.subject, "Reset your Example password", "mails have texts of their own");
    let page = visitor.visit("/password/reset").await;
    assert!(page.body.contains("<h1>Where is the link?</h1>"), "{page:?}");

    let form = visitor.open_link(mail.link().split_once("token=").unwrap().1).await;
    assert!(form.body.contains("<h1>A new key</h1>"), "{form:?}");
    let page = visitor.submit_password(&form, "short").await;
    assert!(page.body.contains("Longer, please."), "{page:?}");
    let page = visitor.submit_password(&form, NEW).await;
    assert!(page.body.contains("<h1>Done &#38; dusted</h1>"), "{page:?}");
}

async fn broken() {
    let (world, memory) = in_memory(&[]);
    memory.set_template("default/pages/en", "request.title = Fine\npage.link = For ever.");
    let mut visitor = Visitor::new(&world);
    for _ in 0..3 {
        let page = visitor.visit("/password/forgot").await;
        assert!(page.body.contains("<h1>Forgot your password?</h1>"), "{page:?}");
    }
    let page = visitor.visit("/password/forgot?locale=de").await;
    assert_eq!(page.status, 200);
    assert!(memory.events().is_empty(), "no page waits for the event");
    memory.advance(MINUTE).await;
    let events = memory.events();
    let refused: Vec<_> =
        events.iter().filter(|event| event.action == Action::PageTextsRefused).collect();
    assert_eq!(refused.len(), 1, "one row in an hour: {refused:?}");
    assert_eq!(
        refused[0].detail.as_deref(),
        Some("en: line 2: `page.link` must contain `${lifetime}` once")
    );
    assert_eq!((&refused[0].account, &refused[0].address), (&None, &None));
}

async fn outage() {
    let (world, memory) = in_memory(&[]);
    memory.set_template("default/pages/en", "request.title = Fine");
    fail_calls(&memory, "templates.read", Fault::Before);
    let mut visitor = Visitor::new(&world);
    let page = visitor.visit("/password/forgot").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("<h1>Forgot your password?</h1>"), "{page:?}");
    let response = world.request_reset(json!({ "username": "nobody" })).await;
    assert_eq!(response.status, 200, "the API has no texts of pages");
}
