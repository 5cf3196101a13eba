//! Captchas: the services that distinguish people from programs, and what their answers mean.
//!
//! A page shows the widget of a provider, which gives the page a token. The token comes with a
//! request, and the provider says once whether it is valid, and where it was solved.

use secrecy::SecretString;

/// The action that a widget is for, as the provider reports it. A token of another form of the same
/// site has another one.
pub const ACTION: &str = "password_reset";

/// The longest token in bytes. Those of Turnstile have at most 2048, those of others some thousand.
pub const MAX_TOKEN_LENGTH: usize = 8192;

/// A provider: everything in which the providers differ.
#[derive(Debug, PartialEq, Eq)]
pub struct CaptchaProvider {
    /// Its name in the configuration.
    pub name: &'static str,
    /// The script that renders the widget.
    pub script: &'static str,
    /// The class of the element that the script replaces by the widget.
    pub class: &'static str,
    /// The field that the widget adds to its form.
    pub field: &'static str,
    /// The sources of scripts and frames, for the Content-Security-Policy.
    pub sources: &'static str,
    /// Whether the widget loads styles and sends requests to the same sources, too.
    pub loads_more: bool,
    /// The URL that verifies tokens.
    pub verify_url: &'static str,
    /// Whether an answer always has the action of the widget.
    pub reports_action: bool,
    /// Whether a score in an answer means that visitors were not asked: the keys of reCAPTCHA v3,
    /// whose tokens are valid for programs too.
    pub only_scores: bool,
    /// The published secrets for tests, which accept every token of their kind.
    pub test_secrets: &'static [&'static str],
}

/// The providers.
pub static PROVIDERS: [CaptchaProvider; 3] = [
    CaptchaProvider {
        name: "turnstile",
        script: "https://challenges.cloudflare.com/turnstile/v0/api.js",
        class: "cf-turnstile",
        field: "cf-turnstile-response",
        sources: "https://challenges.cloudflare.com",
        loads_more: false,
        verify_url: "https://challenges.cloudflare.com/turnstile/v0/siteverify",
        reports_action: true,
        only_scores: false,
        test_secrets: &[
            "1x0000000000000000000000000000000AA",
            "2x0000000000000000000000000000000AA",
            "3x0000000000000000000000000000000AA",
        ],
    },
    CaptchaProvider {
        name: "hcaptcha",
        script: "https://js.hcaptcha.com/1/api.js",
        class: "h-captcha",
        field: "h-captcha-response",
        sources: "https://hcaptcha.com https://*.hcaptcha.com",
        loads_more: true,
        verify_url: "https://api.hcaptcha.com/siteverify",
        reports_action: false,
        only_scores: false,
        test_secrets: &["0x0000000000000000000000000000000000000000"],
    },
    CaptchaProvider {
        name: "recaptcha",
        script: "https://www.google.com/recaptcha/api.js",
        class: "g-recaptcha",
        field: "g-recaptcha-response",
        sources: "https://www.google.com/recaptcha/ https://www.gstatic.com/recaptcha/ \
            https://recaptcha.google.com/recaptcha/",
        loads_more: false,
        verify_url: "https://www.google.com/recaptcha/api/siteverify",
        reports_action: false,
        only_scores: true,
        test_secrets: &["6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe"],
    },
];

/// The captcha of an application. Its secret does not print.
#[derive(Debug)]
pub struct Captcha {
    /// The provider.
    pub provider: &'static CaptchaProvider,
    /// The key of the widget, which is public.
    pub site_key: String,
    /// The secret for [`Self::verify_url`].
    pub secret: SecretString,
    /// The URL that verifies tokens.
    pub verify_url: String,
    /// The hosts whose pages may show the widget: those of the application's origins.
    pub hosts: Vec<String>,
    /// Whether the secret is one of [`CaptchaProvider::test_secrets`], whose answers have the host
    /// and the action of an example.
    pub is_test: bool,
}

/// The answer of a provider about a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaptchaAnswer {
    /// Whether the token is valid. The provider says so once.
    pub success: bool,
    /// The host of the page on which the widget was solved.
    pub hostname: Option<String>,
    /// The action of that widget.
    pub action: Option<String>,
    /// Whether the answer has a score.
    pub is_scored: bool,
    /// Why the token is not valid, as codes of the provider.
    pub errors: Vec<String>,
}

/// The consequence of an answer for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptchaVerdict {
    /// A person has solved the captcha for this form of this application.
    Passed,
    /// The token is invalid, was used, has expired, or is of another host or action.
    Refused,
    /// The provider does not verify tokens for this configuration, or has an outage.
    Unavailable,
}

/// The codes of errors that are not about the token: a wrong or revoked secret, one that does not
/// belong to the site key, a call that the provider does not accept, and an outage.
const NOT_THE_TOKEN: [&str; 8] = [
    "missing-input-secret",
    "invalid-input-secret",
    "invalid-keys",
    "invalid-sitekey",
    "sitekey-secret-mismatch",
    "not-using-dummy-passcode",
    "bad-request",
    "internal-error",
];

