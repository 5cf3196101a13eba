//! What each call does: one description for each method of a handler.

use relatch::Code;
use serde_json::{Map, Value, json};

use super::responses::{Content, ResponseHeader, Responses, Success};
use super::schemas::{account_id, event_limit};
use crate::pages::Page;
use crate::routes::{Handler, Route};
use crate::server::ServerCall;
use relatch::token::TOKEN_CHARACTERS;
use relatch::wire::{EMAIL_PATTERN, NAME_PATTERN, field};
use relatch_domain::event_query::Period;
use relatch_domain::events::Action;
use relatch_domain::values::name::MAX_LENGTH;

pub(super) const SERVER_KEY: &str = "server_key";
pub(super) const SESSION: &str = "session";
pub(super) const SESSION_COOKIE: &str = "session_cookie";

const RESET: &str = "Reset";
const CHANGE: &str = "Change";
const SERVICE: &str = "Service";
const PAGES: &str = "Pages";
const SERVER: &str = "Server";
const REST: &str = "Dialect rest";
const FLASK: &str = "Dialect flask";
const CLOUD_CMS: &str = "Dialect cloudcms";

/// The tags, with their descriptions.
pub(super) const TAGS: [(&str, &str); 8] = [
    (RESET, "Request a mail, check its link, set a new password."),
    (CHANGE, "Change a password while signed in."),
    (SERVICE, "Password rules and health."),
    (PAGES, "Hosted pages for people. They work without scripts, and their errors are pages."),
    (SERVER, "Calls of the application's own servers, with a server key."),
    (REST, "The password as one resource. It exists where `DIALECTS` has `rest`."),
    (FLASK, "Forgot and reset of a Flask API. It exists where `DIALECTS` has `flask`."),
    (CLOUD_CMS, "Create, send, commit. It exists where `DIALECTS` has `cloudcms`."),
];

/// The codes of every call with a body.
const BODY: &[Code] = &[
    Code::RequestInvalid,
    Code::OriginNotAllowed,
    Code::BodyTooLarge,
    Code::ContentTypeUnsupported,
];
/// The codes of every call that reads or writes something.
const STORES: &[Code] = &[Code::Misconfigured, Code::Unavailable];
/// The codes of a link.
const LINK: &[Code] = &[Code::LinkInvalid, Code::LinkExpired, Code::LinkUsed];
/// The codes of a call that sets a password by a link, beside those of the link.
const CONFIRM: &[Code] = &[Code::LinkBusy, Code::PasswordRejected];
/// The codes of a call that changes a password while signed in.
const SIGNED_IN: &[Code] = &[
    Code::NotSignedIn,
    Code::OldPasswordWrong,
    Code::ChangeBusy,
    Code::PasswordRejected,
    Code::TooManyRequests,
    Code::NotFound,
];
/// The codes of every call with a server key.
const KEY: &[Code] = &[Code::KeyInvalid, Code::KeyOutOfScope, Code::OriginNotAllowed];
/// The code of a limit.
const LIMIT: &[Code] = &[Code::TooManyRequests];
/// The code of a path that does not exist in every application, at every host, or while resets are
/// switched off.
const ABSENT: &[Code] = &[Code::NotFound];

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// The body of a request.
enum RequestBody {
    /// The schema of a JSON object.
    Json(&'static str),
    /// The fields of a form, with their descriptions.
    Form(&'static [(&'static str, &'static str)]),
}

/// A parameter.
struct Parameter {
    name: &'static str,
    place: &'static str,
    description: &'static str,
    schema: Value,
}

/// An operation: one method of a route.
pub(super) struct Operation {
    pub(super) id: &'static str,
    tag: &'static str,
    summary: &'static str,
    description: String,
    /// Each is an alternative; an empty name is a call without authentication.
    security: &'static [&'static str],
    parameters: Vec<Parameter>,
    body: Option<RequestBody>,
    successes: Vec<Success>,
    codes: Vec<Code>,
}

/// Returns a successful response with a JSON body.
fn ok(description: &'static str, schema: &'static str) -> Success {
    Success { status: 200, description, content: Content::Json(schema), headers: &[] }
}

/// Returns the response with a page.
fn page(description: &'static str) -> Success {
    Success { status: 200, description, content: Content::Html, headers: &[] }
}

fn no_content(description: &'static str) -> Success {
    Success { status: 204, description, content: Content::Empty, headers: &[] }
}

const TO_FORGOT_PAGE: Success = Success {
    status: 303,
    description: "The page that requests a mail.",
    content: Content::Empty,
    headers: &[ResponseHeader::Location],
};

fn token_schema() -> Value {
    json!({
        "type": "string",
        "minLength": TOKEN_CHARACTERS,
        "maxLength": TOKEN_CHARACTERS,
        "pattern": "^[A-Za-z0-9_-]*$",
    })
}

/// The place of the page that sends a form.
fn origin() -> Parameter {
    Parameter {
        name: "Origin",
        place: "header",
        description: "The origin of the page. A browser sets it, or `Sec-Fetch-Site: same-origin`.",
        schema: json!({ "type": "string" }),
    }
}

impl Operation {
    fn new(id: &'static str, tag: &'static str, summary: &'static str) -> Self {
        Self {
            id,
            tag,
            summary,
            description: String::new(),
            security: &[],
            parameters: Vec::new(),
            body: None,
            successes: Vec::new(),
            codes: Vec::new(),
        }
    }

