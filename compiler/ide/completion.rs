//! What can be written where somebody is typing.
//!
//! The name that is being typed is taken out of a copy of the file, and a mark put in its place; the check of the flow around it
//! meets the mark with everything it knows there. Nothing is guessed from the text but where the name begins, and what may
//! stand at the beginning of a line.

use super::hover::{action_signature, flow_signature};
use super::{Analysis, Definition};
use crate::check::{MARK, Open, Probe, Probed, builtins_of, is_marked, probe};
use crate::diag::{FileId, Span};
use crate::hir::{SymbolKind, Ty};
use crate::resolve::{Project, Receiver, SYMBOL_KINDS, symbol_kind};
use crate::syntax::ast::{self, ItemKind};
use crate::syntax::parse;
use std::sync::Arc;

/// What an offer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OfferKind {
    /// A parameter of the call that is being written.
    Argument,
    /// A name of the flow.
    Local,
    /// A field or a property.
    Field,
    /// A variant.
    Variant,
    /// A tag, a team, a template …
    Name,
    /// A method.
    Method,
    /// A flow.
    Flow,
    /// An action, or a function of the language.
    Action,
    /// A module, a connector, the first word of actions, `tag`.
    Module,
    /// A type.
    Type,
    /// An event.
    Event,
    /// A word of the language, or a statement.
    Word,
}

/// Something that can be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// What is shown, and looked for.
    pub label: String,
    /// What it is.
    pub kind: OfferKind,
    /// Its type or signature.
    pub detail: String,
    /// What is written, where it is not the label; `$1`, `${2:word}` are places to go on at (as snippets of the protocol).
    pub snippet: Option<String>,
    /// What it stands for, from which its documentation is made when somebody wants to read it.
    pub of: Option<Definition>,
    /// It is of the type that is wanted here.
    pub fits: bool,
}

/// What can be written at a place.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Offers {
    /// What is replaced: the name as far as it has been typed.
    pub span: Span,
    /// What there is, the likeliest first.
    pub offers: Vec<Offer>,
    /// Where a `?` belongs, before the dot: what stands there may be missing.
    pub guard: Option<Span>,
}

/// A call that is being written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallAt {
    /// What is called.
    pub of: String,
    /// Its parameters, as they are written: `to: Phone`.
    pub params: Vec<String>,
    /// The one that is being written.
    pub active: Option<usize>,
}

fn is_of_a_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// What may begin a statement, and what is written for it.
const STATEMENTS: &[(&str, &str)] = &[
    ("let", "let ${1:name} = $0"),
    ("var", "var ${1:name} = $0"),
    ("say", "say \"$0\""),
    ("ask", "let ${1:answer} = ask #${2:anchor} \"${3:Question?}\" as ${4:Text}"),
    ("if", "if ${1:condition} {\n    $0\n}"),
    ("switch", "switch ${1:value} {\n    $0\n}"),
    ("choice", "choice #${1:anchor} \"${2:Question?}\" {\n    \"${3:Answer}\" -> $0\n}"),
    ("wait", "wait ${1:3} days"),
    ("for", "for ${1:item} in ${2:list} {\n    $0\n}"),
    ("while", "while ${1:condition} {\n    $0\n}"),
    ("try", "try {\n    $0\n} on failure as failure {\n}"),
    ("parallel", "parallel {\n    path ${1:one} {\n        $0\n    }\n    path ${2:other} {\n    }\n}"),
    ("race", "race {\n    path ${1:one} {\n        $0\n    }\n    path ${2:other} {\n    }\n}"),
    ("split", "split #${1:anchor} {\n    50% ${2:one} -> $0\n    50% ${3:other} -> stop\n}"),
    ("repeat", "repeat ${1:3} {\n    $0\n}"),
    ("again", "again"),
    ("launch", "launch $0"),
    ("start", "start $0"),
    ("fire", "fire $0"),
    ("return", "return"),
    ("stop", "stop"),
    ("fail", "fail .$0"),
];

/// What may stand in a test besides.
const IN_TESTS: &[(&str, &str)] =
    &[("expect", "expect $0"), ("mock", "mock ${1:action} returns $0"), ("advance", "advance(${1:1 day})")];

