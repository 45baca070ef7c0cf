//! The documentation is true: its programs compile, its commands do what is shown, its reference is current, its links lead
//! somewhere.

use flow_lang::check::Settings;
use flow_lang::compile::{Compiled, Input, compile_within};
use flow_lang::connect::Described;
use flow_lang::diag::render::short;
use flow_lang::template::{TemplateFile, is_template};
use flow_openapi::Document;
use flow_tests::diagnostics::diagnostics_page;
use flow_tests::markdown::{Block, blocks, pages};
use flow_tests::openapi::documents;
use flow_tests::project::library;
use flow_tests::reference::{actions_page, builtins_page, grammar_page};
use flow_tests::terminal::Terminal;
use std::path::Path;
use std::sync::Arc;

/// Statements stand in a flow that has one of everything, where something has just failed.
const BEFORE: &str = "flow example(contact: Contact, company: Company, conversation: Conversation, ticket: Ticket) {\n    \
                      try { fail \"why\" } on failure as failure {\n        contact.add_note(failure.message)\n";

/// What statements may name.
const PRELUDE: &str = "tag vip\nteam support, sales\nsecret shop_token\nrecord Order { id: Text }\n\
                       selection beta_testers\nproject q3_launch\ninterest sailing\nlink pricing\narticle reset_password\n\
                       enum Topic { billing, other }\n\
                       record Lead { email: Email }\nrecord Callback { phone: Phone }\n";

/// What a block is as a file; nothing for one that is no program.
fn source(block: &Block) -> Option<String> {
    match block.words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["flow"] | ["flow", "refused" | "warned", _] => Some(block.text.clone()),
        ["flow", file] if file.ends_with(".flow") => Some(block.text.clone()),
        ["flow", "statements"] => Some(format!("{BEFORE}{}    }}\n}}\n", block.text)),
        ["flow", "signature"] => None,
        ["flow", ..] => panic!("line {}: an unknown kind of block: {:?}", block.line, block.words),
        _ => None,
    }
}

/// The documents that a page shows as files, beside those that every page may name.
fn documents_of(text: &str) -> Vec<Described> {
    let shown = blocks(text).into_iter().filter_map(|block| {
        let name = block.words.get(1).filter(|name| name.ends_with(".yaml") || name.ends_with(".json"))?;
        Some(Described { path: name.as_str().into(), document: Document::read(block.text.as_bytes()).map(Arc::new) })
    });
    shown.chain(documents()).collect()
}

/// What a page shows beside its programs.
struct Beside {
    documents: Vec<Described>,
    templates: Vec<TemplateFile>,
}

impl Beside {
    fn of(text: &str) -> Beside {
        let words = blocks(text).into_iter().filter_map(|block| {
            let path = block.words.get(1).filter(|path| is_template(path))?;
            Some(TemplateFile { path: path.as_str().into(), bytes: block.text.into_bytes() })
        });
        Beside { documents: documents_of(text), templates: words.collect() }
    }
}

/// Compiles programs as one project.
fn project(programs: &[(String, String)], beside: &Beside) -> Compiled {
    let own = programs.iter().map(|(path, text)| Input {
        path: path.as_str().into(),
        text: text.clone().into_bytes(),
        library: false,
    });
    let (documents, templates) = (beside.documents.clone(), beside.templates.clone());
    let settings = Settings { documents, templates, ..Settings::default() };
    compile_within(&own.chain(library()).collect::<Vec<_>>(), &settings)
}

fn said(compiled: &Compiled) -> Vec<String> {
    compiled.diagnostics.iter().map(|one| short(one, &compiled.sources)).collect()
}

/// A page is one project: what a block declares, the others may use.
fn compiles(page: &Path, programs: &[(String, String)], beside: &Beside, statements: bool) {
    let mut said_of = said(&project(programs, beside));
    if statements {
        // A few statements name more than they use, and the library shows triggers that are not carried out yet.
        said_of.retain(|told| !told.contains("warning[") && !told.contains("error[E0902]"));
    }
    assert!(said_of.is_empty(), "{}:\n{}", page.display(), said_of.join("\n"));
}

#[test]
fn getting_started_shows_what_a_new_project_has() {
    let shown = include_str!("../docs/getting-started.md");
    assert!(shown.contains(&format!("```flow hello.flow\n{}```\n", include_str!("../cli/template/hello.flow"))));
}

