//! The dialect `cloudcms`: a flow for many applications in three calls: create a request, send its
//! mail, commit the new password.
//!
//! The application is in the path ([`crate::applications`]). Defining the mail needs a server key.
//! The commit has the token in its path, where proxies and logs see it: a weakness of this dialect.

use http::Response;
use relatch::wire::field;
use relatch::{Code, Password, Problem};
use serde::Serialize;

use crate::api::confirm_reset;
use crate::context::Context;
use crate::decode::{Body, Fields, decode, identifier, invalid, is_too_large, missing};
use crate::hook;
use crate::language;
use crate::problem::{problem_for, success};
use crate::server::server_caller;
use relatch_domain::intake::RequestedTexts;
use relatch_domain::mail::custom_template::CustomTemplate;
use relatch_domain::mail::template_input::{self, MailTemplateInput};
use relatch_domain::ports::{HtmlFilter as _, Outage, Platform};
use relatch_domain::service::Service;
use relatch_domain::use_cases::request::Requested;
use relatch_domain::use_cases::server::ServerApi;
use relatch_domain::values::server_key::{Scope, ServerCaller};

/// The path prefix of an application id.
pub(crate) const BASE: &str = "/pub/applications/";
pub(crate) const REQUESTS: &str = "/pub/applications/{application}/requests/resetpassword";
pub(crate) const CREATE: &str = "/pub/applications/{application}/requests/resetpassword/create";
pub(crate) const SEND: &str = "/pub/applications/{application}/requests/resetpassword/{value}/send";
pub(crate) const COMMIT: &str =
    "/pub/applications/{application}/requests/resetpassword/{value}/commit";

/// Creates a request.
pub(crate) async fn create<P: Platform>(
    context: Context<'_, P>,
) -> Result<Response<Vec<u8>>, Problem> {
    let Create { principal, email } = decode(context.request)?;
    let identifier = identifier("principal", &principal)?;
    let template = match &email {
        Some(email) => Some(define(context, email).await?),
        None => None,
    };
    let call = hook::call(context, "cloudcms", None);
    let texts = RequestedTexts::new(template, language::requested(context, None));
    let created = context.service.create_request(context.client()?, call, identifier, texts).await;
    match created.map_err(problem_for)? {
        Requested::Stored(handle) => Ok(success(&Done { doc: Some(&handle), ok: true })),
        Requested::Answered(response) => hook::response(response).map_err(problem_for),
    }
}

/// Sends the mail of the request with this handle.
pub(crate) async fn send<P: Platform>(
    context: Context<'_, P>,
    handle: &str,
) -> Result<Response<Vec<u8>>, Problem> {
    if is_too_large(context.request) {
        return Err(Code::BodyTooLarge.into());
    }
    if !context.request.body().trim_ascii().is_empty() {
        return Err(invalid("This call takes an empty body."));
    }
    context.service.release_request(context.client()?, handle).await.map_err(problem_for)?;
    Ok(success(&Done { doc: Some(handle), ok: true }))
}

/// Sets the new password by this token.
pub(crate) async fn commit<P: Platform>(
    context: Context<'_, P>,
    token: &str,
) -> Result<Response<Vec<u8>>, Problem> {
    let Commit { password } = decode(context.request)?;
    confirm_reset(context, Some(token), &password).await?;
    Ok(success(&Done { doc: None, ok: true }))
}

/// Checks the template of a mail that a caller may define with a server key.
async fn define<P: Platform>(
    context: Context<'_, P>,
    Email { body, from, reply_to, subject }: &Email,
) -> Result<CustomTemplate, Problem> {
    let Service { application, platform } = context.service;
    // The same code without a key and with a key that lacks the scope.
    let server = server_caller(application, context.headers(), Scope::Mail);
    let ServerCaller { label } = server.map_err(|_| Code::KeyOutOfScope)?;
    let input = MailTemplateInput {
        subject: subject.as_deref(),
        body,
        from: from.as_deref(),
        reply_to: reply_to.as_deref(),
    };
    let cleaned = platform.html_filter().clean(body).await;
    let template = template_input::parse(application, &input, |_| cleaned)
        .map_err(|Outage| problem_for(Code::Unavailable))?
        .map_err(|wrong| invalid(&format!("{wrong}.")))?;
    let api = ServerApi { service: context.service, label, address: context.caller.address_text() };
    api.record_template().await.map_err(|Outage| problem_for(Code::Unavailable))?;
    Ok(template)
}

/// Creates a request.
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "CloudCmsCreate"))]
pub(crate) struct Create {
    /// The id, the user name or the e-mail address of an account.
    #[cfg_attr(
        feature = "openapi",
        schemars(extend(
            "minLength" = 1,
            "maxLength" = 254,
            "pattern" = relatch::wire::NAME_PATTERN
        ))
    )]
    principal: String,
    /// The mail to send instead of the configured one. It needs a server key with the scope `mail`.
    email: Option<Email>,
}

impl Body for Create {
    const FIELDS: &'static [&'static str] = &["principal", "email"];

    fn read(fields: &mut Fields) -> Result<Self, Problem> {
        let principal = fields.text("principal")?.ok_or_else(|| missing("principal"))?;
        Ok(Self { principal, email: fields.object("email")? })
    }
}

/// The template of a mail.
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "CloudCmsMail"))]
pub(crate) struct Email {
    /// The HTML, with the placeholder `${link}` or `${hash}`.
    body: String,
    /// The sender: one of `MAIL_SENDERS`.
    from: Option<String>,
    /// The address for replies: `REPLY_TO`, or the sender where that is not set.
    #[cfg_attr(feature = "openapi", schemars(rename = "replyTo"))]
    reply_to: Option<String>,
    /// The subject.
    subject: Option<String>,
}

impl Body for Email {
    const FIELDS: &'static [&'static str] = &["body", "from", "replyTo", "subject"];

    fn read(fields: &mut Fields) -> Result<Self, Problem> {
        let body = fields.text("body")?.ok_or_else(|| missing("email.body"))?;
        let (from, reply_to) = (fields.text("from")?, fields.text("replyTo")?);
        Ok(Self { body, from, reply_to, subject: fields.text("subject")? })
    }
}

/// Sets a new password.
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "CloudCmsCommit"))]
pub(crate) struct Commit {
    /// The new password.
    password: Password,
}

impl Body for Commit {
    const FIELDS: &'static [&'static str] = &[field::PASSWORD];

    fn read(fields: &mut Fields) -> Result<Self, Problem> {
        fields
            .text(field::PASSWORD)?
            .map(|text| Self { password: Password::from(text) })
            .ok_or_else(|| missing(field::PASSWORD))
    }
}

/// The response after a call that succeeded.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "CloudCmsDone"))]
pub(crate) struct Done<'a> {
    /// The handle of the request, as this API names it.
    #[serde(rename = "_doc", skip_serializing_if = "Option::is_none")]
    doc: Option<&'a str>,
    /// Always `true`.
    ok: bool,
}
