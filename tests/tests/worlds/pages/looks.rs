//! The looks of an application on its pages: its color, its logo, and the link to its own page.

use libtest_mimic::Trial;
use relatch_tests::trials::trial;
use relatch_tests::world::{World, in_memory};
use serde_json::json;

use super::visitor::Visitor;

/// The variables of an application with looks.
pub const LOOKS: [(&str, &str); 3] = [
    ("BRAND_COLOR", "#0b2e6f,#8fb4ff"),
    ("LOGO_URL", "https://cdn.example.org/logo.png"),
    ("PRODUCT_URL", "https://example.com/"),
];

pub fn trials() -> Vec<Trial> {
    vec![trial("in process: the pages have the looks of their application", in_process)]
}

async fn in_process() {
    looks(&in_memory(&LOOKS).0).await;
}

/// Asserts that every page has the looks of [`LOOKS`].
pub async fn looks(world: &World) {
    let mut visitor = Visitor::new(world);
    let wrong = [("identifier", "")];
    for page in [
        visitor.visit("/password/forgot").await,
        visitor.submit("/password/forgot", &wrong).await,
        visitor.visit("/password/reset").await,
    ] {
        for part in [
            "<header><a href=\"https://example.com/\"><img src=\"https://cdn.example.org/logo.png\" \
             alt=\"Example\"></a></header>",
            ":root{--act:#0b2e6f;--on:#ffffff;--link:#0b2e6f}",
            "dark){:root{--act:#8fb4ff;--on:#000000;--link:#8fb4ff}}",
        ] {
            assert!(page.body.contains(part), "{part}: {page:?}");
        }
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("; img-src data: https://cdn.example.org; "), "{policy}");
    }
    let person = world.new_person().await;
    world.request_reset(json!({ "username": person.username })).await;
    let mail = world.wait_for_mail(person.address(), 1).await;
    for part in ["\"https://cdn.example.org/logo.png\"", "#0b2e6f", "#8fb4ff"] {
        assert!(mail.html.contains(part), "{part}: {}", mail.html);
    }
    // A further application inherits none of it.
    if matches!(world, World::Workerd(_)) {
        let page = visitor.visit("/apps/shop/password/forgot").await;
        assert!(page.body.contains("<header>Shop</header>"), "{page:?}");
        assert!(!page.body.contains("#0b2e6f"), "{page:?}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("; img-src data:; "), "{policy}");
    }
}
