//! Answers a request: finds its route, checks its method and origin, runs the handler, and adds the
//! headers that every response has.

use http::{HeaderName, HeaderValue, Method, Request, Response, header};
use relatch::{Code, Problem};
use relatch_domain::events::Refusal;
use relatch_domain::ports::{Clock as _, Events as _, Platform};
use relatch_domain::service::Service;
use relatch_domain::values::client::ClientInfo;

use crate::context::{Context, Subject};
use crate::cors::{self, Origin};
use crate::decode::{FORM, JSON, supported};
use crate::dialects::{cloudcms, flask, rest};
use crate::pages::Page;
use crate::problem::{Reply, no_content, problem_response, secure};
use crate::routes::{Handler, Route, Surface, is_flask_like};
use crate::{api, gallery, hook, mail_reports, operator_page, pages, server};

/// Answers one request. A body over [`crate::MAX_BODY_BYTES`] may be cut off after one byte more.
pub async fn handle<P: Platform>(
    service: Service<'_, P>,
    caller: &ClientInfo,
    request: Request<Vec<u8>>,
) -> Response<Vec<u8>> {
    let context = Context { service, caller, subject: &Subject::default(), request: &request };
    let route = Route::find(service.application, context.path());
    let Reply { mut response, problem } = match route {
        Some((route, value)) => answer(context, route, value).await,
        None => not_found(context),
    };
    if let (Some((route, _)), Some(code)) = (route, problem) {
        log_rejection(context, route, code);
    }
    if response.extensions().get::<hook::Foreign>().is_none() {
        secure(&mut response);
    }
    if request.method() == Method::HEAD {
        response.body_mut().clear();
    }
    response
}

/// Returns the response to a path without a route, in the error format that its clients know.
pub(crate) fn unknown_path(path: &str) -> Response<Vec<u8>> {
    let problem = Code::NotFound.into();
    if is_flask_like(path) { flask::error_response(&problem) } else { problem_response(&problem) }
}

fn not_found<P>(context: Context<'_, P>) -> Reply {
    let mut response = unknown_path(context.path());
    let origin = cors::origin(context.application(), context.headers());
    cors::allow(context.application(), response.headers_mut(), &origin);
    Reply { response, problem: Some(Code::NotFound) }
}

async fn answer<P: Platform>(context: Context<'_, P>, route: &'static Route, value: &str) -> Reply {
    let origin = cors::origin(context.application(), context.headers());
    let mut reply = match dispatch(context, route, value, &origin).await {
        Ok(reply) => reply,
        Err(problem) => error_reply(context, route, &problem).await,
    };
    let headers = reply.response.headers_mut();
    if reply.problem == Some(Code::MethodNotAllowed) || context.method() == Method::OPTIONS {
        headers.insert(header::ALLOW, HeaderValue::from_static(route.methods));
    }
    if reply.problem == Some(Code::ContentTypeUnsupported) {
        let is_form = matches!(route.surface, Surface::Page(_) | Surface::OperatorPage);
        let (name, value) = supported(context.headers(), if is_form { FORM } else { JSON });
        headers.insert(name, value);
    }
    match route.surface {
        Surface::Api | Surface::Dialect(_) => cors::allow(context.application(), headers, &origin),
        Surface::Server => {
            headers.insert(header::VARY, HeaderValue::from_static("Origin"));
        }
        Surface::Page(_) | Surface::OperatorPage | Surface::Gallery => {
            headers.insert(
                HeaderName::from_static("x-robots-tag"),
                HeaderValue::from_static("noindex"),
            );
        }
    }
    reply
}

