//! Requests in two steps: a request is stored, with the same cost and response for every
//! identifier, and its mail is sent once it is released.
//!
//! The handle of a request is signed and names its intake. A forged handle is rejected without I/O.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use relatch::Code;

use crate::application::Application;
use crate::intake::{HOLD_TTL, IntakeId, RequestJob, RequestedTexts};
use crate::ports::{Clock as _, Entropy as _, Intakes as _, Platform, RequestCall};
use crate::service::{Service, unavailable};
use crate::use_cases::request::Requested;
use crate::values::client::{ClientInfo, Continent};
use crate::values::identifier::Identifier;
use crate::values::keys::{Purpose, base64url};
use crate::values::time::Moment;

/// The signed part: key id, expiry in seconds, continent, shard, job id.
const SIGNED: usize = 1 + 5 + 1 + 1 + JOB;
/// The length of a job id.
const JOB: usize = 16;
/// The length of the MAC.
const MAC: usize = 32;

impl<P: Platform> Service<'_, P> {
    /// Stores a request whose mail is sent only when [`Self::release_request`] asks for it, and
    /// returns its handle.
    ///
    /// # Errors
    ///
    /// `too_many_requests` over the rate limit, `captcha_rejected` without a valid token of a
    /// captcha, `unavailable` if the limiter, the provider of the captcha, the hook or the intake
    /// does not respond.
    pub async fn create_request(
        &self,
        client: &ClientInfo,
        call: RequestCall<'_>,
        identifier: Identifier,
        texts: RequestedTexts,
    ) -> Result<Requested<String>, Code> {
        let Self { application, platform } = self;
        if let Some(response) = self.admit(client, call).await? {
            return Ok(Requested::Answered(response));
        }
        let (continent, shard) = ((client.continent)(), IntakeId::shard(application, &identifier));
        let now = platform.clock().now();
        let seed = platform.entropy().random_bytes().map_err(unavailable)?;
        let job = RequestJob {
            or_by_id: true,
            held: true,
            texts,
            address: client.address_text(),
            ..RequestJob::new(application, &seed, identifier, now)
        };
        let until = now.after(HOLD_TTL);
        let handle = RequestHandle { job: job.id.clone(), continent, shard, until };
        let signed = handle.sign(application).ok_or(Code::Unavailable)?;
        let intake = IntakeId::from_shard(application, continent, shard);
        platform.intakes().accept(&intake, job).await.map_err(unavailable)?;
        Ok(Requested::Stored(signed))
    }

    /// Asks for the mail of a stored request. Repeating the call has no further effect and the same
    /// outcome.
    ///
    /// # Errors
    ///
    /// `not_found` for a handle that was not issued or has expired, `too_many_requests` over the rate
    /// limit, `unavailable` if the limiter or the intake does not respond.
    pub async fn release_request(&self, client: &ClientInfo, handle: &str) -> Result<(), Code> {
        let Self { application, platform } = self;
        let handle = RequestHandle::verify(application, handle);
        let handle =
            handle.filter(|handle| platform.clock().now() < handle.until).ok_or(Code::NotFound)?;
        self.check_limit(client).await?;
        let intake = IntakeId::from_shard(application, handle.continent, handle.shard);
        platform.intakes().release(&intake, &handle.job).await.map_err(unavailable)
    }
}

struct RequestHandle {
    job: String,
    continent: Continent,
    shard: u8,
    until: Moment,
}

impl RequestHandle {
    /// Returns the handle as text: its fields and a MAC over them. `None` if the job's id is not 16
    /// bytes.
    fn sign(&self, application: &Application) -> Option<String> {
        let mut id = [0; JOB];
        Base64UrlUnpadded::decode(&self.job, &mut id).ok()?;
        let [_, _, _, seconds @ ..] = self.until.seconds().to_be_bytes();
        let mut signed = vec![application.keys.signing_key_id()];
        signed.extend_from_slice(&seconds);
        signed.extend_from_slice(&[self.continent.number(), self.shard]);
        signed.extend_from_slice(&id);
        let mac = application.keys.sign(Purpose::Names, &[b"held", &signed]);
        signed.extend_from_slice(&mac);
        Some(base64url(&signed))
    }

    fn verify(application: &Application, name: &str) -> Option<Self> {
        let mut bytes = [0; SIGNED + MAC];
        let decoded = Base64UrlUnpadded::decode(name, &mut bytes).ok()?;
        let (signed, mac) = decoded.split_first_chunk::<SIGNED>()?;
        let (&[key_id], rest) = signed.split_first_chunk()?;
        let (seconds, rest) = rest.split_first_chunk::<5>()?;
        let (&[continent, shard], job) = rest.split_first_chunk()?;
        let seconds = seconds.iter().fold(0_u64, |seconds, byte| (seconds << 8) | u64::from(*byte));
        let mac = mac.first_chunk::<MAC>().filter(|_| mac.len() == MAC)?;
        application.keys.verify(key_id, Purpose::Names, &[b"held", signed], mac).then_some(())?;
        Some(Self {
            job: base64url(job),
            continent: Continent::from_number(continent)?,
            shard,
            until: Moment::from_seconds(seconds),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn a_handle_verifies_only_unchanged() {
        let application = testing::application();
        let until = Moment::from_seconds(1_800_000_000);
        let handle = RequestHandle {
            job: base64url(&[7; 16]),
            continent: Continent::Asia,
            shard: 31,
            until,
        };
        let name = handle.sign(&application).unwrap();
        assert_eq!(
            name,
            "BwBrSdIAAh8HBwcHBwcHBwcHBwcHBwcH-RSpXzsBffG_2ARET8mE1ou5pu1DlTWeY6G92c8utmk"
        );
        let held = RequestHandle::verify(&application, &name).unwrap();
        assert_eq!(
            (held.job.as_str(), held.shard, held.until),
            (base64url(&[7; 16]).as_str(), 31, until)
        );
        assert_eq!(held.continent, Continent::Asia);
        for place in 0..name.len() {
            let mut wrong = name.clone().into_bytes();
            wrong[place] = if wrong[place] == b'A' { b'B' } else { b'A' };
            assert!(
                RequestHandle::verify(&application, std::str::from_utf8(&wrong).unwrap()).is_none(),
                "{place}"
            );
        }
        for wrong in ["", "x", &name[1..], &format!("{name}A"), &format!("{name}=")] {
            assert!(RequestHandle::verify(&application, wrong).is_none(), "{wrong}");
        }
        let other = Application {
            keys: testing::keyring("7:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="),
            ..testing::application()
        };
        assert!(RequestHandle::verify(&other, &name).is_none());
    }
}
