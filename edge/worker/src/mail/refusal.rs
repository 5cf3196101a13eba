//! What Cloudflare refuses a mail with, sorted: which refusals end a mail, and which are tried again.
//!
//! The codes are those of <https://developers.cloudflare.com/email-service/api/send-emails/workers-api/#error-codes>.
//! As with a mail server, only what is about this very mail ends it. What is about us, such as a sender that is not
//! verified yet, is for an operator to put right while attempts go on; and so is what nobody has heard of yet.

use relatch_domain::ports::MailError;

const REFUSALS: &[(&str, MailError)] = &[
    ("E_RECIPIENT_SUPPRESSED", MailError::permanent("recipient_suppressed")),
    ("E_RECIPIENT_NOT_ALLOWED", MailError::transient("recipient_not_allowed")),
    ("E_SENDER_NOT_VERIFIED", MailError::transient("sender_rejected")),
    ("E_SENDER_DOMAIN_NOT_AVAILABLE", MailError::transient("sender_rejected")),
    ("E_RATE_LIMIT_EXCEEDED", MailError::transient("rate_limited")),
    ("E_DAILY_LIMIT_EXCEEDED", MailError::transient("daily_limit")),
    ("E_DELIVERY_FAILED", MailError::transient("delivery_failed")),
    ("E_INTERNAL_SERVER_ERROR", MailError::transient("provider_failed")),
];

/// Of the payload: the same bytes would be refused again.
const ABOUT_THE_MESSAGE: [&str; 5] =
    ["E_VALIDATION_ERROR", "E_FIELD_MISSING", "E_TOO_MANY_RECIPIENTS", "E_CONTENT_TOO_LARGE", "E_HEADER"];

/// What a refusal with this code means. An error without a code is one that is not known.
#[must_use]
pub fn refusal(code: Option<&str>) -> MailError {
    let code = code.unwrap_or_default();
    let known = REFUSALS.iter().find(|(name, _)| *name == code).map(|(_, fault)| *fault);
    known.unwrap_or_else(|| {
        // E_HEADER_NOT_ALLOWED, E_HEADERS_TOO_LARGE and five more.
        if ABOUT_THE_MESSAGE.iter().any(|name| code.starts_with(name)) {
            MailError::permanent("message_rejected")
        } else {
            MailError::transient("provider_refused")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_refusal_is_sorted() {
        assert_eq!(refusal(Some("E_RECIPIENT_SUPPRESSED")), MailError::permanent("recipient_suppressed"));
        for code in [
            "E_VALIDATION_ERROR",
            "E_FIELD_MISSING",
            "E_TOO_MANY_RECIPIENTS",
            "E_CONTENT_TOO_LARGE",
            "E_HEADER_NOT_ALLOWED",
            "E_HEADER_USE_API_FIELD",
            "E_HEADER_VALUE_INVALID",
            "E_HEADER_VALUE_TOO_LONG",
            "E_HEADER_NAME_INVALID",
            "E_HEADERS_TOO_LARGE",
            "E_HEADERS_TOO_MANY",
        ] {
            assert_eq!(refusal(Some(code)), MailError::permanent("message_rejected"), "{code}");
        }
        for (code, told) in [
            ("E_SENDER_NOT_VERIFIED", "sender_rejected"),
            ("E_SENDER_DOMAIN_NOT_AVAILABLE", "sender_rejected"),
            ("E_RECIPIENT_NOT_ALLOWED", "recipient_not_allowed"),
            ("E_RATE_LIMIT_EXCEEDED", "rate_limited"),
            ("E_DAILY_LIMIT_EXCEEDED", "daily_limit"),
            ("E_DELIVERY_FAILED", "delivery_failed"),
            ("E_INTERNAL_SERVER_ERROR", "provider_failed"),
        ] {
            assert_eq!(refusal(Some(code)), MailError::transient(told), "{code}");
        }
    }

    #[test]
    fn what_nobody_has_heard_of_is_tried_again() {
        for code in [None, Some(""), Some("E_"), Some("E_SOMETHING_NEW"), Some("e_validation_error")] {
            assert_eq!(refusal(code), MailError::transient("provider_refused"), "{code:?}");
        }
    }
}
