//! Finds the telephone numbers that mail programs make links of.

/// The fewest digits of a telephone number after a `+`.
const INTERNATIONAL_DIGITS: usize = 7;
/// The fewest digits of any other telephone number: a date has one less.
const NATIONAL_DIGITS: usize = 9;
/// The most separators between two digits of a telephone number, as in `1 - (900) 555`. Blanks
/// count as one, because HTML shows one.
const LONGEST_GAP: usize = 4;

/// Returns the telephone numbers of a text: at least seven digits after a `+`, or nine that begin
/// with a `0` or are in groups, unless the groups are dates.
pub(super) fn telephone_numbers(text: &str) -> Vec<String> {
    let mut numbers = Vec::new();
    let mut number = String::new();
    let (mut gap, mut before) = (0_usize, ' ');
    for c in text.chars() {
        let is_digit = c.is_numeric() || c == '+';
        let is_repeated_blank = c.is_whitespace() && before.is_whitespace();
        if !(is_digit || is_repeated_blank) {
            gap = gap.saturating_add(1);
        }
        if is_digit || (is_separator(c) && gap <= LONGEST_GAP) {
            number.push(c);
        } else if !number.is_empty() {
            numbers.push(std::mem::take(&mut number));
        }
        if is_digit {
            gap = 0;
        }
        before = c;
    }
    numbers.push(number);
    let is_outside = |c: char| is_separator(c) && !matches!(c, '(' | ')');
    let numbers = numbers.iter().map(|number| number.trim_matches(is_outside));
    numbers.filter(|number| is_telephone_number(number)).map(str::to_owned).collect()
}

/// Returns whether a character separates the groups of a telephone number. The list is that of
/// libphonenumber, which Android and others use.
const fn is_separator(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t' | '\n' | '\r' | '-' | '.' | '/' | '(' | ')' | '[' | ']' | '~' | '\u{2010}'
            ..='\u{2015}' | '\u{2053}' | '\u{2212}' | '\u{223c}' | '\u{30fc}'
    )
}

/// Returns whether digits and separators are a telephone number.
fn is_telephone_number(number: &str) -> bool {
    let digits = |text: &str| text.chars().filter(|c| c.is_numeric()).count();
    if number.split_once('+').is_some_and(|(_, after)| digits(after) >= INTERNATIONAL_DIGITS) {
        return true;
    }
    let groups: Vec<&str> =
        number.split(|c: char| !c.is_numeric()).filter(|group| !group.is_empty()).collect();
    let is_grouped = groups.len() > 1 || number.trim_start_matches(is_separator).starts_with('0');
    digits(number) >= NATIONAL_DIGITS && is_grouped && !are_dates(&groups)
}

/// Returns whether groups of digits are dates and years, with a time of day at most.
fn are_dates(groups: &[&str]) -> bool {
    let mut rest = groups;
    let mut digits_of_time: usize = 0;
    while let [first, after @ ..] = rest {
        rest = match rest {
            [a, b, c, after @ ..] if is_date(a, b, c) => after,
            _ if is_year(first) => after,
            _ if first.len() <= 2 => {
                digits_of_time = digits_of_time.saturating_add(first.len());
                after
            }
            _ => return false,
        };
    }
    digits_of_time <= 4
}

/// Returns whether three numbers are a date: the year first or last, then month and day in any
/// order.
fn is_date(first: &str, second: &str, third: &str) -> bool {
    let (one, other) = if is_year(first) {
        (second, third)
    } else if is_year(third) {
        (first, second)
    } else {
        return false;
    };
    let is_within = |number: &str, most: u8| {
        number.len() <= 2 && number.parse().is_ok_and(|number: u8| (1..=most).contains(&number))
    };
    (is_within(one, 12) && is_within(other, 31)) || (is_within(one, 31) && is_within(other, 12))
}

fn is_year(number: &str) -> bool {
    number.len() == 4 && number.parse().is_ok_and(|year: u16| (1900..2100).contains(&year))
}
