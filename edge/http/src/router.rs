//! Which path is a page, and which path and method is which call: of the canonical surface, or of a dialect that is
//! switched on. Paths are compared byte for byte; there is one spelling of each.

use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use relatch::wire::{
    ChangePassword, CheckLink, ConfirmReset, Health, LinkState, Message, PASSWORD_CHANGED, REQUEST_ACCEPTED,
    RequestReset, path,
};
use relatch::{Code, Password, Problem, Reason};

use crate::body::{invalid, read};
use crate::cors::{self, Origin};
use crate::dialects::{Dialogue, refuse_at};
use crate::pages::Page;
use crate::problem::{Answered, answer, no_content, refuse, refused, secure};
use crate::server::ServerCall;
use crate::session;
use relatch_domain::application::Application;
use relatch_domain::events::{Action, Event};
use relatch_domain::ports::{Clock as _, Directory as _, Events as _, Outage, Platform};
use relatch_domain::use_cases::change::change;
use relatch_domain::use_cases::check::{ActiveLink, check};
use relatch_domain::use_cases::confirm::{ConfirmError, confirm};
use relatch_domain::use_cases::request::{Submitted, submit};
use relatch_domain::values::client::ClientInfo;
use relatch_domain::values::identifier::Identifier;

/// The longest language tag (RFC 5646 section 4.4.1 asks for room for 35 characters).
const LONGEST_LOCALE: usize = 35;

/// A call of the surface.
#[derive(Clone, Copy)]
enum Call<'a> {
    Request,
    Check,
    Confirm,
    Change,
    Rules,
    Health,
    Dialect(Dialogue<'a>),
}

impl<'a> Call<'a> {
    fn at(application: &Application, path: &'a str) -> Option<Self> {
        match path {
            path::REQUEST => Some(Self::Request),
            path::CHECK => Some(Self::Check),
            path::CONFIRM => Some(Self::Confirm),
            path::CHANGE => Some(Self::Change),
            path::RULES => Some(Self::Rules),
            path::HEALTH => Some(Self::Health),
            _ => Dialogue::at(application, path).map(Self::Dialect),
        }
    }

    const fn methods(self) -> &'static str {
        match self {
            Self::Request | Self::Check | Self::Confirm | Self::Change => "POST, OPTIONS",
            Self::Rules | Self::Health => "GET, HEAD, OPTIONS",
            Self::Dialect(dialogue) => dialogue.methods(),
        }
    }

    /// A refusal, in the shape that the call's clients know.
    fn refuse(self, problem: &Problem) -> Response<Vec<u8>> {
        match self {
            Self::Dialect(dialogue) => dialogue.refuse(problem),
            _ => refuse(problem),
        }
    }

    fn takes(self, method: &Method) -> bool {
        self.methods().split(", ").any(|name| name == method.as_str())
    }
}

/// Answers one request. A body over [`crate::LARGEST_BODY`] may be handed over cut off after one byte more.
pub async fn handle<P: Platform>(
    application: &Application,
    platform: &P,
    caller: &ClientInfo,
    request: Request<Vec<u8>>,
) -> Response<Vec<u8>> {
    let path = request.uri().path();
    let Answered { mut response, refused } = match (Page::at(path), ServerCall::at(path)) {
        (Some(page), _) => page.answer(application, platform, caller, &request).await,
        (None, Some(call)) => call.answer(application, platform, caller, &request).await,
        (None, None) => call(application, platform, caller, &request).await,
    };
    if let Some(code) = refused {
        note(application, platform, caller, code);
    }
    secure(&mut response);
    if request.method() == Method::HEAD {
        response.body_mut().clear();
    }
    response
}

async fn call<P: Platform>(
    application: &Application,
    platform: &P,
    caller: &ClientInfo,
    request: &Request<Vec<u8>>,
) -> Answered {
    let origin = cors::origin(application, request.headers());
    let call = Call::at(application, request.uri().path());
    let (mut response, refused) = match dispatch(application, platform, caller, request, call, &origin).await {
        Ok(response) => (response, None),
        Err(problem) => (
            call.map_or_else(|| refuse_at(request.uri().path(), &problem), |call| call.refuse(&problem)),
            Code::named(&problem.code),
        ),
    };
    let says_methods = response.status() == StatusCode::METHOD_NOT_ALLOWED || request.method() == Method::OPTIONS;
    if let (Some(call), true) = (call, says_methods) {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(call.methods()));
    }
    cors::allow(application, response.headers_mut(), &origin);
    Answered { response, refused }
}

