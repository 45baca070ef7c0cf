//! The state in which a flow's body is checked: names in scope, what is known to be present, who is spoken to.

use super::failing::{Looked, Raised};
use super::narrow::Facts;
use super::paths::Firsts;
use super::probe::Probed;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::entry::Entry;
use crate::hir::{Block, Definition, EventId, Expr, ExprKind, FlowId, Local, LocalId, Reference, Ty};
use crate::resolve::{FlowSource, Map, Project};
use crate::syntax::ast;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What became of a flow's body.
#[derive(Debug, Default, Clone)]
pub(super) struct CheckedFlow {
    pub locals: Arc<Vec<Local>>,
    pub entry: Option<Arc<Entry>>,
    pub body: Arc<Block>,
    /// It holds something that the parser could not understand.
    pub broken: bool,
    /// The kinds of failure that it raises and does not catch.
    pub raised: Raised,
    /// Kinds that it looks for in what other flows raise.
    pub looked: Vec<Looked>,
    /// What its names stand for, where that is kept.
    pub references: Arc<[Reference]>,
    /// What the mark stood for, where it was looked for.
    pub probe: Probed,
}

/// Whether what follows is reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Reach {
    /// It may be.
    Yes,
    /// It is not: the statement there leaves, by this word.
    No(Span, &'static str),
    /// An error that has been told decides it: nothing more is said of it.
    Told,
}

/// A path of a `parallel` that is being checked.
pub(super) struct PathState {
    /// Locals from this one on are the path's own.
    pub first_local: LocalId,
    /// Variables of outside that it writes, and where first.
    pub writes: Firsts<LocalId>,
    /// Variables of outside that it reads before it writes them, and where first.
    pub reads: Firsts<LocalId>,
    /// Conversations it asks in, and where first.
    pub asks: Firsts<super::places::Place>,
}

/// What is known of a local beside its type.
#[derive(Debug, Clone, Copy)]
struct Use {
    read: bool,
    /// Reported when nothing reads it.
    reported: bool,
    /// How many scopes were open when it was declared: what can be named and has the same number is of the same scope.
    depth: usize,
    /// The `let` or `var` of its declaration.
    word: Option<Span>,
}

/// Where a loop or a choice was entered, so that `break` and `again` know whether they are inside.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Inside {
    /// The words of a mail: what stands in its parameters can be shown.
    pub words: bool,
    pub loops: u32,
    pub choices: u32,
    pub tries: u32,
    /// The innermost loop has a `break`.
    pub breaks: bool,
    /// The innermost loop has a `continue`.
    pub continues: bool,
    /// A template, in which nothing is called: it may stand for the action that is called.
    pub template: bool,
}

/// Checks one flow.
pub(super) struct Body<'a> {
    pub p: &'a Project,
    pub module: usize,
    pub out: &'a mut Vec<Diagnostic>,
    pub locals: Vec<Local>,
    uses: Vec<Use>,
    names: Map<LocalId>,
    /// What names meant before, to be restored at the end of their scope; the depth of the scope they belong to.
    shadowed: Vec<(Arc<str>, Option<LocalId>)>,
    /// Where each open scope begins in `shadowed`.
    scopes: Vec<usize>,
    /// Conversations that can be named here.
    pub conversations: Vec<LocalId>,
    pub facts: Facts,
    pub reach: Reach,
    pub inside: Inside,
    /// What a property that is not there would have to be.
    pub wanted: Option<Ty>,
    pub paths: Vec<PathState>,
    /// Kinds of failure the blocks of the open `try`s raise beside the built-in ones.
    pub kinds: Vec<Raised>,
    /// Kinds by the local that holds the failure.
    pub caught: HashMap<LocalId, Arc<Raised>>,
    /// Kinds looked for in what flows raise that are not known yet.
    pub looked: Vec<Looked>,
    /// What names stand for, where that is kept.
    pub references: Vec<Reference>,
    /// The mark is looked for, and stands there.
    pub probing: Option<u32>,
    pub probe: Probed,
    pub anchors: Map<Span>,
    /// The flow's result and where it is declared; `None` outside flows.
    pub result: Option<(Ty, Span)>,
    pub flow_name: Arc<str>,
    /// The flow whose body it is.
    pub flow: Option<FlowId>,
    /// The parameter that is the run's subject.
    pub subject: Option<LocalId>,
    pub params: u32,
    /// Locals that name the subject's contact.
    pub aliases: HashSet<LocalId>,
    /// What is checked is the JSON that a request sends: a part of it may be a secret.
    pub json_leaves: bool,
    /// Parameters of the call whose arguments are next that take a moment as a text.
    pub moments: Vec<Arc<str>>,
    /// What the call gives whose template is put in; nothing where a template is looked at where it stands.
    pub given: Option<super::http::Given>,
    pub broken: bool,
    /// The flow's header has a `cap`: a message may be skipped.
    pub capped: bool,
    /// It is the body of a test.
    pub test: bool,
    /// What is checked are arguments that may name a place.
    pub anchors_allowed: bool,
    /// What is checked stands in a flow's header.
    pub in_header: bool,
    /// The event that a `where` looks at, and its name there.
    pub event: Option<(EventId, Option<ast::Name>)>,
}

