//! What a flow does that may set off others, with what is known there: the conditions under which it does it, and what the
//! records it is done to are like once the step is over. What happened is told when a step is over, so what is written
//! right after counts as well.

use super::effects::{Look, aliases};
use super::holds::{Constant, Known, constant, fits, holds, written};
use crate::check::places::Place;
use crate::diag::Span;
use crate::hir::{
    Action, ActionId, Block, EntityId, EventId, Expr, ExprKind, Flow, FlowId, LocalId, Node, Part, Pattern, Stmt,
    StmtKind, Ty, Write,
};
use crate::resolve::Project;
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

/// Of more conditions around it only the inner ones are kept in mind.
const CONDITIONS_MAX: usize = 16;
/// Of more that is known at a place the rest is forgotten.
const FACTS_MAX: usize = 32;

/// Something that a flow does and that may set off others.
pub(super) struct Deed<'h> {
    pub kind: Kind<'h>,
    pub span: Span,
    under: Vec<Condition<'h>>,
    facts: Rc<Vec<Fact>>,
}

/// What is done.
#[derive(Clone, Copy)]
pub(super) enum Kind<'h> {
    /// Another flow is called, launched or started.
    Leads(FlowId),
    /// An event is raised.
    Fires(EventId, &'h [Expr]),
    /// A field is written.
    Sets { base: &'h Expr, entity: EntityId, field: u32, value: &'h Expr },
    /// An action that raises events.
    Calls(&'h Action, &'h [Expr]),
}

/// A condition on the way to a place.
#[derive(Clone, Copy)]
enum Condition<'h> {
    If(&'h Expr, bool),
    Arm(&'h Expr, &'h [Pattern]),
}

/// What is known of a field.
#[derive(Clone)]
struct Fact {
    place: Place,
    field: (EntityId, u32),
    what: What,
}

#[derive(Clone)]
enum What {
    Is(Constant),
    /// A list, and whether this is in it.
    Has(Constant, bool),
}

impl<'h> Deed<'h> {
    /// Whether the way there may be taken where this is known.
    pub fn may_be_done(&self, p: &Project, known: Known<'_>) -> bool {
        !self.under.iter().any(|condition| {
            let holds = match condition {
                Condition::If(condition, wanted) => holds(condition, known).map(|holds| holds == *wanted),
                Condition::Arm(subject, patterns) => {
                    let Ty::Enum(id) = subject.ty.present() else {
                        return fits(subject, patterns, known, &|_| None) == Some(false);
                    };
                    let variants = p.hir.enums.get(id.0 as usize).map_or(&[][..], |item| &item.variants);
                    fits(subject, patterns, known, &|at| Some(variants.get(at as usize)?.0.clone()))
                }
            };
            holds == Some(false)
        })
    }

    /// The conditions on the way there.
    pub fn conditions(&self) -> impl Iterator<Item = &'h Expr> + '_ {
        self.under.iter().map(|condition| match condition {
            Condition::If(condition, _) => *condition,
            Condition::Arm(subject, _) => *subject,
        })
    }

    /// Whether there is no condition on the way there.
    pub fn is_done_always(&self) -> bool {
        self.under.is_empty()
    }

