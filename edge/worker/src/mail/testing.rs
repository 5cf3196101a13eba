//! The settings of a provider, as the tests of this module configure them.

use relatch_config::Deployment;
use relatch_domain::testing::KEYS;

use super::{ApiProvider, MailApi, MailProvider};

/// Returns the account with a provider, with these variables added or replaced.
pub(super) fn api(provider: ApiProvider, changes: &[(&str, &str)]) -> MailApi {
    let variable = |name: &str| {
        let set = changes.iter().find(|(changed, _)| *changed == name).map(|(_, value)| *value);
        let text = set.or(match name {
            "RELATCH_KEYS" => Some(KEYS),
            "PUBLIC_URL" => Some("http://localhost:8787"),
            "MAIL_FROM" => Some("noreply@example.com"),
            "CONTACT" => Some("support@example.com"),
            "MAIL_PROVIDER" => Some(provider.as_str()),
            "MAIL_API_KEY" => Some("id:secret"),
            "MAIL_REGION" if provider == ApiProvider::Ses => Some("eu-central-1"),
            _ => None,
        });
        text.map(str::to_owned)
    };
    let deployment = Deployment::<()>::parse(variable).unwrap();
    match &deployment.all_settings().next().unwrap().mail {
        MailProvider::Api(api) => api.clone(),
        _ => panic!("the provider has an API"),
    }
}