/// Checks the body of a flow.
pub(super) fn flow<'a>(p: &'a Project, id: FlowId, out: &'a mut Vec<Diagnostic>) -> CheckedFlow {
    match p.flow_sources.get(id.0 as usize) {
        Some(source) => flow_as(p, id, source, None, out),
        None => CheckedFlow { broken: true, ..CheckedFlow::default() },
    }
}

/// Checks the body of a flow as if it read so. `probing`: the mark is looked for, and stands there.
pub(super) fn flow_as<'a>(
    p: &'a Project,
    id: FlowId,
    source: &FlowSource,
    probing: Option<u32>,
    out: &'a mut Vec<Diagnostic>,
) -> CheckedFlow {
    let Some(flow) = p.hir.flows.get(id.0 as usize) else {
        return CheckedFlow { broken: true, ..CheckedFlow::default() };
    };
    let mut body = Body::new(p, source.module, out);
    body.probing = probing;
    body.flow_name = Arc::from(p.near_name(source.module, &flow.name));
    body.result = Some((flow.result.clone(), source.decl.result.as_ref().map_or(flow.span, |ty| ty.span)));
    body.scopes.push(0);
    for param in flow.locals.iter().take(flow.params.len()) {
        body.declare(param.name.clone(), param.ty.clone(), false, param.span, false);
    }
    body.params = flow.params.len() as u32;
    body.broken = source.decl.params.iter().any(|param| param.ty.kind == ast::TypeKind::Error);
    body.subject = body.find_subject();
    // Whom a run is about is its subject, whether or not the flow looks at it.
    for (index, used) in body.uses.iter_mut().enumerate() {
        used.reported = body.subject != Some(LocalId(index as u32));
    }
    body.flow = Some(id);
    body.kinds.push(Raised::default());
    body.in_header = true;
    let entry = body.header(&source.decl.clauses);
    body.in_header = false;
    body.capped = source.decl.clauses.iter().any(|clause| matches!(clause.kind, ast::ClauseKind::Cap { .. }));
    body.scopes.push(body.shadowed.len());
    let mut block = Block::default();
    body.statements(&source.decl.body, &mut block);
    if body.reach == Reach::Yes && !matches!(flow.result, Ty::Unit | Ty::Error) {
        body.out.push(
            Diagnostic::new(
                Code::MissingReturn,
                source.decl.body.close,
                format!(
                    "`{}` yields `{}`, but it can reach its end without a `return`.",
                    body.flow_name,
                    p.show(&flow.result)
                ),
            )
            .at("nothing is returned here")
            .label(flow.span, "this flow has a result")
            .help("End every way through the flow with `return`, `stop`, `fail` or `launch`."),
        );
    }
    body.leave();
    body.leave();
    let raised = body.kinds.pop().unwrap_or_default();
    CheckedFlow {
        broken: body.broken,
        locals: Arc::new(body.locals),
        entry: entry.map(Arc::from),
        body: Arc::new(block),
        raised,
        looked: body.looked,
        references: body.references.into(),
        probe: body.probe,
    }
}

