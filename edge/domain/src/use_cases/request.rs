//! Requests for a reset mail: stored in one durable write, then answered, always the same. Lookup
//! and mail come later.

use relatch::Code;
use relatch_languages::Language;

use crate::captcha::{CaptchaVerdict, MAX_TOKEN_LENGTH};
use crate::intake::{IntakeId, RequestJob, RequestedTexts};
use crate::ports::{
    CaptchaProviders as _, Clock as _, Entropy as _, HookResponse, Hooks as _, Intakes as _,
    Platform, RequestCall,
};
use crate::service::{Service, unavailable};
use crate::values::client::ClientInfo;
use crate::values::identifier::Identifier;

/// The outcome of a call that requests a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requested<T> {
    /// The request is stored.
    Stored(T),
    /// The hook `beforeRequest` has answered the call: nothing is stored.
    Answered(HookResponse),
}

impl<P: Platform> Service<'_, P> {
    /// Submits a request for a reset mail: one call to the limiter and one to the intake, for every
    /// identifier. The mail has the language of the account, or else this one.
    ///
    /// # Errors
    ///
    /// `too_many_requests` over the rate limit, `captcha_rejected` without a valid token of a
    /// captcha, `unavailable` if the limiter, the provider of the captcha, the hook or the intake
    /// does not respond. The request may have been stored all the same.
    pub async fn request_reset(
        &self,
        identifier: Identifier,
        client: &ClientInfo,
        call: RequestCall<'_>,
        language: Option<Language>,
    ) -> Result<Requested<()>, Code> {
        let Self { application, platform } = self;
        if let Some(response) = self.admit(client, call).await? {
            return Ok(Requested::Answered(response));
        }
        let intake = IntakeId::choose(application, &identifier, (client.continent)());
        let seed = platform.entropy().random_bytes().map_err(unavailable)?;
        let now = platform.clock().now();
        let job = RequestJob {
            texts: RequestedTexts::new(None, language),
            address: client.address_text(),
            ..RequestJob::new(application, &seed, identifier, now)
        };
        platform.intakes().accept(&intake, job).await.map_err(unavailable)?;
        Ok(Requested::Stored(()))
    }

    /// Counts a call that requests a link, verifies its captcha, and asks the hook `beforeRequest`.
    /// A call over the rate limit reaches neither the captcha nor the hook, and one without a valid
    /// captcha not the hook. Returns the response of the hook, if it answers the call.
    ///
    /// # Errors
    ///
    /// As [`Self::request_reset`].
    pub(super) async fn admit(
        &self,
        client: &ClientInfo,
        call: RequestCall<'_>,
    ) -> Result<Option<HookResponse>, Code> {
        self.check_limit(client).await?;
        self.check_captcha(call).await?;
        self.platform.hooks().before_request(call, client).await.map_err(unavailable)
    }

    /// Verifies the captcha of a call, if the application has one.
    async fn check_captcha(&self, call: RequestCall<'_>) -> Result<(), Code> {
        let Some(captcha) = self.application.captcha.as_ref().filter(|_| !call.vouched) else {
            return Ok(());
        };
        // The provider is not called for text that cannot be a token.
        let is_token = |token: &&str| {
            (1..=MAX_TOKEN_LENGTH).contains(&token.len())
                && token.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let token = call.captcha.filter(is_token).ok_or(Code::CaptchaRejected)?;
        let provider = self.platform.captcha_providers();
        let answer = provider.verify(captcha, token).await.map_err(unavailable)?;
        match captcha.judge(&answer) {
            CaptchaVerdict::Passed => Ok(()),
            CaptchaVerdict::Refused => Err(Code::CaptchaRejected),
            CaptchaVerdict::Unavailable => {
                provider.log_unavailable();
                Err(Code::Unavailable)
            }
        }
    }
}