    fn described(self, description: impl Into<String>) -> Self {
        Self { description: description.into(), ..self }
    }

    fn secured(self, security: &'static [&'static str]) -> Self {
        Self { security, ..self }
    }

    fn takes(self, schema: &'static str) -> Self {
        Self { body: Some(RequestBody::Json(schema)), ..self }
    }

    fn form(self, fields: &'static [(&'static str, &'static str)]) -> Self {
        Self { body: Some(RequestBody::Form(fields)), ..self }
    }

    fn parameter(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// Adds the token of a captcha, and the code of a call without a valid one.
    fn with_captcha(mut self) -> Self {
        self.codes.push(Code::CaptchaRejected);
        self.parameter(Parameter {
            name: "Relatch-Captcha",
            place: "header",
            description: "The token of a captcha, if one is configured, or for the hook \
                `beforeRequest` of a mounted service. The hook may answer the call itself, with any \
                response.",
            schema: json!({ "type": "string" }),
        })
    }

    /// Adds what a server may send that calls for a visitor.
    fn for_visitor(mut self) -> Self {
        self.codes.extend([Code::KeyInvalid, Code::RequestInvalid]);
        self.parameter(Parameter {
            name: "Relatch-Visitor-Address",
            place: "header",
            description: "The public IP address of the visitor for whom a server calls. It has an \
                effect only with a server key of the scope `request`.",
            schema: json!({ "type": "string" }),
        })
    }

    fn returns(mut self, success: Success) -> Self {
        self.successes.push(success);
        self
    }

    fn fails(self, codes: &[&[Code]]) -> Self {
        Self { codes: codes.concat(), ..self }
    }

    /// Returns the description of a method of a route, or `None` if the handler has no such method.
    pub(super) fn describe(route: &Route, method: &str) -> Option<Self> {
        let operation = match (route.handler, method) {
            (Handler::Request, "POST") => request(),
            (Handler::Check, "POST") => check(),
            (Handler::Confirm, "POST") => confirm(),
            (Handler::Change, "POST") => change(),
            (Handler::Rules, "GET") => rules(),
            (Handler::Health, "GET") => health(),
            (Handler::Page(Page::Forgot), "GET") => forgot_page(),
            (Handler::Page(Page::Forgot), "POST") => submit_forgot_page(),
            (Handler::Page(Page::Reset), "GET") => reset_page(),
            (Handler::Page(Page::Reset), "POST") => submit_reset_page(),
            (Handler::ToForgotPage, "GET") => to_forgot_page(route.path),
            (Handler::OperatorPage, "GET") => operator_page(),
            (Handler::OperatorPage, "POST") => submit_operator_page(),
            (Handler::Gallery, "GET") => gallery(),
            (Handler::Server(call), "GET" | "POST") => server(call, method)?,
            (Handler::RestPassword, "PUT") => rest_password(),
            (Handler::FlaskForgot, "POST") => flask_forgot(),
            (Handler::FlaskReset, "POST") => flask_reset(),
            (Handler::CloudCmsCreate, "POST") => cloud_cms_create(route.path),
            (Handler::CloudCmsSend, "POST") => cloud_cms_send(),
            (Handler::CloudCmsCommit, "POST") => cloud_cms_commit(),
            (Handler::MailReports, "POST") => mail_reports(),
            // Named one by one, so that a new handler has to be added above.
            (
                Handler::Request
                | Handler::Check
                | Handler::Confirm
                | Handler::Change
                | Handler::Rules
                | Handler::Health
                | Handler::Page(_)
                | Handler::ToForgotPage
                | Handler::OperatorPage
                | Handler::Gallery
                | Handler::Server(_)
                | Handler::RestPassword
                | Handler::FlaskForgot
                | Handler::FlaskReset
                | Handler::CloudCmsCreate
                | Handler::CloudCmsSend
                | Handler::CloudCmsCommit
                | Handler::MailReports,
                _,
            ) => return None,
        };
        Some(operation)
    }

    /// Returns the path with the names of its parameters.
    pub(super) fn path(&self, route: &Route) -> String {
        let in_path =
            |parameter: &&Parameter| parameter.place == "path" && parameter.name != APPLICATION;
        match self.parameters.iter().find(in_path) {
            Some(value) => route.path.replace("{value}", &format!("{{{}}}", value.name)),
            None => route.path.to_owned(),
        }
    }

    /// Returns the operation as JSON.
    pub(super) fn render(&self, route: &Route, responses: &mut Responses) -> Value {
        let mut operation = Map::from_iter([
            ("operationId".to_owned(), self.id.into()),
            ("tags".to_owned(), json!([self.tag])),
            ("summary".to_owned(), self.summary.into()),
            ("security".to_owned(), self.security()),
            ("responses".to_owned(), responses.of(route.surface, &self.successes, &self.codes)),
        ]);
        if !self.description.is_empty() {
            operation.insert("description".to_owned(), self.description.as_str().into());
        }
        if !self.parameters.is_empty() {
            let parameters: Vec<Value> = self.parameters.iter().map(Parameter::render).collect();
            operation.insert("parameters".to_owned(), parameters.into());
        }
        if let Some(body) = &self.body {
            operation.insert("requestBody".to_owned(), body.render());
        }
        operation.into()
    }

    fn security(&self) -> Value {
        let requirement = |scheme: &&str| {
            if scheme.is_empty() { json!({}) } else { json!({ *scheme: [] }) }
        };
        self.security.iter().map(requirement).collect::<Vec<_>>().into()
    }
}

impl Parameter {
    fn render(&self) -> Value {
        let mut parameter = json!({
            "name": self.name,
            "in": self.place,
            "description": self.description,
            "schema": self.schema,
        });
        if self.place == "path" {
            parameter["required"] = true.into();
        }
        if self.name == APPLICATION {
            parameter["example"] = "default".into();
        }
        parameter
    }
}

impl RequestBody {
    fn render(&self) -> Value {
        match self {
            Self::Json(schema) => json!({
                "required": true,
                "content": {
                    JSON: { "schema": { "$ref": format!("#/components/schemas/{schema}") } },
                },
            }),
            // Other fields are ignored, because browser extensions add some.
            Self::Form(fields) => {
                let required: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
                let property = |(name, description): &(&str, &str)| {
                    let mut schema =
                        json!({ "type": "string", "description": description, "minLength": 1 });
                    if *name == field::IDENTIFIER {
                        schema["maxLength"] = MAX_LENGTH.into();
                        schema["pattern"] = NAME_PATTERN.into();
                    }
                    ((*name).to_owned(), schema)
                };
                let properties: Map<String, Value> = fields.iter().map(property).collect();
                let schema =
                    json!({ "type": "object", "required": required, "properties": properties });
                json!({ "required": true, "content": { FORM: { "schema": schema } } })
            }
        }
    }
}

fn request() -> Operation {
    Operation::new("requestReset", RESET, "Request a reset mail")
        .secured(&["", SERVER_KEY])
        .described(
            "The response is the same for every account and for none. Accounts are looked up \
             after it.",
        )
        .takes("RequestReset")
        .returns(ok("The request is accepted.", "Message"))
        .fails(&[BODY, LIMIT, ABSENT, STORES])
        .for_visitor()
        .with_captcha()
}

fn check() -> Operation {
    Operation::new("checkLink", RESET, "Check a link")
        .secured(&["", SERVER_KEY])
        .described("It never uses the link up. A token that is not a string is `link_invalid`.")
        .takes("CheckLink")
        .returns(ok("The link can be used.", "LinkState"))
        .fails(&[BODY, LINK, ABSENT, STORES])
        .for_visitor()
}

fn confirm() -> Operation {
    Operation::new("confirmReset", RESET, "Set a new password")
        .secured(&["", SERVER_KEY])
        .described(
            "A rejected password does not use the link up. A confirm that is repeated with the \
             same password returns the same success for 10 minutes, and at most 5 times.",
        )
        .takes("ConfirmReset")
        .returns(ok("The password is set.", "Message"))
        .fails(&[BODY, LINK, CONFIRM, ABSENT, STORES])
        .for_visitor()
}

fn change() -> Operation {
    Operation::new("changePassword", CHANGE, "Change a password")
        .described(
            "The session is that of the application. A change is not repeatable. Without SQL for \
             sessions, the call does not exist.",
        )
        .secured(&[SESSION, SESSION_COOKIE])
        .takes("ChangePassword")
        .returns(ok("The password is changed.", "Message"))
        .fails(&[BODY, SIGNED_IN, STORES])
}

fn rules() -> Operation {
    Operation::new("passwordRules", SERVICE, "Read the password rules")
        .secured(&["", SERVER_KEY])
        .returns(ok("The rules of the application.", "PasswordRules"))
        .fails(&[&[Code::Misconfigured]])
        .for_visitor()
}

fn health() -> Operation {
    Operation::new("health", SERVICE, "Check the configuration")
        .described("It includes the SQL of the directory and the table of events.")
        .returns(ok("The configuration is valid.", "Health"))
        .fails(&[&[Code::Misconfigured]])
}

fn forgot_page() -> Operation {
    Operation::new("forgotPage", PAGES, "Show the form that requests a mail")
        .returns(page("The form."))
        .fails(&[ABSENT, &[Code::Misconfigured]])
}

fn submit_forgot_page() -> Operation {
    Operation::new("submitForgotPage", PAGES, "Request a mail by the form")
        .secured(&["", SERVER_KEY])
        .described("The page is the same for every account and for none.")
        .parameter(origin())
        .form(&[(field::IDENTIFIER, "An e-mail address or a user name.")])
        .returns(page("The request is accepted."))
        .fails(&[BODY, LIMIT, ABSENT, STORES])
        .for_visitor()
}

fn reset_page() -> Operation {
    Operation::new("resetPage", PAGES, "Show the form for a new password")
        .described(
            "The target of a mailed link. A request with a token is redirected to the same page \
             without it, and a cookie that only this page receives holds the link for 15 minutes. \
             A visit never uses the link up.",
        )
        .parameter(Parameter {
            name: "token",
            place: "query",
            description: "The token of the mailed link. An invalid one is marked in the cookie.",
            schema: json!({ "type": "string" }),
        })
        .returns(Success {
            headers: &[ResponseHeader::SetCookie],
            ..page("The form, or the page after a change.")
        })
        .returns(Success {
            status: 303,
            description: "The same page without the token.",
            content: Content::Empty,
            headers: &[ResponseHeader::Location, ResponseHeader::SetCookie],
        })
        .fails(&[&[Code::RequestInvalid], LINK, ABSENT, STORES])
}

fn submit_reset_page() -> Operation {
    Operation::new("submitResetPage", PAGES, "Set a new password by the form")
        .secured(&["", SERVER_KEY])
        .described(
            "The form, the cookie of the page and the origin that the browser reports have to \
             agree.",
        )
        .parameter(origin())
        .form(&[
            ("link", "The digest of the link, from the form."),
            ("password", "The new password."),
            ("again", "The new password again."),
        ])
        .returns(Success { headers: &[ResponseHeader::SetCookie], ..page("The password is set.") })
        .fails(&[BODY, LINK, CONFIRM, ABSENT, STORES])
        .for_visitor()
}

fn to_forgot_page(path: &str) -> Operation {
    let (id, summary) = if path == "/" {
        ("home", "Go to the page that requests a mail")
    } else {
        ("changePasswordUrl", "The well-known URL for changing passwords")
    };
    Operation::new(id, PAGES, summary)
        .returns(TO_FORGOT_PAGE)
        .fails(&[ABSENT, &[Code::Misconfigured]])
}

fn operator_page() -> Operation {
    let view = "`events`, `outbox` or `stats`. The other parameters are filters.";
    Operation::new("operatorPage", PAGES, "Show the operator's page")
        .described(
            "It exists where `OPERATOR_PAGE` is `true`. Without its cookie, it is the form for a \
             server key.",
        )
        .parameter(query("view", view, text()))
        .returns(page("The form for a server key, or the view."))
        .fails(&[&[Code::RequestInvalid], ABSENT, STORES])
}

fn submit_operator_page() -> Operation {
    Operation::new("openOperatorPage", PAGES, "Open the operator's page with a server key")
        .described("The server key needs the scope `operator`. The page stays open for 15 minutes.")
        .parameter(origin())
        .form(&[("key", "The server key.")])
        .returns(Success {
            status: 303,
            description: "The page.",
            content: Content::Empty,
            headers: &[ResponseHeader::Location, ResponseHeader::SetCookie],
        })
        .fails(&[BODY, &[Code::KeyOutOfScope], LIMIT, ABSENT, STORES])
}

fn gallery() -> Operation {
    Operation::new("gallery", PAGES, "Show the gallery of mails and pages")
        .described(
            "It exists where `GALLERY` is `true`. Without a parameter it is the index. What it shows \
             has sample data.",
        )
        .parameter(query("mail", "The name of a mail.", text()))
        .parameter(query("part", "`html`: the HTML part of the mail alone.", text()))
        .parameter(query("page", "The name of a page.", text()))
        .parameter(query("locale", "The language.", text()))
        .returns(page("The index, the mail, or the page."))
        .fails(&[ABSENT, &[Code::Misconfigured, Code::Unavailable]])
}

/// Returns a parameter of a query with this schema.
fn query(name: &'static str, description: &'static str, schema: Value) -> Parameter {
    Parameter { name, place: "query", description, schema }
}

fn text() -> Value {
    json!({ "type": "string" })
}

/// Returns the schema of an identifier, with a pattern.
fn name(pattern: &str) -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": MAX_LENGTH, "pattern": pattern })
}

