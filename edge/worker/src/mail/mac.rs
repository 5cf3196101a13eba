//! The MAC of the signatures that providers make and verify.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Returns the HMAC-SHA256 over some parts, one after the other.
#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
pub(super) fn hmac(key: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).expect("the key has a length");
    for part in parts {
        hmac.update(part);
    }
    hmac
}