/// What may begin a declaration.
const DECLARATIONS: &[(&str, &str)] = &[
    ("flow", "flow ${1:name}(${2:contact: Contact}) {\n    $0\n}"),
    ("test", "test \"${1:what is so}\" {\n    $0\n}"),
    ("enum", "enum ${1:Name} { ${2:one}, ${3:two} }"),
    ("record", "record ${1:Name} { ${2:id}: Text }"),
    ("extend", "extend ${1:Contact} { ${2:name}: ${3:Text?} }"),
    ("event", "event ${1:name}(${2:contact: Contact})"),
    ("action", "action ${1:name}($2) = http {\n    $0\n}"),
    ("connector", "connector ${1:name} from openapi \"${2:specs/service.json}\""),
    ("calendar", "calendar ${1:name} { zone: \"${2:Europe/Oslo}\", open: \"${3:mon-fri 09:00-17:00}\" }"),
    ("form", "form ${1:name} { ${2:email}: Email }"),
    ("team", "team $0"),
    ("tag", "tag $0"),
    ("template", "template $0"),
    ("selection", "selection $0"),
    ("article", "article $0"),
    ("secret", "secret $0"),
    ("category", "category $0"),
    ("link", "link $0"),
    ("project", "project $0"),
    ("interest", "interest $0"),
];

fn words(list: &[(&str, &str)]) -> impl Iterator<Item = Offer> {
    list.iter().map(|(word, snippet)| Offer {
        label: (*word).to_owned(),
        kind: OfferKind::Word,
        detail: String::new(),
        snippet: Some((*snippet).to_owned()),
        of: None,
        fits: false,
    })
}

fn offer(label: impl Into<String>, kind: OfferKind, detail: impl Into<String>, of: Option<Definition>) -> Offer {
    Offer { label: label.into(), kind, detail: detail.into(), snippet: None, of, fits: false }
}

/// What is called, with its parentheses; the arguments are offered within.
fn called(mut offer: Offer, takes: bool) -> Offer {
    let end = if takes { "($0)" } else { "()" };
    offer.snippet = Some(format!("{}{end}", offer.label));
    offer
}

impl Analysis {
    /// What can be written at a byte of a file.
    pub fn complete(&self, file: FileId, at: u32) -> Offers {
        let Some((head, tail, span)) = self.around(file, at) else { return Offers::default() };
        let line = head.rsplit('\n').next().unwrap_or_default();
        if line.trim_start().starts_with("//") {
            return Offers { span, ..Offers::default() };
        }
        let line = line.trim_end();
        // Alone it is read as a call, for no other name stands alone; behind an arrow it may be a type as well.
        let begins = (line.trim().is_empty() || line.ends_with(['{', '}'])) && !tail.starts_with(['(', '.', ':']);
        // A member that nothing is done with yet is no statement; called it is one.
        let member = line.ends_with('.');
        let (mut offers, mut missing) = (Vec::new(), false);
        for (call, may) in [("", !begins), ("()", begins || member || line.ends_with("->"))] {
            if may && offers.is_empty() {
                let parsed = parse(file, &format!("{head}{MARK}{call}{tail}"));
                (offers, missing) = self.offers(file, &parsed.tree, span.start, !call.is_empty() && !member);
            }
        }
        if tail.starts_with('(') {
            // What it is called with stands there already.
            offers.iter_mut().filter(|offer| offer.kind != OfferKind::Word).for_each(|offer| offer.snippet = None);
        }
        let mut span = span;
        if head.ends_with('.') && offers.iter().any(|offer| offer.kind == OfferKind::Event) {
            // An event is offered with all of its name.
            let begins = head.trim_end_matches(|letter| is_of_a_name(letter) || letter == '.').len();
            span.start = begins as u32;
        }
        offers.sort_by(|one, other| (!one.fits, one.kind, &one.label).cmp(&(!other.fits, other.kind, &other.label)));
        offers.dedup_by(|one, other| one.label == other.label && one.kind == other.kind);
        let dot = span.start.saturating_sub(1);
        let guard = (missing && head.ends_with('.') && !head.ends_with("?.")).then_some(Span::new(file, dot, dot));
        Offers { span, offers, guard }
    }

    /// What stands before and behind the name at a byte of a file, and where the name is.
    fn around(&self, file: FileId, at: u32) -> Option<(&str, &str, Span)> {
        let (before, after) = self.front.sources.get(file)?.text.split_at_checked(at as usize)?;
        let head = before.trim_end_matches(is_of_a_name);
        let tail = after.trim_start_matches(is_of_a_name);
        let end = before.len() + after.len() - tail.len();
        Some((head, tail, Span::new(file, head.len() as u32, end as u32)))
    }

