//! The standard library of Flow: declarations in Flow beside their implementations in Rust.
//!
//! The declarations need nothing and are always there: the compiler and the editor read them. What carries them out is
//! behind the feature `run`.
#![forbid(unsafe_code)]

mod declarations;
mod library_flows;

pub use declarations::{channel_of, declarations};
pub use library_flows::{flows, is_library_flow};

#[cfg(feature = "run")]
pub mod ai;
#[cfg(feature = "run")]
pub mod channel;
#[cfg(feature = "run")]
mod chat;
#[cfg(feature = "run")]
pub mod email;
#[cfg(feature = "run")]
pub mod http;
#[cfg(feature = "run")]
mod notify;
#[cfg(feature = "run")]
mod registry;
#[cfg(feature = "run")]
pub mod script;
#[cfg(feature = "run")]
mod slack;
#[cfg(feature = "run")]
mod sms;
#[cfg(feature = "run")]
mod teams;
#[cfg(feature = "run")]
pub mod webhook;
#[cfg(feature = "run")]
pub mod workspace;

#[cfg(feature = "run")]
pub use registry::{Config, registry};
