//! The error codes of the npm package, generated from those of the crate.

use std::fmt::Write as _;
use std::fs::{read_to_string, write};

use libtest_mimic::Trial;
use relatch::Code;
use relatch_tests::process::root;
use relatch_tests::trials::trial;

pub fn trials() -> Vec<Trial> {
    vec![trial("the npm package has a type for every error code of the service", codes)]
}

/// Compares the file with the code, or writes it with `RELATCH_WRITE_CODES=1`.
async fn codes() {
    let mut text = String::from(
        "// The error codes of the service, generated from sdk/src/problem.rs. To update the file, run the\n\
         // tests in tests/tests/tools with RELATCH_WRITE_CODES=1.\n\n\
         /** The HTTP status of each error code. */\n\
         export interface ServiceStatus {\n",
    );
    for code in Code::ALL {
        writeln!(text, "  /** {} */\n  {code}: {};", code.title(), code.status())
            .expect("a text can be written to");
    }
    text.push_str("}\n\n/** The error codes of the service. */\nexport type ServiceCode = keyof ServiceStatus;\n");
    let path = root().join("js/src/codes.ts");
    if std::env::var_os("RELATCH_WRITE_CODES").is_some() {
        write(&path, &text).expect("the file can be written");
    }
    assert_eq!(
        read_to_string(path).expect("the file exists"),
        text,
        "run this with RELATCH_WRITE_CODES=1"
    );
}
