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

const LINK: &str =
    "--- subject\nA password\n--- text\n${greeting}\n${link}\n--- html\n<p>${link}</p>";

fn wrong(mail: MailName, file: &str) -> String {
    OwnTemplate::parse(mail, file).map(drop).expect_err(file)
}

#[test]
fn a_file_has_three_parts() {
    let own = OwnTemplate::parse(MailName::Link, &LINK.replace('\n', "\r\n")).unwrap();
    assert_eq!(own, template(Some("A password"), Some("${greeting}\n${link}"), "<p>${link}</p>"));
    for (file, reason) in [
        ("", "needs the line `--- subject`"),
        ("A password", "must begin with the line `--- subject`"),
        ("--- subject\na\n--- html\n<p>${link}</p>", "needs the line `--- text`"),
        ("--- subject\na\n--- text\n\n--- html\n<p>${link}</p>", "needs the line `--- text`"),
        ("--- subject\na\n--- text\n${link}", "needs the line `--- html`"),
        ("--- subject\na\n--- subject\nb", "has the line `--- subject` twice"),
    ] {
        let reported = wrong(MailName::Link, file);
        assert!(reported.contains(reason), "{file}: {reported}");
    }
}

#[test]
fn a_mistake_in_a_part_is_reported_with_what_to_write() {
    for (from, to, reason) in [
        ("${greeting}", "${password}", "`text` has an unknown placeholder `password`; use `${app"),
        ("${greeting}", "${hash}", "`text` has an unknown placeholder `hash`"),
        ("A password", "${link}", "`subject` must be one line"),
        ("A password", "a\nb", "`subject` must be one line"),
        ("\n${link}", "", "`text` must contain `${link}`"),
        ("<p>${link}</p>", "<p></p>", "`html` must contain `${link}`"),
        ("<p>${link}</p>", "<p>${link}", "`html` has `<p>` without its end; add `</p>`"),
        ("<p>${link}</p>", "<p>${link}</b>", "`html` has `</b>` where no `<b>` is open"),
        ("<p>${link}</p>", "<p>${link}</p", "`html` has a tag that is not complete"),
        ("<p>${link}</p>", "<p>${link}</p><!-- x", "has a comment without its end"),
        ("<p>${link}</p>", "<p>${link}</p><script>x</script>", "must not have `<script>`"),
        ("<p>${link}</p>", "<p onclick=\"x\">${link}</p>", "must have the link"),
        ("<p>${link}</p>", "<img alt=\"${link}\">", "must have the link"),
        ("<p>${link}</p>", "<a href=\"https://evil.example/${link}\">x</a>", "must have the link"),
        ("\n${link}", "\nx${link}", "must have the link"),
    ] {
        let reported = wrong(MailName::Link, &LINK.replacen(from, to, 1));
        assert!(reported.contains(reason), "{to}: {reported}");
    }
    let long = LINK.replace("${greeting}", &"x".repeat(MAX_PART_BYTES));
    assert!(wrong(MailName::Link, &long).contains("`text` must have at most 24576 bytes"));
    let notice = LINK.replace("${link}", "${what}");
    assert!(wrong(MailName::Notice, &notice).contains("must contain `${advice}`"));
}

#[test]
fn every_mail_has_a_template_of_all_its_placeholders() {
    for mail in MailName::ALL {
        let all: Vec<String> =
            mail.placeholders().iter().map(|name| ["${", name, "}"].concat()).collect();
        let file = format!(
            "--- subject\na\n--- text\n{}\n--- html\n<p>{}</p>",
            all.join("\n"),
            all.join("<br>")
        );
        assert!(OwnTemplate::parse(mail, &file).is_ok(), "{mail:?}: {file}");
    }
}
