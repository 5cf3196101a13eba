//! A Worker with its own form that requests reset mails:
//!
//! ```text
//! curl http://localhost:8788/rules
//! curl http://localhost:8788/forgot -d identifier=peter
//! ```
//!
//! `RELATCH_URL` in `wrangler.toml` is the URL of the service. `RELATCH_KEY` is a server key with the
//! scope `request`, in production a secret: `npx wrangler secret put RELATCH_KEY`. With it, each
//! visitor has a limit of requests; without it, all visitors share one. `make dev` prints a key, for
//! `npx wrangler dev --port 8788 --var RELATCH_KEY:KEY`.

#![cfg(target_arch = "wasm32")]

use std::net::IpAddr;

use relatch::{BuildError, Client, Error, server};
use serde_json::{Value, json};
use worker::{Context, Env, FormEntry, Method, Request, Response, event};

#[event(fetch)]
async fn fetch(mut request: Request, env: Env, _: Context) -> worker::Result<Response> {
    let url = env.var("RELATCH_URL")?.to_string();
    let key = env.secret("RELATCH_KEY").ok().map(|key| key.to_string());
    let client = client(&url, key, address(&request)?).map_err(|error| error.to_string())?;
    let answer = match (request.method(), request.path().as_str()) {
        (Method::Get, "/rules") => client.rules().await.map(|rules| json!(rules)),
        (Method::Post, "/forgot") => {
            let Some(FormEntry::Field(identifier)) = request.form_data().await?.get("identifier")
            else {
                return Response::error("The field `identifier` is missing", 400);
            };
            // The response is the same whether or not the account exists.
            client.request(identifier).await.map(|sent| json!({ "message": sent.message }))
        }
        _ => return Response::error("Not found", 404),
    };
    match answer {
        Ok(answer) => Response::from_json(&answer),
        Err(error) => Ok(Response::from_json(&description(&error))?.with_status(status(&error))),
    }
}

/// Returns the client that calls for the visitor with this address.
fn client(url: &str, key: Option<String>, visitor: Option<IpAddr>) -> Result<Client, BuildError> {
    match (key, visitor) {
        (Some(key), Some(visitor)) => Ok(server::Client::new(url, key)?.for_visitor(visitor)),
        _ => Client::new(url),
    }
}

/// Returns the visitor's address. In development, the visitor is on this machine and has none.
fn address(request: &Request) -> worker::Result<Option<IpAddr>> {
    let address = request.headers().get("CF-Connecting-IP")?;
    let address = address.and_then(|address| address.parse::<IpAddr>().ok());
    Ok(address.filter(|address| !address.is_loopback()))
}

fn description(error: &Error) -> Value {
    json!({ "code": error.code().map(|code| code.as_str()), "message": error.to_string() })
}

/// Passes on the status of the service. Without a valid response, it is a gateway error.
fn status(error: &Error) -> u16 {
    match error {
        Error::Refused(refusal) => refusal.status,
        _ => 502,
    }
}
