//! The behaviour that all calls share: CORS, security headers, and the calls that need no account.

use relatch_tests::flow;
use relatch_tests::trials::Flow;
use relatch_tests::world::{World, request};
use serde_json::json;

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("the password rules and the health are public", flow!(rules_and_health)),
        ("pages of allowed origins can call, and no others", flow!(cors)),
        ("every response has the security headers", flow!(security_headers)),
    ]
}

async fn rules_and_health(world: &World) {
    let rules = world.send(request("GET", "/password/rules", "")).await;
    let expected = json!({ "min_length": 15, "max_length": 128, "application_name": "Example" });
    assert_eq!((rules.status, rules.json()), (200, expected));
    let health = world.send(request("GET", "/healthz", "")).await;
    assert_eq!((health.status, health.json()), (200, json!({ "status": "ok" })));
    let head = world.send(request("HEAD", "/healthz", "")).await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

async fn cors(world: &World) {
    let from = |origin: &str, method: &str| {
        let mut request = request(method, "/password/reset/request", r#"{"username": "unknown"}"#);
        request.headers_mut().insert("origin", origin.parse().unwrap());
        request
    };
    let preflight = world.send(from("https://app.example.com", "OPTIONS")).await;
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-methods"), Some("POST, OPTIONS"));
    let listed = preflight.header("access-control-allow-headers").unwrap_or_default();
    let listed: Vec<&str> = listed.split(", ").collect();
    for header in ["Content-Type", "traceparent", "tracestate", "baggage", "sentry-trace"] {
        assert!(listed.contains(&header), "{header}: {listed:?}");
    }
    let mut monitored = from("https://app.example.com", "POST");
    for header in ["traceparent", "baggage"] {
        monitored.headers_mut().insert(header, "x".parse().unwrap());
    }
    assert_eq!(world.send(monitored).await.status, 200);
    let allowed = world.send(from("https://app.example.com", "POST")).await;
    assert_eq!(allowed.status, 200);
    assert_eq!(allowed.header("access-control-allow-origin"), Some("https://app.example.com"));
    assert_eq!(allowed.header("access-control-allow-credentials"), None);
    for origin in [
        "https://evil.example",
        "https://app.example.com.evil.example",
        "http://app.example.com",
        "null",
    ] {
        for method in ["POST", "OPTIONS"] {
            let refused = world.send(from(origin, method)).await;
            assert_eq!(
                (refused.status, refused.code().as_str()),
                (403, "origin_not_allowed"),
                "{origin}"
            );
            assert_eq!(refused.header("access-control-allow-origin"), None);
        }
    }
}

async fn security_headers(world: &World) {
    let responses = [
        world.send(request("GET", "/healthz", "")).await,
        world.send(request("GET", "/nowhere", "")).await,
        world.send(request("DELETE", "/password/reset/check", "")).await,
        world.request_reset(json!({ "username": "unknown" })).await,
        world.check("forged").await,
    ];
    for response in &responses {
        assert_eq!(response.header("cache-control"), Some("no-store"), "{response:?}");
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(response.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(response.header("x-frame-options"), Some("DENY"));
        assert!(response.header("strict-transport-security").is_some());
        assert!(
            response
                .header("content-security-policy")
                .is_some_and(|csp| csp.contains("default-src 'none'"))
        );
        assert_eq!(response.header("server"), None);
    }
}
