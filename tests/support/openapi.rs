//! The documents of `suite/openapi`, as connectors of test programs name them: `specs/shop.json`.

use flow_lang::check::Settings;
use flow_lang::compile::{Compiled, Input, compile_within};
use flow_lang::connect::Described;
use flow_openapi::Document;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Where a document lies.
pub fn place(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("suite/openapi").join(name)
}

/// Every document, read once.
///
/// # Panics
/// The folder cannot be read.
pub fn documents() -> Vec<Described> {
    static READ: OnceLock<Vec<Described>> = OnceLock::new();
    let read = || {
        let entries = std::fs::read_dir(place("")).expect("the folder is there");
        let files = entries.map(|entry| entry.expect("an entry").path());
        let documents = files.filter(|path| path.extension().is_some_and(|kind| kind == "json" || kind == "yaml"));
        let described = documents.map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let bytes = std::fs::read(&path).expect("a document can be read");
            Described { path: format!("specs/{name}").into(), document: Document::read(&bytes).map(Arc::new) }
        });
        described.collect()
    };
    READ.get_or_init(read).clone()
}

/// Compiles a project to which the documents belong.
pub fn compile(inputs: &[Input]) -> Compiled {
    compile_within(inputs, &Settings { documents: documents(), ..Settings::default() })
}
