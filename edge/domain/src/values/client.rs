//! Who calls, as far as the network says: an address, and a continent.

use std::net::{IpAddr, Ipv6Addr};

use serde::{Deserialize, Serialize};

/// The caller as the host told of it. Only the host's own header is believed.
pub struct ClientInfo {
    /// The address, where there is one.
    pub address: Option<IpAddr>,
    /// Where the caller is, roughly. Asked for only by who needs it: for the host it is more work than refusing a link.
    pub continent: Box<dyn Fn() -> Continent>,
}

impl ClientInfo {
    /// The address as events name it.
    #[must_use]
    pub fn address_text(&self) -> Option<String> {
        self.address.map(|address| address.to_canonical().to_string())
    }

    /// What the limit counts: an IPv4 address, or the /64 of an IPv6 one, for a household has all of it.
    #[must_use]
    pub fn block(&self) -> AddressBlock {
        AddressBlock(match self.address.map(|address| address.to_canonical()) {
            None => "unknown".to_owned(),
            Some(IpAddr::V4(address)) => address.to_string(),
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        })
    }
}

/// Addresses that share one limit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AddressBlock(String);

impl AddressBlock {
    /// As it stands in the limiter's key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where requests are taken: one set of intakes a continent, so that the object is near.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Continent {
    /// Africa.
    Africa,
    /// Antarctica, Tor exits, and wherever the host did not say.
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
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::Africa,
        Self::Elsewhere,
        Self::Asia,
        Self::Europe,
        Self::NorthAmerica,
        Self::Oceania,
        Self::SouthAmerica,
    ];

    /// Reads the host's two-letter code.
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

    /// Its number, by which names that are out say it.
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

    /// The one of this number.
    #[must_use]
    pub fn numbered(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|continent| continent.number() == number)
    }

    /// As it stands in an object's name.
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
        ClientInfo { address: address.parse().ok(), continent: Box::new(|| Continent::Elsewhere) }.block().0
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
