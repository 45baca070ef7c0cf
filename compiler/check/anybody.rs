//! Events about any record, in a flow that has a record of its own.

use super::body::Body;
use crate::diag::{Code, Diagnostic};
use crate::hir::{EventId, Expr, Ty};
use crate::syntax::ast;

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
}
