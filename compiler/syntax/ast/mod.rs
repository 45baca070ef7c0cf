//! The tree: plain data with spans, nothing resolved, nothing typed.
//!
//! [`File`] holds [`Item`]s; flows and tests hold [`Block`]s of [`Stmt`]s; statements hold [`Expr`]s. Every node knows its
//! [`Span`]; every expression has an [`ExprId`] that is unique in its file, so that later rooms key their tables with it
//! instead of writing into the tree. Where text could not be understood there is an `Error` node in its place: whoever walks
//! the tree skips it silently, because the parser has already spoken about it.
//!
//! The tree is never deeper than [`crate::syntax::NESTING_MAX`] brackets plus as many expression levels, so plain recursion
//! over it (dropping it, too) cannot exhaust the stack.

mod exprs;
mod items;
mod stmts;
mod walk;

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

pub use exprs::*;
pub use items::*;
pub use stmts::*;

use crate::diag::Span;

/// One source file.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// The whole text.
    pub span: Span,
    /// The `//!` lines at the top, joined by newlines, without their marks.
    pub docs: Option<Arc<str>>,
    /// The declarations, in source order.
    pub items: Vec<Item>,
    /// One more than the largest [`ExprId`] of this file: the size of a side table.
    pub expr_count: u32,
    /// What of it could not be read.
    pub doubt: Doubt,
}

/// Declarations of which something could not be read: what depends on them is not to blame.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Doubt {
    /// Where they stand, in source order.
    pub spans: Vec<Span>,
    /// What they would have declared.
    pub names: Vec<Arc<str>>,
}

/// The text of a name, shared between all its uses in a file.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(Arc<str>);

impl Name {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The shared text itself.
    pub fn shared(&self) -> &Arc<str> {
        &self.0
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Name(Arc::from(text))
    }
}

impl From<Arc<str>> for Name {
    fn from(text: Arc<str>) -> Self {
        Name(text)
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        &*self.0 == other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        &*self.0 == *other
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ident {
    /// The name.
    pub name: Name,
    /// Where it stands.
    pub span: Span,
}

impl Ident {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.name
    }
}

/// A dotted name: `conversation.started`, `sms.send`, `Contact`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// From the first name to the last.
    pub span: Span,
    /// At least one.
    pub segments: Vec<Ident>,
}

impl Path {
    /// The segments with dots between them.
    pub fn dotted(&self) -> String {
        let names: Vec<&str> = self.segments.iter().map(Ident::as_str).collect();
        names.join(".")
    }

    /// The only segment, if there is one alone.
    pub fn single(&self) -> Option<&Ident> {
        match self.segments.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }
}

/// A type as written.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeExpr {
    /// Where it stands.
    pub span: Span,
    /// What it says.
    pub kind: TypeKind,
}

/// The forms of a type.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeKind {
    /// Could not be understood; already reported.
    Error,
    /// `Text`, `shop.Order`, `List<Text>`.
    Named {
        /// The name, possibly with its module.
        path: Path,
        /// What stands between `<` and `>`; empty without them.
        args: Vec<TypeExpr>,
    },
    /// `T?`: may be missing.
    Optional(Box<TypeExpr>),
}

/// `@once(timeout: 30 seconds)`, `@unique`.
#[derive(Debug, Clone, PartialEq)]
pub struct Annotation {
    /// From the `@` to the last character.
    pub span: Span,
    /// The name after the `@`.
    pub name: Ident,
    /// The arguments; empty without parentheses.
    pub args: Vec<Arg>,
}

/// `#topic`: the stable name of a place where a run can wait, or of an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// With the `#`.
    pub span: Span,
    /// Without the `#`.
    pub name: Name,
}