/// Adds the parameters of a span of time.
fn span(operation: Operation) -> Operation {
    let time = json!({
        "type": "string",
        "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z)?$",
    });
    operation
        .parameter(query(
            field::SINCE,
            "The time from which events are read, in UTC by RFC 3339, or a date.",
            time.clone(),
        ))
        .parameter(query(field::UNTIL, "The time before which events are read.", time))
}

fn list_events(operation: Operation) -> Operation {
    let account = "Only the events of the account with this id.";
    let names: Vec<&str> = Action::ALL.iter().map(|action| action.as_str()).collect();
    let event = json!({ "type": "string", "enum": names });
    span(operation)
        .parameter(query(field::ACCOUNT, account, account_id()))
        .parameter(query(field::EVENT, "Only the events with this name.", event))
        .parameter(query(field::LIMIT, "The maximum number of events.", event_limit()))
        .parameter(query(field::CURSOR, "The `next_cursor` of the page before.", text()))
        .returns(ok("A page of events, newest first.", "EventPage"))
        .fails(&[&[Code::RequestInvalid], KEY, STORES])
}

fn count_events(operation: Operation) -> Operation {
    let names = [Period::Hour, Period::Day].map(Period::as_str);
    let by = json!({ "type": "string", "enum": names, "default": Period::Day.as_str() });
    span(operation)
        .parameter(query(field::BY, "The length of a period.", by))
        .returns(ok("The numbers of each period in which something happened.", "EventStats"))
        .fails(&[&[Code::RequestInvalid], KEY, STORES])
}

