//! One way or another, and again: `if`, loops, and what leaves a round.

use crate::check::body::{Body, Reach};
use crate::check::fit::Why;
use crate::check::places::Step;
use crate::check::rescan::scan;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Block, EntityId, Expr, ExprKind, Stmt, StmtKind, Ty};
use crate::syntax::ast;

/// Longer chains of `else if` are refused: they would be a deep tree, and nobody reads them.
const BRANCHES_MAX: usize = 200;

impl Body<'_> {
    #[inline(never)]
    pub(super) fn if_(&mut self, item: &ast::If, span: Span) -> Option<StmtKind> {
        if let Some(branch) = item.branches.get(BRANCHES_MAX) {
            self.out.push(
                Diagnostic::new(
                    Code::LimitReached,
                    branch.condition.span,
                    format!("An `if` has at most {BRANCHES_MAX} branches."),
                )
                .help("Use a `switch`, or split it into flows."),
            );
        }
        let mut join = self.fork();
        let mut made = Vec::with_capacity(item.branches.len());
        for branch in item.branches.iter().take(BRANCHES_MAX) {
            let (condition, outcome) = self.condition(&branch.condition);
            let mark = self.facts.mark();
            self.facts.learn_all(&outcome.yes);
            self.reach = Reach::Yes;
            let body = self.block(&branch.body);
            self.branch_end(&mut join);
            self.facts.restore(&mark);
            self.facts.learn_all(&outcome.no);
            made.push((condition, body, branch.condition.span));
        }
        self.reach = Reach::Yes;
        let mut otherwise = match &item.otherwise {
            Some(block) => self.block(block),
            None => Block::default(),
        };
        self.branch_end(&mut join);
        self.join(join);
        let mut kind = None;
        for (condition, then, at) in made.into_iter().rev() {
            if let Some(inner) = kind.take() {
                otherwise = Block { stmts: vec![Stmt { kind: inner, span: at.to(span) }] };
            }
            kind = Some(StmtKind::If { condition, then, otherwise: std::mem::take(&mut otherwise) });
        }
        kind
    }

    /// Enters a loop: what a round may make unknown is unknown from the first round on.
    fn enter_loop(&mut self, body: &ast::Block, conditions: &[&ast::Expr]) {
        let scan = scan(self.p, self.module, body, conditions);
        if let Some(span) = scan.waits {
            self.may_wait(span);
        }
        for (name, span) in &scan.variables {
            if let Some(local) = self.local(name) {
                self.facts.assigned(local, *span);
            }
        }
        for (name, span) in &scan.fields {
            for (index, names) in self.p.entity_fields.iter().enumerate() {
                if let Some(field) = names.get(&**name) {
                    self.facts.field_written(Step::Entity(EntityId(index as u32), *field), *span);
                }
            }
        }
    }

    /// The type of the items of what a `for` goes through; told of where it is no list.
    pub fn item_of(&mut self, list: &Expr) -> Ty {
        match &list.ty {
            Ty::List(inner) => (**inner).clone(),
            Ty::Error => Ty::Error,
            Ty::Optional(_) | Ty::Null => {
                self.maybe_missing(list, "`for` goes through a list", None);
                Ty::Error
            }
            other => {
                let found = self.p.show(other);
                let help = match other {
                    Ty::Int => "To do something a number of times use `repeat n { … }`.",
                    Ty::Map(_) => "Go through its `.keys` or `.values`.",
                    _ => "Only lists can be gone through.",
                };
                self.out.push(
                    Diagnostic::new(
                        Code::WrongType,
                        list.span,
                        format!("`for` goes through a list; this is `{found}`."),
                    )
                    .at(format!("this is `{found}`"))
                    .help(help),
                );
                Ty::Error
            }
        }
    }

    #[inline(never)]
    pub(super) fn for_(&mut self, item: &ast::For, span: Span) -> Option<StmtKind> {
        let (list, pages) = match self.paged(&item.list) {
            Some(paged) => paged,
            None => (self.value(&item.list, None), None),
        };
        let ty = self.item_of(&list);
        let conditions: Vec<&ast::Expr> = item.filter.iter().collect();
        self.enter_loop(&item.body, &conditions);
        let mark = self.facts.mark();
        let inside = self.inside;
        self.inside.loops += 1;
        self.enter();
        let local = self.declare(item.name.name.shared().clone(), ty, false, item.name.span, true);
        let filter = item.filter.as_ref().map(|filter| {
            let (filter, outcome) = self.condition(filter);
            self.facts.learn_all(&outcome.yes);
            Box::new(filter)
        });
        let body = self.block(&item.body);
        self.leave();
        self.inside = inside;
        self.facts.restore(&mark);
        self.reach = Reach::Yes;
        let _ = span;
        Some(StmtKind::For { item: local, pages, list, filter, body })
    }

    #[inline(never)]
    pub(super) fn while_(&mut self, item: &ast::While) -> Option<StmtKind> {
        self.enter_loop(&item.body, &[&item.condition]);
        let (condition, outcome) = self.condition(&item.condition);
        let mark = self.facts.mark();
        self.facts.learn_all(&outcome.yes);
        let inside = self.inside;
        self.inside.loops += 1;
        self.inside.breaks = false;
        let body = self.block(&item.body);
        let breaks = self.inside.breaks;
        self.inside = inside;
        self.facts.restore(&mark);
        self.reach = Reach::Yes;
        if condition.kind.is_true() {
            if !breaks {
                self.reach = Reach::No(item.condition.span, "while true");
            }
        } else if !breaks {
            self.facts.learn_all(&outcome.no);
        }
        Some(StmtKind::While { condition, body })
    }

    pub(super) fn repeat(&mut self, item: &ast::Repeat, span: Span) -> Option<StmtKind> {
        let times = self.need(&item.count, &Ty::Int, Why::Plain("`repeat` takes"));
        self.enter_loop(&item.body, &[]);
        let mark = self.facts.mark();
        let inside = self.inside;
        self.inside.loops += 1;
        self.inside.continues = false;
        let body = self.block(&item.body);
        if let (Reach::No(at, word), false) = (self.reach, self.inside.continues) {
            self.one_round(item, &times, at, word);
        }
        self.inside = inside;
        self.facts.restore(&mark);
        self.reach = Reach::Yes;
        let _ = span;
        Some(StmtKind::Repeat { times, body })
    }

    /// The first round of a `repeat` always leaves it.
    fn one_round(&mut self, item: &ast::Repeat, times: &Expr, at: Span, word: &str) {
        // What goes round for ever within it is told there, and once is what is written.
        if word.contains(' ') || times.ty == Ty::Error || matches!(times.kind, ExprKind::Int(..=1)) {
            return;
        }
        self.out.push(
            Diagnostic::new(Code::Unreachable, item.count.span, "Only the first round of this `repeat` is reached.")
                .at("the others never begin")
                .label(at, format!("`{word}` always leaves here"))
                .help("Leave the `repeat` out, or let what leaves it stand under an `if` or behind the loop."),
        );
    }

    pub(super) fn jump(&mut self, span: Span, word: &'static str, kind: StmtKind) -> Option<StmtKind> {
        if self.inside.loops == 0 {
            let help = match self.paths.is_empty() {
                true => "Only `for`, `while` and `repeat` have rounds; to leave the flow use `return` or `stop`.",
                false => "A path of `parallel` cannot leave a loop around it.",
            };
            self.out.push(
                Diagnostic::new(Code::OutsideLoop, span, format!("`{word}` stands in no loop."))
                    .at("no loop around it")
                    .help(help),
            );
            return None;
        }
        self.inside.breaks |= word == "break";
        self.inside.continues |= word == "continue";
        self.reach = Reach::No(span, word);
        Some(kind)
    }

    pub(super) fn again(&mut self, span: Span) -> Option<StmtKind> {
        if self.inside.choices == 0 {
            self.out.push(
                Diagnostic::new(Code::OutsideChoice, span, "`again` stands in no `choice`.")
                    .at("no choice to show anew")
                    .help("To do something again use `while` or `repeat`."),
            );
            return None;
        }
        self.reach = Reach::No(span, "again");
        Some(StmtKind::Again)
    }
}

impl ExprKind {
    /// Whether it is `true` as written.
    fn is_true(&self) -> bool {
        matches!(self, ExprKind::Bool(true))
    }
}
