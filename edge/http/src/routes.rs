//! The route table: every path, with its methods, its surface and its handler.

use http::Method;
use relatch::wire::path;
use relatch_domain::application::{Application, Dialect};

use crate::dialects::{cloudcms, flask, rest};
use crate::mail_reports;
use crate::pages::Page;
use crate::server::ServerCall;

const POST: &str = "POST, OPTIONS";
const GET: &str = "GET, HEAD, OPTIONS";
const PAGE: &str = "GET, HEAD, POST, OPTIONS";

/// The well-known URL for changing passwords (W3C), which password managers open.
pub(crate) const CHANGE_PASSWORD: &str = "/.well-known/change-password";
/// The gallery of mails and pages.
const GALLERY: &str = "/password/gallery";

/// One route.
pub(crate) struct Route {
    /// The path. `{application}` matches the application's id, `{value}` one segment that the
    /// handler gets.
    pub(crate) path: &'static str,
    /// The methods, as the header `Allow` lists them.
    pub(crate) methods: &'static str,
    /// The surface that the route belongs to.
    pub(crate) surface: Surface,
    /// The handler of the calls.
    pub(crate) handler: Handler,
}

/// A surface: decides the format of errors, and how calls of web pages are treated.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Surface {
    /// JSON calls; errors are problem documents (RFC 9457).
    Api,
    /// The calls of another system, where the application has switched them on; errors have that
    /// system's format.
    Dialect(Dialect),
    /// The calls of servers, which no web page may make.
    Server,
    /// Hosted pages; errors are pages.
    Page(Page),
    /// The operator's page, where the application has switched it on.
    OperatorPage,
    /// The gallery of mails and pages, where the application has switched it on.
    Gallery,
}

/// The handlers.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    Request,
    Check,
    Confirm,
    Change,
    Rules,
    Health,
    Page(Page),
    ToForgotPage,
    OperatorPage,
    Gallery,
    Server(ServerCall),
    RestPassword,
    FlaskForgot,
    FlaskReset,
    CloudCmsCreate,
    CloudCmsSend,
    CloudCmsCommit,
    MailReports,
}

const fn api(path: &'static str, methods: &'static str, handler: Handler) -> Route {
    Route { path, methods, surface: Surface::Api, handler }
}

const fn page(path: &'static str, page: Page) -> Route {
    Route { path, methods: PAGE, surface: Surface::Page(page), handler: Handler::Page(page) }
}

const fn to_forgot_page(path: &'static str) -> Route {
    let surface = Surface::Page(Page::Forgot);
    Route { path, methods: GET, surface, handler: Handler::ToForgotPage }
}

const fn server(path: &'static str, methods: &'static str, call: ServerCall) -> Route {
    Route { path, methods, surface: Surface::Server, handler: Handler::Server(call) }
}

const fn dialect(
    path: &'static str,
    methods: &'static str,
    dialect: Dialect,
    handler: Handler,
) -> Route {
    Route { path, methods, surface: Surface::Dialect(dialect), handler }
}

const OPERATOR_PAGE: Route = Route {
    path: path::OPERATOR_PAGE,
    methods: PAGE,
    surface: Surface::OperatorPage,
    handler: Handler::OperatorPage,
};

/// Every route. A path is compared byte for byte: it has one spelling.
pub(crate) const ROUTES: &[Route] = &[
    api(path::REQUEST, POST, Handler::Request),
    api(path::CHECK, POST, Handler::Check),
    api(path::CONFIRM, POST, Handler::Confirm),
    api(path::CHANGE, POST, Handler::Change),
    api(path::RULES, GET, Handler::Rules),
    api(path::HEALTH, GET, Handler::Health),
    page(path::FORGOT_PAGE, Page::Forgot),
    page(path::RESET_PAGE, Page::Reset),
    to_forgot_page("/"),
    to_forgot_page(CHANGE_PASSWORD),
    server(path::SERVER_RESET, "POST", ServerCall::Reset),
    server(path::SERVER_INVITE, "POST", ServerCall::Invite),
    server(path::SERVER_STATUS, "GET, HEAD, POST", ServerCall::Status),
    server(path::SERVER_REVOKE, "POST", ServerCall::Revoke),
    server(path::SERVER_EVENTS, "GET, HEAD, POST", ServerCall::Events),
    server(path::SERVER_OUTBOX, "GET, HEAD, POST", ServerCall::Outbox),
    server(path::SERVER_RETRY, "POST", ServerCall::Retry),
    server(path::SERVER_STATS, "GET, HEAD", ServerCall::Stats),
    server(path::SERVER_ERASE, "POST", ServerCall::Erase),
    OPERATOR_PAGE,
    Route {
        path: mail_reports::PATH,
        methods: "POST",
        surface: Surface::Server,
        handler: Handler::MailReports,
    },
    Route { path: GALLERY, methods: GET, surface: Surface::Gallery, handler: Handler::Gallery },
    dialect(rest::PASSWORD, "PUT, OPTIONS", Dialect::Rest, Handler::RestPassword),
    dialect(flask::FORGOT, POST, Dialect::Flask, Handler::FlaskForgot),
    dialect(flask::RESET, POST, Dialect::Flask, Handler::FlaskReset),
    dialect(cloudcms::REQUESTS, POST, Dialect::CloudCms, Handler::CloudCmsCreate),
    dialect(cloudcms::CREATE, POST, Dialect::CloudCms, Handler::CloudCmsCreate),
    dialect(cloudcms::SEND, POST, Dialect::CloudCms, Handler::CloudCmsSend),
    dialect(cloudcms::COMMIT, POST, Dialect::CloudCms, Handler::CloudCmsCommit),
];

