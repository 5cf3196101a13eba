//! Common passwords: the ones that an attacker tries first.
//!
//! `common.txt` lists the 3,000 most used passwords of at least eight characters, and every
//! password of at least fifteen characters among the 30,000 most used. The source is the frequency
//! list of zxcvbn (Dropbox, MIT licence), which ranks the passwords of public breaches.
//!
//! Compiled in is `common.gcs`, a Golomb-coded set of their hashes, a sixth of the size of the
//! list. It contains every password of the list; one in 2,048 other passwords is a false positive.

use alloc::{string::String, vec::Vec};

/// The set: hashes in ascending order, each as the difference to the one before in Rice coding. The
/// quotient is in unary, the remainder in [`REMAINDER_BITS`] bits.
const SET: &[u8] = include_bytes!("common.gcs");
/// The number of hashes in the set.
const ENTRIES: u64 = 3024;
/// The bits of a remainder. The false positive rate is two to the power of minus this.
const REMAINDER_BITS: usize = 11;

/// The length of the longest listed password, in bytes.
const MAX_LISTED_LENGTH: usize = 20;

/// The longest unit, in characters, whose repetition counts as common even if it is not listed.
const MAX_REPEATED_UNIT: usize = 4;

/// Reports whether a password, folded in case, is listed, a repetition, or a sequence.
pub(super) fn is_common(folded: &str) -> bool {
    let characters: Vec<char> = folded.chars().collect();
    is_listed(folded) || is_repetition(&characters) || is_sequence(&characters)
}

fn is_listed(folded: &str) -> bool {
    if folded.len() > MAX_LISTED_LENGTH {
        return false;
    }
    let wanted = hash(folded);
    hashes().find(|hash| *hash >= wanted) == Some(wanted)
}

/// Decodes the set: the hashes in ascending order.
fn hashes() -> impl Iterator<Item = u64> {
    let mut place = 0_usize;
    let mut next_bit = move || {
        let byte = SET.get(place / 8).copied().unwrap_or_default();
        // The highest bit of a byte is the first.
        let bit = (byte << (place & 7)) >> 7;
        place = place.saturating_add(1);
        u64::from(bit)
    };
    let mut hash = 0_u64;
    (0..ENTRIES).map(move |_| {
        let mut quotient = 0_u64;
        while next_bit() == 1 {
            quotient = quotient.saturating_add(1);
        }
        let remainder = (0..REMAINDER_BITS).fold(0, |remainder, _| remainder << 1 | next_bit());
        hash = hash.saturating_add(quotient << REMAINDER_BITS | remainder);
        hash
    })
}

/// FNV-1a with 64 bits, scaled to the range of the set. It is not a cryptographic hash: the list is
/// public.
fn hash(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mixed = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let range = u128::from(ENTRIES << REMAINDER_BITS);
    u64::try_from(u128::from(mixed).wrapping_mul(range) >> 64).unwrap_or_default()
}

/// Reports whether a password repeats a unit, as in "aaaaaaaa", "abcabcabc", and
/// "passwordpassword".
fn is_repetition(characters: &[char]) -> bool {
    (1..=characters.len() / 2).any(|length| {
        let (unit, rest) = characters.split_at_checked(length).unwrap_or_default();
        let repeats = characters.iter().zip(rest).all(|(a, b)| a == b);
        let is_whole = characters.len().checked_rem(length) == Some(0);
        repeats
            && (length <= MAX_REPEATED_UNIT
                || is_whole && is_listed(&unit.iter().collect::<String>()))
    })
}

/// Reports whether each character is the successor, or each the predecessor, of the one before, as
/// in "1234567890123", "abcdefgh", and "87654321". The successor of 9 is 0.
fn is_sequence(characters: &[char]) -> bool {
    let steps = |last: char, first: char, by: i64| {
        let next = |a: char| i64::from(u32::from(a)).saturating_add(by);
        let mut pairs = characters.iter().zip(characters.iter().skip(1));
        characters.len() > 1
            && pairs.all(
                |(&a, &b)| if a == last { b == first } else { next(a) == i64::from(u32::from(b)) },
            )
    };
    steps('9', '0', 1) || steps('0', '9', -1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = include_str!("common.txt");

    /// Compares the set with the list. With `RELATCH_WRITE_SET=1` it writes the set first.
    #[test]
    fn the_set_is_generated_from_the_list() {
        let mut hashes: Vec<u64> = LIST.lines().map(hash).collect();
        hashes.sort_unstable();
        assert_eq!(u64::try_from(hashes.len()).unwrap(), ENTRIES);
        let mut bits = Vec::new();
        let mut before = 0;
        for hash in hashes {
            let difference = hash - before;
            bits.extend((0..difference >> REMAINDER_BITS).map(|_| true));
            bits.push(false);
            bits.extend((0..REMAINDER_BITS).rev().map(|bit| difference >> bit & 1 == 1));
            before = hash;
        }
        let bytes: Vec<u8> = bits
            .chunks(8)
            .map(|chunk| {
                chunk
                    .iter()
                    .enumerate()
                    .fold(0, |byte, (place, bit)| byte | u8::from(*bit) << (7 - place))
            })
            .collect();
        if std::env::var_os("RELATCH_WRITE_SET").is_some() {
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/password/common.gcs"), &bytes)
                .unwrap();
        } else {
            assert_eq!(bytes, SET, "run this test with RELATCH_WRITE_SET=1, then again without");
        }
    }

    #[test]
    fn the_set_contains_every_listed_password_and_few_others() {
        let known: std::collections::HashSet<u64> = hashes().collect();
        assert!(LIST.lines().all(|common| known.contains(&hash(common))));
        assert!(LIST.lines().step_by(100).all(is_listed));
        assert_eq!(LIST.lines().map(str::len).max(), Some(MAX_LISTED_LENGTH));
        let taken = (0..200_000)
            .filter(|number| known.contains(&hash(&format!("no such password {number}"))))
            .count();
        assert!(taken < 150, "{taken} of 200,000; one in 2,048 is 98");
    }
}
