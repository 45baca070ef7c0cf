//! Every code of the catalogue keeps the word of its page: the page's example is told what the page is about, what to
//! write instead is told nothing. What the terminal shows for the example is in `suite/pages`, a picture for every code.

use flow_lang::diag::{Code, Diagnostic};
use flow_tests::pages::{compiled, example, programs};
use flow_tests::project::{picture, pictures};

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