async fn dispatch<P: Platform>(
    application: &Application,
    platform: &P,
    caller: &ClientInfo,
    request: &Request<Vec<u8>>,
    call: Option<Call<'_>>,
    origin: &Origin,
) -> Result<Response<Vec<u8>>, Problem> {
    let call = call.ok_or(Code::NotFound)?;
    if !call.takes(request.method()) {
        return Err(Problem::new(Code::MethodNotAllowed).detail(format!("Use {}.", call.methods())));
    }
    if *origin == Origin::Foreign && !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Code::OriginNotAllowed.into());
    }
    if request.method() == Method::OPTIONS {
        let mut response = no_content();
        cors::preflight(response.headers_mut(), call.methods());
        return Ok(response);
    }
    match call {
        Call::Request => request_reset(application, platform, caller, read(request)?).await,
        Call::Check => {
            let CheckLink { token } = read(request)?;
            let ActiveLink { expires_at, .. } = check(application, platform, token.expose()).await.map_err(refused)?;
            Ok(answer(&LinkState { expires_at: expires_at.rfc3339() }))
        }
        Call::Confirm => confirm_reset(application, platform, caller, read(request)?).await,
        Call::Change => {
            let ChangePassword { old, new } = read(request)?;
            replace(application, platform, caller, request, &old, &new).await?;
            Ok(answer(&Message { message: PASSWORD_CHANGED.to_owned() }))
        }
        Call::Rules => Ok(answer(&application.passwords)),
        Call::Health => match platform.directory().check_configuration().await {
            Ok(false) => Err(Code::Misconfigured.into()),
            // A server that is down is not configuration.
            Ok(true) | Err(Outage) => Ok(answer(&Health { status: "ok".to_owned() })),
        },
        Call::Dialect(dialogue) => dialogue.answer(application, platform, caller, request).await,
    }
}

async fn request_reset<P: Platform>(
    application: &Application,
    platform: &P,
    caller: &ClientInfo,
    body: RequestReset,
) -> Result<Response<Vec<u8>>, Problem> {
    let RequestReset { identifier, username, email, locale } = body;
    let mut given = [("identifier", identifier), ("username", username), ("email", email)]
        .into_iter()
        .filter_map(|(field, value)| value.map(|value| (field, value)));
    let (Some((field, typed)), None) = (given.next(), given.next()) else {
        return Err(invalid("Give exactly one of `identifier`, `username` and `email`."));
    };
    if locale.is_some_and(|locale| !is_language_tag(&locale)) {
        return Err(invalid("`locale` is not a language tag such as `en` or `pt-BR`."));
    }
    ask(application, platform, caller, field, &typed).await?;
    Ok(answer(&Message { message: REQUEST_ACCEPTED.to_owned() }))
}

/// Takes a request for a mail to whoever was named in this field.
pub(super) async fn ask<P: Platform>(
    application: &Application,
    platform: &P,
    caller: &ClientInfo,
    field: &str,
    typed: &str,
) -> Result<(), Problem> {
    let identifier = Identifier::parse(typed).map_err(|why| invalid(&format!("`{field}` cannot be used: {why}.")))?;
    match submit(application, platform, identifier, caller).await {
        Ok(Submitted::Accepted) => Ok(()),
        Ok(Submitted::TooMany) => Err(refused(Code::TooManyRequests)),
        Err(Outage) => Err(refused(Code::Unavailable)),
    }
}

async fn confirm_reset<P: Platform>(
    application: &Application,
    platform: &P,
    caller: &ClientInfo,
    body: ConfirmReset,
) -> Result<Response<Vec<u8>>, Problem> {
    let password: Password = match (body.password, body.plain_password) {
        (Some(password), None) => password,
        (None, Some(typed)) if typed.first.expose() == typed.second.expose() => typed.first,
        (None, Some(_)) => return Err(Problem::new(Code::PasswordRejected).reasons(vec![Reason::Mismatch])),
        _ => return Err(invalid("Give exactly one of `password` and `plainPassword`.")),
    };
    set(application, platform, caller, body.token.expose(), &password).await?;
    Ok(answer(&Message { message: PASSWORD_CHANGED.to_owned() }))
}

/// Sets the password by a link.
pub(super) async fn set<P: Platform>(
    application: &Application,
    platform: &P,
    caller: &ClientInfo,
    token: Option<&str>,
    password: &Password,
) -> Result<(), Problem> {
    changed(confirm(application, platform, token, password, caller).await)
}

/// Sets the password of whoever is signed in.
pub(super) async fn replace<P: Platform>(
    application: &Application,
    platform: &P,
    caller: &ClientInfo,
    request: &Request<Vec<u8>>,
    old: &Password,
    new: &Password,
) -> Result<(), Problem> {
    let session = session::of(application, request.headers())?;
    changed(change(application, platform, session.as_ref(), old, new, caller).await)
}

/// What became of a password, as an answer tells it.
fn changed(outcome: Result<(), ConfirmError>) -> Result<(), Problem> {
    match outcome {
        Ok(()) => Ok(()),
        Err(ConfirmError::Password(reasons)) => Err(Problem::new(Code::PasswordRejected).reasons(reasons)),
        Err(ConfirmError::Call(code)) => Err(refused(code)),
    }
}

fn is_language_tag(locale: &str) -> bool {
    (2..=LONGEST_LOCALE).contains(&locale.len())
        && locale
            .split('-')
            .all(|part| (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// Leaves a log line of what an operator would want to see: attempts to get around something (OWASP ASVS 16.3.3).
fn note<P: Platform>(application: &Application, platform: &P, caller: &ClientInfo, code: Code) {
    let worth_it = matches!(
        code,
        Code::NotSignedIn
            | Code::OldPasswordWrong
            | Code::LinkInvalid
            | Code::LinkExpired
            | Code::LinkUsed
            | Code::OriginNotAllowed
            | Code::KeyInvalid
            | Code::KeyOutOfScope
            | Code::PasswordRejected
            | Code::TooManyRequests
            | Code::Unavailable
    );
    if worth_it {
        platform.events().log(&Event {
            id: String::new(),
            at: platform.clock().now(),
            action: Action::CallRefused,
            application: application.id.clone(),
            account: None,
            address: caller.address_text(),
            detail: Some(code.as_str().to_owned()),
        });
    }
}
