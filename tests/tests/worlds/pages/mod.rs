//! The hosted pages, as a browser without scripts uses them: forms, cookies and content.
//! `tests/browser` has the tests that need a real browser.

use std::sync::Arc;

use libtest_mimic::Trial;
use relatch_domain::values::account::Role;
use relatch_tests::person::Person;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::workerd::Workerd;
use relatch_tests::world::World;
use serde_json::json;

use self::visitor::Visitor;

mod forgot;
mod forms;
mod gallery;
mod links;
mod looks;
mod operator;
mod own_texts;
mod reset;
pub mod visitor;

pub fn flows() -> Vec<(&'static str, Flow)> {
    [forgot::flows(), forms::flows(), links::flows(), reset::flows()].concat()
}

pub fn trials() -> Vec<Trial> {
    let own = vec![trial(
        "workerd: the gallery, the looks, the operator's page and an application are as configured",
        configured,
    )];
    [
        own,
        forgot::trials(),
        gallery::trials(),
        links::trials(),
        looks::trials(),
        operator::trials(),
        own_texts::trials(),
        reset::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

async fn configured() {
    let own = [
        gallery::ON,
        operator::ON,
        ("APP_SHOP_OPERATOR_PAGE", "false"),
        ("APP_SHOP_DEFAULT_LANGUAGE", "it"),
        ("APP_SHOP_ALLOW_ADMINS", "true"),
    ];
    let workerd = Arc::new(Workerd::start(&[&own, &looks::LOOKS[..]].concat()));
    let world = World::Workerd(Arc::clone(&workerd));
    gallery::gallery(&world).await;
    looks::looks(&world).await;
    operator::with_key_only(&world).await;
    italian_shop(&world).await;
    workerd.shut_down();
}

/// Asserts that the application `shop` speaks Italian, and lets its administrators reset.
async fn italian_shop(world: &World) {
    let page = Visitor::new(world).visit("/apps/shop/password/forgot").await;
    assert!(page.body.contains("<html lang=\"it\""), "{page:?}");
    let admin = Person { role: Role::Admin, ..Person::new() };
    world.add(&admin).await;
    let body = json!({ "username": admin.username }).to_string();
    assert_eq!(world.post("/password/reset/request", body.clone()).await.status, 200);
    world.wait_for_event(&admin, "request_refused: admin").await;
    assert_eq!(world.post("/apps/shop/password/reset/request", body).await.status, 200);
    let mail = world.wait_for_mail(admin.address(), 1).await;
    assert!(mail.link().contains("/apps/shop/"), "{}", mail.text);
    assert!(mail.html.contains("lang=\"it\""), "{}", mail.html);
}
