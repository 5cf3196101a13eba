//! The calls of an application's own servers, each with one of its keys: `Authorization: Bearer KEY`. They need no Origin, and
//! no page gets leave to make them: a key has no business in a browser.

use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use relatch::wire::Message;
use relatch::{Code, Problem};
use serde::Serialize;

use crate::body::{Body, bearer, invalid, read};
use crate::cors::{self, Origin};
use crate::fields::Fields;
use crate::problem::{Answered, answer, refuse, refused};
use relatch_domain::application::Application;
use relatch_domain::events::EventView;
use relatch_domain::ports::{Outage, Platform};
use relatch_domain::use_cases::server::{ServerApi, ServerCommand, ServerError, ServerReply, Subject};
use relatch_domain::values::account::AccountId;
use relatch_domain::values::client::ClientInfo;
use relatch_domain::values::identifier::{Identifier, LONGEST};
use relatch_domain::values::server_key::{KeyError, Scope, ServerCaller};

/// What stands before the paths of these calls.
const BASE: &str = "/server/";

/// How many events are told, and the most.
const SOME_EVENTS: u32 = 20;
const MOST_EVENTS: u32 = 100;

const RESET: &str = "The reset was started. A link goes to the account's own address.";
const REVOKED: &str = "Every link of the account that was out has ended.";
const ERASED: &str = "What was kept about this account or identifier is erased.";

/// A call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ServerCall {
    Reset,
    Status,
    Revoke,
    Events,
    Erase,
}

/// Whether a reset is possible.
#[derive(Serialize)]
struct Status {
    enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

#[derive(Serialize)]
struct Events {
    events: Vec<EventView>,
}

impl ServerCall {
    /// The call at this path.
    pub(super) fn at(path: &str) -> Option<Self> {
        match path.strip_prefix(BASE)? {
            "reset" => Some(Self::Reset),
            "status" => Some(Self::Status),
            "links/revoke" => Some(Self::Revoke),
            "events" => Some(Self::Events),
            "erase" => Some(Self::Erase),
            _ => None,
        }
    }

    const fn methods(self) -> &'static str {
        match self {
            Self::Status => "GET, HEAD, POST",
            Self::Reset | Self::Revoke | Self::Events | Self::Erase => "POST",
        }
    }

    const fn scope(self) -> Scope {
        match self {
            Self::Reset => Scope::Reset,
            Self::Status => Scope::Status,
            Self::Revoke => Scope::Links,
            Self::Events => Scope::Events,
            Self::Erase => Scope::Erase,
        }
    }

    pub(super) async fn answer<P: Platform>(
        self,
        application: &Application,
        platform: &P,
        caller: &ClientInfo,
        request: &Request<Vec<u8>>,
    ) -> Answered {
        let mut answered: Answered = match self.run(application, platform, caller, request).await {
            Ok(response) => response.into(),
            Err(problem) => Answered { response: refuse(&problem), refused: Code::named(&problem.code) },
        };
        let headers = answered.response.headers_mut();
        headers.insert(header::VARY, HeaderValue::from_static("Origin"));
        if answered.refused == Some(Code::MethodNotAllowed) {
            headers.insert(header::ALLOW, HeaderValue::from_static(self.methods()));
        }
        answered
    }

