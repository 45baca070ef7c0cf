//! What an editor asks, as plain data in byte offsets: this room knows no protocol.
//!
//! A [`Host`] holds a project as it is being written; [`Host::analyse`] says what is known of it now, an [`Analysis`], which
//! does not change under whoever asks it.

mod assists;
mod calls;
mod completion;
mod fixes;
mod hints;
mod host;
mod hover;
mod moments;
mod names;
mod paint;
mod picture;
mod places;
mod rename;
mod shape;
mod symbols;

pub use crate::hir::Definition;
pub use assists::{Assist, AssistKind};
pub use calls::Caller;
pub use completion::{CallAt, Offer, OfferKind, Offers};
pub use hints::{Hint, HintKind};
pub use host::{Analysis, Host};
pub use hover::Hover;
pub use paint::{Paint, Painted};
pub use places::WaitPlace;
pub use rename::Renaming;
pub use shape::{Fold, FoldKind, Opened};
pub use symbols::{Symbol, SymbolKind};
