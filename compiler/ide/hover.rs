//! What something is, in Markdown: how it is declared, what its author says of it, what it does to others.

use super::{Analysis, moments};
use crate::check::builtins;
use crate::diag::{FileId, Span};
use crate::doc;
use crate::hir::{Action, Definition, Event, Flow, Local, Ty};
use crate::resolve::Project;
use flow_bytecode::program::EffectClass;
use std::fmt::Write;

/// What is said of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hover {
    /// The name.
    pub span: Span,
    /// Markdown.
    pub text: String,
}

/// A declaration, and what is said of it.
struct Card {
    code: String,
    doc: String,
    facts: Vec<String>,
}

impl Card {
    fn new(code: impl Into<String>, doc: &str) -> Card {
        Card { code: code.into(), doc: doc.to_owned(), facts: Vec::new() }
    }

    fn markdown(self) -> String {
        let mut text = format!("```flow\n{}\n```", self.code);
        if !self.doc.trim().is_empty() {
            let _ = write!(text, "\n\n{}", self.doc.trim());
        }
        for fact in self.facts {
            let _ = write!(text, "\n\n{fact}");
        }
        text
    }
}

impl Analysis {
    /// What the name at a place stands for; of a word that waits, what the place is called; of a length of time, when it is
    /// over. `now`: microseconds since 1970, UTC.
    pub fn hover(&self, file: FileId, at: u32, now: i64) -> Option<Hover> {
        match self.name_at(file, at) {
            Some(name) => Some(Hover { span: name.span, text: self.card(&name.to)?.markdown() }),
            None => self.place_at(file, at).or_else(|| self.end_at(file, at, now)),
        }
    }

    /// The place where a run can wait whose word stands at a byte.
    fn place_at(&self, file: FileId, at: u32) -> Option<Hover> {
        let text = &self.front.sources.get(file)?.text;
        let place = self.places(file).filter(|place| place.at.start <= at).last()?;
        let word = text.get(place.at.start as usize..)?;
        let word = word.get(..word.find(|letter: char| !letter.is_ascii_lowercase())?)?;
        let span = Span { end: place.at.start + word.len() as u32, ..place.at };
        let waits = matches!(word, "wait" | "ask" | "choice" | "parallel" | "race");
        let text = format!("`flow runs` calls this place `{}`.", place.key);
        (waits && at <= span.end).then_some(Hover { span, text })
    }

    /// The length of time that is waited for at a byte.
    fn end_at(&self, file: FileId, at: u32, now: i64) -> Option<Hover> {
        let trees = self.front.trees().filter(|tree| tree.span.file == file);
        let mut ends = Vec::new();
        let bodies = trees.flat_map(|tree| &tree.items).filter_map(crate::syntax::ast::Item::body);
        bodies.for_each(|body| moments::ends(body, now, &mut ends));
        let end = ends.into_iter().find(|end| end.span.start <= at && at <= end.span.end)?;
        Some(Hover { span: end.span, text: format!("Begun now, it is over on {}.", end.when) })
    }

    /// What something is, in Markdown.
    pub(super) fn about(&self, what: &Definition) -> Option<String> {
        Some(self.card(what)?.markdown())
    }

    fn card(&self, what: &Definition) -> Option<Card> {
        let project = &self.known.project;
        let hir = &project.hir;
        let show = |ty: &Ty| project.show(ty);
        Some(match what {
            Definition::Local(span) => self.local_card(*span)?,
            Definition::Flow(id) => self.flow_card(hir.flows.get(id.0 as usize)?),
            Definition::Action(id) => self.action_card(hir.actions.get(id.0 as usize)?),
            Definition::Event(id) => Card::new(self.event_code(hir.events.get(id.0 as usize)?), ""),
            Definition::EventParam(id, at) => {
                let event = hir.events.get(id.0 as usize)?;
                let (name, ty) = event.params.get(*at as usize)?;
                Card::new(format!("{name}: {}", show(ty)), &format!("What `{}` carries.", event.name))
            }
            Definition::Enum(id) => {
                let def = hir.enums.get(id.0 as usize)?;
                let variants = def.variants.iter().map(|(name, label)| match def.labelled {
                    true => format!("    {name} {label:?},"),
                    false => format!("    {name},"),
                });
                Card::new(
                    format!("enum {} {{\n{}\n}}", show(&Ty::Enum(*id)), variants.collect::<Vec<_>>().join("\n")),
                    "",
                )
            }
            Definition::Variant(id, at) => {
                let def = hir.enums.get(id.0 as usize)?;
                let (name, label) = def.variants.get(*at as usize)?;
                let doc = def.docs.get(*at as usize).map_or("", |doc| doc);
                let mut card = Card::new(format!("{}.{name}", show(&Ty::Enum(*id))), doc);
                if def.labelled {
                    card.facts.push(format!("Shown as “{label}”."));
                }
                card
            }
            Definition::Record(id) => {
                let def = hir.records.get(id.0 as usize)?;
                let fields = def.fields.iter().map(|field| format!("    {}: {}", field.name, show(&field.ty)));
                let code =
                    format!("record {} {{\n{}\n}}", show(&Ty::Record(*id)), fields.collect::<Vec<_>>().join("\n"));
                Card::new(code, &def.doc)
            }
            Definition::RecordField(id, at) => {
                let field = hir.records.get(id.0 as usize)?.fields.get(*at as usize)?;
                Card::new(format!("{}.{}: {}", show(&Ty::Record(*id)), field.name, show(&field.ty)), &field.doc)
            }
            Definition::Entity(id) => Card::new(format!("entity {}", hir.entities.get(id.0 as usize)?.name), ""),
            Definition::EntityField(id, at) => {
                let entity = hir.entities.get(id.0 as usize)?;
                let field = entity.fields.get(*at as usize)?;
                let mut code = format!("{}.{}: {}", entity.name, field.name, show(&field.ty));
                for (is, word) in [(field.readonly, "readonly"), (field.unique, "unique"), (field.indexed, "indexed")] {
                    if is {
                        let _ = write!(code, " @{word}");
                    }
                }
                Card::new(code, &field.doc)
            }
            Definition::Symbol(kind, name) => Card::new(format!("{} {name}", kind.word()), ""),
            Definition::Anchor(span) => {
                let text = self.text_at(*span)?;
                let flow = self.flow_around(*span).map_or("", |flow| &flow.name);
                Card::new(
                    text,
                    &format!(
                        "A place of `{flow}` where a run can wait: `flow runs` and `flow answer --at` name it so."
                    ),
                )
            }
            Definition::Module(name) => Card::new(format!("{}.flow", name.replace('.', "/")), ""),
            Definition::Connector(name) => {
                let connector = project.connectors.get(name)?;
                Card::new(format!("connector {name} from openapi {:?}", &*connector.path), "")
            }
            Definition::Builtin(of, name) => {
                let row = builtins().iter().find(|row| row.of == *of && row.name == *name)?;
                let before = if of.is_empty() { String::new() } else { format!("{of}.") };
                Card::new(format!("{before}{}", row.signature()), row.doc)
            }
        })
    }