    /// The call that is being written at a byte of a file.
    pub fn call_at(&self, file: FileId, at: u32) -> Option<CallAt> {
        let (head, tail, span) = self.around(file, at)?;
        let parsed = parse(file, &format!("{head}{MARK}{tail}"));
        let module = self.front.trees().position(|tree| tree.span.file == file)?;
        let project = self.front.declared_with(&parsed.tree, &self.settings);
        let call = probe(&project, module, &parsed.tree, span.start)?.call?;
        Some(CallAt { of: call.of, params: call.params, active: call.active })
    }

    /// What an offer is, in Markdown.
    pub fn describe(&self, offer: &Offer) -> Option<String> {
        self.about(offer.of.as_ref()?)
    }

    /// What there is, and whether it stands behind what may be missing.
    fn offers(&self, file: FileId, tree: &ast::File, at: u32, begins: bool) -> (Vec<Offer>, bool) {
        let Some(module) = self.front.trees().position(|tree| tree.span.file == file) else {
            return Default::default();
        };
        let item = tree.items.iter().find(|item| item.span.start <= at && at <= item.span.end);
        let Some(item) = item else { return (words(DECLARATIONS).collect(), false) };
        if item.span.start == at || matches!(item.kind, ItemKind::Error) && begins {
            return (words(DECLARATIONS).collect(), false);
        }
        let project = self.front.declared_with(tree, &self.settings);
        let probed = probe(&project, module, tree, at).unwrap_or_default();
        let around = Around { project: &project };
        let in_test = matches!(item.kind, ItemKind::Test(_));
        let mut out = Vec::new();
        match &probed.what {
            Some(what) => around.probed(module, what, &probed, &mut out),
            None if in_signature(&item.kind) => around.types(module, &mut out),
            None => {}
        }
        if begins && matches!(item.kind, ItemKind::Flow(_) | ItemKind::Test(_)) {
            out.extend(words(STATEMENTS));
            if in_test {
                out.extend(words(IN_TESTS));
            }
        }
        let missing = matches!(&probed.what, Some(Probe::Member(ty)) if ty.is_optional());
        (out, missing)
    }
}

/// What the project would be with the mark in it.
struct Around<'p> {
    project: &'p Project,
}

