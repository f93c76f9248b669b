//! The URL of a webhook endpoint: what a merchant may set, and what is checked again before each
//! delivery.

use super::guard::{BlockedAddress, Guard};
use reqwest::Url;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

/// The most bytes of a webhook URL.
pub const URL_BYTES_MAX: usize = 2048;

/// Why a URL cannot be a webhook endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadEndpoint {
    /// It is no absolute web address.
    #[error("the webhook URL must be an address such as https://shop.example/webhook")]
    NoUrl,
    /// It is too long.
    #[error("the webhook URL must have at most {URL_BYTES_MAX} bytes")]
    TooLong,
    /// It is not encrypted, and leads to no network that the operator allows that for.
    #[error("the webhook URL must begin with https://")]
    NotEncrypted,
    /// It leads where deliveries may not go.
    #[error("{0}")]
    Blocked(#[from] BlockedAddress),
}

/// A URL that passed, and how it is to be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The parsed URL.
    pub url: Url,
    /// Whether it is plain `http`: then its addresses must lie in allowed networks.
    pub plain: bool,
}

/// Whether a text begins as a web address and holds no space or control character. The URL
/// standard's parser forgives spaces, line ends and missing slashes; what is used has to be the very
/// text that the merchant sees.
pub fn is_web_address(text: &str) -> bool {
    let (scheme, rest) = text.split_once("://").unwrap_or_default();
    let web = ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    web && !rest.is_empty() && !text.chars().any(|character| character <= ' ')
}

/// Checks whatever can be checked without asking DNS: scheme, literal addresses in any notation
/// (the URL standard's parser makes `0x7f.1` and `2130706433` into 127.0.0.1), and `localhost`.
///
/// # Errors
/// [`BadEndpoint`].
pub fn check(text: &str, guard: &Guard) -> Result<Endpoint, BadEndpoint> {
    if text.len() > URL_BYTES_MAX {
        return Err(BadEndpoint::TooLong);
    }
    if !is_web_address(text) {
        return Err(BadEndpoint::NoUrl);
    }
    let url = Url::parse(text).map_err(|_| BadEndpoint::NoUrl)?;
    let plain = match url.scheme() {
        "https" => false,
        "http" => true,
        _ => return Err(BadEndpoint::NoUrl),
    };
    let host = url.host_str().ok_or(BadEndpoint::NoUrl)?;
    match literal(host) {
        Some(address) => {
            guard.check(address)?;
            if plain && !guard.is_allowed_network(address) {
                return Err(BadEndpoint::NotEncrypted);
            }
        }
        // A name's addresses are checked when it is resolved; without exceptions none can pass.
        None if plain && !guard.allows_some_network() => return Err(BadEndpoint::NotEncrypted),
        None => {}
    }
    Ok(Endpoint { url, plain })
}

/// [`check`], and for plain `http` to a name, which is allowed into few networks only, whether the
/// name leads into one of them now. (It is checked again at each delivery.)
///
/// # Errors
/// [`BadEndpoint`].
pub async fn check_fully(text: &str, guard: &Guard) -> Result<(), BadEndpoint> {
    let Endpoint { url, plain } = check(text, guard)?;
    let host = url.host_str().unwrap_or_default();
    if !plain || literal(host).is_some() {
        return Ok(());
    }
    let asked = tokio::time::timeout(LOOKUP_MAX, tokio::net::lookup_host((host, 0))).await;
    let Ok(Ok(found)) = asked else { return Err(BadEndpoint::NotEncrypted) };
    let addresses: Vec<IpAddr> = found.map(|address| address.ip()).collect();
    let all_allowed = addresses.iter().all(|address| guard.is_allowed_network(*address));
    if all_allowed && !addresses.is_empty() { Ok(()) } else { Err(BadEndpoint::NotEncrypted) }
}

/// How long a merchant's request waits for DNS.
const LOOKUP_MAX: Duration = Duration::from_secs(5);

