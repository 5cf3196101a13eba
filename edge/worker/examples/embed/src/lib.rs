//! A Worker that answers `/` itself, and mounts Relatch under `/auth`.
#![cfg(target_arch = "wasm32")]

use relatch_worker::embed::{Binding, Relatch};
use worker::{Context, Env, Request, Response, Result, event};

/// Returns the service with its options. They are the same in every request and every object.
fn relatch(env: &Env) -> Relatch {
    let relatch = Relatch::new()
        .base_path("/auth")
        .binding(Binding::Database, "AUTH_DB")
        .events_table("relatch_events");
    match env.var("APP_URL") {
        Ok(url) => relatch.variable("PUBLIC_URL", url.to_string()),
        Err(_) => relatch,
    }
}

relatch_worker::durable_objects!(relatch);

/// Answers a request.
#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    let path = request.path();
    if path == "/auth" || path.starts_with("/auth/") || path == "/.well-known/change-password" {
        return relatch(&env).fetch(&request, &env, &context).await;
    }
    match path.as_str() {
        "/" => Response::ok("The application"),
        _ => Response::error("Not found", 404),
    }
}
