//! A reset by the client that progenitor generates from docs/openapi-3.0.yaml. Prints what the
//! service says, a line for each call.

mod generated {
    progenitor::generate_api!("../../../docs/openapi-3.0.yaml");
}

use futures_util::TryStreamExt as _;
use generated::{ByteStream, Client, Error, types};
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

/// Returns the body of a problem.
async fn problem(error: Error<ByteStream>) -> Result<Value, Failure> {
    let Error::ErrorResponse(response) = error else { return Err(error.to_string().into()) };
    let chunks: Vec<bytes::Bytes> = response.into_inner().into_inner().try_collect().await?;
    Ok(serde_json::from_slice(&chunks.concat())?)
}

async fn request(client: &Client, email: &str) -> Result<(), Failure> {
    let body: types::RequestReset = serde_json::from_value(json!({ "email": email }))?;
    println!("{}", client.request_reset(None, None, &body).await?.into_inner().message);
    Ok(())
}

async fn reset(client: &Client, token: &str, password: &str) -> Result<(), Failure> {
    println!("at least {}", client.password_rules(None).await?.into_inner().min_length);
    let check: types::CheckLink = serde_json::from_value(json!({ "token": token }))?;
    println!("until {}", client.check_link(None, &check).await?.into_inner().expires_at);
    let confirm = |password: &str| {
        serde_json::from_value::<types::ConfirmReset>(json!({ "token": token, "password": password }))
    };
    match client.confirm_reset(None, &confirm("short")?).await {
        Ok(_) => return Err("a short password was accepted".into()),
        Err(error) => println!("{}", problem(error).await?["reasons"]),
    }
    println!("{}", client.confirm_reset(None, &confirm(password)?).await?.into_inner().message);
    match client.check_link(None, &check).await {
        Ok(_) => return Err("a used link was accepted".into()),
        Err(error) => println!("{}", problem(error).await?["code"].as_str().unwrap_or_default()),
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["request", base, email] => request(&Client::new(base), email).await,
        ["reset", base, token, password] => reset(&Client::new(base), token, password).await,
        _ => Err("request BASE EMAIL, or reset BASE TOKEN PASSWORD".into()),
    }
}
