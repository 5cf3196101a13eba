//! The rules for templates, and what becomes of their placeholders.

use super::*;

/// Returns the parts of a template with a greeting, two lines and a subject.
fn filled(template: &OwnTemplate, keeps_subject: bool) -> Parts {
    let mut values = PlaceholderValues::default();
    values.named("greeting", "Hello evil", "Hello");
    values.named("user.name", "evil", "");
    values.lines("what", &["A & B", "", "<c>"]);
    values.keeps_subject = keeps_subject;
    let [subject, text, html] = ["built-in subject", "built-in text", ""].map(str::to_owned);
    template.fill(&values, &Parts { subject, text, html }).unwrap()
}

fn template(subject: Option<&str>, text: Option<&str>, html: &str) -> OwnTemplate {
    OwnTemplate::new(subject.map(str::to_owned), text.map(str::to_owned), html.to_owned())
}

#[test]
fn a_value_is_lines_of_text_and_of_escaped_html() {
    let parts =
        filled(&template(Some("S\n${greeting}"), Some("${ what }"), "<p>${what}</p>"), false);
    assert_eq!(parts.subject, "S Hello evil");
    assert_eq!(parts.text, "A & B\n<c>");
    assert_eq!(parts.html, "<p>A &#38; B<br>&#60;c&#62;</p>");
}

#[test]
fn a_part_that_is_not_set_is_the_built_in_one() {
    let parts = filled(&template(None, None, "x"), false);
    assert_eq!(
        (parts.subject.as_str(), parts.text.as_str()),
        ("built-in subject", "built-in text")
    );
    let parts = filled(&template(Some("Own"), Some("own"), "x"), true);
    assert_eq!((parts.subject.as_str(), parts.text.as_str()), ("built-in subject", "own"));
}

#[test]
fn a_name_that_becomes_a_link_is_left_out() {
    let own = template(None, Some("${greeting}: ${user.name}.com"), "${user.name}<b>.com</b>");
    let parts = filled(&own, false);
    assert_eq!((parts.text.as_str(), parts.html.as_str()), ("Hello: .com", "<b>.com</b>"));
}
