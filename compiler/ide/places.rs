//! Where runs can wait, by the names that the database, the command and an editor have for it.

use super::Analysis;
use crate::diag::{FileId, Severity, Span};
use crate::lower::{Lowered, SourceFile, lower};
use flow_bytecode::program::PlaceKind;
use std::sync::Arc;

/// A place where a run can wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitPlace {
    /// What it is called wherever runs are shown: `flow runs --json`, `flow answer --at`.
    pub key: Arc<str>,
    /// Where what waits there begins; of no width.
    pub at: Span,
}

impl Analysis {
    /// The places of a file where a run can wait, in its order; none while something in the project is refused. The program
    /// is built for it the first time.
    pub fn places(&self, file: FileId) -> impl Iterator<Item = &WaitPlace> {
        let all = self.places.get_or_init(|| self.built().map(|built| self.of_program(&built)).unwrap_or_default());
        all.iter().filter(move |place| place.at.file == file)
    }

    fn built(&self) -> Option<Lowered> {
        let refused = self.diagnostics().iter().any(|told| told.severity() == Severity::Error);
        if self.known.broken || refused {
            return None;
        }
        let sources = self.front.sources.iter();
        let files: Vec<SourceFile<'_>> =
            sources.map(|(_, source)| SourceFile { name: &source.path, text: &source.text }).collect();
        lower(&self.known.project.hir, &files).ok()
    }

    fn of_program(&self, built: &Lowered) -> Vec<WaitPlace> {
        let waits = built.program.places.iter().filter(|place| !matches!(place.kind, PlaceKind::Pause));
        let mut places: Vec<WaitPlace> = waits
            .filter_map(|place| {
                let lines = built.debug.lines.get(usize::from(place.function))?;
                let (_, file, line, column) = lines.iter().rev().find(|(pc, ..)| *pc <= place.pc)?;
                let file = FileId(u32::from(*file));
                let source = self.front.sources.get(file).filter(|_| !self.front.sources.is_library(file))?;
                let line = source.line_range((*line as usize).checked_sub(1)?);
                let text = source.text.get(line.clone())?;
                let column = text.char_indices().nth((*column as usize).checked_sub(1)?).map(|(at, _)| at)?;
                let at = (line.start + column) as u32;
                Some(WaitPlace { key: Arc::clone(&place.key), at: Span::new(file, at, at) })
            })
            .collect();
        places.sort_by_key(|place| place.at);
        places
    }
}
