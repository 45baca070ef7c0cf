//! Connectors: the operations that a project calls of a service's own description, as declarations like any other.
//!
//! The caller hands the documents in ([`Described`]). What is named behind a connector's name anywhere in the project,
//! `github.issues_create`, is declared in a file of its own that nobody wrote; the rest of the document costs nothing.

mod called;
mod refused;
mod settings;
#[cfg(test)]
mod tests;
mod uses;

pub(crate) use called::not_called;
pub(crate) use refused::{HEADER_HELP, header, refused};
pub(crate) use uses::names;

use crate::diag::{Code, Diagnostic, Severity, Span};
use crate::resolve::nearest;
use crate::syntax::ast::{self, ConnectorDecl, ItemKind};
use crate::syntax::parse_bytes;
use flow_openapi::{Document, Problem};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What the name of a file of a connector's declarations begins with: no file of a project is called so.
pub(crate) const CONNECTOR_FILE: &str = "connector ";

/// A document that a connector names, as far as it could be read.
#[derive(Debug, Clone)]
pub struct Described {
    /// As the connector names it, relative to the project: `specs/github.json`.
    pub path: Arc<str>,
    /// The document, or why there is none.
    pub document: Result<Arc<Document>, Problem>,
}

/// Which documents a project's files name, in order, each once. What is no path inside of the project is left out: it is
/// told where it stands.
pub fn documents<'t>(sources: impl IntoIterator<Item = &'t [u8]>) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    for text in sources {
        // Few files have one, and only those are parsed twice.
        if !text.windows(10).any(|word| word == b"connector ") {
            continue;
        }
        let parsed = parse_bytes(crate::diag::FileId(0), text);
        for item in &parsed.tree.items {
            if let ItemKind::Connector(decl) = &item.kind
                && let Some(path) = decl.source.plain().filter(|path| outside(path).is_none())
                && !paths.iter().any(|known| known == path)
            {
                paths.push(path.to_owned());
            }
        }
    }
    paths
}

/// A connector as a project declares it: for whoever shows what it makes of its document.
#[derive(Debug, Clone)]
pub struct Settled {
    /// The document, as the connector names it.
    pub path: String,
    /// Its name, and what its settings say; those that do not fit are left out.
    pub connector: flow_openapi::Connector,
}

/// The connectors of a project's files whose documents are here, in order.
pub fn settled<'t>(sources: impl IntoIterator<Item = &'t [u8]>, documents: &[Described]) -> Vec<Settled> {
    let parsed: Vec<_> = sources.into_iter().map(|text| parse_bytes(crate::diag::FileId(0), text)).collect();
    let secrets = declared_secrets(parsed.iter().map(|parsed| (&parsed.tree, false)));
    let items = parsed.iter().flat_map(|parsed| &parsed.tree.items);
    let settled = items.filter_map(|item| {
        let ItemKind::Connector(decl) = &item.kind else { return None };
        let path = decl.source.plain()?;
        let described = documents.iter().find(|described| *described.path == *path)?;
        let document = described.document.as_ref().ok()?;
        let connector = settings::read(decl, document, &secrets, &[], &mut Vec::new());
        Some(Settled { path: path.to_owned(), connector })
    });
    settled.collect()
}

/// A connector as it is compiled.
#[derive(Debug, Clone)]
pub(crate) struct Connected {
    /// `github`
    pub name: Arc<str>,
    /// `specs/github.json`
    pub path: Arc<str>,
    /// Where it is declared.
    pub span: Span,
    /// `None` where there is none to be had, which has been told.
    pub document: Option<Arc<Document>>,
    /// Declarations of what the project names of it.
    pub source: String,
    /// Operations that cannot be called, and why.
    pub problems: Vec<(String, Problem)>,
}

impl Connected {
    /// The nearest name of an operation.
    pub fn near(&self, name: &str) -> Option<&str> {
        let document = self.document.as_ref()?;
        nearest(name, document.operations().map(|one| one.name)).or_else(|| {
            // `create_issue` of somebody who remembers the words and not their order.
            let words: HashSet<&str> = name.split('_').filter(|word| word.len() > 2).map(plural).collect();
            if words.is_empty() {
                return None;
            }
            let shared = |other: &str| {
                let theirs: Vec<&str> = other.split('_').map(plural).collect();
                words.iter().all(|word| theirs.contains(word)).then_some(theirs.len())
            };
            let fitting = document.operations().filter_map(|one| Some((shared(one.name)?, one.name)));
            fitting.min().map(|(_, name)| name)
        })
    }
}

