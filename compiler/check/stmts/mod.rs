//! Statements: blocks, what is reached in them, and which statement is which. Each family has a file: `names` declares and
//! writes, `calls` stands alone on its line, `branches` chooses and repeats, `leaving` ends, fails and hands over.

mod branches;
mod calls;
mod leaving;
mod names;

use super::body::{Body, Reach};
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Block, Stmt, StmtKind};
use crate::syntax::ast;

impl Body<'_> {
    /// A block with its own scope.
    pub fn block(&mut self, block: &ast::Block) -> Block {
        self.enter();
        let mut made = Block::default();
        self.statements(block, &mut made);
        self.leave();
        made
    }

    /// The statements of a block, in the scope that is open.
    pub fn statements(&mut self, block: &ast::Block, into: &mut Block) {
        into.stmts.reserve(block.stmts.len());
        let mut gone: Option<Reach> = None;
        for (index, stmt) in block.stmts.iter().enumerate() {
            if let (Reach::No(span, word), None) = (self.reach, gone) {
                gone = Some(self.reach);
                let rest = block.stmts.get(index..).unwrap_or_default();
                self.unreachable(rest, span, word);
            }
            if gone.is_some() {
                // What is never reached is still read for its own mistakes.
                self.reach = Reach::Yes;
            }
            self.statement(stmt, into);
            // What could not be read may have left, where nothing follows it.
            if stmt.kind == ast::StmtKind::Error && index + 1 == block.stmts.len() && self.reach == Reach::Yes {
                self.reach = Reach::Told;
            }
        }
        if let Some(gone) = gone {
            self.reach = gone;
        }
    }

    fn unreachable(&mut self, rest: &[ast::Stmt], span: Span, word: &str) {
        let (Some(first), Some(last)) = (rest.first(), rest.last()) else { return };
        if first.kind == ast::StmtKind::Error {
            // It could not be read, which has been told.
            return;
        }
        let never = first.span.to(last.span);
        let diagnostic = match word {
            "launch" => Diagnostic::new(
                Code::AfterLaunch,
                never,
                "After `launch` this flow is over, so nothing may stand here.",
            )
            .at("never reached")
            .label(span, "the run becomes another flow here")
            .help("Move it before the `launch`; or call the flow without `launch`, to come back when it is done."),
            "while true" => Diagnostic::new(Code::Unreachable, never, "This is never reached.")
                .at("never reached")
                .label(span, "this loop goes round for ever: no `break` leads out of it")
                .help("Remove it, move it before, or leave the loop with `break`."),
            _ => Diagnostic::new(Code::Unreachable, never, "This is never reached.")
                .at("never reached")
                .label(
                    span,
                    match word {
                        "while true" | "wait forever" => format!("`{word}` never ends here"),
                        _ => format!("`{word}` always leaves here"),
                    },
                )
                .help("Remove it, or move it before."),
        };
        self.out.push(diagnostic);
    }

    #[inline(never)]
    fn statement(&mut self, stmt: &ast::Stmt, into: &mut Block) {
        let span = stmt.span;
        if self.test && !self.test_statement(stmt, into) {
            return;
        }
        let kind = match &stmt.kind {
            ast::StmtKind::Error => {
                self.broken = true;
                return;
            }
            ast::StmtKind::Let(item) => {
                let step = self.let_(item, span);
                self.with_undo(step, item.undo.as_ref(), span)
            }
            ast::StmtKind::Assign(item) => {
                let step = self.assign(item, span);
                self.with_undo(step, item.undo.as_ref(), span)
            }
            ast::StmtKind::Call(item) => {
                let step = self.call_statement(item, span);
                self.with_undo(step, item.undo.as_ref(), span)
            }
            ast::StmtKind::If(item) => self.if_(item, span),
            ast::StmtKind::Switch(item) => self.switch(item),
            ast::StmtKind::For(item) => self.for_(item, span),
            ast::StmtKind::While(item) => self.while_(item),
            ast::StmtKind::Repeat(item) => self.repeat(item, span),
            ast::StmtKind::Break => self.jump(span, "break", StmtKind::Break),
            ast::StmtKind::Continue => self.jump(span, "continue", StmtKind::Continue),
            ast::StmtKind::Again => self.again(span),
            ast::StmtKind::Stop => {
                self.reach = Reach::No(span, "stop");
                Some(StmtKind::Stop)
            }
            ast::StmtKind::Return(value) => self.return_(value.as_deref(), span),
            ast::StmtKind::Fail(item) => self.fail(item, span),
            ast::StmtKind::Launch(call) => self.launch(call, span),
            ast::StmtKind::Fire(item) => self.fire(item, span),
            ast::StmtKind::Say(item) => self.say(item, span),
            ast::StmtKind::Choice(item) => self.choice(item, span),
            ast::StmtKind::Wait(item) => self.wait(item, span),
            ast::StmtKind::Parallel(item) => self.fork_paths(item, span, false),
            ast::StmtKind::Race(item) => self.fork_paths(item, span, true),
            ast::StmtKind::Split(item) => self.split(item, span),
            ast::StmtKind::Try(item) => self.try_(item, span),
            ast::StmtKind::Expect(condition) if self.test => self.expect(condition),
            ast::StmtKind::Mock(item) if self.test => self.mock(item, span),
            ast::StmtKind::Advance(kind) if self.test => self.advance(kind, span),
            ast::StmtKind::Expect(_) => self.only_in_tests(span, "expect"),
            ast::StmtKind::Mock(_) => self.only_in_tests(span, "mock"),
            ast::StmtKind::Advance(_) => self.only_in_tests(span, "advance"),
        };
        if let Some(kind) = kind {
            into.stmts.push(Stmt { kind, span });
        }
    }

    fn only_in_tests(&mut self, span: Span, word: &str) -> Option<StmtKind> {
        self.out.push(
            Diagnostic::new(Code::OnlyInTests, span, format!("`{word}` belongs in a test."))
                .help("Move it into `test \"…\" { … }`."),
        );
        None
    }

    /// The block of a guard, which has to leave.
    pub fn guard_block(&mut self, block: &ast::Block) -> Block {
        let mark = self.facts.mark();
        let reach = std::mem::replace(&mut self.reach, Reach::Yes);
        let made = self.block(block);
        if self.reach == Reach::Yes {
            let end = block.close;
            let (leave, help) = match self.test {
                true => {
                    ("fail \"it is missing\"", "End it with `fail`, `break` or `continue`; for a default use `??`.")
                }
                false => (
                    "stop",
                    "End it with `stop`, `return`, `fail`, `launch`, `break` or `continue`; for a default use `??`.",
                ),
            };
            let (at, text) = match block.stmts.last() {
                Some(last) => (last.span.end, format!("; {leave}")),
                None => (end.start, format!(" {leave} ")),
            };
            let word = leave.split(' ').next().unwrap_or(leave);
            self.out.push(
                Diagnostic::new(
                    Code::GuardFallsThrough,
                    end,
                    "The block of a guard must leave: after it the value has to be there.",
                )
                .at("this can be reached")
                .help(help)
                .fix(format!("{word} here"), vec![(Span::new(end.file, at, at), text)]),
            );
        }
        self.facts.restore(&mark);
        self.reach = reach;
        made
    }
}
