use super::*;

fn texts(tag: &str) -> Texts {
    Texts::compiled(Language::parse(tag).unwrap()).unwrap()
}

#[test]
fn a_tag_selects_its_language_by_lookup() {
    for (tag, expected) in [
        ("de", Some("de")),
        ("DE", Some("de")),
        ("de-AT", Some("de")),
        ("de_AT.UTF-8", Some("de")),
        ("de_DE@euro", Some("de")),
        ("de-Latn-DE-1996", Some("de")),
        ("pt-BR", Some("pt")),
        ("pt-PT", Some("pt")),
        ("zh", Some("zh-Hans")),
        ("zh-CN", Some("zh-Hans")),
        ("zh_SG", Some("zh-Hans")),
        ("zh-Hans-HK", Some("zh-Hans")),
        ("zh-TW", None),
        ("zh-Hant", None),
        ("zh-Hant-CN", None),
        ("en-XA", Some("en")),
        ("ko", None),
        ("C", None),
        ("POSIX", None),
        ("deu", None),
        ("d", None),
        ("", None),
        ("*", None),
        ("de--AT", None),
        ("de-", None),
        ("-de", None),
        ("de AT", None),
        ("../../de", None),
        ("de\0", None),
        ("d\u{e9}", None),
        ("de-abcdefghi", None),
        ("de-aaaaaaaa-bbbbbbbb-cccccccc-dddddddd", None),
    ] {
        assert_eq!(Language::parse(tag).map(Language::tag), expected, "{tag}");
    }
}

#[test]
fn a_header_selects_the_language_with_the_highest_weight() {
    for (header, expected) in [
        ("de", Some("de")),
        ("de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", Some("de")),
        ("en;q=0.7, fr;q=0.9", Some("fr")),
        ("en;q=0.7 , fr ; q=0.9", Some("fr")),
        ("ko, ja;q=0.5, en;q=0.2", Some("ja")),
        ("fr, de", Some("fr")),
        ("fr;q=0, de;q=0.1", Some("de")),
        ("fr;q=1.000, de", Some("fr")),
        ("*", None),
        ("ko,*;q=0.5", None),
        ("", None),
        (",,;,", None),
        ("de;q=2", None),
        ("de;q=0.1234", None),
        ("de;q=-1", None),
        ("de;q=a,pl;q=0.1", Some("pl")),
        ("de;level=1,pl", Some("pl")),
    ] {
        assert_eq!(Language::accepted(header).map(Language::tag), expected, "{header}");
    }
    let many = format!("{}de", "ko,".repeat(1000));
    assert_eq!(Language::accepted(&many), None);
}

#[test]
fn a_span_has_the_plural_form_of_its_language() {
    for (tag, seconds, expected) in [
        ("en", 0, "0 seconds"),
        ("en", 1, "1 second"),
        ("en", 45, "45 seconds"),
        ("en", 60, "1 minute"),
        ("en", 90, "90 seconds"),
        ("en", 3600, "1 hour"),
        ("en", 5400, "90 minutes"),
        ("en", 7200, "2 hours"),
        ("fr", 0, "0 seconde"),
        ("pl", 3600, "1 godzinę"),
        ("pl", 2 * 3600, "2 godziny"),
        ("pl", 5 * 3600, "5 godzin"),
        ("pl", 12 * 3600, "12 godzin"),
        ("pl", 22 * 3600, "22 godziny"),
        ("pl", 101 * 3600, "101 godzin"),
        ("pl", 102 * 3600, "102 godziny"),
        ("pl", 112 * 3600, "112 godzin"),
        ("pl", 102_312 * 3600, "102312 godzin"),
        ("tr", 7200, "2 saat"),
        ("ja", 1800, "30 分間"),
        ("zh", 1800, "30 分钟"),
    ] {
        assert_eq!(texts(tag).span(Duration::from_secs(seconds)), expected, "{tag}");
    }
}

#[test]
fn every_language_has_every_text() {
    for language in Language::all() {
        let texts = Texts::compiled(language).unwrap();
        assert_eq!(texts.slots.len(), SLOTS);
        assert_eq!(texts.language(), language);
        assert!((1..=12).all(|month| !texts.month(month).is_empty()));
        assert_eq!(texts.month(0), texts.month(1));
        assert_eq!(texts.month(13), "");
    }
    assert_eq!(Texts::compiled(Language::ENGLISH).unwrap().slots, ENGLISH);
}

#[test]
fn values_are_inserted_as_they_are() {
    let hostile = "\u{1}{ $name }<b>\u{2}";
    assert_eq!(Texts::ENGLISH.mail_hello_name(hostile), format!("Hello {hostile},"));
    let works = Texts::ENGLISH.mail_reset_works("\u{2}", "x");
    assert_eq!(works, "The link works once, for \u{2}, until x.");
}

#[test]
fn a_table_of_another_version_is_not_read() {
    assert!(Texts::read(Language::ENGLISH, "a\nb".to_owned()).is_none());
    assert!(file_name(Language::ENGLISH).starts_with("en-"));
}

#[test]
fn the_pseudo_languages_are_longer_or_run_from_right_to_left() {
    let (long, other) = (Pseudo::Long.texts(), Pseudo::RightToLeft.texts());
    assert!(long.request_title().len() > Texts::ENGLISH.request_title().len() * 5 / 4);
    assert_eq!((long.language().direction(), other.language().direction()), ("ltr", "rtl"));
    assert!(other.request_title().contains('\u{202e}'));
    assert!(Language::all().all(|language| language.direction() == "ltr"));
}
