//! From the checked program to bytecode: basic blocks, registers, liveness and the suspension table.
//!
//! A flow becomes a function; so does each path of a `parallel` and each condition of a wait. Code is written in one pass
//! over the HIR ([`ir`]), then registers are numbered, labels bound, and what is live at each place is found ([`live`]).
//! Everything is linear in the size of the flow but for liveness, which also grows with what is live at once.
//!
//! Invariants: the same HIR gives the same program, byte for byte; wording changes constants and nothing else; a key of a
//! place ([`names`]) depends on neither text nor position; a register holds values of one type wherever control joins.

mod ask;
mod blocks;
mod branch;
mod call;
mod constant;
mod each;
mod entry;
mod expr;
mod fast;
mod finish;
mod fits;
mod fork;
mod func;
mod ir;
mod lines;
mod live;
mod names;
mod pages;
mod sending;
mod split;
mod stmt;
mod switch;
mod tables;
mod talk;
mod undo;
mod uses;
mod wait;
mod walk;

#[cfg(test)]
mod tests;

pub use lines::SourceFile;

use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{ActionId, Flow, Hir, Ty};
use flow_bytecode::program::{Debug, FlowParam, FunctionKind, Program};
use flow_bytecode::{Bank, Op};
use std::sync::Arc;

/// A compiled project.
#[derive(Debug, Clone, Default)]
pub struct Lowered {
    /// What runs.
    pub program: Program,
    /// What people see of the source.
    pub debug: Debug,
    /// What [`Op::Mark`] numbers: only in a program to be tested.
    pub marks: Vec<Mark>,
}

/// A place of the source that tests may reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The flow it is in.
    pub flow: Arc<str>,
    /// What it is.
    pub kind: MarkKind,
    /// Where.
    pub span: Span,
}

/// What tests may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MarkKind {
    /// A statement.
    Statement,
    /// A branch of an `if`, an arm, the block of a guard.
    Arm,
    /// What is done about a failure.
    Failure,
}

/// What comes out beside the program's tables.
#[derive(Debug, Default)]
struct Output {
    diagnostics: Vec<Diagnostic>,
    /// Per function, (first instruction, span).
    lines: Vec<Vec<(u32, Span)>>,
    names: Vec<Vec<(Bank, u16, Arc<str>)>>,
    /// Kept where they are asked for.
    marks: Option<Vec<Mark>>,
}

impl Output {
    /// Keeps what is known of a function.
    fn function(&mut self, index: u16, lines: &[(u32, Span)], names: Vec<(Bank, u16, Arc<str>)>) {
        let index = usize::from(index);
        if self.lines.len() <= index {
            self.lines.resize_with(index + 1, Vec::new);
            self.names.resize_with(index + 1, Vec::new);
        }
        self.lines[index] = lines.to_vec();
        self.names[index] = names;
    }
}

