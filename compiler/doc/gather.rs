//! From a compiled project to what its pages tell.

use super::{Fact, Item, Kind, Member, Module, Reference, uses};
use crate::compile::{Compiled, module_name};
use crate::connect::CONNECTOR_FILE;
use crate::diag::Span;
use crate::diag::render::Source;
use crate::graph::graph;
use crate::graph::words::{class, duration, escape_name};
use crate::hir::{Action, EventId, FlowId, Hir};
use crate::syntax::ast::{self, ClauseKind, FieldsDecl, ItemKind, Param};
use crate::syntax::parse;
use flow_bytecode::program::EffectClass;
use std::collections::{BTreeMap, HashSet};

impl Reference {
    /// What there is to tell of a project whose first `own` sources are its own; the others are the standard library's.
    /// `None` when it was refused.
    pub fn of(compiled: &Compiled, own: usize, title: &str) -> Option<Reference> {
        let hir = compiled.hir.as_ref()?;
        let mut reference = Reference { title: title.to_owned(), ..Reference::default() };
        let mut pages = HashSet::from(["index".to_owned()]);
        for (index, (file, source)) in compiled.sources.iter().enumerate() {
            let connector = source.path.strip_prefix(CONNECTOR_FILE);
            let library = index >= own && connector.is_none();
            let full = connector.map_or_else(|| module_name(&source.path), str::to_owned);
            let name = if library { full.rsplit('.').next().unwrap_or(&full).to_owned() } else { full };
            let tree = parse(file, &source.text).tree;
            let mut page = escape_name(&match connector {
                Some(name) => format!("connector.{name}"),
                None if library => format!("library.{name}"),
                None => name.clone(),
            });
            // Files whose names differ by their case only are one on some machines.
            while !pages.insert(page.to_lowercase()) {
                page.push('-');
            }
            let mut gather = Gather { compiled, hir, source, module: &name, library, anchors: HashSet::new() };
            let items = tree.items.iter().flat_map(|item| gather.items(item)).collect();
            reference.modules.push(Module {
                name,
                path: source.path.to_string(),
                library,
                page,
                doc: tree.docs.as_deref().unwrap_or_default().to_owned(),
                items,
            });
        }
        for (index, module) in reference.modules.iter().enumerate() {
            for item in &module.items {
                if item.kind != Kind::Extend {
                    let place = (index, item.anchor.clone());
                    reference.places.entry((item.kind, item.name.clone())).or_insert(place);
                }
            }
        }
        tie(&mut reference, hir);
        Some(reference)
    }
}

/// One file.
struct Gather<'a> {
    compiled: &'a Compiled,
    hir: &'a Hir,
    source: &'a Source,
    module: &'a str,
    library: bool,
    anchors: HashSet<String>,
}

