//! Operations as source text of Flow.

use crate::auth::{Auth, SignedIn, Words};
use crate::document::Document;
use crate::index::Indexed;
use crate::names::pascal;
use crate::operation::{Answer, Carried, Lists, Operation};
use crate::pages::{Paging, paging};
use crate::problem::Problem;
use crate::signature::{Part, Taken, taken};
use crate::types::{Types, Way, docs, is_hidden, quoted};
use std::fmt::Write;

/// The longest text of declarations, in bytes: all of the largest public documents, and no more than a check goes through while
/// somebody types.
pub const DECLARED_BYTES_MAX: usize = 8 << 20;

/// What may happen when nobody knows whether a request arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Asks, and changes nothing.
    Read,
    /// Never sent twice.
    Once,
    /// May be sent again.
    Repeatable,
    /// The service drops a second one with the same key for so many seconds.
    Keyed(u64),
}

/// A connector as it is declared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Connector {
    /// `github`
    pub name: String,
    /// How one signs in.
    pub auth: Auth,
    /// Instead of the document's address.
    pub server: Option<String>,
    /// Sent with every request.
    pub headers: Vec<(String, Words)>,
    /// For how many seconds the service drops a second request with the same key; of the methods that could do harm twice.
    pub keyed: Option<u64>,
    /// The header that carries the key.
    pub keys: Option<String>,
    /// Parameters that every call has the same of, by their names in Flow; those with nothing are left out.
    pub parameters: Vec<(String, Option<Words>)>,
    /// Of single operations.
    pub classes: Vec<(String, Class)>,
    /// How the answers of single operations are turned over; nothing where they come in no pages.
    pub pages: Vec<(String, Option<Paging>)>,
    /// How the service says no with a status of 2xx, as templates say it: names, each with one text or several.
    pub refused: Vec<(String, Vec<String>)>,
}

/// Declarations of what was asked for.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    /// Records, enums and actions, as a source file of Flow.
    pub source: String,
    /// Operations that cannot be declared, and why.
    pub problems: Vec<(String, Problem)>,
}

/// Services that keep keys, by host: for how many seconds, and in which header.
/// Stripe: <https://docs.stripe.com/api/idempotent_requests>, "keys can be removed … after they're at least 24 hours old".
const KEEPERS: &[(&str, u64, &str)] = &[("api.stripe.com", 24 * 60 * 60, "Idempotency-Key")];

/// What is to be declared.
struct Wanted<'a> {
    connector: &'a Connector,
    signed: &'a SignedIn,
    server: &'a str,
    operations: &'a [&'a str],
    named: &'a [&'a str],
}

fn too_much() -> Problem {
    let most = DECLARED_BYTES_MAX >> 20;
    Problem::new(
        format!(
            "With the records that it names, what the project calls of this connector takes more than {most} MiB of declarations."
        ),
        "Call it by a second connector from the same document; or declare it as `action … = http { … }` of your own, with the fields that are read.",
    )
}

impl Document {
    /// Declares operations, and types by their names: those it has not are passed over.
    ///
    /// # Errors
    /// The connector as a whole cannot be: nobody says where the service is, or it does not know this way to sign in.
    pub fn declare(&self, connector: &Connector, operations: &[&str], named: &[&str]) -> Result<Declared, Problem> {
        let signed = self.sign_in(&connector.auth)?;
        let server = self.address(connector)?;
        let wanted = Wanted { connector, signed: &signed, server: &server, operations, named };
        let whole = self.written(&wanted, false);
        // Which of them is too much is looked for only where it has to be.
        Ok(if whole.source.len() > DECLARED_BYTES_MAX { self.written(&wanted, true) } else { whole })
    }