#[test]
fn programs_compile_and_mistakes_are_told() {
    let mut seen = 0;
    for (page, text) in pages() {
        let beside = Beside::of(&text);
        let (mut programs, mut mistakes, mut statements) = (Vec::new(), Vec::new(), false);
        for block in blocks(&text) {
            let Some(program) = source(&block) else { continue };
            seen += 1;
            let file = match block.words.get(1) {
                Some(file) if file.ends_with(".flow") => file.clone(),
                _ => format!("line_{}.flow", block.line),
            };
            statements |= block.is(&["flow", "statements"]);
            match block.words.get(1).map(String::as_str) {
                Some("refused" | "warned") => mistakes.push((block, (file, program))),
                _ => {
                    // A file that is shown again has been changed.
                    if let Some(at) = programs.iter().position(|(other, _)| *other == file) {
                        compiles(&page, &programs, &beside, statements);
                        programs.remove(at);
                    }
                    programs.push((file, program));
                }
            }
        }
        if statements {
            programs.push(("prelude.flow".to_owned(), PRELUDE.to_owned()));
        }
        compiles(&page, &programs, &beside, statements);
        for (block, program) in mistakes {
            let mut all = programs.clone();
            all.push(program);
            let said = said(&project(&all, &beside));
            let code = block.words.get(2).expect("a code");
            assert!(
                said.len() == 1 && said[0].contains(code.as_str()),
                "{}:{}: {code} was to be told, and this was:\n{}",
                page.display(),
                block.line,
                said.join("\n")
            );
        }
    }
    assert!(seen >= 12, "only {seen} programs were found");
}

/// Tests in the documentation pass, but those of a file that a command shows failing.
#[test]
fn tests_that_are_shown_pass() {
    let mut seen = 0;
    for (page, text) in pages() {
        let shown = blocks(&text);
        let fails =
            |file: &str| shown.iter().any(|block| block.text.contains(&format!("$ flow test {file} # exit code 1")));
        let terminal = Terminal::open();
        let mut here = 0;
        for block in &shown {
            let file = match block.words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                ["flow"] => format!("line_{}.flow", block.line),
                ["flow", file] if file.ends_with(".flow") && !fails(file) => (*file).to_owned(),
                [_, file] if file.ends_with(".yaml") || file.ends_with(".md") || is_template(file) => {
                    (*file).to_owned()
                }
                _ => continue,
            };
            here += block.text.matches("\ntest \"").count();
            terminal.write(&file, &block.text);
        }
        if here > 0 {
            let (printed, code) = terminal.flow(&["flow".to_owned(), "test".to_owned()], "");
            assert_eq!(code, std::process::ExitCode::SUCCESS, "{}:\n{printed}", page.display());
            seen += here;
        }
    }
    assert!(seen >= 2, "only {seen} tests were found");
}

#[test]
fn commands_do_what_is_shown() {
    let mut seen = 0;
    for (page, text) in pages() {
        let mut terminal = Terminal::open();
        for block in blocks(&text) {
            match block.words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                ["console"] => {
                    seen += terminal.console(&block.text).unwrap_or_else(|why| {
                        panic!("{}:{}: {why}", page.display(), block.line);
                    });
                }
                // A block with a file's name is that file, from there on.
                [_, file] if file.contains('.') => terminal.write(file, &block.text),
                _ => {}
            }
        }
    }
    assert!(seen >= 10, "only {seen} commands were found");
}

#[test]
fn pages_made_from_the_source_are_current() {
    for (name, page) in [
        ("actions.md", actions_page(flow_stdlib::declarations(), flow_stdlib::flows())),
        ("reference/builtins.md", builtins_page()),
        ("reference/diagnostics.md", diagnostics_page()),
        ("reference/ebnf.md", grammar_page(include_str!("../grammar/flow.ebnf"))),
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
        if std::env::var("UPDATE").is_ok() {
            std::fs::write(&path, &page).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(written, page, "run UPDATE=1 cargo test -p flow-tests --test docs");
    }
}

#[test]
fn links_lead_somewhere() {
    for (page, text) in pages() {
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            if file.is_empty() || file.contains("://") || file.starts_with("{{") {
                continue;
            }
            let beside = page.parent().expect("a folder").join(file);
            assert!(beside.exists(), "{}: {target} leads nowhere", page.display());
        }
    }
}
