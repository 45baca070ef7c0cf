//! Texts with holes: what can be shown, and what a text as a whole is.

use super::body::Body;
use super::fit::{self, wrap};
use super::literals;
use crate::connect::not_called;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Binary, Convert, Expr, ExprKind, TemplatePart, Ty};
use crate::syntax::ast::{self, StrPart};
use crate::template::{Place as HtmlPlace, Reader, forbidden};
use flow_bytecode::address;
use flow_bytecode::program::Escape;
use std::sync::Arc;

/// What an address may begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UrlStart {
    /// Whatever: it is checked again where the request leaves.
    Any,
    /// What makes every result a `Url`: a scheme and a host as written, or a `Url`.
    Checked,
}

impl Body<'_> {
    /// A text as written.
    #[inline(never)]
    pub fn text(&mut self, text: &ast::StrLit, want: Option<&Ty>) -> Expr {
        let span = text.span;
        self.single_braces(text);
        if let Some(plain) = text.plain() {
            return match want {
                Some(Ty::Email) => self.literal(address::email(plain), plain, Ty::Email, span),
                Some(Ty::Phone) => self.literal(literals::phone(plain), plain, Ty::Phone, span),
                Some(Ty::Url) => self.literal(address::url(plain), plain, Ty::Url, span),
                Some(Ty::TimeZone) => self.time_zone(plain, span),
                _ => Expr { kind: ExprKind::Text(shared(text)), ty: Ty::Text, span },
            };
        }
        if want == Some(&Ty::Url) {
            return self.url_text(text, UrlStart::Checked);
        }
        let mut secret = false;
        let parts: Vec<TemplatePart> = text
            .parts
            .iter()
            .map(|part| match part {
                StrPart::Text { text, .. } => TemplatePart::Text(text.clone()),
                StrPart::Expr(expr) => {
                    let hole = self.hole(expr);
                    secret |= hole.ty == Ty::Secret;
                    TemplatePart::Hole(hole)
                }
            })
            .collect();
        let ty = if secret { Ty::Secret } else { Ty::Text };
        Expr { kind: ExprKind::Template(parts), ty, span }
    }

    /// A text that is an address: holes are percent-encoded, but for a first one, which is the address's beginning.
    pub fn url_text(&mut self, text: &ast::StrLit, start: UrlStart) -> Expr {
        let span = text.span;
        if start == UrlStart::Any {
            self.is_called(text);
        }
        if let Some(plain) = text.plain() {
            return self.literal(address::url(plain), plain, Ty::Url, span);
        }
        let mut secret = false;
        let mut begun = false;
        let mut checked = false;
        // What follows the path may be empty, and so may what is no call.
        let mut in_path = start == UrlStart::Any;
        let mut parts = Vec::with_capacity(text.parts.len());
        for part in &text.parts {
            match part {
                StrPart::Text { text, .. } => {
                    checked |= !begun && literals::url_beginning(text);
                    in_path &= !text.contains(['?', '#']);
                    parts.push(TemplatePart::Text(text.clone()));
                }
                StrPart::Expr(expr) => {
                    let hole = self.hole(expr);
                    checked |= !begun && matches!(hole.ty, Ty::Url | Ty::Error);
                    secret |= hole.ty == Ty::Secret;
                    // A secret is put in only where the request leaves, and a first hole is an address itself.
                    let raw = !begun || hole.ty == Ty::Secret;
                    parts.push(match (raw, in_path) {
                        (true, _) => TemplatePart::Hole(hole),
                        (_, true) => TemplatePart::Path(called(expr), hole),
                        _ => TemplatePart::Escaped(Escape::Url, hole),
                    });
                }
            }
            begun = true;
        }
        let kind = ExprKind::Template(parts);
        match (secret, checked, start) {
            (true, ..) => Expr { kind, ty: Ty::Secret, span },
            (_, true, UrlStart::Checked) => {
                let text = Expr { kind, ty: Ty::Text, span };
                wrap(|inner| ExprKind::Convert(Convert::Refine, inner), text, Ty::Url)
            }
            _ => Expr { kind, ty: Ty::Text, span },
        }
    }

    /// Whether calls go to an address, as far as its beginning is written out.
    fn is_called(&mut self, text: &ast::StrLit) {
        let Some(StrPart::Text { text: beginning, span }) = text.parts.first() else { return };
        let whole = text.plain().is_some() || literals::url_beginning(beginning);
        if !whole || address::url(beginning).is_none() {
            return;
        }
        self.out.extend(not_called(beginning, text.span, Some(*span), &self.p.allow_net));
    }

    /// `{name}` where `name` means something is most likely a slip for `{{name}}`.
    fn single_braces(&mut self, text: &ast::StrLit) {
        for part in &text.parts {
            let StrPart::Text { text, span } = part else { continue };
            let mut rest = &**text;
            while let Some((_, tail)) = rest.split_once('{') {
                rest = tail.trim_start_matches('{');
                let Some((inside, _)) = tail.split_once('}').filter(|_| rest.len() == tail.len()) else { continue };
                let name = inside.trim().split('.').next().unwrap_or("");
                let Some(local) = self.local(name) else { continue };
                self.read(local, *span);
                // Escapes make the text shorter than its source: then the whole of it is pointed at.
                let exact = (span.end - span.start) as usize == text.len();
                let at = span.start + (text.len() - tail.len()) as u32 - 1;
                let end = at + inside.len() as u32 + 2;
                let place = if exact { Span { start: at, end, ..*span } } else { *span };
                let message = format!("`{{{inside}}}` stays as it stands: what is filled in stands in two braces.");
                let mut diagnostic = Diagnostic::new(Code::SingleBraces, place, message)
                    .at("single braces")
                    .help(format!("Write `{{{{{inside}}}}}`. Where braces are meant, leave them."));
                if exact {
                    diagnostic = diagnostic.fix("double the braces", vec![(place, format!("{{{{{inside}}}}}"))]);
                }
                self.out.push(diagnostic);
            }
        }
    }

    fn literal(&mut self, parsed: Option<String>, written: &str, ty: Ty, span: Span) -> Expr {
        if let Some(normal) = parsed {
            return Expr { kind: ExprKind::Text(Arc::from(normal)), ty, span };
        }
        let (code, what, help) = match ty {
            Ty::Email => (Code::BadEmail, "an email address", "An address looks like `name@example.com`."),
            Ty::Phone => (Code::BadPhone, "a phone number", "Write it with its country code, as in `+47 22 33 44 55`."),
            _ => (Code::BadUrl, "a URL", "Write it whole, with `https://` in front."),
        };
        let shown: String = written.chars().take(60).collect();
        let mut diagnostic =
            Diagnostic::new(code, span, format!("`{shown}` is not {what}.")).at(format!("not {what}")).help(help);
        // What only lacks its beginning, and stands there as it is.
        let whole = format!("https://{written}");
        let host = written.split('/').next().is_some_and(|host| host.contains('.'));
        let plain = !written.contains(['"', '\\', '{', '}', ':', '@']);
        if ty == Ty::Url && host && plain && address::url(&whole).is_some() {
            diagnostic = diagnostic.fix(format!("write `{whole}`"), vec![(span, format!("\"{whole}\""))]);
        }
        self.wrong(diagnostic)
    }

    fn time_zone(&mut self, written: &str, span: Span) -> Expr {
        if let Some(name) = literals::time_zone(written) {
            return Expr { kind: ExprKind::Text(Arc::from(name)), ty: Ty::TimeZone, span };
        }
        let diagnostic = Diagnostic::new(Code::BadTimeZone, span, format!("There is no time zone `{written}`."))
            .at("not a name of the IANA time zone database");
        let inner = Span::new(span.file, span.start.saturating_add(1), span.end.saturating_sub(1));
        self.wrong(match literals::near_zone(written) {
            Some(near) => diagnostic
                .help(format!("Did you mean `{near}`?"))
                .fix(format!("replace it by `{near}`"), vec![(inner, near)]),
            None => diagnostic.help("Name a place, as in `Europe/Oslo` or `America/New_York`, or `UTC`."),
        })
    }

    /// What stands between `{{` and `}}`.
    pub fn hole(&mut self, expr: &ast::Expr) -> Expr {
        let value = self.value(expr, None);
        match &value.ty {
            Ty::Error | Ty::Never => value,
            Ty::Text | Ty::Int | Ty::Number | Ty::Money(_) | Ty::Date | Ty::TimeOfDay | Ty::Duration => value,
            Ty::Email | Ty::Phone | Ty::Url | Ty::FailureKind | Ty::Secret => value,
            Ty::TimeZone => self.fit(value, &Ty::Text, fit::Why::Plain("this is")),
            Ty::Enum(id) => match self.p.hir.enums.get(id.0 as usize) {
                Some(def) if !def.labelled => {
                    let name = self.p.show(&value.ty);
                    self.unlabelled(&value, &name, def.span)
                }
                _ => value,
            },
            Ty::Optional(_) | Ty::Null => self.missing_shown(&value),
            _ => self.not_showable(&value),
        }
    }

    fn missing_shown(&mut self, value: &Expr) -> Expr {
        if self.broken {
            return self.error(value.span);
        }
        let name = self.name_of_place(value);
        let subject = name.as_ref().map_or("This".to_owned(), |name| format!("`{name}`"));
        let diagnostic = Diagnostic::new(
            Code::MaybeMissingShown,
            value.span,
            format!("{subject} may be missing, and would leave a hole in the text."),
        )
        .at(format!("this is `{}`", self.p.show(&value.ty)));
        let mut diagnostic = self.missing_help(diagnostic, value, name.as_deref());
        if value.ty == Ty::Text.optional() {
            let end = Span::new(value.span.file, value.span.end, value.span.end);
            diagnostic = diagnostic.fix("add a default", vec![(end, " ?? \"…\"".to_owned())]);
        }
        self.wrong(diagnostic)
    }

    /// The flow's own contact.
    fn contact_here(&self) -> Option<&str> {
        let contact = Ty::Entity(self.p.entity("Contact")?);
        self.own(&contact).map(|local| &*local.name)
    }

    fn unlabelled(&mut self, value: &Expr, name: &str, declared: Span) -> Expr {
        self.wrong(
            Diagnostic::new(Code::NotShowable, value.span, format!("`{name}` has no words that people should see."))
                .at("its variants have no labels")
                .label(declared, format!("`{name}` is declared here"))
                .help("Give every variant a label, as in `trial \"Trial\"`."),
        )
    }

    fn not_showable(&mut self, value: &Expr) -> Expr {
        let ty = self.p.show(&value.ty);
        let end = Span::new(value.span.file, value.span.end, value.span.end);
        let add = |diagnostic: Diagnostic, title: &str, text: &str| {
            diagnostic.fix(title.to_owned(), vec![(end, text.to_owned())])
        };
        let diagnostic = Diagnostic::new(Code::NotShowable, value.span, format!("`{ty}` cannot be shown in a text."))
            .at(format!("this is `{ty}`"));
        let diagnostic = match &value.ty {
            Ty::Entity(id) => {
                let fields = self.p.hir.entities.get(id.0 as usize).map(|entity| entity.fields.as_slice());
                let shown = ["name", "first_name", "subject"];
                let field = shown.into_iter().find(|name| {
                    fields
                        .is_some_and(|fields| fields.iter().any(|field| *field.name == **name && field.ty == Ty::Text))
                });
                match field {
                    Some(field) => add(
                        diagnostic.help(format!("Show one of its fields, as in `.{field}`.")),
                        &format!("show its `{field}`"),
                        &format!(".{field}"),
                    ),
                    None => diagnostic.help("Show one of its fields, as in `contact.first_name ?? \"there\"`."),
                }
            }
            Ty::Record(_) => diagnostic.help("Show its fields one by one."),
            Ty::List(item) if **item == Ty::Text => {
                add(diagnostic.help("Join it: `.join(\", \")`."), "join the texts", ".join(\", \")")
            }
            Ty::List(_) => diagnostic.help("Show its items one by one, in a `for`, or its `.length`."),
            Ty::Map(_) => diagnostic.help("Show what you need of it: `.get(\"key\") ?? \"…\"`."),
            Ty::Bool => diagnostic.help("Say what it means: use `if`, or `switch x { true -> \"yes\"` and so on."),
            Ty::Instant => {
                let zone = self.contact_here().map_or_else(|| "\"UTC\"".to_owned(), |name| format!("{name}.timezone"));
                let shown = format!(".show(in: {zone})");
                add(
                    diagnostic.help(format!("When that is depends on where one is: `{shown}`.")),
                    &format!("write `{shown}`"),
                    &shown,
                )
            }
            Ty::Json => diagnostic.help("Say what it is first: `.decode(Text)`."),
            Ty::File => diagnostic.help("Send the file itself, not its name in a text."),
            Ty::Failure => add(diagnostic.help("Show its message: `.message`."), "show its message", ".message"),
            Ty::Symbol(_) | Ty::Assignee => diagnostic
                .help("It is a name for the project, not for customers; `switch` over it and say it in words."),
            Ty::Event(_) => diagnostic.help("Show what the event carries, by its name."),
            _ => diagnostic.help("It has no words that people read; say in words what is meant."),
        };
        self.wrong(diagnostic)
    }
}

