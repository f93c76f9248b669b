//! Which addresses a webhook may go to: public ones, and what the operator allows.
//!
//! Otherwise a merchant could make this server speak to its own neighbours (server-side request
//! forgery). The tables are those of IANA's special-purpose registries (RFC 6890).

use crate::cidr::Cidr;
use std::net::{IpAddr, Ipv6Addr};

/// Addresses where deliveries may not go.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{address} is {kind}; webhooks go to public addresses only")]
pub struct BlockedAddress {
    /// Which.
    pub address: IpAddr,
    /// What is special about it.
    pub kind: &'static str,
}

/// Decides about addresses.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    /// The operator's exceptions.
    allow_networks: Vec<Cidr>,
}

impl Guard {
    /// A guard with the operator's exceptions.
    pub fn new(allow_networks: Vec<Cidr>) -> Guard {
        Guard { allow_networks }
    }

    /// Whether the operator allows this address although it may be special; plain `http` is
    /// allowed there too.
    pub fn is_allowed_network(&self, address: IpAddr) -> bool {
        let plain = address.to_canonical();
        self.allow_networks.iter().any(|range| range.contains(plain) || range.contains(address))
    }

    /// Whether the operator allows anything at all beside public addresses.
    pub fn allows_some_network(&self) -> bool {
        !self.allow_networks.is_empty()
    }

    /// Whether a delivery may connect to this address.
    ///
    /// # Errors
    /// [`BlockedAddress`], with what is special about it.
    pub fn check(&self, address: IpAddr) -> Result<(), BlockedAddress> {
        if self.is_allowed_network(address) {
            return Ok(());
        }
        special(address).map_or(Ok(()), |kind| Err(BlockedAddress { address, kind }))
    }
}

/// What is special about an address; none if it is a public one.
fn special(address: IpAddr) -> Option<&'static str> {
    let table: &[(Cidr, &str)] = match address {
        IpAddr::V4(_) => &SPECIAL_V4,
        IpAddr::V6(_) => &SPECIAL_V6,
    };
    let named = table.iter().find(|(range, _)| range.contains(address)).map(|(_, kind)| *kind);
    let not_global = match address {
        IpAddr::V4(_) => None,
        IpAddr::V6(address) => (!is_global_unicast(address)).then_some("no public address"),
    };
    named.or(not_global)
}

/// Of IPv6 only 2000::/3 has been given out (RFC 4291 §2.4).
fn is_global_unicast(address: Ipv6Addr) -> bool {
    address.segments()[0] & 0xe000 == 0x2000
}

const SPECIAL_V4: [(Cidr, &str); 16] = [
    (Cidr::v4(0, 0, 0, 0, 8), "this network (RFC 791)"),
    (Cidr::v4(10, 0, 0, 0, 8), "private (RFC 1918)"),
    (Cidr::v4(100, 64, 0, 0, 10), "shared by a carrier's customers (RFC 6598)"),
    (Cidr::v4(127, 0, 0, 0, 8), "loopback"),
    (Cidr::v4(169, 254, 0, 0, 16), "link-local (RFC 3927)"),
    (Cidr::v4(172, 16, 0, 0, 12), "private (RFC 1918)"),
    (Cidr::v4(192, 0, 0, 0, 24), "reserved for protocols (RFC 6890)"),
    (Cidr::v4(192, 0, 2, 0, 24), "for documentation (RFC 5737)"),
    (Cidr::v4(192, 88, 99, 0, 24), "a 6to4 relay (RFC 7526)"),
    (Cidr::v4(192, 168, 0, 0, 16), "private (RFC 1918)"),
    (Cidr::v4(198, 18, 0, 0, 15), "for measurements (RFC 2544)"),
    (Cidr::v4(198, 51, 100, 0, 24), "for documentation (RFC 5737)"),
    (Cidr::v4(203, 0, 113, 0, 24), "for documentation (RFC 5737)"),
    (Cidr::v4(224, 0, 0, 0, 4), "multicast"),
    (Cidr::v4(255, 255, 255, 255, 32), "broadcast"),
    (Cidr::v4(240, 0, 0, 0, 4), "reserved (RFC 1112)"),
];

