//! Documents that name something of the code: what they name is there.

use std::collections::BTreeSet;
use std::fs::{read_dir, read_to_string};
use std::path::Path;

use libtest_mimic::Trial;
use relatch_tests::process::root;
use relatch_tests::trials::trial;

pub fn trials() -> Vec<Trial> {
    vec![trial("every test that SECURITY.md names exists, and every guarantee names some", cited)]
}

async fn cited() {
    let document = read_to_string(root().join("SECURITY.md")).expect("SECURITY.md is there");
    let mut sources = String::new();
    for folder in ["edge", "sdk/src", "sdk/tests", "tests/tests", "tests/simulation/tests"] {
        read_sources(&root().join(folder), &mut sources);
    }
    let guarantees = document.split("\n### ").skip(1);
    let mut numbers = BTreeSet::new();
    for guarantee in guarantees {
        let (title, rest) = guarantee.split_once('\n').expect("a guarantee has a text");
        let Some((number, _)) = title.split_once(". ") else { continue };
        numbers.insert(number.to_owned());
        let rest = rest.split("\n## ").next().unwrap_or_default();
        assert!(!cited_in(rest).is_empty(), "{title} names no test");
    }
    for name in cited_in(&document) {
        let named = sources.contains(&format!("\"{name}\""));
        assert!(named || sources.contains(&format!("fn {name}()")), "no test is called {name:?}");
    }
    assert_eq!(numbers.into_iter().collect::<Vec<_>>(), ["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
}

/// A list item in backticks is the name of a test.
fn cited_in(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.strip_prefix("- `")?.strip_suffix('`')).collect()
}

/// All the Rust below this folder.
fn read_sources(folder: &Path, into: &mut String) {
    for entry in read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            read_sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("documents.rs") {
            into.push_str(&read_to_string(&path).expect("it can be read"));
        }
    }
}
