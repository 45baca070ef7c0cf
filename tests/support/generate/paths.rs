//! Side by side.

use super::types::Ty;
use super::{Generator, Kind, Var};

impl Generator<'_> {
    /// Paths beside one another. Each variable is written by one of them at most, and then no other reads it.
    pub(super) fn parallel(&mut self) {
        let count = 2 + self.pick(2) as usize;
        let anchor = self.anchor();
        let word = ["parallel", "race"][self.pick(2) as usize];
        self.line(&format!("{word} {anchor}{{"));
        self.indent += 1;
        self.side_by_side(count);
        self.indent -= 1;
        self.line("}");
    }

    /// Sides, one of which somebody is on.
    pub(super) fn split(&mut self) {
        let anchor = self.anchor();
        let shares = [&[50, 50][..], &[90, 10], &[20, 30, 50]][self.pick(3) as usize];
        self.line(&format!("split {anchor}{{"));
        self.indent += 1;
        let wrong = self.breaks(Kind::WrongShares);
        for (at, share) in shares.iter().enumerate() {
            let name = self.fresh("side");
            let head = format!("{}% {name}", if wrong && at == 0 { 1 } else { *share });
            let head = if wrong { self.mark(&head) } else { head };
            self.arm(&head);
        }
        self.indent -= 1;
        self.line("}");
    }

    pub(super) fn side_by_side(&mut self, count: usize) {
        let shared: Vec<Var> = self.body.vars.clone();
        // Nobody's (0), or a path's own.
        let owners: Vec<usize> =
            (shared.iter()).map(|var| if var.writable { self.pick(count as u32 + 1) as usize } else { 0 }).collect();
        let asking = self.pick(count as u32) as usize;
        let fields: Vec<String> = self.contact_fields().into_iter().map(|(name, _)| name).collect();
        // Either one path calls flows, which may write any field, or each field is one path's.
        let calling = match self.pick(2) {
            0 => Some(self.pick(count as u32) as usize),
            _ => None,
        };
        let field_owners: Vec<usize> =
            fields.iter().map(|_| calling.unwrap_or_else(|| self.pick(count as u32) as usize)).collect();
        let twice = self.breaks(Kind::WrittenTwice);
        if twice {
            // The variable stands before the paths, which are on the lines that follow.
            let end = self.out.trim_end_matches('\n').rfind('\n').map_or(0, |at| at + 1);
            self.out.insert_str(end, "var doubly = 0\n");
        }
        for path in 0..count {
            let name = self.fresh("p");
            self.line(&format!("path {name} {{"));
            if twice {
                let line = if path == 1 { self.mark("doubly += 1") } else { "doubly = 2".to_owned() };
                self.line(&line);
            }
            let mine = |var: &Var, owner: usize| match owner {
                0 => Some(Var { writable: false, ..var.clone() }),
                owner if owner == path + 1 => Some(var.clone()),
                _ => None,
            };
            let vars: Vec<Var> = shared.iter().zip(&owners).filter_map(|(var, owner)| mine(var, *owner)).collect();
            let others = fields.iter().zip(&field_owners).filter(|(_, owner)| **owner != path);
            let taken: Vec<String> = others.map(|(field, _)| field.clone()).collect();
            let statements = 1 + self.pick(3);
            self.within(
                |body| {
                    body.vars = vars;
                    body.in_path = true;
                    body.looping = false;
                    // A flow that is called may ask, too.
                    body.asks &= path == asking && calling.is_none_or(|calling| calling == path);
                    body.taken.extend(taken);
                    body.calls_nothing |= calling != Some(path);
                },
                |generator| generator.block(statements),
            );
            self.line("}");
        }
    }

    /// Something that ends by itself, whatever it is.
    pub(super) fn failing(&mut self) -> String {
        match self.pick(3) {
            0 => format!("fail {}", self.need(&Ty::Text, 1)),
            1 => format!("fail .failed, {}", self.need(&Ty::Text, 1)),
            _ => "fail .invalid, \"no\"".to_owned(),
        }
    }
}