    /// The flow whose declaration a place is in.
    fn flow_around(&self, place: Span) -> Option<&Flow> {
        let project = &self.known.project;
        let around = |(_, source): &(&Flow, &crate::resolve::FlowSource)| {
            let decl = &source.decl;
            decl.name.span.file == place.file && (decl.name.span.start..decl.body.span.end).contains(&place.start)
        };
        project.hir.flows.iter().zip(&project.flow_sources).find(around).map(|(flow, _)| flow)
    }

    /// A name of a flow or a test, by the place where it is declared.
    pub(super) fn local(&self, declared: Span) -> Option<&Local> {
        let of = |locals: &'_ [Local]| locals.iter().position(|local| local.span == declared && !local.name.is_empty());
        let flow = self.flow_around(declared).and_then(|flow| flow.locals.get(of(&flow.locals)?));
        let tests = || self.known.project.hir.tests.iter().find_map(|test| test.locals.get(of(&test.locals)?));
        flow.or_else(tests)
    }

    fn local_card(&self, declared: Span) -> Option<Card> {
        let Some(local) = self.local(declared) else { return Some(Card::new(self.text_at(declared)?, "")) };
        let is_param = |flow: &Flow| {
            let mut params = flow.params.iter().filter_map(|param| flow.locals.get(param.local.0 as usize));
            params.any(|param| param.span == declared)
        };
        let word = match (self.flow_around(declared).is_some_and(is_param), local.mutable) {
            (true, _) => "",
            (false, true) => "var ",
            (false, false) => "let ",
        };
        Some(Card::new(format!("{word}{}: {}", local.name, self.known.project.show(&local.ty)), ""))
    }

    /// What stands at a place.
    pub(super) fn text_at(&self, span: Span) -> Option<&str> {
        self.front.sources.get(span.file)?.text.get(span.range())
    }

    fn event_code(&self, event: &Event) -> String {
        let one = |(name, ty): &(_, Ty)| format!("{name}: {}", self.known.project.show(ty));
        format!("event {}({})", event.name, event.params.iter().map(one).collect::<Vec<_>>().join(", "))
    }

    fn flow_card(&self, flow: &Flow) -> Card {
        Card::new(format!("flow {}", flow_signature(&self.known.project, flow)), &flow.doc)
    }

    fn action_card(&self, action: &Action) -> Card {
        let fails: Vec<String> = action.fails.iter().map(|kind| format!(".{kind}")).collect();
        let fails = if fails.is_empty() { String::new() } else { format!(" fails {}", fails.join(", ")) };
        let code = format!("action {}{fails}", action_signature(&self.known.project, action));
        let mut card = Card::new(code, &action.doc);
        if action.class != EffectClass::Pure {
            let effect = doc::effect(action);
            card.facts.push(format!("`{}`: {}.", effect.code, effect.about));
        }
        if let Some(instead) = &action.deprecated {
            card.facts.push(format!("**Deprecated**: {instead}"));
        }
        card
    }
}

/// `refund(order: Order) -> Outcome`
pub(super) fn flow_signature(p: &Project, flow: &Flow) -> String {
    let params = flow.params.iter().filter_map(|param| flow.locals.get(param.local.0 as usize));
    let params: Vec<String> = params.map(|local| format!("{}: {}", local.name, p.show(&local.ty))).collect();
    format!("{}({}){}", flow.name, params.join(", "), result(p, &flow.result))
}

/// `sms.send(to: Phone, text: Text) -> Delivery`
pub(super) fn action_signature(p: &Project, action: &Action) -> String {
    let params = action.params.iter().filter(|param| &*param.name != "self");
    let params: Vec<String> = params.map(|param| format!("{}: {}", param.name, p.show(&param.ty))).collect();
    format!("{}({}){}", action.name, params.join(", "), result(p, &action.result))
}

fn result(p: &Project, ty: &Ty) -> String {
    match ty {
        Ty::Unit => String::new(),
        ty => format!(" -> {}", p.show(ty)),
    }
}
