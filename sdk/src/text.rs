//! Unicode normalisation and case: the host's own in a JavaScript host, a library's elsewhere.

#[cfg(not(target_arch = "wasm32"))]
mod implementation {
    use unicode_normalization::UnicodeNormalization as _;

    pub(super) fn nfc(text: &str) -> String {
        text.nfc().collect()
    }

    pub(super) fn nfkc(text: &str) -> String {
        text.nfkc().collect()
    }

    pub(super) fn lower_case(text: &str) -> String {
        text.to_lowercase()
    }
}

#[cfg(target_arch = "wasm32")]
mod implementation {
    use js_sys::JsString;

    pub(super) fn nfc(text: &str) -> String {
        JsString::from(text).normalize("NFC").into()
    }

    pub(super) fn nfkc(text: &str) -> String {
        JsString::from(text).normalize("NFKC").into()
    }

    pub(super) fn lower_case(text: &str) -> String {
        JsString::from(text).to_lower_case().into()
    }
}

/// Canonical composition (UAX #15). Passwords are normalised by it before they are counted and hashed.
/// Bound the text's length first: the work grows with it.
#[must_use]
pub fn nfc(text: &str) -> String {
    implementation::nfc(text)
}

/// Compatibility composition (UAX #15). Identifiers are compared in it. Bound the text's length first.
#[must_use]
pub fn nfkc(text: &str) -> String {
    implementation::nfkc(text)
}

/// What two texts have in common when they differ in case and in compatibility forms only: NFKC, then lower case,
/// then NFKC again, for lower-casing may undo composition.
#[must_use]
pub fn folded(text: &str) -> String {
    nfkc(&implementation::lower_case(&nfkc(text)))
}