fn plural(word: &str) -> &str {
    word.strip_suffix('s').unwrap_or(word)
}

/// What connectors need of the rest of a project.
pub(crate) struct Around<'a> {
    /// The documents that were handed in.
    pub documents: &'a [Described],
    /// Every file's text, in the order of the trees.
    pub texts: &'a [&'a str],
    /// Hosts with ports that the settings allow.
    pub allow_net: &'a [(String, u16)],
}

/// Every connector of a project with what is named of it.
pub(crate) fn connected<'a>(
    trees: impl Iterator<Item = (&'a ast::File, bool)> + Clone,
    around: &Around<'_>,
    out: &mut Vec<Diagnostic>,
) -> Vec<Arc<Connected>> {
    let declared = trees.clone().flat_map(|(tree, _)| &tree.items).filter_map(|item| match &item.kind {
        ItemKind::Connector(decl) => Some(decl),
        _ => None,
    });
    let mut connectors: Vec<Arc<Connected>> = Vec::new();
    let mut first: HashMap<&str, Span> = HashMap::new();
    let mut secrets: Option<HashSet<&str>> = None;
    for decl in declared {
        if let Some(first) = first.get(decl.name.as_str()) {
            out.push(
                Diagnostic::new(
                    Code::DuplicateName,
                    decl.name.span,
                    format!("The connector `{}` is declared twice.", decl.name.name),
                )
                .at("declared again here")
                .label(*first, "declared first here")
                .help("Give one of them another name, or remove it."),
            );
            continue;
        }
        first.insert(decl.name.as_str(), decl.name.span);
        let secrets = secrets.get_or_insert_with(|| declared_secrets(trees.clone()));
        connectors.push(Arc::new(connector(decl, secrets, around, out)));
    }
    connectors
}

fn declared_secrets<'a>(trees: impl Iterator<Item = (&'a ast::File, bool)>) -> HashSet<&'a str> {
    let items = trees.flat_map(|(tree, _)| &tree.items);
    let names = items.filter_map(|item| match &item.kind {
        ItemKind::Names(names) if names.kind.word() == "secret" => Some(&names.names),
        _ => None,
    });
    names.flatten().map(|declared| declared.name.as_str()).collect()
}

fn connector(
    decl: &ConnectorDecl,
    secrets: &HashSet<&str>,
    around: &Around<'_>,
    out: &mut Vec<Diagnostic>,
) -> Connected {
    let mut connected = Connected {
        name: decl.name.name.shared().clone(),
        path: Arc::from(decl.source.plain().unwrap_or_default()),
        span: decl.name.span,
        document: None,
        source: String::new(),
        problems: Vec::new(),
    };
    if decl.format.as_str() != "openapi" {
        out.push(
            Diagnostic::new(
                Code::ConnectorSetting,
                decl.format.span,
                format!("A connector is not made from `{}`.", decl.format.name),
            )
            .help("Write `from openapi \"specs/…\"`.")
            .fix("write `openapi`", vec![(decl.format.span, "openapi".to_owned())]),
        );
        return connected;
    }
    let Some(document) = document(decl, around, out) else { return connected };
    let told = out.len();
    let used = uses::of(decl.name.as_str(), around.texts);
    let read = settings::read(decl, &document, secrets, &used, out);
    connected.document = Some(Arc::clone(&document));
    if out.len() == told
        && let Ok(base) = document.address(&read)
    {
        // Where it is said is where it is mended: of what is made of it nobody has a file.
        let own = decl.settings.iter().find(|entry| entry.key.as_str() == "server").map(|entry| entry.value.span);
        let from = own.unwrap_or(decl.source.span);
        let quote = own.map(|span| Span { start: span.start.saturating_add(1), ..span });
        let refused = not_called(&base, from, quote, around.allow_net);
        out.extend(refused.map(|refused| match own {
            Some(_) => refused,
            None => refused.at(format!("the document says that the service is at `{base}`")).help(
                "Say where it is called, as in `with { server: \"https://api.example.com\" }`; one of your own network stands in `flow.toml`, `[net] allow`.",
            ),
        }));
    }
    if out.len() == told && !decl.settings.iter().any(|entry| entry.key.as_str() == "auth") {
        out.extend(document.demands(&read, &used).map(|demand| nobody_signs_in(decl, &demand)));
    }
    if out.iter().skip(told).any(|one| one.severity() == Severity::Error) {
        // Calls are understood, whatever its settings lack.
        let server = Some("https://unknown.invalid".to_owned());
        let plain = flow_openapi::Connector { name: decl.name.as_str().to_owned(), server, ..read };
        declare(&mut connected, decl, &document, &plain, used, &mut Vec::new());
    } else {
        declare(&mut connected, decl, &document, &read, used, out);
    }
    connected
}