/// The address that a host is without asking anyone: a literal, or a name for this very machine
/// (RFC 6761 §6.3).
fn literal(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    let name = host.strip_suffix('.').unwrap_or(host);
    let is_this_machine = name == "localhost" || name.ends_with(".localhost");
    bare.parse().ok().or_else(|| is_this_machine.then_some(IpAddr::V4(Ipv4Addr::LOCALHOST)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cidr::Cidr;

    fn outcome(text: &str, guard: &Guard) -> &'static str {
        match check(text, guard) {
            Ok(Endpoint { plain: false, .. }) => "https",
            Ok(Endpoint { plain: true, .. }) => "http",
            Err(BadEndpoint::NoUrl) => "no url",
            Err(BadEndpoint::TooLong) => "too long",
            Err(BadEndpoint::NotEncrypted) => "not encrypted",
            Err(BadEndpoint::Blocked(_)) => "blocked",
        }
    }

    #[test]
    fn private_addresses_are_seen_in_every_notation() {
        let guard = Guard::default();
        let rows = [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://127.0.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0x7f.0.0.1/",
            "https://0X7F.1/",
            "https://017700000001/",
            "https://0177.0.0.1/",
            "https://0177.0x0.0.1/",
            "https://127.0.0.1./",
            "https://%31%32%37.0.0.1/",
            "https://①②⑦.0.0.1/",
            "https://127。0。0。1/",
            "https://user:password@127.0.0.1:8443/hook",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://a.localhost/",
            "https://0/",
            "https://0.0.0.0/",
            "https://10.0.0.1/",
            "https://0xa000001/",
            "https://012.0.0.1/",
            "https://172.16.0.1/",
            "https://0xac100001/",
            "https://192.168.1.1/",
            "https://0xc0a80101/",
            "https://3232235777/",
            "https://169.254.169.254/latest/meta-data/",
            "https://2852039166/",
            "https://0xa9fea9fe/",
            "https://100.64.0.1/",
            "https://1681915905/",
            "https://224.0.0.1/",
            "https://255.255.255.255/",
            "https://4294967295/",
            "https://[::1]/",
            "https://[0:0:0:0:0:0:0:1]/",
            "https://[::]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[::127.0.0.1]/",
            "https://[64:ff9b::127.0.0.1]/",
            "https://[64:ff9b:1::a00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[2001:0:1::1]/",
            "https://[fc00::1]/",
            "https://[fd12:3456::1]/",
            "https://[fe80::1]/",
            "https://[ff02::1]/",
        ];
        for text in rows {
            assert_eq!(outcome(text, &guard), "blocked", "{text}");
        }
    }

    #[test]
    fn what_is_no_endpoint() {
        let guard = Guard::default();
        let long = format!("https://shop.example/{}", "x".repeat(URL_BYTES_MAX));
        let rows = [
            ("https://shop.example/webhook?token=1", "https"),
            ("HTTPS://SHOP.example", "https"),
            ("https://8.8.8.8/", "https"),
            ("http://shop.example/", "not encrypted"),
            ("http://8.8.8.8/", "not encrypted"),
            ("http://127.0.0.1/", "blocked"),
            (" https://shop.example/", "no url"),
            ("https://shop.example/a b", "no url"),
            ("https://shop\n.example/", "no url"),
            ("https:/shop.example/", "no url"),
            ("ftp://shop.example/", "no url"),
            ("file:///etc/passwd", "no url"),
            ("javascript:alert(1)", "no url"),
            ("shop.example/webhook", "no url"),
            ("https://", "no url"),
            ("https://[::1", "no url"),
            ("https://1.2.3.4.5/", "no url"),
            ("https://256.256.256.256/", "no url"),
            ("https://fe80::1%25eth0/", "no url"),
            ("", "no url"),
            (&long, "too long"),
        ];
        for (text, expected) in rows {
            assert_eq!(outcome(text, &guard), expected, "{text}");
        }
    }

    #[test]
    fn allowed_networks_may_be_reached_in_the_clear() {
        let guard = Guard::new(Cidr::loopback().to_vec());
        let rows = [
            ("http://127.0.0.1:9000/hook", "http"),
            ("https://127.0.0.1:9000/hook", "https"),
            ("http://localhost:9000/", "http"),
            ("http://[::1]:9000/", "http"),
            ("http://10.0.0.1/", "blocked"),
            ("http://8.8.8.8/", "not encrypted"),
            ("http://internal.example/", "http"),
        ];
        for (text, expected) in rows {
            assert_eq!(outcome(text, &guard), expected, "{text}");
        }
    }

    /// Every way in which the URL standard lets an IPv4 address be written, and IPv6 carry one.
    fn notations(address: Ipv4Addr) -> Vec<String> {
        let ([a, b, c, d], n) = (address.octets(), address.to_bits());
        let (last_three, last_two) = (n & 0x00ff_ffff, n & 0xffff);
        let wide = |text: String| {
            let digit = |digit| char::from_u32(0xff10 + digit).unwrap_or(' ');
            text.chars().map(|one| one.to_digit(10).map_or(one, digit)).collect::<String>()
        };
        let encoded = format!("{address}").bytes().map(|byte| format!("%{byte:02x}")).collect();
        vec![
            format!("{address}"),
            format!("{address}."),
            format!("{n}"),
            format!("{n:#x}"),
            format!("0X{n:X}"),
            format!("0{n:o}"),
            format!("0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}"),
            format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
            format!("0000{a:o}.{b}.0x{last_two:x}"),
            format!("{a}.{last_three}"),
            format!("0x{a:x}.0{last_three:o}"),
            format!("{a}.{b}.{last_two}"),
            wide(format!("{address}")),
            wide(format!("{n}")),
            format!("{address}").replace('.', "\u{3002}"),
            encoded,
            format!("user@{address}:8443"),
            format!("[::ffff:{address}]"),
            format!("[::FFFF:{:x}:{last_two:x}]", n >> 16),
            format!("[0:0:0:0:0:ffff:{address}]"),
            format!("[::{address}]"),
            format!("[::ffff:0:{address}]"),
            format!("[64:ff9b::{address}]"),
            format!("[64:ff9b:1::{address}]"),
            format!("[2002:{:x}:{last_two:x}::1]", n >> 16),
        ]
    }

    #[test]
    fn every_notation_of_both_ends_of_every_private_range_is_blocked() {
        let ranges = [
            ("0.0.0.0", "0.255.255.255"),
            ("10.0.0.0", "10.255.255.255"),
            ("100.64.0.0", "100.127.255.255"),
            ("127.0.0.0", "127.255.255.255"),
            ("169.254.0.0", "169.254.255.255"),
            ("172.16.0.0", "172.31.255.255"),
            ("192.0.0.0", "192.0.0.255"),
            ("192.0.2.0", "192.0.2.255"),
            ("192.88.99.0", "192.88.99.255"),
            ("192.168.0.0", "192.168.255.255"),
            ("198.18.0.0", "198.19.255.255"),
            ("198.51.100.0", "198.51.100.255"),
            ("203.0.113.0", "203.0.113.255"),
            ("224.0.0.0", "239.255.255.255"),
            ("240.0.0.0", "255.255.255.255"),
        ];
        for (first, last) in ranges {
            for address in [first, last, "169.254.169.254"] {
                for host in notations(address.parse().unwrap()) {
                    for url in [format!("https://{host}/"), format!("http://{host}/hook?a=1")] {
                        let said = outcome(&url, &Guard::default());
                        assert_eq!(said, "blocked", "{address} as {url}");
                    }
                }
            }
        }
    }
}
