//! Limits, and how long it takes.

use super::build::*;
use crate::diag::{Code, Span};
use crate::hir::*;

/// A flow of that many statements, all of them messages.
fn talkative(count: usize) -> Project {
    let mut flow = FlowBuilder::new("m.f");
    let conversation = flow.param("conversation", Ty::Entity(CONVERSATION));
    let body = (0..count).map(|n| say(conversation.clone(), text(&format!("message {n}"))));
    Project::with(flow, body.collect())
}

#[test]
fn a_flow_that_is_too_long_is_refused() {
    let Err(diagnostics) = crate::lower::lower(&talkative(20_000).hir, &[]) else { panic!("accepted") };
    assert_eq!(diagnostics.len(), 1);
    assert_eq!(diagnostics[0].code, Code::FlowTooLarge);
    assert!(crate::lower::lower(&talkative(10_000).hir, &[]).is_ok());
}

#[test]
fn more_paths_than_a_byte_counts_are_refused_where_they_stand() {
    let fork = |count: usize| {
        let at = |n: usize| Span { start: n as u32, end: n as u32 + 1, ..Span::default() };
        let one = |n: usize| Path { span: at(n), ..path(&format!("p{n}"), Vec::new(), Vec::new()) };
        let fork = Fork { race: false, anchor: None, paths: (0..count).map(one).collect() };
        Project::with(FlowBuilder::new("m.f"), vec![stmt(StmtKind::Fork(fork))])
    };
    let Err(diagnostics) = crate::lower::lower(&fork(258).hir, &[]) else { panic!("accepted") };
    let told: Vec<(Code, u32)> = diagnostics.iter().map(|told| (told.code, told.primary.span.start)).collect();
    assert_eq!(told, [(Code::FlowTooLarge, 256)]);
    assert!(crate::lower::lower(&fork(256).hir, &[]).is_ok());
}

#[test]
fn lines_are_found() {
    use super::super::lines::{Lines, SourceFile};
    use crate::diag::{FileId, Span};
    let text = "flow f\n  ærlig say\n\nend";
    let mut lines = Lines::new(&[SourceFile { name: "f.flow", text }]);
    let at = |lines: &mut Lines<'_>, start: usize| lines.find(Span::new(FileId(0), start as u32, start as u32));
    assert_eq!(at(&mut lines, 0), Some((0, 1, 1)));
    assert_eq!(at(&mut lines, 9), Some((0, 2, 3)));
    assert_eq!(at(&mut lines, text.find("say").unwrap_or(0)), Some((0, 2, 9)));
    assert_eq!(at(&mut lines, text.find("end").unwrap_or(0)), Some((0, 4, 1)));
    assert_eq!(at(&mut lines, 5), Some((0, 1, 6)));
    assert_eq!(lines.find(Span::new(FileId(7), 0, 0)), None);
}
