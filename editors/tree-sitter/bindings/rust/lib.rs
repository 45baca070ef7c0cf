//! The grammar of Flow, for programs that read it with tree-sitter.

use tree_sitter_language::LanguageFn;

unsafe extern "C" {
    fn tree_sitter_flow() -> *const ();
}

/// The language.
// SAFETY: this is the entry that `tree-sitter generate` writes into `src/parser.c`.
pub const LANGUAGE: LanguageFn = unsafe { LanguageFn::from_raw(tree_sitter_flow) };

/// What an editor paints.
pub const HIGHLIGHTS: &str = include_str!("../../queries/highlights.scm");
/// Other languages inside.
pub const INJECTIONS: &str = include_str!("../../queries/injections.scm");
/// Where names are declared, and how far they reach.
pub const LOCALS: &str = include_str!("../../queries/locals.scm");
