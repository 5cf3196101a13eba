//! Selects the application of a request: by its own host, by `/apps/{id}`, or the default one. The
//! keys of another application are never tried.
//!
//! Where the service is mounted under a path, only requests under that path reach an application,
//! and the well-known URL that password managers open, which is at the root of a host.
//!
//! Pages exist at the hosts of applications only. At any other host, a browser would keep a link in
//! a cookie of that host and refuse the form. All other calls are answered at any host, because
//! every URL that they use is configured.

use std::rc::Rc;

use http::{HeaderValue, Request, Response, Uri, header};

use crate::dialects::cloudcms;
use crate::problem::secure;
use crate::router::unknown_path;
use crate::routes::{CHANGE_PASSWORD, Route, Surface};
use relatch_domain::application::{Application, Applications};
use relatch_domain::values::application_id::DEFAULT_APPLICATION;

/// The path prefix of applications without a host.
const BASE: &str = "/apps/";

/// Returns the application of a request and removes its prefix from the path. Returns `None` for a
/// path outside of the mount, for an unknown application, and for a page at a host of no
/// application.
#[must_use]
pub fn resolve_application<'a>(
    applications: &'a Applications,
    request: &mut Request<Vec<u8>>,
) -> Option<&'a Rc<Application>> {
    let host = request.uri().authority().map(|host| host.as_str().to_owned());
    let by_host = host.as_deref().and_then(|host| applications.of_host(host));
    remove_mount(applications.mount(), request)?;
    let application = by_host_or_path(applications, by_host, request)?;
    let is_page = || {
        let route = Route::find(application, request.uri().path());
        route.is_some_and(|(route, _)| {
            matches!(route.surface, Surface::Page(_) | Surface::OperatorPage | Surface::Gallery)
        })
    };
    // A request without a host does not come over HTTP.
    (host.is_none() || by_host.is_some() || !is_page()).then_some(application)
}

/// Removes the path of the mount. Returns `None` if the request is not under it.
fn remove_mount(mount: &str, request: &mut Request<Vec<u8>>) -> Option<()> {
    if mount.is_empty() || request.uri().path() == CHANGE_PASSWORD {
        return Some(());
    }
    let rest = request.uri().path_and_query()?.as_str().strip_prefix(mount)?;
    let path: Uri = match rest.bytes().next() {
        Some(b'/') => rest.parse().ok()?,
        // The path of the mount itself leads where its root does.
        None | Some(b'?') => format!("/{rest}").parse().ok()?,
        Some(_) => return None,
    };
    *request.uri_mut() = path;
    Some(())
}

fn by_host_or_path<'a>(
    applications: &'a Applications,
    by_host: Option<&'a Rc<Application>>,
    request: &mut Request<Vec<u8>>,
) -> Option<&'a Rc<Application>> {
    if let Some(rest) = request.uri().path().strip_prefix(cloudcms::BASE) {
        // This dialect has the application in its own paths. On the host of another application, it
        // reaches only that one.
        let application = applications.of_id(rest.split('/').next().unwrap_or_default())?;
        let elsewhere = |host: &Rc<Application>| {
            host.id.as_str() != DEFAULT_APPLICATION && host.id != application.id
        };
        return (!by_host.is_some_and(elsewhere)).then_some(application);
    }
    let Some(rest) =
        request.uri().path_and_query().and_then(|path| path.as_str().strip_prefix(BASE))
    else {
        return by_host.or_else(|| applications.of_id(DEFAULT_APPLICATION));
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (id, path) = rest.split_at(end);
    let application = applications.of_id(id)?;
    // An application with its own host is reached only there, and that host reaches no other one.
    if application.has_own_host() && id != DEFAULT_APPLICATION
        || by_host.is_some_and(|host| host.id.as_str() != DEFAULT_APPLICATION)
    {
        return None;
    }
    let path: Uri = path.parse().ok()?;
    *request.uri_mut() = path;
    Some(application)
}

