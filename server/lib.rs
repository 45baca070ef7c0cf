//! What the public reaches of an installation: links that are followed and pictures that are fetched, ways out of mails,
//! webhooks, and mails that come in. Everything else of it is reached over the local API, which the public never sees.
//!
//! Whatever comes in is either signed by us (the address in a mail), or by somebody whose secret we know. What it says is on
//! the disk before it is answered. Heads, bodies, connections and the time that each may take are bounded.
#![forbid(unsafe_code)]

mod door;
mod hooks;
mod incoming;
mod listen;
mod mailbox;
mod mails;
mod recent;
mod refusals;
mod say;
mod settings;

pub use incoming::{NotTaken, hand_in};
pub use listen::Server;
pub use mailbox::Following;
pub use settings::Settings;
