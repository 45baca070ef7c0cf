//! Small checked programs, built by hand.

use crate::diag::Span;
use crate::hir::*;
use flow_bytecode::op::Cmp;
use flow_bytecode::program::EffectClass;
use std::sync::Arc;

pub const CONTACT: EntityId = EntityId(0);
pub const CONVERSATION: EntityId = EntityId(1);
pub const PLAN: EnumId = EnumId(0);
pub const ORDER: RecordId = RecordId(0);
pub const TRIAL_ENDING: EventId = EventId(0);
pub const SAY: ActionId = ActionId(0);
pub const CHARGE: ActionId = ActionId(1);

/// A project with a little of everything in its workspace.
pub struct Project {
    pub hir: Hir,
}

impl Project {
    pub fn new() -> Project {
        let span = Span::default();
        let field = |name: &str, ty: Ty| EntityField {
            name: name.into(),
            ty,
            default: None,
            readonly: false,
            indexed: false,
            unique: false,
            custom: false,
            doc: "".into(),
            span,
        };
        let action = |name: &str, params: Vec<(&str, Ty)>, result: Ty, class: EffectClass| Action {
            name: name.into(),
            params: params
                .into_iter()
                .map(|(name, ty)| Param { name: name.into(), ty, default: None, doc: "".into(), span: Span::default() })
                .collect(),
            result,
            class,
            fails: vec![],
            policy: CallPolicy::default(),
            outbound: false,
            deprecated: None,
            outward: Default::default(),
            doc: "".into(),
            span,
        };
        let hir = Hir {
            tests: Vec::new(),
            enums: vec![Enum {
                docs: Vec::new(),
                name: "Plan".into(),
                variants: vec![("trial".into(), "Trial".into()), ("pro".into(), "Professional".into())],
                labelled: true,
                span,
            }],
            records: vec![Record {
                name: "Order".into(),
                fields: vec![
                    RecordField { name: "id".into(), ty: Ty::Text, default: None, doc: "".into(), span },
                    RecordField { name: "count".into(), ty: Ty::Int, default: Some(int(1)), doc: "".into(), span },
                ],
                doc: "".into(),
                span,
            }],
            entities: vec![
                Entity {
                    name: "Contact".into(),
                    fields: vec![
                        field("name", opt(Ty::Text)),
                        field("plan", Ty::Enum(PLAN)),
                        field("score", Ty::Int),
                        field("renewal", opt(Ty::Date)),
                        field("timezone", Ty::TimeZone),
                    ],
                    span,
                },
                Entity { name: "Conversation".into(), fields: vec![field("contact", Ty::Entity(CONTACT))], span },
            ],
            actions: vec![
                action(
                    "Conversation.say",
                    vec![("self", Ty::Entity(CONVERSATION)), ("text", Ty::Text), ("image", opt(Ty::Url))],
                    Ty::Unit,
                    EffectClass::Local,
                ),
                action("shop.charge", vec![("id", Ty::Text), ("count", Ty::Int)], Ty::Int, EffectClass::Once),
                action("score", vec![("contact", Ty::Entity(CONTACT))], Ty::Int, EffectClass::Pure),
            ],
            events: vec![Event {
                name: "trial_ending".into(),
                params: vec![("contact".into(), Ty::Entity(CONTACT)), ("days_left".into(), Ty::Int)],
                span,
            }],
            flows: vec![],
            symbols: vec![],
            categories: Vec::new(),
            links: Vec::new(),
            calendars: Vec::new(),
        };
        Project { hir }
    }

    /// A project with one flow `m.f`.
    pub fn with(flow: FlowBuilder, body: Vec<Stmt>) -> Project {
        let mut project = Project::new();
        project.add(flow, body);
        project
    }

    /// Adds a flow.
    pub fn add(&mut self, flow: FlowBuilder, body: Vec<Stmt>) -> FlowId {
        self.hir.flows.push(Flow {
            name: flow.name.into(),
            params: flow.params,
            locals: flow.locals.into(),
            result: flow.result,
            entry: None,
            body: Block { stmts: body }.into(),
            doc: "".into(),
            span: Span::default(),
        });
        FlowId(self.hir.flows.len() as u32 - 1)
    }
}

/// Names and parameters of a flow in the making.
pub struct FlowBuilder {
    pub name: &'static str,
    pub params: Vec<FlowParam>,
    pub locals: Vec<Local>,
    pub result: Ty,
}

impl FlowBuilder {
    pub fn new(name: &'static str) -> FlowBuilder {
        FlowBuilder { name, params: vec![], locals: vec![], result: Ty::Unit }
    }

    pub fn returns(mut self, ty: Ty) -> FlowBuilder {
        self.result = ty;
        self
    }

    pub fn param(&mut self, name: &str, ty: Ty) -> Expr {
        let local = self.local(name, ty);
        if let ExprKind::Local(local) = local.kind {
            self.params.push(FlowParam { local, default: None, doc: "".into() });
        }
        local
    }

    pub fn local(&mut self, name: &str, ty: Ty) -> Expr {
        let id = LocalId(self.locals.len() as u32);
        self.locals.push(Local { name: name.into(), ty: ty.clone(), mutable: true, span: Span::default() });
        expr(ExprKind::Local(id), ty)
    }
}

pub fn opt(ty: Ty) -> Ty {
    ty.optional()
}

pub fn expr(kind: ExprKind, ty: Ty) -> Expr {
    Expr { kind, ty, span: Span::default() }
}

