//! The WebAssembly module of the npm package: what a call sends, what its response means, and the
//! password rules.
//!
//! Each function calls the crate `relatch`. The package sends and waits, with the `fetch` of its
//! host, and has the public classes.
//!
//! A page downloads this module, so it is kept small:
//!
//! - Only strings and numbers cross the boundary; a list is a string with one item per line. A
//!   function reads its input by name (`host.rs`) and passes its result to the host, because each
//!   parameter and each returned string adds code on both sides.
//! - A page without WebAssembly runs the same module as JavaScript (`js/tools/build.mjs`), so no
//!   function returns two values: `wasm2js` does not support that.
//! - There is no state between two calls, so nothing has to be freed.
//! - There is no standard library, because its panics include its formatting.

#![cfg(target_arch = "wasm32")]
#![no_std]

extern crate alloc;

mod call;
mod failure;
mod host;

use alloc::vec::Vec;

use relatch::{PasswordRules, internal::JsonObject as _};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::{
    failure::join_lines,
    host::{INPUT, set_result, string},
};

#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// The lints of the workspace exclude panics.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// Passes the URL of the call in the input to the host, with its body and header; or an error.
#[wasm_bindgen]
pub fn send() {
    if let Ok(url) = call::send() {
        set_result(&url);
    }
}

/// Checks whether the response is a result of the call in the input. If not, it reports the error
/// and the delay before the next attempt.
#[wasm_bindgen]
pub fn read() {
    // An error is reported already.
    let _ = call::read();
}

/// Passes the reasons against the password in the input to the host, one per line.
#[wasm_bindgen]
pub fn reasons() {
    let personal_terms = string("personalTerms");
    let personal_terms: Vec<&str> = personal_terms.split('\n').collect();
    let rules = PasswordRules {
        min_length: INPUT.integer("minLength").unwrap_or_default(),
        max_length: INPUT.integer("maxLength").unwrap_or_default(),
        max_bytes: INPUT.integer("maxBytes"),
        application_name: INPUT.string("applicationName"),
    };
    set_result(&join_lines(&rules.reasons_against(&string("password"), &personal_terms)));
}
