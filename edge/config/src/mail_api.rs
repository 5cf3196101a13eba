//! Mail providers with an HTTP API.

use base64ct::{Base64, Encoding as _};
use secrecy::SecretString;

use crate::reader::Reader;
use relatch_domain::values::domain_name::to_ascii;
use relatch_domain::values::origin::{host_and_port, is_loopback, origin_of};

/// The fewest bytes of a signing key of Standard Webhooks.
const MIN_SIGNING_KEY: usize = 24;
/// The fewest characters of a secret in the header `Authorization`.
const MIN_WEBHOOK_SECRET: usize = 32;

/// A provider with an HTTP API, by its name in `MAIL_PROVIDER`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiProvider {
    /// `resend`.
    Resend,
    /// `postmark`.
    Postmark,
    /// `ses`: Amazon SES, version 2 of its API.
    Ses,
    /// `mailgun`.
    Mailgun,
    /// `sendgrid`.
    SendGrid,
    /// `brevo`.
    Brevo,
}

impl ApiProvider {
    /// Every provider.
    pub const ALL: [Self; 6] =
        [Self::Resend, Self::Postmark, Self::Ses, Self::Mailgun, Self::SendGrid, Self::Brevo];

    /// Returns the name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Resend => "resend",
            Self::Postmark => "postmark",
            Self::Ses => "ses",
            Self::Mailgun => "mailgun",
            Self::SendGrid => "sendgrid",
            Self::Brevo => "brevo",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.as_str() == name)
    }

    /// Returns whether only the settings of the account decide if opens and clicks are tracked. No
    /// call of these APIs can turn tracking off.
    #[must_use]
    pub const fn tracks_by_account(self) -> bool {
        matches!(self, Self::Resend | Self::Ses | Self::Brevo)
    }
}

/// The account with a provider.
#[derive(Clone, Debug)]
pub struct MailApi {
    /// The provider.
    pub provider: ApiProvider,
    /// `MAIL_API_KEY`. That of Amazon is the id of an access key, a colon and its secret.
    pub key: SecretString,
    /// `MAIL_REGION`.
    pub region: String,
    /// `MAIL_DOMAIN`, or `None` for the domain of `MAIL_FROM`.
    pub domain: Option<String>,
    /// `MAIL_ENDPOINT`: an origin on loopback that replaces that of the provider.
    pub endpoint: Option<String>,
    /// `MAIL_WEBHOOK_SECRET`: authenticates the reports of bounces. Without it, no report is accepted.
    pub webhook_secret: Option<SecretString>,
    /// `MAIL_WEBHOOK_TOPIC`: the topic of Amazon SNS that they come from.
    pub webhook_topic: Option<String>,
}

impl Reader<'_> {
    pub(crate) fn mail_api(&mut self, provider: ApiProvider) -> Option<MailApi> {
        let key = self.required("MAIL_API_KEY", |key| {
            check_key(provider, key).map(|()| SecretString::from(key))
        });
        let region = match provider {
            ApiProvider::Ses => self.required("MAIL_REGION", aws_region),
            ApiProvider::Mailgun | ApiProvider::SendGrid => {
                Some(self.optional("MAIL_REGION", us_or_eu, "us".to_owned()))
            }
            _ => Some(String::new()),
        };
        let domain = match provider {
            ApiProvider::Mailgun => self.optional("MAIL_DOMAIN", domain, None),
            _ => None,
        };
        let is_public = self.is_public;
        let endpoint = self.optional("MAIL_ENDPOINT", |url| endpoint(url, is_public), None);
        let webhook_secret = self.optional(
            "MAIL_WEBHOOK_SECRET",
            |secret| {
                check_webhook_secret(provider, secret).map(|()| Some(SecretString::from(secret)))
            },
            None,
        );
        let webhook_topic = match (provider, &webhook_secret) {
            (ApiProvider::Ses, Some(_)) => Some(self.required("MAIL_WEBHOOK_TOPIC", topic)?),
            _ => None,
        };
        let (key, region) = (key?, region?);
        Some(MailApi { provider, key, region, domain, endpoint, webhook_secret, webhook_topic })
    }
}

