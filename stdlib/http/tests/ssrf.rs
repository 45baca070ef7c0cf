//! No spelling of an address of this machine or its network is called: directly, by redirect, by name, by proxy.

use super::super::resolve::Lookup;
use super::server::{Behaviour, Server, answer};
use super::*;
use flow_vm::action::BoxFuture;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Hosts that are, or contain, an address that is not called.
const HOSTS: &[&str] = &[
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "0",
    "0.0.0.0",
    "0x0",
    "127.255.255.254",
    "１２７.0.0.1",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "a.localhost",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[::7f00:1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::1]",
    "[2002:7f00:1::]",
    "[2001::1]",
    "[2001:db8::1]",
    "[fc00::1]",
    "[fd12:3456::1]",
    "[fe80::1]",
    "[febf::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[100::1]",
    "[3fff::1]",
    "[::ffff:10.0.0.1]",
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "192.168.1.254",
    "169.254.169.254",
    "169.254.0.1",
    "0xa9fea9fe",
    "2852039166",
    "100.64.0.1",
    "100.127.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "127.0.0.1.",
    "%31%32%37.0.0.1",
    "127.0.0.1%00.example.com",
    "example.com@127.0.0.1",
    "example.com:80@127.0.0.1",
    "0:0:0:0:0:ffff:127.0.0.1",
];

/// Whether an outcome is a refusal that no other attempt can mend.
fn refused(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed { failure, retryable: false, .. } if &*failure.kind == "invalid")
}

#[tokio::test]
async fn no_spelling_reaches_the_canary() {
    let canary = Server::answering(200, "", "{}").await;
    let port = canary.address.rsplit(':').next().expect("a port").to_string();
    let registry = registry(&NetConfig::default());
    assert!(HOSTS.len() >= 60);
    for host in HOSTS {
        for scheme in ["http", "https", "ftp", "file", "gopher", "HTTPS"] {
            for url in [format!("{scheme}://{host}:{port}/"), format!("{scheme}://{host}/")] {
                for (action, args) in [("http.get", get(&url)), ("http.post", post(&url))] {
                    let outcome = call(&registry, action, &args, 1000).await;
                    assert!(refused(&outcome), "{url}: {outcome:?}");
                }
            }
        }
    }
    assert!(canary.requests().is_empty());
}

#[tokio::test]
async fn no_redirect_reaches_the_canary() {
    let canary = Server::answering(200, "", "{}").await;
    let port = canary.address.rsplit(':').next().expect("a port").to_string();
    for host in HOSTS.iter().filter(|host| host.is_ascii()) {
        let location = format!("Location: http://{host}:{port}/\r\n");
        let first = Server::start(Behaviour::Answer(answer(302, &location, ""))).await;
        let registry = registry(&allowing(&first.address));
        let outcome = call(&registry, "http.get", &get(first.url("/")), 1000).await;
        assert!(refused(&outcome), "{host}: {outcome:?}");
    }
    assert!(canary.requests().is_empty());
}

/// A name that is public when it is first asked for, and loopback ever after.
struct Rebinding(AtomicUsize, Vec<IpAddr>);

impl Lookup for Rebinding {
    fn lookup<'a>(&'a self, _: &'a str) -> BoxFuture<'a, std::io::Result<Vec<IpAddr>>> {
        let count = self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move { Ok(if count == 0 { self.1.clone() } else { vec![IpAddr::from([127, 0, 0, 1])] }) })
    }
}

#[tokio::test]
async fn no_name_reaches_the_canary() {
    let canary = Server::answering(200, "", "{}").await;
    let port = canary.address.rsplit(':').next().expect("a port").to_string();
    for first in [
        vec![IpAddr::from([127, 0, 0, 1])],
        "10.0.0.1,::1,169.254.169.254".split(',').map(|ip| ip.parse().expect(ip)).collect(),
    ] {
        let lookup = Arc::new(Rebinding(AtomicUsize::new(0), first));
        let net = Net::with_lookup(&NetConfig::default(), lookup.clone()).expect("a client");
        let mut registry = Registry::default();
        register(&mut registry, &Arc::new(net));
        for _ in 0..2 {
            let outcome = call(&registry, "http.get", &get(format!("https://rebind.example:{port}/")), 1000).await;
            assert!(refused(&outcome), "{outcome:?}");
        }
        assert_eq!(lookup.0.load(Ordering::SeqCst), 2, "each name is looked up once for each call");
    }
    assert!(canary.requests().is_empty());
}

#[test]
fn a_name_with_one_public_address_is_called_there_only() {
    use super::super::guard::Guard;
    use super::super::resolve::GuardedResolver;
    use reqwest::dns::Resolve;
    let public = IpAddr::from([93, 184, 216, 34]);
    let lookup = Arc::new(Rebinding(AtomicUsize::new(0), vec![IpAddr::from([127, 0, 0, 1]), public]));
    let resolver = GuardedResolver { guard: Arc::new(Guard::default()), lookup };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let name = "mixed.example".parse().expect("a name");
    let addresses = runtime.block_on(resolver.resolve(name)).map_err(|error| error.to_string()).expect("resolves");
    assert_eq!(addresses.map(|address| address.ip()).collect::<Vec<_>>(), [public]);
}
