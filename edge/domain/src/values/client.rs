//! The client of a request, as far as the network identifies it: an address and a continent. A
//! server of the application may call for a visitor and report the visitor's address.

use std::net::{IpAddr, Ipv6Addr};
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::values::keys::{Keyring, Purpose};

/// The number of groups into which the visitors of a server key are divided by their networks. Each
/// group has the limit of one wide block, so the ceiling of a key is this many times that limit.
const VISITOR_GROUPS: u8 = 8;

/// The client of a call: the caller, or the visitor whom the caller names.
///
/// The host reports the caller's address. No header that a client can set is trusted, except the
/// visitor's address if a server key allows the caller to report it.
pub struct ClientInfo {
    /// The IP address, if the host reports one.
    pub address: Option<IpAddr>,
    /// The continent of the caller. A function, because asking the host for it costs more than
    /// rejecting a forged link.
    pub continent: Rc<dyn Fn() -> Continent>,
    /// The server that reported the address, if the client is its visitor.
    pub reporter: Option<Reporter>,
}

/// A server of the application that calls for a visitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reporter {
    /// The label of its key.
    pub label: String,
    /// Its own IP address, if the host reports one.
    pub address: Option<IpAddr>,
}

impl ClientInfo {
    /// Returns the visitor with this address, for whom this client calls with the server key of
    /// this label.
    #[must_use]
    pub fn visitor(&self, address: IpAddr, label: String) -> Self {
        Self {
            address: Some(address),
            continent: Rc::clone(&self.continent),
            reporter: Some(Reporter { label, address: self.address }),
        }
    }

    /// Returns the address as jobs and events store it: see [`RecordedAddress`]. IPv4-mapped IPv6
    /// addresses become IPv4.
    #[must_use]
    pub fn address_text(&self) -> Option<String> {
        let text = |address: IpAddr| address.to_canonical().to_string();
        let address = text(self.address?);
        Some(match &self.reporter {
            None => address,
            Some(Reporter { label, address: None }) => format!("{address}{REPORTED_BY}{label}"),
            Some(Reporter { label, address: Some(own) }) => {
                format!("{address}{REPORTED_BY}{label}{REPORTED_FROM}{}", text(*own))
            }
        })
    }

    /// Returns the block of addresses that shares one rate limit: an IPv4 address, or the /64 of an
    /// IPv6 address, because one household or server usually has a whole /64.
    ///
    /// The visitors of a server key are counted apart from direct callers. A server can name any
    /// address, so the wider block of a visitor is a group of networks, and all groups of a key
    /// together are its ceiling. Only the holder of the service's keys knows which networks share
    /// a group, and visitors who use up one group do not affect the others.
    #[must_use]
    pub fn block(&self, keys: &Keyring) -> AddressBlock {
        let AddressBlock { block, wide } = AddressBlock::of(self.address);
        let Some(Reporter { label, .. }) = &self.reporter else {
            return AddressBlock { block, wide };
        };
        let [first, ..] = keys.sign(Purpose::Names, &[b"visitor group", wide.as_bytes()]);
        let group = first.checked_rem(VISITOR_GROUPS).unwrap_or_default();
        let of_key = format!("key/{}/{label}", keys.application().as_str());
        AddressBlock { block: format!("{of_key}/{block}"), wide: format!("{of_key}/group/{group}") }
    }
}

const REPORTED_BY: &str = " reported by ";
const REPORTED_FROM: &str = " at ";

/// The parts of an address as jobs and events store it: `192.0.2.1`, or, of a visitor whom a server
/// names, `192.0.2.1 reported by LABEL at 198.51.100.1`. The last part is the server's own address
/// and may be absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordedAddress<'a> {
    /// The address of the client.
    pub address: &'a str,
    /// The label of the server key, if a server reported the address.
    pub reported_by: Option<&'a str>,
    /// The address of that server.
    pub reported_from: Option<&'a str>,
}

