//! Values as people type them, and as people read them.

mod count;
mod kept_out;
mod moment;
mod parse;
mod show;
pub mod units;
mod version;

pub use count::{counted, number};
pub use kept_out::kept_out;
pub use moment::{Moments, span, utc};
pub use parse::{Lookup, parse, parse_arguments, signature, untyped};
pub use show::{json_value, show_value};
pub use version::short_version;
