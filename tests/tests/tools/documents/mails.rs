//! The parts of mails that are compiled from MJML: the frame and the button.

use std::fs;

use mrml::prelude::render::RenderOptions;
use relatch_tests::process::root;

use super::tables::UPDATE;

/// Compares the compiled parts with what MJML compiles, or writes them with `UPDATE_DOCS=1`.
pub async fn are_compiled() {
    for name in ["frame", "button"] {
        let path =
            |extension: &str| root().join(format!("edge/domain/templates/mail/{name}.{extension}"));
        let source = fs::read_to_string(path("mjml")).expect("the source exists");
        let parsed = mrml::parse(&source).unwrap_or_else(|error| panic!("{name}.mjml: {error}"));
        assert!(parsed.warnings.is_empty(), "{name}.mjml: {:?}", parsed.warnings);
        // No font is loaded from elsewhere.
        let options = RenderOptions { fonts: [].into(), ..RenderOptions::default() };
        let html = parsed.element.render(&options).expect("the source can be compiled");
        let part = if name == "button" { table_of_button(&html) } else { without_urls(&html) };
        let compiled = [&part, "\n"].concat();
        if std::env::var_os(UPDATE).is_some() {
            fs::write(path("html"), compiled).expect("the part can be written");
        } else {
            let committed = fs::read_to_string(path("html")).expect("the part exists");
            assert!(
                compiled == committed,
                "{name}.html differs from its source: run this test with {UPDATE}=1"
            );
        }
    }
}

/// Returns the table that draws the button of a compiled document.
fn table_of_button(html: &str) -> String {
    let (_, cell) = html.split_once("vertical-align=\"middle\"").expect("there is a button");
    let (_, table) = cell.split_once("<table").expect("a button is a table");
    let (table, _) = table.split_once("</table>").expect("the table ends");
    ["<table", table, "</table>"].concat()
}

/// Returns a compiled document without the URLs that no mail program needs, so that a mail has no
/// URL other than its links.
fn without_urls(html: &str) -> String {
    let html = html
        .replace(" xmlns=\"http://www.w3.org/1999/xhtml\"", "")
        .replace(
            "<!--[if !mso]><!--><meta http-equiv=\"X-UA-Compatible\" content=\"IE=edge\"><!--<![endif]-->",
            "",
        )
        .replace(
            "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\">",
            "<meta charset=\"utf-8\">",
        );
    assert!(!html.contains("http"), "{html}");
    html
}