impl Gather<'_> {
    fn slice(&self, span: Span) -> String {
        self.source.text.get(span.range()).unwrap_or_default().trim().to_owned()
    }

    /// The same without documentation, which is told beside it.
    fn bare(&self, span: Span) -> String {
        let text = self.slice(span);
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("///")).collect();
        lines.join("\n")
    }

    fn item(&mut self, kind: Kind, word: &str, name: String, decl: &ast::Item) -> Item {
        let mut anchor = escape_name(&format!("{word}.{name}"));
        while !self.anchors.insert(anchor.clone()) {
            anchor.push('-');
        }
        let line = self.compiled.sources.positions(decl.span).0.line;
        // What a connector declares stands in no file that anybody could open.
        let place = match self.source.path.starts_with(CONNECTOR_FILE) {
            true => self.source.path.to_string(),
            false => format!("{}:{line}", self.source.path),
        };
        Item {
            kind,
            word: word.to_owned(),
            name,
            anchor,
            doc: decl.docs.as_deref().unwrap_or_default().to_owned(),
            signature: String::new(),
            members: Vec::new(),
            facts: vec![Fact { label: "Source", code: place, about: String::new() }],
            ties: Vec::new(),
            graph: None,
        }
    }

    /// The name that others call it by.
    fn qualified(&self, name: &str) -> String {
        if self.library { name.to_owned() } else { format!("{}.{name}", self.module) }
    }

    fn items(&mut self, decl: &ast::Item) -> Vec<Item> {
        match &decl.kind {
            ItemKind::Error | ItemKind::Test(_) => Vec::new(),
            ItemKind::Names(names) => names
                .names
                .iter()
                .map(|declared| {
                    let mut item = self.item(Kind::Name, names.kind.word(), declared.name.name.to_string(), decl);
                    let label = declared.label.as_ref().map(|label| self.slice(label.span));
                    item.members = self.params(declared.params.as_deref().unwrap_or_default());
                    item.facts.extend(label.map(|code| Fact { label: "Shown as", code, about: String::new() }));
                    item
                })
                .collect(),
            ItemKind::Event(event) => {
                let name = self.slice(event.name.span);
                let mut item = self.item(Kind::Event, "event", name, decl);
                item.signature = self.bare(decl.span);
                item.members = self.params(&event.params);
                vec![item]
            }
            ItemKind::Enum(declared) => {
                let mut item = self.item(Kind::Type, "enum", self.qualified(&declared.name.name), decl);
                item.members = declared
                    .variants
                    .iter()
                    .map(|variant| Member {
                        name: variant.name.name.to_string(),
                        ty: variant.label.as_ref().map(|label| self.slice(label.span)).unwrap_or_default(),
                        doc: variant.docs.as_deref().unwrap_or_default().to_owned(),
                    })
                    .collect();
                vec![item]
            }
            ItemKind::Record(fields) => vec![self.fields(Kind::Type, "record", fields, decl)],
            ItemKind::Entity(fields) => vec![self.fields(Kind::Type, "entity", fields, decl)],
            ItemKind::Extend(fields) => vec![self.fields(Kind::Extend, "extend", fields, decl)],
            ItemKind::Form(fields) => vec![self.fields(Kind::Form, "form", fields, decl)],
            ItemKind::Calendar(calendar) => {
                let mut item = self.item(Kind::Calendar, "calendar", calendar.name.name.to_string(), decl);
                item.signature = self.slice(decl.span);
                vec![item]
            }
            ItemKind::Connector(connector) => {
                let mut item = self.item(Kind::Connector, "connector", connector.name.name.to_string(), decl);
                item.signature = self.slice(decl.span);
                vec![item]
            }
            ItemKind::Action(action) => vec![self.action(action, decl)],
            ItemKind::Flow(flow) => vec![self.flow(flow, decl)],
        }
    }

    fn fields(&mut self, kind: Kind, word: &str, fields: &FieldsDecl, decl: &ast::Item) -> Item {
        let bare = fields.name.name.to_string();
        let name = if kind == Kind::Type { self.qualified(&bare) } else { bare };
        let mut item = self.item(kind, word, name, decl);
        item.members = fields
            .fields
            .iter()
            .map(|field| {
                let until = field.default.as_ref().map_or(field.ty.span, |default| field.ty.span.to(default.span));
                let marks: Vec<String> = field.annotations.iter().map(|mark| self.slice(mark.span)).collect();
                Member {
                    name: field.name.name.to_string(),
                    ty: format!("{} {}", self.slice(until), marks.join(" ")).trim().to_owned(),
                    doc: field.docs.as_deref().unwrap_or_default().to_owned(),
                }
            })
            .collect();
        item
    }

    fn params(&self, params: &[Param]) -> Vec<Member> {
        let member = |param: &Param| Member {
            name: param.name.name.to_string(),
            ty: self.slice(param.default.as_ref().map_or(param.ty.span, |default| param.ty.span.to(default.span))),
            doc: param.docs.as_deref().unwrap_or_default().to_owned(),
        };
        params.iter().map(member).collect()
    }

    fn action(&mut self, action: &ast::ActionDecl, decl: &ast::Item) -> Item {
        let known = self.hir.actions.iter().find(|known| known.span == action.name.span);
        let name = known.map_or_else(|| self.slice(action.name.span), |known| known.name.to_string());
        let mut item = self.item(Kind::Action, "action", name, decl);
        let template = action.template.as_ref().map_or(decl.span.end, |template| template.span.start);
        let signature = self.bare(Span::new(decl.span.file, decl.span.start, template));
        item.signature = signature.trim_end_matches('=').trim_end().to_owned();
        item.members = self.params(&action.params);
        item.facts.extend(known.map(effect));
        item.facts.extend(known.and_then(policy));
        for kind in &action.fails {
            let code = format!(".{}", kind.name);
            item.facts.push(Fact { label: "Fails", code, about: "beside the kinds that every action has".to_owned() });
        }
        let deprecated = known.and_then(|known| known.deprecated.as_ref());
        item.facts.extend(deprecated.map(|instead| Fact {
            label: "Deprecated",
            code: String::new(),
            about: instead.to_string(),
        }));
        item
    }

    fn flow(&mut self, flow: &ast::FlowDecl, decl: &ast::Item) -> Item {
        let mut item = self.item(Kind::Flow, "flow", self.qualified(&flow.name.name), decl);
        let header = Span::new(decl.span.file, decl.span.start, flow.body.span.start.max(decl.span.start));
        item.signature = self.bare(header);
        item.members = self.params(&flow.params);
        let id = (0u32..).map(FlowId).zip(&self.hir.flows).find(|(_, known)| known.span == flow.name.span);
        item.graph = id.and_then(|(id, _)| graph(self.compiled, id));
        let triggers: Vec<(Kind, String)> = flow
            .clauses
            .iter()
            .filter_map(|clause| match &clause.kind {
                ClauseKind::On(pattern) => Some((Kind::Event, self.slice(pattern.event.span))),
                _ => None,
            })
            .collect();
        if !triggers.is_empty() {
            item.ties.push(("Started by", triggers));
        }
        item
    }
}

