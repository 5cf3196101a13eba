//! An error in a language file is reported with the name of the file and the key.

#[path = "../build/compile.rs"]
#[expect(clippy::arithmetic_side_effects, reason = "it computes with small numbers, at build time")]
mod compile;

use compile::compile;

const ENGLISH: &str = "
## Pages
page =
    .title = Hello { $name }
    .text = Text
## Mails
mail =
    .count =
        { $count ->
            [one] { $count } mail for { $name }
           *[other] { $count } mails for { $name }
        }
";

fn errors(polish: &str) -> Vec<String> {
    let files = [("en", ENGLISH), ("pl", polish)];
    let files = files.map(|(tag, source)| (tag.to_owned(), source.to_owned()));
    compile(&files).err().unwrap_or_default()
}

fn with(title: &str, text: &str, count: &str) -> String {
    format!("page =\n    .title = {title}\n    .text = {text}\nmail =\n    .count = {count}\n")
}

const TITLE: &str = "Cześć { $name }";
const COUNT: &str = "{ $count } dla { $name }";

#[test]
fn a_complete_file_compiles() {
    assert_eq!(errors(&with(TITLE, "Tekst", COUNT)), [""; 0]);
}

#[test]
fn a_missing_or_unknown_key_is_an_error() {
    assert_eq!(
        errors(
            "page =\n    .title = Cześć { $name }\n    .textt = Tekst\nmail =\n    .count = { $count } { $name }\n"
        ),
        [
            "pl.ftl: `page.textt` is unknown: en.ftl does not have it",
            "pl.ftl: `page.text` is missing",
        ]
    );
}

#[test]
fn a_wrong_variable_is_an_error() {
    assert_eq!(
        errors(&with("Cześć { $nam }", "Tekst { $x }", COUNT)),
        [
            "pl.ftl: `page.title` has the unknown variable `$nam`",
            "pl.ftl: `page.title` lacks the variable `$name`",
            "pl.ftl: `page.title` lacks the variable `$name` in a variant",
            "pl.ftl: `page.text` has the unknown variable `$x`",
        ]
        .into_iter()
        .filter(|error| !error.ends_with("variant"))
        .collect::<Vec<_>>()
    );
    let variants = "\n        { $count ->\n            [one] jeden dla { $name }\n            [few] { $count }\n           *[many] { $count } dla { $name }\n        }";
    assert_eq!(
        errors(&with(TITLE, "Tekst", variants)),
        ["pl.ftl: `mail.count` lacks the variable `$name` in a variant"]
    );
}

#[test]
fn what_the_tables_cannot_contain_is_an_error() {
    for (text, wrong) in [
        ("{ \"\" }", "may contain variables"),
        ("{ NUMBER($name) }", "may contain variables"),
        ("\n        one\n        two", "must be one line"),
        (
            "\n        { $name ->\n            [mine] x\n           *[other] y\n        }",
            "plural category",
        ),
    ] {
        let errors = errors(&with(TITLE, text, COUNT));
        let [error] = errors.as_slice() else { panic!("{text}: {errors:?}") };
        assert!(error.starts_with("pl.ftl: `page.text`") && error.contains(wrong), "{error}");
    }
    assert!(errors("page = Text").iter().any(|error| error.contains("attributes only")));
    assert!(
        errors("page =\n    .title = {").iter().any(|error| error.starts_with("pl.ftl: line "))
    );
    let twice = format!("{}\n", with(TITLE, "a\n    .text = b", COUNT));
    assert_eq!(errors(&twice), ["pl.ftl: `page.text` occurs twice"]);
}

#[test]
fn the_name_of_a_file_is_a_canonical_tag() {
    for tag in ["PL", "zh_Hans", "x", "languages"] {
        let files = [("en".to_owned(), ENGLISH.to_owned()), (tag.to_owned(), ENGLISH.to_owned())];
        let errors = compile(&files).unwrap_err();
        assert!(errors.iter().all(|error| error.contains("canonical language tag")), "{errors:?}");
    }
    assert!(compile(&[("pl".to_owned(), ENGLISH.to_owned())]).is_err());
}
