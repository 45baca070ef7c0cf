//! Mails that come in: read, judged, and written down.

mod answer;
mod bounce;
mod bounds;
mod flat;
mod judge;
mod read;
mod take;

pub use read::{Handed, MAIL_MAX, read};
pub use take::Became;
pub(crate) use take::register;
