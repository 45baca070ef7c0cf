//! Texts, and what may stand in their holes.

use super::expr::{DEFAULT, POSTFIX, Written, atom};
use super::types::{CURRENCIES, Ty};
use super::{Generator, Kind};

impl Generator<'_> {
    pub(super) fn text(&mut self, depth: u32) -> Written {
        match self.pick(9) {
            0 | 1 => atom(self.template(depth)),
            2 => self.joined(&Ty::Text, "+", &Ty::Text, depth),
            3 => {
                let method = ["trim", "lower", "upper"][self.pick(3) as usize];
                atom(format!("{}.{method}()", self.value(&Ty::Text, depth).at(POSTFIX)))
            }
            4 => atom(format!(
                "{}.replace({}, {})",
                self.value(&Ty::Text, depth).at(POSTFIX),
                self.need(&Ty::Text, 0),
                self.need(&Ty::Text, depth)
            )),
            5 => atom(format!("{}.join({})", self.value(&Ty::Text.list(), depth).at(POSTFIX), self.need(&Ty::Text, 0))),
            6 => atom(format!(
                "{}.show(in: {})",
                self.value(&Ty::Instant, depth).at(POSTFIX),
                self.need(&Ty::TimeZone, 0)
            )),
            7 => {
                let other = self.value(&Ty::Text, depth).at(DEFAULT);
                Written::new(DEFAULT, format!("contact.company?.city ?? {other}"))
            }
            _ => match self.reach(&Ty::Email) {
                Some(email) => atom(format!("{}.text", email.at(POSTFIX))),
                None => atom(self.template(depth)),
            },
        }
    }

    /// A text with holes.
    pub(super) fn template(&mut self, depth: u32) -> String {
        let mut text = String::from("\"");
        for _ in 0..1 + self.pick(3) {
            text.push_str(["Hi ", "", " and ", ", ", " \\\"so\\\" ", " 50% "][self.pick(6) as usize]);
            let blank = ["", " "][self.pick(2) as usize];
            text.push_str(&format!("{{{{{blank}{}{blank}}}}}", self.hole(depth)));
        }
        text.push_str(["", ".", "!\\n", " { }"][self.pick(4) as usize]);
        text.push('"');
        text
    }

    /// A text of several lines, each begun like the line it stands on.
    pub(super) fn block_text(&mut self) -> String {
        let margin = "    ".repeat(self.indent + 1);
        let mut text = String::from("\"\"\"\n");
        for _ in 0..1 + self.pick(3) {
            let more = ["", "  "][self.pick(2) as usize];
            text.push_str(&format!("{margin}{more}A line with {{{{{}}}}}.\n", self.hole(1)));
        }
        text.push_str(&format!("{margin}\"\"\""));
        text
    }

    fn hole(&mut self, depth: u32) -> String {
        if self.breaks(Kind::MissingShown) {
            return self.mark("contact.last_name");
        }
        if self.breaks(Kind::NotShowable) {
            let at = self.pick(4) as usize;
            return self.mark(["contact", "[1]", "true", "now"][at]);
        }
        let ty = match self.pick(10) {
            0..=2 => Ty::Text,
            3 => Ty::Int,
            4 => Ty::Number,
            5 => Ty::Money(CURRENCIES[self.pick(3) as usize]),
            6 => Ty::Duration,
            7 => Ty::Date,
            8 => [Ty::Email, Ty::Phone, Ty::Url][self.pick(3) as usize].clone(),
            _ => Ty::Enum(self.pick(self.declared.enums.len() as u32) as usize),
        };
        if ty.showable(&self.declared) { self.value(&ty, depth).text } else { "1".to_owned() }
    }
}
