//! Common passwords: the ones that an attacker tries first.
//!
//! Passwords that are long enough for the default rules are seldom on a list: people make a common
//! one longer. So a password is taken apart into what an attacker combines (listed words, digits,
//! years, sequences, keyboard walks, repetitions), and the cheapest way to do so is an estimate of
//! the guesses that the attacker needs, as in zxcvbn (Wheeler, USENIX Security 2016).
//!
//! `words.txt` lists passwords, the words that they are made of, and long passwords that no
//! combination covers. They come from the frequency list of zxcvbn (Dropbox, MIT licence), which
//! ranks the passwords of public breaches, from the `RockYou` breach, and from the most used
//! words of other languages. They are compared by their [`skeleton`]s.
//!
//! Compiled in is `words.gcs`, a Golomb-coded set of the hashes, a sixth of the size of the list.
//! It contains every word of the list; one in 2,048 other words is a false positive.

use alloc::{string::String, vec, vec::Vec};

/// The set: hashes in ascending order, each as the difference to the one before in Rice coding. The
/// quotient is in unary, the remainder in [`REMAINDER_BITS`] bits.
const SET: &[u8] = include_bytes!("words.gcs");
/// The number of hashes in the set.
const ENTRIES: u32 = 3200;
/// The bits of a remainder. The false positive rate is two to the power of minus this.
const REMAINDER_BITS: u32 = 11;

/// The lengths of listed words, in characters.
const MIN_WORD: usize = 4;
const MAX_WORD: usize = 20;
/// A longer word has two hashes in the set: a false positive would be most of a password.
const MAX_SINGLE_HASH: usize = 10;

// The bits that an attacker needs to guess a part of a password.
/// A listed word: its place in the list.
const WORD: u32 = 11;
/// A term that the attacker knows.
const TERM: u32 = 3;
/// A year from 1900 to 2099.
const YEAR: u32 = 6;
/// A day of a year, in either order of day and month.
const DAY: u32 = 8;
/// A part that occurred before.
const COPY: u32 = 5;
/// The first character of a sequence.
const START: u32 = 4;
/// A step of a sequence to the same or the next character or key.
const NEAR_STEP: u32 = 2;

/// The shortest part that counts as a copy.
const MIN_COPY: usize = 3;
/// The longest period of the steps of a sequence: "1qaz2wsx" has four.
const MAX_PERIOD: usize = 4;

/// The keys of a keyboard in rows of 16, then the symbols that they have with Shift.
const KEYS: &str = "1234567890-=    qwertyuiop[]\\   asdfghjkl;'     zxcvbnm,./      !@#$%^&*()_+";

/// Returns the bits below which a password counts as common: two for each character and two more,
/// and at most 30. Two listed words and a year are below 30, three words are not.
pub(super) fn common_limit(characters: usize) -> u32 {
    u32::try_from(characters.saturating_mul(2).saturating_add(2)).unwrap_or(u32::MAX).min(30)
}

/// Reports whether an attacker who knows the terms needs fewer than `limit` bits to guess a
/// password. The password and the terms are folded in case.
///
/// The work is limited: a beginning that needs `limit` bits is not continued.
pub(super) fn is_guessable(folded: &str, terms: &[String], limit: u32) -> bool {
    let text: Vec<char> = folded.chars().collect();
    let codes: Vec<i32> = text.iter().copied().map(code).collect();
    let keys: Vec<i32> = text.iter().copied().map(key).collect();
    let words = words();
    let terms: Vec<Vec<char>> = terms.iter().map(|term| term.chars().collect()).collect();
    // The fewest bits for each beginning.
    let mut bits = vec![limit; text.len().saturating_add(1)];
    if let Some(first) = bits.first_mut() {
        *first = 0;
    }
    for start in 0..text.len() {
        let spent = bits.get(start).copied().unwrap_or(limit);
        if spent >= limit {
            continue;
        }
        let mut add = |length: usize, cost: u32| {
            if let Some(best) = bits.get_mut(start.saturating_add(length)) {
                *best = spent.saturating_add(cost).min(*best);
            }
        };
        let rest = text.get(start..).unwrap_or_default();
        add(1, rest.first().copied().map_or(limit, single));
        for term in terms.iter().filter(|term| rest.starts_with(term)) {
            add(term.len(), TERM);
        }
        add_date(rest, &mut add);
        add_words(rest, words.as_slice(), &mut add);
        // A copy may overlap itself: "abcabcabc" is "abc", and a copy of six characters.
        for earlier in 0..start {
            let earlier = text.iter().skip(earlier);
            let length = earlier.zip(rest).take_while(|(a, b)| a == b).count();
            if length >= MIN_COPY {
                add(length, COPY);
            }
        }
        for places in [&codes, &keys] {
            add_sequences(rest, places.get(start..).unwrap_or_default(), &mut add);
        }
    }
    !text.is_empty() && bits.last().is_some_and(|bits| *bits < limit)
}