impl Route {
    /// Returns the application's route for a path, with the path's `{value}` (empty if the route
    /// has none).
    pub(crate) fn find<'a>(
        application: &Application,
        path: &'a str,
    ) -> Option<(&'static Self, &'a str)> {
        ROUTES
            .iter()
            .filter(|route| route.is_enabled(application))
            .find_map(|route| matched(route.path, path, application).map(|value| (route, value)))
    }

    fn is_enabled(&self, application: &Application) -> bool {
        match self.surface {
            Surface::Dialect(dialect) => application.dialects.contains(&dialect),
            Surface::OperatorPage => application.operator_page,
            Surface::Gallery => application.gallery,
            Surface::Api | Surface::Server | Surface::Page(_) => true,
        }
    }

    /// Returns whether the route does not exist while resets are switched off. The resource of the
    /// dialect `rest` is also that of a signed-in person, so its handler decides.
    pub(crate) const fn needs_resets(&self) -> bool {
        match self.handler {
            Handler::Request
            | Handler::Check
            | Handler::Confirm
            | Handler::Page(_)
            | Handler::ToForgotPage
            | Handler::FlaskForgot
            | Handler::FlaskReset
            | Handler::CloudCmsCreate
            | Handler::CloudCmsSend
            | Handler::CloudCmsCommit => true,
            Handler::Change
            | Handler::Rules
            | Handler::Health
            | Handler::OperatorPage
            | Handler::Gallery
            | Handler::Server(_)
            | Handler::RestPassword
            | Handler::MailReports => false,
        }
    }

    /// Returns whether the route has this method.
    pub(crate) fn allows(&self, method: &Method) -> bool {
        self.methods.split(", ").any(|name| name == method.as_str())
    }
}

/// Matches a path with a pattern, segment by segment. Returns the segment in the place of
/// `{value}`, or an empty one.
fn matched<'a>(pattern: &str, path: &'a str, application: &Application) -> Option<&'a str> {
    if !pattern.contains('{') {
        return (pattern == path).then_some("");
    }
    let (mut pattern, mut path, mut value) = (pattern.split('/'), path.split('/'), "");
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return Some(value),
            (Some("{application}"), Some(id)) if id == application.id.as_str() => {}
            (Some("{value}"), Some(segment)) if !segment.is_empty() => value = segment,
            (Some(expected), Some(segment)) if expected == segment => {}
            _ => return None,
        }
    }
}

/// Returns whether an unknown path looks like a call of the Flask dialect, whatever comes before
/// it: also where the dialect is switched off, or under an unknown application.
pub(crate) fn is_flask_like(path: &str) -> bool {
    path.ends_with(flask::FORGOT) || path.ends_with(flask::RESET)
}

#[cfg(test)]
mod tests {
    use relatch_domain::testing;

    use super::*;

    fn application() -> Application {
        Application {
            dialects: vec![Dialect::Rest, Dialect::Flask, Dialect::CloudCms],
            ..testing::application()
        }
    }

    #[test]
    fn no_two_routes_have_the_same_path() {
        let mut paths: Vec<_> = ROUTES.iter().map(|route| route.path).collect();
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(paths.len(), ROUTES.len());
    }

    #[test]
    fn a_pattern_matches_whole_segments_of_the_own_application() {
        let application = application();
        let value = |path: &'static str| Route::find(&application, path).map(|(_, value)| value);
        assert_eq!(value("/password/rules"), Some(""));
        assert_eq!(value("/pub/applications/default/requests/resetpassword"), Some(""));
        assert_eq!(value("/pub/applications/default/requests/resetpassword/create"), Some(""));
        assert_eq!(value("/pub/applications/default/requests/resetpassword/abc/send"), Some("abc"));
        assert_eq!(
            value("/pub/applications/default/requests/resetpassword/abc/commit"),
            Some("abc")
        );
        for path in [
            "/password/rules/",
            "/Password/rules",
            "/pub/applications/shop/requests/resetpassword",
            "/pub/applications/default/requests/resetpassword/",
            "/pub/applications/default/requests/resetpassword//send",
            "/pub/applications/default/requests/resetpassword/abc/send/",
            "/pub/applications/default/requests/resetpassword/a/b/send",
        ] {
            assert_eq!(value(path), None, "{path}");
        }
    }

    #[test]
    fn a_dialect_has_routes_only_where_it_is_switched_on() {
        let off = testing::application();
        for path in
            [rest::PASSWORD, flask::FORGOT, "/pub/applications/default/requests/resetpassword"]
        {
            assert!(Route::find(&off, path).is_none(), "{path}");
            assert!(Route::find(&application(), path).is_some(), "{path}");
        }
    }
}
