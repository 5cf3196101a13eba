//! The two cookies of the reset page, which no script can read and which are sent to its path only.
//! One holds the links that were opened, until they are used. The other marks the form that
//! succeeded, so that the success can be shown again; it holds no link.
//!
//! Their names contain a digest of the application and its base path, so that applications of one
//! host do not read each other's. Over https the names have the prefix `__Secure-`, so that no
//! page over http can set them (RFC 6265bis section 4.1.3.1). A sibling host can still set cookies
//! of these names for the whole domain: the page then gets several, and a form selects its link by
//! a digest.
//!
//! A form contains a digest of its link: a MAC under the key of the link, which is useless without
//! the cookie and stays valid after a key rotation.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use http::{HeaderMap, HeaderValue, header};
use relatch::LinkToken;
use relatch::wire::path;

use relatch_domain::application::Application;
use relatch_domain::claims::REPLAY_WINDOW;
use relatch_domain::values::keys::{self, Purpose, base64url, first_half};
use relatch_domain::values::link::Link;

/// Seconds for which the browser keeps a link.
const LINK_SECONDS: u64 = 15 * 60;
/// The most links that the cookie holds. Opening one more removes the oldest.
const MAX_LINKS: usize = 4;
/// The value in place of an invalid link, so that the page reports it and does not show the form of
/// an earlier link.
const INCOMPLETE: &str = "incomplete";
/// Separates the links of a cookie. No token contains it.
const SEPARATOR: char = '.';

/// The links that were opened in this browser, the latest first.
pub(super) struct OpenedLinks {
    latest: LatestLink,
    links: Vec<LinkToken>,
}

/// The link that was opened last.
#[derive(Clone)]
pub(super) enum LatestLink {
    /// There is no cookie.
    Nothing,
    /// The opened link was invalid.
    Incomplete,
    /// A well-formed link, which may be forged, expired or used.
    Link(LinkToken),
}

impl OpenedLinks {
    /// Reads the links of every cookie with the name.
    pub(super) fn read(application: &Application, headers: &HeaderMap) -> Self {
        let name = link_name(application);
        let cookies: Vec<Vec<Option<LinkToken>>> = values(headers, &name)
            .map(|value| value.split(SEPARATOR).map(|text| LinkToken::parse(text).ok()).collect())
            .collect();
        let mut latest = cookies.iter().filter_map(|links| links.first()?.clone());
        let latest = match cookies.as_slice() {
            [] => LatestLink::Nothing,
            [_] => latest.next().map_or(LatestLink::Incomplete, LatestLink::Link),
            // Another host of the domain has set one of them: forged links are left out. Which of
            // the others is the visitor's cannot be determined; the page shows whose it is.
            _ => latest
                .filter(|token| Link::verify(&application.keys, token).is_some())
                .max_by_key(LinkToken::expires_at)
                .map_or(LatestLink::Incomplete, LatestLink::Link),
        };
        Self { latest, links: cookies.into_iter().flatten().flatten().collect() }
    }

    /// Returns the link that was opened last.
    pub(super) fn latest(&self) -> LatestLink {
        self.latest.clone()
    }

    /// Returns the link that a form with this digest belongs to.
    pub(super) fn of_form(&self, application: &Application, digest: &str) -> Option<LinkToken> {
        self.links.iter().find(|token| is_of(application, token, digest)).cloned()
    }

    /// Returns the cookie after a link was opened, or its form was shown again.
    pub(super) fn with(&self, application: &Application, token: &LinkToken) -> HeaderValue {
        self.cookie(application, Some(token.expose()), token.expose())
    }

    /// Returns the cookie after an invalid link was opened.
    pub(super) fn with_incomplete(&self, application: &Application) -> HeaderValue {
        self.cookie(application, Some(INCOMPLETE), INCOMPLETE)
    }

    /// Returns the cookies after the form of a link has succeeded: the link is removed, and the
    /// form is marked.
    pub(super) fn without(
        &self,
        application: &Application,
        token: &LinkToken,
        done: &Done<'_>,
    ) -> [HeaderValue; 2] {
        let Done { digest, .. } = done;
        let mac = base64url(&application.keys.sign(Purpose::Cookie, &done.fields()));
        let mark = format!("{digest}.{mac}");
        [
            self.cookie(application, None, token.expose()),
            cookie(application, &mark_name(application), &mark, REPLAY_WINDOW.as_secs()),
        ]
    }

