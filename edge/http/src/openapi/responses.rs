//! Responses: the successful ones, and those that report problems.

use std::collections::BTreeMap;

use http::StatusCode;
use relatch::{Code, Problem, Reason};
use serde_json::{Map, Value, json};

use super::Version;
use crate::dialects::flask;
use crate::mail_reports;
use crate::problem::problem_for;
use crate::routes::Surface;
use relatch_domain::application::Dialect;

/// The content of a successful response.
#[derive(Clone, Copy)]
pub(super) enum Content {
    Empty,
    /// The schema of the JSON body.
    Json(&'static str),
    Html,
}

/// A header of some responses.
#[derive(Clone, Copy)]
pub(super) enum ResponseHeader {
    RetryAfter,
    RetryAfterIfKnown,
    WwwAuthenticate,
    Accept,
    AcceptEncoding,
    Location,
    SetCookie,
}

/// A successful response.
pub(super) struct Success {
    pub(super) status: u16,
    pub(super) description: &'static str,
    pub(super) content: Content,
    pub(super) headers: &'static [ResponseHeader],
}

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";
const HTML: &str = "text/html";

/// Collects the responses of a document: equal ones are one component.
pub(super) struct Responses {
    version: Version,
    pub(super) components: Map<String, Value>,
}

/// The format in which a route reports errors.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ErrorFormat {
    Problem,
    Flask,
    Page,
}

impl ErrorFormat {
    fn of(surface: Surface) -> Self {
        match surface {
            Surface::Api
            | Surface::Server
            | Surface::Gallery
            | Surface::Dialect(Dialect::Rest | Dialect::CloudCms) => Self::Problem,
            Surface::Dialect(Dialect::Flask) => Self::Flask,
            Surface::Page(_) | Surface::OperatorPage => Self::Page,
        }
    }

    /// Returns the status with which a code is reported.
    fn status(self, code: Code) -> u16 {
        match self {
            Self::Flask => flask::status(code).as_u16(),
            Self::Problem | Self::Page => code.status(),
        }
    }

    /// Returns whether a code is reported as a problem. What precedes the route is one everywhere:
    /// an invalid configuration, and an unknown application or host.
    fn is_problem(self, code: Code) -> bool {
        match self {
            Self::Problem => true,
            Self::Flask => code == Code::Misconfigured,
            Self::Page => matches!(code, Code::Misconfigured | Code::NotFound),
        }
    }

    /// Returns the first part of the names of its components.
    fn prefix(self) -> &'static str {
        match self {
            Self::Problem => "",
            Self::Flask => "flask.",
            Self::Page => "page.",
        }
    }
}

impl Responses {
    pub(super) fn new(version: Version) -> Self {
        Self { version, components: Map::new() }
    }

    /// Returns the responses of an operation by their status.
    pub(super) fn of(&mut self, surface: Surface, successes: &[Success], codes: &[Code]) -> Value {
        let mut all = Map::new();
        for success in successes {
            all.insert(success.status.to_string(), successful(success));
        }
        if self.version == Version::V30 {
            join_successes(&mut all, successes);
        }
        let format = ErrorFormat::of(surface);
        let mut by_status = BTreeMap::<u16, Vec<Code>>::new();
        for code in codes {
            by_status.entry(format.status(*code)).or_default().push(*code);
        }
        for (status, mut codes) in by_status {
            codes.sort_by_key(|code| code.as_str());
            codes.dedup();
            all.insert(status.to_string(), self.error(format, status, &codes));
        }
        all.into()
    }

    /// Returns a reference to the response that reports one of these codes.
    fn error(&mut self, format: ErrorFormat, status: u16, codes: &[Code]) -> Value {
        let names: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
        let name = [format.prefix(), &names.join(".")].concat();
        let reference = json!({ "$ref": format!("#/components/responses/{name}") });
        self.components.entry(name).or_insert_with(|| error(format, status, codes));
        reference
    }
}

/// Puts the successful responses into one, whose content depends on the request.
fn join_successes(all: &mut Map<String, Value>, successes: &[Success]) {
    let of_2xx: Vec<&Success> =
        successes.iter().filter(|success| (200..300).contains(&success.status)).collect();
    if of_2xx.len() < 2 {
        return;
    }
    let mut description = Vec::new();
    for success in of_2xx {
        all.remove(&success.status.to_string());
        description.push(format!("{}: {}", success.status, success.description));
    }
    let joined = json!({ "description": description.join(" "), "content": { "*/*": {} } });
    all.insert("2XX".to_owned(), joined);
}

fn successful(success: &Success) -> Value {
    let mut response = json!({ "description": success.description });
    match success.content {
        Content::Empty => {}
        Content::Json(schema) => {
            let schema = json!({ "$ref": format!("#/components/schemas/{schema}") });
            response["content"] = json!({ JSON: { "schema": schema } });
        }
        Content::Html => response["content"] = json!({ HTML: html() }),
    }
    if !success.headers.is_empty() {
        let headers = success.headers.iter().map(|header| header.reference());
        response["headers"] = headers.collect::<Map<_, _>>().into();
    }
    response
}

fn html() -> Value {
    json!({ "schema": { "type": "string" } })
}