/// The document says that one signs in, and the connector says nothing of it.
fn nobody_signs_in(decl: &ConnectorDecl, demand: &flow_openapi::Demand) -> Diagnostic {
    let name = decl.name.as_str();
    let message = format!("The document says that one signs in for `{}`, and `{name}` does not.", demand.operation);
    Diagnostic::new(Code::NobodySignsIn, decl.name.span, message).at("has no `auth`").help(format!(
        "Write `secret {}`, and `with {{ auth: {} }}`; where nobody has to sign in, `auth: .none`.",
        demand.secret, demand.auth
    ))
}

fn declare(
    connected: &mut Connected,
    decl: &ConnectorDecl,
    document: &Document,
    settings: &flow_openapi::Connector,
    used: Vec<&str>,
    out: &mut Vec<Diagnostic>,
) {
    let (types, operations): (Vec<&str>, Vec<&str>) =
        used.into_iter().partition(|name| name.starts_with(|letter: char| letter.is_ascii_uppercase()));
    match document.declare(settings, &operations, &types) {
        Ok(declared) => {
            connected.source = declared.source;
            connected.problems = declared.problems;
        }
        Err(problem) => {
            connected.document = None;
            out.push(Diagnostic::new(Code::DocumentUnread, decl.source.span, problem.message).help(problem.help));
        }
    }
}

fn document(decl: &ConnectorDecl, around: &Around<'_>, out: &mut Vec<Diagnostic>) -> Option<Arc<Document>> {
    let refuse =
        |message: String, help: &str| Diagnostic::new(Code::DocumentUnread, decl.source.span, message).help(help);
    let Some(path) = decl.source.plain() else {
        out.push(refuse(
            "Which document it is has to be written as it is.".to_owned(),
            "Write its path without `{{…}}`.",
        ));
        return None;
    };
    if let Some(why) = outside(path) {
        out.push(refuse(
            why.to_owned(),
            "Put the document into the project, and name it from there: `specs/shop.json`.",
        ));
        return None;
    }
    match around.documents.iter().find(|described| *described.path == *path).map(|described| &described.document) {
        Some(Ok(document)) => Some(Arc::clone(document)),
        Some(Err(problem)) => {
            out.push(refuse(problem.message.clone(), &problem.help));
            None
        }
        None => {
            out.push(refuse(
                format!("The document `{}` is not here.", path.escape_debug()),
                "Put it into the project, beside its `flow.toml`.",
            ));
            None
        }
    }
}

/// Why a path is none inside of the project.
fn outside(path: &str) -> Option<&'static str> {
    match () {
        () if path.is_empty() => Some("A document has a name."),
        () if path.contains("://") => {
            Some("A document is not fetched while compiling: what is compiled lies in the project.")
        }
        () if path.starts_with(['/', '\\']) || path.get(1..2) == Some(":") => {
            Some("A document lies in the project, and this path begins outside of it.")
        }
        () if path.split(['/', '\\']).any(|part| part == "..") => {
            Some("A document lies in the project, and `..` leads out of it.")
        }
        () if path.contains('\\') || path.contains('\0') => Some("Folders are divided by `/`."),
        () => None,
    }
}
