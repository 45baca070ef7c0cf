//! `with { auth: .bearer(secret.token), keyed: 24 hours, … }`

use super::{HEADER_HELP, header, refused};
use crate::diag::{Code, Diagnostic, Span};
use crate::resolve::{annotation_duration, nearest};
use crate::syntax::ast::{Call, ConnectorDecl, Entry, Expr, ExprKind};
use flow_openapi::{Auth, Class, Connector, Document, Paging, Place, Turn, Words};
use std::collections::HashSet;

const KEYS: &[&str] = &["auth", "server", "keyed", "keys", "headers", "parameters", "operations", "pages", "refused"];
const WAYS: &[&str] = &["bearer", "basic", "key", "none"];
const CLASSES: &[&str] = &["read", "once", "repeatable", "keyed"];
const TURNS: &[&str] = &["link", "cursor", "last", "number", "offset", "none"];

/// What a connector's settings say; what is wrong with them is told.
pub(super) fn read(
    decl: &ConnectorDecl,
    document: &Document,
    secrets: &HashSet<&str>,
    used: &[&str],
    out: &mut Vec<Diagnostic>,
) -> Connector {
    let mut connector = Connector { name: decl.name.as_str().to_owned(), ..Connector::default() };
    let mut reader = Reader { decl, document, secrets, used, out };
    let mut seen: Vec<&Entry> = Vec::new();
    for entry in &decl.settings {
        let key = entry.key.as_str();
        if let Some(first) = seen.iter().find(|first| first.key.as_str() == key) {
            reader.out.push(
                Diagnostic::new(Code::DoubledArgument, entry.span, format!("`{key}` is given twice."))
                    .label(first.span, "given first here")
                    .help("Remove one of them."),
            );
            continue;
        }
        seen.push(entry);
        match key {
            "auth" => connector.auth = reader.auth(&entry.value).unwrap_or_default(),
            "server" => connector.server = reader.server(&entry.value),
            "keyed" => connector.keyed = reader.window(&entry.value),
            "keys" => connector.keys = reader.header(&entry.value),
            "headers" => connector.headers = reader.headers(&entry.value),
            "parameters" => connector.parameters = reader.parameters(&entry.value),
            "operations" => connector.classes = reader.operations(&entry.value),
            "pages" => connector.pages = reader.pages(&entry.value),
            "refused" => connector.refused = reader.refused(&entry.value),
            _ => reader.unknown("A connector has no", entry.key.span, key, KEYS),
        }
    }
    connector
}

struct Reader<'a, 'o> {
    decl: &'a ConnectorDecl,
    document: &'a Document,
    secrets: &'a HashSet<&'a str>,
    /// What the project names of it: looked at first.
    used: &'a [&'a str],
    out: &'o mut Vec<Diagnostic>,
}

impl Reader<'_, '_> {
    fn wrong(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.out.push(Diagnostic::new(Code::ConnectorSetting, span, message).help(help));
    }

    fn unknown(&mut self, before: &str, span: Span, name: &str, known: &[&str]) {
        let diagnostic = Diagnostic::new(Code::ConnectorSetting, span, format!("{before} `{name}`."));
        self.out.push(match nearest(name, known.iter().copied()) {
            Some(near) => diagnostic
                .help(format!("Did you mean `{near}`?"))
                .fix(format!("replace `{name}` by `{near}`"), vec![(span, near.to_owned())]),
            None => diagnostic.help(format!("There are `{}`.", known.join("`, `"))),
        });
    }

    fn plain(&mut self, value: &Expr, what: &str) -> Option<String> {
        if let ExprKind::Str(text) = &value.kind
            && let Some(text) = text.plain()
        {
            return Some(text.to_owned());
        }
        self.wrong(
            value.span,
            format!("{what} is a text, written as it is."),
            "Write it between quotes, without `{{…}}`.",
        );
        None
    }

    /// A text, or the name of a secret that is declared.
    fn words(&mut self, value: &Expr, what: &str) -> Option<Words> {
        if let ExprKind::Field { base, name, .. } = &value.kind
            && matches!(&base.kind, ExprKind::Name(of) if of.as_str() == "secret")
        {
            if self.secrets.contains(name.as_str()) {
                return Some(Words::Secret(name.as_str().to_owned()));
            }
            let diagnostic =
                Diagnostic::new(Code::UnknownSymbol, name.span, format!("There is no secret `{}`.", name.name));
            self.out.push(match nearest(name.as_str(), self.secrets.iter().copied()) {
                Some(near) => diagnostic
                    .help(format!("Did you mean `{near}`?"))
                    .fix(format!("replace `{}` by `{near}`", name.name), vec![(name.span, near.to_owned())]),
                None => diagnostic.help(format!("Declare it: `secret {}`.", name.name)),
            });
            return None;
        }
        if let ExprKind::Str(text) = &value.kind
            && let Some(text) = text.plain()
        {
            return Some(Words::Text(text.to_owned()));
        }
        self.wrong(
            value.span,
            format!("{what} is a secret, or a text written as it is."),
            "Name it, as in `secret.github_token`.",
        );
        None
    }