impl<'a> Body<'a> {
    pub fn new(p: &'a Project, module: usize, out: &'a mut Vec<Diagnostic>) -> Self {
        Body {
            p,
            module,
            out,
            locals: Vec::new(),
            uses: Vec::new(),
            names: Map::default(),
            shadowed: Vec::new(),
            scopes: Vec::new(),
            conversations: Vec::new(),
            facts: Facts::default(),
            reach: Reach::Yes,
            inside: Inside::default(),
            wanted: None,
            paths: Vec::new(),
            kinds: Vec::new(),
            caught: HashMap::new(),
            looked: Vec::new(),
            references: Vec::new(),
            probing: None,
            probe: Probed::default(),
            anchors: Map::default(),
            result: None,
            flow_name: Arc::from(""),
            flow: None,
            subject: None,
            params: 0,
            aliases: HashSet::new(),
            json_leaves: false,
            moments: Vec::new(),
            given: None,
            broken: false,
            capped: false,
            test: false,
            anchors_allowed: false,
            in_header: false,
            event: None,
        }
    }

    /// The statements of a test.
    pub fn whole_test(mut self, block: &ast::Block) -> CheckedFlow {
        self.scopes.push(0);
        let mut made = Block::default();
        self.statements(block, &mut made);
        self.leave();
        CheckedFlow {
            broken: self.broken,
            locals: Arc::new(self.locals),
            body: Arc::new(made),
            looked: self.looked,
            references: self.references.into(),
            probe: self.probe,
            ..CheckedFlow::default()
        }
    }

    /// The first Conversation among the parameters, else the first Contact, else the first entity.
    fn find_subject(&self) -> Option<LocalId> {
        let of = |wanted: Option<crate::hir::EntityId>| {
            let position = self.locals.iter().position(|local| match local.ty {
                Ty::Entity(id) => wanted.is_none_or(|wanted| wanted == id),
                _ => false,
            })?;
            Some(LocalId(position as u32))
        };
        let named = |name: &str| self.p.entity(name).and_then(|id| of(Some(id)));
        named("Conversation").or_else(|| named("Contact")).or_else(|| of(None))
    }

    /// Opens a scope.
    pub fn enter(&mut self) {
        self.scopes.push(self.shadowed.len());
    }

    /// Ends the innermost scope, and reports what nothing in it has used.
    pub fn leave(&mut self) {
        let mark = self.scopes.pop().unwrap_or(0);
        while self.shadowed.len() > mark {
            let Some((name, before)) = self.shadowed.pop() else { break };
            if let Some(gone) = self.names.get(&name).copied() {
                self.unused(gone);
                if self.conversations.last() == Some(&gone) {
                    self.conversations.pop();
                }
            }
            match before {
                Some(before) => self.names.insert(name, before),
                None => self.names.remove(&name),
            };
        }
    }

    fn unused(&mut self, local: LocalId) {
        if self.broken {
            // What could not be read may have used it.
            return;
        }
        let Some(used) = self.uses.get(local.0 as usize) else { return };
        let param = self.flow.is_some() && local.0 < self.params;
        let Some(local) = self.locals.get(local.0 as usize) else { return };
        if used.read || !used.reported || local.name.starts_with('_') || local.ty == Ty::Error {
            return;
        }
        let (name, span) = (local.name.clone(), local.span);
        let diagnostic = Diagnostic::new(Code::UnusedName, span, format!("`{name}` is never used."));
        self.out.push(match param {
            // Who calls the flow may name it.
            true => diagnostic.at("nothing in the flow reads it").help(format!(
                "Remove it, here and where the flow is called, or call it `_{name}` to say that this is meant."
            )),
            false => diagnostic
                .help(format!("Remove it, or call it `_{name}` to say that this is meant."))
                .fix(format!("rename it to `_{name}`"), vec![(span, format!("_{name}"))]),
        });
    }

