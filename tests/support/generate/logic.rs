//! Conditions.

use super::Generator;
use super::expr::{AND, COMPARISON, DEFAULT, NOT, OR, POSTFIX, Written, atom};
use super::types::{PLAIN, Ty};

impl Generator<'_> {
    pub(super) fn condition(&mut self, depth: u32) -> Written {
        match self.pick(12) {
            0 => self.comparison(depth),
            1 => {
                let (left, right) = (self.value(&Ty::Bool, depth).at(AND), self.value(&Ty::Bool, depth).at(NOT));
                Written::new(AND, format!("{left} and {right}"))
            }
            2 => {
                let (left, right) = (self.value(&Ty::Bool, depth).at(OR), self.value(&Ty::Bool, depth).at(AND));
                Written::new(OR, format!("{left} or {right}"))
            }
            3 => Written::new(NOT, format!("not {}", self.value(&Ty::Bool, depth).at(NOT))),
            4 => self.variant_test(),
            5 => self.missing_test(),
            6 => {
                let test = ["contains", "starts_with", "ends_with"][self.pick(3) as usize];
                let text = self.value(&Ty::Text, depth).at(POSTFIX);
                atom(format!("{text}.{test}({})", self.need(&Ty::Text, depth)))
            }
            7 => atom(format!("{}.is_empty", self.value(&Ty::Text, depth).at(POSTFIX))),
            8 => {
                let tag = self.need(&Ty::Tag, 0);
                atom(format!("contact.tags.contains({tag})"))
            }
            9 => match self.reach(&Ty::Int.list()) {
                Some(list) => atom(format!("{}.contains({})", list.at(POSTFIX), self.need(&Ty::Int, depth))),
                None => self.comparison(depth),
            },
            10 => match self.open() {
                Some(open) => atom(open),
                None => self.comparison(depth),
            },
            _ => atom(format!("(Bool.parse({}) ?? true)", self.need(&Ty::Text, depth))),
        }
    }

    fn comparison(&mut self, depth: u32) -> Written {
        let ordered: Vec<Ty> = PLAIN.iter().filter(|ty| ty.ordered()).cloned().collect();
        let ty = ordered[self.pick(ordered.len() as u32) as usize].clone();
        let sign = ["==", "<", ">=", "!=", ">", "<="][self.pick(6) as usize];
        let (left, right) = (self.value(&ty, depth).at(DEFAULT), self.value(&ty, depth).at(DEFAULT));
        Written::new(COMPARISON, format!("{left} {sign} {right}"))
    }

    /// `x == .variant`, where the other side says what it is a variant of.
    fn variant_test(&mut self) -> Written {
        let at = self.pick(self.declared.enums.len() as u32) as usize;
        let Some(left) = self.reach(&Ty::Enum(at)) else { return self.comparison(0) };
        let literal = self.literal(&Ty::Enum(at));
        let right = match self.pick(2) {
            0 => literal,
            _ => literal.replace(&format!("{}.", self.declared.enums[at].name), "."),
        };
        let sign = ["==", "!="][self.pick(2) as usize];
        Written::new(COMPARISON, format!("{} {sign} {right}", left.at(DEFAULT)))
    }

    fn missing_test(&mut self) -> Written {
        let ty = PLAIN[self.pick(PLAIN.len() as u32) as usize].clone().optional();
        let Some(left) = self.reach(&ty) else { return self.comparison(0) };
        let sign = ["==", "!="][self.pick(2) as usize];
        Written::new(COMPARISON, format!("{} {sign} null", left.at(DEFAULT)))
    }
}
