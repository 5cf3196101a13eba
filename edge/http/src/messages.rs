//! The sentences that hosted pages share with the custom elements, in English: one constant for
//! each key of `templates/messages/en.json`.

#![expect(dead_code, reason = "some messages are only used by the elements")]

include!(concat!(env!("OUT_DIR"), "/messages.rs"));

/// Replaces a placeholder: `{name}` becomes `value`.
pub(crate) fn fill(message: &str, name: &str, value: &str) -> String {
    message.replace(&["{", name, "}"].concat(), value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_replaced_and_others_stay() {
        assert_eq!(fill("Use {min} to {max}.", "min", "8"), "Use 8 to {max}.");
    }
}
