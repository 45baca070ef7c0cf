//! The language server: what the compiler knows of a project, over the Language Server Protocol 3.18.
//!
//! The only room that names the protocol. [`serve`] answers one client over a connection; the projects on the disk are read
//! by whoever starts it, through [`Machine`]. One thread does it all, in the order in which things arrive: what is asked is
//! answered of the text as it then is, and what is typed faster than it is checked is checked once.
#![forbid(unsafe_code)]

mod capabilities;
mod diagnostics;
mod documents;
mod features;
mod machine;
mod place;
mod requests;
mod roots;
mod server;

pub use lsp_server::Connection;
pub use machine::{Found, Machine};
pub use server::serve;