fn error(format: ErrorFormat, status: u16, codes: &[Code]) -> Value {
    let explanations = codes.iter().map(|code| format!("`{code}`: {}", code.explanation()));
    let (of_problems, of_format): (Vec<Code>, Vec<Code>) =
        codes.iter().copied().partition(|code| format.is_problem(*code));
    let mut content = Map::new();
    if !of_problems.is_empty() {
        content.insert(PROBLEM.to_owned(), problems(status, &of_problems));
    }
    if format == ErrorFormat::Page && codes.contains(&Code::NotFound) {
        // While resets are switched off.
        content.insert(HTML.to_owned(), html());
    }
    if !of_format.is_empty() {
        let (media_type, described) = match format {
            ErrorFormat::Flask => (JSON, flask_errors(&of_format)),
            ErrorFormat::Problem | ErrorFormat::Page => (HTML, html()),
        };
        content.insert(media_type.to_owned(), described);
    }
    let headers = error_headers(format, status, codes);
    let headers: Map<_, _> = headers.iter().map(|header| header.reference()).collect();
    let mut response = json!({
        "description": explanations.collect::<Vec<_>>().join("\n\n"),
        "content": content,
    });
    if !headers.is_empty() {
        response["headers"] = headers.into();
    }
    response
}

/// Returns the content of an error of the dialect `flask`.
fn flask_errors(codes: &[Code]) -> Value {
    let example = |code: &Code| {
        let response = flask::error_response(&problem_for(*code));
        let body = serde_json::from_slice::<Value>(response.body()).unwrap_or_default();
        (code.to_string(), json!({ "value": body }))
    };
    let examples: Map<_, _> = codes.iter().map(example).collect();
    json!({ "schema": { "$ref": "#/components/schemas/FlaskError" }, "examples": examples })
}

/// Returns the content of a problem with one of these codes.
fn problems(status: u16, codes: &[Code]) -> Value {
    let names: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    let examples: Map<_, _> =
        codes.iter().map(|code| (code.to_string(), json!({ "value": example(*code) }))).collect();
    json!({
        "schema": {
            "allOf": [
                { "$ref": "#/components/schemas/Problem" },
                {
                    "type": "object",
                    "required": ["code", "status"],
                    "properties": {
                        "code": { "type": "string", "enum": names },
                        "status": { "type": "integer", "enum": [status] },
                    },
                },
            ],
        },
        "examples": examples,
    })
}

/// Returns a problem as it is sent.
fn example(code: Code) -> Problem {
    let problem = problem_for(code);
    if code == Code::PasswordRejected {
        return problem.reasons(vec![Reason::TooShort, Reason::Common]);
    }
    problem
}

/// Returns the headers of an error, beside those of every response.
fn error_headers(format: ErrorFormat, status: u16, codes: &[Code]) -> Vec<ResponseHeader> {
    let mut headers = Vec::new();
    let waits = codes.iter().filter(|code| problem_for(**code).retry_after.is_some()).count();
    if waits == codes.len() {
        headers.push(ResponseHeader::RetryAfter);
    } else if waits > 0 {
        headers.push(ResponseHeader::RetryAfterIfKnown);
    }
    if status == StatusCode::UNAUTHORIZED.as_u16() && format == ErrorFormat::Problem {
        headers.push(ResponseHeader::WwwAuthenticate);
    }
    if codes.contains(&Code::ContentTypeUnsupported) {
        headers.extend([ResponseHeader::Accept, ResponseHeader::AcceptEncoding]);
    }
    headers
}

impl ResponseHeader {
    const ALL: [Self; 7] = [
        Self::RetryAfter,
        Self::RetryAfterIfKnown,
        Self::WwwAuthenticate,
        Self::Accept,
        Self::AcceptEncoding,
        Self::Location,
        Self::SetCookie,
    ];

    /// Returns the name of the header, and a reference to its component.
    fn reference(self) -> (String, Value) {
        let (component, name, _) = self.description();
        let reference = json!({ "$ref": format!("#/components/headers/{component}") });
        (name.to_owned(), reference)
    }

    /// Returns the name of the component, that of the header, and the component.
    fn description(self) -> (&'static str, &'static str, Value) {
        let seconds = json!({ "type": "integer", "minimum": 1 });
        let text = json!({ "type": "string" });
        match self {
            Self::RetryAfter => (
                "RetryAfter",
                "Retry-After",
                json!({
                    "description": "Seconds to wait before another attempt.",
                    "required": true,
                    "schema": seconds,
                }),
            ),
            Self::RetryAfterIfKnown => (
                "RetryAfterIfKnown",
                "Retry-After",
                json!({
                    "description": "Seconds to wait before another attempt, where waiting helps.",
                    "schema": seconds,
                }),
            ),
            Self::WwwAuthenticate => (
                "WwwAuthenticate",
                "WWW-Authenticate",
                json!({
                    "description": "The scheme of authentication. `Basic` is for mail providers.",
                    "required": true,
                    "schema": { "type": "string", "enum": ["Bearer", mail_reports::BASIC] },
                }),
            ),
            Self::Accept => (
                "Accept",
                "Accept",
                json!({ "description": "The media type that the call takes.", "schema": text }),
            ),
            Self::AcceptEncoding => (
                "AcceptEncoding",
                "Accept-Encoding",
                json!({
                    "description": "The content coding that the call takes, if that was the fault.",
                    "schema": text,
                }),
            ),
            Self::Location => (
                "Location",
                "Location",
                json!({ "description": "The page.", "required": true, "schema": text }),
            ),
            Self::SetCookie => (
                "SetCookie",
                "Set-Cookie",
                json!({
                    "description": "The cookies of the page: the links that this browser opened, \
                        for 15 minutes, and a mark of the form that succeeded.",
                    "schema": text,
                }),
            ),
        }
    }
}

/// Returns the components of the headers.
pub(super) fn headers() -> Map<String, Value> {
    let component = |header: ResponseHeader| {
        let (component, _, description) = header.description();
        (component.to_owned(), description)
    };
    ResponseHeader::ALL.into_iter().map(component).collect()
}
