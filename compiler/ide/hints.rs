//! What stands nowhere in a text and can be read beside it: types, names of arguments, when a wait is over.

use super::{Analysis, moments};
use crate::diag::{FileId, Span};
use crate::hir::Definition;
use crate::syntax::ast::{Block, ExprKind, ItemKind, StmtKind};
use crate::syntax::lexer::{self, Spanned};

/// What is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HintKind {
    /// The type of a name, behind it.
    Type,
    /// The name of an argument, before it.
    Argument,
    /// When a wait is over, behind its length.
    Moment,
}

/// Something to be read beside the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The byte at which it is shown.
    pub at: u32,
    /// `: Text`, `to:`, `→ Thu 26 Nov 2026, 15:04 UTC`
    pub text: String,
    /// What it says.
    pub kind: HintKind,
}

impl Analysis {
    /// What can be read beside a stretch of a file, by place. `now`: microseconds since 1970, UTC.
    pub fn hints(&self, stretch: Span, now: i64) -> Vec<Hint> {
        let mut hints = Vec::new();
        let trees = self.front.trees().filter(|tree| tree.span.file == stretch.file);
        for item in trees.flat_map(|tree| &tree.items).filter(|item| item.span.touches(stretch)) {
            let Some(body) = item.body() else { continue };
            let mut named = Vec::new();
            names(body, &mut named);
            for name in named {
                // A test's titles and a flow's names are looked up alike.
                let ty = self.local(name).map(|local| self.known.project.show(&local.ty));
                hints.extend(ty.map(|ty| Hint { at: name.end, text: format!(": {ty}"), kind: HintKind::Type }));
            }
            let mut ends = Vec::new();
            moments::ends(body, now, &mut ends);
            if matches!(item.kind, ItemKind::Flow(_)) {
                let moment = |end: moments::Ends| Hint {
                    at: end.span.end,
                    text: format!("→ {}", end.when),
                    kind: HintKind::Moment,
                };
                hints.extend(ends.into_iter().map(moment));
            }
        }
        self.arguments(stretch.file, &mut hints);
        hints.retain(|hint| stretch.start <= hint.at && hint.at <= stretch.end);
        hints.sort_by_key(|hint| hint.at);
        hints
    }

    fn arguments(&self, file: FileId, out: &mut Vec<Hint>) {
        let Some(source) = self.front.sources.get(file) else { return };
        let tokens = lexer::lex(file, &source.text).tokens;
        let hir = &self.known.project.hir;
        for name in self.names_in(file) {
            let params: Vec<&str> = match &name.to {
                Definition::Flow(id) => {
                    let Some(flow) = hir.flows.get(id.0 as usize) else { continue };
                    let locals = flow.params.iter().filter_map(|param| flow.locals.get(param.local.0 as usize));
                    locals.map(|local| &*local.name).collect()
                }
                Definition::Action(id) => {
                    let Some(action) = hir.actions.get(id.0 as usize) else { continue };
                    action.params.iter().map(|param| &*param.name).filter(|name| *name != "self").collect()
                }
                _ => continue,
            };
            // Of one there is nothing to mix up.
            if params.len() < 2 || self.declared_at(&name.to) == Some(name.span) {
                continue;
            }
            let Ok(at) = tokens.binary_search_by_key(&name.span.end, |(start, ..)| *start) else { continue };
            let text = |span: (u32, u32)| source.text.get(span.0 as usize..span.1 as usize).unwrap_or_default();
            for ((start, end), param) in positional(&tokens, at, &text).into_iter().zip(params) {
                // What is named as the parameter is, or ends so, says it itself.
                let said = text((start, end));
                if said != param && !said.ends_with(&format!(".{param}")) {
                    out.push(Hint { at: start, text: format!("{param}:"), kind: HintKind::Argument });
                }
            }
        }
    }
}

/// The arguments without a name behind the bracket that opens at a token, each with its bytes; none behind one with a name.
fn positional<'t>(tokens: &[Spanned], open: usize, text: &dyn Fn((u32, u32)) -> &'t str) -> Vec<(u32, u32)> {
    let bracket = |token: Option<&Spanned>| token.is_some_and(|(start, _, end)| text((*start, *end)) == "(");
    if !bracket(tokens.get(open)) {
        return Vec::new();
    }
    let (mut found, mut depth, mut begins) = (Vec::new(), 0usize, None::<(usize, u32)>);
    for (index, (start, token, end)) in tokens.iter().enumerate().skip(open) {
        let ends = depth == 1 && (token.closes() || text((*start, *end)) == ",");
        if let (true, Some((first, from))) = (ends, begins.take_if(|_| ends)) {
            let colon = tokens.get(first + 1).is_some_and(|(start, _, end)| text((*start, *end)) == ":");
            if colon {
                return found;
            }
            let last = tokens.get(index - 1).map_or(from, |(_, _, end)| *end);
            found.push((from, last));
        } else if depth == 1 && begins.is_none() && !ends {
            begins = Some((index, *start));
        }
        depth += usize::from(token.opens());
        if token.closes() {
            depth -= 1;
            if depth == 0 {
                break;
            }
        }
    }
    found
}

/// The names that a block declares without their types, where the value does not show it.
fn names(block: &Block, out: &mut Vec<Span>) {
    for stmt in &block.stmts {
        match &stmt.kind {
            StmtKind::Let(item) if item.ty.is_none() => {
                let shows = matches!(
                    item.value.kind,
                    ExprKind::Str(_)
                        | ExprKind::Int(_)
                        | ExprKind::Number(_)
                        | ExprKind::Bool(_)
                        | ExprKind::Duration(_)
                        | ExprKind::Time(_)
                        | ExprKind::Null
                );
                if !shows {
                    out.push(item.name.span);
                }
            }
            StmtKind::For(item) => out.push(item.name.span),
            _ => {}
        }
        stmt.blocks().into_iter().for_each(|block| names(block, out));
    }
}