    /// What an event that is raised by this carries as its parameter so-and-so.
    pub fn part(&self, p: &Project, event: EventId, param: u32) -> Option<&'h Expr> {
        match self.kind {
            Kind::Leads(_) => None,
            Kind::Fires(_, args) => args.get(param as usize),
            Kind::Sets { base, .. } => Some(base).filter(|_| param == 0),
            Kind::Calls(action, args) if param == 0 => args.first().filter(|_| is_method(action)),
            Kind::Calls(action, args) => {
                let (name, _) = p.hir.events.get(event.0 as usize)?.params.get(param as usize)?;
                args.get(action.params.iter().position(|param| param.name == *name)?)
            }
        }
    }

    /// What a field of a record that it is done to holds afterwards, or whether something is in it.
    pub fn field(
        &self,
        look: &Look<'_>,
        record: &Expr,
        field: (EntityId, u32),
        item: Option<&Expr>,
    ) -> Option<Constant> {
        self.fact(&look.place(record)?, field, item)
    }

    fn fact(&self, place: &Place, field: (EntityId, u32), item: Option<&Expr>) -> Option<Constant> {
        let item = match item {
            Some(item) => Some(constant(item)?),
            None => None,
        };
        self.facts.iter().filter(|fact| fact.field == field && fact.place == *place).find_map(|fact| match &fact.what {
            What::Is(value) => Some(value.clone()).filter(|_| item.is_none()),
            What::Has(of, has) => Some(Constant::Bool(*has)).filter(|_| item.as_ref() == Some(of)),
        })
    }

    /// What is known of a field, or of something in it, of the record that a flow begins with.
    pub fn own_field(&self, record: LocalId, field: (EntityId, u32), item: Option<&Expr>) -> Option<Constant> {
        self.fact(&Place { root: record, steps: Vec::new() }, field, item)
    }

    /// What it writes into a field, of whatever record: `None` where it does not write it, and where that is not known.
    pub fn writes_into(&self, p: &Project, field: (EntityId, u32), item: Option<&Expr>) -> (bool, Option<Constant>) {
        match (self.kind, item) {
            (Kind::Sets { entity, field: own, .. }, _) if (entity, own) != field => (false, None),
            (Kind::Sets { value, .. }, None) => (true, written(value)),
            (Kind::Sets { .. }, Some(_)) => (true, None),
            (Kind::Calls(action, args), item) => {
                let Some((_, write)) = fields(p, action, args).into_iter().find(|(own, _)| *own == field) else {
                    return (false, None);
                };
                if let (None, Some(value)) = (item, left(p, action, field)) {
                    return (true, Some(value));
                }
                let given = args.get(1).map(|arg| (arg, items(arg)));
                match (write, item.map(constant), given) {
                    (Write::Sets, None, Some((arg, _))) => (true, written(arg)),
                    (Write::Adds | Write::Removes, Some(Some(item)), Some((_, Some(items)))) => {
                        let meant = items.contains(&item);
                        (meant, meant.then_some(Constant::Bool(write == Write::Adds)))
                    }
                    _ => (true, None),
                }
            }
            (Kind::Leads(_) | Kind::Fires(..), _) => (false, None),
        }
    }

    /// Whether it makes a record that was not there before.
    pub fn makes(&self) -> bool {
        matches!(self.kind, Kind::Calls(action, _) if action.outward.raises.iter().any(|event| event.ends_with(".created")))
    }

    /// Whether two of these go on changing a field to and fro.
    pub fn is_against(&self, p: &Project, other: &Deed<'_>) -> bool {
        let theirs = other.writes(p);
        self.writes(p).iter().any(|(field, write)| {
            theirs.iter().any(|(other, how)| other == field && (how != write || *write == Write::Sets))
        })
    }

    /// The record it is done to.
    pub fn record(&self) -> Option<&'h Expr> {
        match self.kind {
            Kind::Sets { base, .. } => Some(base),
            Kind::Calls(action, args) => args.first().filter(|_| is_method(action)),
            Kind::Leads(_) | Kind::Fires(..) => None,
        }
    }

    /// Whether that is this parameter.
    pub fn is_done_to(&self, record: LocalId) -> bool {
        self.record().is_some_and(|expr| matches!(expr.kind, ExprKind::Local(local) if local == record))
    }

    /// The fields that it writes, and how.
    pub fn writes(&self, p: &Project) -> Vec<((EntityId, u32), Write)> {
        match self.kind {
            Kind::Sets { entity, field, .. } => vec![((entity, field), Write::Sets)],
            Kind::Calls(action, args) => fields(p, action, args),
            Kind::Leads(_) | Kind::Fires(..) => Vec::new(),
        }
    }

    /// Whether it does nothing the second time: what is there already is not written again.
    pub fn settles(&self) -> bool {
        match self.kind {
            Kind::Leads(_) | Kind::Fires(..) => false,
            Kind::Sets { value, .. } => constant(value).is_some(),
            Kind::Calls(action, args) => {
                let given = args.len() > 1 && args.iter().skip(1).all(|arg| items(arg).is_some());
                let left = |name: &Arc<str>| action.outward.leaves.iter().any(|(field, _)| field == name);
                is_method(action) && action.outward.writes.iter().all(|(name, _)| given || left(name))
            }
        }
    }
}

fn is_method(action: &Action) -> bool {
    action.params.first().is_some_and(|param| &*param.name == "self")
}

/// The fields that a call of a method writes, and how.
fn fields(p: &Project, action: &Action, args: &[Expr]) -> Vec<((EntityId, u32), Write)> {
    let Some(Ty::Entity(id)) = args.first().map(|receiver| receiver.ty.present()) else { return Vec::new() };
    let Some(entity) = p.hir.entities.get(id.0 as usize) else { return Vec::new() };
    let place = |name: &Arc<str>| entity.fields.iter().position(|field| field.name == *name);
    action.outward.writes.iter().filter_map(|(name, write)| Some(((id, place(name)? as u32), *write))).collect()
}