impl<'a> RecordedAddress<'a> {
    /// Splits a stored address.
    #[must_use]
    pub fn parse(stored: &'a str) -> Self {
        let Some((address, reporter)) = stored.split_once(REPORTED_BY) else {
            return Self { address: stored, reported_by: None, reported_from: None };
        };
        match reporter.split_once(REPORTED_FROM) {
            Some((label, own)) => {
                Self { address, reported_by: Some(label), reported_from: Some(own) }
            }
            None => Self { address, reported_by: Some(reporter), reported_from: None },
        }
    }

    /// Returns the client's network as people read it: see [`AddressBlock::wide`]. Returns `None`
    /// if the address is not one.
    #[must_use]
    pub fn network(self) -> Option<String> {
        Some(AddressBlock::of(Some(self.address.parse().ok()?)).wide)
    }

    /// Returns the block of the address that shares one rate limit: see [`AddressBlock`].
    #[must_use]
    pub fn block(self) -> String {
        AddressBlock::of(self.address.parse().ok()).block
    }

    /// Returns what requests of this client are counted under: the block of its address, and the
    /// label of the server key.
    #[must_use]
    pub fn counted_as(self) -> String {
        let block = self.block();
        match self.reported_by {
            Some(label) => format!("{label}/{block}"),
            None => block,
        }
    }
}

/// Parses one public unicast address, as a server may report it. IPv4-mapped IPv6 addresses become
/// IPv4. Returns `None` for anything else: a list, a port, a zone, or an address of a network that
/// is not public.
///
/// The addresses of documentation (RFC 5737, RFC 3849) are accepted. They name no host of a
/// deployment's own network, and tests use them for visitors.
#[must_use]
pub fn parse_public_address(text: &str) -> Option<IpAddr> {
    let address = text.parse::<IpAddr>().ok()?.to_canonical();
    is_public(address).then_some(address)
}

/// Returns whether an address is public unicast, by the IANA registries of special-purpose
/// addresses (RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let is_special = v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                // This network (RFC 791), the reserved block with the broadcast address, addresses
                // that customers of a provider share (RFC 6598), protocol assignments (RFC 6890),
                // and benchmarks (RFC 2544).
                || matches!(
                    v4.octets(),
                    [0 | 240..=255, ..]
                        | [100, 64..=127, ..]
                        | [192, 0, 0, _]
                        | [198, 18..=19, ..]
                );
            !is_special
        }
        // Global unicast is 2000::/3 so far (RFC 4291 section 2.4, IANA).
        IpAddr::V6(v6) => matches!(v6.segments(), [0x2000..=0x3fff, ..]),
    }
}

/// A block of addresses with one rate limit, and the wider block around it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AddressBlock {
    block: String,
    wide: String,
}

impl AddressBlock {
    /// Returns the block of an address: see [`ClientInfo::block`].
    #[must_use]
    pub fn of(address: Option<IpAddr>) -> Self {
        let (block, wide) = match address.map(|address| address.to_canonical()) {
            None => ("unknown".to_owned(), "unknown".to_owned()),
            Some(IpAddr::V4(address)) => {
                let [a, b, c, _] = address.octets();
                (address.to_string(), format!("{a}.{b}.{c}.0/24"))
            }
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                let [block, wide] = [d, 0].map(|fourth| Ipv6Addr::new(a, b, c, fourth, 0, 0, 0, 0));
                (format!("{block}/64"), format!("{wide}/48"))
            }
        };
        Self { block, wide }
    }

    /// Returns the limiter's key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.block
    }

    /// Returns the key of the limiter of wider blocks: the /24 of an IPv4 address, or the /48 of an
    /// IPv6 address, because one customer of a provider often has a whole /48.
    #[must_use]
    pub fn wide(&self) -> &str {
        &self.wide
    }
}