fn read_waiting_mails(operation: Operation) -> Operation {
    let either = "An e-mail address or a user name.";
    let address = "One plain e-mail address, looked up as an address only.";
    operation
        .parameter(query(field::ACCOUNT, "The id of an account.", account_id()))
        .parameter(query(field::IDENTIFIER, either, name(NAME_PATTERN)))
        .parameter(query(field::USERNAME, either, name(NAME_PATTERN)))
        .parameter(query(field::EMAIL, address, name(EMAIL_PATTERN)))
        .returns(ok("The mails that wait.", "WaitingMails"))
        .fails(&[&[Code::RequestInvalid], KEY, &[Code::AccountUnknown], STORES])
}

/// Describes the calls that an operator's tools make.
fn operator(call: ServerCall, method: &str, operation: Operation) -> Option<Operation> {
    const UNKNOWN: &[Code] = &[Code::AccountUnknown];
    Some(match (call, method) {
        (ServerCall::Events, "GET") => list_events(operation),
        (ServerCall::Stats, "GET") => count_events(operation),
        (ServerCall::Outbox, "GET") => read_waiting_mails(operation),
        (ServerCall::Outbox, "POST") => operation
            .takes("Account")
            .returns(ok("The mails that wait.", "WaitingMails"))
            .fails(&[BODY, KEY, UNKNOWN, STORES]),
        (ServerCall::Retry, "POST") => operation
            .takes("Account")
            .returns(ok("The mails are due now.", "WaitingMails"))
            .fails(&[BODY, KEY, UNKNOWN, LIMIT, STORES]),
        _ => return None,
    })
}