/// What a field holds after a call of a method that leaves it so each time.
fn left(p: &Project, action: &Action, (entity, field): (EntityId, u32)) -> Option<Constant> {
    let def = p.hir.entities.get(entity.0 as usize)?.fields.get(field as usize)?;
    let (_, value) = action.outward.leaves.iter().find(|(name, _)| *name == def.name)?;
    match (&**value, def.ty.present()) {
        ("null", _) => Some(Constant::Null),
        ("true" | "false", Ty::Bool) => Some(Constant::Bool(&**value == "true")),
        (name, Ty::Enum(id)) => {
            let variants = &p.hir.enums.get(id.0 as usize)?.variants;
            variants.iter().position(|(variant, _)| **variant == *name).map(|at| Constant::Variant(at as u32))
        }
        _ => None,
    }
}

/// What is written out: one value, or those of a list.
fn items(arg: &Expr) -> Option<Vec<Constant>> {
    match &arg.kind {
        ExprKind::List(items) => items.iter().map(constant).collect(),
        _ => constant(arg).map(|value| vec![value]),
    }
}

/// Everything a flow does that may set off others.
pub(super) fn deeds<'h>(p: &'h Project, flow: &'h Flow) -> (Vec<Deed<'h>>, Look<'h>) {
    let look = Look { p, aliases: aliases(p, flow), known: &[] };
    let mut walk = Walk { p, look, under: Vec::new(), found: Vec::new() };
    walk.block(&flow.body, Vec::new());
    (walk.found, walk.look)
}

struct Walk<'h> {
    p: &'h Project,
    look: Look<'h>,
    under: Vec<Condition<'h>>,
    found: Vec<Deed<'h>>,
}

impl<'h> Walk<'h> {
    fn block(&mut self, block: &'h Block, mut facts: Vec<Fact>) {
        let around = self.under.len();
        let mut stmts = block.stmts.as_slice();
        while let Some(first) = stmts.first() {
            // One step carries these out, so at the end of it all of them have been.
            let run = stmts.iter().take_while(|stmt| is_of_one_step(stmt)).count().max(1);
            let (now, rest) = stmts.split_at(run.min(stmts.len()));
            stmts = rest;
            if is_of_one_step(first) {
                now.iter().for_each(|stmt| self.learn(stmt, &mut facts));
                let known = Rc::new(facts.clone());
                now.iter().for_each(|stmt| stmt.walk(&mut |node| self.node(node, &known)));
            } else {
                self.forget(first, &mut facts);
                self.parts(first, &facts);
            }
        }
        self.under.truncate(around);
    }

    /// What branches or waits. Afterwards it is known of the rest of the block that a branch that leaves was not taken.
    fn parts(&mut self, stmt: &'h Stmt, facts: &[Fact]) {
        let known = Rc::new(facts.to_vec());
        match &stmt.kind {
            StmtKind::If { condition, then, otherwise } => {
                condition.walk(&mut |node| self.node(node, &known));
                for (branch, taken) in [(then, true), (otherwise, false)] {
                    self.under.push(Condition::If(condition, taken));
                    self.block(branch, facts.to_vec());
                    self.under.pop();
                }
                for (branch, taken) in [(then, true), (otherwise, false)] {
                    if leaves(branch) {
                        self.under.push(Condition::If(condition, !taken));
                    }
                }
            }
            StmtKind::Switch { subject, arms, otherwise } => {
                subject.walk(&mut |node| self.node(node, &known));
                for arm in arms {
                    self.under.push(Condition::Arm(subject, &arm.patterns));
                    self.block(&arm.body, facts.to_vec());
                    self.under.pop();
                }
                self.block(otherwise, facts.to_vec());
            }
            _ => {
                self.node(Node::Stmt(stmt), &known);
                stmt.parts(&mut |part| match part {
                    Part::Expr(expr) => expr.walk(&mut |node| self.node(node, &known)),
                    Part::Block(block) => self.block(block, facts.to_vec()),
                });
            }
        }
    }

    fn node(&mut self, node: Node<'h>, facts: &Rc<Vec<Fact>>) {
        let (kind, span) = match node {
            Node::Stmt(Stmt { kind: StmtKind::Launch { flow, .. }, span })
            | Node::Expr(Expr { kind: ExprKind::Call { flow, .. } | ExprKind::Start { flow, .. }, span, .. }) => {
                (Kind::Leads(*flow), *span)
            }
            Node::Stmt(Stmt { kind: StmtKind::Fire { event, args }, span }) => (Kind::Fires(*event, args), *span),
            Node::Stmt(Stmt { kind: StmtKind::SetField { base, entity, field, value }, span }) => {
                (Kind::Sets { base, entity: *entity, field: *field, value }, *span)
            }
            Node::Expr(Expr { kind: ExprKind::Action(call), span, .. }) => {
                let called = p_action(self.p, call.named());
                let Some(called) = called.filter(|action| !action.outward.raises.is_empty()) else { return };
                (Kind::Calls(called, &call.args), *span)
            }
            _ => return,
        };
        let under = self.under.get(self.under.len().saturating_sub(CONDITIONS_MAX)..).unwrap_or_default().to_vec();
        self.found.push(Deed { kind, span, under, facts: facts.clone() });
    }

