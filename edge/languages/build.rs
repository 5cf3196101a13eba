//! Compiles the files of `languages` into `texts.rs`.

#[path = "build/compile.rs"]
#[expect(clippy::arithmetic_side_effects, reason = "it computes with small numbers, at build time")]
mod compile;

use std::error::Error;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=languages");
    println!("cargo::rerun-if-changed=build");
    let mut files = Vec::new();
    for entry in fs::read_dir("languages")? {
        let path = entry?.path();
        let tag = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if path.extension().is_some_and(|extension| extension == "ftl") {
            files.push((tag, fs::read_to_string(&path)?));
        }
    }
    files.sort();
    match compile::compile(&files) {
        Ok(code) => fs::write(Path::new(&env::var("OUT_DIR")?).join("texts.rs"), code)?,
        Err(errors) => {
            for error in errors {
                println!("cargo::error={error}");
            }
        }
    }
    Ok(())
}
