//! Names to addresses, without those that are not called.
//!
//! The client connects to the addresses returned here and looks nothing up again: what was checked is what is called.

use super::guard::Guard;
use flow_bytecode::reach::private;
use flow_vm::action::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Looks names up.
pub trait Lookup: Send + Sync {
    /// Every address of a name.
    fn lookup<'a>(&'a self, name: &'a str) -> BoxFuture<'a, std::io::Result<Vec<IpAddr>>>;
}

/// The operating system's own.
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup<'a>(&'a self, name: &'a str) -> BoxFuture<'a, std::io::Result<Vec<IpAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect()) })
    }
}

/// All addresses of a name are refused.
#[derive(Debug, thiserror::Error)]
#[error("`{name}` is {what}; the project's settings allow such an address with `allow_net`")]
pub struct Blocked {
    /// The name that was looked up.
    pub name: String,
    /// What its first address is.
    pub what: &'static str,
}

/// A name that leads nowhere.
#[derive(Debug, thiserror::Error)]
#[error("there is no host `{name}`, or nobody who knows where it is answers")]
pub struct Unknown {
    /// The name that was looked up.
    pub name: String,
}

/// A lookup behind a guard, for the client.
#[derive(Clone)]
pub struct GuardedResolver {
    /// What is allowed.
    pub guard: Arc<Guard>,
    /// Who knows.
    pub lookup: Arc<dyn Lookup>,
}

impl GuardedResolver {
    /// Every address of a name that may be called.
    ///
    /// # Errors
    /// [`Blocked`] or [`Unknown`].
    pub async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, Box<dyn std::error::Error + Send + Sync>> {
        let mut addresses = self.lookup.lookup(name).await.map_err(|_| Unknown { name: name.to_string() })?;
        if !self.guard.allows_name(name) {
            let first = addresses.iter().find_map(|address| private(*address));
            addresses.retain(|address| private(*address).is_none());
            if let (true, Some(what)) = (addresses.is_empty(), first) {
                return Err(Blocked { name: name.to_string(), what }.into());
            }
        }
        Ok(addresses)
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let this = self.clone();
        Box::pin(async move {
            let addresses = this.addresses(name.as_str()).await?;
            // Port 0 means the URL's own.
            let addresses: Addrs = Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}