    /// What is known after a statement that neither branches nor waits.
    fn learn(&self, stmt: &Stmt, facts: &mut Vec<Fact>) {
        self.forget(stmt, facts);
        let mut found: Vec<Fact> = Vec::new();
        match &stmt.kind {
            StmtKind::SetField { base, entity, field, value } => {
                if let (Some(place), Some(value)) = (self.look.place(base), written(value)) {
                    found.push(Fact { place, field: (*entity, *field), what: What::Is(value) });
                }
            }
            StmtKind::Expr(Expr { kind: ExprKind::Action(call), .. }) => {
                let Some(action) = p_action(self.p, call.action).filter(|action| is_method(action)) else { return };
                let args = call.args.as_slice();
                let Some((receiver, given)) = args.split_first() else { return };
                let Some(place) = self.look.place(receiver) else { return };
                for (field, write) in fields(self.p, action, args) {
                    let mut note = |what| found.push(Fact { place: place.clone(), field, what });
                    match (write, left(self.p, action, field), given.first()) {
                        (Write::Sets, Some(value), _) => note(What::Is(value)),
                        (_, _, None) => {}
                        (Write::Sets, None, Some(arg)) => written(arg).into_iter().for_each(|is| note(What::Is(is))),
                        (Write::Adds | Write::Removes, _, Some(arg)) => items(arg)
                            .into_iter()
                            .flatten()
                            .for_each(|item| note(What::Has(item, write == Write::Adds))),
                    }
                }
            }
            _ => {}
        }
        facts.extend(found);
        facts.truncate(FACTS_MAX);
    }

    /// What is written anywhere in a statement is not known any more, of whatever record: two names may mean one.
    fn forget(&self, stmt: &Stmt, facts: &mut Vec<Fact>) {
        if facts.is_empty() {
            return;
        }
        let mut gone: HashSet<(EntityId, u32)> = HashSet::new();
        let mut all = false;
        stmt.walk(&mut |node| match node {
            Node::Stmt(Stmt { kind: StmtKind::SetField { entity, field, .. }, .. }) => {
                gone.insert((*entity, *field));
            }
            // What is called may write anything.
            Node::Expr(Expr { kind: ExprKind::Call { .. }, .. }) => all = true,
            Node::Expr(Expr { kind: ExprKind::Action(call), .. }) => {
                if let Some(action) = p_action(self.p, call.action) {
                    gone.extend(fields(self.p, action, &call.args).into_iter().map(|(field, _)| field));
                }
            }
            _ => {}
        });
        facts.retain(|fact| !all && !gone.contains(&fact.field));
    }
}

fn p_action(p: &Project, action: ActionId) -> Option<&Action> {
    p.hir.actions.get(action.0 as usize)
}

/// Whether a statement is carried out in one step with those around it.
fn is_of_one_step(stmt: &Stmt) -> bool {
    let plain = matches!(
        stmt.kind,
        StmtKind::SetField { .. }
            | StmtKind::Let { .. }
            | StmtKind::Assign { .. }
            | StmtKind::Expr(_)
            | StmtKind::Fire { .. }
    );
    let mut goes_on = plain;
    if plain {
        stmt.walk(&mut |node| {
            goes_on &= match node {
                Node::Expr(Expr { kind: ExprKind::Action(call), .. }) => !call.class.is_external(),
                Node::Expr(Expr { kind, .. }) => !matches!(
                    kind,
                    ExprKind::Ask(_)
                        | ExprKind::Call { .. }
                        | ExprKind::Send { .. }
                        | ExprKind::Decode(_)
                        | ExprKind::Raise(_)
                ),
                Node::Stmt(_) => true,
            };
        });
    }
    goes_on
}

/// Whether a branch never comes to its end.
fn leaves(block: &Block) -> bool {
    block.stmts.iter().any(|stmt| {
        matches!(
            stmt.kind,
            StmtKind::Stop
                | StmtKind::Return(_)
                | StmtKind::Fail(_)
                | StmtKind::Launch { .. }
                | StmtKind::Break
                | StmtKind::Continue
        )
    })
}
