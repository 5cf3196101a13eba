//! The two cookies of the reset page, which no script can read and which are sent to its path only.
//! One holds the link, until it is used. The other marks the form that succeeded, so that the
//! success can be shown again; it holds no link.
//!
//! A form contains a digest of its link: a MAC under the key of the link, which is useless without
//! the cookie and stays valid after a key rotation.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use http::{HeaderMap, HeaderValue, header};
use relatch::LinkToken;
use relatch::wire::path;

use relatch_domain::application::Application;
use relatch_domain::values::keys::{Purpose, base64url};

const LINK: &str = "relatch-link";
const MARK: &str = "relatch-done";
/// Seconds for which the browser keeps a link.
const LINK_SECONDS: u32 = 15 * 60;
/// Seconds for which the browser keeps the mark: the replay window of a confirm.
const MARK_SECONDS: u32 = 10 * 60;
/// The value in place of an invalid link, so that the page reports it and does not show the form of
/// an earlier link.
const INCOMPLETE: &str = "incomplete";

/// The content of the link cookie.
pub(super) enum LinkCookie {
    /// There is no cookie, or several: another site of the domain may have set one.
    Nothing,
    /// The opened link was invalid.
    Incomplete,
    /// A well-formed link, which may be forged, expired or used.
    Link(LinkToken),
}

/// Returns the link that was opened last.
pub(super) fn link(headers: &HeaderMap) -> LinkCookie {
    match value(headers, LINK) {
        None => LinkCookie::Nothing,
        Some(value) => LinkToken::parse(value).map_or(LinkCookie::Incomplete, LinkCookie::Link),
    }
}

/// Returns the digest of the form that has just succeeded.
pub(super) fn done<'a>(application: &Application, headers: &'a HeaderMap) -> Option<&'a str> {
    let (digest, code) = value(headers, MARK)?.split_once('.')?;
    is_mark(application, digest, code).then_some(digest)
}

/// Returns the value of a cookie that occurs once. Other cookies may contain any bytes.
pub(crate) fn value<'a>(headers: &'a HeaderMap, cookie: &str) -> Option<&'a str> {
    let mut values = headers
        .get_all(header::COOKIE)
        .into_iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| std::str::from_utf8(pair).ok()?.trim().split_once('='))
        .filter(|(name, _)| *name == cookie)
        .map(|(_, value)| value);
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

/// Returns the cookie that holds a link.
pub(super) fn of_link(application: &Application, token: &LinkToken) -> HeaderValue {
    cookie(application, LINK, token.expose(), LINK_SECONDS)
}

/// Returns the cookie that marks an invalid link.
pub(super) fn of_incomplete_link(application: &Application) -> HeaderValue {
    cookie(application, LINK, INCOMPLETE, LINK_SECONDS)
}

/// Returns the cookies that delete the link and mark the form that succeeded.
pub(super) fn of_success(application: &Application, digest: &str) -> [HeaderValue; 2] {
    let code = base64url(&application.keys.sign(Purpose::Cookie, &[b"done", digest.as_bytes()]));
    [
        cookie(application, LINK, "", 0),
        cookie(application, MARK, &format!("{digest}.{code}"), MARK_SECONDS),
    ]
}

/// Returns the digest of a link for its form, or `None` if the key of the link is not on the ring.
pub(super) fn digest(application: &Application, token: &LinkToken) -> Option<String> {
    let code = application.keys.mac(
        token.parts().key_id,
        Purpose::Cookie,
        &[b"form", token.expose().as_bytes()],
    )?;
    Some(base64url(&code))
}

/// Returns whether a form with this digest belongs to this link, in constant time.
pub(super) fn is_of(application: &Application, token: &LinkToken, digest: &str) -> bool {
    let fields: [&[u8]; 2] = [b"form", token.expose().as_bytes()];
    bytes(digest).is_some_and(|code| {
        application.keys.verify(token.parts().key_id, Purpose::Cookie, &fields, &code)
    })
}

fn is_mark(application: &Application, digest: &str, code: &str) -> bool {
    let fields: [&[u8]; 2] = [b"done", digest.as_bytes()];
    let keys = &application.keys;
    bytes(code)
        .is_some_and(|code| keys.ids().any(|id| keys.verify(id, Purpose::Cookie, &fields, &code)))
}