/// Checks that a key can be sent in a header. The reason does not contain the key.
fn check_key(provider: ApiProvider, key: &str) -> Result<(), String> {
    if key.len() > 512 || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("must be one API key of the provider, without blanks".to_owned());
    }
    let is_pair =
        key.split_once(':').is_some_and(|(id, secret)| !id.is_empty() && !secret.is_empty());
    if provider == ApiProvider::Ses && !is_pair {
        return Err(
            "must be `id:secret` for `ses`: the access key id and the secret access key".to_owned()
        );
    }
    Ok(())
}

/// Checks the secret of reports. The reason does not contain it.
fn check_webhook_secret(provider: ApiProvider, secret: &str) -> Result<(), String> {
    if provider == ApiProvider::Resend {
        let key = secret.strip_prefix("whsec_").map(Base64::decode_vec);
        return match key {
            Some(Ok(key)) if key.len() >= MIN_SIGNING_KEY => Ok(()),
            _ => {
                Err("must be the signing secret of the webhook, which begins with `whsec_`"
                    .to_owned())
            }
        };
    }
    let is_visible = secret.bytes().all(|byte| byte.is_ascii_graphic());
    if is_visible && (MIN_WEBHOOK_SECRET..=512).contains(&secret.len()) {
        Ok(())
    } else {
        Err("must be 32 to 512 visible ASCII characters, such as from `openssl rand -hex 32`"
            .to_owned())
    }
}

/// Parses the ARN of a topic of Amazon SNS, which becomes a part of a URL.
fn topic(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let is_topic = match parts.as_slice() {
        ["arn", partition, "sns", region, account, name] => {
            aws_region(region).is_ok()
                && partition_of(region) == Some(*partition)
                && account.len() == 12
                && account.bytes().all(|byte| byte.is_ascii_digit())
                && (1..=256).contains(&name.len())
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        }
        _ => false,
    };
    if is_topic {
        Ok(text.to_owned())
    } else {
        Err("must be the ARN of a topic, such as `arn:aws:sns:eu-central-1:123456789012:bounces`"
            .to_owned())
    }
}

/// Returns the partition of AWS that a region is in, unless it is China, where Amazon offers no SES.
fn partition_of(region: &str) -> Option<&'static str> {
    match region {
        region if region.starts_with("us-gov-") => Some("aws-us-gov"),
        region if region.starts_with("cn-") => None,
        _ => Some("aws"),
    }
}

/// Parses a region of AWS, which becomes a part of a host name.
fn aws_region(text: &str) -> Result<String, String> {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if text.len() <= 32 && text.contains('-') && text.bytes().all(is_allowed) {
        Ok(text.to_owned())
    } else {
        Err("must be a region of AWS, such as `eu-central-1`".to_owned())
    }
}

fn us_or_eu(text: &str) -> Result<String, String> {
    match text {
        "us" | "eu" => Ok(text.to_owned()),
        _ => Err("must be `us` or `eu`".to_owned()),
    }
}

fn domain(text: &str) -> Result<Option<String>, String> {
    let domain = to_ascii(text).filter(|domain| domain.contains('.'));
    domain.map(Some).ok_or_else(|| "must be a domain, such as `mail.example.com`".to_owned())
}

