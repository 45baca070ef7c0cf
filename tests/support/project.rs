//! Compiles programs of tests, and shows what is said about them.

use crate::openapi::documents;
use flow_lang::check::{Settings, Wired};
use flow_lang::compile::{Compiled, Input, compile_within};
use flow_lang::diag::Diagnostic;
use flow_lang::diag::render::{Look, human};
use flow_lang::template::{TemplateFile, is_template};
use std::path::Path;

pub use flow_fuzz::corpus::library;

/// Compiles one program, `main.flow`, together with the standard library; `words` are files of templates (path, text).
pub fn alone(program: &str, words: &[(&str, &str)]) -> Compiled {
    let mut inputs = library();
    inputs.push(Input { path: "main.flow".into(), text: program.as_bytes().to_vec(), library: false });
    let words = words.iter().map(|(path, text)| TemplateFile { path: (*path).into(), bytes: text.as_bytes().to_vec() });
    compile_within(&inputs, &Settings { templates: words.collect(), ..Settings::default() })
}

/// Compiles files (path, text) together with the standard library. Those below `library/` are taken for a part of it, and those
/// in `templates/` for the words of mails. Every
/// channel is set but Teams, so that what is told of one that is not set can be seen.
pub fn project<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Compiled {
    project_with(files, &["email", "sms", "slack", "webhook"])
}

/// The same, with these channels.
pub fn project_with<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>, channels: &[&str]) -> Compiled {
    let mut inputs = library();
    let (words, programs): (Vec<_>, Vec<_>) = files.into_iter().partition(|(path, _)| is_template(path));
    inputs.extend(programs.into_iter().map(|(path, text)| Input {
        path: path.into(),
        text: text.to_vec(),
        library: path.starts_with("library/"),
    }));
    compile_within(&inputs, &settings(words, channels))
}

/// What is set for the projects of tests, with these words of mails and channels.
pub fn settings<'a>(words: impl IntoIterator<Item = (&'a str, &'a [u8])>, channels: &[&str]) -> Settings {
    let words = words.into_iter().map(|(path, text)| TemplateFile { path: path.into(), bytes: text.to_vec() });
    Settings {
        channels: Some(channels.iter().map(|name| (*name).to_owned()).collect()),
        wired: Some(Wired {
            slack: Some(vec!["#sales".to_owned(), "#support".to_owned()]),
            teams: None,
            hooks: ["shop/order_paid", "shop/paid", "shop/payment_failed", "stripe/paid"].map(str::to_owned).to_vec(),
        }),
        articles: Some(vec!["reset_password".to_owned(), "shipping_times".to_owned(), "help_center".to_owned()]),
        scripts: Some(["enrich.py", "sync", "report.sh", "report.py", "notes.txt"].map(str::to_owned).to_vec()),
        barred_scripts: vec![("notes.txt".to_owned(), "nobody may execute it".to_owned())],
        documents: documents(),
        templates: words.collect(),
        ..Settings::default()
    }
}

/// The words of mails of a folder's project, which is named from here: (path, text), by name.
///
/// # Panics
/// When a file cannot be read.
pub fn words_of(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = std::fs::read_dir(folder.join("templates")) else { return Vec::new() };
    let file = |entry: std::fs::DirEntry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        (format!("templates/{name}"), std::fs::read(entry.path()).expect("words are read"))
    };
    let mut words: Vec<(String, Vec<u8>)> = entries.map(|entry| file(entry.expect("an entry"))).collect();
    words.sort();
    words
}

/// The same, of the examples.
pub fn words_of_examples() -> Vec<(String, Vec<u8>)> {
    words_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples"))
}

/// The programs of a folder, which is named from here: (file name without its end, text), by name.
pub fn programs(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut programs: Vec<(String, String)> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "flow"))
        .map(|path| {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).expect("programs are text"))
        })
        .collect();
    programs.sort();
    programs
}

/// A diagnostic as a terminal without colours shows it.
pub fn picture(diagnostic: &Diagnostic, compiled: &Compiled) -> String {
    human(diagnostic, &compiled.sources, Look::default())
}

/// Everything that is said, as a terminal without colours shows it.
pub fn pictures(compiled: &Compiled) -> String {
    let pictures: Vec<String> = compiled.diagnostics.iter().map(|diagnostic| picture(diagnostic, compiled)).collect();
    pictures.join("\n")
}

/// Every program that the project has and that is read in silence: (path, text).
pub fn sound_programs() -> Vec<(String, String)> {
    let files = flow_fuzz::corpus::files(&["examples", "stdlib", "tests/suite", "cli/template"]);
    let sound = |text: &str| flow_lang::syntax::parse(flow_lang::diag::FileId(0), text).diagnostics.is_empty();
    let sound = files.into_iter().filter(|(_, text)| sound(text));
    sound.map(|(path, text)| (path.to_string_lossy().into_owned(), text)).collect()
}

/// The project in `examples/`, compiled.
///
/// # Panics
/// It is refused.
pub fn examples() -> Compiled {
    let files = programs("../examples");
    let named: Vec<(String, String)> = files.into_iter().map(|(name, text)| (format!("{name}.flow"), text)).collect();
    let words = words_of_examples();
    let words = words.iter().map(|(path, text)| (path.as_str(), text.as_slice()));
    let compiled = project(named.iter().map(|(path, text)| (path.as_str(), text.as_bytes())).chain(words));
    assert!(compiled.hir.is_some(), "{:?}", compiled.diagnostics);
    compiled
}