impl Body<'_> {
    /// Has what is filled into an argument escaped for what its text is written in: in HTML for the place where it stands.
    pub fn escape_argument(&mut self, arg: &mut Expr, escape: Escape) {
        match escape {
            Escape::Html => self.escape_html(arg, &mut Reader::new()),
            _ => escape_holes(arg, escape),
        }
    }

    fn escape_html(&mut self, expr: &mut Expr, reader: &mut Reader) {
        match &mut expr.kind {
            ExprKind::Text(text) => reader.read(text),
            ExprKind::Template(parts) => {
                for part in parts {
                    if let TemplatePart::Text(text) = part {
                        reader.read(text);
                    } else if let TemplatePart::Hole(_) = part
                        && let TemplatePart::Hole(hole) = std::mem::replace(part, TemplatePart::Text(Arc::from("")))
                    {
                        *part = TemplatePart::Escaped(self.escape_at(reader.hole(), &hole), hole);
                    }
                }
            }
            ExprKind::Binary(Binary::Add, left, right) if expr.ty == Ty::Text => {
                self.escape_html(left, reader);
                self.escape_html(right, reader);
            }
            ExprKind::Wrap(inner) => self.escape_html(inner, reader),
            _ if matches!(expr.ty, Ty::Error | Ty::Never | Ty::Null | Ty::Optional(_)) => {}
            _ => {
                let escape = self.escape_at(reader.hole(), expr);
                escape_holes(expr, escape);
            }
        }
    }

    /// How a value is escaped at a place of HTML; refused where nothing may be filled in.
    fn escape_at(&mut self, place: HtmlPlace, value: &Expr) -> Escape {
        if let HtmlPlace::Forbidden(what) = place {
            self.out.push(forbidden(value.span, what));
        }
        self.leads_somewhere(place, value);
        place.escape()
    }
}

