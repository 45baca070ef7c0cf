//! Everything that carries out an action of the library.

use crate::http::{self, Net, NetConfig, NetError};
use crate::{chat, workspace};
use flow_vm::action::Registry;
use std::sync::Arc;

/// What can be set of the library.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The outgoing client.
    pub net: NetConfig,
}

/// Implementations of every action that [`crate::declarations()`] declares.
///
/// # Errors
/// When the settings of the outgoing client are wrong.
pub fn registry(config: &Config) -> Result<Registry, NetError> {
    let mut registry = Registry::default();
    workspace::register(&mut registry);
    chat::register(&mut registry);
    http::register(&mut registry, &Arc::new(Net::new(&config.net)?));
    Ok(registry)
}
