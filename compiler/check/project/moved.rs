//! Whether what a flow does may bring a record into an audience.

use super::deeds::Deed;
use super::effects::Look;
use super::holds::{Constant, holds};
use crate::hir::{EntityId, Expr, ExprKind, Node};
use crate::resolve::Project;
use flow_bytecode::Intrinsic;

/// Something that a flow does, and a field that it writes by that.
pub(super) struct Moved<'a, 'h> {
    pub p: &'a Project,
    pub deed: &'a Deed<'h>,
    /// How the flow that does it names things.
    pub look: &'a Look<'h>,
    pub written: (EntityId, u32),
}

impl Moved<'_, '_> {
    /// Whether the condition of an audience, which reads the field, may come to hold by it.
    pub fn comes_into(&self, condition: &Expr) -> bool {
        self.concerns(condition) && holds(condition, &|expr| self.known(expr)) != Some(false)
    }

    /// Whether it writes what the condition reads: of a list, what the condition looks for.
    fn concerns(&self, condition: &Expr) -> bool {
        let (mut looked_into, mut read_at_all, mut concerns) = (0, 0, false);
        condition.walk(&mut |node| {
            let Node::Expr(expr) = node else { return };
            let Some(read) = Read::of(expr).filter(|read| read.field == self.written) else { return };
            match read.item {
                Some(item) => {
                    looked_into += 1;
                    concerns |= self.deed.writes_into(self.p, read.field, Some(item)).0;
                }
                None => read_at_all += 1,
            }
        });
        // A list that is looked into is read on the way.
        concerns || read_at_all > looked_into
    }

    fn known(&self, expr: &Expr) -> Option<Constant> {
        let Read { base, field, item } = Read::of(expr)?;
        // Of another record than the audience is made of nothing is known.
        if !matches!(base.kind, ExprKind::Local(_)) {
            return None;
        }
        let of_record = self.deed.record().and_then(|record| self.deed.field(self.look, record, field, item));
        of_record.or_else(|| self.deed.writes_into(self.p, field, item).1)
    }
}

/// A field that is read, and what is looked for in it.
struct Read<'e> {
    base: &'e Expr,
    field: (EntityId, u32),
    item: Option<&'e Expr>,
}

impl<'e> Read<'e> {
    fn of(expr: &'e Expr) -> Option<Self> {
        let (read, item) = match &expr.kind {
            ExprKind::Intrinsic(Intrinsic::ListContains, args) => match args.as_slice() {
                [list, item] => (list, Some(item)),
                _ => return None,
            },
            _ => (expr, None),
        };
        match &read.kind {
            ExprKind::Field { base, entity, field } => Some(Read { base, field: (*entity, *field), item }),
            _ => None,
        }
    }
}
