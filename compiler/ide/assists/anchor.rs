//! A name for a place where a run can wait.

use super::{Assist, AssistKind, Place, free};
use crate::syntax::ast::{Expr, StmtKind, StrPart};
use crate::syntax::is_name;

/// Of a question's words so many at most become a name.
const WORDS_MAX: usize = 3;

impl Place<'_> {
    pub(super) fn anchor(&self) -> Option<Assist> {
        let (_, _, stmt) = self.stmt()?;
        let words = |prompt: &Expr| self.name_of(prompt);
        let (word, begins, name) = match &stmt.kind {
            StmtKind::Wait(item) if item.anchor.is_none() => ("wait", stmt.span.start, "pause".to_owned()),
            StmtKind::Choice(item) if item.anchor.is_none() => ("choice", stmt.span.start, words(&item.prompt)),
            StmtKind::Parallel(item) if item.anchor.is_none() => ("parallel", stmt.span.start, "both".to_owned()),
            StmtKind::Race(item) if item.anchor.is_none() => ("race", stmt.span.start, "first".to_owned()),
            StmtKind::Split(item) if item.anchor.is_none() => ("split", stmt.span.start, "sides".to_owned()),
            _ => {
                let (question, ask) = stmt.value()?.question().filter(|(_, ask)| ask.anchor.is_none())?;
                let kept = match &stmt.kind {
                    StmtKind::Let(item) => item.name.as_str().to_owned(),
                    _ => words(&ask.prompt),
                };
                ("ask", question.span.start, kept)
            }
        };
        let behind = begins + word.len() as u32;
        let head = self.text.get(begins as usize..)?;
        let line = head.split('\n').next().unwrap_or_default();
        if !head.starts_with(word) || self.stretch.start > begins + line.len() as u32 {
            return None;
        }
        let around = self.of(self.item.span);
        let taken = |name: &str| {
            let anchor = format!("#{name}");
            let ends = around.match_indices(&anchor).map(|(at, found)| around.get(at + found.len()..));
            let goes_on = |rest: &str| rest.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_');
            ends.flatten().any(|rest| !goes_on(rest))
        };
        let name = free(&name, taken);
        Some(Assist {
            title: format!("name this place `#{name}`"),
            kind: AssistKind::Rewrite,
            edits: vec![(self.at(behind), format!(" #{name}"))],
        })
    }

    /// The first words of a question, as a name.
    fn name_of(&self, prompt: &Expr) -> String {
        let crate::syntax::ast::ExprKind::Str(text) = &prompt.kind else { return "question".to_owned() };
        let plain = |part: &StrPart| match part {
            StrPart::Text { text, .. } => text.to_string(),
            _ => " ".to_owned(),
        };
        let words: String = text.parts.iter().map(plain).collect::<String>().to_lowercase();
        let words = words.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
        let name = words.take(WORDS_MAX).collect::<Vec<_>>().join("_");
        if is_name(&name) { name } else { "question".to_owned() }
    }
}
