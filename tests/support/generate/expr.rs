//! Expressions: what stands where a value of a type is wanted.

use super::number::LARGEST;
use super::types::Ty;
use super::{Generator, Kind};

/// An expression as written, and how tightly it holds together.
pub(super) struct Written {
    pub text: String,
    pub level: u8,
}

/// Levels, from the loosest to the tightest.
pub(super) const OR: u8 = 0;
pub(super) const AND: u8 = 1;
pub(super) const NOT: u8 = 2;
pub(super) const COMPARISON: u8 = 3;
pub(super) const DEFAULT: u8 = 4;
pub(super) const SUM: u8 = 5;
pub(super) const PRODUCT: u8 = 6;
pub(super) const OPERAND: u8 = 7;
pub(super) const POSTFIX: u8 = 8;

pub(super) fn atom(text: impl Into<String>) -> Written {
    Written { text: text.into(), level: POSTFIX }
}

impl Written {
    pub fn new(level: u8, text: String) -> Self {
        Written { text, level }
    }

    /// In parentheses where it would not hold together otherwise.
    pub fn at(self, level: u8) -> String {
        if self.level < level { format!("({})", self.text) } else { self.text }
    }
}

impl Generator<'_> {
    /// A value where one of this type is wanted: here a mistake is seen.
    pub(super) fn need(&mut self, ty: &Ty, depth: u32) -> String {
        let wrong = *ty != Ty::Json && self.breaks(Kind::WrongType);
        let missing = !matches!(ty, Ty::Opt(_) | Ty::Json) && self.breaks(Kind::MissingUsed);
        let bad = *ty == Ty::Email && self.breaks(Kind::BadLiteral);
        let right = match (ty, self.pick(4)) {
            (Ty::List(_), 3) => "[]".to_owned(),
            (Ty::Map(_), 3) => "{}".to_owned(),
            (Ty::Opt(_), 3) => "null".to_owned(),
            (Ty::Enum(at), 2..) => {
                let whole = format!("{}.", self.declared.enums[*at].name);
                self.literal(ty).replace(&whole, ".")
            }
            _ => self.value(ty, depth).text,
        };
        if wrong {
            let present = if let Ty::Opt(inner) = ty { inner } else { ty };
            return self.mark(if present.textual() { "true" } else { "\"wrong\"" });
        }
        if missing {
            let missing = match ty {
                Ty::Text => "contact.last_name",
                Ty::Email => "Email.parse(\"a\")",
                Ty::Phone => "Phone.parse(\"1\")",
                Ty::Url => "Url.parse(\"a\")",
                Ty::Int => "Int.parse(\"7\")",
                Ty::Number => "Number.parse(\"7\")",
                _ => "null",
            };
            return self.mark(missing);
        }
        if bad {
            return self.mark("\"ada.example.com\"");
        }
        right
    }

    /// A value of a type, wherever it comes from.
    pub(super) fn value(&mut self, ty: &Ty, depth: u32) -> Written {
        if depth == 0 || self.pick(4) == 0 {
            return self.simple(ty);
        }
        let depth = depth - 1;
        if self.pick(8) == 7 && !matches!(ty, Ty::Opt(_)) {
            return self.defaulted(ty, depth);
        }
        match ty {
            Ty::Text => self.text(depth),
            Ty::Bool => self.condition(depth),
            Ty::Int => self.int(depth),
            Ty::Number => self.number(depth),
            Ty::Money(currency) => self.money(currency, depth),
            Ty::Duration => self.duration(depth),
            Ty::Date => self.date(depth),
            Ty::Instant => self.instant(depth),
            Ty::List(item) => self.list(item, depth),
            Ty::Map(item) => self.map(item, depth),
            Ty::Record(at) => self.record(*at, depth),
            Ty::Opt(inner) => self.optional(inner, depth),
            _ => self.simple(ty),
        }
    }

    /// A name in scope, a part of one, or a literal.
    pub(super) fn simple(&mut self, ty: &Ty) -> Written {
        if self.pick(3) > 0
            && let Some(found) = self.reach(ty)
        {
            return found;
        }
        let literal = self.literal(ty);
        // A date or an instant is made by a call, a number below zero by a sign.
        Written::new(if literal.starts_with('-') { OPERAND } else { POSTFIX }, literal)
    }

    /// `x ?? y`.
    fn defaulted(&mut self, ty: &Ty, depth: u32) -> Written {
        let Some(maybe) = self.reach(&ty.clone().optional()) else { return self.simple(ty) };
        let other = self.value(ty, depth).at(DEFAULT);
        Written::new(DEFAULT, format!("{} ?? {other}", maybe.at(SUM)))
    }

    /// Something in scope that has the type: a name, or a part of what it stands for.
    pub(super) fn reach(&mut self, ty: &Ty) -> Option<Written> {
        for _ in 0..4 {
            let count = self.body.vars.len() as u32;
            if count == 0 {
                return None;
            }
            let at = self.pick(count) as usize;
            let var = self.body.vars[at].clone();
            let mut path = var.name;
            let mut found = var.ty;
            for _ in 0..3 {
                if found == *ty {
                    return Some(self.spelled(path));
                }
                let parts = self.parts(&found);
                if parts.is_empty() {
                    break;
                }
                let fitting: Vec<usize> =
                    parts.iter().enumerate().filter(|(_, part)| part.1 == *ty).map(|(at, _)| at).collect();
                let at = match fitting.len() as u32 {
                    0 => self.pick(parts.len() as u32) as usize,
                    count => fitting[self.pick(count) as usize],
                };
                let (name, part) = &parts[at];
                if self.breaks(Kind::UnknownField) {
                    return Some(self.broken(&format!("{path}.nothing_like_it")));
                }
                path = format!("{path}.{name}");
                found = part.clone();
            }
        }
        None
    }

    fn broken(&self, text: &str) -> Written {
        Written::new(POSTFIX, self.mark(text))
    }

    fn spelled(&mut self, path: String) -> Written {
        if self.breaks(Kind::UnknownName) {
            return self.broken("nothing_of_that_name");
        }
        Written::new(POSTFIX, path)
    }

    /// What a value of a type has after its dot.
    pub(super) fn parts(&self, ty: &Ty) -> Vec<(String, Ty)> {
        let fixed =
            |list: &[(&str, Ty)]| list.iter().map(|(name, ty)| ((*name).to_owned(), ty.clone())).collect::<Vec<_>>();
        let fields =
            |list: &[(String, Ty, bool)]| list.iter().map(|(name, ty, _)| (name.clone(), ty.clone())).collect();
        let maybe = |ty: Ty| ty.optional();
        match ty {
            Ty::Record(at) => fields(&self.declared.records[*at].fields),
            Ty::Event(at) => fields(&self.declared.events[*at].fields),
            Ty::Contact => {
                let mut list = fixed(&[
                    ("first_name", maybe(Ty::Text)),
                    ("email", maybe(Ty::Email)),
                    ("phone", maybe(Ty::Phone)),
                    ("city", maybe(Ty::Text)),
                    ("language", Ty::Text),
                    ("timezone", Ty::TimeZone),
                    ("tags", Ty::Tag.list()),
                    ("company", maybe(Ty::Company)),
                    ("companies", Ty::Company.list()),
                    ("blocked", Ty::Bool),
                    ("created", Ty::Instant),
                ]);
                list.extend(self.declared.properties.iter().cloned());
                list
            }
            Ty::Company => fixed(&[
                ("name", Ty::Text),
                ("city", maybe(Ty::Text)),
                ("size", maybe(Ty::Int)),
                ("phone", maybe(Ty::Phone)),
                ("website", maybe(Ty::Url)),
                ("created", Ty::Instant),
            ]),
            Ty::Conversation => fixed(&[
                ("channel", Ty::Enum(1)),
                ("subject", maybe(Ty::Text)),
                ("tags", Ty::Tag.list()),
                ("started", Ty::Instant),
                ("closed", maybe(Ty::Instant)),
            ]),
            Ty::Ticket => fixed(&[
                ("subject", Ty::Text),
                ("description", maybe(Ty::Text)),
                ("status", Ty::Enum(2)),
                ("priority", Ty::Enum(0)),
                ("created", Ty::Instant),
            ]),
            Ty::Failure => fixed(&[("message", Ty::Text)]),
            Ty::Text => fixed(&[("length", Ty::Int), ("is_empty", Ty::Bool)]),
            Ty::Email | Ty::Phone | Ty::Url => fixed(&[("text", Ty::Text)]),
            Ty::Date => fixed(&[("year", Ty::Int), ("month", Ty::Int), ("day", Ty::Int), ("weekday", Ty::Int)]),
            Ty::Money(_) => fixed(&[("amount", Ty::Number), ("currency", Ty::Text)]),
            Ty::List(item) => {
                let item = maybe((**item).clone());
                fixed(&[("length", Ty::Int), ("is_empty", Ty::Bool), ("first", item.clone()), ("last", item)])
            }
            Ty::Map(item) => fixed(&[
                ("length", Ty::Int),
                ("is_empty", Ty::Bool),
                ("keys", Ty::Text.list()),
                ("values", (**item).clone().list()),
            ]),
            _ => Vec::new(),
        }
    }

    /// A value as written.
    pub(super) fn literal(&mut self, ty: &Ty) -> String {
        let choose = |generator: &mut Self, from: &[&str]| from[generator.pick(from.len() as u32) as usize].to_owned();
        match ty {
            Ty::Text => choose(
                self,
                &[
                    "\"a\"",
                    "\"\"",
                    "\"Oslo\"",
                    "\"two words, and a comma\"",
                    "\"  blanks \"",
                    "\"a \\\"quote\\\" and \\\\\"",
                    "\"// no comment\"",
                    "\"grüße €\"",
                    "\"\\{{ two brackets }}\"",
                ],
            ),
            Ty::Bool => choose(self, &["true", "false"]),
            Ty::Int => choose(self, &["1", "0", "2", "3", "7", "42", "-1", "1_000", LARGEST]),
            Ty::Number => choose(self, &["1.5", "0.0", "19.90", "-2.25", "0.333", "1_000_000.5"]),
            Ty::Money(currency) => {
                let amount =
                    if *currency == "jpy" { choose(self, &["1", "250"]) } else { choose(self, &["1", "19.90"]) };
                format!("money({amount}, .{currency})")
            }
            Ty::Duration => choose(self, &["1 minute", "90 seconds", "3 days", "1 hour", "2 weeks"]),
            Ty::Date => choose(self, &["date(\"2026-03-01\")", "date(\"2024-02-29\")", "date(\"2026-12-31\")"]),
            Ty::Instant => choose(self, &["now", "date(\"2026-03-29\").at(02:30, in: \"Europe/Oslo\")"]),
            Ty::TimeOfDay => choose(self, &["09:00", "23:15", "0:00", "12:30:15"]),
            Ty::TimeZone => choose(self, &["\"UTC\"", "\"Europe/Oslo\"", "\"America/New_York\"", "\"Asia/Kathmandu\""]),
            Ty::Email => choose(self, &["\"ada@example.com\"", "\"grace.hopper@navy.example\""]),
            Ty::Phone => choose(self, &["\"+4722123456\"", "\"+493012345678\""]),
            Ty::Url => choose(self, &["\"https://example.com\"", "\"https://example.com/a?b=c\""]),
            Ty::Json => "null".to_owned(),
            Ty::Tag => {
                let at = self.pick(self.declared.tags.len() as u32) as usize;
                if self.breaks(Kind::UnknownTag) {
                    return self.mark(".nothing_like_it");
                }
                let name = &self.declared.tags[at];
                format!(".{name}")
            }
            Ty::Team => {
                let at = self.pick(self.declared.teams.len() as u32) as usize;
                format!("team.{}", self.declared.teams[at])
            }
            Ty::Enum(at) => {
                let count = self.declared.enums[*at].variants.len() as u32;
                let variant = self.pick(count) as usize;
                if self.breaks(Kind::UnknownVariant) {
                    return self.mark(".nothing_like_it");
                }
                let declared = &self.declared.enums[*at];
                format!("{}.{}", declared.name, declared.variants[variant])
            }
            Ty::Record(at) => self.record(*at, 0).text,
            Ty::List(item) => {
                let items: Vec<String> = (0..1 + self.pick(2)).map(|_| self.literal(item)).collect();
                format!("[{}]", items.join(", "))
            }
            Ty::Map(item) => match self.pick(2) {
                0 => format!("{{ a: {} }}", self.literal(item)),
                _ => format!("{{ a: {}, \"b c\": {} }}", self.literal(item), self.literal(item)),
            },
            Ty::Opt(inner) => match self.pick(2) {
                0 => "null".to_owned(),
                _ => self.literal(inner),
            },
            // These have none; flows that use them have one in scope.
            Ty::Contact => "contact".to_owned(),
            Ty::Company | Ty::Conversation | Ty::Ticket | Ty::Run | Ty::Failure | Ty::Event(_) => "null".to_owned(),
        }
    }
}