    /// Returns the cookie with `first` and then every link except `moved`.
    fn cookie(&self, application: &Application, first: Option<&str>, moved: &str) -> HeaderValue {
        let mut values: Vec<&str> = Vec::new();
        let rest = self.links.iter().map(LinkToken::expose).filter(|token| *token != moved);
        for value in first.into_iter().chain(rest) {
            if values.len() < MAX_LINKS && !values.contains(&value) {
                values.push(value);
            }
        }
        let seconds = if values.is_empty() { 0 } else { LINK_SECONDS };
        let value = values.join(&SEPARATOR.to_string());
        cookie(application, &link_name(application), &value, seconds)
    }
}

/// A form that has succeeded.
pub(super) struct Done<'a> {
    /// The digest of its link.
    pub(super) digest: &'a str,
    /// Whether it set the first password of its account.
    pub(super) is_first: bool,
}

impl<'a> Done<'a> {
    /// Returns the form that has just succeeded: the form with this digest, or any.
    pub(super) fn read(
        application: &Application,
        headers: &'a HeaderMap,
        digest: Option<&str>,
    ) -> Option<Self> {
        let name = mark_name(application);
        let mut marks = values(headers, &name).filter_map(|mark| mark.split_once('.'));
        marks.find_map(|(marked, mac)| {
            let mac = bytes(mac).filter(|_| digest.is_none_or(|digest| digest == marked))?;
            [false, true]
                .map(|is_first| Self { digest: marked, is_first })
                .into_iter()
                .find(|done| done.is_marked(application, &mac))
        })
    }

    /// Returns what the MAC of its mark covers.
    fn fields(&self) -> [&'a [u8]; 2] {
        [if self.is_first { b"first" } else { b"done" }, self.digest.as_bytes()]
    }

    fn is_marked(&self, application: &Application, mac: &[u8; 32]) -> bool {
        let keys = &application.keys;
        keys.ids().any(|id| keys.verify(id, Purpose::Cookie, &self.fields(), mac))
    }
}

/// Returns the value of a cookie that occurs once. Other cookies may contain any bytes.
pub(crate) fn value<'a>(headers: &'a HeaderMap, cookie: &str) -> Option<&'a str> {
    let mut values = values(headers, cookie);
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

/// Returns the values of every cookie with this name.
pub(crate) fn values<'a>(headers: &'a HeaderMap, cookie: &str) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(header::COOKIE)
        .into_iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| std::str::from_utf8(pair).ok()?.trim().split_once('='))
        .filter(move |(name, _)| *name == cookie)
        .map(|(_, value)| value)
}

/// Returns the digest of a link for its form, or `None` if the key of the link is not on the ring.
pub(super) fn digest(application: &Application, token: &LinkToken) -> Option<String> {
    let mac = application.keys.mac(
        token.parts().key_id,
        Purpose::Cookie,
        &[b"form", token.expose().as_bytes()],
    )?;
    Some(base64url(&mac))
}

/// Returns whether a form with this digest belongs to this link, in constant time.
fn is_of(application: &Application, token: &LinkToken, digest: &str) -> bool {
    let fields: [&[u8]; 2] = [b"form", token.expose().as_bytes()];
    bytes(digest).is_some_and(|mac| {
        application.keys.verify(token.parts().key_id, Purpose::Cookie, &fields, &mac)
    })
}

fn bytes(mac: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    Base64UrlUnpadded::decode(mac, &mut bytes)
        .is_ok_and(|decoded| decoded.len() == 32)
        .then_some(bytes)
}

fn link_name(application: &Application) -> String {
    name(application, "relatch-")
}

fn mark_name(application: &Application) -> String {
    name(application, "relatch-done-")
}

/// Returns whether the pages have https. Only a service on loopback has http.
fn has_https(application: &Application) -> bool {
    application.own_origin.starts_with("https:")
}