fn bytes(code: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    Base64UrlUnpadded::decode(code, &mut bytes)
        .is_ok_and(|decoded| decoded.len() == 32)
        .then_some(bytes)
}

fn cookie(application: &Application, name: &str, value: &str, seconds: u32) -> HeaderValue {
    let path = [&application.base_path, path::RESET_PAGE].concat();
    let cookie =
        format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; Secure; SameSite=Lax");
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

    #[test]
    fn a_digest_is_of_one_link_and_outlives_a_rotation_but_not_the_key() {
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
    fn a_link_comes_back_and_anything_else_is_none() {
        let application = keys(OLD);
        let token = token(&application, 1);
        let LinkCookie::Link(back) = link(&sent_back(&[&of_link(&application, &token)])) else {
            panic!("no link")
        };
        assert_eq!(back.expose(), token.expose());
        assert!(matches!(
            link(&sent_back(&[&of_incomplete_link(&application)])),
            LinkCookie::Incomplete
        ));
        let of = |value: &str| format!("{LINK}={value}");
        for value in ["", "x", ".", "a.b", &token.expose()[1..]] {
            assert!(matches!(link(&with(&[&of(value)])), LinkCookie::Incomplete), "{value}");
        }
        let mine = of(token.expose());
        let mut others = with(&[]);
        let line = [b"name=Jos\xe9; a=\xc3\xa9; ", mine.as_bytes(), b"; \xff"].concat();
        others.append(header::COOKIE, HeaderValue::from_bytes(&line).unwrap());
        assert!(
            matches!(link(&others), LinkCookie::Link(_)),
            "what other cookies hold is no matter"
        );
        assert!(matches!(link(&with(&[&format!("a=b; {mine};c=d")])), LinkCookie::Link(_)));
        for cookies in [
            &[][..],
            &["a=b"],
            &[&format!("x{mine}")],
            &[&mine, &mine],
            &[&format!("{mine}; {LINK}=x")],
        ] {
            assert!(matches!(link(&with(cookies)), LinkCookie::Nothing), "{cookies:?}");
        }
    }

    #[test]
    fn a_success_forgets_the_link_and_leaves_a_mark_that_holds_none_and_cannot_be_made_up() {
        let application = keys(OLD);
        let token = token(&application, 1);
        let digest = digest(&application, &token).unwrap();
        let [gone, mark] = of_success(&application, &digest);
        assert!(
            gone.to_str().unwrap().starts_with("relatch-link=; Path=/password/reset; Max-Age=0;")
        );
        assert!(!mark.to_str().unwrap().contains(&token.expose()[31..60]));
        let back = sent_back(&[&mark]);
        assert!(matches!(link(&back), LinkCookie::Nothing));
        for application in [&application, &keys(&format!("{NEW},{OLD}"))] {
            assert_eq!(done(application, &back), Some(digest.as_str()));
        }
        assert_eq!(done(&keys(NEW), &back), None);
        assert_eq!(done(&application, &with(&[&format!("{MARK}={digest}.{digest}")])), None);
        assert_eq!(done(&application, &sent_back(&[&mark, &mark])), None);
    }

    #[test]
    fn the_cookie_is_for_this_path_and_no_script() {
        let application = keys(OLD);
        let set = of_link(&application, &token(&application, 1));
        let (_, attributes) = set.to_str().unwrap().split_once("; ").unwrap();
        assert_eq!(attributes, "Path=/password/reset; Max-Age=900; HttpOnly; Secure; SameSite=Lax");
        assert!(!format!("{set:?}").contains(LINK), "it does not print");
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
        let link = of_link(&application, &token);
        assert_eq!(
            set(&link),
            format!("relatch-link={{token}}; Path=/password/reset; Max-Age=900; {attributes}")
        );
        let incomplete = of_incomplete_link(&application);
        assert_eq!(
            set(&incomplete),
            format!("relatch-link=incomplete; Path=/password/reset; Max-Age=900; {attributes}")
        );
        let [gone, mark] = of_success(&application, "digest");
        assert_eq!(
            set(&gone),
            format!("relatch-link=; Path=/password/reset; Max-Age=0; {attributes}")
        );
        let value = "digest.dTmf_hlXvr1-zmySoOwj5TOg_PiFlFcdNPpOkByqi18";
        assert_eq!(
            set(&mark),
            format!("relatch-done={value}; Path=/password/reset; Max-Age=600; {attributes}")
        );
    }
}