/// Adds the year, or the day and month, that the text begins with.
fn add_date(text: &[char], add: &mut dyn FnMut(usize, u32)) {
    let digit = |index: usize| text.get(index).and_then(|character| character.to_digit(10));
    let number = |at: usize| {
        Some(digit(at)?.saturating_mul(10).saturating_add(digit(at.saturating_add(1))?))
    };
    if let (Some(first), Some(second)) = (number(0), number(2)) {
        if matches!(first, 19 | 20) {
            add(4, YEAR);
        }
        if matches!((first, second), (1..=31, 1..=31)) {
            add(4, DAY);
        }
    }
}

/// Adds the listed words that the text begins with.
fn add_words(text: &[char], words: &[u32], add: &mut dyn FnMut(usize, u32)) {
    let mut state = HASH_START;
    for (index, character) in text.iter().take(MAX_WORD).enumerate() {
        state = hash_step(state, *character);
        let length = index.saturating_add(1);
        let is_listed = |hash| words.binary_search(&hash).is_ok();
        if length >= MIN_WORD && hash_ends(state, length).all(is_listed) {
            add(length, WORD);
        }
    }
}

/// Adds the sequences that the text begins with: after some first steps, the steps repeat. "1234"
/// has the period 1, "1q2w3e" 2, "qazwsxedc" 3. `places` are the places of the characters, in
/// Unicode or on the keyboard.
fn add_sequences(text: &[char], places: &[i32], add: &mut dyn FnMut(usize, u32)) {
    let steps: Vec<i32> =
        places.iter().zip(places.iter().skip(1)).map(|(a, b)| b.wrapping_sub(*a)).collect();
    let mut cost = START;
    for (period, step) in (1..=MAX_PERIOD).zip(&steps) {
        // A neighbour in the row, and in the rows above and below.
        let is_near = matches!(step.unsigned_abs(), 0 | 1 | 15..=17);
        let far = text.get(period).copied().map_or(0, single);
        cost = cost.saturating_add(if is_near { NEAR_STEP } else { far });
        let repeated = steps.iter().skip(period).zip(&steps).take_while(|(a, b)| a == b).count();
        if repeated > 0 {
            add(repeated.saturating_add(period).saturating_add(1), cost);
        }
    }
}

/// Returns the bits of one character.
fn single(character: char) -> u32 {
    match character {
        ' ' | '-' | '_' | '.' | '0'..='9' => 3,
        '\0'..='\x7f' => 5,
        _ => 6,
    }
}

/// Returns the place of a character in Unicode.
fn code(character: char) -> i32 {
    i32::try_from(u32::from(character)).unwrap_or_default()
}

/// Returns the place of a character's key on the keyboard. Other characters are far from each
/// other.
fn key(character: char) -> i32 {
    let place = KEYS.chars().position(|key| key == character);
    place.map_or_else(
        || code(character).wrapping_mul(64),
        |place| i32::try_from(place & 63).unwrap_or_default(),
    )
}

/// Returns the letter that a character resembles in words such as "p@ssw0rd". The letter l is
/// one of the signs that look like i.
fn skeleton(character: char) -> char {
    match character {
        '0' => 'o',
        '1' | '!' | '|' | 'l' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        other => other,
    }
}