/// Parses the origin of a server on this machine. Keys and links go to no other server than the
/// provider's.
fn endpoint(url: &str, is_public: bool) -> Result<Option<String>, String> {
    let origin = url.trim_end_matches('/');
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    let host = authority.and_then(host_and_port).map(|(host, _)| host);
    if is_public || origin_of(origin) != Some(origin) || !host.is_some_and(is_loopback) {
        return Err("must be an origin on loopback, such as `http://localhost:8025`, and \
                    `PUBLIC_URL` must be on loopback too: it is for tests"
            .to_owned());
    }
    Ok(Some(origin.to_owned()))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::MailProvider;
    use crate::tests::deployment;

    const LOCAL: (&str, &str) = ("PUBLIC_URL", "http://localhost:8787");

    fn api(changes: &[(&str, &str)]) -> Result<MailApi, Vec<String>> {
        let deployment = deployment(changes)
            .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>())?;
        match &deployment.all_settings().next().unwrap().mail {
            MailProvider::Api(api) => Ok(api.clone()),
            _ => Err(Vec::new()),
        }
    }

    fn error(changes: &[(&str, &str)]) -> String {
        api(changes).map(drop).unwrap_err().join("\n")
    }

    #[test]
    fn each_provider_needs_a_key_and_amazon_a_region() {
        for provider in ApiProvider::ALL {
            let name = ("MAIL_PROVIDER", provider.as_str());
            let key = ("MAIL_API_KEY", "id:secret/+");
            let given = [name, key, ("MAIL_REGION", "eu-central-1"), ("MAIL_SERVER", "")];
            let others = [name, key, ("MAIL_SERVER", "")];
            let changes = if provider == ApiProvider::Ses { &given[..] } else { &others[..] };
            let api = api(changes).unwrap();
            assert_eq!(api.provider, provider);
            assert_eq!(api.key.expose_secret(), "id:secret/+");
            let missing: Vec<_> =
                changes.iter().copied().filter(|(name, _)| *name != "MAIL_API_KEY").collect();
            assert_eq!(error(&missing), "MAIL_API_KEY: must be set");
        }
        let ses = [("MAIL_PROVIDER", "ses"), ("MAIL_API_KEY", "id:secret")];
        assert_eq!(error(&ses), "MAIL_REGION: must be set");
        for region in ["evil.example/", "eu", "eu-central-1.evil", "EU-CENTRAL-1"] {
            let message = error(&[&ses[..], &[("MAIL_REGION", region)]].concat());
            assert!(message.starts_with("MAIL_REGION: must be a region of AWS"), "{message}");
        }
    }

    #[test]
    fn a_key_that_no_header_can_hold_is_rejected_and_not_repeated() {
        for (provider, key) in [
            ("resend", "hunter2 hunter2"),
            ("postmark", "hunter2\nhunter2"),
            ("brevo", "hunter2-ü"),
            ("ses", "hunter2"),
            ("ses", ":hunter2"),
            ("ses", "hunter2:"),
        ] {
            let region = ("MAIL_REGION", "us-east-1");
            let message = error(&[("MAIL_PROVIDER", provider), ("MAIL_API_KEY", key), region]);
            assert!(message.starts_with("MAIL_API_KEY: must be"), "{message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
        let named = error(&[("MAIL_PROVIDER", "sendgird")]);
        assert!(
            named.starts_with("MAIL_PROVIDER: must be one of `smtp`, `cloudflare`,"),
            "{named}"
        );
    }

    #[test]
    fn a_region_and_a_domain_are_those_of_the_provider() {
        let key = ("MAIL_API_KEY", "key");
        let mailgun = |changes: &[(&str, &str)]| {
            api(&[&[("MAIL_PROVIDER", "mailgun"), key], changes].concat())
        };
        let plain = mailgun(&[]).unwrap();
        assert_eq!((plain.region.as_str(), plain.domain), ("us", None));
        let own =
            mailgun(&[("MAIL_REGION", "eu"), ("MAIL_DOMAIN", "Mail.Bücher.example")]).unwrap();
        assert_eq!(own.region, "eu");
        assert_eq!(own.domain.as_deref(), Some("mail.xn--bcher-kva.example"));
        for (name, value) in [("MAIL_REGION", "asia"), ("MAIL_DOMAIN", "a/../b.example")] {
            let message = mailgun(&[(name, value)]).unwrap_err().join("\n");
            assert!(message.starts_with(&format!("{name}: must be")), "{message}");
        }
    }

    #[test]
    fn another_endpoint_is_on_loopback_only() {
        let given = |public: bool, url: &str| {
            let mut changes =
                vec![("MAIL_PROVIDER", "resend"), ("MAIL_API_KEY", "key"), ("MAIL_ENDPOINT", url)];
            changes.extend((!public).then_some(LOCAL));
            api(&changes).map(|api| api.endpoint.unwrap_or_default())
        };
        for url in ["http://localhost:8025", "http://127.0.0.1:8025/", "https://[::1]:1"] {
            assert_eq!(given(false, url), Ok(url.trim_end_matches('/').to_owned()));
            assert!(given(true, url).is_err(), "{url}");
        }
        for url in [
            "https://api.evil.example",
            "http://localhost.evil.example:1",
            "http://localhost:8025/path",
            "http://localhost@evil.example",
            "http://127.0.0.1:80@evil.example",
            "ftp://localhost",
            "localhost:8025",
        ] {
            let message = given(false, url).unwrap_err().join("\n");
            assert!(
                message.starts_with("MAIL_ENDPOINT: must be an origin on loopback"),
                "{message}"
            );
        }
    }

    #[test]
    fn the_secret_of_reports_is_long_and_amazon_has_a_topic() {
        let with = |provider, changes: &[(&str, &str)]| {
            let region = ("MAIL_REGION", "eu-central-1");
            let account = [("MAIL_PROVIDER", provider), ("MAIL_API_KEY", "id:secret")];
            let region = if provider == "ses" { &[region][..] } else { &[] };
            api(&[&account[..], region, changes].concat())
        };
        let long = "hunter2hunter2hunter2hunter2hunter2";
        for provider in ["postmark", "mailgun", "sendgrid", "brevo"] {
            let api = with(provider, &[("MAIL_WEBHOOK_SECRET", long)]).unwrap();
            assert_eq!(api.webhook_secret.unwrap().expose_secret(), long);
            assert!(with(provider, &[]).unwrap().webhook_secret.is_none());
        }
        let signing = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        assert!(with("resend", &[("MAIL_WEBHOOK_SECRET", signing)]).is_ok());
        for (provider, secret) in [
            ("resend", long),
            ("resend", "whsec_hunter2="),
            ("resend", "whsec_aHVudGVyMg=="),
            ("postmark", "hunter2hunter2hunter2"),
            ("brevo", "hunter2 hunter2 hunter2 hunter2 hunter2"),
        ] {
            let message =
                with(provider, &[("MAIL_WEBHOOK_SECRET", secret)]).unwrap_err().join("\n");
            assert!(message.starts_with("MAIL_WEBHOOK_SECRET: must be"), "{message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
        let topic = "arn:aws:sns:eu-central-1:123456789012:bounces";
        let ses =
            |topic| with("ses", &[("MAIL_WEBHOOK_SECRET", long), ("MAIL_WEBHOOK_TOPIC", topic)]);
        for topic in [topic, "arn:aws-us-gov:sns:us-gov-west-1:123456789012:bounces"] {
            assert_eq!(ses(topic).unwrap().webhook_topic.as_deref(), Some(topic));
        }
        for topic in [
            "",
            "arn:aws-cn:sns:cn-north-1:123456789012:a",
            "arn:aws-cn:sns:eu-central-1:123456789012:a",
            "arn:aws:sns:cn-north-1:123456789012:a",
            "arn:aws:sns:us-gov-west-1:123456789012:a",
            "arn:aws-us-gov:sns:us-east-1:123456789012:a",
            "arn:aws-iso:sns:us-iso-east-1:123456789012:a",
            "arn:aws:sns:evil.example/:123456789012:a",
            "arn:aws:sns:eu-central-1:1:a",
            "arn:aws:sns:eu-central-1:123456789012:a&b",
            "arn:aws:sns:eu-central-1:123456789012:a:b",
            "arn:aws:sqs:eu-central-1:123456789012:a",
        ] {
            let message = ses(topic).unwrap_err().join("\n");
            assert!(message.starts_with("MAIL_WEBHOOK_TOPIC: must be"), "{message}");
        }
    }

    #[test]
    fn an_application_with_its_own_provider_does_not_inherit_a_key() {
        let changes = [
            ("APPLICATIONS", "shop"),
            ("MAIL_PROVIDER", "resend"),
            ("MAIL_API_KEY", "key"),
            ("APP_SHOP_MAIL_PROVIDER", "brevo"),
        ];
        assert_eq!(error(&changes), "APP_SHOP_MAIL_API_KEY: must be set");
    }

    #[test]
    fn a_key_is_not_printed() {
        let api = api(&[("MAIL_PROVIDER", "resend"), ("MAIL_API_KEY", "hunter2")]).unwrap();
        assert!(!format!("{api:?}").contains("hunter2"));
    }
}
