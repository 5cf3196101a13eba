//! The looks of an application.

use relatch_domain::brand::{Brand, BrandColor};
use relatch_domain::values::color::Color;

use crate::reader::Reader;
use crate::url::check;

/// The images that mail programs show. They show no SVG.
const IMAGES: [&str; 5] = ["png", "jpg", "jpeg", "gif", "webp"];

impl Reader<'_> {
    /// Reads the looks.
    pub(crate) fn brand(&mut self) -> Brand {
        let is_public = self.is_public;
        Brand {
            color: self.optional("BRAND_COLOR", |text| color(text).map(Some), None),
            logo: self.optional("LOGO_URL", |url| logo_url(url, is_public).map(Some), None),
            product_url: self.optional(
                "PRODUCT_URL",
                |url| check(url, is_public).map(|()| Some(url.to_owned())),
                None,
            ),
        }
    }
}

/// Parses one color, or one for the light and one for the dark scheme.
fn color(text: &str) -> Result<BrandColor, String> {
    let (light, dark) = text.split_once(',').unwrap_or((text, text));
    let [light, dark] = [light, dark].map(|text| Color::parse(text.trim()));
    let (Some(light), Some(dark)) = (light, dark) else {
        return Err("must be a color such as `#2f6fde`, or two, for the light and the dark \
                    scheme, such as `#1a4fd0,#8db2ff`"
            .to_owned());
    };
    BrandColor::new(light, dark).map_err(|low| {
        format!(
            "must have a contrast of at least {}:1 to the background {} (WCAG 2.2, 1.4.11), and \
             has {:.2}:1 in the {} scheme: choose another color, or two, for the light and the \
             dark scheme, such as `#1a4fd0,#8db2ff`",
            BrandColor::MIN_CONTRAST,
            low.scheme.background(),
            // Not rounded up to the minimum.
            (low.ratio * 100.0).floor() / 100.0,
            low.scheme
        )
    })
}

/// Parses the URL of an image.
fn logo_url(url: &str, is_public: bool) -> Result<String, String> {
    check(url, is_public)?;
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let path = path.split("://").nth(1).and_then(|rest| rest.split_once('/'));
    let file = path.and_then(|(_, path)| path.rsplit('/').next()).unwrap_or_default();
    let extension = file.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    if extension.is_some_and(|extension| !IMAGES.contains(&extension.as_str())) {
        return Err("must lead to a PNG, JPEG, GIF or WebP image: mail programs show no other, \
                    also no SVG"
            .to_owned());
    }
    Ok(url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{deployment, parse};

    fn reason(name: &str, value: &str) -> String {
        let errors = parse(&[(name, value)]).unwrap_err();
        let [error] = errors.as_slice() else { panic!("{errors:?}") };
        assert_eq!(error.variable, name);
        error.reason.clone()
    }

    #[test]
    fn the_looks_are_optional_and_read_from_their_variables() {
        assert_eq!(parse(&[]).unwrap().brand, Brand::default());
        let brand = parse(&[
            ("BRAND_COLOR", " #0b2e6f, #8FB4FF "),
            ("LOGO_URL", "https://cdn.example.org/img/Logo.PNG?v=2.5"),
            ("PRODUCT_URL", "https://example.com/home"),
        ])
        .unwrap()
        .brand
        .clone();
        let [light, dark] = ["#0b2e6f", "#8fb4ff"].map(|text| Color::parse(text).unwrap());
        assert_eq!(brand.color, Some(BrandColor::new(light, dark).unwrap()));
        assert_eq!(brand.logo.as_deref(), Some("https://cdn.example.org/img/Logo.PNG?v=2.5"));
        assert_eq!(brand.product_url.as_deref(), Some("https://example.com/home"));
        for logo in ["https://cdn.example.org", "https://cdn.example.org/v1.2/logo"] {
            assert!(parse(&[("LOGO_URL", logo)]).is_ok(), "{logo}");
        }
    }

    #[test]
    fn a_color_without_contrast_is_reported_with_its_scheme_and_ratio() {
        let light = reason("BRAND_COLOR", "#ffe066");
        assert!(
            light.contains("background #ffffff") && light.contains("1.30:1 in the light"),
            "{light}"
        );
        let dark = reason("BRAND_COLOR", "#0b2e6f");
        assert!(
            dark.contains("background #1a212b") && dark.contains("1.26:1 in the dark"),
            "{dark}"
        );
        for no_color in ["blue", "#12345", "#1a4fd0,", "#1a4fd0,#8db2ff,#fff", "url(x)", "#fff;}"] {
            assert!(reason("BRAND_COLOR", no_color).starts_with("must be a color"), "{no_color}");
        }
    }

    #[test]
    fn a_logo_is_an_image_at_an_https_url() {
        for (url, part) in [
            ("javascript:alert(1)", "must begin with `https://`"),
            ("data:image/png;base64,AAAA", "must begin with `https://`"),
            ("<svg onload=alert(1)>", "must begin with `https://`"),
            ("//cdn.example.org/logo.png", "must begin with `https://`"),
            ("http://cdn.example.org/logo.png", "must be https"),
            ("https://localhost/logo.png", "must not lead to loopback"),
            ("https://user@cdn.example.org/logo.png", "plain host"),
            ("https://cdn.example.org/a logo.png", "must not have blanks"),
            ("https://cdn.example.org/logo.svg", "also no SVG"),
            ("https://cdn.example.org/logo.js?x=.png", "must lead to a PNG"),
        ] {
            let reason = reason("LOGO_URL", url);
            assert!(reason.contains(part), "{url}: {reason}");
        }
    }

    #[test]
    fn the_looks_of_an_application_are_its_own() {
        let deployment = deployment(&[
            ("APPLICATIONS", "shop"),
            ("BRAND_COLOR", "#000,#fff"),
            ("LOGO_URL", "https://example.com/logo.png"),
            ("PRODUCT_URL", "https://example.com"),
            ("APP_SHOP_LOGO_URL", "https://shop.example.com/logo.png"),
        ])
        .unwrap();
        let shop = &deployment.applications().of_id("shop").unwrap().brand;
        assert_eq!(shop.logo.as_deref(), Some("https://shop.example.com/logo.png"));
        assert_eq!((shop.color, &shop.product_url), (None, &None));
    }
}
