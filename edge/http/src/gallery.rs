//! The gallery: every mail and page in every language, as the application sends and shows them, with
//! sample data. It exists on loopback only, where the application has switched it on. It reads no
//! account and no key.

use askama::Template;
use http::{HeaderValue, Response, header};
use relatch::{Code, Problem};
use relatch_domain::application::Application;
use relatch_domain::events::Reason;
use relatch_domain::mail::Message;
use relatch_domain::ports::Platform;
use relatch_domain::use_cases::sample::SAMPLE_MAILS;
use relatch_languages::Language;

use crate::context::Context;
use crate::operator_page;
use crate::pages::document::{hash_source, html_response};
use crate::pages::form::value;
use crate::pages::{language, samples};

const STYLE: &str = include_str!("../templates/gallery/style.css");

/// The parameter with the name of a page.
const PAGE: &str = "page";
/// The parameter with the name of a mail.
const MAIL: &str = "mail";
/// The parameter for one part of a mail.
const PART: &str = "part";

/// The policy for the HTML part of a mail, which has inline styles and may have pictures. Nothing in
/// it runs.
const MAIL_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src https: http: data:; \
    frame-ancestors 'self'; base-uri 'none'; form-action 'none'; sandbox";

#[derive(Template)]
#[template(path = "gallery/page.html")]
struct Document<'a> {
    application: &'a str,
    view: View<'a>,
}

enum View<'a> {
    Index([Section; 2]),
    Mail(MailView<'a>),
}

/// The mails or the pages.
struct Section {
    title: &'static str,
    /// The parameter with a name.
    parameter: &'static str,
    names: Vec<&'static str>,
}

struct MailView<'a> {
    name: &'a str,
    language: Language,
    message: &'a Message,
    refusal: Option<Reason>,
}

/// Returns the tags of all languages.
fn tags() -> impl Iterator<Item = &'static str> {
    Language::all().map(Language::tag)
}

/// Answers with the index, a page, a mail, or the HTML part of a mail.
pub(crate) async fn answer<P: Platform>(
    context: Context<'_, P>,
) -> Result<Response<Vec<u8>>, Problem> {
    let query = context.request.uri().query().unwrap_or_default().as_bytes();
    let [page, mail, part] = [PAGE, MAIL, PART].map(|name| value(query, name).ok().flatten());
    if page.is_none() && mail.is_none() {
        return Ok(document(context.application(), View::Index(sections())));
    }
    let texts = language::texts(context).await;
    if let Some(name) = page {
        return samples::page(context, texts, &name).ok_or_else(|| Code::NotFound.into());
    }
    let known = SAMPLE_MAILS.iter().find(|(known, _)| mail.as_deref() == Some(known));
    let (name, mail) = known.ok_or(Code::NotFound)?;
    let (message, refusal) = context
        .service
        .sample_mail(*mail, texts)
        .await
        .map_err(|failure| Problem::new(Code::Unavailable).detail(failure.explanation()))?;
    if part.is_some() {
        let mut response = html_response(message.parts.html, MAIL_POLICY);
        let same_origin = HeaderValue::from_static("SAMEORIGIN");
        response.headers_mut().insert(header::X_FRAME_OPTIONS, same_origin);
        return Ok(response);
    }
    let view = MailView { name, language: texts.language(), message: &message, refusal };
    Ok(document(context.application(), View::Mail(view)))
}

/// Returns the sections of the index.
fn sections() -> [Section; 2] {
    let mails = SAMPLE_MAILS.iter().map(|(name, _)| *name).collect();
    [
        Section { title: "Mails", parameter: MAIL, names: mails },
        Section { title: "Pages", parameter: PAGE, names: samples::names().collect() },
    ]
}

fn document(application: &Application, view: View<'_>) -> Response<Vec<u8>> {
    let document = Document { application: &application.name, view };
    let (shared, own) = (hash_source(operator_page::STYLE), hash_source(STYLE));
    let policy = format!(
        "default-src 'none'; style-src {shared} {own}; img-src data:; frame-src 'self'; \
         frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    );
    html_response(document.render().unwrap_or_default(), &policy)
}