fn server(call: ServerCall, method: &str) -> Option<Operation> {
    let keyed = |id, summary, description: &str| {
        let scope = call.scope(method == "POST").as_str();
        let scope = format!("The server key needs the scope `{scope}`.");
        let description = [description, &scope].join(if description.is_empty() { "" } else { " " });
        Operation::new(id, SERVER, summary).described(description).secured(&[SERVER_KEY])
    };
    let mails_link = |id, summary| {
        let errors = [Code::AccountUnknown, Code::AccountIneligible];
        keyed(id, summary, "The link goes to the account's own address.")
            .takes("LinkForAccount")
            .returns(Success { status: 202, ..ok("The mail is sent later.", "Message") })
            .fails(&[BODY, KEY, &errors, LIMIT, STORES])
    };
    Some(match (call, method) {
        (ServerCall::Reset, "POST") => mails_link("serverReset", "Start a reset for an account"),
        (ServerCall::Invite, "POST") => {
            mails_link("serverInvite", "Invite the owner of an account to choose a first password")
        }
        (ServerCall::Status, "GET") => {
            keyed("serverStatus", "Ask whether any account can reset", "")
                .returns(ok("Whether any account can.", "ServerStatus"))
                .fails(&[KEY, STORES])
        }
        (ServerCall::Status, "POST") => keyed(
            "accountStatus",
            "Ask whether an account can reset",
            "It answers as a request would be handled, with the `reason` if not.",
        )
        .takes("Account")
        .returns(ok("Whether the account can.", "ServerStatus"))
        .fails(&[BODY, KEY, STORES]),
        (ServerCall::Revoke, "POST") => keyed(
            "revokeLinks",
            "Revoke the links of an account",
            "Mailed links count as used, and links that are not mailed yet are not mailed.",
        )
        .takes("Account")
        .returns(ok("All links are revoked.", "Message"))
        .fails(&[BODY, KEY, &[Code::AccountUnknown, Code::LinkBusy], LIMIT, STORES]),
        (ServerCall::Events, "POST") => keyed("accountEvents", "Read the events of an account", "")
            .takes("EventsQuery")
            .returns(ok("The events, newest first.", "AccountEvents"))
            .fails(&[BODY, KEY, &[Code::AccountUnknown, Code::AccountIneligible], STORES]),
        (ServerCall::Erase, "POST") => keyed(
            "erase",
            "Erase what is stored about an account",
            "Events, links, mails and pending requests are deleted. Counts stay for up to 24 \
             hours, under keyed names, and so does a notice until it is sent.",
        )
        .takes("Account")
        .returns(ok("The data is erased.", "Message"))
        .fails(&[BODY, KEY, &[Code::LinkBusy], LIMIT, STORES]),
        (ServerCall::Events, _) => {
            operator(call, method, keyed("listEvents", "Read the events of all accounts", ""))?
        }
        (ServerCall::Stats, _) => {
            operator(call, method, keyed("countEvents", "Count events by hour or day", ""))?
        }
        (ServerCall::Outbox, _) => {
            let id = if method == "GET" { "readWaitingMails" } else { "waitingMails" };
            let description = "Exactly one name of an account is given.";
            operator(call, method, keyed(id, "Read the mails that wait", description))?
        }
        (ServerCall::Retry, _) => {
            let description = "A mail that may have been delivered, and one that was not attempted \
                yet, keep their times.";
            operator(
                call,
                method,
                keyed("retryMails", "Attempt the waiting mails now", description),
            )?
        }
        (
            ServerCall::Reset
            | ServerCall::Invite
            | ServerCall::Status
            | ServerCall::Revoke
            | ServerCall::Erase,
            _,
        ) => return None,
    })
}

