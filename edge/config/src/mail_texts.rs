//! The application's own texts of the mail with a link and of the notice.

use relatch_domain::mail::custom_template::CustomTemplate;
use relatch_domain::mail::mail_name::MailName;
use relatch_domain::mail::own_template::OwnTemplate;
use relatch_domain::mail::template_file::{TemplatePart, check};

use crate::mail_body::{self, with_plain_placeholders};
use crate::reader::{Reader, one_line};

/// Reads the configured mail with a link. `is_own` returns whether a URL has an origin of the
/// application.
pub(crate) fn reset_mail(
    read: &mut Reader<'_>,
    is_own: &dyn Fn(&str) -> bool,
) -> Option<CustomTemplate> {
    let is_public = read.is_public;
    let subject = read.optional(
        "RESET_MAIL_SUBJECT",
        |text| one_line(text).map(|text| Some(with_plain_placeholders(&text))),
        None,
    );
    let reset = read.optional(
        "RESET_MAIL_BODY",
        |text| {
            let body = with_plain_placeholders(text);
            if is_public {
                mail_body::check(&body, is_own)?;
            }
            CustomTemplate::configured(subject.clone(), body).map(Some)
        },
        None,
    );
    let text = read.optional(
        "RESET_MAIL_TEXT",
        |text| {
            let text = with_plain_placeholders(text);
            if is_public {
                mail_body::check_text(&text, is_own)?;
            }
            Ok(Some(text))
        },
        None,
    );
    if reset.is_none() {
        needs_body(read, ["RESET_MAIL_SUBJECT", "RESET_MAIL_TEXT"], "RESET_MAIL_BODY");
    }
    let reset = reset?;
    match text {
        Some(text) => {
            let template = reset.with_text(text);
            read.collect("RESET_MAIL_TEXT", template)
        }
        None => Some(reset),
    }
}

/// Reads the configured notice.
pub(crate) fn notice_mail(read: &mut Reader<'_>) -> Option<OwnTemplate> {
    let part = |part: TemplatePart| {
        move |text: &str| {
            let text = with_plain_placeholders(text);
            check(MailName::Notice, part, &text).map(|()| Some(text))
        }
    };
    let subject = read.optional("NOTICE_MAIL_SUBJECT", part(TemplatePart::Subject), None);
    let html = read.optional("NOTICE_MAIL_BODY", part(TemplatePart::Html), None);
    let text = read.optional("NOTICE_MAIL_TEXT", part(TemplatePart::Text), None);
    if html.is_none() {
        needs_body(read, ["NOTICE_MAIL_SUBJECT", "NOTICE_MAIL_TEXT"], "NOTICE_MAIL_BODY");
    }
    Some(OwnTemplate::new(subject, text, html?))
}

/// Collects an error for each of these variables that is set, because a mail without a body of its
/// own does not use them. An invalid body has its own error.
fn needs_body(read: &mut Reader<'_>, variables: [&'static str; 2], body: &'static str) {
    if read.text(body).is_some() {
        return;
    }
    for variable in variables {
        if read.text(variable).is_some() {
            let _collected =
                read.collect::<()>(variable, Err(format!("needs `{body}` to be set as well")));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::parse;

    const BODY: (&str, &str) = ("RESET_MAIL_BODY", "<a href=\"${link}\">Go</a>");
    const NOTICE: (&str, &str) = ("NOTICE_MAIL_BODY", "<p>${what}</p><p>${ advice }</p>");

    /// Returns the errors of a public deployment.
    fn errors(changes: &[(&str, &str)]) -> Vec<String> {
        let errors = parse(changes).map(drop).err().unwrap_or_default();
        errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_part_of_a_mail_may_have_its_own_text() {
        assert_eq!(errors(&[BODY, NOTICE]), [""; 0]);
        let all = [
            BODY,
            ("RESET_MAIL_SUBJECT", "For ${user.name}, ${lifetime}"),
            ("RESET_MAIL_TEXT", "Until ${expires}:\n${ link }"),
            NOTICE,
            ("NOTICE_MAIL_SUBJECT", "Your ${application} password"),
            ("NOTICE_MAIL_TEXT", "${greeting}\n${what} ${sessions}\n${advice}"),
        ];
        assert_eq!(errors(&all), [""; 0]);
        let application = parse(&all).unwrap();
        assert!(application.mail.reset.is_some() && application.mail.notice.is_some());
    }

    #[test]
    fn a_subject_or_a_text_needs_a_body() {
        for mail in ["RESET", "NOTICE"] {
            for part in ["SUBJECT", "TEXT"] {
                let name = format!("{mail}_MAIL_{part}");
                let text = "${link}".repeat(usize::from(mail == "RESET" && part == "TEXT"));
                let text = if mail == "NOTICE" { "${what} ${advice}" } else { &text };
                let text = if text.is_empty() { "A subject" } else { text };
                let expected = format!("{name}: needs `{mail}_MAIL_BODY` to be set as well");
                assert_eq!(errors(&[(&name, text)]), [expected]);
            }
        }
    }

    #[test]
    fn a_wrong_text_is_reported_with_what_to_write() {
        for (name, text, reason) in [
            ("RESET_MAIL_TEXT", "no link", "must contain `${link}`"),
            ("RESET_MAIL_TEXT", "${link} ${password}", "unknown placeholder `password`"),
            ("RESET_MAIL_TEXT", "https://evil.example/${hash}", "only in URLs"),
            ("RESET_MAIL_TEXT", "${hash}.evil.example", "only in URLs"),
            ("NOTICE_MAIL_TEXT", "${advice}", "must contain `${what}`"),
            ("NOTICE_MAIL_TEXT", "${what}", "must contain `${advice}`"),
            ("NOTICE_MAIL_TEXT", "${what} ${advice} ${link}", "unknown placeholder `link`"),
            ("NOTICE_MAIL_TEXT", "${what} ${advice} ${", "unknown placeholder"),
            ("NOTICE_MAIL_SUBJECT", "a\r\nBcc: b@example.com", "one line"),
            ("NOTICE_MAIL_SUBJECT", "${user.password}", "unknown placeholder `user.password`"),
        ] {
            let errors = errors(&[BODY, NOTICE, (name, text)]);
            let [error] = errors.as_slice() else { panic!("{name}: {errors:?}") };
            assert!(error.starts_with(name) && error.contains(reason), "{error}");
        }
        let long = ["${what} ${advice}", &"x".repeat(24 * 1024)].concat();
        for name in ["NOTICE_MAIL_BODY", "NOTICE_MAIL_TEXT"] {
            let error = errors(&[(name, &long), NOTICE]).concat();
            assert!(error.contains("at most 24576 bytes"), "{error}");
        }
    }
}