impl Around<'_> {
    fn probed(&self, module: usize, what: &Probe, probed: &Probed, out: &mut Vec<Offer>) {
        match what {
            Probe::Value { locals, want } => {
                out.extend(probed.open.iter().map(|open| self.argument(open)));
                let wanted = want.as_ref().map(Ty::present);
                for (name, ty) in locals {
                    let mut local = offer(&**name, OfferKind::Local, self.show(ty), None);
                    local.fits = wanted.as_ref().is_some_and(|want| ty.present() == *want);
                    out.push(local);
                }
                if let Some(want) = &wanted {
                    self.bare(want, true, out);
                }
                self.values(module, out);
            }
            Probe::Member(ty) => self.members(ty, out),
            Probe::Path(path) => self.behind(module, path, out),
            Probe::Variant(Some(want)) => self.bare(want, false, out),
            Probe::Variant(None) => {}
            Probe::Event => {
                for (name, id) in &self.project.events {
                    out.push(offer(&**name, OfferKind::Event, "", Some(Definition::Event(*id))));
                }
            }
            Probe::Type => self.types(module, out),
        }
    }

    fn show(&self, ty: &Ty) -> String {
        self.project.show(ty)
    }

    fn argument(&self, open: &Open) -> Offer {
        Offer {
            label: format!("{}:", open.name),
            kind: OfferKind::Argument,
            detail: self.show(&open.ty),
            snippet: Some(format!("{}: $0", open.name)),
            of: None,
            fits: open.needed,
        }
    }

    /// Variants and declared names of a type, with their dot where it has not been written.
    fn bare(&self, want: &Ty, dot: bool, out: &mut Vec<Offer>) {
        let project = self.project;
        let dot = if dot { "." } else { "" };
        let symbol = |kind: SymbolKind| {
            let names = project.symbol_names(kind);
            names.map(move |name| {
                let of = Definition::Symbol(kind, Arc::from(name));
                Offer { fits: true, ..offer(format!("{dot}{name}"), OfferKind::Name, kind.word(), Some(of)) }
            })
        };
        match want.present() {
            Ty::Enum(id) => {
                let Some(def) = project.hir.enums.get(id.0 as usize) else { return };
                let of = self.show(&Ty::Enum(id));
                for (at, (name, label)) in def.variants.iter().enumerate() {
                    let detail = if def.labelled { format!("{of} “{label}”") } else { of.clone() };
                    let of = Definition::Variant(id, at as u32);
                    let one = offer(format!("{dot}{name}"), OfferKind::Variant, detail, Some(of));
                    out.push(Offer { fits: true, ..one });
                }
            }
            Ty::Symbol(kind) => out.extend(symbol(kind)),
            Ty::Secret => out.extend(symbol(SymbolKind::Secret)),
            Ty::Assignee => out.extend(symbol(SymbolKind::Team)),
            Ty::Bool if dot == "." => {
                out.extend(
                    ["true", "false"].map(|word| Offer { fits: true, ..offer(word, OfferKind::Word, "Bool", None) }),
                );
            }
            _ => {}
        }
    }

    /// What can be named anywhere in a flow.
    fn values(&self, module: usize, out: &mut Vec<Offer>) {
        let project = self.project;
        out.push(offer("now", OfferKind::Word, "Instant", None));
        if let Some(scope) = project.modules.get(module) {
            out.extend(scope.flows.iter().map(|(name, id)| self.flow_offer(name, *id)));
            out.extend(scope.actions.iter().map(|(name, id)| self.action_offer(name, *id, false)));
            out.extend(
                scope.types.iter().map(|(name, def)| offer(&**name, OfferKind::Type, "", Some(def.definition()))),
            );
        }
        out.extend(project.library.actions.iter().map(|(name, id)| self.action_offer(name, *id, false)));
        let plain = builtins_of("").map(|row| {
            let of = Definition::Builtin(row.of, row.name);
            called(offer(row.name, OfferKind::Action, row.signature(), Some(of)), !row.params.is_empty())
        });
        out.extend(plain);
        out.extend(project.namespaces.keys().map(|name| offer(&**name, OfferKind::Module, "actions", None)));
        for name in project.module_names.keys().filter(|name| project.modules.len() > 1 && !name.is_empty()) {
            out.push(offer(&**name, OfferKind::Module, "", Some(Definition::Module(name.clone()))));
        }
        for name in project.connectors.keys() {
            out.push(offer(&**name, OfferKind::Module, "connector", Some(Definition::Connector(name.clone()))));
        }
        for kind in SYMBOL_KINDS.iter().filter(|kind| project.symbol_names(**kind).next().is_some()) {
            out.push(offer(kind.word(), OfferKind::Module, kind.type_name(), None));
        }
    }

    fn flow_offer(&self, name: &str, id: crate::hir::FlowId) -> Offer {
        let flow = self.project.hir.flows.get(id.0 as usize);
        let detail = flow.map_or_else(String::new, |flow| flow_signature(self.project, flow));
        let takes = flow.is_some_and(|flow| !flow.params.is_empty());
        called(offer(name, OfferKind::Flow, detail, Some(Definition::Flow(id))), takes)
    }

    fn action_offer(&self, name: &str, id: crate::hir::ActionId, method: bool) -> Offer {
        let action = self.project.hir.actions.get(id.0 as usize);
        let detail = action.map_or_else(String::new, |action| action_signature(self.project, action));
        let takes = action.is_some_and(|action| action.params.len() > usize::from(method));
        let kind = if method { OfferKind::Method } else { OfferKind::Action };
        called(offer(name, kind, detail, Some(Definition::Action(id))), takes)
    }

    fn members(&self, ty: &Ty, out: &mut Vec<Offer>) {
        let project = self.project;
        let hir = &project.hir;
        let ty = ty.present();
        match ty {
            Ty::Entity(id) => {
                let fields = hir.entities.get(id.0 as usize).map_or(&[][..], |entity| &entity.fields);
                for (at, field) in fields.iter().enumerate() {
                    let of = Definition::EntityField(id, at as u32);
                    out.push(offer(&*field.name, OfferKind::Field, self.show(&field.ty), Some(of)));
                }
            }
            Ty::Record(id) => {
                let fields = hir.records.get(id.0 as usize).map_or(&[][..], |record| &record.fields);
                for (at, field) in fields.iter().enumerate() {
                    let of = Definition::RecordField(id, at as u32);
                    out.push(offer(&*field.name, OfferKind::Field, self.show(&field.ty), Some(of)));
                }
            }
            Ty::Event(id) => {
                let params = hir.events.get(id.0 as usize).map_or(&[][..], |event| &event.params);
                for (at, (name, ty)) in params.iter().enumerate() {
                    let of = Definition::EventParam(id, at as u32);
                    out.push(offer(&**name, OfferKind::Field, self.show(ty), Some(of)));
                }
            }
            _ => {}
        }
        let receiver = match ty {
            Ty::Entity(id) => Some(Receiver::Entity(id)),
            Ty::Symbol(kind) => Some(Receiver::Symbol(kind)),
            _ => None,
        };
        for (name, id) in receiver.into_iter().flat_map(|receiver| project.methods_of(receiver)) {
            out.push(self.action_offer(name, *id, true));
        }
        for row in crate::check::members_of(&ty) {
            let of = Some(Definition::Builtin(row.of, row.name));
            out.push(match row.property {
                true => offer(row.name, OfferKind::Field, row.signature(), of),
                false => called(offer(row.name, OfferKind::Method, row.signature(), of), !row.params.is_empty()),
            });
        }
    }

    /// What stands behind names that are no value.
    fn behind(&self, module: usize, path: &str, out: &mut Vec<Offer>) {
        let project = self.project;
        if let Some(kind) = symbol_kind(path) {
            self.bare(&Ty::Symbol(kind), false, out);
        }
        let own = project.type_named(module, path).ok().flatten();
        let far = path.rsplit_once('.').and_then(|(module, name)| project.type_in(module, name));
        if let Some(def) = own.or(far) {
            self.bare(&def.ty(), false, out);
        }
        for row in crate::check::builtins().iter().filter(|row| row.of_type && row.of == path) {
            let of = Some(Definition::Builtin(row.of, row.name));
            out.push(called(offer(row.name, OfferKind::Action, row.signature(), of), !row.params.is_empty()));
        }
        let scopes = [project.module_names.get(path), project.connector_modules.get(path)];
        for scope in scopes.into_iter().flatten().filter_map(|index| project.modules.get(*index)) {
            out.extend(scope.flows.iter().map(|(name, id)| self.flow_offer(name, *id)));
            out.extend(
                scope.types.iter().map(|(name, def)| offer(&**name, OfferKind::Type, "", Some(def.definition()))),
            );
        }
        if let Some(document) = project.connectors.get(path).and_then(|connector| connector.document.as_ref()) {
            for one in document.operations() {
                let detail = format!("{} {}", one.method.to_uppercase(), one.path);
                out.push(called(offer(one.name, OfferKind::Action, detail, None), true));
            }
            return;
        }
        let prefix = format!("{path}.");
        for (name, id) in &project.actions {
            if let Some(rest) = name.strip_prefix(&prefix) {
                out.push(match rest.split_once('.') {
                    Some((next, _)) => offer(next, OfferKind::Module, "actions", None),
                    None => self.action_offer(rest, *id, false),
                });
            }
        }
        for (name, id) in &project.flows {
            if let Some(rest) = name.strip_prefix(&prefix).filter(|rest| !rest.contains('.')) {
                out.push(self.flow_offer(rest, *id));
            }
        }
    }

    fn types(&self, module: usize, out: &mut Vec<Offer>) {
        let project = self.project;
        out.extend(crate::resolve::BUILTIN_NAMES.iter().map(|name| offer(*name, OfferKind::Type, "", None)));
        let own = project.modules.get(module).into_iter().flat_map(|scope| &scope.types);
        for (name, def) in own.chain(&project.library.types) {
            out.push(offer(&**name, OfferKind::Type, "", Some(def.definition())));
        }
        for (name, all) in &project.shared_types {
            if let [def] = all.as_slice() {
                out.push(offer(&**name, OfferKind::Type, "", Some(def.definition())));
            }
        }
    }
}

/// Whether the mark stands for a type in a declaration, outside of bodies.
fn in_signature(item: &ItemKind) -> bool {
    let params = |params: &[ast::Param]| params.iter().any(|param| is_marked(&param.ty));
    match item {
        ItemKind::Flow(decl) => params(&decl.params) || decl.result.as_ref().is_some_and(is_marked),
        ItemKind::Action(decl) => params(&decl.params) || decl.result.as_ref().is_some_and(is_marked),
        ItemKind::Event(decl) => params(&decl.params),
        ItemKind::Names(decl) => decl.names.iter().any(|name| name.params.as_deref().is_some_and(params)),
        ItemKind::Record(decl) | ItemKind::Entity(decl) | ItemKind::Extend(decl) | ItemKind::Form(decl) => {
            decl.fields.iter().any(|field| is_marked(&field.ty))
        }
        _ => false,
    }
}