    /// A new local that can be named from here on. `reported`: somebody should look when nothing reads it.
    pub fn declare(&mut self, name: Arc<str>, ty: Ty, mutable: bool, span: Span, reported: bool) -> LocalId {
        let id = self.hidden(ty.clone(), span);
        if let Some(local) = self.locals.get_mut(id.0 as usize) {
            local.name = name.clone();
            local.mutable = mutable;
        }
        if let Some(used) = self.uses.get_mut(id.0 as usize) {
            used.reported = reported;
        }
        self.refers_local(id, span);
        let before = self.names.insert(name.clone(), id);
        if let Some(first) = before {
            let same = self.uses.get(first.0 as usize).is_some_and(|used| used.depth == self.scopes.len());
            let first = self.locals.get(first.0 as usize).map(|local| local.span);
            if let (true, Some(first)) = (same, first) {
                // Its second declaration is what hides it: told once.
                if let Some(used) = before.and_then(|before| self.uses.get_mut(before.0 as usize)) {
                    used.read = true;
                }
                self.out.push(
                    Diagnostic::new(Code::DuplicateName, span, format!("`{name}` is declared twice here."))
                        .at("declared again here")
                        .label(first, "declared first here")
                        .help(format!(
                            "Give one of them another name; to change a variable write `{name} = …` after `var`."
                        )),
                );
            }
        }
        self.shadowed.push((name, before));
        if matches!(ty, Ty::Entity(entity) if Some(entity) == self.p.entity("Conversation")) {
            self.conversations.push(id);
        }
        id
    }

    /// A new local without a name, for desugaring.
    pub fn hidden(&mut self, ty: Ty, span: Span) -> LocalId {
        let id = LocalId(self.locals.len() as u32);
        self.locals.push(Local { name: Arc::from(""), ty, mutable: false, span });
        self.uses.push(Use { read: false, reported: false, depth: self.scopes.len(), word: None });
        id
    }

    /// Notes the statement that declares a local.
    pub fn begun_by(&mut self, local: LocalId, statement: Span) {
        if let Some(used) = self.uses.get_mut(local.0 as usize) {
            let end = statement.start.saturating_add("let".len() as u32);
            used.word = Some(Span::new(statement.file, statement.start, end));
        }
    }

    /// The `let` that declares a local.
    pub fn let_word(&self, local: LocalId) -> Option<Span> {
        self.uses.get(local.0 as usize)?.word
    }

    /// Drops locals that a trial has made.
    pub fn forget_locals(&mut self, count: usize) {
        self.locals.truncate(count);
        self.uses.truncate(count);
    }

    /// Notes what a name stands for.
    pub fn refers(&mut self, span: Span, to: impl FnOnce() -> Definition) {
        if self.p.keeps_references {
            self.references.push(Reference { span, to: to() });
        }
    }

    /// What a name means here.
    pub fn local(&self, name: &str) -> Option<LocalId> {
        self.names.get(name).copied()
    }

    /// What every name means, for what is checked as if it stood elsewhere.
    pub fn names_mut(&mut self) -> &mut Map<LocalId> {
        &mut self.names
    }

