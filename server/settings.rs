//! What is set of it.

use flow_stdlib::channel::{Channels, MailIn};
use flow_vm::action::Secrets;
use flow_vm::seam::Clock;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Who is let in, and by what they are known.
#[derive(Clone)]
pub struct Settings {
    /// By the name of a webhook, the names of the secrets that sign it: more than one while they change.
    pub hooks: BTreeMap<String, Vec<String>>,
    /// Who hands mails in.
    pub mail: Option<MailIn>,
    /// Addresses of our own: what is from them is not taken.
    pub own: Vec<String>,
    /// Where secrets are kept.
    pub secrets: Arc<dyn Secrets>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

impl Settings {
    /// What a project's settings say.
    pub fn new(channels: &Channels, secrets: Arc<dyn Secrets>, clock: Arc<dyn Clock>) -> Settings {
        Settings {
            hooks: channels.hooks.clone(),
            mail: channels.mail.clone(),
            own: channels.own_addresses(),
            secrets,
            clock,
        }
    }

    /// The secrets of these names that are set.
    pub(crate) fn known(&self, names: &[String]) -> Vec<String> {
        names.iter().filter_map(|name| self.secrets.get(name)).collect()
    }
}