fn mail_reports() -> Operation {
    Operation::new("mailReports", SERVER, "Report bounces and complaints")
        .described(
            "For the configured mail provider, with its signature or with the secret in \
             `Authorization`, as bearer token or as password of basic authentication. The body has \
             the provider's format and at most 1 MiB, that of Mailgun at most 64 KiB. It exists \
             where `MAIL_WEBHOOK_SECRET` is set.",
        )
        .returns(ok("The reports are recorded as events.", "Message"))
        .fails(&[
            &[Code::RequestInvalid, Code::KeyInvalid, Code::OriginNotAllowed, Code::BodyTooLarge],
            ABSENT,
            STORES,
        ])
}

fn rest_password() -> Operation {
    Operation::new("restPassword", REST, "Request a mail, reset or change a password")
        .described("`old` and `new` need a session.")
        .secured(&["", SESSION, SESSION_COOKIE, SERVER_KEY])
        .takes("RestPassword")
        .returns(Success { status: 202, ..ok("The request is accepted.", "Message") })
        .returns(no_content("The password is set."))
        .fails(&[BODY, LINK, CONFIRM, SIGNED_IN, STORES])
        .for_visitor()
        .with_captcha()
}

fn flask_forgot() -> Operation {
    Operation::new("flaskForgot", FLASK, "Request a reset mail")
        .secured(&["", SERVER_KEY])
        .takes("FlaskForgot")
        .returns(ok("The request is accepted.", "Message"))
        .fails(&[BODY, LIMIT, ABSENT, STORES])
        .for_visitor()
        .with_captcha()
}

