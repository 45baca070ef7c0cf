//! Edits that an editor offers: what they make of a text, and that what they leave can be read.
//!
//! The first line of a file in `suite/assists` is the title of the edit, `-` where nothing of the kind is offered; `«` is the
//! place, `»` the end of what is chosen. What comes of it lies beside it.

use flow_lang::diag::{Code, Diagnostic, FileId, Fix, Severity, Span, mend};
use flow_lang::ide::{Analysis, Assist, AssistKind, Host};
use flow_tests::project::{library, programs, settings};
use flow_tests::suite::told;
use std::collections::HashSet;
use std::fs::read_to_string;
use std::path::Path;
use std::sync::Arc;

fn host(files: &[(String, String)]) -> Host {
    let mut host = Host::new(library());
    host.configure(settings(std::iter::empty(), &["email", "sms", "slack", "webhook"]));
    files.iter().for_each(|(path, text)| host.set(path, text.as_bytes().to_vec()));
    host
}

fn deep<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(Host::STACK_BYTES).spawn_scoped(scope, work);
        thread.unwrap().join().unwrap()
    })
}

fn file_of(analysis: &Analysis, path: &str) -> FileId {
    analysis.sources().iter().find(|(_, source)| *source.path == *path).map(|(file, _)| file).unwrap()
}

fn errors(analysis: &Analysis) -> usize {
    analysis.diagnostics().iter().filter(|told| told.severity() == Severity::Error).count()
}

fn applied(file: FileId, text: &str, edits: &[(Span, String)]) -> String {
    mend(file, text, &[&Fix { title: String::new(), edits: edits.to_vec() }])
}

#[test]
fn what_comes_of_each() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("suite/assists");
    let mut names: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.extension().is_some_and(|end| end == "flow"));
    names.sort();
    assert!(names.len() > 10);
    deep(|| {
        for path in names {
            let whole = read_to_string(&path).unwrap();
            let (title, text) = whole.split_once('\n').unwrap();
            let title = title.trim_start_matches("// ");
            let from = text.find('«').unwrap();
            let text = text.replacen('«', "", 1);
            let to = text.find('»').unwrap_or(from);
            let text = text.replacen('»', "", 1);
            let mut host = host(&[("main.flow".to_owned(), text.clone())]);
            let analysis = host.analyse();
            let file = file_of(&analysis, "main.flow");
            let stretch = Span::new(file, from as u32, to as u32);
            let assists = analysis.assists(stretch);
            let name = path.file_stem().unwrap().to_str().unwrap();
            if title == "-" {
                let extracts = |one: &Assist| one.kind == AssistKind::Extract;
                assert!(!assists.iter().any(extracts), "{name}: {assists:?}");
                continue;
            }
            let lower = |title: &str| format!("{}{}", title[..1].to_lowercase(), &title[1..]);
            let titles: Vec<&str> = assists.iter().map(|one| one.title.as_str()).collect();
            let chosen = assists.iter().find(|one| one.title == lower(title));
            let chosen = chosen.unwrap_or_else(|| panic!("{name}: {titles:?}"));
            let after = applied(file, &text, &chosen.edits);
            let before = errors(&analysis);
            host.set("main.flow", after.clone().into_bytes());
            let now = errors(&host.analyse());
            match chosen.kind {
                AssistKind::Mend(_) => assert!(now < before, "{name}: {before} {now}\n{after}"),
                _ => assert!(now <= before, "{name}: {before} {now}\n{after}"),
            }
            insta::with_settings!({ snapshot_path => &folder, prepend_module_to_snapshot => false, omit_expression => true }, {
                insta::assert_snapshot!(name, after);
            });
        }
    });
}

/// Whatever is offered anywhere leaves a file that reads as well as before; what mends something is rid of it.
#[test]
fn what_is_offered_leaves_what_can_be_read() {
    let mut projects: Vec<Vec<(String, String)>> =
        vec![programs("../examples").into_iter().map(|(name, text)| (format!("{name}.flow"), text)).collect()];
    let mut seen = HashSet::new();
    for (number, one) in told().enumerate() {
        let new = one.compiled.diagnostics.iter().filter(|told| seen.insert(told.code)).count();
        if new == 0 && !number.is_multiple_of(SOME) {
            continue;
        }
        let own = one.compiled.sources.iter().filter(|(file, _)| !one.compiled.sources.is_library(*file));
        let own = own.map(|(_, source)| (source.path.to_string(), source.text.to_string()));
        projects.push(own.filter(|(path, _)| path.ends_with(".flow")).collect());
    }
    let (mut offered, mut mended) = (0, 0);
    deep(|| {
        for files in &projects {
            let mut host = host(files);
            let analysis = host.analyse();
            for (path, text) in files {
                let file = file_of(&analysis, path);
                for (span, edits, mends) in edits(&analysis, file, text) {
                    offered += 1;
                    let after = applied(file, text, &edits);
                    let wrong = |text: &str| flow_lang::syntax::parse(file, text).diagnostics.len();
                    assert!(wrong(&after) <= wrong(text), "{path} at {span:?}: {edits:?}\n{after}");
                    let Some((code, message)) = mends else { continue };
                    let told = |analysis: &Arc<Analysis>| {
                        let same = |told: &&Diagnostic| {
                            told.code == code && message.as_ref().is_none_or(|one| *one == told.message)
                        };
                        analysis.diagnostics().iter().filter(same).count()
                    };
                    let before = told(&analysis);
                    host.set(path, after.into_bytes());
                    let now = told(&host.analyse());
                    assert!(now < before, "{path} at {span:?}: {code:?} {before} {now} {edits:?}");
                    host.set(path, text.clone().into_bytes());
                    mended += 1;
                }
            }
        }
    });
    assert!(offered > 500 && mended > 100, "{offered} {mended}");
}

/// One line, or one program, of so many.
const SOME: usize = 11;

type Offered = (Span, Vec<(Span, String)>, Option<(Code, Option<String>)>);

/// What is offered in a file: at every line's beginning, in the midst of it, and for it as a whole; and what mends.
fn edits(analysis: &Analysis, file: FileId, text: &str) -> Vec<Offered> {
    let mut all: Vec<Offered> = Vec::new();
    let mut at = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let start = at + (line.len() - line.trim_start().len());
        let end = at + line.trim_end().len().max(start - at);
        let middle = (start..end).nth((end - start) / 2).filter(|at| text.is_char_boundary(*at)).unwrap_or(start);
        at += line.len();
        // What is chosen is checked anew each time: in one line of some.
        let chosen = number.is_multiple_of(SOME).then_some((start, end));
        for (from, to) in [(start, start), (middle, middle)].into_iter().chain(chosen) {
            let stretch = Span::new(file, from as u32, to as u32);
            all.extend(analysis.assists(stretch).into_iter().map(|one| {
                let code = match one.kind {
                    AssistKind::Mend(code) => Some((code, None)),
                    _ => None,
                };
                (stretch, one.edits, code)
            }));
        }
    }
    let whole = Span::new(file, 0, text.len() as u32);
    for (told, fix) in analysis.fixes(whole) {
        if fix.edits.iter().all(|(span, _)| span.file == file) {
            all.push((told.primary.span, fix.edits.clone(), Some((told.code, Some(told.message.clone())))));
        }
    }
    all
}