/// Has what is filled into a text escaped for what the text is written in. What stands there as written is its author's:
/// anything else is filled in as a whole.
/// What a hole is called where it is told of: the parameter that fills it in, or a field of one. Empty where it is computed.
fn called(expr: &ast::Expr) -> Arc<str> {
    match &expr.kind {
        ast::ExprKind::Name(name) => Arc::from(&**name),
        ast::ExprKind::Field { base, name, .. } if !called(base).is_empty() => {
            Arc::from(format!("{}.{}", called(base), name.as_str()))
        }
        _ => Arc::from(""),
    }
}

fn escape_holes(expr: &mut Expr, escape: Escape) {
    match &mut expr.kind {
        ExprKind::Text(_) => {}
        ExprKind::Template(parts) => {
            for part in parts {
                if let TemplatePart::Hole(_) = part
                    && let TemplatePart::Hole(hole) = std::mem::replace(part, TemplatePart::Text(Arc::from("")))
                {
                    *part = TemplatePart::Escaped(escape, hole);
                }
            }
        }
        ExprKind::Binary(Binary::Add, left, right) if expr.ty == Ty::Text => {
            escape_holes(left, escape);
            escape_holes(right, escape);
        }
        ExprKind::Wrap(inner) => escape_holes(inner, escape),
        _ if matches!(expr.ty, Ty::Error | Ty::Never | Ty::Null | Ty::Optional(_)) => {}
        _ => {
            let (span, ty) = (expr.span, expr.ty.clone());
            let nothing = Expr { kind: ExprKind::Null, ty: Ty::Error, span };
            let whole = std::mem::replace(expr, nothing);
            *expr = Expr { kind: ExprKind::Template(vec![TemplatePart::Escaped(escape, whole)]), ty, span };
        }
    }
}

/// The text of a literal without holes.
fn shared(text: &ast::StrLit) -> Arc<str> {
    match text.parts.first() {
        Some(StrPart::Text { text, .. }) => text.clone(),
        _ => Arc::from(""),
    }
}