impl Captcha {
    /// Returns what an answer means.
    #[must_use]
    pub fn judge(&self, answer: &CaptchaAnswer) -> CaptchaVerdict {
        if !answer.success {
            let is_ours = answer.errors.iter().any(|code| NOT_THE_TOKEN.contains(&code.as_str()));
            return if is_ours { CaptchaVerdict::Unavailable } else { CaptchaVerdict::Refused };
        }
        if self.provider.only_scores && answer.is_scored {
            return CaptchaVerdict::Unavailable;
        }
        let is_allowed =
            |host: &String| self.hosts.iter().any(|own| own.eq_ignore_ascii_case(host));
        let is_own_host = answer.hostname.as_ref().is_some_and(is_allowed);
        let is_own_action = match answer.action.as_deref() {
            None | Some("") => !self.provider.reports_action,
            Some(action) => action == ACTION,
        };
        if self.is_test || is_own_host && is_own_action {
            CaptchaVerdict::Passed
        } else {
            CaptchaVerdict::Refused
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captcha(provider: usize) -> Captcha {
        let provider = &PROVIDERS[provider];
        Captcha {
            provider,
            site_key: "a-site-key".to_owned(),
            secret: "the-secret".into(),
            verify_url: provider.verify_url.to_owned(),
            hosts: vec!["accounts.example.com".to_owned(), "app.example.com".to_owned()],
            is_test: false,
        }
    }

    fn solved(hostname: Option<&str>, action: Option<&str>) -> CaptchaAnswer {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        CaptchaAnswer {
            success: true,
            hostname: owned(hostname),
            action: owned(action),
            is_scored: false,
            errors: Vec::new(),
        }
    }

    #[test]
    fn a_score_is_no_captcha_with_recaptcha() {
        for (provider, verdict) in [(1, CaptchaVerdict::Passed), (2, CaptchaVerdict::Unavailable)] {
            let scored =
                CaptchaAnswer { is_scored: true, ..solved(Some("app.example.com"), Some(ACTION)) };
            assert_eq!(captcha(provider).judge(&scored), verdict);
        }
    }

    #[test]
    fn a_token_of_another_host_or_action_is_refused() {
        let own = Some("app.example.com");
        for (provider, hostname, action, verdict) in [
            (0, own, Some(ACTION), CaptchaVerdict::Passed),
            (0, Some("Accounts.Example.com"), Some(ACTION), CaptchaVerdict::Passed),
            (0, Some("example.com"), Some(ACTION), CaptchaVerdict::Refused),
            (0, Some("app.example.com.evil.example"), Some(ACTION), CaptchaVerdict::Refused),
            (0, None, Some(ACTION), CaptchaVerdict::Refused),
            (0, own, Some("login"), CaptchaVerdict::Refused),
            (0, own, Some(""), CaptchaVerdict::Refused),
            (0, own, None, CaptchaVerdict::Refused),
            (1, own, None, CaptchaVerdict::Passed),
            (1, Some("evil.example"), None, CaptchaVerdict::Refused),
            (2, own, None, CaptchaVerdict::Passed),
            (2, own, Some("login"), CaptchaVerdict::Refused),
            (2, None, None, CaptchaVerdict::Refused),
        ] {
            let captcha = captcha(provider);
            let context = format!("{} {hostname:?} {action:?}", captcha.provider.name);
            assert_eq!(captcha.judge(&solved(hostname, action)), verdict, "{context}");
        }
    }

    #[test]
    fn an_error_about_the_secret_or_the_provider_is_an_outage() {
        let answer = |codes: &[&str]| CaptchaAnswer {
            errors: codes.iter().map(|&code| code.to_owned()).collect(),
            ..solved(Some("app.example.com"), Some(ACTION))
        };
        let failed =
            |codes: &[&str]| captcha(0).judge(&CaptchaAnswer { success: false, ..answer(codes) });
        for code in [
            "invalid-input-response",
            "timeout-or-duplicate",
            "expired-input-response",
            "already-seen-response",
            "invalid-or-already-seen-response",
            "a-code-of-a-later-version",
        ] {
            assert_eq!(failed(&[code]), CaptchaVerdict::Refused, "{code}");
        }
        assert_eq!(failed(&[]), CaptchaVerdict::Refused);
        for code in ["invalid-input-secret", "missing-input-secret", "internal-error"] {
            assert_eq!(failed(&["bad", code]), CaptchaVerdict::Unavailable, "{code}");
        }
    }

    #[test]
    fn only_a_published_secret_for_tests_accepts_the_host_of_an_example() {
        let test = Captcha { is_test: true, ..captcha(0) };
        let example = solved(Some("example.com"), None);
        assert_eq!(test.judge(&example), CaptchaVerdict::Passed);
        let failed = CaptchaAnswer { success: false, ..example };
        assert_eq!(test.judge(&failed), CaptchaVerdict::Refused);
    }

    #[test]
    fn the_secret_does_not_print() {
        assert!(!format!("{:?}", captcha(0)).contains("the-secret"));
    }
}