    async fn run<P: Platform>(
        self,
        application: &Application,
        platform: &P,
        caller: &ClientInfo,
        request: &Request<Vec<u8>>,
    ) -> Result<Response<Vec<u8>>, Problem> {
        if !self.methods().split(", ").any(|name| name == request.method().as_str()) {
            return Err(Problem::new(Code::MethodNotAllowed).detail(format!("Use {}.", self.methods())));
        }
        if cors::origin(application, request.headers()) == Origin::Foreign {
            return Err(Code::OriginNotAllowed.into());
        }
        let ServerCaller { label } = server_caller(application, request.headers(), self.scope())?;
        let operator = ServerApi { application, platform, label, address: caller.address_text() };
        if request.method() != Method::POST {
            let enabled = operator.is_available().await.map_err(|Outage| refused(Code::Unavailable))?;
            return Ok(answer(&Status { enabled, reason: None }));
        }
        let (wish, who) = match self {
            Self::Events => {
                let Recent { who, limit } = read(request)?;
                (ServerCommand::Events(limit), who)
            }
            Self::Status => (ServerCommand::Status, read(request)?),
            Self::Reset => (ServerCommand::Reset, read(request)?),
            Self::Revoke => (ServerCommand::Revoke, read(request)?),
            Self::Erase => (ServerCommand::Erase, read(request)?),
        };
        match operator.execute(wish, &who).await {
            Ok(ServerReply::Done) => Ok(self.done()),
            Ok(ServerReply::Status(reason)) => Ok(answer(&Status { enabled: reason.is_none(), reason })),
            Ok(ServerReply::Events(events)) => Ok(answer(&Events { events })),
            Err(ServerError { code, detail: Some(detail) }) => Err(refused(code).detail(detail)),
            Err(ServerError { code, detail: None }) => Err(refused(code)),
        }
    }

    fn done(self) -> Response<Vec<u8>> {
        let message = match self {
            Self::Reset => RESET,
            Self::Erase => ERASED,
            _ => REVOKED,
        };
        let mut response = answer(&Message { message: message.to_owned() });
        if self == Self::Reset {
            // The mail goes out later.
            *response.status_mut() = StatusCode::ACCEPTED;
        }
        response
    }
}

/// The server that calls, by the key that it sends. Nothing is looked up for whoever has none.
pub(super) fn server_caller(
    application: &Application,
    headers: &HeaderMap,
    scope: Scope,
) -> Result<ServerCaller, Problem> {
    let caller = application.server_keys.caller(bearer(headers).unwrap_or_default(), scope);
    caller.map_err(|refused| match refused {
        KeyError::Unknown => Code::KeyInvalid.into(),
        KeyError::OutOfScope => Code::KeyOutOfScope.into(),
    })
}

/// Whom a call is about: exactly one of the account's id and the three names of an identifier.
impl Body for Subject {
    const FIELDS: &'static [&'static str] = &["account", "identifier", "username", "email"];

    fn read(fields: &mut Fields) -> Result<Self, Problem> {
        let mut given = None;
        for field in Self::FIELDS {
            if let Some(typed) = fields.text(field)? {
                if given.is_some() {
                    return Err(one_of());
                }
                given = Some((*field, typed));
            }
        }
        let (field, typed) = given.ok_or_else(one_of)?;
        if field == "account" {
            if typed.is_empty() || typed.len() > LONGEST || typed.chars().any(char::is_control) {
                return Err(invalid("`account` is not an account's id."));
            }
            return Ok(Self::Account(AccountId(typed)));
        }
        let identifier = Identifier::parse(&typed);
        identifier.map(Self::Named).map_err(|why| invalid(&format!("`{field}` cannot be used: {why}.")))
    }
}

fn one_of() -> Problem {
    invalid("Give exactly one of `account`, `identifier`, `username` and `email`.")
}

/// Whose events, and how many.
struct Recent {
    who: Subject,
    limit: u32,
}

impl Body for Recent {
    const FIELDS: &'static [&'static str] = &["account", "identifier", "username", "email", "limit"];

    fn read(fields: &mut Fields) -> Result<Self, Problem> {
        let limit = fields.number("limit")?.map_or(Some(SOME_EVENTS), |limit| u32::try_from(limit).ok());
        let limit = limit.filter(|limit| (1..=MOST_EVENTS).contains(limit));
        let limit = limit.ok_or_else(|| invalid("`limit` is not a whole number from 1 to 100."))?;
        Ok(Self { who: Subject::read(fields)?, limit })
    }
}
