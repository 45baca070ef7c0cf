//! What a template says that no request can be made of, told where it is declared and not by the first run that comes to it.

use super::body::Body;
use crate::connect::{HEADER_HELP, header, refused};
use crate::diag::{Code, Diagnostic};
use crate::hir::{Action, Ty};
use crate::syntax::ast::{self, Entry, ExprKind, StrLit, StrPart};
use flow_bytecode::address;

/// Bodies of a request, of which it has one.
const BODIES: &[&str] = &["json", "form", "form_fields", "text"];

impl Body<'_> {
    /// Tells what no request can be made of.
    pub fn request_declared(&mut self, template: &ast::ActionTemplate, action: &Action) {
        if template.kind.as_str() != "http" {
            return;
        }
        let find = |key: &str| template.entries.iter().find(|entry| entry.key.as_str() == key);
        let mut told = Vec::new();
        let given: Vec<&Entry> =
            template.entries.iter().filter(|one| BODIES.contains(&one.key.as_str()) && is_given(one, action)).collect();
        if let [first, second, ..] = given.as_slice()
            && first.key.as_str() != second.key.as_str()
        {
            let message =
                format!("A request has one body, and here are `{}` and `{}`.", first.key.name, second.key.name);
            told.push(
                Diagnostic::new(Code::BadRequest, second.span, message)
                    .label(first.span, "the first one")
                    .help("Remove one of them."),
            );
        }
        if let Some(entry) = find("url")
            && let ExprKind::Str(text) = &entry.value.kind
        {
            told.extend(unwritable(text));
        }
        let bodiless = find("method")
            .filter(|entry| matches!(&entry.value.kind, ExprKind::Variant(name) if name.as_str() == "head"));
        if let (Some(method), Some(body)) = (bodiless, given.first()) {
            told.push(
                Diagnostic::new(Code::BadRequest, body.span, "A HEAD request has no body.")
                    .label(method.value.span, "asks for the head alone")
                    .help("Ask with another method, or remove it."),
            );
        }
        for key in ["headers", "header_fields"] {
            let Some(Entry { value: ast::Expr { kind: ExprKind::Map(entries), .. }, .. }) = find(key) else { continue };
            for entry in entries {
                if let Some(why) = header(entry.key.as_str()) {
                    let message = format!("`{}` {why}.", entry.key.as_str().escape_debug());
                    told.push(Diagnostic::new(Code::BadRequest, entry.key.span, message).help(HEADER_HELP));
                } else if has_line_break(&entry.value) {
                    told.push(
                        Diagnostic::new(Code::BadRequest, entry.value.span, "A header is one line.")
                            .help("Write it without line breaks and without other control characters."),
                    );
                }
            }
        }
        if let Some(entry) = find("key_header")
            && let ExprKind::Str(text) = &entry.value.kind
            && let Some(name) = text.plain()
            && let Some(why) = header(name)
        {
            let message = format!("`{}` {why}.", name.escape_debug());
            told.push(Diagnostic::new(Code::BadRequest, entry.value.span, message).help(HEADER_HELP));
        }
        if let Some(entry) = find("refused")
            && let Err(wrong) = refused(&entry.value)
        {
            told.push(wrong.told(Code::BadRequest));
        }
        self.out.extend(told);
    }
}

/// What is wrong with an address, whatever stands in its holes; one without any is looked at like every URL.
fn unwritable(text: &StrLit) -> Option<Diagnostic> {
    const HELP: &str = "Write it as in `\"https://shop.example.com/orders/{{id}}\"`.";
    let told = |code, message: String| Some(Diagnostic::new(code, text.span, message).help(HELP));
    let mut path = String::new();
    for part in &text.parts {
        match part {
            StrPart::Text { text, .. } => path.push_str(text),
            // It may be a part of a segment.
            StrPart::Expr(_) => path.push('x'),
        }
    }
    let whole = path.split(['?', '#']).next().unwrap_or_default();
    let dots = |segment: &str| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
    if whole.split('/').skip(3).any(dots) {
        return told(Code::BadRequest, "The path of the address goes back up with `.` or `..`.".to_owned());
    }
    let [StrPart::Text { text: beginning, .. }, rest @ ..] = text.parts.as_slice() else { return None };
    let Some(StrPart::Expr(first)) = rest.first() else { return None };
    let host = beginning.split_once("://").map(|(_, host)| host);
    let closed = host.is_some_and(|host| host.contains(['/', '?', '#']));
    let schemes = ["https://", "http://"];
    let begins = schemes.iter().any(|scheme| beginning.to_ascii_lowercase().starts_with(scheme));
    if (closed && address::url(beginning).is_none()) || !begins {
        return told(Code::BadUrl, format!("`{}…` is not the beginning of a URL.", beginning.escape_debug()));
    }
    if !closed
        && matches!(&first.kind, ExprKind::Field { base, .. } if matches!(&base.kind, ExprKind::Name(of) if of.as_str() == "secret"))
    {
        let message = "A secret stands behind the host of an address: who is called has to be readable here.";
        return told(Code::BadRequest, message.to_owned());
    }
    let blank = |part: &StrPart| matches!(part, StrPart::Text { text, .. } if text.contains(|one: char| one <= ' ' || one == '\\'));
    if rest.iter().any(blank) {
        return told(Code::BadUrl, "The address has a space or a character that addresses cannot hold.".to_owned());
    }
    None
}

/// Whether an entry surely has a value: a parameter that may be null may leave its place to another.
fn is_given(entry: &Entry, action: &Action) -> bool {
    match &entry.value.kind {
        ExprKind::Map(_) | ExprKind::List(_) | ExprKind::Str(_) => true,
        ExprKind::Name(name) => {
            let param = action.params.iter().find(|param| *param.name == *name.as_str());
            param.is_some_and(|param| !matches!(param.ty, Ty::Optional(_) | Ty::Json | Ty::Null | Ty::Error))
        }
        _ => false,
    }
}

fn has_line_break(value: &ast::Expr) -> bool {
    let ExprKind::Str(text) = &value.kind else { return false };
    text.parts.iter().any(
        |part| matches!(part, StrPart::Text { text, .. } if text.chars().any(|one| one.is_control() && one != '\t')),
    )
}