pub fn stmt(kind: StmtKind) -> Stmt {
    Stmt { kind, span: Span::default() }
}

pub fn block(stmts: Vec<Stmt>) -> Block {
    Block { stmts }
}

pub fn int(value: i64) -> Expr {
    expr(ExprKind::Int(value), Ty::Int)
}

pub fn truth(value: bool) -> Expr {
    expr(ExprKind::Bool(value), Ty::Bool)
}

pub fn text(value: &str) -> Expr {
    expr(ExprKind::Text(value.into()), Ty::Text)
}

pub fn days(count: i64) -> Expr {
    expr(ExprKind::Duration(count * 86_400_000_000), Ty::Duration)
}

pub fn null(ty: Ty) -> Expr {
    expr(ExprKind::Null, opt(ty))
}

pub fn wrap(inner: Expr) -> Expr {
    let ty = opt(inner.ty.clone());
    expr(ExprKind::Wrap(Box::new(inner)), ty)
}

pub fn unwrap(inner: Expr) -> Expr {
    let ty = inner.ty.present();
    expr(ExprKind::Unwrap(Box::new(inner)), ty)
}

pub fn binary(op: Binary, left: Expr, right: Expr) -> Expr {
    let ty = match op {
        Binary::Compare(_) | Binary::And | Binary::Or => Ty::Bool,
        _ => left.ty.clone(),
    };
    expr(ExprKind::Binary(op, Box::new(left), Box::new(right)), ty)
}

pub fn add(left: Expr, right: Expr) -> Expr {
    binary(Binary::Add, left, right)
}

pub fn compare(cmp: Cmp, left: Expr, right: Expr) -> Expr {
    binary(Binary::Compare(cmp), left, right)
}

pub fn not(inner: Expr) -> Expr {
    expr(ExprKind::Unary(Unary::Not, Box::new(inner)), Ty::Bool)
}

pub fn plan(index: u32) -> Expr {
    expr(ExprKind::Variant(PLAN, index), Ty::Enum(PLAN))
}

pub fn field(base: Expr, entity: EntityId, field: u32, ty: Ty) -> Expr {
    expr(ExprKind::Field { base: Box::new(base), entity, field }, ty)
}

pub fn plan_of(contact: Expr) -> Expr {
    field(contact, CONTACT, 1, Ty::Enum(PLAN))
}

pub fn score_of(contact: Expr) -> Expr {
    field(contact, CONTACT, 2, Ty::Int)
}

pub fn name_of(contact: Expr) -> Expr {
    field(contact, CONTACT, 0, opt(Ty::Text))
}

pub fn id(local: &Expr) -> LocalId {
    match local.kind {
        ExprKind::Local(id) => id,
        _ => LocalId(u32::MAX),
    }
}

pub fn set(local: &Expr, value: Expr) -> Stmt {
    stmt(StmtKind::Let { local: id(local), value })
}

pub fn assign(local: &Expr, value: Expr) -> Stmt {
    stmt(StmtKind::Assign { local: id(local), value })
}

pub fn when(condition: Expr, then: Vec<Stmt>, otherwise: Vec<Stmt>) -> Stmt {
    stmt(StmtKind::If { condition, then: block(then), otherwise: block(otherwise) })
}

pub fn say(conversation: Expr, words: Expr) -> Stmt {
    let args = vec![conversation, words, null(Ty::Url)];
    let policy = CallPolicy::default();
    let call = ActionCall { action: SAY, template: None, args, class: EffectClass::Local, policy, extras: None };
    stmt(StmtKind::Expr(expr(ExprKind::Action(Box::new(call)), Ty::Unit)))
}

pub fn charge(id: Expr, count: Expr) -> Expr {
    let policy = CallPolicy::default();
    let call = ActionCall {
        action: CHARGE,
        template: None,
        args: vec![id, count],
        class: EffectClass::Once,
        policy,
        extras: None,
    };
    expr(ExprKind::Action(Box::new(call)), Ty::Int)
}

pub fn ask(conversation: Expr, prompt: &str, kind: AskKind, ty: Ty) -> (Box<Ask>, Ty) {
    let ask = Ask {
        conversation,
        prompt: text(prompt),
        anchor: None,
        kind,
        timeout: None,
        retries: None,
        hint: None,
        min: None,
        max: None,
    };
    (Box::new(ask), ty)
}

pub fn asked((ask, ty): (Box<Ask>, Ty)) -> Expr {
    expr(ExprKind::Ask(ask), ty)
}

pub fn option(label: &str, guard: Option<Expr>, body: Vec<Stmt>) -> ChoiceOption {
    ChoiceOption { label: text(label), anchor: None, guard, body: block(body), span: Span::default() }
}

pub fn choice(conversation: Expr, anchor: Option<&str>, prompt: &str, options: Vec<ChoiceOption>) -> Choice {
    Choice { conversation, prompt: text(prompt), anchor: anchor.map(Arc::from), options, otherwise: None, after: None }
}

pub fn arm(kind: ArmKind, body: Vec<Stmt>) -> Arm {
    Arm { kind, body: block(body), span: Span::default() }
}

pub fn wait(anchor: Option<&str>, arms: Vec<Arm>) -> Stmt {
    stmt(StmtKind::Wait(Wait { anchor: anchor.map(Arc::from), arms }))
}

pub fn path(name: &str, body: Vec<Stmt>, writes: Vec<LocalId>) -> Path {
    Path { name: name.into(), body: block(body), writes, span: Span::default() }
}
