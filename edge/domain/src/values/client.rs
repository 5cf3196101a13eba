//! The client of a request, as far as the network identifies it: an address and a continent.

use std::net::{IpAddr, Ipv6Addr};

use serde::{Deserialize, Serialize};

/// The client, as the host reports it. No header that a client can set is trusted.
pub struct ClientInfo {
    /// The IP address, if the host reports one.
    pub address: Option<IpAddr>,
    /// The continent. A function, because asking the host for it costs more than rejecting a forged
    /// link.
    pub continent: Box<dyn Fn() -> Continent>,
}

impl ClientInfo {
    /// Returns the address as events store it. IPv4-mapped IPv6 addresses become IPv4.
    #[must_use]
    pub fn address_text(&self) -> Option<String> {
        self.address.map(|address| address.to_canonical().to_string())
    }

    /// Returns the block of addresses that shares one rate limit: an IPv4 address, or the /64 of an
    /// IPv6 address, because one household or server usually has a whole /64.
    #[must_use]
    pub fn block(&self) -> AddressBlock {
        AddressBlock::of(self.address)
    }
}

/// Returns the network of an address as people read it: see [`AddressBlock::wide`]. Returns `None`
/// for a text that is not an address.
#[must_use]
pub fn wide_block(address: &str) -> Option<String> {
    Some(AddressBlock::of(Some(address.parse().ok()?)).wide)
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

    fn block(address: &str) -> String {
        ClientInfo { address: address.parse().ok(), continent: Box::new(|| Continent::Elsewhere) }
            .block()
            .block
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
