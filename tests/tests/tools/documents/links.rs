//! The links between the documents, and to other files.

use std::collections::BTreeSet;
use std::path::Path;

use relatch_tests::process::root;

use super::{documents, prose};

/// Checks every link within the repository.
pub async fn are_valid() {
    let documents = documents();
    let mut wrong = Vec::new();
    let mut count = 0;
    for (path, text) in &documents {
        let folder = Path::new(path).parent().expect("a document is in a folder");
        for (number, line) in prose(text) {
            for target in targets_in(line)
                .filter(|target| !target.contains("://") && !target.starts_with("mailto:"))
            {
                count += 1;
                let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
                let file = if file.is_empty() { path.clone() } else { normal(&folder.join(file)) };
                let heading = documents.get(&file).map(|text| anchors(text).contains(anchor));
                if !root().join(&file).exists() || (!anchor.is_empty() && heading != Some(true)) {
                    wrong.push(format!("{path}:{number}: {target}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "these links are broken:\n{}", wrong.join("\n"));
    assert!(count > 100, "only {count} links were found");
}

/// Returns the targets of the links and pictures in a line, outside of code.
fn targets_in(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').step_by(2).flat_map(|text| {
        let links = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        let pictures = text.split("src=\"").skip(1).filter_map(|rest| rest.split_once('"'));
        links.chain(pictures).map(|(target, _)| target)
    })
}

/// Returns the path without `..`.
fn normal(path: &Path) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.to_str().expect("paths are UTF-8").split('/') {
        match part {
            ".." => drop(parts.pop()),
            "" | "." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Returns the anchors of a document's headings, by GitHub's rules.
fn anchors(document: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for (_, line) in prose(document).filter(|(_, line)| line.starts_with('#')) {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        let anchor: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let again = (1..1000)
            .map(|number| format!("{anchor}-{number}"))
            .find(|again| !anchors.contains(again));
        let first = anchors.insert(anchor);
        anchors.extend(again.filter(|_| !first));
    }
    anchors
}
