//! Numbers, amounts and time.

use super::expr::{DEFAULT, OPERAND, POSTFIX, PRODUCT, SUM, Written, atom};
use super::types::{CURRENCIES, Ty};
use super::{Generator, Kind};

/// The largest whole number.
pub(super) const LARGEST: &str = "9_223_372_036_854_775_807";

impl Generator<'_> {
    /// `left + right`, grouped as the language does: what stands right of it holds together more tightly.
    pub(super) fn joined(&mut self, left: &Ty, sign: &str, right: &Ty, depth: u32) -> Written {
        let level = if matches!(sign, "*" | "/") { PRODUCT } else { SUM };
        if self.breaks(Kind::WrongOperands) {
            let (left, right) = (self.value(left, depth).at(level), self.value(right, depth).at(level + 1));
            drop(right);
            let text = self.mark(&format!("{left} {sign} true"));
            return Written::new(level, text);
        }
        let (mut left, mut right) = (self.value(left, depth).at(level), self.value(right, depth).at(level + 1));
        // What always fails as written is refused: a division by 0, more than a whole number holds.
        let is_written = |text: &str| text.chars().all(|sign| sign.is_ascii_digit() || "_ ()+-*".contains(sign));
        if is_written(&right) && (sign == "/" || is_written(&left)) {
            right = "7".to_owned();
            left = left.replace(LARGEST, "8");
        }
        Written::new(level, format!("{left} {sign} {right}"))
    }

    pub(super) fn int(&mut self, depth: u32) -> Written {
        match self.pick(9) {
            0 => self.joined(&Ty::Int, "+", &Ty::Int, depth),
            1 => self.joined(&Ty::Int, "-", &Ty::Int, depth),
            2 => self.joined(&Ty::Int, "*", &Ty::Int, depth),
            3 => Written::new(OPERAND, format!("-{}", self.value(&Ty::Int, depth).at(POSTFIX))),
            4 => atom(format!("{}.length", self.value(&Ty::Text, depth).at(POSTFIX))),
            5 => atom(format!("{}.length", self.list_of(depth).at(POSTFIX))),
            6 => atom(format!("{}.to_int()", self.value(&Ty::Number, depth).at(POSTFIX))),
            7 => Written::new(
                DEFAULT,
                format!("Int.parse({}) ?? {}", self.need(&Ty::Text, depth), self.value(&Ty::Int, depth).at(DEFAULT)),
            ),
            _ => {
                let part = ["year", "month", "day", "weekday"][self.pick(4) as usize];
                atom(format!("{}.{part}", self.value(&Ty::Date, depth).at(POSTFIX)))
            }
        }
    }

    pub(super) fn number(&mut self, depth: u32) -> Written {
        match self.pick(7) {
            0 => self.joined(&Ty::Number, "+", &Ty::Int, depth),
            1 => self.joined(&Ty::Number, "-", &Ty::Number, depth),
            2 => self.joined(&Ty::Int, "/", &Ty::Int, depth),
            3 => self.joined(&Ty::Int, "*", &Ty::Number, depth),
            4 => atom(format!("{}.round(digits: {})", self.value(&Ty::Number, depth).at(POSTFIX), self.pick(4))),
            5 => atom(format!("{}.abs()", self.value(&Ty::Number, depth).at(POSTFIX))),
            _ => {
                let currency = CURRENCIES[self.pick(3) as usize];
                atom(format!("{}.amount", self.value(&Ty::Money(currency), depth).at(POSTFIX)))
            }
        }
    }

    pub(super) fn money(&mut self, currency: &'static str, depth: u32) -> Written {
        let money = Ty::Money(currency);
        match self.pick(6) {
            0 => {
                let mixed = self.breaks(Kind::MixedCurrencies);
                let sum = self.joined(&money, "+", &money, depth);
                if mixed {
                    let other = if currency == "nok" { "eur" } else { "nok" };
                    return Written::new(SUM, self.mark(&format!("money(1, .{currency}) + money(1, .{other})")));
                }
                sum
            }
            1 => self.joined(&money, "-", &money, depth),
            2 => self.joined(&money, "*", &Ty::Number, depth),
            3 => self.joined(&money, "/", &Ty::Int, depth),
            4 => self.joined(&Ty::Int, "*", &money, depth),
            _ => atom(format!("{}.abs()", self.value(&money, depth).at(POSTFIX))),
        }
    }

    pub(super) fn duration(&mut self, depth: u32) -> Written {
        match self.pick(4) {
            0 => self.joined(&Ty::Duration, "+", &Ty::Duration, depth),
            1 => self.joined(&Ty::Duration, "-", &Ty::Duration, depth),
            2 => self.joined(&Ty::Duration, "*", &Ty::Int, depth),
            _ => self.joined(&Ty::Instant, "-", &Ty::Instant, depth),
        }
    }

    pub(super) fn date(&mut self, depth: u32) -> Written {
        match self.pick(5) {
            0 => {
                let unit = ["1 day", "2 weeks", "1 month", "3 years"][self.pick(4) as usize];
                let sign = ["+", "-"][self.pick(2) as usize];
                Written::new(SUM, format!("{} {sign} {unit}", self.value(&Ty::Date, depth).at(SUM)))
            }
            1 => atom(format!(
                "{}.plus(days: {}, months: {})",
                self.value(&Ty::Date, depth).at(POSTFIX),
                self.need(&Ty::Int, depth),
                self.need(&Ty::Int, 0)
            )),
            2 => atom(format!("today(in: {})", self.need(&Ty::TimeZone, depth))),
            3 => atom(format!(
                "{}.date(in: {})",
                self.value(&Ty::Instant, depth).at(POSTFIX),
                self.need(&Ty::TimeZone, 0)
            )),
            _ => Written::new(
                DEFAULT,
                format!("Date.parse({}) ?? {}", self.need(&Ty::Text, depth), self.value(&Ty::Date, depth).at(DEFAULT)),
            ),
        }
    }

    pub(super) fn instant(&mut self, depth: u32) -> Written {
        match self.pick(5) {
            4 => {
                let from = self.simple(&Ty::Instant).at(SUM);
                atom(self.by_calendar(&from).unwrap_or_else(|| "now".to_owned()))
            }
            0 => self.joined(&Ty::Instant, "+", &Ty::Duration, depth),
            1 => self.joined(&Ty::Instant, "-", &Ty::Duration, depth),
            2 => self.joined(&Ty::Duration, "+", &Ty::Instant, depth),
            _ => atom(format!(
                "{}.at({}, in: {})",
                self.value(&Ty::Date, depth).at(POSTFIX),
                self.need(&Ty::TimeOfDay, depth),
                self.need(&Ty::TimeZone, depth)
            )),
        }
    }
}
