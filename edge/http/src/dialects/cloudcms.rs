//! A hosted flow for many applications, in three calls: create a request, send its mail, commit the new password.
//!
//! The application stands in the path ([`crate::applications`]); whoever defines the mail has its key. The commit
//! carries the token in its path, where proxies and logs see it: that is this dialect's own weakness.

use http::{Request, Response};
use relatch::{Code, Password, Problem};
use serde::Serialize;

use crate::body::{Body, invalid, is_too_large, missing, read};
use crate::fields::Fields;
use crate::problem::{answer, refused};
use crate::router::set;
use crate::server::server_caller;
use relatch_domain::application::Application;
use relatch_domain::mail::custom_template::CustomTemplate;
use relatch_domain::mail::template_input::{self, MailTemplateInput};
use relatch_domain::ports::{HtmlFilter as _, Outage, Platform};
use relatch_domain::use_cases::server::ServerApi;
use relatch_domain::use_cases::two_step;
use relatch_domain::values::client::ClientInfo;
use relatch_domain::values::identifier::Identifier;
use relatch_domain::values::server_key::{Scope, ServerCaller};

/// What stands before an application's id.
pub(crate) const BASE: &str = "/pub/applications/";
const REQUESTS: &str = "/requests/resetpassword";

#[derive(Clone, Copy)]
pub(crate) enum Call<'a> {
    Create,
    /// The mail of the request of this name.
    Send(&'a str),
    /// By this token.
    Commit(&'a str),
}

impl<'a> Call<'a> {
    pub(super) fn at(application: &Application, path: &'a str) -> Option<Self> {
        let path = path.strip_prefix(BASE)?.strip_prefix(application.id.as_str())?.strip_prefix(REQUESTS)?;
        match path.strip_prefix('/') {
            None if path.is_empty() => Some(Self::Create),
            None => None,
            Some("create") => Some(Self::Create),
            Some(path) => match path.split_once('/')? {
                (name, "send") if !name.is_empty() => Some(Self::Send(name)),
                (token, "commit") if !token.is_empty() => Some(Self::Commit(token)),
                _ => None,
            },
        }
    }

    pub(super) async fn answer<P: Platform>(
        self,
        application: &Application,
        platform: &P,
        caller: &ClientInfo,
        request: &Request<Vec<u8>>,
    ) -> Result<Response<Vec<u8>>, Problem> {
        match self {
            Self::Create => create(application, platform, caller, request).await,
            Self::Send(name) => {
                if is_too_large(request) {
                    return Err(Code::BodyTooLarge.into());
                }
                if !request.body().trim_ascii().is_empty() {
                    return Err(invalid("This call takes an empty body."));
                }
                two_step::release(application, platform, caller, name).await.map_err(refused)?;
                Ok(answer(&Done { doc: Some(name), ok: true }))
            }
            Self::Commit(token) => {
                let Commit { password } = read(request)?;
                set(application, platform, caller, Some(token), &password).await?;
                Ok(answer(&Done { doc: None, ok: true }))
            }
        }
    }
}

async fn create<P: Platform>(
    application: &Application,
    platform: &P,
    caller: &ClientInfo,
    request: &Request<Vec<u8>>,
) -> Result<Response<Vec<u8>>, Problem> {
    let Create { principal, email } = read(request)?;
    let identifier =
        Identifier::parse(&principal).map_err(|why| invalid(&format!("`principal` cannot be used: {why}.")))?;
    let definition = match &email {
        Some(email) => Some(define(application, platform, caller, request, email).await?),
        None => None,
    };
    let name = two_step::create(application, platform, caller, identifier, definition).await.map_err(refused)?;
    Ok(answer(&Done { doc: Some(&name), ok: true }))
}

/// Takes the definition of a caller who may define mails.
async fn define<P: Platform>(
    application: &Application,
    platform: &P,
    caller: &ClientInfo,
    request: &Request<Vec<u8>>,
    Email { body, from, subject }: &Email,
) -> Result<CustomTemplate, Problem> {
    // Whether there is no key, or one that is not for this: nobody else may say what a mail says.
    let server = server_caller(application, request.headers(), Scope::Mail);
    let ServerCaller { label } = server.map_err(|_| Code::KeyOutOfScope)?;
    let sent = MailTemplateInput { subject: subject.as_deref(), body, from: from.as_deref() };
    let accepted = template_input::parse(application, &sent, |html| platform.html_filter().clean(html));
    let definition =
        accepted.map_err(|Outage| refused(Code::Unavailable))?.map_err(|wrong| invalid(&format!("{wrong}.")))?;
    let operator = ServerApi { application, platform, label, address: caller.address_text() };
    operator.defined().await.map_err(|Outage| refused(Code::Unavailable))?;
    Ok(definition)
}

struct Create {
    principal: String,
    email: Option<Email>,
}

impl Body for Create {
    const FIELDS: &'static [&'static str] = &["principal", "email"];

    fn read(fields: &mut Fields) -> Result<Self, Problem> {
        let principal = fields.text("principal")?.ok_or_else(|| missing("principal"))?;
        Ok(Self { principal, email: fields.object("email")? })
    }
}

/// A mail's definition.
struct Email {
    body: String,
    from: Option<String>,
    subject: Option<String>,
}

impl Body for Email {
    const FIELDS: &'static [&'static str] = &["body", "from", "subject"];

    fn read(fields: &mut Fields) -> Result<Self, Problem> {
        let body = fields.text("body")?.ok_or_else(|| missing("email.body"))?;
        Ok(Self { body, from: fields.text("from")?, subject: fields.text("subject")? })
    }
}

struct Commit {
    password: Password,
}

impl Body for Commit {
    const FIELDS: &'static [&'static str] = &["password"];

    fn read(fields: &mut Fields) -> Result<Self, Problem> {
        fields.text("password")?.map(|text| Self { password: Password::from(text) }).ok_or_else(|| missing("password"))
    }
}

#[derive(Serialize)]
struct Done<'a> {
    /// The request's name, as the flow calls it.
    #[serde(rename = "_doc", skip_serializing_if = "Option::is_none")]
    doc: Option<&'a str>,
    ok: bool,
}
