//! The calls of servers, each authenticated by a server key: `Authorization: Bearer KEY`. They need
//! no `Origin`, and no page is allowed to make them, because a key must not be in a browser.

use std::time::Duration;

use http::{HeaderMap, Method, Response, StatusCode};
use relatch::wire::{Message, field};
use relatch::{Code, Problem};
use serde::Serialize;

use crate::context::Context;
use crate::decode::{Body, Fields, bearer, decode, identifier, invalid};
use crate::problem::{limited_until, problem_for, success};
use relatch_domain::application::{Application, LIFETIME_MINUTES};
use relatch_domain::events::EventView;
use relatch_domain::ports::{Outage, Platform};
use relatch_domain::use_cases::server::{
    LinkOptions, ServerApi, ServerCommand, ServerError, ServerReply, Subject,
};
use relatch_domain::values::account::AccountId;
use relatch_domain::values::name::MAX_LENGTH;
use relatch_domain::values::server_key::{KeyError, Scope, ServerCaller};

/// The default and the maximum number of events.
pub(crate) const DEFAULT_EVENTS: u32 = 20;
pub(crate) const MAX_EVENTS: u32 = 100;

const RESET: &str = "The reset was started. The link goes to the address of the account.";
const REVOKED: &str = "All links of the account are revoked.";
const ERASED: &str = "The stored data about this account or identifier is erased.";

/// A server call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServerCall {
    Reset,
    Status,
    Revoke,
    Events,
    Erase,
}

/// The response of a status query.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "ServerStatus"))]
pub(crate) struct Status {
    /// Whether any account, or the account, can reset its password.
    enabled: bool,
    /// Why the account cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// The events of an account.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "AccountEvents"))]
pub(crate) struct Events {
    /// The events, newest first.
    events: Vec<EventView>,
}

impl ServerCall {
    pub(crate) const fn scope(self) -> Scope {
        match self {
            Self::Reset => Scope::Reset,
            Self::Status => Scope::Status,
            Self::Revoke => Scope::Links,
            Self::Events => Scope::Events,
            Self::Erase => Scope::Erase,
        }
    }

    fn done(self) -> Response<Vec<u8>> {
        let message = match self {
            Self::Reset => RESET,
            Self::Erase => ERASED,
            _ => REVOKED,
        };
        let mut response = success(&Message { message: message.to_owned() });
        if self == Self::Reset {
            // The mail goes out later.
            *response.status_mut() = StatusCode::ACCEPTED;
        }
        response
    }
}

/// Answers a server call.
pub(super) async fn answer<P: Platform>(
    context: Context<'_, P>,
    call: ServerCall,
) -> Result<Response<Vec<u8>>, Problem> {
    let ServerCaller { label } =
        server_caller(context.application(), context.headers(), call.scope())?;
    let api = ServerApi { service: context.service, label, address: context.caller.address_text() };
    if context.method() != Method::POST {
        let availability = api.availability().await;
        let (enabled, reason) = availability.map_err(|Outage| problem_for(Code::Unavailable))?;
        return Ok(success(&Status { enabled, reason: reason.map(str::to_owned) }));
    }
    let (command, subject) = match call {
        ServerCall::Events => {
            let Recent { subject, limit } = decode(context.request)?;
            (ServerCommand::Events(limit), subject)
        }
        ServerCall::Status => (ServerCommand::Status, decode(context.request)?),
        ServerCall::Reset => {
            let Mailed { subject, options } = decode(context.request)?;
            (ServerCommand::Reset(options), subject)
        }
        ServerCall::Revoke => (ServerCommand::Revoke, decode(context.request)?),
        ServerCall::Erase => (ServerCommand::Erase, decode(context.request)?),
    };
    match api.execute(command, &subject).await {
        Ok(ServerReply::Done) => Ok(call.done()),
        Ok(ServerReply::Status(reason)) => {
            Ok(success(&Status { enabled: reason.is_none(), reason }))
        }
        Ok(ServerReply::Events(events)) => Ok(success(&Events { events })),
        Err(error) => Err(problem(error)),
    }
}

fn problem(ServerError { code, detail, retry_after }: ServerError) -> Problem {
    let mut problem = problem_for(code);
    if let Some(detail) = detail {
        problem = problem.detail(detail);
    }
    limited_until(problem, retry_after)
}

/// Authenticates the server that calls.
pub(super) fn server_caller(
    application: &Application,
    headers: &HeaderMap,
    scope: Scope,
) -> Result<ServerCaller, Problem> {
    let key = bearer(headers).ok_or(Code::KeyInvalid)?;
    application.server_keys.caller(key, scope).map_err(|error| match error {
        KeyError::Unknown => Code::KeyInvalid.into(),
        KeyError::OutOfScope => Code::KeyOutOfScope.into(),
    })
}

/// The subject of a call: exactly one of `account` and the three names of an identifier.
impl Body for Subject {
    const FIELDS: &'static [&'static str] =
        &[field::ACCOUNT, field::IDENTIFIER, field::USERNAME, field::EMAIL];

