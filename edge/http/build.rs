//! Generates a constant for each message of `templates/messages/en.json`, so that an unknown key
//! does not compile.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

const SOURCE: &str = "templates/messages/en.json";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={SOURCE}");
    let messages: BTreeMap<String, String> = serde_json::from_str(&fs::read_to_string(SOURCE)?)?;
    let mut constants = String::new();
    for (key, message) in messages {
        let name = key.replace('.', "_").to_uppercase();
        writeln!(
            constants,
            "/// The message `{key}`.\npub(crate) const {name}: &str = {message:?};"
        )?;
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("messages.rs"), constants)?;
    Ok(())
}
