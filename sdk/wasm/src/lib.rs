//! The WebAssembly module of the npm package: what a call sends, what its response means, the
//! password rules, and reset links.
//!
//! Each function calls the crate `relatch`. The package sends and waits, with the `fetch` of its
//! host, and has the public classes.
//!
//! A page downloads this module, so it is kept small:
//!
//! - Only strings and numbers cross the boundary; a list is a string with one item per line. A
//!   function reads its input by name (`host.rs`), because each parameter adds code on both sides.
//! - There is no state between two calls, so nothing has to be freed.
//! - There is no standard library, because its panics include its formatting.

#![cfg(target_arch = "wasm32")]
#![no_std]

extern crate alloc;

mod call;
mod failure;
mod host;

use alloc::{
    string::{String, ToString as _},
    vec::Vec,
};

use relatch::{LinkToken, PasswordRules, internal::JsonObject as _, without_token};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::{
    failure::{join_lines, report_link_error},
    host::{INPUT, string},
};

#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// The lints of the workspace exclude panics.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// Returns the URL of the call in the input. Its body and header are passed to the host. Returns
/// `None` after reporting an error.
#[wasm_bindgen]
#[must_use]
pub fn send() -> Option<String> {
    call::send().ok()
}

/// Checks whether the response is a result of the call in the input. If not, it reports the error
/// and the delay before the next attempt.
#[wasm_bindgen]
pub fn read() {
    // An error is reported already.
    let _ = call::read();
}

/// Returns the reasons against the password in the input, one per line.
#[wasm_bindgen]
#[must_use]
pub fn reasons() -> String {
    let personal_terms = string("personalTerms");
    let personal_terms: Vec<&str> = personal_terms.split('\n').collect();
    let rules = PasswordRules {
        min_length: INPUT.integer("minLength").unwrap_or_default(),
        max_length: INPUT.integer("maxLength").unwrap_or_default(),
        max_bytes: INPUT.integer("maxBytes"),
        application_name: INPUT.string("applicationName"),
    };
    join_lines(&rules.reasons_against(&string("password"), &personal_terms))
}

/// Returns the token in the URL of the input, and on a second line when it expires, in seconds
/// since 1970. Returns `None` after reporting an error.
#[wasm_bindgen(js_name = readLink)]
pub fn read_link() -> Option<String> {
    let token = LinkToken::from_url(&string("url")).map_err(report_link_error).ok()?;
    Some([token.expose(), "\n", &token.expires_at().to_string()].concat())
}

/// Returns the URL of the input without its token.
#[wasm_bindgen(js_name = withoutToken)]
#[must_use]
pub fn strip_token() -> String {
    without_token(&string("url"))
}