    /// What stays secret: never a text in the source.
    fn secret(&mut self, value: &Expr, what: &str) -> Option<Words> {
        match self.words(value, what)? {
            Words::Text(_) => {
                self.wrong(
                    value.span,
                    format!("{what} does not stand in a source file."),
                    "Declare a `secret`, and name it: `secret.github_token`.",
                );
                None
            }
            secret => Some(secret),
        }
    }

    fn auth(&mut self, value: &Expr) -> Option<Auth> {
        const HELP: &str =
            "Write `.bearer(secret.…)`, `.basic(user: …, password: secret.…)`, `.key(secret.…)` or `.none`.";
        let (way, call) = match &value.kind {
            ExprKind::Variant(way) => (way, None),
            ExprKind::Call(call) => match &call.callee.kind {
                ExprKind::Variant(way) => (way, Some(call)),
                _ => {
                    self.wrong(value.span, "This is no way to sign in.", HELP);
                    return None;
                }
            },
            _ => {
                self.wrong(value.span, "This is no way to sign in.", HELP);
                return None;
            }
        };
        let auth = match (way.as_str(), call) {
            ("none", None) => Auth::None,
            ("bearer", Some(call)) => {
                let [token] = self.arguments(call, ["token"], 1, HELP)?;
                Auth::Bearer(self.secret(token?, "A token")?)
            }
            ("basic", Some(call)) => {
                let [user, password] = self.arguments(call, ["user", "password"], 2, HELP)?;
                Auth::Basic(self.words(user?, "A user")?, self.secret(password?, "A password")?)
            }
            ("key", Some(call)) => {
                let [key, header, query] = self.arguments(call, ["key", "header", "query"], 1, HELP)?;
                let key = self.secret(key?, "A key")?;
                let place = match (header, query) {
                    (Some(header), None) => Some(Place::Header(self.header(header)?)),
                    (None, Some(query)) => Some(Place::Query(self.plain(query, "The name in the address")?)),
                    (None, None) => None,
                    (Some(_), Some(query)) => {
                        self.wrong(query.span, "A key is sent in one place.", "Give `header` or `query`.");
                        return None;
                    }
                };
                Auth::Key(key, place)
            }
            (name, _) if WAYS.contains(&name) => {
                self.wrong(value.span, format!("`.{name}` lacks what to sign in with."), HELP);
                return None;
            }
            (name, _) => {
                self.unknown("There is no way to sign in called", way.span, name, WAYS);
                return None;
            }
        };
        if let Err(problem) = self.document.knows(&auth) {
            self.out.push(Diagnostic::new(Code::UnknownScheme, value.span, problem.message).help(problem.help));
            return None;
        }
        Some(auth)
    }

