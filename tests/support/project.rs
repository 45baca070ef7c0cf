//! Compiles programs of tests, and shows what is said about them.

use flow_lang::compile::{Compiled, Input, compile};
use flow_lang::diag::Diagnostic;
use flow_lang::diag::render::{Look, human};

/// What the standard library declares, as every project sees it.
pub fn library() -> Vec<Input> {
    let input =
        |(path, text): &(&str, &str)| Input { path: (*path).into(), text: text.as_bytes().into(), library: true };
    flow_stdlib::declarations().iter().map(input).collect()
}

/// Compiles files (path, text) together with the standard library. Those below `library/` are taken for a part of it.
pub fn project<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Compiled {
    let mut inputs = library();
    inputs.extend(files.into_iter().map(|(path, text)| Input {
        path: path.into(),
        text: text.to_vec(),
        library: path.starts_with("library/"),
    }));
    compile(&inputs)
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
