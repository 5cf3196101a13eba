//! The parts of mails that are compiled from MJML: the frame and the button.

use std::fs;

use mrml::prelude::render::RenderOptions;
use relatch_tests::process::root;

use super::tables::UPDATE;

/// Compares the compiled parts with what MJML compiles, or writes them with `UPDATE_DOCS=1`.
pub async fn are_compiled() {
    let frame = |html: &str| html.to_owned();
    let button = |html: &str| {
        let (_, cell) = html.split_once("vertical-align=\"middle\"").expect("there is a button");
        let start = cell.find("<table").expect("a button is a table");
        let (table, _) = cell.split_at(cell.find("</table>").expect("the table ends"));
        [&table[start..], "</table>"].concat()
    };
    let parts: [(&str, &dyn Fn(&str) -> String); 2] = [("frame", &frame), ("button", &button)];
    for (name, part) in parts {
        let path =
            |extension: &str| root().join(format!("edge/domain/templates/mail/{name}.{extension}"));
        let source = fs::read_to_string(path("mjml")).expect("the source exists");
        let parsed = mrml::parse(&source).unwrap_or_else(|error| panic!("{name}.mjml: {error}"));
        assert!(parsed.warnings.is_empty(), "{name}.mjml: {:?}", parsed.warnings);
        // No font is loaded from elsewhere.
        let options = RenderOptions { fonts: [].into(), ..RenderOptions::default() };
        let html = parsed.element.render(&options).expect("the source can be compiled");
        let compiled = [&part(&html), "\n"].concat();
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