// FNV-1a with 32 bits over the skeletons of the characters, mixed, and scaled to the range of the
// set. It is not a cryptographic hash: the list is public.
const HASH_START: u32 = 0x811c_9dc5;

fn hash_step(state: u32, character: char) -> u32 {
    (state ^ u32::from(skeleton(character))).wrapping_mul(0x0100_0193)
}

/// Returns the one or two hashes of a word of this length.
fn hash_ends(state: u32, length: usize) -> impl Iterator<Item = u32> {
    let count = if length > MAX_SINGLE_HASH { 2 } else { 1 };
    (0..count).map(move |number| {
        let mixed = (state ^ (state >> 15)).wrapping_add(number).wrapping_mul(0x846c_a68b);
        let mixed = (mixed ^ (mixed >> 13)).wrapping_mul(0x7feb_352d);
        let range = u64::from(ENTRIES << REMAINDER_BITS);
        let scaled = u64::from(mixed ^ (mixed >> 16)).wrapping_mul(range) >> 32;
        u32::try_from(scaled).unwrap_or_default()
    })
}

/// Returns the decoded set, in ascending order. In wasm every check decodes it, because there its
/// size counts.
#[cfg(target_arch = "wasm32")]
const fn words() -> [u32; ENTRIES as usize] {
    decode()
}

/// Returns the decoded set, in ascending order.
#[cfg(not(target_arch = "wasm32"))]
fn words() -> &'static [u32; ENTRIES as usize] {
    static WORDS: [u32; ENTRIES as usize] = decode();
    &WORDS
}

/// Decodes the set, in whole numbers instead of bits.
#[expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "checked and iterating functions are not const; the set is fixed, and a test decodes it"
)]
const fn decode() -> [u32; ENTRIES as usize] {
    let mut hashes = [0; ENTRIES as usize];
    let (mut index, mut place, mut hash) = (0, 0, 0);
    while index < hashes.len() {
        let bits = bits_from(place);
        let quotient = bits.leading_ones();
        // The bit after the quotient ends it.
        let length = quotient + 1;
        let remainder = bits.wrapping_shl(length) >> (u64::BITS - REMAINDER_BITS);
        place += length + REMAINDER_BITS;
        hash += quotient << REMAINDER_BITS | remainder as u32;
        hashes[index] = hash;
        index += 1;
    }
    hashes
}