/// What may happen to an action when the machine dies in the middle.
pub(crate) fn effect(action: &Action) -> Fact {
    let about = match action.class {
        EffectClass::Pure => "computed, and changes nothing",
        EffectClass::Local => "changes the workspace exactly once",
        EffectClass::Query => "looks at the workspace, and changes nothing",
        EffectClass::Read => "asks outside and changes nothing; asked again after a crash",
        EffectClass::Keyed { .. } => "the other side drops duplicates by our key for that long",
        EffectClass::Verified { .. } => "the other side can be asked whether it happened",
        EffectClass::Once => "never sent twice by us; may end in doubt",
        EffectClass::Repeatable => "may arrive more than once",
    };
    Fact { label: "Effect", code: class(action.class), about: about.to_owned() }
}

fn policy(action: &Action) -> Option<Fact> {
    let policy = &action.policy;
    action.class.is_external().then(|| Fact {
        label: "Unless said otherwise",
        code: format!("timeout: {}, retry: {}", duration(policy.timeout_us), policy.retry),
        about: String::new(),
    })
}

/// By the word for it: who or what something has to do with.
type Ties = BTreeMap<&'static str, Vec<(Kind, String)>>;

/// Who calls, starts, launches, fires, waits for and does what, told at both ends.
fn tie(reference: &mut Reference, hir: &Hir) {
    let flow_name = |id: &FlowId| hir.flows.get(id.0 as usize).map(|flow| (Kind::Flow, flow.name.to_string()));
    let event_name = |id: &EventId| hir.events.get(id.0 as usize).map(|event| (Kind::Event, event.name.to_string()));
    let mut there: BTreeMap<(Kind, String), Ties> = BTreeMap::new();
    let mut add = |from: (Kind, String), word: &'static str, back: &'static str, to: Vec<(Kind, String)>| {
        for one in to {
            there.entry(one.clone()).or_default().entry(back).or_default().push(from.clone());
            there.entry(from.clone()).or_default().entry(word).or_default().push(one);
        }
    };
    for flow in &hir.flows {
        let me = (Kind::Flow, flow.name.to_string());
        let uses = uses::of(&flow.body);
        add(me.clone(), "Calls", "Called by", uses.calls.iter().filter_map(flow_name).collect());
        add(me.clone(), "Launches", "Launched by", uses.launches.iter().filter_map(flow_name).collect());
        add(me.clone(), "Starts", "Started from", uses.starts.iter().filter_map(flow_name).collect());
        add(me.clone(), "Fires", "Fired by", uses.fires.iter().filter_map(event_name).collect());
        add(me.clone(), "Waits for", "Waited for by", uses.waits_for.iter().filter_map(event_name).collect());
        let actions = uses.actions.iter().filter_map(|id| hir.actions.get(id.0 as usize));
        let (outside, inside): (Vec<&Action>, Vec<&Action>) = actions.partition(|action| action.class.is_external());
        let named = |list: Vec<&Action>| list.iter().map(|action| (Kind::Action, action.name.to_string())).collect();
        add(me.clone(), "Reaches outside by", "Used by", named(outside));
        add(me, "Does in the workspace", "Used by", named(inside));
    }
    // Triggers stand in the header: the event learns of them here.
    let headers: Vec<((Kind, String), (Kind, String))> = reference
        .modules
        .iter()
        .flat_map(|module| &module.items)
        .flat_map(|item| {
            item.ties.iter().flat_map(|(_, to)| to.iter().map(|to| (to.clone(), (item.kind, item.name.clone()))))
        })
        .collect();
    for (event, flow) in headers {
        there.entry(event).or_default().entry("Starts").or_default().push(flow);
    }
    for item in reference.modules.iter_mut().flat_map(|module| &mut module.items) {
        for (word, mut list) in there.remove(&(item.kind, item.name.clone())).unwrap_or_default() {
            list.sort();
            list.dedup();
            item.ties.push((word, list));
        }
    }
}
