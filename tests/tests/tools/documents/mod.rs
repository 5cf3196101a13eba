//! The documents: their links are valid, their calls and commands work, the tests that they name
//! exist, and they stay short.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{read_dir, read_to_string};
use std::path::Path;

use libtest_mimic::Trial;
use relatch_tests::in_process::invalid_variables;
use relatch_tests::process::root;
use relatch_tests::trials::trial;

mod calls;
mod links;
mod mails;
mod openapi;
mod tables;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("every test that SECURITY.md names exists, and every guarantee names a test", cited),
        trial("every promise of the five systems names tests that exist", promises),
        trial("every link in a document is to a file and a heading that exist", links::are_valid),
        trial("every file that a document names exists", files),
        trial("every signing key in the repository is refused in a public deployment", keys),
        trial("every make target that a document names exists", targets),
        trial("every call that a document shows is accepted by the service", calls::are_accepted),
        trial("the generated parts of mails match their MJML", mails::are_compiled),
        trial("the generated OpenAPI documents match the code", openapi::are_generated),
        trial("the generated tables in the documents match the code", tables::are_generated),
        trial("documents are short, and their lines have at most 100 columns", sizes),
    ]
}

/// The README is read first, so it must fit on a few screens.
const README_LIMIT: usize = 10 * 1024;
const PAGE_LIMIT: usize = 17 * 1024;
const COLUMNS: usize = 100;

/// Documents outside of `docs`.
const OTHERS: [&str; 19] = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "edge/README.md",
    "edge/config/README.md",
    "edge/directories/README.md",
    "edge/examples/README.md",
    "edge/domain/README.md",
    "edge/http/README.md",
    "edge/worker/README.md",
    "js/README.md",
    "js/examples/README.md",
    "sdk/README.md",
    "sdk/examples/README.md",
    "sdk/wasm/README.md",
    "templates/cloudflare/README.md",
    "tests/README.md",
    "tests/bench/README.md",
];

