//! Resets a password from the command line:
//!
//! ```text
//! cargo run -- rules
//! cargo run -- request peter@example.com
//! cargo run -- check   'https://…/password/reset?token=…'
//! cargo run -- confirm 'https://…/password/reset?token=…' < file-with-the-new-password
//! ```
//!
//! `RELATCH_URL` is the URL of the service: <http://localhost:8787> by default.

use std::{env, error::Error, io, process::ExitCode};

use relatch::{Client, LinkToken, Password, Reason};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).await {
        Ok(output) => {
            println!("{output}");
            ExitCode::SUCCESS
        }
        // The message says what to do and contains neither a token nor a password.
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let url = env::var("RELATCH_URL").unwrap_or_else(|_| "http://localhost:8787".to_owned());
    let client = Client::new(&url)?;
    match *arguments {
        ["rules"] => {
            let rules = client.rules().await?;
            Ok(format!("A password has {} to {} characters.", rules.min_length, rules.max_length))
        }
        // The answer is the same whether or not the account exists.
        ["request", identifier] => Ok(client.request(identifier).await?.message),
        // Accepts a pasted link, or only its token.
        ["check", link] => {
            let state = client.check(&LinkToken::from_pasted(link)?).await?;
            Ok(format!("The link can be used until {}.", state.expires_at))
        }
        ["confirm", link] => {
            // Read from stdin: other users of the machine can see a program's arguments.
            let mut password = String::new();
            io::stdin().read_line(&mut password)?;
            let password = password.trim_end_matches(['\r', '\n']);
            let reasons = client.rules().await?.reasons_against(password, &[]);
            if !reasons.is_empty() {
                let reasons: Vec<_> = reasons.into_iter().map(Reason::as_str).collect();
                return Err(format!("Choose another password. Reasons: {}.", reasons.join(", ")).into());
            }
            Ok(client.confirm(&LinkToken::from_pasted(link)?, &Password::from(password)).await?.message)
        }
        _ => Err("Usage: cargo run -- rules|request|check|confirm [identifier or link]".into()),
    }
}
