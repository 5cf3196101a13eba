//! The OpenAPI documents: every call, generated from the route table, from the types of bodies, and
//! from the table of problem codes.
//!
//! A route without a description does not compile, or fails a test. Nothing here is in the Worker:
//! the feature `openapi` is for tools.

#![expect(clippy::indexing_slicing, reason = "indexing an object inserts or reads null")]

mod operations;
mod responses;
mod schemas;

use serde_json::{Map, Value, json};

use crate::routes::{ROUTES, Route};
use operations::{Operation, SERVER_KEY, SESSION, SESSION_COOKIE};
use responses::Responses;

/// A version of OpenAPI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// OpenAPI 3.1: schemas are JSON Schema 2020-12.
    V31,
    /// OpenAPI 3.0, for generators that do not read 3.1. Where a call has several successful
    /// results, they are one response, because generators of typed clients accept only one.
    V30,
}

/// The description of the whole API.
const DESCRIPTION: &str = "\
Password reset at the edge: the calls of one application.

Paths are relative to `PUBLIC_URL` and to the base path of a mounted service. A further application \
is called under `/apps/{id}`, or at its own host. A path has one spelling, without a trailing slash.

A request body is a JSON object of at most 16 KiB in UTF-8 (a form where the page is one). Unknown \
fields, duplicate fields and values of another type, `null` too, are rejected.

An error is a problem document (RFC 9457), except where an operation says otherwise. Its `code` is \
stable. Any path that is not described here answers 404 `not_found`, and any method that is not \
described answers 405 `method_not_allowed` with the header `Allow`. `HEAD` answers as `GET` without \
a body. `OPTIONS` answers 204 with `Allow`, and to a page of an allowed origin with the headers of \
a CORS preflight response.

Every response has `Cache-Control: no-store`, `Content-Security-Policy`, \
`Cross-Origin-Opener-Policy`, `Cross-Origin-Resource-Policy`, `Permissions-Policy`, \
`Referrer-Policy`, `Strict-Transport-Security`, `X-Content-Type-Options` and `X-Frame-Options`. \
Responses to JSON calls have `Vary: Origin`.

Later versions add calls, fields and codes. They change none.";

/// Returns the document.
#[must_use]
pub fn document(version: Version) -> Value {
    let mut responses = Responses::new(version);
    let mut paths = Map::new();
    for route in ROUTES {
        let mut item = Map::new();
        let mut path = route.path.to_owned();
        for method in described_methods(route) {
            if let Some(operation) = Operation::describe(route, method) {
                path = operation.path(route);
                let rendered = operation.render(route, &mut responses);
                item.insert(method.to_ascii_lowercase(), rendered);
            }
        }
        paths.insert(path, item.into());
    }
    json!({
        "openapi": match version { Version::V31 => "3.1.0", Version::V30 => "3.0.3" },
        "info": {
            "title": "Relatch",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": {
                "name": "Apache-2.0",
                "url": "https://www.apache.org/licenses/LICENSE-2.0",
            },
        },
        "servers": [{
            "url": "{public_url}{base_path}",
            "description": "The service, or one of its applications.",
            "variables": {
                "public_url": {
                    "default": "http://localhost:8787",
                    "description": "`PUBLIC_URL`: an origin. The default is that of `make dev`.",
                },
                "base_path": {
                    "default": "",
                    "description": "The base path, such as `/auth`, and `/apps/{id}` for a further \
                        application.",
                },
            },
        }],
        "tags": operations::TAGS
            .map(|(name, description)| json!({ "name": name, "description": description })),
        "paths": paths,
        "components": {
            "schemas": schemas::components(version),
            "responses": responses.components,
            "headers": responses::headers(),
            "securitySchemes": {
                SERVER_KEY: {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A server key of the application (`APPLICATION_KEYS`). Each \
                        operation names the scope that it needs.",
                },
                SESSION: {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token of a session of the application itself.",
                },
                SESSION_COOKIE: {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "session",
                    "description": "The cookie that `SESSION_COOKIE` names, whose name may differ. \
                        It counts only in a request with an allowed `Origin`.",
                },
            },
        },
    })
}

/// Returns the methods of a route that are described one by one. `HEAD` and `OPTIONS` are the same
/// everywhere.
fn described_methods(route: &Route) -> impl Iterator<Item = &'static str> {
    route.methods.split(", ").filter(|method| !matches!(*method, "HEAD" | "OPTIONS"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use relatch::Code;

    use super::*;

    #[test]
    fn every_method_of_every_route_is_described() {
        let mut ids = BTreeSet::new();
        for route in ROUTES {
            for method in described_methods(route) {
                let operation = Operation::describe(route, method);
                let operation =
                    operation.unwrap_or_else(|| panic!("{method} {} is undescribed", route.path));
                assert!(ids.insert(operation.id), "{} is the id of two operations", operation.id);
            }
        }
    }

    #[test]
    fn every_code_is_in_a_response_or_for_every_path() {
        let described = document(Version::V31).to_string();
        for code in Code::ALL {
            let everywhere = DESCRIPTION.contains(&format!("`{code}`"));
            assert!(everywhere || described.contains(&format!("\"{code}\":{{")), "{code}");
        }
    }

    #[test]
    fn every_reference_leads_to_a_component_and_every_component_is_used() {
        for version in [Version::V30, Version::V31] {
            let document = document(version);
            let text = document.to_string();
            let mut referenced: BTreeSet<&str> = text
                .split("\"$ref\":\"#")
                .skip(1)
                .filter_map(|rest| rest.split_once('"').map(|(pointer, _)| pointer))
                .collect();
            for pointer in &referenced {
                assert!(document.pointer(pointer).is_some(), "{pointer} does not exist");
            }
            for kind in ["schemas", "responses", "headers"] {
                for name in document["components"][kind].as_object().unwrap().keys() {
                    let pointer = format!("/components/{kind}/{name}");
                    assert!(referenced.remove(pointer.as_str()), "{pointer} is unused");
                }
            }
        }
    }

    #[test]
    fn version_3_0_has_one_successful_response_for_each_call_and_no_newer_keywords() {
        let document = document(Version::V30);
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let responses = operation["responses"].as_object().unwrap();
                let successes = responses.keys().filter(|status| status.starts_with('2'));
                assert!(successes.count() <= 1, "{method} {path}");
            }
        }
        let text = document.to_string();
        for keyword in ["\"const\"", "\"null\"", "prefixItems", "$defs"] {
            assert!(!text.contains(keyword), "{keyword}");
        }
    }
}
