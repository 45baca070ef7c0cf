//! Programs of `suite/parse`: those in `ok` are read in silence; what is said about those in `broken` stands beside them.
//!
//! A new file in one of the folders is a new test.

use flow_fuzz::corpus::files;
use flow_lang::diag::render::{Look, Sources, human};
use flow_lang::diag::{Diagnostic, FileId};
use flow_lang::syntax::parse;
use std::path::{Path, PathBuf};

/// Programs of a folder below the project's root, and of the folders in it.
fn programs(folder: &str) -> Vec<(PathBuf, String)> {
    let programs = files(&[folder]);
    assert!(!programs.is_empty(), "no programs in {folder}");
    programs
}

/// Everything that is said about a program, as a terminal without colours shows it, with the edits that are offered.
fn said(path: &Path, text: &str) -> String {
    let mut sources = Sources::new();
    let file: FileId = sources.add(path.file_name().unwrap_or_default().to_string_lossy(), text);
    let mut said = String::new();
    for diagnostic in parse(file, text).diagnostics {
        said.push_str(&human(&diagnostic, &sources, Look::default()));
        for fix in &diagnostic.fixes {
            let edit = |(span, new): &(flow_lang::diag::Span, String)| format!("{:?} -> {new:?}", &text[span.range()]);
            let edits: Vec<String> = fix.edits.iter().map(edit).collect();
            said.push_str(&format!("  fix: {} ({})\n", fix.title, edits.join(", ")));
        }
        said.push('\n');
    }
    said
}

#[test]
fn good_programs_are_read_in_silence() {
    for folder in ["tests/suite/parse/ok", "stdlib", "examples"] {
        for (path, text) in programs(folder) {
            assert_eq!(said(&path, &text), "", "{}", path.display());
            assert_eq!(said(&path, &text.replace('\n', "\r\n")), "", "{} with CR LF", path.display());
        }
    }
}

#[test]
fn broken_programs_are_explained() {
    for (path, text) in programs("tests/suite/parse/broken") {
        let said = said(&path, &text);
        assert!(!said.is_empty(), "{} has nothing wrong", path.display());
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        insta::with_settings!({
            snapshot_path => "suite/parse/broken", prepend_module_to_snapshot => false, omit_expression => true
        }, {
            insta::assert_snapshot!(&*name, said);
        });
    }
}

/// After the offered edits the same is not said at the same place again.
#[test]
fn offered_edits_mend() {
    for (path, text) in programs("tests/suite/parse/broken") {
        let diagnostics = |text: &str| -> Vec<Diagnostic> { parse(FileId(0), text).diagnostics };
        for diagnostic in diagnostics(&text) {
            for fix in &diagnostic.fixes {
                let mut mended = text.clone();
                let mut edits = fix.edits.clone();
                edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
                for (span, new) in edits {
                    mended.replace_range(span.range(), &new);
                }
                let same = diagnostics(&mended).iter().any(|other| {
                    other.code == diagnostic.code && other.primary.span.start == diagnostic.primary.span.start
                });
                assert!(!same, "{}: `{}` does not help with `{}`", path.display(), fix.title, diagnostic.message);
            }
        }
    }
}