    /// Declares all of it; or, one after the other, what fits.
    fn written(&self, wanted: &Wanted<'_>, fitting: bool) -> Declared {
        let mut types = Types::new(self);
        let mut declared = Declared::default();
        for name in wanted.named {
            let mark = fitting.then(|| types.mark());
            types.ask(name);
            if let Some(mark) = mark {
                types.declare(DECLARED_BYTES_MAX);
                if types.written() > DECLARED_BYTES_MAX {
                    types.back(mark);
                }
            }
        }
        let mut actions = String::new();
        for name in wanted.operations {
            let Some(at) = self.index.operation(name) else { continue };
            let mark = fitting.then(|| (types.mark(), actions.len()));
            match self.read_operation(at) {
                Ok(operation) => self.action(wanted, at, &operation, &mut types, &mut actions),
                Err(problem) => Err(problem),
            }
            .unwrap_or_else(|problem| declared.problems.push(((*name).to_owned(), problem)));
            if let Some((mark, length)) = mark {
                types.declare(DECLARED_BYTES_MAX.saturating_sub(actions.len()));
                if types.written() + actions.len() > DECLARED_BYTES_MAX {
                    types.back(mark);
                    actions.truncate(length);
                    declared.problems.push(((*name).to_owned(), too_much()));
                }
            }
        }
        types.declare(DECLARED_BYTES_MAX.saturating_sub(actions.len()));
        let mut source = types.declarations();
        source.push_str(&actions);
        source.truncate(source.trim_end().len());
        source.push('\n');
        declared.source = source;
        declared
    }

    /// Where the service of a connector is called.
    ///
    /// # Errors
    /// Neither the connector nor the document says it.
    pub fn address(&self, connector: &Connector) -> Result<String, Problem> {
        let server = match &connector.server {
            Some(server) => server.clone(),
            None => self.server().filter(|server| server.contains("://")).ok_or_else(|| {
                Problem::new(
                    "The document does not say where the service is.",
                    "Say it, as in `with { server: \"https://api.example.com\" }`.",
                )
            })?,
        };
        if server.contains(['{', '}']) {
            return Err(Problem::new(
                format!(
                    "The service is at `{}`, and the document does not say what to put there.",
                    server.escape_debug()
                ),
                "Say it, as in `with { server: \"https://acme.example.com\" }`.",
            ));
        }
        Ok(server.trim_end_matches('/').to_owned())
    }

    fn action(
        &self,
        wanted: &Wanted<'_>,
        at: &Indexed,
        operation: &Operation,
        types: &mut Types<'_>,
        out: &mut String,
    ) -> Result<(), Problem> {
        let Wanted { connector, signed, server, .. } = *wanted;
        let base = match (&connector.server, &operation.server) {
            (None, Some(own)) if own.contains("://") && !own.contains('{') => own.trim_end_matches('/').to_owned(),
            _ => server.to_owned(),
        };
        let keeper = KEEPERS.iter().find(|(host, ..)| host_of(&base) == *host);
        let (class, key_header) = class(connector, keeper, at);
        let header = matches!(class, Class::Keyed(_)).then_some(key_header.as_str());
        let prefix = pascal(&at.name);
        let all = taken(operation, prefix.trim_end_matches('_'), header, &connector.parameters, types);
        let result = match &operation.answer {
            Answer::Nothing => None,
            _ if at.method == "head" => None,
            Answer::Text => Some("Text".to_owned()),
            Answer::Json(shape) => Some(types.of(shape, &format!("{}Result", prefix.trim_end_matches('_')), Way::Came)),
        };
        let turned = match connector.pages.iter().find(|(name, _)| *name == at.name) {
            Some((_, said)) => said.clone(),
            None if at.method == "get" => paging(operation, &all, types),
            None => None,
        };
        let pages = turned.map(|turned| turned.line(&all, operation, types)).transpose()?;
        docs(&operation.doc, "", out);
        if pages.is_some() {
            let blank = if operation.doc.trim().is_empty() { "" } else { "///\n" };
            let _ = writeln!(
                out,
                "{blank}/// Comes in pages: `for one in {}.{}(…).pages(max: 10)`.",
                connector.name, at.name
            );
        }
        let _ = writeln!(
            out,
            "{}/// `{} {}`",
            if operation.doc.trim().is_empty() && pages.is_none() { "" } else { "///\n" },
            at.method.to_uppercase(),
            shown(&at.path)
        );
        if operation.deprecated {
            let title = if self.title().is_empty() { connector.name.as_str() } else { self.title() };
            let _ = writeln!(
                out,
                "@deprecated({})",
                quoted(&format!("{title} says that it is not to be called any more."))
            );
        }
        let _ = match class {
            Class::Read => writeln!(out, "@read"),
            Class::Once => writeln!(out, "@once"),
            Class::Repeatable => writeln!(out, "@repeatable"),
            Class::Keyed(seconds) => writeln!(out, "@keyed({})", length(seconds)),
        };
        let moments = all.iter().filter(|one| one.moment && one.fixed.is_none()).map(|one| one.name.as_str());
        let moments: Vec<&str> = moments.collect();
        if !moments.is_empty() {
            let _ = writeln!(out, "@moments({})", moments.join(", "));
        }
        let _ = write!(out, "action {}.{}(", connector.name, at.name);
        let asked = || all.iter().filter(|one| one.fixed.is_none());
        for one in asked() {
            out.push('\n');
            docs(&one.doc, "    ", out);
            let _ = write!(out, "    {},", one.declared());
        }
        out.push_str(if asked().next().is_none() { ")" } else { "\n)" });
        if let Some(result) = result {
            let _ = write!(out, " -> {result}");
        }
        let _ = writeln!(out, " = http {{\n    method: .{}\n    url: {}", at.method, url(&base, &at.path, &all));
        template(connector, signed, operation, &all, header, out);
        out.push_str(pages.as_deref().unwrap_or_default());
        out.push_str("}\n\n");
        Ok(())
    }
}

