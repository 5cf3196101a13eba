//! A request in two steps: created, which costs and says the same whoever is meant, and then asked for, once. What names it
//! is signed, says which intake has it, and cannot be guessed; no store is asked about one that nobody was given.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use relatch::Code;

use crate::application::Application;
use crate::intake::{HOLD_TTL, IntakeId, RequestJob};
use crate::mail::custom_template::CustomTemplate;
use crate::ports::{Clock as _, Entropy as _, Intakes as _, Limiter as _, Outage, Platform};
use crate::values::client::{ClientInfo, Continent};
use crate::values::identifier::Identifier;
use crate::values::keys::{Purpose, base64url};
use crate::values::time::Moment;

/// What is signed: the key's id, the end in seconds, the continent, the intake's number, the job.
const SIGNED: usize = 1 + 5 + 1 + 1 + JOB;
/// Bytes of a job's id.
const JOB: usize = 16;
/// The signature.
const CODE: usize = 32;

/// Creates a request and gives its name.
pub async fn create<P: Platform>(
    application: &Application,
    platform: &P,
    caller: &ClientInfo,
    identifier: Identifier,
    definition: Option<CustomTemplate>,
) -> Result<String, Code> {
    may_ask(platform, caller).await?;
    let (continent, number) = ((caller.continent)(), IntakeId::shard(application, &identifier));
    let now = platform.clock().now();
    let seed = platform.entropy().random_bytes().map_err(unavailable)?;
    let job = RequestJob {
        or_by_id: true,
        held: true,
        definition,
        ..RequestJob::new(application, &seed, identifier, caller, now)
    };
    let name = name(application, &job.id, continent, number, now.after(HOLD_TTL)).ok_or(Code::Unavailable)?;
    platform.intakes().accept(&IntakeId::from_shard(application, continent, number), job).await.map_err(unavailable)?;
    Ok(name)
}

/// Asks for the mail of a request. Asked again, nothing more happens, and the answer is the same.
pub async fn release<P: Platform>(
    application: &Application,
    platform: &P,
    caller: &ClientInfo,
    name: &str,
) -> Result<(), Code> {
    let held = RequestHandle::verify(application, name).filter(|held| platform.clock().now() < held.until);
    let held = held.ok_or(Code::NotFound)?;
    may_ask(platform, caller).await?;
    let intake = IntakeId::from_shard(application, held.continent, held.number);
    platform.intakes().release(&intake, &held.job).await.map_err(unavailable)
}

async fn may_ask<P: Platform>(platform: &P, caller: &ClientInfo) -> Result<(), Code> {
    let may = platform.limiter().check(&caller.block()).await.map_err(unavailable)?;
    if may { Ok(()) } else { Err(Code::TooManyRequests) }
}

fn unavailable(_: Outage) -> Code {
    Code::Unavailable
}

struct RequestHandle {
    job: String,
    continent: Continent,
    number: u8,
    until: Moment,
}

fn name(application: &Application, job: &str, continent: Continent, number: u8, until: Moment) -> Option<String> {
    let mut id = [0; JOB];
    Base64UrlUnpadded::decode(job, &mut id).ok()?;
    let signed: Vec<u8> = std::iter::once(application.keys.signing_key_id())
        .chain(until.seconds().to_be_bytes().into_iter().skip(3))
        .chain([continent.number(), number])
        .chain(id)
        .collect();
    let code = application.keys.sign(Purpose::Names, &[b"held", &signed]);
    Some(base64url(&[signed.as_slice(), &code].concat()))
}

impl RequestHandle {
    fn verify(application: &Application, name: &str) -> Option<Self> {
        let mut bytes = [0; SIGNED + CODE];
        let decoded = Base64UrlUnpadded::decode(name, &mut bytes).ok()?;
        let (signed, code) = decoded.split_first_chunk::<SIGNED>()?;
        let (&[key_id], rest) = signed.split_first_chunk()?;
        let (seconds, rest) = rest.split_first_chunk::<5>()?;
        let (&[continent, number], job) = rest.split_first_chunk()?;
        let seconds = seconds.iter().fold(0_u64, |seconds, byte| (seconds << 8) | u64::from(*byte));
        let code = code.first_chunk::<CODE>().filter(|_| code.len() == CODE)?;
        application.keys.verify(key_id, Purpose::Names, &[b"held", signed], code).then_some(())?;
        Some(Self {
            job: base64url(job),
            continent: Continent::numbered(continent)?,
            number,
            until: Moment::from_seconds(seconds),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn a_name_is_good_as_it_is_and_in_no_other_way() {
        let application = testing::application();
        let until = Moment::from_seconds(1_800_000_000);
        let name = name(&application, &base64url(&[7; 16]), Continent::Asia, 31, until).unwrap();
        assert_eq!(name, "BwBrSdIAAh8HBwcHBwcHBwcHBwcHBwcH-RSpXzsBffG_2ARET8mE1ou5pu1DlTWeY6G92c8utmk");
        let held = RequestHandle::verify(&application, &name).unwrap();
        assert_eq!((held.job.as_str(), held.number, held.until), (base64url(&[7; 16]).as_str(), 31, until));
        assert_eq!(held.continent, Continent::Asia);
        for place in 0..name.len() {
            let mut wrong = name.clone().into_bytes();
            wrong[place] = if wrong[place] == b'A' { b'B' } else { b'A' };
            assert!(RequestHandle::verify(&application, std::str::from_utf8(&wrong).unwrap()).is_none(), "{place}");
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
