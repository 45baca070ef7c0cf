//! What the reader of documents knows of the language is what the language has.

use crate::diag::FileId;
use crate::resolve::is_builtin;
use crate::syntax::{is_reserved, parse};
use flow_openapi::{RESERVED, TYPES};

#[test]
fn every_reserved_word_is_known() {
    for word in RESERVED {
        assert!(is_reserved(word), "`{word}` is no reserved word any more");
    }
    // The words of the grammar, as it lists them for people.
    let grammar = include_str!("../../grammar/flow.ebnf");
    let words =
        grammar.split('"').filter(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()));
    for word in words.filter(|word| is_reserved(word)) {
        assert!(RESERVED.contains(&word), "`{word}` is reserved, and documents would take it for a name");
    }
}

#[test]
fn every_type_of_the_language_is_known() {
    for name in TYPES {
        assert!(is_builtin(name), "`{name}` is no type of the language any more");
    }
    for name in crate::resolve::SYMBOL_KINDS.iter().map(|kind| kind.type_name()) {
        assert!(TYPES.contains(&name), "`{name}` is a type of the language");
    }
}

#[test]
fn names_that_documents_have_are_names() {
    let text = "record R { _links: Text, A: Int?, if: Bool, type: Text = \"x\", _1: Int }\n";
    assert!(parse(FileId(0), text).diagnostics.is_empty());
}
