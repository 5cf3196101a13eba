//! The SDK for JavaScript, as plain functions: what a call sends, what its answer says, the password rules, what is in a
//! link. Each is one call of the crate `relatch`. The npm package sends and waits in between, with its host's `fetch`, and
//! has the classes that people use.
//!
//! Nothing is kept between two calls, so nothing has to be freed. Only texts and numbers cross, and a list is one text with a
//! line for each item: what a function is given it asks for by name (host.rs), as each parameter would be code on both sides.
//! And there is no standard library, whose panics would bring all of its formatting along. For a page downloads this.

#![cfg(target_arch = "wasm32")]
#![no_std]

extern crate alloc;

mod call;
mod failure;
mod host;

use alloc::{string::String, vec::Vec};

use relatch::{
    LinkToken, PasswordRules,
    text::{decimal, pieces},
    without_token,
};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::{
    failure::{lines, link},
    host::{given, given_number, is_line_end},
};

#[global_allocator]
static MEMORY: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// Nothing here panics, as lints see to.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// The address of a call, of the options given. All else that it sends is told to the package.
#[wasm_bindgen]
#[must_use]
pub fn send() -> Option<String> {
    call::run(false).ok()
}

/// Whether the answer is the result of the call given. If not, the package is told why, and when to try again.
#[wasm_bindgen]
pub fn read() {
    // What is wrong with the call itself was told.
    let _ = call::run(true);
}

/// The names of the reasons against the `password` given, by the rules given.
#[wasm_bindgen]
pub fn reasons() -> String {
    let own_words = given("ownWords");
    let own_words: Vec<&str> = pieces(&own_words, is_line_end).collect();
    let rules = PasswordRules {
        min_length: given_number("minLength").unwrap_or_default(),
        max_length: given_number("maxLength").unwrap_or_default(),
        max_bytes: given_number("maxBytes"),
    };
    lines(&rules.reasons_against(&given("password"), &own_words))
}

/// The token in the `url` given, and when the link ends, in seconds since 1970.
#[wasm_bindgen(js_name = readLink)]
pub fn read_link() -> Option<String> {
    let token = LinkToken::from_url(&given("url")).map_err(link).ok()?;
    Some([token.expose(), "\n", &decimal(token.expires_at())].concat())
}

/// The `url` given without its token.
#[wasm_bindgen(js_name = withoutToken)]
#[must_use]
pub fn shown() -> String {
    without_token(&given("url"))
}
