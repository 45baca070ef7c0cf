//! Everything that carries out an action of the library.

use crate::channel::Channels;
use crate::http::{self, Net, NetConfig, NetError};
use crate::script::Scripts;
use crate::{ai, chat, email, notify, script, slack, sms, teams, webhook, workspace};
use flow_vm::action::Registry;
use std::sync::Arc;

/// What can be set of the library.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The outgoing client.
    pub net: NetConfig,
    /// Over which messages leave.
    pub channels: Channels,
    /// Programs that flows may run.
    pub scripts: Scripts,
}

/// Implementations of every action that [`crate::declarations()`] declares.
///
/// # Errors
/// When the settings of the outgoing client are wrong.
pub fn registry(config: &Config) -> Result<Registry, NetError> {
    let mut registry = Registry::default();
    workspace::register(&mut registry);
    chat::register(&mut registry);
    let net = Arc::new(Net::new(&config.net)?);
    http::register(&mut registry, &net);
    email::register(&mut registry, &net, &config.channels);
    notify::register(&mut registry, &net, &config.channels);
    sms::register(&mut registry, &net, &config.channels);
    slack::register(&mut registry, &net, &config.channels);
    teams::register(&mut registry, &net, &config.channels);
    script::register(&mut registry, &config.scripts);
    webhook::register(&mut registry, &net, &config.channels);
    ai::register(&mut registry, &net, &config.channels);
    Ok(registry)
}
