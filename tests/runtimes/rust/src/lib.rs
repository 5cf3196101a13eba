//! The Rust client in a JavaScript host. `rust-client.mjs` gives it the interface of the npm
//! package, so that both have the same tests.

#![cfg(target_arch = "wasm32")]

use std::time::Duration;

use relatch::{
    Client, Error, LinkToken, Message, ParseLinkError, Password, PasswordRules, RefusalCode,
    ResetRequest, SessionToken,
};
use serde_json::{Value, json};
use wasm_bindgen::prelude::wasm_bindgen;

/// Makes the call that a JSON object describes. Returns `{ result }` or `{ error }` as JSON.
#[wasm_bindgen]
pub async fn call(input: String) -> String {
    let input: Value = serde_json::from_str(&input).unwrap_or_default();
    let outcome = match require_send(make_call(&input)).await {
        Ok(result) => json!({ "result": result }),
        Err(error) => json!({ "error": error }),
    };
    outcome.to_string()
}

/// Returns the reasons against a password, as JSON.
#[must_use]
#[wasm_bindgen]
pub fn reasons(rules: &str, password: &str, personal_terms: &str) -> String {
    let rules: PasswordRules = serde_json::from_str(rules).unwrap_or_default();
    let terms: Vec<&str> = serde_json::from_str(personal_terms).unwrap_or_default();
    let reasons = rules.reasons_against(password, &terms);
    json!(reasons.iter().map(|reason| reason.as_str()).collect::<Vec<_>>()).to_string()
}

/// Finds the link in a URL. Returns `{ result }` or `{ error }` as JSON.
#[must_use]
#[wasm_bindgen(js_name = readLink)]
pub fn read_link(url: &str) -> String {
    let outcome = match LinkToken::from_url(url) {
        Ok(token) => {
            json!({ "result": { "token": token.expose(), "expires": token.expires_at() } })
        }
        Err(error) => json!({ "error": link_error(error) }),
    };
    outcome.to_string()
}

/// Compiles only if the future is `Send`, as programs need that also run natively.
fn require_send<F: Future + Send>(future: F) -> F {
    future
}

async fn make_call(input: &Value) -> Result<Value, Value> {
    let optional = |name: &str| input.get(name).and_then(Value::as_str);
    let text = |name: &str| optional(name).unwrap_or_default();
    let mut builder = Client::builder(text("baseUrl"));
    if let Some(id) = optional("application") {
        builder = builder.application(id);
    }
    if let Some(milliseconds) = input.get("timeout").and_then(Value::as_u64) {
        builder = builder.timeout(Duration::from_millis(milliseconds));
    }
    let client = builder.build().map_err(
        |error| json!({ "code": "options_invalid", "message": error.to_string(), "reasons": [] }),
    )?;
    let to_json = |done: Message| json!({ "message": done.message });
    let token = || LinkToken::from_pasted(text("token")).map_err(link_error);
    let password = Password::from(text("password"));
    let result = match text("call") {
        "request" => {
            let mut request = ResetRequest::new(text("identifier"));
            if let Some(locale) = optional("locale") {
                request = request.locale(locale);
            }
            client.request(request).await.map(to_json)
        }
        "check" => {
            let state = client.check(&token()?).await;
            state.map(|state| json!({ "expires_at": state.expires_at }))
        }
        "confirm" => client.confirm(&token()?, &password).await.map(to_json),
        "change" => {
            let session = SessionToken::from(text("session"));
            client.change(&session, &Password::from(text("old")), &password).await.map(to_json)
        }
        _ => client.rules().await.map(|rules| json!(rules)),
    };
    result.map_err(|error| properties(&error))
}

/// Returns the properties that the npm package's error has.
fn properties(error: &Error) -> Value {
    let (mut code, mut server_code) = ("unreachable", None);
    let (mut status, mut retry_after) = (None, None);
    let mut reasons = Vec::new();
    match error {
        Error::Refused(refusal) => {
            match &refusal.code {
                RefusalCode::Known(known) => code = known.as_str(),
                RefusalCode::Unknown(name) => (code, server_code) = ("code_unknown", Some(name)),
            }
            status = Some(refusal.status);
            retry_after = refusal.retry_after.map(|wait| wait.as_secs());
            reasons = refusal.reasons.iter().map(|reason| reason.as_str()).collect();
        }
        Error::Protocol(error) => (code, status) = ("answer_invalid", Some(error.status)),
        Error::Transport(error) if error.is_timeout() => code = "timed_out",
        _ => {}
    }
    json!({
        "code": code, "status": status, "reasons": reasons, "retryAfter": retry_after,
        "serverCode": server_code, "message": error.to_string(),
    })
}

fn link_error(error: ParseLinkError) -> Value {
    let code = if error == ParseLinkError::Missing { "link_missing" } else { "link_invalid" };
    json!({ "code": code, "message": error.to_string(), "reasons": [] })
}