/// The continent of a client. Each continent has its own intakes, so that the object is close to
/// the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Continent {
    /// Africa.
    Africa,
    /// Antarctica, Tor exits, and unknown locations.
    Elsewhere,
    /// Asia.
    Asia,
    /// Europe.
    Europe,
    /// North America.
    NorthAmerica,
    /// Oceania.
    Oceania,
    /// South America.
    SouthAmerica,
}

impl Continent {
    /// Every continent.
    pub const ALL: [Self; 7] = [
        Self::Africa,
        Self::Elsewhere,
        Self::Asia,
        Self::Europe,
        Self::NorthAmerica,
        Self::Oceania,
        Self::SouthAmerica,
    ];

    /// Parses the host's two-letter code. An unknown code is [`Self::Elsewhere`].
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        match code {
            "AF" => Self::Africa,
            "AS" => Self::Asia,
            "EU" => Self::Europe,
            "NA" => Self::NorthAmerica,
            "OC" => Self::Oceania,
            "SA" => Self::SouthAmerica,
            _ => Self::Elsewhere,
        }
    }

    /// Returns the number that request handles contain. Numbers never change.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Africa => 0,
            Self::Elsewhere => 1,
            Self::Asia => 2,
            Self::Europe => 3,
            Self::NorthAmerica => 4,
            Self::Oceania => 5,
            Self::SouthAmerica => 6,
        }
    }

    /// Returns the continent with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|continent| continent.number() == number)
    }

    /// Returns the name that object names contain.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Africa => "africa",
            Self::Elsewhere => "elsewhere",
            Self::Asia => "asia",
            Self::Europe => "europe",
            Self::NorthAmerica => "north-america",
            Self::Oceania => "oceania",
            Self::SouthAmerica => "south-america",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn client(address: &str) -> ClientInfo {
        ClientInfo {
            address: address.parse().ok(),
            continent: Rc::new(|| Continent::Elsewhere),
            reporter: None,
        }
    }

    fn visitor(server: &str, address: &str) -> ClientInfo {
        client(server).visitor(address.parse().unwrap(), "shop".to_owned())
    }

    fn block(address: &str) -> String {
        client(address).block(&testing::application().keys).block
    }

    #[test]
    fn a_visitor_is_counted_under_the_key_and_the_block_of_its_address() {
        let keys = testing::application().keys;
        let counted = |client: ClientInfo| client.block(&keys).block;
        let here = counted(visitor("198.51.100.1", "192.0.2.1"));
        assert_eq!(here, "key/default/shop/192.0.2.1");
        assert_eq!(counted(visitor("198.51.100.2", "192.0.2.1")), here, "servers share a key");
        assert_eq!(counted(visitor("::1", "2001:db8::9")), "key/default/shop/2001:db8::/64");
        assert_ne!(counted(client("192.0.2.1")), here);
        let other = client("198.51.100.1").visitor([192, 0, 2, 1].into(), "admin".to_owned());
        assert_ne!(counted(other), here);
    }

    #[test]
    fn the_visitors_of_a_key_are_eight_groups_of_networks() {
        let keys = testing::application().keys;
        let group = |address: &str| visitor("198.51.100.1", address).block(&keys).wide;
        assert_eq!(group("192.0.2.1"), group("192.0.2.254"), "a network is in one group");
        let groups: std::collections::BTreeSet<String> =
            (0..=u8::MAX).map(|network| group(&format!("8.8.{network}.8"))).collect();
        let expected: Vec<String> =
            (0..VISITOR_GROUPS).map(|group| format!("key/default/shop/group/{group}")).collect();
        assert_eq!(groups.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_stored_address_has_the_parts_it_was_made_of() {
        let parts = |client: ClientInfo| {
            let stored = client.address_text().unwrap();
            let RecordedAddress { address, reported_by, reported_from } =
                RecordedAddress::parse(&stored);
            let owned = |part: Option<&str>| part.map(str::to_owned);
            (address.to_owned(), owned(reported_by), owned(reported_from))
        };
        let some = |text: &str| Some(text.to_owned());
        let address = "2001:db8::1".to_owned();
        assert_eq!(parts(client("2001:db8::1")), (address.clone(), None, None));
        assert_eq!(
            parts(visitor("198.51.100.1", "2001:db8::1")),
            (address.clone(), some("shop"), some("198.51.100.1"))
        );
        assert_eq!(parts(visitor("nonsense", "2001:db8::1")), (address, some("shop"), None));
        let stored = visitor("198.51.100.1", "192.0.2.77").address_text().unwrap();
        assert_eq!(stored, "192.0.2.77 reported by shop at 198.51.100.1");
        let recorded = RecordedAddress::parse(&stored);
        assert_eq!(recorded.network().as_deref(), Some("192.0.2.0/24"));
        assert_eq!(recorded.counted_as(), "shop/192.0.2.77");
        assert_eq!(RecordedAddress::parse("192.0.2.77").counted_as(), "192.0.2.77");
        assert_eq!(RecordedAddress::parse("nonsense").network(), None);
    }

    #[test]
    fn a_reported_address_is_one_public_unicast_address() {
        for (text, address) in [
            ("8.8.8.8", "8.8.8.8"),
            ("203.0.113.7", "203.0.113.7"),
            ("192.0.2.1", "192.0.2.1"),
            ("100.63.255.255", "100.63.255.255"),
            ("100.128.0.0", "100.128.0.0"),
            ("198.17.0.1", "198.17.0.1"),
            ("223.255.255.255", "223.255.255.255"),
            ("2001:db8::1", "2001:db8::1"),
            ("2606:4700:4700::1111", "2606:4700:4700::1111"),
            ("3FFF:FFFF::1", "3fff:ffff::1"),
            ("::ffff:8.8.8.8", "8.8.8.8"),
        ] {
            let parsed = parse_public_address(text).map(|address| address.to_string());
            assert_eq!(parsed.as_deref(), Some(address), "{text}");
        }
        for text in [
            "",
            "unknown",
            "localhost",
            "example.com",
            " 8.8.8.8",
            "8.8.8.8 ",
            "8.8.8",
            "8.8.8.08",
            "0x8.8.8.8",
            "134744072",
            "8.8.8.8:443",
            "8.8.8.8/32",
            "8.8.8.8, 9.9.9.9",
            "8.8.8.8,9.9.9.9",
            "for=8.8.8.8",
            "[2001:db8::1]",
            "[2001:db8::1]:443",
            "2001:db8::1%eth0",
            "2001:db8::/64",
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "169.254.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "::8.8.8.8",
            "64:ff9b::8.8.8.8",
            "100::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "4000::1",
            "1fff::1",
        ] {
            assert_eq!(parse_public_address(text), None, "{text}");
        }
    }

    #[test]
    fn a_48_and_a_24_are_one_wide_block() {
        let wide = |address: &str| AddressBlock::of(address.parse().ok()).wide;
        assert_eq!(wide("2001:db8:1:2::1"), "2001:db8:1::/48");
        assert_eq!(wide("2001:db8:1:ffff::1"), "2001:db8:1::/48");
        assert_ne!(wide("2001:db8:2:2::1"), "2001:db8:1::/48");
        assert_eq!(wide("::ffff:192.0.2.1"), "192.0.2.0/24");
        assert_eq!(wide("192.0.2.255"), "192.0.2.0/24");
        assert_eq!(wide("nonsense"), "unknown");
    }

    #[test]
    fn b22_spellings_of_an_address_and_a_whole_64_share_one_limit() {
        assert_eq!(block("::ffff:192.0.2.1"), block("192.0.2.1"));
        assert_eq!(block("2001:DB8:0:0:0:0:0:1"), block("2001:db8::1"));
        for host in 0..1000 {
            assert_eq!(block(&format!("2001:db8:1:2:{host:x}::{host:x}")), "2001:db8:1:2::/64");
        }
        assert_ne!(block("2001:db8:1:3::1"), block("2001:db8:1:2::1"));
        assert_eq!(block("nonsense"), "unknown");
    }
}