fn flask_reset() -> Operation {
    Operation::new("flaskReset", FLASK, "Set a new password")
        .secured(&["", SERVER_KEY])
        .described("An invalid or used token is 403, an expired one 410.")
        .takes("FlaskReset")
        .returns(ok("The password is set.", "Message"))
        .fails(&[BODY, LINK, CONFIRM, ABSENT, STORES])
        .for_visitor()
}

/// The parameter of an application's id.
const APPLICATION: &str = "application";

fn application() -> Parameter {
    Parameter {
        name: APPLICATION,
        place: "path",
        description: "The id of the application.",
        schema: json!({ "type": "string" }),
    }
}

fn cloud_cms_create(path: &str) -> Operation {
    let id = if path.ends_with("/create") { "cloudCmsCreateRequest" } else { "cloudCmsCreate" };
    Operation::new(id, CLOUD_CMS, "Create a request")
        .described("Its mail is sent by another call, within an hour. `email` needs a server key.")
        .secured(&["", SERVER_KEY])
        .parameter(application())
        .takes("CloudCmsCreate")
        .returns(ok("The request is stored.", "CloudCmsDone"))
        .fails(&[BODY, &[Code::KeyOutOfScope], LIMIT, ABSENT, STORES])
        .for_visitor()
        .with_captcha()
}

fn cloud_cms_send() -> Operation {
    Operation::new("cloudCmsSend", CLOUD_CMS, "Send the mail of a request")
        .secured(&["", SERVER_KEY])
        .described("The body is empty.")
        .parameter(application())
        .parameter(Parameter {
            name: "request",
            place: "path",
            description: "The `_doc` of the request.",
            schema: json!({ "type": "string", "minLength": 1 }),
        })
        .returns(ok("The mail is sent later.", "CloudCmsDone"))
        .fails(&[
            &[Code::RequestInvalid, Code::OriginNotAllowed, Code::BodyTooLarge],
            LIMIT,
            ABSENT,
            STORES,
        ])
        .for_visitor()
}

fn cloud_cms_commit() -> Operation {
    Operation::new("cloudCmsCommit", CLOUD_CMS, "Set a new password")
        .secured(&["", SERVER_KEY])
        .parameter(application())
        .parameter(Parameter {
            name: "token",
            place: "path",
            description: "The token of the mailed link.",
            schema: token_schema(),
        })
        .takes("CloudCmsCommit")
        .returns(ok("The password is set.", "CloudCmsDone"))
        .fails(&[BODY, LINK, CONFIRM, ABSENT, STORES])
        .for_visitor()
}
