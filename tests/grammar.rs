//! The grammar that people read says what the parser reads; the reference shows every construct of it.

use flow_lang::diag::FileId;
use flow_lang::diag::render::{Sources, short};
use flow_lang::syntax::parse;
use flow_tests::ebnf::{Grammar, Writer, named, read};
use flow_tests::markdown::{blocks, pages};
use std::collections::BTreeSet;

const EBNF: &str = include_str!("../grammar/flow.ebnf");
const PARSER: &str = include_str!("../grammar/flow.lalrpop");

/// The tree, as it is declared.
const TREE: [&str; 4] = [
    include_str!("../compiler/syntax/ast/mod.rs"),
    include_str!("../compiler/syntax/ast/items.rs"),
    include_str!("../compiler/syntax/ast/stmts.rs"),
    include_str!("../compiler/syntax/ast/exprs.rs"),
];

/// Rules of the parser that people need not know: how lists are made, what is one rule to them, what broken text becomes.
const INNER: [&str; 24] = [
    "Commas",
    "Commas1",
    "Entries",
    "Entries1",
    "Lines",
    "Lines1",
    "NameWord",
    "Segments",
    "Middle",
    "Result",
    "Clauses",
    "StmtKind",
    "AssignOp",
    "Branches",
    "After",
    "Paths",
    "MockOutcomes",
    "Answer",
    "Chain",
    "AmountChain",
    "Nots",
    "Op",
    "Negative",
    "MoreArgs1",
];

/// The grammar without its rules about single characters.
fn grammar() -> Grammar {
    let (rules, _) = EBNF.split_once("# ----------------------------------------------------------------------------------------------------------------- tokens").expect("the tokens come last");
    let mut grammar = read(&rules.replace("any word that is not reserved", "word"));
    grammar.extend(read("Duration = integer unit [ \"in\" Place ] ;"));
    grammar
}

/// The variants of the tree's enums.
fn constructs() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for text in TREE {
        let mut inside = false;
        for line in text.lines() {
            inside = line.starts_with("pub enum ") || inside && line != "}";
            let name =
                line.strip_prefix("    ").filter(|rest| inside && rest.starts_with(|c: char| c.is_ascii_uppercase()));
            if let Some(name) = name {
                found.insert(name.split(|c: char| !c.is_alphanumeric()).next().expect("a name").to_owned());
            }
        }
    }
    // What could not be read.
    found.remove("Error");
    assert!(found.len() > 100, "only {found:?}");
    found
}

/// Those that stand in a tree.
fn shown(tree: &impl std::fmt::Debug) -> BTreeSet<String> {
    format!("{tree:?}").split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_owned).collect()
}

#[test]
fn the_parsers_rules_and_words_are_those_people_read() {
    let grammar = grammar();
    let (mut rules, mut words) = (Vec::new(), Vec::new());
    grammar.values().for_each(|piece| named(piece, &mut rules, &mut words));
    for rule in &rules {
        let known =
            grammar.contains_key(rule) || EBNF.contains(&format!("\n{rule} ")) || ["NL", "text"].contains(&&**rule);
        assert!(known, "{rule} is named and not explained");
    }
    let mut seen = 0;
    for line in PARSER.lines() {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        if !line.starts_with(|c: char| c.is_ascii_uppercase()) {
            // A word or sign of the parser: `"let" => Tok::Let,`
            if let Some((word, _)) = line.trim().strip_prefix('"').and_then(|rest| rest.split_once("\" => Tok::")) {
                let token = ["text", "name", "integer", "number", "percentage", "duration", "time"];
                if !token.iter().any(|token| word.contains(token)) {
                    assert!(
                        words.iter().any(|other| other == word),
                        "the parser knows `{word}`, and the grammar does not"
                    );
                    seen += 1;
                }
            }
            continue;
        }
        let name = line.split(|c: char| !c.is_alphanumeric()).next().expect("a name");
        let inner = INNER.contains(&name);
        let known = grammar.contains_key(name) || EBNF.contains(&format!("\n{name} "));
        assert!(known || inner, "the parser has a rule {name}, and the grammar has not");
        assert!(!(known && inner), "{name} is known now");
        seen += 1;
    }
    assert!(seen > 150, "only {seen} rules and words");
}

#[test]
fn what_the_grammar_derives_is_read_in_silence() {
    let grammar = grammar();
    let (mut seen, mut wrong) = (BTreeSet::new(), Vec::new());
    for seed in 1..=6_000 {
        let mut writer = Writer::new(&grammar, seed);
        writer.rule("Item", 8 + (seed % 14) as u32);
        writer.rule("NL", 0);
        let text = writer.text;
        let parsed = parse(FileId(0), &text);
        // That no line begins with a dot is said beside the grammar.
        let told = parsed.diagnostics.iter().find(|said| said.message != "A line cannot begin with `.`.");
        if let Some(said) = told {
            let mut sources = Sources::default();
            sources.add("derived.flow", text.as_str());
            wrong.push(format!("{}\n{text}", short(said, &sources)));
        }
        seen.extend(shown(&parsed.tree));
    }
    assert!(wrong.is_empty(), "{} of 6000, such as\n{}", wrong.len(), wrong[..wrong.len().min(3)].join("\n\n"));
    let missing: Vec<String> = constructs().into_iter().filter(|name| !seen.contains(name)).collect();
    assert!(missing.is_empty(), "the grammar never derives {missing:?}");
}

/// The grammar of the editors is a package by itself, which reads what is derived here.
#[test]
fn what_is_derived_for_the_editors_grammar_is_current() {
    let grammar = grammar();
    let derived = (1..=400).map(|seed| {
        let mut writer = Writer::new(&grammar, seed);
        writer.rule("Item", 8 + (seed % 14) as u32);
        format!("--- {seed}\n{}\n", writer.text)
    });
    let derived: String = derived.collect();
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../editors/tree-sitter/test/derived.txt");
    if std::env::var("UPDATE").is_ok() {
        std::fs::write(&path, &derived).expect("it can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(derived == kept, "run UPDATE=1 cargo test -p flow-tests --test grammar, then editors/tree-sitter/check");
}

#[test]
fn the_reference_shows_every_construct() {
    let mut seen = BTreeSet::new();
    for (page, text) in pages() {
        if page.parent().is_some_and(|folder| folder.ends_with("reference")) {
            for block in blocks(&text).iter().filter(|block| block.words.first().is_some_and(|word| word == "flow")) {
                seen.extend(shown(&parse(FileId(0), &block.text).tree));
            }
        }
    }
    let missing: Vec<String> = constructs().into_iter().filter(|name| !seen.contains(name)).collect();
    assert!(missing.is_empty(), "docs/reference has no example of {missing:?}");
}