async fn dispatch<P: Platform>(
    context: Context<'_, P>,
    route: &'static Route,
    value: &str,
    origin: &Origin,
) -> Result<Reply, Problem> {
    let method = context.method();
    // A preflight is answered, so that a page of another origin learns the status.
    if route.needs_resets() && *method != Method::OPTIONS {
        api::check_switch(context.application())?;
    }
    if !route.allows(method) {
        return Err(Problem::new(Code::MethodNotAllowed).detail(format!("Use {}.", route.methods)));
    }
    let may_be_foreign = match route.surface {
        Surface::Api | Surface::Dialect(_) => matches!(*method, Method::GET | Method::HEAD),
        Surface::Server => false,
        // A form is checked for its origin when it is decoded.
        Surface::Page(_) | Surface::OperatorPage | Surface::Gallery => true,
    };
    if *origin == Origin::Foreign && !may_be_foreign {
        return Err(Code::OriginNotAllowed.into());
    }
    if *method == Method::OPTIONS {
        let mut response = no_content();
        if matches!(route.surface, Surface::Api | Surface::Dialect(_)) {
            cors::preflight(response.headers_mut(), route.methods);
        }
        return Ok(response.into());
    }
    run(context, route.handler, value).await
}

/// Runs a handler.
async fn run<P: Platform>(
    context: Context<'_, P>,
    handler: Handler,
    value: &str,
) -> Result<Reply, Problem> {
    let response = match handler {
        Handler::Request => api::request(context).await,
        Handler::Check => api::check(context).await,
        Handler::Confirm => api::confirm(context).await,
        Handler::Change => api::change(context).await,
        Handler::Rules => api::rules(context),
        Handler::Health => api::health(context).await,
        Handler::Page(page) => return Ok(pages::answer(context, page).await),
        Handler::OperatorPage => return Ok(operator_page::answer(context).await),
        Handler::Gallery => gallery::answer(context).await,
        Handler::ToForgotPage => Ok(Page::Forgot.redirect(context.application())),
        Handler::Server(call) => server::answer(context, call).await,
        Handler::MailReports => return mail_reports::answer(context).await,
        Handler::RestPassword => rest::put(context).await,
        Handler::FlaskForgot => flask::forgot(context).await,
        Handler::FlaskReset => flask::reset(context).await,
        Handler::CloudCmsCreate => cloudcms::create(context).await,
        Handler::CloudCmsSend => cloudcms::send(context, value).await,
        Handler::CloudCmsCommit => cloudcms::commit(context, value).await,
    };
    response.map(Reply::from)
}

/// Returns the reply that reports a problem in the route's error format.
async fn error_reply<P: Platform>(
    context: Context<'_, P>,
    route: &Route,
    problem: &Problem,
) -> Reply {
    let code = problem.code.parse().ok();
    let response = match route.surface {
        Surface::Page(page) => return pages::error_reply(context, page, code).await,
        Surface::OperatorPage => return operator_page::error_reply(context.application(), code),
        Surface::Dialect(relatch_domain::application::Dialect::Flask) => {
            flask::error_response(problem)
        }
        Surface::Api | Surface::Dialect(_) | Surface::Server | Surface::Gallery => {
            problem_response(problem)
        }
    };
    Reply { response, problem: code }
}

/// Logs a rejection that an operator should see: attempts to bypass a check (OWASP ASVS 16.3.3).
fn log_rejection<P: Platform>(context: Context<'_, P>, route: &Route, code: Code) {
    let Service { application, platform } = context.service;
    let is_logged = matches!(
        code,
        Code::NotSignedIn
            | Code::OldPasswordWrong
            | Code::LinkInvalid
            | Code::LinkExpired
            | Code::LinkUsed
            | Code::CaptchaRejected
            | Code::OriginNotAllowed
            | Code::KeyInvalid
            | Code::KeyOutOfScope
            | Code::PasswordRejected
            | Code::TooManyRequests
            | Code::Unavailable
    );
    if is_logged {
        platform.events().log_refusal(&Refusal {
            at: platform.clock().now(),
            application: application.id.clone(),
            call: route.path,
            code: code.as_str(),
            account: context.subject.account.take(),
            link: context.subject.link.take(),
            address: context.address_text(),
        });
    }
}