/// Returns the response for an unknown application.
#[must_use]
pub fn unknown_application(path: &str) -> Response<Vec<u8>> {
    let mut response = unknown_path(path);
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Origin"));
    secure(&mut response);
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use relatch_domain::testing::application;
    use relatch_domain::values::application_id::ApplicationId;

    /// Returns the id of the application for a URL, and the remaining path.
    fn at(address: &str) -> Option<(String, String)> {
        let id = |id| ApplicationId::parse(id).unwrap();
        let shop =
            Application { id: id("shop"), base_path: "/apps/shop".to_owned(), ..application() };
        let blog = Application {
            id: id("blog"),
            own_origin: "https://blog.example.com".to_owned(),
            ..application()
        };
        let applications = Applications::new([application(), shop, blog].map(Rc::new).into());
        let mut request = Request::builder().uri(address).body(Vec::new()).unwrap();
        let application = resolve_application(&applications, &mut request)?;
        Some((application.id.as_str().to_owned(), request.uri().path_and_query()?.to_string()))
    }

    #[test]
    fn an_application_is_reached_by_its_own_host_or_under_its_id() {
        for (address, id, path) in [
            ("/healthz", "default", "/healthz"),
            (
                "https://accounts.example.com/password/reset?token=a",
                "default",
                "/password/reset?token=a",
            ),
            ("https://anything.example/healthz", "default", "/healthz"),
            ("https://anything.example/password/reset/check", "default", "/password/reset/check"),
            ("https://anything.example/server/status", "default", "/server/status"),
            ("https://anything.example/apps/shop/password/rules", "shop", "/password/rules"),
            ("/password/forgot", "default", "/password/forgot"),
            ("https://ACCOUNTS.example.com/password/forgot", "default", "/password/forgot"),
            ("https://blog.example.com/password/forgot", "blog", "/password/forgot"),
            (
                "https://accounts.example.com/apps/shop/password/reset?token=a",
                "shop",
                "/password/reset?token=a",
            ),
            ("/apps/default/healthz", "default", "/healthz"),
            ("/pub/applications/shop/requests", "shop", "/pub/applications/shop/requests"),
            ("https://blog.example.com/pub/applications/blog/", "blog", "/pub/applications/blog/"),
            ("https://blog.example.com/healthz", "blog", "/healthz"),
            ("https://BLOG.example.com/healthz", "blog", "/healthz"),
        ] {
            assert_eq!(at(address), Some((id.to_owned(), path.to_owned())), "{address}");
        }
    }

    #[test]
    fn a_mounted_service_is_reached_under_its_path_and_at_the_well_known_url() {
        let mounted = |id: &str, base_path: &str| {
            let id = ApplicationId::parse(id).unwrap();
            let (mount, base_path) = ("/auth".to_owned(), base_path.to_owned());
            Rc::new(Application { id, mount, base_path, ..application() })
        };
        let applications = Applications::new(vec![
            mounted("default", "/auth"),
            mounted("shop", "/auth/apps/shop"),
        ]);
        let at = |path: &str| {
            let url = format!("https://accounts.example.com{path}");
            let mut request = Request::builder().uri(url).body(Vec::new()).unwrap();
            let id = resolve_application(&applications, &mut request)?.id.as_str().to_owned();
            Some((id, request.uri().path_and_query()?.to_string()))
        };
        for (path, id, rest) in [
            ("/auth/password/reset?token=a", "default", "/password/reset?token=a"),
            ("/auth/", "default", "/"),
            ("/auth", "default", "/"),
            ("/auth?x", "default", "/?x"),
            ("/auth//password/forgot", "default", "//password/forgot"),
            ("/auth/apps/shop/healthz", "shop", "/healthz"),
            ("/.well-known/change-password", "default", "/.well-known/change-password"),
            ("/auth/pub/applications/shop/x", "shop", "/pub/applications/shop/x"),
        ] {
            assert_eq!(at(path), Some((id.to_owned(), rest.to_owned())), "{path}");
        }
        for path in [
            "/",
            "/authentic/healthz",
            "/Auth/healthz",
            "/healthz",
            "/password/forgot",
            "/apps/shop/healthz",
            "/apps/shop/auth/healthz",
            "/.well-known/change-password/",
            "/%61uth/healthz",
        ] {
            assert_eq!(at(path), None, "{path}");
        }
    }

    #[test]
    fn the_names_of_loopback_are_one_host_while_the_application_is_there() {
        let local = |id: &str, own_origin: &str| {
            let id = ApplicationId::parse(id).unwrap();
            Rc::new(Application { id, own_origin: own_origin.to_owned(), ..application() })
        };
        let applications = Applications::new(vec![
            local("default", "http://localhost:8787"),
            local("blog", "http://127.0.0.1:8788"),
            local("shop", "https://shop.example.com"),
        ]);
        for (url, id) in [
            ("http://localhost:8787/password/forgot", Some("default")),
            ("http://127.0.0.1:8787/password/forgot", Some("default")),
            ("http://[::1]:8787/password/forgot", Some("default")),
            ("http://relatch.localhost:8787/password/forgot", Some("default")),
            ("http://localhost:9000/password/forgot", Some("default")),
            ("http://localhost:8788/password/forgot", Some("blog")),
            ("http://192.0.2.1:8787/password/forgot", None),
            ("http://localhost.evil.example:8787/password/forgot", None),
            ("https://shop.example.com/password/forgot", Some("shop")),
        ] {
            let mut request = Request::builder().uri(url).body(Vec::new()).unwrap();
            let found = resolve_application(&applications, &mut request);
            assert_eq!(found.map(|application| application.id.as_str()), id, "{url}");
        }
    }

    #[test]
    fn an_unknown_application_is_not_resolved() {
        for address in [
            "/apps/",
            "/pub/applications/nobody/requests/resetpassword",
            "/pub/applications/",
            "https://blog.example.com/pub/applications/shop/requests/resetpassword",
            "/apps/shop",
            "/apps/nobody/healthz",
            "/apps/Shop/healthz",
            "/apps/sh%6fp/healthz",
            "/apps//healthz",
            "/apps/blog/healthz",
            "https://blog.example.com/apps/shop/healthz",
            "https://blog.example.com/apps/default/healthz",
            "https://anything.example/password/forgot",
            "https://anything.example/password/reset?token=a",
            "https://anything.example/apps/shop/password/forgot",
            "https://accounts.example.com:8443/password/forgot",
            "https://accounts.example.com.evil.example/password/forgot",
            "http://localhost/password/forgot",
            "http://127.0.0.1:8787/password/reset",
        ] {
            assert_eq!(at(address), None, "{address}");
        }
    }
}
