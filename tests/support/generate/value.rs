//! Lists, maps, records, and what may be missing.

use super::expr::{POSTFIX, SUM, Written, atom};
use super::types::Ty;
use super::{Generator, Kind};

impl Generator<'_> {
    /// A list of something.
    pub(super) fn list_of(&mut self, depth: u32) -> Written {
        let item = [Ty::Int, Ty::Text, Ty::Date][self.pick(3) as usize].clone();
        match self.reach(&item.clone().list()) {
            Some(list) => list,
            None => {
                let items: Vec<String> = (0..1 + self.pick(3)).map(|_| self.value(&item, depth).text).collect();
                atom(format!("[{}]", items.join(", ")))
            }
        }
    }

    pub(super) fn list(&mut self, item: &Ty, depth: u32) -> Written {
        let list = item.clone().list();
        match self.pick(6) {
            0 | 1 => {
                let items: Vec<String> = (0..1 + self.pick(3)).map(|_| self.item(item, depth)).collect();
                atom(format!("[{}]", items.join(", ")))
            }
            2 => match self.reach(&list) {
                Some(from) => atom(format!("{}.append({})", from.at(POSTFIX), self.need(item, depth))),
                None => self.simple(&list),
            },
            3 => match self.reach(&list) {
                Some(from) => {
                    let (begin, count) = (self.need(&Ty::Int, 0), self.need(&Ty::Int, depth));
                    atom(format!("{}.slice({begin}, {count})", from.at(POSTFIX)))
                }
                None => self.simple(&list),
            },
            4 => match self.reach(&list) {
                Some(from) => atom(format!("{}.reverse()", from.at(POSTFIX))),
                None => self.simple(&list),
            },
            _ if *item == Ty::Text => {
                atom(format!("{}.split({})", self.value(&Ty::Text, depth).at(POSTFIX), self.need(&Ty::Text, 0)))
            }
            _ => match self.reach(&list) {
                Some(from) => {
                    let more = self.reach(&list).unwrap_or_else(|| atom("[]"));
                    Written::new(SUM, format!("{} + {}", from.at(SUM), more.at(SUM + 1)))
                }
                None => self.simple(&list),
            },
        }
    }

    pub(super) fn map(&mut self, item: &Ty, depth: u32) -> Written {
        let map = Ty::Map(Box::new(item.clone()));
        match self.pick(3) {
            0 | 1 => {
                let entries: Vec<String> =
                    (0..1 + self.pick(2)).map(|at| format!("k{at}: {}", self.item(item, depth))).collect();
                atom(format!("{{ {} }}", entries.join(", ")))
            }
            _ => match self.reach(&map) {
                Some(from) => {
                    let (key, value) = (self.need(&Ty::Text, 0), self.need(item, depth));
                    atom(format!("{}.set({key}, {value})", from.at(POSTFIX)))
                }
                None => self.simple(&map),
            },
        }
    }

    /// What a list or a map holds. Nothing may say what is wanted there, so that any type would do.
    fn item(&mut self, ty: &Ty, depth: u32) -> String {
        self.value(ty, depth).text
    }

    /// Builds a record.
    pub(super) fn record(&mut self, at: usize, depth: u32) -> Written {
        let name = self.declared.records[at].name.clone();
        let fields = self.declared.records[at].fields.clone();
        let args = self.arguments(&fields, depth, &[]);
        atom(format!("{name}({args})"))
    }

    /// Arguments by name; those with a default may be left out. `first` stands before them, by position.
    pub(super) fn arguments(&mut self, params: &[(String, Ty, bool)], depth: u32, first: &[String]) -> String {
        let mut written = first.to_vec();
        let mut all = true;
        for (name, ty, default) in params {
            if *default && self.pick(2) == 0 {
                all = false;
                continue;
            }
            let left_out = !*default && self.breaks(Kind::MissingArgument);
            let value = self.need(ty, depth);
            if left_out {
                written.push(self.mark(""));
                continue;
            }
            // By position where nothing before it was left out and nothing before it has a name.
            let named = !all || written.iter().any(|arg| arg.contains(": ")) || self.pick(3) > 0;
            written.push(if named { format!("{name}: {value}") } else { value.clone() });
            if named && self.breaks(Kind::DoubledArgument) {
                written.push(self.mark(&format!("{name}: {value}")));
            }
        }
        if self.breaks(Kind::ExtraArgument) {
            written.push(self.mark("nothing_like_it: 1"));
        }
        written.retain(|arg| !arg.is_empty());
        written
            .join(", ")
            .replace(", \u{e000}\u{e001}", "\u{e000}\u{e001}")
            .replace("\u{e000}\u{e001}, ", "\u{e000}\u{e001}")
    }

    pub(super) fn optional(&mut self, inner: &Ty, depth: u32) -> Written {
        match self.pick(4) {
            0 => self.simple(&inner.clone().optional()),
            1 => match self.reach(&inner.clone().list()) {
                Some(list) => atom(format!("{}.get({})", list.at(POSTFIX), self.need(&Ty::Int, depth))),
                None => self.value(inner, depth),
            },
            2 => match self.reach(&Ty::Map(Box::new(inner.clone()))) {
                Some(map) => atom(format!("{}.get({})", map.at(POSTFIX), self.need(&Ty::Text, depth))),
                None => self.value(inner, depth),
            },
            _ => self.value(inner, depth),
        }
    }
}