    fn read(fields: &mut Fields) -> Result<Self, Problem> {
        let mut given = None;
        for name in Self::FIELDS {
            if let Some(typed) = fields.text(name)? {
                if given.is_some() {
                    return Err(one_of());
                }
                given = Some((*name, typed));
            }
        }
        let (name, typed) = given.ok_or_else(one_of)?;
        if name == field::ACCOUNT {
            if typed.is_empty() || typed.len() > MAX_LENGTH || typed.chars().any(char::is_control) {
                return Err(invalid("`account` must be an account id of at most 254 bytes."));
            }
            return Ok(Self::Account(AccountId(typed)));
        }
        identifier(name, &typed).map(Self::Named)
    }
}

fn one_of() -> Problem {
    invalid("Give exactly one of `account`, `identifier`, `username` and `email`.")
}

/// The subject of a call that mails a link, and the properties of the link.
pub(crate) struct Mailed {
    subject: Subject,
    options: LinkOptions,
}

impl Body for Mailed {
    const FIELDS: &'static [&'static str] = &[
        field::ACCOUNT,
        field::IDENTIFIER,
        field::USERNAME,
        field::EMAIL,
        field::LIFETIME_MINUTES,
    ];

    fn read(fields: &mut Fields) -> Result<Self, Problem> {
        let range = || {
            let (min, max) = (LIFETIME_MINUTES.start(), LIFETIME_MINUTES.end());
            invalid(&format!("`lifetime_minutes` must be a whole number from {min} to {max}."))
        };
        let minutes = fields.number(field::LIFETIME_MINUTES).map_err(|_| range())?;
        let lifetime = minutes.map(|minutes| {
            let minutes = u32::try_from(minutes).ok().filter(|it| LIFETIME_MINUTES.contains(it));
            minutes.map(|minutes| Duration::from_secs(u64::from(minutes).saturating_mul(60)))
        });
        let lifetime = lifetime.map(|lifetime| lifetime.ok_or_else(range)).transpose()?;
        Ok(Self { subject: Subject::read(fields)?, options: LinkOptions { lifetime } })
    }
}

/// The subject of an event query, and the number of events.
pub(crate) struct Recent {
    subject: Subject,
    limit: u32,
}

impl Body for Recent {
    const FIELDS: &'static [&'static str] =
        &[field::ACCOUNT, field::IDENTIFIER, field::USERNAME, field::EMAIL, field::LIMIT];

    fn read(fields: &mut Fields) -> Result<Self, Problem> {
        let limit = fields
            .number(field::LIMIT)?
            .map_or(Some(DEFAULT_EVENTS), |limit| u32::try_from(limit).ok());
        let limit = limit.filter(|limit| (1..=MAX_EVENTS).contains(limit));
        let limit =
            limit.ok_or_else(|| invalid("`limit` must be a whole number from 1 to 100."))?;
        Ok(Self { subject: Subject::read(fields)?, limit })
    }
}
