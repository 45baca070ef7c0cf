//! `flow check --fix`: carries out what diagnostics offer.

use super::build::write_whole;
use crate::io::Io;
use crate::project::{Project, SourceBytes, count};
use crate::trouble::Trouble;
use crate::values::counted;
use flow_lang::compile::Compiled;
use flow_lang::diag::{FileId, Fix, Severity, certain, compatible, mend};

/// One edit may make room for the next; after so many rounds something goes in circles.
const ROUNDS_MAX: usize = 10;

/// Mends the files of a project as far as there is one edit for a diagnostic, and writes those that have changed. Answers
/// the project as it is then.
///
/// # Errors
/// A file cannot be written.
pub fn fix(project: &Project, mut own: Vec<SourceBytes>, io: &mut Io) -> Result<(Vec<SourceBytes>, Compiled), Trouble> {
    let before = own.clone();
    let mut compiled = project.compile(&own);
    let mut made = 0;
    for _ in 0..ROUNDS_MAX {
        let of_own = |fix: &&Fix| fix.edits.iter().all(|(span, _)| (span.file.0 as usize) < own.len());
        let fixes: Vec<&Fix> = certain(&compiled.diagnostics).into_iter().filter(of_own).collect();
        let fixes = compatible(&fixes);
        if fixes.is_empty() {
            break;
        }
        let files = own.iter().enumerate().map(|(at, file)| match std::str::from_utf8(&file.bytes) {
            Ok(text) => mended(at, file, text, &fixes),
            Err(_) => file.clone(),
        });
        let files: Vec<SourceBytes> = files.collect();
        let after = project.compile(&files);
        // What an edit uncovers may be more than it mends; then a person has to look first.
        if errors(&after) > errors(&compiled) {
            break;
        }
        made += fixes.len();
        (own, compiled) = (files, after);
    }
    let mut changed = 0;
    for (file, old) in own.iter().zip(&before).filter(|(file, old)| file.bytes != old.bytes) {
        let path = project.lone_file.clone().unwrap_or_else(|| project.root.join(&old.path));
        write_whole(&path, &file.bytes)?;
        changed += 1;
    }
    let text = match changed {
        0 => "nothing that one edit would mend".to_owned(),
        _ => format!("{} in {}", counted(made, "edit"), counted(changed, "file")),
    };
    let paint = io.err_paint();
    io.write_err(&format!("{} {text}\n", paint.note("fixed:")))?;
    Ok((own, compiled))
}

fn errors(compiled: &Compiled) -> usize {
    count(compiled, Severity::Error)
}

fn mended(at: usize, file: &SourceBytes, text: &str, fixes: &[&Fix]) -> SourceBytes {
    let id = FileId(u32::try_from(at).unwrap_or(u32::MAX));
    SourceBytes { path: file.path.clone(), bytes: mend(id, text, fixes).into_bytes() }
}
