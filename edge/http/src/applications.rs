//! Which application a request is for: the one whose own host it was sent to, or the one that its path begins with; else the
//! default one. Keys of no other application are ever tried on it.

use std::rc::Rc;

use http::{Request, Response, Uri};

use crate::dialects::cloudcms;
use crate::problem::secure;
use crate::router::unknown_path;
use relatch_domain::application::{Application, Applications};
use relatch_domain::values::application_id::DEFAULT_APPLICATION;

/// What stands before the paths of an application that has no host of its own.
const BASE: &str = "/apps/";

/// The application, with what names it taken off the path; nothing if there is none of that name.
#[must_use]
pub fn resolve_application<'a>(
    applications: &'a Applications,
    request: &mut Request<Vec<u8>>,
) -> Option<&'a Rc<Application>> {
    let by_host = request.uri().authority().and_then(|host| applications.of_host(host.as_str()));
    if let Some(rest) = request.uri().path().strip_prefix(cloudcms::BASE) {
        // This dialect names the application in its own way; on another one's host, only that one.
        let application = applications.of_id(rest.split('/').next().unwrap_or_default())?;
        let elsewhere = |host: &Rc<Application>| host.id.as_str() != DEFAULT_APPLICATION && host.id != application.id;
        return (!by_host.is_some_and(elsewhere)).then_some(application);
    }
    let Some(rest) = request.uri().path_and_query().and_then(|path| path.as_str().strip_prefix(BASE)) else {
        return by_host.or_else(|| applications.of_id(DEFAULT_APPLICATION));
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (id, path) = rest.split_at(end);
    let application = applications.of_id(id)?;
    // One that has a host of its own is reached there, and another one not under it.
    if application.base_path.is_empty() && id != DEFAULT_APPLICATION
        || by_host.is_some_and(|host| host.id.as_str() != DEFAULT_APPLICATION)
    {
        return None;
    }
    let path: Uri = path.parse().ok()?;
    *request.uri_mut() = path;
    Some(application)
}

/// The answer to a request for an application that there is none of.
#[must_use]
pub fn unknown_application(path: &str) -> Response<Vec<u8>> {
    let mut response = unknown_path(path);
    secure(&mut response);
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use relatch_domain::testing::application;
    use relatch_domain::values::application_id::ApplicationId;

    /// The application that this address leads to, and the path that is left.
    fn at(address: &str) -> Option<(String, String)> {
        let id = |id| ApplicationId::parse(id).unwrap();
        let shop = Application { id: id("shop"), base_path: "/apps/shop".to_owned(), ..application() };
        let blog = Application { id: id("blog"), own_origin: "https://blog.example.com".to_owned(), ..application() };
        let applications = Applications::new([application(), shop, blog].map(Rc::new).into());
        let mut request = Request::builder().uri(address).body(Vec::new()).unwrap();
        let application = resolve_application(&applications, &mut request)?;
        Some((application.id.as_str().to_owned(), request.uri().path_and_query()?.to_string()))
    }

    #[test]
    fn an_application_is_reached_by_its_own_host_or_under_its_id() {
        for (address, id, path) in [
            ("/healthz", "default", "/healthz"),
            ("https://accounts.example.com/password/reset?token=a", "default", "/password/reset?token=a"),
            ("https://anything.example/healthz", "default", "/healthz"),
            ("https://accounts.example.com/apps/shop/password/reset?token=a", "shop", "/password/reset?token=a"),
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
    fn what_names_no_application_leads_to_none() {
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
        ] {
            assert_eq!(at(address), None, "{address}");
        }
    }
}