    /// Names that can be used here.
    pub fn local_names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(|name| &**name)
    }

    /// A local's declaration.
    pub fn local_info(&self, id: LocalId) -> Option<&Local> {
        self.locals.get(id.0 as usize)
    }

    /// The first parameter of the flow that is of a type.
    pub fn own(&self, ty: &Ty) -> Option<&Local> {
        self.locals.iter().take(self.params as usize).find(|local| local.ty == *ty)
    }

    /// Notes that a local is read where it is named.
    pub fn named(&mut self, id: LocalId, span: Span) {
        self.refers_local(id, span);
        self.read(id, span);
    }

    /// Notes that a local is read, also by the paths being checked: by its name, or as the one that is meant.
    pub fn read(&mut self, id: LocalId, span: Span) {
        if let Some(used) = self.uses.get_mut(id.0 as usize) {
            used.read = true;
        }
        let mutable = self.local_info(id).is_some_and(|local| local.mutable);
        if mutable {
            for path in &mut self.paths {
                if id < path.first_local && path.writes.get(&id).is_none() {
                    path.reads.note(&id, span);
                }
            }
        }
    }

    /// Notes what the names in a type stand for.
    pub fn refers_type(&mut self, written: &ast::TypeExpr) {
        if self.probing.is_some() && super::probe::is_marked(written) {
            self.probed(|_| super::probe::Probe::Type);
        }
        if self.p.keeps_references {
            self.p.named_in(self.module, written, &mut self.references);
        }
    }

    pub fn refers_local(&mut self, id: LocalId, span: Span) {
        if self.p.keeps_references
            // What stands nowhere, as the contact of a mail does, has no place to be found at.
            && let Some(local) = self.locals.get(id.0 as usize).filter(|local| !local.name.is_empty())
            && local.span != Span::default()
        {
            self.references.push(Reference { span, to: Definition::Local(local.span) });
        }
    }

    /// Whether something has read a local.
    pub fn is_read(&self, id: LocalId) -> bool {
        self.uses.get(id.0 as usize).is_some_and(|used| used.read)
    }

    /// Notes that a variable is written.
    pub fn write(&mut self, id: LocalId, span: Span) {
        self.refers_local(id, span);
        for path in &mut self.paths {
            if id < path.first_local {
                path.writes.note(&id, span);
            }
        }
        self.facts.assigned(id, span);
    }

    /// What stands where there was a mistake.
    pub fn error(&self, span: Span) -> Expr {
        Expr { kind: ExprKind::Null, ty: Ty::Error, span }
    }

    /// Reports a mistake and stands in for the value.
    pub fn wrong(&mut self, diagnostic: Diagnostic) -> Expr {
        let span = diagnostic.primary.span;
        self.out.push(diagnostic);
        self.error(span)
    }

    /// A read of a local, as it is known here.
    pub fn local_expr(&mut self, id: LocalId, span: Span) -> Expr {
        self.read(id, span);
        let ty = self.local_info(id).map_or(Ty::Error, |local| local.ty.clone());
        self.narrowed(Expr { kind: ExprKind::Local(id), ty, span })
    }

    /// The text of a name with a suggestion, for a diagnostic about a name that is not there.
    pub fn suggest<'n>(
        p: &Project,
        diagnostic: Diagnostic,
        name: &str,
        span: Span,
        candidates: impl IntoIterator<Item = &'n str>,
        otherwise: impl FnOnce() -> Option<String>,
    ) -> Diagnostic {
        match p.nearest(name, candidates) {
            Some(near) => diagnostic
                .help(format!("Did you mean `{near}`?"))
                .fix(format!("replace `{name}` by `{near}`"), vec![(span, near.to_owned())]),
            None => match otherwise() {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            },
        }
    }

    /// Says that something is not carried out yet.
    pub fn not_yet(&mut self, span: Span, what: &str, instead: &str) {
        self.out.push(
            Diagnostic::new(Code::NotYet, span, format!("{what} not carried out yet."))
                .at("not carried out yet")
                .help(instead),
        );
    }

    /// An anchor, which a flow may use once.
    pub fn anchor(&mut self, anchor: Option<&ast::Anchor>) -> Option<Arc<str>> {
        let anchor = anchor?;
        let name = anchor.name.shared().clone();
        if let Some(first) = self.anchors.get(&name) {
            self.out.push(
                Diagnostic::new(
                    Code::DuplicateAnchor,
                    anchor.span,
                    format!("The anchor `#{name}` is used twice in this flow."),
                )
                .at("used again here")
                .label(*first, "used first here")
                .help("An anchor names one place where a run waits; give this one another name."),
            );
        } else {
            self.anchors.insert(name.clone(), anchor.span);
            self.refers(anchor.span, || Definition::Anchor(anchor.span));
        }
        Some(name)
    }
}
