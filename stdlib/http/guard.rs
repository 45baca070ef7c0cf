//! Which addresses may be called: none of this machine, none of its private network.
//!
//! A URL is checked twice. Here, before anything is looked up: scheme, credentials and hosts that are addresses (the URL
//! parser brings every spelling of an address into one form). And in [`super::resolve`], where a name becomes addresses:
//! the connection is made to what was checked there, so that a name cannot change its mind in between.

use flow_bytecode::reach::{self, private};
use reqwest::Url;
use std::net::IpAddr;

/// What is allowed beyond the public internet over `https`.
#[derive(Debug, Clone, Default)]
pub struct Guard {
    allow_net: Vec<(String, u16)>,
}

/// Why an address is not called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Plain text on the wire.
    #[error(
        "`{scheme}://{host}` is not called: calls go over https, so that nobody on the way reads along{}",
        if scheme == "http" { format!("; flow.toml allows a server of one's own network: `[net] allow = [\"{host}:PORT\"]`") } else { String::new() }
    )]
    Scheme {
        /// `http`.
        scheme: String,
        /// The host as given.
        host: String,
    },
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
            // No pattern: each address is named.
            if host.contains('*') || url.path() != "/" || !url.username().is_empty() || url.port().is_some() {
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
        let plain = || Refusal::Scheme { scheme: url.scheme().to_string(), host: host.to_string() };
        let port = url.port_or_known_default().ok_or_else(plain)?;
        let listed = self.allow_net.iter().any(|(name, allowed)| name == host && *allowed == port);
        match url.scheme() {
            "https" => {}
            "http" if listed => {}
            _ => return Err(plain()),
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
        match reach::private_name(host) {
            Some(what) => Err(Refusal::Private { host: host.to_string(), what }),
            None => Ok(()),
        }
    }

    /// Whether this host is allowed on this port, in the clear as well.
    pub fn lists(&self, host: &str, port: u16) -> bool {
        self.allow_net.iter().any(|(name, allowed)| name == host && *allowed == port)
    }

    /// Whether this name may resolve to any address.
    pub fn allows_name(&self, name: &str) -> bool {
        self.allow_net.iter().any(|(allowed, _)| allowed == name)
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

    /// What the compiler says of an address as written is what becomes of it here.
    #[test]
    fn the_compiler_knows_what_is_refused() {
        let allowed = ["127.0.0.1:8080", "intra.example:80", "[::1]:9000"];
        let guard = Guard::new(allowed).expect("entries");
        let allow: Vec<(String, u16)> = allowed.iter().filter_map(|entry| reach::entry(entry)).collect();
        for url in [
            "https://example.com/",
            "http://example.com/",
            "https://10.0.0.1/x?y",
            "https://localhost/",
            "https://a.localhost",
            "http://127.0.0.1:8080/x",
            "http://127.0.0.1:8081/x",
            "https://127.0.0.1:8080#x",
            "http://intra.example/",
            "https://intra.example/",
            "http://[::1]:9000/",
            "https://[::1]:9001/",
            "https://[fe80::1]/",
            "https://93.184.216.34:8443/",
        ] {
            assert_eq!(reach::refused(url, &allow).is_none(), check(&guard, url).is_ok(), "{url}");
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
        assert_eq!(
            check(&guard, "http://example.com/"),
            Err(Refusal::Scheme { scheme: "http".into(), host: "example.com".into() })
        );
        assert_eq!(check(&guard, "https://me:pw@example.com/"), Err(Refusal::Credentials("example.com".into())));
    }
}