/// Returns the next bits of the set, at least 57, of which the highest is the first.
#[expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "checked and iterating functions are not const; the index is below the length"
)]
const fn bits_from(place: u32) -> u64 {
    let start = (place / 8) as usize;
    let mut bytes = [0; 8];
    let mut index = 0;
    while index < bytes.len() && start + index < SET.len() {
        bytes[index] = SET[start + index];
        index += 1;
    }
    u64::from_be_bytes(bytes) << (place & 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = include_str!("words.txt");

    fn hashes_of(word: &str) -> impl Iterator<Item = u32> {
        hash_ends(word.chars().fold(HASH_START, hash_step), word.chars().count())
    }

    fn is_common(password: &str) -> bool {
        is_guessable(password, &[], common_limit(password.chars().count()))
    }

    /// Compares the set with the list. With `RELATCH_WRITE_SET=1` it writes the set first.
    #[test]
    fn the_set_is_generated_from_the_list() {
        let mut hashes: Vec<u32> = LIST.lines().flat_map(hashes_of).collect();
        hashes.sort_unstable();
        assert_eq!(u32::try_from(hashes.len()).unwrap(), ENTRIES);
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
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/password/words.gcs"), &bytes)
                .unwrap();
        } else {
            assert!(bytes == SET, "run this test with RELATCH_WRITE_SET=1, then again without");
        }
    }

    #[test]
    fn the_set_contains_every_listed_word_and_few_others() {
        let known: std::collections::HashSet<u32> = words().iter().copied().collect();
        let is_known = |word: &str| hashes_of(word).all(|hash| known.contains(&hash));
        assert!(LIST.lines().all(is_known));
        for word in LIST.lines() {
            assert!((MIN_WORD..=MAX_WORD).contains(&word.chars().count()), "{word}");
        }
        let taken = |prefix: &str| {
            (0..200_000).filter(|number| is_known(&format!("{prefix}{number:x}"))).count()
        };
        let (short, long) = (taken("~"), taken("no such word "));
        assert!(short < 150, "{short} of 200,000; one in 2,048 is 98");
        assert!(long < 5, "{long} of 200,000; a long word has two hashes");
    }

    #[test]
    fn a_listed_word_is_common_however_it_is_made_long_enough() {
        let mut passwords = 0;
        for word in LIST.lines() {
            for long in [
                format!("{word}1234567890"),
                format!("{word}123456789!!!"),
                format!("{word}{word}{word}{word}1"),
                format!("{word}2026{word}2026"),
                format!("2026{word}qwertyuiop"),
            ] {
                if long.chars().count() >= 15 {
                    assert!(is_common(&long), "{long}");
                    passwords += 1;
                }
            }
        }
        assert!(passwords > 10_000, "{passwords}");
    }

    #[test]
    fn a_long_password_of_common_parts_is_common() {
        for password in [
            "password12345678",
            "p@ssw0rd!p@ssw0rd!",
            "pa55word12345678",
            "password1password2",
            "passwordpassword123!",
            "iloveyou1234567",
            "mypassword12345",
            "summer-2024-summer",
            "dragon dragon dragon",
            "changemechangeme",
            "january2026january",
            "football01011990",
            "thisismypassword1",
            "motdepasse12345",
            "passwort12345678",
            "contrase\u{f1}a123456",
        ] {
            assert!(is_common(password), "{password}");
        }
    }

    #[test]
    fn walks_on_the_keyboard_are_common() {
        for password in [
            "qwertyuiopasdfghjklzxcvbnm",
            "1q2w3e4r5t6y7u8i",
            "q1w2e3r4t5y6u7i8o9",
            "1qaz2wsx3edc4rfv",
            "1qaz@wsx3edc$rfv",
            "zaq12wsxcde34rfv",
            "1qazxsw23edcvfr4",
            "qazwsxedcrfvtgb",
            "!@#$%^&*()_+1234",
            "asdfghjkl;'zxcv",
            "0987654321poiuyt",
            "qwertzuiopasdfgh",
            "azertyuiopqsdfgh",
        ] {
            assert!(is_common(password), "{password}");
        }
    }

    #[test]
    fn repetitions_and_sequences_are_common() {
        for password in [
            "111111111111112",
            "aaaaaaaaaaaaaab",
            "abcabcabcabcabcabc",
            "112233445566778899",
            "a1b2c3d4e5f6g7h8",
            "aaaabbbbccccdddd",
            "1234567890123456",
            "987654321987654321",
            "147258369147258",
            "abcdefghijklmno1",
            "zyxwvutsrqponmlk",
            "xyzxyzxyzxyzxyz1",
        ] {
            assert!(is_common(password), "{password}");
        }
    }

    #[test]
    fn three_words_are_not_common() {
        for password in [
            "violet harbor mango tree",
            "nine otters borrowed my kite",
            "kt7#vq2!zw9@lp4x",
            "correct horse battery staple",
            "summer winter spring",
            "monkeydragonlove",
            "purple monkey dishwasher",
            "coffee table window",
            "three blind mice ran",
            "59271836",
            "qk4fwz9d",
        ] {
            assert!(!is_common(password), "{password}");
        }
    }

    #[test]
    fn few_characters_are_short_rather_than_common() {
        for password in ["", "a", "short", "x9k2", "love"] {
            assert!(!is_common(password), "{password}");
        }
    }

    #[test]
    fn a_term_costs_little_wherever_it_is() {
        let terms = ["acme".into()];
        for password in ["acme2026acme2026", "acme acme acme 7", "12345678acme!acme"] {
            assert!(is_guessable(password, &terms, 30), "{password}");
        }
        assert!(!is_guessable("acme violet harbor", &terms, 30));
    }
}
