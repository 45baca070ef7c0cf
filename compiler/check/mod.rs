//! Tree to checked program: every name resolved, every expression typed, every refusal and warning of the language given.
//!
//! [`check`] takes the whole project at once, the standard library's declarations among it, and never fails: it gives the
//! program where there is one to give, and everything there is to say about the text. A mistake is told once: what
//! depends on it has the type [`Ty::Error`], which fits everything.

mod anybody;
mod args;
mod body;
mod builtins;
mod calendar;
mod calls;
mod choosing;
mod collecting;
mod condition;
mod defaults;
mod doubt;
mod elsewhere;
mod entry;
mod expr;
mod failing;
mod fit;
mod hours;
mod http;
mod literals;
mod members;
mod memo;
mod narrow;
mod order;
mod pages;
mod paths;
mod places;
mod policy;
mod probe;
mod project;
mod render;
pub(crate) mod requests;
mod rescan;
mod schema;
mod segments;
mod split;
mod stmts;
mod switch;
mod talk;
mod templates;
mod tests;
mod undo;
mod wait;
mod wanted;
mod written;

pub use builtins::{Builtin, BuiltinParam, builtins};
pub(crate) use builtins::{of as builtins_of, rows as members_of};
pub(crate) use memo::Memo;
pub(crate) use probe::{MARK, Open, Probe, Probed, is_marked, probe};
pub(crate) use project::unused;
pub use schema::schema;

use crate::STACK_BYTES;
use crate::connect::{Connected, Described};
use crate::diag::{Code, Diagnostic, Severity, Span};
use crate::effort;
use crate::hir::{FlowId, Hir, Reference, Ty};
use crate::resolve::{self, GUESSES_MAX, Project};
use crate::syntax::ast;
use crate::template::{TemplateFile, Words};
use body::CheckedFlow;
use flow_bytecode::parallel;
use std::collections::HashSet;
use std::sync::Arc;

/// A parsed file of the project, or of the standard library.
#[derive(Debug, Clone, Copy)]
pub struct Module<'a> {
    /// What other files call it: its path without `.flow`, dots for slashes, `billing.refunds`. Not used for the library.
    pub name: &'a str,
    /// Its tree; spans in it name its file.
    pub tree: &'a ast::File,
    /// Part of the standard library: what it declares is visible everywhere without a module's name.
    pub library: bool,
    /// What a connector declares: right in itself, and no file of the project.
    pub connector: bool,
    /// A flow of the library, called by its module's name: its parameters may be of the types that only the library names.
    pub flows: bool,
}

/// What became of checking a project.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// The program; `None` when something was refused, here or by the parser.
    pub hir: Option<Hir>,
    /// Everything there is to say, by file and place.
    pub diagnostics: Vec<Diagnostic>,
}

/// From so many flows on, several are checked at a time: of one another they know the signatures. With fewer, what a second
/// core takes over is less than what it costs to share.
const PARALLEL_FLOWS: usize = 200;

/// What a project is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Purpose {
    /// To be deployed.
    #[default]
    Deploy,
    /// To be tested.
    Test,
}

/// Where the channels of a project lead, and which webhooks come in.
#[derive(Debug, Clone, Default)]
pub struct Wired {
    /// The channels of Slack that have an address of their own; `None` where every channel is reached.
    pub slack: Option<Vec<String>>,
    /// The same of Teams, as `Team/Channel`.
    pub teams: Option<Vec<String>>,
    /// The names of the webhooks that may come in.
    pub hooks: Vec<String>,
}

/// What is set for a project, as far as the compiler looks at it.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// What it is compiled for.
    pub purpose: Purpose,
    /// Hosts beyond the public internet that may be called, with their ports.
    pub allow_net: Vec<(String, u16)>,
    /// The channels that are set, such as `email`, and `email.track` where mails tell what becomes of them; `None` where that is
    /// not known.
    pub channels: Option<Vec<String>>,
    /// Where the channels lead, and what comes in; `None` where that is not known.
    pub wired: Option<Wired>,
    /// The articles that have words; `None` where that is not known.
    pub articles: Option<Vec<String>>,
    /// The files of the folder `scripts`; `None` where that is not known.
    pub scripts: Option<Vec<String>>,
    /// Those of them that cannot be run, each with why: a clause behind its name.
    pub barred_scripts: Vec<(String, String)>,
    /// The documents that connectors name.
    pub documents: Vec<Described>,
    /// The files of the folder `templates/`.
    pub templates: Vec<TemplateFile>,
}

