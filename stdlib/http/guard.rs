//! Which addresses may be called: none of this machine, none of its private network.
//!
//! A URL is checked twice. Here, before anything is looked up: scheme, credentials and hosts that are addresses (the URL
//! parser brings every spelling of an address into one form). And in [`super::resolve`], where a name becomes addresses:
//! the connection is made to what was checked there, so that a name cannot change its mind in between.

use reqwest::Url;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What is allowed beyond the public internet over `https`.
#[derive(Debug, Clone, Default)]
pub struct Guard {
    allow_net: Vec<(String, u16)>,
}

/// Why an address is not called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Plain text on the wire.
    #[error("`{0}` is not https")]
    Scheme(String),
    /// `https://user:password@host`.
    #[error("the address of `{0}` has a user or password in it; send an Authorization header instead")]
    Credentials(String),
    /// `data:…`.
    #[error("the address has no host")]
    NoHost,
    /// An address of this machine, of a private network, or of no single machine.
    #[error("`{host}` is {what}; flow.toml allows such an address: `[net] allow = [\"{host}:PORT\"]`")]
    Private {
        /// The host as given.
        host: String,
        /// What it is.
        what: &'static str,
    },
    /// An allowed host, on another port.
    #[error("`{0}` is allowed on other ports only")]
    Port(String),
    /// An entry of `allow_net` that is no `host:port`.
    #[error("`{0}` is not of the form host:port")]
    Entry(String),
}

impl Guard {
    /// A guard that also lets through these, each `host:port`. They may be called over plain `http`.
    ///
    /// # Errors
    /// [`Refusal::Entry`] for an entry that is not of that form.
    pub fn new<'a>(allow_net: impl IntoIterator<Item = &'a str>) -> Result<Self, Refusal> {
        let mut guard = Guard::default();
        for entry in allow_net {
            let wrong = || Refusal::Entry(entry.to_string());
            let (host, port) = entry.rsplit_once(':').ok_or_else(wrong)?;
            let port = port.parse().map_err(|_| wrong())?;
            // The URL parser brings hosts into the form that URLs have later.
            let url = Url::parse(&format!("https://{host}/")).map_err(|_| wrong())?;
            if url.path() != "/" || !url.username().is_empty() || url.port().is_some() {
                return Err(wrong());
            }
            let host = url.host_str().ok_or_else(wrong)?.to_string();
            guard.allow_net.push((host, port));
        }
        Ok(guard)
    }

    /// Whether this URL may be called, as far as can be told without looking its host up.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, url: &Url) -> Result<(), Refusal> {
        let host = url.host_str().ok_or(Refusal::NoHost)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::Credentials(host.to_string()));
        }
        let port = url.port_or_known_default().ok_or_else(|| Refusal::Scheme(url.scheme().to_string()))?;
        let listed = self.allow_net.iter().any(|(name, allowed)| name == host && *allowed == port);
        match url.scheme() {
            "https" => {}
            "http" if listed => {}
            other => return Err(Refusal::Scheme(other.to_string())),
        }
        if listed {
            return Ok(());
        }
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        if let Ok(address) = literal {
            return match private(address) {
                Some(what) => Err(Refusal::Private { host: host.to_string(), what }),
                None => Ok(()),
            };
        }
        // The resolver sees names without ports: a name that may resolve to a private address must not be called on
        // another port.
        if self.allows_name(host) {
            return Err(Refusal::Port(host.to_string()));
        }
        let name = host.trim_end_matches('.');
        if name == "localhost" || name.ends_with(".localhost") {
            return Err(Refusal::Private { host: host.to_string(), what: "this machine" });
        }
        Ok(())
    }

    /// Whether this name may resolve to any address.
    pub fn allows_name(&self, name: &str) -> bool {
        self.allow_net.iter().any(|(allowed, _)| allowed == name)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(guard: &Guard, url: &str) -> Result<(), Refusal> {
        guard.check(&Url::parse(url).expect(url))
    }

    #[test]
    fn allowed_hosts_are_allowed_on_their_port_only() {
        let guard = Guard::new(["127.0.0.1:8080", "intra.example:443", "[::1]:9000"]).expect("entries");
        assert_eq!(check(&guard, "http://127.0.0.1:8080/x"), Ok(()));
        assert_eq!(check(&guard, "http://127.1:8080/x"), Ok(()));
        assert_eq!(check(&guard, "http://[::1]:9000/"), Ok(()));
        assert!(check(&guard, "http://127.0.0.1:8081/x").is_err());
        assert!(check(&guard, "https://127.0.0.1/x").is_err());
        assert_eq!(check(&guard, "https://intra.example/"), Ok(()));
        assert_eq!(check(&guard, "https://intra.example:8443/"), Err(Refusal::Port("intra.example".into())));
        for wrong in ["", "host", "host:", "host:99999", "a/b:80", "u@h:80", ":80"] {
            assert!(Guard::new([wrong]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_public_internet_is_reachable() {
        let guard = Guard::default();
        for url in
            ["https://example.com/", "https://93.184.216.34/", "https://[2606:2800:220:1::1]/", "https://a.b:8443"]
        {
            assert_eq!(check(&guard, url), Ok(()), "{url}");
        }
        assert_eq!(check(&guard, "http://example.com/"), Err(Refusal::Scheme("http".into())));
        assert_eq!(check(&guard, "https://me:pw@example.com/"), Err(Refusal::Credentials("example.com".into())));
    }
}
