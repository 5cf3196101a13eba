//! The error codes of Cloudflare's `send_email` binding.
//!
//! The codes are documented at
//! <https://developers.cloudflare.com/email-service/api/send-emails/workers-api/#error-codes>.

use relatch_domain::mail::failure::MailFailure;

const CODES: &[(&str, MailFailure)] = &[
    ("E_RECIPIENT_SUPPRESSED", MailFailure::RecipientSuppressed),
    ("E_RECIPIENT_NOT_ALLOWED", MailFailure::RecipientNotAllowed),
    ("E_SENDER_NOT_VERIFIED", MailFailure::SenderRejected),
    ("E_SENDER_DOMAIN_NOT_AVAILABLE", MailFailure::SenderRejected),
    ("E_RATE_LIMIT_EXCEEDED", MailFailure::RateLimited),
    ("E_DAILY_LIMIT_EXCEEDED", MailFailure::DailyLimit),
    ("E_DELIVERY_FAILED", MailFailure::DeliveryFailed),
    ("E_INTERNAL_SERVER_ERROR", MailFailure::ProviderFailed),
];

/// Prefixes of the codes that concern the message, such as `E_HEADER_NOT_ALLOWED` and
/// `E_HEADERS_TOO_LARGE`: every attempt sends the same bytes, so every attempt would be rejected.
const MESSAGE_CODES: [&str; 5] = [
    "E_VALIDATION_ERROR",
    "E_FIELD_MISSING",
    "E_TOO_MANY_RECIPIENTS",
    "E_CONTENT_TOO_LARGE",
    "E_HEADER",
];

/// Returns the failure for an error code. A missing or unknown code is a transient failure.
#[must_use]
pub fn failure(code: Option<&str>) -> MailFailure {
    let code = code.unwrap_or_default();
    if let Some((_, failure)) = CODES.iter().find(|(known, _)| *known == code) {
        *failure
    } else if MESSAGE_CODES.iter().any(|prefix| code.starts_with(prefix)) {
        MailFailure::MessageRejected
    } else {
        MailFailure::ProviderRefused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_documented_code_maps_to_its_failure() {
        for (code, expected) in [
            ("E_RECIPIENT_SUPPRESSED", MailFailure::RecipientSuppressed),
            ("E_SENDER_NOT_VERIFIED", MailFailure::SenderRejected),
            ("E_SENDER_DOMAIN_NOT_AVAILABLE", MailFailure::SenderRejected),
            ("E_RECIPIENT_NOT_ALLOWED", MailFailure::RecipientNotAllowed),
            ("E_RATE_LIMIT_EXCEEDED", MailFailure::RateLimited),
            ("E_DAILY_LIMIT_EXCEEDED", MailFailure::DailyLimit),
            ("E_DELIVERY_FAILED", MailFailure::DeliveryFailed),
            ("E_INTERNAL_SERVER_ERROR", MailFailure::ProviderFailed),
        ] {
            assert_eq!(failure(Some(code)), expected, "{code}");
        }
    }

    #[test]
    fn a_code_that_concerns_the_message_is_a_permanent_failure() {
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
            assert_eq!(failure(Some(code)), MailFailure::MessageRejected, "{code}");
            assert!(!failure(Some(code)).is_transient(), "{code}");
        }
    }

    #[test]
    fn an_unknown_code_is_a_transient_failure() {
        for code in
            [None, Some(""), Some("E_"), Some("E_SOMETHING_NEW"), Some("e_validation_error")]
        {
            assert_eq!(failure(code), MailFailure::ProviderRefused, "{code:?}");
            assert!(failure(code).is_transient(), "{code:?}");
        }
    }
}
