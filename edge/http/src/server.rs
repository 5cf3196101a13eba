//! The calls of servers, each authenticated by a server key: `Authorization: Bearer KEY`. They need
//! no `Origin`, and no page is allowed to make them, because a key must not be in a browser.

use std::time::Duration;

use http::{HeaderMap, Method, Response, StatusCode};
use relatch::wire::{Message, field};
use relatch::{Code, Problem};
use serde::Serialize;

use crate::context::Context;
use crate::decode::{Body, Fields, account_id, bearer, decode, identifier, invalid, limit};
use crate::operator::{self, StatsFields};
use crate::problem::{limited_until, problem_for, success};
use relatch_domain::application::{Application, LIFETIME_MINUTES};
use relatch_domain::events::EventView;
use relatch_domain::ports::{Clock as _, Outage, Platform};
use relatch_domain::use_cases::server::{
    LinkOptions, ServerApi, ServerCommand, ServerError, ServerReply, Subject,
};
use relatch_domain::values::server_key::{KeyError, Scope, ServerCaller};
use relatch_domain::waiting::RetriedMails;

const RESET: &str = "The reset was started. The link goes to the address of the account.";
const INVITED: &str = "The invitation was started. The link goes to the address of the account.";
const REVOKED: &str = "All links of the account are revoked.";
const ERASED: &str = "The stored data about this account or identifier is erased.";

/// A server call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServerCall {
    Reset,
    Invite,
    Status,
    Revoke,
    Events,
    Erase,
    Stats,
    Outbox,
    Retry,
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
    /// Returns the scope of the call as a POST, or as a GET.
    pub(crate) const fn scope(self, is_post: bool) -> Scope {
        match self {
            Self::Reset => Scope::Reset,
            Self::Invite => Scope::Invite,
            Self::Status => Scope::Status,
            Self::Revoke => Scope::Links,
            Self::Events if is_post => Scope::Events,
            Self::Events | Self::Stats | Self::Outbox => Scope::Operator,
            Self::Retry => Scope::Retry,
            Self::Erase => Scope::Erase,
        }
    }

    fn done(self) -> Response<Vec<u8>> {
        let message = match self {
            Self::Reset => RESET,
            Self::Invite => INVITED,
            Self::Erase => ERASED,
            _ => REVOKED,
        };
        let mut response = success(&Message { message: message.to_owned() });
        if matches!(self, Self::Reset | Self::Invite) {
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
    let ServerCaller { label } = server_caller(
        context.application(),
        context.headers(),
        call.scope(context.method() == Method::POST),
    )?;
    let api = ServerApi { service: context.service, label, address: context.caller.address_text() };
    if context.method() != Method::POST {
        return read(context, &api, call).await;
    }
    let (command, subject) = match call {
        ServerCall::Outbox => return outbox(&api, &decode(context.request)?).await,
        ServerCall::Retry => {
            let retried = api.retry_mails(&decode(context.request)?).await;
            let RetriedMails { retried, mails } = retried.map_err(problem)?;
            return Ok(operator::outbox_response(mails, Some(retried)));
        }
        ServerCall::Stats => return Err(Code::MethodNotAllowed.into()),
        ServerCall::Events => {
            let Recent { subject, limit } = decode(context.request)?;
            (ServerCommand::Events(limit), subject)
        }
        ServerCall::Status => (ServerCommand::Status, decode(context.request)?),
        ServerCall::Reset => {
            let Mailed { subject, options } = decode(context.request)?;
            (ServerCommand::Reset(options), subject)
        }
        ServerCall::Invite => {
            let Mailed { subject, options } = decode(context.request)?;
            (ServerCommand::Invite(options), subject)
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

async fn outbox<P: Platform>(
    api: &ServerApi<'_, P>,
    subject: &Subject,
) -> Result<Response<Vec<u8>>, Problem> {
    let mails = api.waiting_mails(subject).await.map_err(problem)?;
    Ok(operator::outbox_response(mails, None))
}

/// Answers a GET.
async fn read<P: Platform>(
    context: Context<'_, P>,
    api: &ServerApi<'_, P>,
    call: ServerCall,
) -> Result<Response<Vec<u8>>, Problem> {
    let outage = |Outage| problem_for(Code::Unavailable);
    match call {
        ServerCall::Events => {
            let query = operator::read(context.request)?;
            Ok(operator::events_response(api.list_events(&query).await.map_err(outage)?))
        }
        ServerCall::Stats => {
            let fields: StatsFields = operator::read(context.request)?;
            let query = fields.at(context.service.platform.clock().now())?;
            let counts = api.count_events(&query).await.map_err(outage)?;
            Ok(operator::stats_response(&query, counts))
        }
        ServerCall::Outbox => outbox(api, &operator::read(context.request)?).await,
        _ => {
            let (enabled, reason) = api.availability().await.map_err(outage)?;
            Ok(success(&Status { enabled, reason: reason.map(str::to_owned) }))
        }
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
            return account_id(typed).map(Self::Account);
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
        let limit = limit(fields)?;
        Ok(Self { subject: Subject::read(fields)?, limit })
    }
}