/// Returns the name of a cookie. Browsers do not store `__Secure-` cookies of a page over http.
fn name(application: &Application, name: &str) -> String {
    let prefix = if has_https(application) { "__Secure-" } else { "" };
    let fields = [application.base_path.as_bytes()];
    let digest = first_half(keys::digest(&application.id, "cookie", &fields));
    [prefix, name, &base64url(&digest)].concat()
}

fn cookie(application: &Application, name: &str, value: &str, seconds: u64) -> HeaderValue {
    let path = [&application.base_path, path::RESET_PAGE].concat();
    // Safari does not store a `Secure` cookie of a page over http, also on loopback.
    let secure = if has_https(application) { "; Secure" } else { "" };
    let cookie =
        format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly{secure}; SameSite=Lax");
    // All parts are valid in a header.
    let mut header =
        HeaderValue::from_str(&cookie).unwrap_or_else(|_| HeaderValue::from_static(""));
    header.set_sensitive(true);
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use relatch_domain::testing::{application, keyring};
    use relatch_domain::values::link::{Link, Seed};
    use relatch_domain::values::object_id::MailboxId;
    use relatch_domain::values::time::Moment;

    const NEW: &str = "8:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
    const OLD: &str = "7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn keys(keys: &str) -> Application {
        Application { keys: keyring(keys), ..application() }
    }

    fn token(application: &Application, random: u8) -> LinkToken {
        let mailbox = MailboxId::new(&application.keys, "peter@example.com");
        let seed = Seed { key_id: application.keys.signing_key_id(), random: [random; 32] };
        Link::issue(&application.keys, &seed, &mailbox, Moment::from_seconds(1_800_000_000))
            .unwrap()
            .1
    }

    fn with(cookies: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(header::COOKIE, cookie.parse().unwrap());
        }
        headers
    }

    fn sent_back(set: &[&HeaderValue]) -> HeaderMap {
        let pairs: Vec<&str> =
            set.iter().map(|set| set.to_str().unwrap().split(';').next().unwrap()).collect();
        with(&[&pairs.join("; ")])
    }

    /// Returns the cookie of a browser that opens these links one after the other.
    fn opened(application: &Application, tokens: &[&LinkToken]) -> HeaderMap {
        tokens.iter().fold(HeaderMap::new(), |headers, token| {
            sent_back(&[&OpenedLinks::read(application, &headers).with(application, token)])
        })
    }

    fn latest(application: &Application, headers: &HeaderMap) -> Option<String> {
        match OpenedLinks::read(application, headers).latest() {
            LatestLink::Nothing => None,
            LatestLink::Incomplete => Some(INCOMPLETE.to_owned()),
            LatestLink::Link(token) => Some(token.expose().to_owned()),
        }
    }

    #[test]
    fn a_digest_matches_one_link_and_survives_a_rotation_but_not_the_loss_of_its_key() {
        let old = keys(OLD);
        let (one, other) = (token(&old, 1), token(&old, 2));
        let digest = digest(&old, &one).unwrap();
        let rotated = keys(&format!("{NEW},{OLD}"));
        assert!(is_of(&old, &one, &digest) && is_of(&rotated, &one, &digest));
        assert!(!is_of(&old, &other, &digest));
        assert!(!is_of(&keys(NEW), &one, &digest));
        assert_eq!(super::digest(&keys(NEW), &one), None);
        for wrong in ["", "x", &digest[1..], &format!("{digest}A"), one.expose()] {
            assert!(!is_of(&old, &one, wrong), "{wrong}");
        }
    }

    #[test]
    fn the_cookie_returns_the_link_and_any_other_value_is_incomplete() {
        let application = keys(OLD);
        let name = link_name(&application);
        let token = token(&application, 1);
        assert_eq!(
            latest(&application, &opened(&application, &[&token])).as_deref(),
            Some(token.expose())
        );
        let none = OpenedLinks::read(&application, &HeaderMap::new());
        let incomplete = sent_back(&[&none.with_incomplete(&application)]);
        assert_eq!(latest(&application, &incomplete).as_deref(), Some(INCOMPLETE));
        let pair = |value: &str| format!("{name}={value}");
        for value in ["", "x", ".", "a.b", &token.expose()[1..]] {
            let headers = with(&[&pair(value)]);
            assert_eq!(latest(&application, &headers).as_deref(), Some(INCOMPLETE), "{value}");
        }
        let own = pair(token.expose());
        let mut others = with(&[]);
        let line = [b"name=Jos\xe9; a=\xc3\xa9; ", own.as_bytes(), b"; \xff"].concat();
        others.append(header::COOKIE, HeaderValue::from_bytes(&line).unwrap());
        assert_eq!(latest(&application, &others).as_deref(), Some(token.expose()));
        let between = with(&[&format!("a=b; {own};c=d")]);
        assert_eq!(latest(&application, &between).as_deref(), Some(token.expose()));
        for cookies in [&[][..], &["a=b"], &[&format!("x{own}")]] {
            assert_eq!(latest(&application, &with(cookies)), None, "{cookies:?}");
        }
    }

    #[test]
    fn the_cookie_keeps_the_latest_four_links_and_each_form_selects_its_own() {
        let application = keys(OLD);
        let tokens: Vec<LinkToken> = (1..=5).map(|random| token(&application, random)).collect();
        let tokens: Vec<&LinkToken> = tokens.iter().collect();
        let headers = opened(&application, &[&tokens[..], &tokens[2..3]].concat());
        assert_eq!(latest(&application, &headers).as_deref(), Some(tokens[2].expose()));
        let links = OpenedLinks::read(&application, &headers);
        for (number, token) in tokens.iter().enumerate() {
            let digest = digest(&application, token).unwrap();
            let own = links.of_form(&application, &digest);
            assert_eq!(own.is_some_and(|own| own.expose() == token.expose()), number > 0);
        }
        let after = sent_back(&[&links.with_incomplete(&application)]);
        assert_eq!(latest(&application, &after).as_deref(), Some(INCOMPLETE));
        let digest = digest(&application, tokens[2]).unwrap();
        assert!(OpenedLinks::read(&application, &after).of_form(&application, &digest).is_some());
    }

    #[test]
    fn a_cookie_of_another_host_does_not_hide_the_link() {
        let application = keys(OLD);
        let own = token(&application, 1);
        let forged = token(&keys(NEW), 2);
        let digest = digest(&application, &own).unwrap();
        let name = link_name(&application);
        let pair = |value: &str| format!("{name}={value}");
        for other in ["tossed", "", INCOMPLETE, forged.expose()] {
            for pairs in [[pair(other), pair(own.expose())], [pair(own.expose()), pair(other)]] {
                let headers = with(&[&pairs.join("; ")]);
                assert_eq!(latest(&application, &headers).as_deref(), Some(own.expose()));
                let links = OpenedLinks::read(&application, &headers);
                assert!(links.of_form(&application, &digest).is_some(), "{other}");
            }
        }
        let headers = with(&[&pair("x"), &pair("y")]);
        assert_eq!(latest(&application, &headers).as_deref(), Some(INCOMPLETE));
    }

    /// Returns whether the form that succeeded set a first password, or `None` if none did.
    fn is_first(
        application: &Application,
        headers: &HeaderMap,
        digest: Option<&str>,
    ) -> Option<bool> {
        Done::read(application, headers, digest).map(|done| done.is_first)
    }

    #[test]
    fn a_success_removes_the_link_and_leaves_a_mark_without_it() {
        let application = keys(OLD);
        let (one, other) = (token(&application, 1), token(&application, 2));
        let digest = digest(&application, &one).unwrap();
        let links = OpenedLinks::read(&application, &opened(&application, &[&other, &one]));
        let done = |is_first| Done { digest: &digest, is_first };
        let [rest, mark] = links.without(&application, &one, &done(false));
        assert!(!mark.to_str().unwrap().contains(&one.expose()[31..60]));
        let back = sent_back(&[&rest, &mark]);
        assert_eq!(latest(&application, &back).as_deref(), Some(other.expose()));
        for application in [&application, &keys(&format!("{NEW},{OLD}"))] {
            assert_eq!(is_first(application, &back, None), Some(false));
            assert_eq!(is_first(application, &back, Some(&digest)), Some(false));
            assert_eq!(is_first(application, &back, Some("x")), None);
        }
        assert_eq!(is_first(&keys(NEW), &back, None), None);
        let forged = format!("{}={digest}.{digest}", mark_name(&application));
        assert_eq!(is_first(&application, &with(&[&forged]), None), None);
        let pair = sent_back(&[&mark]);
        let pair = pair[header::COOKIE].to_str().unwrap();
        let both = with(&[&format!("{forged}; {pair}")]);
        assert_eq!(is_first(&application, &both, Some(&digest)), Some(false));
        let [_, mark] = links.without(&application, &one, &done(true));
        let back = sent_back(&[&mark]);
        assert_eq!(is_first(&application, &back, Some(&digest)), Some(true));
    }

    #[test]
    fn the_cookie_is_limited_to_its_path_and_hidden_from_scripts() {
        for (origin, secure) in [
            ("https://accounts.example.com", "; Secure"),
            ("http://localhost:8787", ""),
            ("http://127.0.0.1", ""),
        ] {
            let application = Application { own_origin: origin.to_owned(), ..keys(OLD) };
            let token = token(&application, 1);
            let links = OpenedLinks::read(&application, &opened(&application, &[&token]));
            let done = Done { digest: "digest", is_first: false };
            let [link, mark] = links.without(&application, &token, &done);
            for (set, seconds) in [
                (links.with(&application, &token), 900),
                (links.with_incomplete(&application), 900),
                (link, 0),
                (mark, 600),
            ] {
                let (_, attributes) = set.to_str().unwrap().split_once("; ").unwrap();
                let expected = format!(
                    "Path=/password/reset; Max-Age={seconds}; HttpOnly{secure}; SameSite=Lax"
                );
                assert_eq!(attributes, expected, "{origin}");
                assert!(
                    !format!("{set:?}").contains("relatch-"),
                    "the debug output must not contain the cookie"
                );
            }
        }
    }

    #[test]
    fn each_application_and_base_path_has_its_own_names() {
        let application = keys(OLD);
        let mounted = Application { base_path: "/auth".to_owned(), ..keys(OLD) };
        let shop = Application { id: "shop".parse().unwrap(), ..keys(OLD) };
        let names = [&application, &mounted, &shop].map(link_name);
        assert!(names.iter().all(|name| name.starts_with("__Secure-relatch-")), "{names:?}");
        assert!(names[0] != names[1] && names[0] != names[2] && names[1] != names[2]);
        let local = Application { own_origin: "http://localhost:8787".to_owned(), ..keys(OLD) };
        assert_eq!(format!("__Secure-{}", link_name(&local)), names[0]);
    }

    #[test]
    fn the_cookies_and_the_digest_of_a_form_are_fixed() {
        let application = keys(OLD);
        let token = token(&application, 1);
        let digest = digest(&application, &token).unwrap();
        assert_eq!(digest, "jl2q413v69t_GvYGxi-HF6qCHidbgxVnK1qMKVb8xLw");
        let set =
            |cookie: &HeaderValue| cookie.to_str().unwrap().replace(token.expose(), "{token}");
        let attributes = "HttpOnly; Secure; SameSite=Lax";
        let none = OpenedLinks::read(&application, &HeaderMap::new());
        let name = "__Secure-relatch-flu2C62THqNkfzozDOuTVg";
        assert_eq!(
            set(&none.with(&application, &token)),
            format!("{name}={{token}}; Path=/password/reset; Max-Age=900; {attributes}")
        );
        assert_eq!(
            set(&none.with_incomplete(&application)),
            format!("{name}=incomplete; Path=/password/reset; Max-Age=900; {attributes}")
        );
        let done = Done { digest: "digest", is_first: false };
        let [gone, mark] = none.without(&application, &token, &done);
        assert_eq!(set(&gone), format!("{name}=; Path=/password/reset; Max-Age=0; {attributes}"));
        let name = "__Secure-relatch-done-flu2C62THqNkfzozDOuTVg";
        let value = "digest.dTmf_hlXvr1-zmySoOwj5TOg_PiFlFcdNPpOkByqi18";
        assert_eq!(
            set(&mark),
            format!("{name}={value}; Path=/password/reset; Max-Age=600; {attributes}")
        );
    }
}
