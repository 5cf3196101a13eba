//! Colors in sRGB, and the contrast between two of them (WCAG 2.2).

use std::fmt;

/// A color in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color([u8; 3]);

impl Color {
    /// Black.
    pub const BLACK: Self = Self([0; 3]);
    /// White.
    pub const WHITE: Self = Self([255; 3]);

    /// Returns the color with these parts of red, green and blue.
    #[must_use]
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue])
    }

    /// Parses `#rrggbb` or `#rgb`, in upper or lower case. Returns `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits: Vec<char> = text.strip_prefix('#')?.chars().collect();
        let digits = match digits.len() {
            3 => digits.iter().flat_map(|digit| [*digit, *digit]).collect(),
            6 => digits,
            _ => return None,
        };
        let value = digits
            .iter()
            .try_fold(0, |value: u32, digit| digit.to_digit(16).map(|digit| value << 4 | digit))?;
        let [_, red, green, blue] = value.to_be_bytes();
        Some(Self([red, green, blue]))
    }

    /// Returns the contrast ratio to another color, from 1 to 21 (WCAG 2.2, "contrast ratio").
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let [one, two] = [self, other].map(|color| color.luminance() + 0.05);
        one.max(two) / one.min(two)
    }

    /// Returns black or white, whichever has more contrast to this color. It has at least 4.58:1, so
    /// that it can be read in every size (WCAG 2.2, 1.4.3).
    #[must_use]
    pub fn text(self) -> Self {
        let is_light = self.contrast(Self::BLACK) > self.contrast(Self::WHITE);
        if is_light { Self::BLACK } else { Self::WHITE }
    }

    /// Returns the relative luminance, from 0 to 1 (WCAG 2.2, "relative luminance").
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

/// Writes `#rrggbb`, in lower case.
impl fmt::Display for Color {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(formatter, "#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_color_is_three_or_six_hexadecimal_digits() {
        for (text, written) in [("#1a4fd0", "#1a4fd0"), ("#FFF", "#ffffff"), ("#1aF", "#11aaff")] {
            assert_eq!(Color::parse(text).unwrap().to_string(), written);
        }
        for text in ["", "#", "red", "1a4fd0", "#1a4fd", "#1a4fd0ff", "#12", "#ggg", "#+1+2+3"] {
            assert_eq!(Color::parse(text), None, "{text}");
        }
    }

    /// The ratios are those of other programs for the same pairs of colors.
    #[test]
    fn the_contrast_is_that_of_wcag() {
        for (one, two, ratio) in [
            ("#000", "#fff", 21.0),
            ("#fff", "#fff", 1.0),
            ("#777777", "#ffffff", 4.48),
            ("#767676", "#ffffff", 4.54),
            ("#ff0000", "#ffffff", 4.0),
            ("#0000ff", "#ffffff", 8.59),
        ] {
            let [one, two] = [one, two].map(|text| Color::parse(text).unwrap());
            for contrast in [one.contrast(two), two.contrast(one)] {
                assert!((contrast - ratio).abs() < 0.005, "{one} {two}: {contrast}");
            }
        }
    }

    #[test]
    fn the_text_on_every_color_can_be_read() {
        assert_eq!(Color::new(26, 79, 208).text(), Color::WHITE);
        assert_eq!(Color::new(141, 178, 255).text(), Color::BLACK);
        let parts = || (0..=255).step_by(5);
        for (red, green) in parts().flat_map(|red| parts().map(move |green| (red, green))) {
            for color in parts().map(|blue| Color::new(red, green, blue)) {
                assert!(color.contrast(color.text()) >= 4.5, "{color}");
            }
        }
    }
}