    /// Arguments by position, or by name; the first `needed` have to be there.
    fn arguments<'c, const N: usize>(
        &mut self,
        call: &'c Call,
        names: [&str; N],
        needed: usize,
        help: &str,
    ) -> Option<[Option<&'c Expr>; N]> {
        let mut given = [None; N];
        for (at, arg) in call.args.iter().enumerate() {
            let index = match &arg.name {
                Some(name) => names.iter().position(|known| *known == name.as_str()),
                None => Some(at),
            };
            match index.and_then(|index| given.get_mut(index)) {
                Some(place @ None) => *place = Some(&arg.value),
                _ => {
                    self.wrong(arg.span, "This does not belong here.", help);
                    return None;
                }
            }
        }
        if given.iter().take(needed).any(Option::is_none) {
            self.wrong(call.args_span, "Something that it needs is missing.", help);
            return None;
        }
        Some(given)
    }

    fn server(&mut self, value: &Expr) -> Option<String> {
        let server = self.plain(value, "The address of a service")?;
        if !(server.starts_with("https://") || server.starts_with("http://")) || server.contains(['?', '#', ' ', '{']) {
            self.wrong(
                value.span,
                "This is not the address of a service.",
                "Write it as in `\"https://api.example.com/v1\"`.",
            );
            return None;
        }
        Some(server)
    }

    fn window(&mut self, value: &Expr) -> Option<u64> {
        let window =
            annotation_duration(value).filter(|window| *window > 0).and_then(|window| u64::try_from(window).ok());
        if window.is_none() {
            self.wrong(
                value.span,
                "For how long the service remembers a key is a length of time.",
                "Write it, as in `keyed: 24 hours`; the service's own documentation knows it.",
            );
        }
        window.map(|window| window / 1_000_000)
    }

    fn header(&mut self, value: &Expr) -> Option<String> {
        let name = self.plain(value, "The name of a header")?;
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
            self.wrong(value.span, "This is not the name of a header.", "Write it as in `\"Idempotency-Key\"`.");
            return None;
        }
        Some(name)
    }

    fn entries<'e>(&mut self, value: &'e Expr, what: &str, help: &str) -> &'e [Entry] {
        if let ExprKind::Map(entries) = &value.kind {
            return entries;
        }
        self.wrong(value.span, format!("{what} stand between braces."), help);
        &[]
    }

    fn headers(&mut self, value: &Expr) -> Vec<(String, Words)> {
        let entries = self.entries(value, "Headers", "Write them as in `headers: { \"Api-Version\": \"2\" }`.");
        let mut read = Vec::with_capacity(entries.len());
        for entry in entries {
            let name = entry.key.as_str();
            if let Some(why) = header(name) {
                self.wrong(entry.key.span, format!("`{}` {why}.", name.escape_debug()), HEADER_HELP);
                continue;
            }
            // Many documents say nothing of a header that goes with everything: only one that is nearly another is a slip.
            let known = self.document.headers(self.used);
            if !known.iter().any(|known| known.eq_ignore_ascii_case(name))
                && let Some(near) = nearest(name, known.iter().map(String::as_str))
            {
                let diagnostic = Diagnostic::new(
                    Code::ConnectorSetting,
                    entry.key.span,
                    format!("What the project calls of `{}` takes no header `{name}`.", self.decl.name.name),
                );
                let written = format!("{near:?}");
                self.out.push(
                    diagnostic
                        .help(format!("Did you mean `{near}`?"))
                        .fix(format!("replace `{name}` by `{near}`"), vec![(entry.key.span, written)]),
                );
                continue;
            }
            read.extend(self.words(&entry.value, "A header").map(|words| (name.to_owned(), words)));
        }
        read
    }

    /// How the service says no with a status of 2xx.
    fn refused(&mut self, value: &Expr) -> Vec<(String, Vec<String>)> {
        let said = match refused(value) {
            Ok(said) => said,
            Err(wrong) => {
                self.out.push(wrong.told(Code::ConnectorSetting));
                return Vec::new();
            }
        };
        let ExprKind::Map(entries) = &value.kind else { return said };
        for (entry, (key, paths)) in entries.iter().zip(&said) {
            if !matches!(key.as_str(), "unless" | "when" | "why") {
                continue;
            }
            for name in paths.iter().flat_map(|path| path.split('.')).filter(|name| name.parse::<usize>().is_err()) {
                if !self.document.mentions(name) {
                    self.wrong(
                        entry.value.span,
                        format!("Nothing in the document has a field `{}`.", name.escape_debug()),
                        "Name a field of its answers, as in `refused: { unless: \"ok\", why: \"error\" }`.",
                    );
                }
            }
        }
        said
    }

    fn parameters(&mut self, value: &Expr) -> Vec<(String, Option<Words>)> {
        let entries =
            self.entries(value, "Parameters", "Write them as in `parameters: { account_sid: \"AC1\", token: null }`.");
        let names: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
        let unknown = self.document.without_parameters(&names, self.used);
        let mut read = Vec::with_capacity(entries.len());
        for entry in entries {
            let name = entry.key.as_str();
            if let Some(known) = unknown.iter().find(|(unknown, _)| *unknown == name).map(|(_, known)| known) {
                let said = format!("No operation of `{}` has a parameter `{name}`.", self.decl.name.name);
                let diagnostic = Diagnostic::new(Code::ConnectorSetting, entry.key.span, said);
                self.out.push(match nearest(name, known.iter().map(String::as_str)) {
                    Some(near) => diagnostic
                        .help(format!("Did you mean `{near}`?"))
                        .fix(format!("replace `{name}` by `{near}`"), vec![(entry.key.span, near.to_owned())]),
                    None => {
                        diagnostic.help("Write it as flows do: `flow connector show` lists what an operation takes.")
                    }
                });
                continue;
            }
            let words = match &entry.value.kind {
                ExprKind::Null => None,
                ExprKind::Int(number) => Some(Words::Plain(number.to_string())),
                ExprKind::Number(number) => Some(Words::Plain(number.to_string())),
                ExprKind::Bool(bool) => Some(Words::Plain(bool.to_string())),
                _ => match self.words(&entry.value, "A parameter of every operation") {
                    Some(words) => Some(words),
                    None => continue,
                },
            };
            read.push((entry.key.as_str().to_owned(), words));
        }
        read
    }

    fn operations(&mut self, value: &Expr) -> Vec<(String, Class)> {
        let entries = self.entries(value, "Operations", "Write them as in `operations: { search: .read }`.");
        self.each(entries, Self::class)
    }

    fn pages(&mut self, value: &Expr) -> Vec<(String, Option<Paging>)> {
        let help = "Write them as in `pages: { orders_list: .number(\"page\") }`.";
        let entries = self.entries(value, "Pages", help);
        self.each(entries, Self::paging)
    }

    /// What is said of each of some operations.
    fn each<T>(&mut self, entries: &[Entry], said: fn(&mut Self, &Expr) -> Option<T>) -> Vec<(String, T)> {
        let mut read = Vec::with_capacity(entries.len());
        for entry in entries {
            let name = entry.key.as_str();
            if !self.document.has(name) {
                let connector = self.decl.name.as_str();
                let diagnostic = Diagnostic::new(
                    Code::UnknownOperation,
                    entry.key.span,
                    format!("`{connector}` has no operation `{name}`."),
                );
                self.out.push(match nearest(name, self.document.operations().map(|one| one.name)) {
                    Some(near) => diagnostic
                        .help(format!("Did you mean `{near}`?"))
                        .fix(format!("replace `{name}` by `{near}`"), vec![(entry.key.span, near.to_owned())]),
                    None => diagnostic.help("`flow connector list` shows what there is."),
                });
                continue;
            }
            read.extend(said(self, &entry.value).map(|said| (name.to_owned(), said)));
        }
        read
    }

    /// `.cursor("cursor", next: "next_cursor", items: "orders")`; nothing of `.none`.
    fn paging(&mut self, value: &Expr) -> Option<Option<Paging>> {
        const HELP: &str = "Write `.link(\"page\")`, `.cursor(\"cursor\", next: \"next_cursor\")`, `.last(\"after\", next: \"id\")`, \
                            `.number(\"page\")`, `.offset(\"offset\")` or `.none`.";
        let call = match &value.kind {
            ExprKind::Variant(name) if name.as_str() == "none" => return Some(None),
            ExprKind::Call(call) => call,
            _ => {
                self.wrong(value.span, "This is no way to turn pages.", HELP);
                return None;
            }
        };
        let ExprKind::Variant(name) = &call.callee.kind else {
            self.wrong(value.span, "This is no way to turn pages.", HELP);
            return None;
        };
        let Some(turn) = Turn::named(name.as_str()) else {
            self.unknown("There is no way to turn pages called", name.span, name.as_str(), TURNS);
            return None;
        };
        let [parameter, next, more, items] = self.arguments(call, ["parameter", "next", "more", "items"], 1, HELP)?;
        if matches!(turn, Turn::Cursor | Turn::Last) && next.is_none() {
            self.wrong(call.args_span, "Where in the answer the next cursor stands is missing.", HELP);
            return None;
        }
        let parameter = self.plain(parameter?, "The parameter that says which page")?;
        let mut path = |value: Option<&Expr>| match value {
            None => Some(None),
            Some(value) => self.plain(value, "A field of the answer").map(Some),
        };
        let (next, more, items) = (path(next)?, path(more)?, path(items)?);
        Some(Some(Paging { turn, parameter, next, more, items }))
    }

    fn class(&mut self, value: &Expr) -> Option<Class> {
        const HELP: &str = "Write `.read`, `.once`, `.repeatable` or `.keyed(24 hours)`.";
        match &value.kind {
            ExprKind::Variant(name) => match name.as_str() {
                "read" => return Some(Class::Read),
                "once" => return Some(Class::Once),
                "repeatable" => return Some(Class::Repeatable),
                other => self.unknown("There is no effect class of an operation called", name.span, other, CLASSES),
            },
            ExprKind::Call(call) if matches!(&call.callee.kind, ExprKind::Variant(name) if name.as_str() == "keyed") => {
                let [window] = self.arguments(call, ["window"], 1, HELP)?;
                return Some(Class::Keyed(self.window(window?)?));
            }
            _ => self.wrong(value.span, "This is no effect class of an operation.", HELP),
        }
        None
    }
}
