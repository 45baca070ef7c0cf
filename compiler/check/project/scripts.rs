//! Scripts that are not there, or cannot be run.

use super::graph::Graph;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Expr, ExprKind, Node, StmtKind};
use crate::resolve::{Project, nearest};

/// What runs a script: an action, and a flow of the library.
const ACTION: &str = "script.execute";
const FLOW: &str = "script.run";

/// Warns of each call of a script by a name, as it is written, that no file of the project's folder has.
pub(super) fn look(p: &Project, _: &Graph, out: &mut Vec<Diagnostic>) {
    let Some(known) = &p.scripts else { return };
    for flow in &p.hir.flows {
        flow.body.walk(&mut |node| {
            let args = match node {
                Node::Expr(Expr { kind: ExprKind::Action(call), .. }) => {
                    let action = p.hir.actions.get(call.named().0 as usize);
                    action.filter(|action| &*action.name == ACTION).map(|_| &call.args)
                }
                Node::Expr(Expr { kind: ExprKind::Call { flow, args } | ExprKind::Start { flow, args }, .. }) => {
                    let flow = p.hir.flows.get(flow.0 as usize);
                    flow.filter(|flow| &*flow.name == FLOW).map(|_| args)
                }
                Node::Stmt(stmt) => match &stmt.kind {
                    StmtKind::Launch { flow, args } => {
                        let flow = p.hir.flows.get(flow.0 as usize);
                        flow.filter(|flow| &*flow.name == FLOW).map(|_| args)
                    }
                    _ => None,
                },
                Node::Expr(_) => None,
            };
            let Some(Expr { kind: ExprKind::Text(name), span, .. }) = args.and_then(|args| args.first()) else {
                return;
            };
            out.extend(told(name, *span, known, &p.barred_scripts));
        });
    }
}

fn stem(file: &str) -> &str {
    match file.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => file,
    }
}

/// One that is there, and is no program.
fn cannot_run(file: &str, span: Span, barred: &[(String, String)]) -> Option<Diagnostic> {
    let (_, why) = barred.iter().find(|(known, _)| known == file)?;
    let said = format!("The script `{}` cannot be run: {why}.", file.escape_debug());
    Some(
        Diagnostic::new(Code::NoScript, span, said)
            .at("the call fails with `.invalid`, and nothing is run")
            .help("A script is a file of the folder `scripts` that is a program: `chmod +x`, with a first line such as `#!/bin/sh`."),
    )
}

fn told(name: &str, span: Span, known: &[String], barred: &[(String, String)]) -> Option<Diagnostic> {
    let whole = known.iter().any(|file| file == name);
    let by_stem: Vec<&str> = known.iter().map(String::as_str).filter(|file| stem(file) == name).collect();
    let diagnostic = |said: String| Diagnostic::new(Code::NoScript, span, said);
    match by_stem.as_slice() {
        _ if whole => cannot_run(name, span, barred),
        [one] => cannot_run(one, span, barred),
        [] => {
            let told = diagnostic(format!("There is no script `{}`.", name.escape_debug()))
                .at("no file of the folder `scripts` is called so");
            Some(match nearest(name, known.iter().map(|file| stem(file))) {
                Some(near) => told
                    .help(format!("Did you mean `{near}`?"))
                    .fix(format!("replace `{name}` by `{near}`"), vec![(span, format!("\"{near}\""))]),
                None => told.help("Put it into the folder `scripts` of the project: the call fails with `.invalid`, and nothing is run."),
            })
        }
        [first, ..] => Some(
            diagnostic(format!("There are several scripts `{name}`: `{}`.", by_stem.join("`, `")))
                .at("which of them is not said")
                .help(format!("Name it with its ending, as in `\"{first}\"`.")),
        ),
    }
}
