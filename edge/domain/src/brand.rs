//! The looks of an application: its color, its logo and its site, in mails and on pages.

use std::fmt;

use crate::values::color::Color;

/// The looks of an application.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brand {
    /// The color of buttons, instead of the built-in one.
    pub color: Option<BrandColor>,
    /// The URL of the logo: a PNG, JPEG, GIF or WebP image.
    pub logo: Option<String>,
    /// The URL of the application itself, to which its name and its logo link.
    pub product_url: Option<String>,
}

/// A color scheme of the visitor's device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Dark text on a light background.
    Light,
    /// Light text on a dark background.
    Dark,
}

impl Scheme {
    /// Both schemes.
    pub const ALL: [Self; 2] = [Self::Light, Self::Dark];

    /// Returns the background of the buttons in mails and on pages.
    #[must_use]
    pub const fn background(self) -> Color {
        match self {
            Self::Light => Color::WHITE,
            Self::Dark => Color::new(0x1a, 0x21, 0x2b),
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Light => "light",
            Self::Dark => "dark",
        })
    }
}

/// The color of buttons in each scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrandColor {
    light: Color,
    dark: Color,
}

/// The built-in colors.
impl Default for BrandColor {
    fn default() -> Self {
        Self { light: Color::new(0x1a, 0x4f, 0xd0), dark: Color::new(0x8d, 0xb2, 0xff) }
    }
}

/// A color with too little contrast to the background.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LowContrast {
    /// The scheme in which it cannot.
    pub scheme: Scheme,
    /// The contrast ratio of the color and the background.
    pub ratio: f64,
}

impl BrandColor {
    /// The least contrast ratio of a button and the background (WCAG 2.2, 1.4.11).
    pub const MIN_CONTRAST: f64 = 3.0;

    /// Returns the colors for both schemes.
    ///
    /// # Errors
    ///
    /// The first scheme in which a button has too little contrast to the background.
    pub fn new(light: Color, dark: Color) -> Result<Self, LowContrast> {
        let color = Self { light, dark };
        for scheme in Scheme::ALL {
            let ratio = color.of(scheme).contrast(scheme.background());
            if ratio < Self::MIN_CONTRAST {
                return Err(LowContrast { scheme, ratio });
            }
        }
        Ok(color)
    }

    /// Returns the color in a scheme. [`Color::text`] is that of the text on it.
    #[must_use]
    pub const fn of(self, scheme: Scheme) -> Color {
        match scheme {
            Scheme::Light => self.light,
            Scheme::Dark => self.dark,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_colors_have_enough_contrast() {
        let color = BrandColor::default();
        assert_eq!(BrandColor::new(color.light, color.dark), Ok(color));
    }

    #[test]
    fn a_button_differs_from_the_background_in_both_schemes() {
        let of = |text: &str| {
            let (light, dark) = text.split_once(',').unwrap_or((text, text));
            let [light, dark] = [light, dark].map(|text| Color::parse(text).unwrap());
            BrandColor::new(light, dark).map_err(|low| (low.scheme, (low.ratio * 10.0).round()))
        };
        for fits in ["#3f7fbf", "#d03a2f", "#0b2e6f,#8fb4ff", "#000,#fff"] {
            assert!(of(fits).is_ok(), "{fits}");
        }
        assert_eq!(of("#ffdd00"), Err((Scheme::Light, 13.0)));
        assert_eq!(of("#0b2e6f"), Err((Scheme::Dark, 13.0)));
        assert_eq!(of("#fff,#fff"), Err((Scheme::Light, 10.0)));
        assert_eq!(of("#000,#1a212b"), Err((Scheme::Dark, 10.0)));
    }
}