/// The lines behind method and address.
fn template(
    connector: &Connector,
    signed: &SignedIn,
    operation: &Operation,
    all: &[Taken],
    key: Option<&str>,
    out: &mut String,
) {
    let mut headers: Vec<String> = Vec::new();
    if let Some((name, value)) = &signed.header {
        headers.push(format!("{}: \"{value}\"", quoted(name)));
    }
    for (name, value) in &connector.headers {
        headers.push(match value {
            Words::Text(text) | Words::Plain(text) => format!("{}: {}", quoted(name), quoted(text)),
            Words::Secret(secret) => format!("{}: \"{{{{secret.{secret}}}}}\"", quoted(name)),
        });
    }
    if !headers.is_empty() {
        let _ = writeln!(out, "    headers: {{ {} }}", headers.join(", "));
    }
    if let Some((name, value)) = &signed.query {
        let _ = writeln!(out, "    query: {{ {}: \"{value}\" }}", quoted(name));
    }
    if let Some((user, password)) = &signed.basic {
        let _ = writeln!(out, "    basic: {{ user: \"{user}\", password: \"{password}\" }}");
    }
    let of = |part: Part| all.iter().filter(move |one| one.part == part);
    let fields =
        |part: Part| -> Vec<String> { of(part).map(|one| format!("{}: {}", quoted(&one.wire), one.value())).collect() };
    for (part, entry) in [(Part::Header, "header_fields"), (Part::Query, "query_fields"), (Part::Json, "json")] {
        let fields = fields(part);
        if !fields.is_empty() {
            let _ = writeln!(out, "    {entry}: {{ {} }}", fields.join(", "));
        }
    }
    match of(Part::Form).next() {
        Some(whole) if whole.wire.is_empty() => {
            let _ = writeln!(out, "    form_fields: {}", whole.name);
        }
        Some(_) => {
            let _ = writeln!(out, "    form_fields: {{ {} }}", fields(Part::Form).join(", "));
        }
        None => {}
    }
    for one in of(Part::Whole) {
        let _ = writeln!(out, "    json: {}", one.name);
    }
    for one in of(Part::Text) {
        let _ = writeln!(out, "    text: {}", one.name);
    }
    if matches!(operation.body, Carried::Json { .. }) && of(Part::Json).next().is_some() {
        out.push_str("    omit_null: true\n");
        let nulls: Vec<&str> =
            of(Part::Json).filter(|one| one.fixed.is_none()).flat_map(|one| &one.nulls).map(String::as_str).collect();
        if !nulls.is_empty() {
            let _ = writeln!(out, "    nulls: {{ {} }}", nulls.join(", "));
        }
    }
    let styles: Vec<String> = all
        .iter()
        .filter(|one| {
            matches!(one.part, Part::Query | Part::Form | Part::Header)
                && one.lists != Lists::Repeat
                && !one.wire.is_empty()
        })
        .filter(|one| !matches!(one.ty.trim_end_matches('?'), "Text" | "Int" | "Number" | "Bool"))
        .map(|one| {
            let style = match one.lists {
                Lists::Repeat => "repeat",
                Lists::Comma => "comma",
                Lists::Space => "space",
                Lists::Pipe => "pipe",
                Lists::Brackets => "brackets",
            };
            format!("{}: \"{style}\"", quoted(&one.wire))
        })
        .collect();
    if !styles.is_empty() {
        let _ = writeln!(out, "    lists: {{ {} }}", styles.join(", "));
    }
    if !connector.refused.is_empty() {
        let said = connector.refused.iter().map(|(name, words)| {
            let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
            match name.as_str() {
                "limited" | "unclear" => format!("{name}: [{}]", words.join(", ")),
                _ => format!("{name}: {}", words.join("")),
            }
        });
        let _ = writeln!(out, "    refused: {{ {} }}", said.collect::<Vec<_>>().join(", "));
    }
    let _ = match key {
        Some(header) => writeln!(out, "    key_header: {}", quoted(header)),
        None => writeln!(out, "    key_header: null"),
    };
}

