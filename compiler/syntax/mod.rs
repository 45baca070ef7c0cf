//! Text to tree: tokens, grammar, recovery, AST.
//!
//! [`parse`] never fails: it gives a tree, with `Error` nodes where the text could not be understood, and what it has to say.

pub mod ast;

use crate::diag::{Diagnostic, FileId, Span};

/// Brackets, and separately the levels of one expression, may nest this deep.
pub const NESTING_MAX: u16 = 256;

/// The largest source file, in bytes.
pub const SOURCE_BYTES_MAX: usize = 1 << 20;

/// A parsed file.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The tree.
    pub tree: ast::File,
    /// What is wrong, in source order.
    pub diagnostics: Vec<Diagnostic>,
    /// Every comment, in source order, for the formatter.
    pub comments: Vec<Comment>,
}

/// A comment as it stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comment {
    /// From the first slash to the end of the line, line break excluded.
    pub span: Span,
    /// Which kind.
    pub kind: CommentKind,
}

/// The three kinds of comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommentKind {
    /// `// …`
    Plain,
    /// `/// …`
    Doc,
    /// `//! …`
    FileDoc,
}

/// Reads a source file.
pub fn parse(file: FileId, source: &str) -> Parsed {
    let span = Span::new(file, 0, u32::try_from(source.len()).unwrap_or(u32::MAX));
    let tree = ast::File { span, docs: None, items: Vec::new(), expr_count: 0 };
    Parsed { tree, diagnostics: Vec::new(), comments: Vec::new() }
}
