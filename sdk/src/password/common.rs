//! What everybody tries first.
//!
//! `common.txt` lists the 3,000 most used passwords of at least eight characters, and every one of at least fifteen among
//! the 30,000 most used: from the frequency list of zxcvbn (Dropbox, MIT licence), which ranks the passwords of public
//! breaches. What is compiled in is a sixth of its size: a Golomb-coded set of their hashes (`common.gcs`). It knows every
//! password of the list, and takes one in 2,048 others for one of them.

use alloc::{string::String, vec::Vec};

/// The set: hashes in ascending order, each as the difference to the one before, in Rice code: the high part in unary,
/// then [`LOW_BITS`] bits.
const SET: &[u8] = include_bytes!("common.gcs");
/// How many passwords the set holds.
const ENTRIES: u64 = 3024;
/// An entry's share of the range of hashes is two to this power: so rarely is another password taken for one of them.
const LOW_BITS: usize = 11;

/// No listed password is longer, in bytes: a longer one need not be looked for.
const LONGEST_LISTED: usize = 20;

/// The longest piece whose repetition is as good as the piece itself.
const LONGEST_REPEATED: usize = 4;

/// Whether a password, folded in case, is one that guessing starts with.
pub(super) fn is_common(folded: &str) -> bool {
    let characters: Vec<char> = folded.chars().collect();
    listed(folded) || is_repetition(&characters) || is_sequence(&characters)
}

fn listed(folded: &str) -> bool {
    if folded.len() > LONGEST_LISTED {
        return false;
    }
    let wanted = hash(folded);
    entries().find(|entry| *entry >= wanted) == Some(wanted)
}

/// The set's hashes, in ascending order.
fn entries() -> impl Iterator<Item = u64> {
    let mut place = 0_usize;
    let mut bit = move || {
        let byte = SET.get(place / 8).copied().unwrap_or_default();
        // From the highest bit down.
        let bit = (byte << (place & 7)) >> 7;
        place = place.saturating_add(1);
        u64::from(bit)
    };
    let mut entry = 0_u64;
    (0..ENTRIES).map(move |_| {
        let mut high = 0_u64;
        while bit() == 1 {
            high = high.saturating_add(1);
        }
        let low = (0..LOW_BITS).fold(0, |low, _| low << 1 | bit());
        entry = entry.saturating_add(high << LOW_BITS | low);
        entry
    })
}

/// FNV-1a over 64 bits, spread over the set's range. It hides nothing and need not.
fn hash(text: &str) -> u64 {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let mixed = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let range = u128::from(ENTRIES << LOW_BITS);
    u64::try_from(u128::from(mixed).wrapping_mul(range) >> 64).unwrap_or_default()
}

/// "aaaaaaaa", "abcabcabc", "passwordpassword".
fn is_repetition(characters: &[char]) -> bool {
    (1..=characters.len() / 2).any(|length| {
        let (piece, rest) = characters.split_at_checked(length).unwrap_or_default();
        let repeats = characters.iter().zip(rest).all(|(a, b)| a == b);
        let whole = characters.len().checked_rem(length) == Some(0);
        repeats && (length <= LONGEST_REPEATED || whole && listed(&piece.iter().collect::<String>()))
    })
}

/// "1234567890123", "abcdefgh", "87654321": each character the next, or each the one before. 0 follows 9.
fn is_sequence(characters: &[char]) -> bool {
    let steps = |last: char, first: char, by: i64| {
        let next = |a: char| i64::from(u32::from(a)).saturating_add(by);
        let mut pairs = characters.iter().zip(characters.iter().skip(1));
        characters.len() > 1
            && pairs.all(|(&a, &b)| if a == last { b == first } else { next(a) == i64::from(u32::from(b)) })
    };
    steps('9', '0', 1) || steps('0', '9', -1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = include_str!("common.txt");

    /// The set of the list. With `RELATCH_WRITE_SET=1` this test writes it.
    #[test]
    fn the_set_is_made_of_the_list() {
        let mut hashes: Vec<u64> = LIST.lines().map(hash).collect();
        hashes.sort_unstable();
        assert_eq!(u64::try_from(hashes.len()).unwrap(), ENTRIES);
        let mut bits = Vec::new();
        let mut before = 0;
        for hash in hashes {
            let difference = hash - before;
            bits.extend((0..difference >> LOW_BITS).map(|_| true));
            bits.push(false);
            bits.extend((0..LOW_BITS).rev().map(|bit| difference >> bit & 1 == 1));
            before = hash;
        }
        let bytes: Vec<u8> = bits
            .chunks(8)
            .map(|chunk| chunk.iter().enumerate().fold(0, |byte, (place, bit)| byte | u8::from(*bit) << (7 - place)))
            .collect();
        if std::env::var_os("RELATCH_WRITE_SET").is_some() {
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/password/common.gcs"), &bytes).unwrap();
        } else {
            assert_eq!(bytes, SET, "run this test with RELATCH_WRITE_SET=1, then once more");
        }
    }

    #[test]
    fn every_listed_password_is_known_and_hardly_any_other() {
        let known: std::collections::HashSet<u64> = entries().collect();
        assert!(LIST.lines().all(|common| known.contains(&hash(common))));
        assert!(LIST.lines().step_by(100).all(listed));
        assert_eq!(LIST.lines().map(str::len).max(), Some(LONGEST_LISTED));
        let taken = (0..200_000).filter(|number| known.contains(&hash(&format!("no such password {number}")))).count();
        assert!(taken < 150, "{taken} of 200,000; one in 2,048 is 98");
    }
}