/// Whether after this it is not known what the program would do. Some refusals are of a program that is understood.
fn blurs(diagnostic: &Diagnostic) -> bool {
    let understood = matches!(
        diagnostic.code,
        Code::DuplicateAnchor
            | Code::DuplicateOption
            | Code::NotExhaustive
            | Code::DuplicateArm
            | Code::WrittenTwice
            | Code::ReadBesideWrite
            | Code::TwoPathsAsk
            | Code::MissingReturn
            | Code::MoneyUnhandled
            | Code::RuleTwice
    );
    diagnostic.severity() == Severity::Error && !understood
}

fn refused(told: &[Diagnostic]) -> bool {
    told.iter().any(|diagnostic| diagnostic.severity() == Severity::Error)
}

/// Checks a whole project for which nothing is set.
pub fn check(modules: &[Module<'_>], purpose: Purpose) -> Checked {
    check_within(modules, &Settings { purpose, ..Settings::default() })
}

/// Checks a whole project.
pub fn check_within(modules: &[Module<'_>], settings: &Settings) -> Checked {
    check_connected(modules, settings, &[], Vec::new())
}

/// Checks a whole project with what its connectors declare, which stands among the modules, and the words of its mails.
pub(crate) fn check_connected(
    modules: &[Module<'_>],
    settings: &Settings,
    connectors: &[Arc<Connected>],
    words: Vec<Words>,
) -> Checked {
    let known = understand(modules, settings, connectors, words, None);
    Checked { hir: (!known.broken).then_some(known.project.hir), diagnostics: known.diagnostics }
}

/// What is known of a project once it has been checked, whether or not something in it was refused.
#[derive(Debug, Default)]
pub(crate) struct Understood {
    /// Every name of it, and what of its flows was understood.
    pub project: Project,
    /// Something was refused.
    pub broken: bool,
    /// Everything there is to say, by file and place.
    pub diagnostics: Vec<Diagnostic>,
    /// What the names in bodies stand for, by flow, then by test: only where a memo was given.
    pub references: Vec<Arc<[Reference]>>,
}

/// Checks a whole project as [`check_connected`] does; with a memo what is as it was is not checked again, and what names
/// stand for is kept.
pub(crate) fn understand(
    modules: &[Module<'_>],
    settings: &Settings,
    connectors: &[Arc<Connected>],
    words: Vec<Words>,
    mut memo: Option<&mut Memo>,
) -> Understood {
    let mut out = Vec::new();
    let around = (connectors, words);
    let (mut project, mut broken) = declared(modules, settings, around, memo.is_some(), &mut out);
    let mut found = Vec::new();
    let unread = modules.iter().any(|module| module.tree.items.iter().any(|item| item.kind == ast::ItemKind::Error));
    let whole = !broken && !unread && !out.iter().any(blurs);
    let much = project.hir.flows.len() >= PARALLEL_FLOWS && !effort::is_counted();
    let bodies = bodies(&project, memo.as_deref_mut());
    let (mut raised, mut looked) = (Vec::with_capacity(bodies.len()), Vec::new());
    let mut blurred = Vec::with_capacity(bodies.len());
    let mut references = Vec::with_capacity(bodies.len());
    for (flow, (checked, told)) in project.hir.flows.iter_mut().zip(bodies) {
        broken |= checked.broken;
        let unknown = checked.locals.iter().any(|local| local.ty == Ty::Error);
        blurred.push(checked.broken || unknown || told.iter().any(blurs));
        flow.locals = checked.locals;
        flow.entry = checked.entry;
        flow.body = checked.body;
        raised.push(checked.raised);
        looked.extend(checked.looked);
        references.push(checked.references);
        out.extend(told);
    }
    project.let_guess(GUESSES_MAX);
    project.raised = failing::anywhere(&raised);
    failing::settle(&project, raised, &looked, &mut out);
    project.sound = !broken && !refused(&out);
    for (index, module) in modules.iter().enumerate().filter(|(_, module)| !module.library) {
        for item in &module.tree.items {
            let ast::ItemKind::Test(decl) = &item.kind else { continue };
            let (test, unread, named) = tests::test(&project, index, decl, &mut out);
            references.push(named);
            broken |= unread | tests::has_errors(&test);
            found.push(test);
        }
    }
    tests::same_titles(&found, &mut out);
    project.hir.tests = found;
    broken |= refused(&out);
    // Signatures with mistyped parts have been reported; a tree with `Error` items has been by the parser.
    broken |= unread;
    broken |= project.hir.flows.iter().any(|flow| flow.locals.iter().any(|local| local.ty == Ty::Error));
    if whole {
        let mut found = project::analyse(&project, &blurred, much, memo.map(|memo| &mut memo.found));
        // What the check of one flow has told already.
        let told: HashSet<(Code, Span)> = out.iter().map(|old| (old.code, old.primary.span)).collect();
        found.retain(|new| !told.contains(&(new.code, new.primary.span)));
        out.append(&mut found);
        broken |= refused(&out);
    }
    let doubts = doubt::Doubts::of(modules);
    out.retain(|diagnostic| !doubts.cover(diagnostic));
    out.sort_by_key(|diagnostic| (diagnostic.primary.span, diagnostic.code));
    Understood { project, broken, diagnostics: out, references }
}

/// What a project declares, before any body is looked at; whether something in it could not be understood.
pub(crate) fn declared(
    modules: &[Module<'_>],
    settings: &Settings,
    (connectors, words): (&[Arc<Connected>], Vec<Words>),
    keeps_references: bool,
    out: &mut Vec<Diagnostic>,
) -> (Project, bool) {
    let mut defaults = resolve::Defaults::default();
    let mut project = resolve::collect(modules, out);
    project.keeps_references = keeps_references;
    project.for_tests = settings.purpose == Purpose::Test;
    project.allow_net.clone_from(&settings.allow_net);
    project.channels.clone_from(&settings.channels);
    project.wired.clone_from(&settings.wired);
    project.articles.clone_from(&settings.articles);
    project.scripts.clone_from(&settings.scripts);
    project.barred_scripts.clone_from(&settings.barred_scripts);
    project.connectors = connectors.iter().map(|one| (Arc::clone(&one.name), Arc::clone(one))).collect();
    resolve::extend_and_fill(&mut project, modules, &mut defaults, out);
    resolve::signatures(&mut project, modules, &mut defaults, out);
    resolve::categories(&mut project, modules, out);
    resolve::chosen(&mut project, modules);
    resolve::templates(&mut project, modules, &mut defaults, out);
    project.words = words;
    let mut broken = defaults::fill(&mut project, defaults, out);
    broken |= render::declared(&mut project, out);
    for item in modules.iter().flat_map(|module| &module.tree.items) {
        if let ast::ItemKind::Calendar(decl) = &item.kind {
            project.hir.calendars.extend(calendar::declared(decl, out));
        }
    }
    (project, broken)
}

/// Checks every flow's body, but for those that are as they were.
fn bodies(project: &Project, memo: Option<&mut Memo>) -> Vec<(CheckedFlow, Vec<Diagnostic>)> {
    let flows: Vec<FlowId> = (0..project.hir.flows.len()).map(|index| FlowId(index as u32)).collect();
    let mut kept = memo.as_ref().map_or_else(Vec::new, |memo| memo.kept(project));
    kept.resize_with(flows.len(), || None);
    let open: Vec<FlowId> = flows.iter().zip(&kept).filter(|(_, kept)| kept.is_none()).map(|(flow, _)| *flow).collect();
    // Several are checked at once, and what is guessed must not hang on which is first: so in a second round, in order.
    project.let_guess(0);
    let much = open.len() >= PARALLEL_FLOWS && !effort::is_counted();
    let checked = parallel::map(&open, much, STACK_BYTES, |id| {
        let mut told = Vec::new();
        (body::flow(project, *id, &mut told), told)
    });
    let mut checked = checked.into_iter();
    let mut bodies: Vec<(CheckedFlow, Vec<Diagnostic>)> =
        kept.iter().filter_map(|kept| kept.as_ref().map(|kept| kept.result()).or_else(|| checked.next())).collect();
    project.let_guess(GUESSES_MAX);
    let mut guessed = vec![0; flows.len()];
    for (((id, (checked, told)), kept), guesses) in flows.iter().zip(&mut bodies).zip(&kept).zip(&mut guessed) {
        if !project.may_guess() {
            break;
        }
        if let Some(kept) = kept {
            *guesses = kept.guesses;
            project.has_guessed(kept.guesses);
        } else if refused(told) {
            let before = project.guesses();
            told.clear();
            *checked = body::flow(project, *id, told);
            *guesses = project.guesses() - before;
        }
    }
    if let Some(memo) = memo {
        memo.keep(project, &bodies, &kept, &guessed);
    }
    bodies
}
