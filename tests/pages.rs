//! Every code of the catalogue keeps the word of its page: the page's example is told what the page is about, what to
//! write instead is told nothing. What the terminal shows for the example is in `suite/pages`, a picture for every code.

use flow_lang::compile::Compiled;
use flow_lang::diag::{Code, Diagnostic};
use flow_tests::marks::{LIBRARY, PRELUDE};
use flow_tests::project::{picture, pictures, project};

/// Compiles a program of a page. A property of the prelude stands for the project's own.
fn compiled(code: Code, text: &[u8]) -> Compiled {
    let name = if code == Code::UnnameableFile { "my-flow.flow" } else { "example.flow" };
    let item: &[u8] = b"record Item { id: Text }\n";
    let mut files = vec![("library/more.flow", LIBRARY.as_bytes()), ("prelude.flow", PRELUDE.as_bytes()), (name, text)];
    if code == Code::AmbiguousType {
        files.extend([("orders.flow", item), ("returns.flow", item)]);
    }
    project(files)
}

/// The programs of a page: its example, and what to write instead.
fn programs(code: Code) -> Vec<&'static str> {
    let blocks = code.page().split("```flow\n").skip(1);
    blocks.map(|rest| rest.split("```").next().unwrap_or_default()).collect()
}

/// A program that is told the code. A few are too large, or no text, and cannot stand on their page.
fn example(code: Code) -> Vec<u8> {
    let flow = |body: String| format!("flow long_one(number: Int) {{\n{body}}}\n").into_bytes();
    match code {
        Code::NestingTooDeep => flow(format!("    let x = {}number{}\n", "(".repeat(257), ")".repeat(257))),
        Code::SourceTooLarge => format!("{}tag last\n", "// The same line, again and again.\n".repeat(30_000)).into(),
        Code::InvalidUtf8 => b"flow greet(conversation: Conversation) {\n    say \"Gr\xFC\xDFe\"\n}\n".to_vec(),
        Code::TooManyErrors => "tag 1\n".repeat(1_000).into_bytes(),
        Code::LimitReached => {
            let branches: Vec<String> = (0..201).map(|n| format!("if number == {n} {{ stop }}")).collect();
            flow(format!("    {}\n", branches.join(" else ")))
        }
        Code::FlowTooLarge => flow(format!("    var sum = number\n{}", "    sum += 1\n".repeat(66_000))),
        _ => programs(code).first().copied().unwrap_or_default().into(),
    }
}

#[test]
fn every_page_says_what_why_and_what_instead() {
    for code in Code::ALL {
        let page = code.page();
        assert!(
            page.starts_with(&format!("# {}: {}\n\n## What it means\n", code.number(), code.title())),
            "{}",
            code.number()
        );
        let parts = ["\n## Why it matters\n", "\n## Example\n```flow\n", "\n## Instead\n"];
        for part in parts {
            assert_eq!(page.matches(part).count(), 1, "{} lacks {part:?}", code.number());
        }
    }
}

#[test]
fn every_example_is_told_what_its_page_is_about() {
    for code in Code::ALL {
        let compiled = compiled(*code, &example(*code));
        let told = compiled.diagnostics.iter().find(|diagnostic| diagnostic.code == *code);
        let said: Vec<&str> = compiled.diagnostics.iter().map(|diagnostic| diagnostic.code.number()).collect();
        let told = told.unwrap_or_else(|| panic!("{}: its example is told {said:?}", code.number()));
        insta::with_settings!({ snapshot_path => "suite/pages", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(code.number(), picture(told, &compiled));
        });
    }
}

#[test]
fn what_to_write_instead_is_told_nothing() {
    let mut report = String::new();
    for code in Code::ALL {
        for text in programs(*code).iter().skip(1) {
            let compiled = compiled(*code, text.as_bytes());
            // Some pages only declare.
            let only_declared = |diagnostic: &Diagnostic| diagnostic.message.starts_with("Nothing in the project uses");
            if !compiled.diagnostics.iter().all(|told| *code != Code::UnusedName && only_declared(told)) {
                report.push_str(&format!("=== {}\n{}", code.number(), pictures(&compiled)));
            }
        }
    }
    assert!(report.is_empty(), "{report}");
}
