//! Events about any record, in a flow that has a record of its own.

use super::body::Body;
use crate::diag::{Code, Diagnostic};
use crate::hir::{EventId, Expr, ExprKind, SymbolKind, Ty};
use crate::syntax::ast;
use flow_bytecode::schema::event_word;

impl Body<'_> {
    /// Warns of `exit on contact.changed` without the contact: it is left by whatever contact changes. Who names the
    /// event, or says `where`, looks at whose it is.
    pub(super) fn anybodys(&mut self, event: EventId, pattern: &ast::EventPattern, matches: &[(u32, Expr)]) {
        let p = self.p;
        if self.test || pattern.name.is_some() || pattern.filter.is_some() {
            return;
        }
        let Some(def) = p.hir.events.get(event.0 as usize) else { return };
        let first = def.params.iter().position(|(_, ty)| matches!(ty, Ty::Entity(_)));
        let Some((at, (param, ty))) = first.and_then(|at| Some((at, def.params.get(at)?))) else { return };
        if matches.iter().any(|(given, _)| *given as usize == at) {
            return;
        }
        let Some(own) = self.own(ty).map(|local| local.name.clone()) else { return };
        let (name, shown) = (pattern.event.dotted(), p.show(ty));
        let rest = if pattern.args.is_empty() { "" } else { ", …" };
        let message = format!("This hears of every `{shown}`, not of `{own}` alone.");
        let diagnostic = Diagnostic::new(Code::AnybodysEvent, pattern.span, message)
            .at(format!("its `{param}` may be anybody"))
            .help(format!("Write `{name}({own}{rest})`; if any is meant, `as _any` behind it says so."));
        self.out.push(match pattern.args.is_empty() {
            true => diagnostic.fix(format!("write `{name}({own})`"), vec![(pattern.span, format!("{name}({own})"))]),
            false => diagnostic,
        });
    }

    /// Refuses to ask whether a contact has done what no contact does: an event about nobody.
    pub(super) fn done_by_nobody(&mut self, asked: Option<&Expr>) {
        let Some(Expr { kind: ExprKind::Symbol(SymbolKind::Event, name), span, .. }) = asked else { return };
        let p = self.p;
        let Some(event) = p.hir.events.iter().find(|event| event_word(&event.name) == **name) else { return };
        let contact = p.entity("Contact");
        let about = event.params.iter().find_map(|(_, ty)| if let Ty::Entity(id) = ty { Some(*id) } else { None });
        let is_contacts = about.is_some_and(|about| {
            let entity = p.hir.entities.get(about.0 as usize);
            let field = entity.and_then(|entity| entity.fields.iter().find(|field| &*field.name == "contact"));
            let of_field = field.map(|field| if let Ty::Optional(inner) = &field.ty { &**inner } else { &field.ty });
            Some(about) == contact || of_field.is_some() && of_field == contact.map(Ty::Entity).as_ref()
        });
        if is_contacts {
            return;
        }
        let name = &event.name;
        self.out.push(
            Diagnostic::new(
                Code::OtherKindOfName,
                *span,
                format!("No contact has ever done `{name}`: it is about none."),
            )
            .at("about no contact")
            .label(event.span, "it begins with no contact, and with nothing of a contact's")
            .help(format!("Give it one: `event {name}(contact: Contact)`; or ask for an event of a contact.")),
        );
    }
}