/// Compiles a checked project that has no errors. The files give lines and columns, and may be absent.
///
/// # Errors
/// Diagnostics for flows, or a project, that outgrow the format.
pub fn lower(hir: &Hir, files: &[SourceFile<'_>]) -> Result<Lowered, Vec<Diagnostic>> {
    lower_flows(hir, &hir.flows, files, Output::default())
}

/// The same, with everything marked that tests may reach.
///
/// # Errors
/// As [`lower`].
pub fn lower_marked(hir: &Hir, files: &[SourceFile<'_>]) -> Result<Lowered, Vec<Diagnostic>> {
    lower_flows(hir, &hir.flows, files, Output { marks: Some(Vec::new()), ..Output::default() })
}

/// Compiles the tests of a checked project into a program of their own, so that they change nothing of what is deployed.
///
/// # Errors
/// As [`lower`].
pub fn lower_tests(hir: &Hir, files: &[SourceFile<'_>]) -> Result<Lowered, Vec<Diagnostic>> {
    lower_flows(hir, &hir.tests, files, Output::default())
}

fn lower_flows(
    hir: &Hir,
    flows: &[Flow],
    files: &[SourceFile<'_>],
    mut out: Output,
) -> Result<Lowered, Vec<Diagnostic>> {
    let mut tables = tables::Tables::new(hir, flows);
    let mut names = names::Names::default();
    let say = hir.actions.iter().position(|action| &*action.name == "Conversation.say");
    let say = say.and_then(|index| u32::try_from(index).ok()).map(ActionId);
    let sending = sending::Sending::of(hir);
    // One function's memory serves for all.
    let (mut fun, mut slots) = (func::Fun::new(), Vec::new());
    for (index, flow) in flows.iter().enumerate() {
        let index = tables.index(index, "flows");
        fun.restart(FunctionKind::Flow, 1, index);
        slots.clear();
        slots.resize(flow.locals.len(), (0, 0));
        names.start(&flow.name);
        let mut writer = func::Gen {
            hir,
            tables: &mut tables,
            names: &mut names,
            out: &mut out,
            flow,
            fun,
            slots,
            shadowed: Vec::new(),
            next_fun: 1,
            fills: None,
            span: flow.span,
            called: None,
            say,
            sending,
            guard: None,
        };
        writer.whole_flow();
        if let Some(entry) = &flow.entry {
            let entry = writer.header(entry, index);
            writer.tables.program.entries.push(entry);
        }
        (fun, slots) = (writer.fun, writer.slots);
        enter_flow(&mut tables, flow, index);
    }
    if let Some(what) = tables.overflow {
        out.diagnostics.push(
            Diagnostic::new(
                Code::FlowTooLarge,
                flows.first().map_or_else(Span::default, |flow| flow.span),
                format!("The project has grown beyond what one program can hold: more than 65,000 {what}."),
            )
            .help("Split it into projects that start each other's flows by webhooks or events."),
        );
    }
    if !out.diagnostics.is_empty() {
        return Err(out.diagnostics);
    }
    let marks = out.marks.take().unwrap_or_default();
    Ok(Lowered { debug: debug(files, out, tables.program.functions.len()), program: tables.program, marks })
}

impl func::Gen<'_, '_> {
    /// The flow's own function, and with it those inside it.
    fn whole_flow(&mut self) {
        let flow = self.flow;
        for param in &flow.params {
            let reg = self.declare(param.local);
            self.fun.params.push(reg.index());
        }
        self.block(&flow.body);
        self.span = flow.span;
        if self.fun.reachable {
            match flow.result {
                Ty::Unit | Ty::Never | Ty::Error => self.push(ir::Ins::new(Op::Return, 0, 0, 0, 0)),
                // The checker has made sure that every way returns something.
                _ => self.raise("invalid", "the flow ended without a result"),
            }
        }
        let result = self.tables.ty(&flow.result);
        self.finish(flow.name.clone(), result);
    }
}

/// The flow's entry in the table of flows.
fn enter_flow(tables: &mut tables::Tables<'_>, flow: &Flow, function: u16) {
    let mut params = Vec::with_capacity(flow.params.len());
    let mut subject = None;
    for (index, param) in flow.params.iter().enumerate() {
        let Some(local) = flow.locals.get(param.local.0 as usize) else { continue };
        if let Ty::Entity(id) = &local.ty {
            // A conversation tells more than a contact, a contact more than anything else.
            let rank = match tables.hir.entities.get(id.0 as usize).map(|entity| &*entity.name) {
                Some("Conversation") => 2,
                Some("Contact") => 1,
                _ => 0,
            };
            if subject.is_none_or(|(best, _)| rank > best) {
                subject = Some((rank, u16::try_from(index).unwrap_or_default()));
            }
        }
        let default = param.default.as_ref().and_then(|default| constant::value(tables.hir, default));
        let default = default.map(|value| tables.constant(value));
        params.push(FlowParam { name: local.name.clone(), ty: tables.ty(&local.ty), default });
    }
    let subject = subject.map(|(_, index)| index);
    tables.program.flows.push(flow_bytecode::program::Flow { name: flow.name.clone(), function, params, subject });
}

fn debug(files: &[SourceFile<'_>], out: Output, functions: usize) -> Debug {
    let mut finder = lines::Lines::new(files);
    let mut lines = Vec::with_capacity(functions);
    for function in &out.lines {
        let found = function.iter().filter_map(|(pc, span)| {
            let (file, line, column) = finder.find(*span)?;
            Some((u16::try_from(*pc).ok()?, file, line, column))
        });
        lines.push(found.collect());
    }
    lines.resize_with(functions, Vec::new);
    let mut names = out.names;
    names.resize_with(functions, Vec::new);
    Debug { files: files.iter().map(|file| Arc::from(file.name)).collect(), lines, names }
}
