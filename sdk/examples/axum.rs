//! A back end with its own form that requests reset mails, over axum:
//!
//! ```text
//! RELATCH_KEY=… cargo run -p relatch --example axum
//! curl http://localhost:3000/rules
//! curl http://localhost:3000/forgot -d identifier=peter
//! ```
//!
//! | variable | meaning |
//! |---|---|
//! | `RELATCH_URL` | URL of the service: <http://localhost:8787> by default |
//! | `RELATCH_KEY` | server key with the scope `request`. With it, each visitor has a limit of requests. Without it, all visitors share that of this server |
//! | `PROXY_HEADER` | header in which your proxy passes the visitor's address, such as `x-real-ip`. Without it, the visitor is the peer of the connection |
//! | `PORT` | 3000 by default |

#![expect(clippy::print_stdout, reason = "the program says where it listens")]

use std::{
    env,
    error::Error,
    net::{IpAddr, SocketAddr},
};

use axum::{
    Form, Json, Router,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use relatch::{Client, Code, Error as CallError, server};
use serde::Deserialize;
use serde_json::json;

/// The state that the handlers share. A client reuses its connections, and so do its clones.
#[derive(Clone)]
struct BackEnd {
    client: Client,
    server: Option<server::Client>,
    proxy_header: Option<String>,
}

impl BackEnd {
    /// Returns the client that calls for the visitor.
    fn client_for(&self, headers: &HeaderMap, peer: SocketAddr) -> Client {
        let address = match &self.proxy_header {
            Some(name) => {
                let value = headers.get(name).and_then(|value| value.to_str().ok());
                value.and_then(|value| value.parse::<IpAddr>().ok())
            }
            None => Some(peer.ip()),
        };
        // In development, the visitor is on this machine and has no public address.
        match (&self.server, address) {
            (Some(server), Some(address)) if !address.is_loopback() => server.for_visitor(address),
            _ => self.client.clone(),
        }
    }
}

#[derive(Deserialize)]
struct Forgot {
    identifier: String,
}

/// The error of a call, as a response of this server.
struct Failure(CallError);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        // Passes on the status of the service. Without a valid response, it is a gateway error.
        let status = match &self.0 {
            CallError::Refused(refusal) => StatusCode::from_u16(refusal.status).ok(),
            _ => None,
        };
        let code = self.0.code().map(Code::as_str);
        let body = Json(json!({ "code": code, "message": self.0.to_string() }));
        (status.unwrap_or(StatusCode::BAD_GATEWAY), body).into_response()
    }
}

async fn rules(State(back_end): State<BackEnd>) -> Result<Response, Failure> {
    Ok(Json(back_end.client.rules().await.map_err(Failure)?).into_response())
}

async fn forgot(
    State(back_end): State<BackEnd>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(Forgot { identifier }): Form<Forgot>,
) -> Result<Response, Failure> {
    let client = back_end.client_for(&headers, peer);
    Ok(Json(client.request(identifier).await.map_err(Failure)?).into_response())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let url = variable("RELATCH_URL").unwrap_or_else(|| "http://localhost:8787".to_owned());
    let client = Client::new(&url)?;
    let server = match variable("RELATCH_KEY") {
        Some(key) => Some(server::Client::with_client(client.clone(), key)?),
        None => None,
    };
    let back_end = BackEnd { client, server, proxy_header: variable("PROXY_HEADER") };
    let routes = Router::new()
        .route("/rules", get(rules))
        .route("/forgot", post(forgot))
        .with_state(back_end)
        .into_make_service_with_connect_info::<SocketAddr>();
    let port = variable("PORT").map_or(Ok(3000), |port| port.parse())?;
    let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], port))).await?;
    println!("Listening on http://{}", listener.local_addr()?);
    axum::serve(listener, routes).await?;
    Ok(())
}
