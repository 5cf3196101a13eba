//! A Worker with its own form that requests reset mails:
//!
//! ```text
//! curl http://localhost:8788/rules
//! curl http://localhost:8788/forgot -d identifier=peter
//! ```
//!
//! `RELATCH_URL` in `wrangler.toml` is the URL of the service.

#![cfg(target_arch = "wasm32")]

use relatch::{Client, Error};
use serde_json::{Value, json};
use worker::{Context, Env, FormEntry, Method, Request, Response, event};

#[event(fetch)]
async fn fetch(mut request: Request, env: Env, _: Context) -> worker::Result<Response> {
    let url = env.var("RELATCH_URL")?.to_string();
    let client = Client::new(&url).map_err(|error| error.to_string())?;
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