const SPECIAL_V6: [(Cidr, &str); 14] = [
    (Cidr::v6([0, 0, 0, 0, 0, 0, 0, 1], 128), "loopback"),
    (Cidr::v6([0, 0, 0, 0, 0, 0, 0, 0], 128), "unspecified"),
    (Cidr::v6([0, 0, 0, 0, 0, 0xffff, 0, 0], 96), "an IPv4 address in disguise (RFC 4291)"),
    (Cidr::v6([0, 0, 0, 0, 0, 0, 0, 0], 96), "an IPv4 address in disguise (RFC 4291)"),
    (Cidr::v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96), "NAT64 (RFC 6052)"),
    (Cidr::v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48), "NAT64 (RFC 8215)"),
    (Cidr::v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64), "for discarding (RFC 6666)"),
    (Cidr::v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), "reserved for protocols (RFC 2928)"),
    (Cidr::v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), "for documentation (RFC 3849)"),
    (Cidr::v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), "6to4 (RFC 3056)"),
    (Cidr::v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), "for documentation (RFC 9637)"),
    (Cidr::v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7), "private (RFC 4193)"),
    (Cidr::v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), "link-local (RFC 4291)"),
    (Cidr::v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), "multicast"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(address: &str) -> &'static str {
        let checked = Guard::default().check(address.parse().unwrap());
        checked.map_or_else(|blocked| blocked.kind, |()| "public")
    }

    #[test]
    fn the_first_and_last_address_of_every_special_range_and_their_neighbours() {
        let rows = [
            ("0.0.0.0", "0.255.255.255", "1.0.0.0", "this network (RFC 791)"),
            ("10.0.0.0", "10.255.255.255", "11.0.0.0", "private (RFC 1918)"),
            (
                "100.64.0.0",
                "100.127.255.255",
                "100.128.0.0",
                "shared by a carrier's customers (RFC 6598)",
            ),
            ("127.0.0.0", "127.255.255.255", "128.0.0.0", "loopback"),
            ("169.254.0.0", "169.254.255.255", "169.255.0.0", "link-local (RFC 3927)"),
            ("172.16.0.0", "172.31.255.255", "172.32.0.0", "private (RFC 1918)"),
            ("192.0.0.0", "192.0.0.255", "192.0.1.0", "reserved for protocols (RFC 6890)"),
            ("192.0.2.0", "192.0.2.255", "192.0.3.0", "for documentation (RFC 5737)"),
            ("192.88.99.0", "192.88.99.255", "192.88.100.0", "a 6to4 relay (RFC 7526)"),
            ("192.168.0.0", "192.168.255.255", "192.169.0.0", "private (RFC 1918)"),
            ("198.18.0.0", "198.19.255.255", "198.20.0.0", "for measurements (RFC 2544)"),
            ("198.51.100.0", "198.51.100.255", "198.51.101.0", "for documentation (RFC 5737)"),
            ("203.0.113.0", "203.0.113.255", "203.0.114.0", "for documentation (RFC 5737)"),
            ("224.0.0.0", "239.255.255.255", "223.255.255.255", "multicast"),
            ("240.0.0.0", "255.255.255.254", "223.255.255.255", "reserved (RFC 1112)"),
            ("255.255.255.255", "255.255.255.255", "8.8.8.8", "broadcast"),
            ("2001::", "2001:1ff:ffff::ffff", "2001:200::1", "reserved for protocols (RFC 2928)"),
            ("2001:db8::", "2001:db8:ffff::1", "2001:db9::1", "for documentation (RFC 3849)"),
            ("2002::", "2002:ffff::1", "2003::1", "6to4 (RFC 3056)"),
            ("3fff::", "3fff:fff::1", "3fff:1000::1", "for documentation (RFC 9637)"),
        ];
        for (first, last, neighbour, expected) in rows {
            assert_eq!(kind(first), expected, "{first}");
            assert_eq!(kind(last), expected, "{last}");
            assert_eq!(kind(neighbour), "public", "{neighbour}");
        }
    }

    #[test]
    fn ipv6_outside_what_has_been_given_out_is_never_public() {
        let rows = [
            ("::1", "loopback"),
            ("::", "unspecified"),
            ("::ffff:127.0.0.1", "an IPv4 address in disguise (RFC 4291)"),
            ("::ffff:8.8.8.8", "an IPv4 address in disguise (RFC 4291)"),
            ("::127.0.0.1", "an IPv4 address in disguise (RFC 4291)"),
            ("64:ff9b::7f00:1", "NAT64 (RFC 6052)"),
            ("64:ff9b:1::7f00:1", "NAT64 (RFC 8215)"),
            ("100::1", "for discarding (RFC 6666)"),
            ("fc00::1", "private (RFC 4193)"),
            ("fdff::1", "private (RFC 4193)"),
            ("fe80::1", "link-local (RFC 4291)"),
            ("febf::1", "link-local (RFC 4291)"),
            ("fec0::1", "no public address"),
            ("ff02::1", "multicast"),
            ("4000::1", "no public address"),
            ("1fff::1", "no public address"),
            ("2606:4700::1111", "public"),
        ];
        for (address, expected) in rows {
            assert_eq!(kind(address), expected, "{address}");
        }
    }

    #[test]
    fn the_operator_can_allow_a_network() {
        let guard = Guard::new(vec!["10.1.0.0/16".parse().unwrap(), Cidr::loopback()[0]]);
        let rows = [
            ("10.1.2.3", true),
            ("10.2.0.0", false),
            ("127.0.0.1", true),
            ("::ffff:127.0.0.1", true),
            ("::1", false),
            ("8.8.8.8", true),
        ];
        for (address, passes) in rows {
            assert_eq!(guard.check(address.parse().unwrap()).is_ok(), passes, "{address}");
        }
        assert!(!guard.is_allowed_network("8.8.8.8".parse().unwrap()), "public, not allowed http");
    }
}
