//! Which addresses may be called: none of this machine, none of its private network, and none over plain `http`. One rule
//! for the compiler, which sees what is written out, and for what calls.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address as written is not called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The host and the port, as settings name them.
    pub host: String,
    /// What is in the way.
    pub why: Why,
}

/// What keeps an address from being called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It is reached over `http`, which everyone on the way reads.
    Plain,
    /// The host is of this machine, of a private network, or of no single machine.
    Inside(&'static str),
    /// The settings allow the host on another port.
    OtherPort,
}

/// Whether a URL, or the beginning of one with its whole host, is refused whatever it is called for. `allow`: hosts with
/// ports that the settings allow.
pub fn refused(url: &str, allow: &[(String, u16)]) -> Option<Refused> {
    let (scheme, rest) = url.split_once("://")?;
    let plain = scheme.eq_ignore_ascii_case("http");
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !authority.ends_with(']') => (host, port.parse().ok()?),
        _ => (&*authority, if plain { 80 } else { 443 }),
    };
    if allow.iter().any(|(allowed, on)| allowed == host && *on == port) {
        return None;
    }
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let what = match literal {
        Ok(address) => private(address),
        Err(_) => private_name(host),
    };
    let why = match what {
        Some(what) => Why::Inside(what),
        None if literal.is_err() && allow.iter().any(|(allowed, _)| allowed == host) => Why::OtherPort,
        None if plain => Why::Plain,
        None => return None,
    };
    Some(Refused { host: format!("{host}:{port}"), why })
}

/// An entry of the settings, `127.0.0.1:8080`.
pub fn entry(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    Some((host.to_ascii_lowercase(), port.parse().ok()?))
}

/// What makes a name one that is not called.
pub fn private_name(host: &str) -> Option<&'static str> {
    let name = host.trim_end_matches('.');
    (name == "localhost" || name.ends_with(".localhost")).then_some("this machine")
}

/// What makes an address one that is not called; `None` for one of the public internet.
pub fn private(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => private_v4(v4),
        IpAddr::V6(v6) => private_v6(v6),
    }
}

/// By the registry of special-purpose addresses (IANA).
fn private_v4(address: Ipv4Addr) -> Option<&'static str> {
    match address.octets() {
        [0, ..] => Some("an unspecified address"),
        [127, ..] => Some("this machine"),
        [10, ..] | [192, 168, ..] | [172, 16..=31, ..] => Some("an address of a private network"),
        [169, 254, ..] => Some("a link-local address"),
        [100, 64..=127, ..] => Some("an address of a provider's inner network"),
        [192, 0, 0, _] | [192, 88, 99, _] | [198, 18..=19, ..] => Some("a reserved address"),
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Some("an address for documentation"),
        [224..=239, ..] => Some("a multicast address"),
        [240..=255, ..] => Some("a reserved address"),
        _ => None,
    }
}

/// Everything outside the global unicast block is refused, so that forms that carry another address inside (mapped,
/// compatible, NAT64) need no list.
fn private_v6(address: Ipv6Addr) -> Option<&'static str> {
    if address.is_loopback() {
        return Some("this machine");
    }
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Some("an unspecified address"),
        [0xfc00..=0xfdff, ..] => Some("an address of a private network"),
        [0xfe80..=0xfebf, ..] => Some("a link-local address"),
        [0xff00..=0xffff, ..] => Some("a multicast address"),
        [0, 0, 0, 0, 0, 0xffff, _, _] => Some("an IPv4 address in the form of IPv6"),
        // Teredo, ORCHID and other protocols; 6to4, which carries an IPv4 address.
        [0x2001, 0..=0x01ff, ..] | [0x2002, ..] => Some("an address of a tunnel"),
        [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => Some("an address for documentation"),
        [0x2000..=0x3fff, ..] => None,
        _ => Some("a reserved address"),
    }
}
