//! What a template and a connector say alike: how a service says no with a status of 2xx, and what a header may be called.

use crate::diag::{Code, Diagnostic, Span};
use crate::resolve::nearest;
use crate::syntax::ast::{self, ExprKind};

/// Headers that belong to the connection.
const OWN_HEADERS: &[&str] =
    &["host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "proxy-authorization"];
/// How the name of a header is written.
pub(crate) const HEADER_HELP: &str = "Write it as in `\"X-Api-Version\"`.";
/// What `refused` of a template or a connector has.
const REFUSED_KEYS: &[&str] = &["unless", "when", "why", "limited", "unclear"];
/// How it is written.
const REFUSED_HELP: &str = "Write it as in `refused: { unless: \"ok\", why: \"error\" }`: the service says no where `ok` is false, and why in `error`.";

/// Something that cannot be: where, what, and a name that may have been meant.
pub(crate) struct Wrong {
    pub span: Span,
    pub message: String,
    pub near: Option<String>,
}

fn wrong(span: Span, message: impl Into<String>) -> Wrong {
    Wrong { span, message: message.into(), near: None }
}

/// What `refused: { … }` says, as far as it can be: names with one text, or several.
pub(crate) fn refused(value: &ast::Expr) -> Result<Vec<(String, Vec<String>)>, Wrong> {
    let ExprKind::Map(entries) = &value.kind else {
        return Err(wrong(value.span, "How a service says no stands between braces."));
    };
    let mut read = Vec::with_capacity(entries.len());
    for entry in entries {
        let key = entry.key.as_str();
        if !REFUSED_KEYS.contains(&key) {
            let message = format!("How a service says no has no `{key}`; it has `{}`.", REFUSED_KEYS.join("`, `"));
            let near = nearest(key, REFUSED_KEYS.iter().copied()).map(str::to_owned);
            return Err(Wrong { near, ..wrong(entry.key.span, message) });
        }
        let text = |value: &ast::Expr| match &value.kind {
            ExprKind::Str(text) => text.plain().filter(|text| !text.is_empty()).map(str::to_owned),
            _ => None,
        };
        let several = matches!(key, "limited" | "unclear");
        let words = match &entry.value.kind {
            ExprKind::List(items) if several => items.iter().map(text).collect(),
            _ if several => None,
            _ => text(&entry.value).map(|text| vec![text]),
        };
        let Some(words) = words else {
            let what = if several {
                "lists what the service says, as texts"
            } else {
                "names a field of the answer, as a text"
            };
            return Err(wrong(entry.value.span, format!("`{key}` {what}.")));
        };
        if !several && words.iter().any(|path| path.split('.').any(str::is_empty)) {
            return Err(wrong(entry.value.span, format!("`{key}` is no path of an answer, as in `error.message`.")));
        }
        read.push((key.to_owned(), words));
    }
    let has = |key: &str| entries.iter().find(|entry| entry.key.as_str() == key);
    match (has("unless"), has("when")) {
        (Some(_), Some(second)) => Err(wrong(second.span, "A service says no by one field: give `unless` or `when`.")),
        (None, None) => Err(wrong(value.span, "Which field says no is missing: `unless`, or `when`.")),
        _ => match (has("why"), has("limited").or_else(|| has("unclear"))) {
            (None, Some(words)) => Err(wrong(words.span, "Where the service says this is missing: `why`.")),
            _ => Ok(read),
        },
    }
}

/// Why a text is no name of a header that a request may set.
pub(crate) fn header(name: &str) -> Option<&'static str> {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    match () {
        () if name.is_empty() || !name.bytes().all(token) => {
            Some("is no name of a header: it has letters, digits and `-`")
        }
        () if OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) => Some("is set by the connection itself"),
        () => None,
    }
}

impl Wrong {
    /// As a diagnostic.
    pub fn told(self, code: Code) -> Diagnostic {
        let diagnostic = Diagnostic::new(code, self.span, self.message);
        match self.near {
            Some(near) => diagnostic
                .help(format!("Did you mean `{near}`?"))
                .fix(format!("replace it by `{near}`"), vec![(self.span, near)]),
            None => diagnostic.help(REFUSED_HELP),
        }
    }
}