/// Returns every document by its path from the root.
fn documents() -> BTreeMap<String, String> {
    let mut paths: Vec<String> = OTHERS.map(str::to_owned).into();
    for folder in ["docs", "docs/migrating"] {
        for entry in read_dir(root().join(folder)).expect("the folder exists") {
            let name = entry
                .expect("the folder can be listed")
                .file_name()
                .into_string()
                .expect("names are UTF-8");
            if std::path::Path::new(&name).extension().is_some_and(|extension| extension == "md") {
                paths.push(format!("{folder}/{name}"));
            }
        }
    }
    let read = |path: String| {
        let text =
            read_to_string(root().join(&path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        (path, text)
    };
    paths.into_iter().map(read).collect()
}

/// Returns the lines outside of code blocks, with their numbers.
fn prose(document: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_code = false;
    (1..).zip(document.lines()).filter(move |(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// The folders that a build writes.
const BUILT: [&str; 3] = ["edge/build", "js/dist", "js/node_modules"];

async fn files() {
    let (mut missing, mut count) = (Vec::new(), 0);
    for (path, text) in documents() {
        let folder = root().join(&path).parent().expect("a document is in a folder").to_owned();
        for named in commands(&text).flat_map(str::split_whitespace) {
            let is_path = ["edge/", "sdk/", "js/", "tests/", "docs/"]
                .iter()
                .any(|folder| named.starts_with(folder))
                && named.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
            if is_path && !BUILT.iter().any(|built| named.starts_with(built)) {
                count += 1;
                if !root().join(named).exists() && !folder.join(named).exists() {
                    missing.push(format!("{path}: {named}"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "these files do not exist:\n{}", missing.join("\n"));
    assert!(count > 30, "only {count} files were found");
}

/// A key in a document or a test may end in a deployment.
async fn keys() {
    let mut texts: Vec<String> = documents().into_values().collect();
    for folder in ["edge", "sdk/src", "tests/src", "tests/tests", "tests/simulation/tests"] {
        let mut sources = String::new();
        read_sources(&root().join(folder), ".rs", &mut sources);
        texts.push(sources);
    }
    let mut count = 0;
    for text in texts {
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "+/=:".contains(c)));
        let is_key = |word: &&str| {
            word.split_once(':').is_some_and(|(id, key)| id.parse::<u8>().is_ok() && key.len() > 40)
        };
        for key in words.filter(is_key) {
            count += 1;
            let public = [("PUBLIC_URL", "https://reset.example.com"), ("RELATCH_KEYS", key)];
            let invalid = invalid_variables(&public);
            assert!(invalid.iter().any(|variable| variable == "RELATCH_KEYS"), "{key}");
        }
    }
    assert!(count > 5, "only {count} keys were found");
}

async fn targets() {
    let makefile = read_to_string(root().join("Makefile")).expect("the Makefile exists");
    let known: BTreeSet<&str> =
        makefile.lines().filter_map(|line| Some(line.split_once(':')?.0)).collect();
    let mut count = 0;
    for (path, text) in documents() {
        for target in commands(&text).filter_map(target_of) {
            count += 1;
            assert!(known.contains(target), "{path} names `make {target}`");
        }
    }
    assert!(count > 20, "only {count} targets were found");
}

/// Returns the code of a document: the lines of code blocks, and code within a line.
fn commands(document: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    document.lines().flat_map(move |line| {
        is_code ^= line.trim_start().starts_with("```");
        if is_code { vec![line] } else { line.split('`').skip(1).step_by(2).collect() }
    })
}

/// Returns the target of `make target`, after any variables.
fn target_of(command: &str) -> Option<&str> {
    let mut words = command.split_whitespace();
    let make = words.by_ref().find(|word| !word.contains('='))?;
    words.next().filter(|target| make == "make" && target.chars().all(|c| c.is_ascii_lowercase()))
}

async fn sizes() {
    for (path, text) in documents() {
        let limit = match path.as_str() {
            "README.md" => README_LIMIT,
            page if page.starts_with("docs/") => PAGE_LIMIT,
            _ => continue,
        };
        assert!(text.len() <= limit, "{path} has {} bytes, over its limit of {limit}", text.len());
        for (number, line) in prose(&text) {
            let is_free = line.starts_with('|') || line.contains("](");
            let columns = line.chars().count();
            assert!(is_free || columns <= COLUMNS, "{path}:{number} has {columns} columns");
        }
    }
}

async fn cited() {
    let document = read_to_string(root().join("SECURITY.md")).expect("SECURITY.md exists");
    let guarantees = document.split("\n### ").skip(1);
    let mut numbers = Vec::new();
    for guarantee in guarantees {
        let (title, rest) = guarantee.split_once('\n').expect("a guarantee has a text");
        let Some((number, _)) = title.split_once(". ") else { continue };
        numbers.push(number.parse::<usize>().expect("a guarantee has a number"));
        let rest = rest.split("\n## ").next().unwrap_or_default();
        assert!(!cited_in(rest).is_empty(), "{title} names no test");
    }
    assert_tests_exist(&cited_in(&document));
    assert_eq!(numbers, (1..=11).collect::<Vec<_>>());
}

async fn promises() {
    let path = root().join("docs/migrating/README.md");
    let document = read_to_string(path).expect("the document exists");
    let mut names = Vec::new();
    for row in document.lines().filter(|line| line.starts_with('|') && !line.contains("---")) {
        let cell = row.trim_end_matches([' ', '|']).rsplit("| ").next().unwrap_or_default();
        if cell != "test" {
            let cited: Vec<&str> = cell.split(", `").map(|name| name.trim_matches('`')).collect();
            assert!(cited.iter().all(|name| !name.is_empty()), "no test in {row}");
            names.extend(cited);
        }
    }
    assert!(names.len() > 40, "only {} tests were found", names.len());
    assert_tests_exist(&names);
}

/// Asserts that each of these is the name of a trial, of a test function or of a test of the npm
/// packages.
fn assert_tests_exist(names: &[&str]) {
    let mut sources = String::new();
    for folder in ["edge", "sdk/src", "sdk/tests", "tests/tests", "tests/simulation/tests"] {
        read_sources(&root().join(folder), ".rs", &mut sources);
    }
    read_sources(&root().join("tests/package"), ".test.mjs", &mut sources);
    for name in names {
        let is_trial = sources.contains(&format!("\"{name}\""));
        assert!(
            is_trial || sources.contains(&format!("fn {name}()")),
            "no test is called {name:?}"
        );
    }
}

/// Returns the names of tests: list items in backticks.
fn cited_in(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.strip_prefix("- `")?.strip_suffix('`')).collect()
}

/// Appends all sources in this folder whose names have this end.
fn read_sources(folder: &Path, end: &str, into: &mut String) {
    for entry in read_dir(folder).expect("the folder exists") {
        let path = entry.expect("the folder can be listed").path();
        if path.is_dir() {
            read_sources(&path, end, into);
        } else if path.to_string_lossy().ends_with(end) {
            into.push_str(&read_to_string(&path).expect("sources are UTF-8"));
        }
    }
}