/// What RFC 9110, 9.2, says of the method, unless the connector or the service says more.
fn class(connector: &Connector, keeper: Option<&(&str, u64, &str)>, at: &Indexed) -> (Class, String) {
    let header = connector.keys.clone().or_else(|| keeper.map(|(_, _, header)| (*header).to_owned()));
    let header = header.unwrap_or_else(|| "Idempotency-Key".to_owned());
    let window = connector.keyed.or_else(|| keeper.map(|(_, seconds, _)| *seconds));
    let own = connector.classes.iter().find(|(name, _)| *name == at.name).map(|(_, class)| *class);
    let class = own.unwrap_or(match at.method.as_str() {
        "get" | "head" => Class::Read,
        "put" | "delete" => Class::Repeatable,
        _ => window.map_or(Class::Once, Class::Keyed),
    });
    (class, header)
}

fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', ':', '?']).next().unwrap_or_default()
}

/// In the largest unit that it is a whole number of.
fn length(seconds: u64) -> String {
    match seconds {
        _ if seconds.is_multiple_of(3600) => format!("{} hours", seconds / 3600),
        _ if seconds.is_multiple_of(60) => format!("{} minutes", seconds / 60),
        _ => format!("{seconds} seconds"),
    }
}

/// A path as it can stand in documentation.
fn shown(path: &str) -> String {
    path.chars().filter(|letter| !is_hidden(*letter) && *letter != '`').take(200).collect()
}

/// The address with a hole for each parameter of the path.
fn url(base: &str, path: &str, all: &[Taken]) -> String {
    let mut out = quoted(base);
    out.pop();
    let mut rest = path;
    while let Some(start) = rest.find('{') {
        let (before, hole) = rest.split_at(start);
        let text = quoted(&written(before));
        out.push_str(text.get(1..text.len().saturating_sub(1)).unwrap_or_default());
        let Some(end) = hole.find('}') else { break };
        let wire = hole.get(1..end).unwrap_or_default();
        match all.iter().find(|one| one.part == Part::Path && one.wire == wire) {
            Some(one) => {
                out.push_str(&one.in_text());
            }
            // Nobody describes it: it stays as it is, and the service says so.
            None => {
                let _ = write!(
                    out,
                    "%7B{wire}%7D",
                    wire = wire.chars().filter(char::is_ascii_alphanumeric).collect::<String>()
                );
            }
        }
        rest = hole.get(end + 1..).unwrap_or_default();
    }
    let text = quoted(&written(rest));
    out.push_str(text.get(1..).unwrap_or("\""));
    out
}

/// A part of a path as addresses can hold it (RFC 3986, 2.1).
fn written(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for letter in path.chars() {
        match letter {
            _ if letter.is_control() || " \"<>\\^`{|}".contains(letter) => {
                let mut bytes = [0; 4];
                for byte in letter.encode_utf8(&mut bytes).bytes() {
                    let _ = write!(out, "%{byte:02X}");
                }
            }
            _ => out.push(letter),
        }
    }
    out
}
