//! Declarations of a generated project: what its flows may use.

use super::types::{PLAIN, Ty};
use super::{Generator, Kind};

/// An enum.
#[derive(Debug)]
pub struct Enum {
    pub name: String,
    pub variants: Vec<String>,
    pub labelled: bool,
}

/// A record or an event, with what it carries; `true` where a default stands in.
#[derive(Debug)]
pub struct Record {
    pub name: String,
    pub fields: Vec<(String, Ty, bool)>,
}

/// A flow.
#[derive(Debug, Clone)]
pub struct Flow {
    /// The file it stands in.
    pub module: usize,
    pub name: String,
    /// What it is about: its first parameter.
    pub subject: Ty,
    /// The others; `true` where a default stands in.
    pub params: Vec<(String, Ty, bool)>,
    pub result: Option<Ty>,
    /// It begins by itself.
    pub entered: bool,
}

/// A call of another service.
#[derive(Debug)]
pub struct Action {
    pub name: String,
    pub params: Vec<(String, Ty)>,
    pub result: Ty,
    /// The other side looks at a key.
    pub keyed: bool,
    /// Kinds of failure of its own.
    pub fails: Vec<&'static str>,
}

/// Everything that is declared.
#[derive(Debug, Default)]
pub struct Declared {
    pub enums: Vec<Enum>,
    pub records: Vec<Record>,
    pub events: Vec<Record>,
    pub flows: Vec<Flow>,
    pub actions: Vec<Action>,
    pub tags: Vec<String>,
    pub teams: Vec<String>,
    pub secrets: Vec<String>,
    pub calendars: Vec<String>,
    /// Properties of contacts.
    pub properties: Vec<(String, Ty)>,
    /// The items as written.
    pub items: Vec<String>,
}

/// The library's enums that programs use beside their own: they come first.
const LIBRARY: [(&str, &[&str]); 3] = [
    ("Priority", &["low", "medium", "high", "urgent"]),
    ("Channel", &["chat", "email", "sms", "phone", "api"]),
    ("TicketStatus", &["open", "pending", "solved", "closed"]),
];

impl Generator<'_> {
    /// Declares everything but the bodies of flows.
    pub(super) fn declare(&mut self) {
        for (name, variants) in LIBRARY {
            let variants = variants.iter().map(|&variant| variant.to_owned()).collect();
            self.declared.enums.push(Enum { name: name.to_owned(), variants, labelled: true });
        }
        self.names();
        for _ in 0..self.pick(3) {
            self.declare_enum();
        }
        for _ in 0..self.pick(3) {
            self.declare_calendar();
        }
        for _ in 0..self.pick(3) {
            self.declare_record();
        }
        self.extend();
        for _ in 0..1 + self.pick(2) {
            self.declare_event();
        }
        for _ in 0..self.pick(3) {
            self.declare_action();
        }
        let flows = 1 + self.pick(3);
        for number in 0..flows {
            self.declare_flow(number);
        }
    }

    fn names(&mut self) {
        let tag = self.tag.clone();
        let several = |count: u32, word: &str| (0..count).map(|at| format!("{word}{at}_{tag}")).collect::<Vec<_>>();
        self.declared.tags = several(2 + self.pick(2), "tag");
        self.declared.teams = several(1 + self.pick(2), "team");
        self.declared.secrets = several(1, "token");
        for (word, names) in
            [("tag", &self.declared.tags), ("team", &self.declared.teams), ("secret", &self.declared.secrets)]
        {
            self.declared.items.push(format!("{word} {}\n", names.join(", ")));
        }
    }

    fn declare_calendar(&mut self) {
        let name = format!("hours{}_{}", self.declared.calendars.len(), self.tag);
        let (zone, open) = [
            ("Europe/Oslo", "mon-fri 09:00-12:00, 13:00-17:00"),
            ("America/New_York", "mon-sun 22:00-06:00"),
            ("Asia/Kathmandu", "tue 10:00-18:00"),
        ][self.pick(3) as usize];
        let closed = match self.pick(2) {
            0 => String::new(),
            _ => ", closed: [date(\"2026-03-03\"), date(\"2026-12-25\")]".to_owned(),
        };
        self.declared.items.push(format!("calendar {name} {{ zone: \"{zone}\", open: \"{open}\"{closed} }}\n"));
        self.declared.calendars.push(name);
    }

    fn declare_enum(&mut self) {
        let name = format!("Kind{}_{}", self.declared.enums.len(), self.tag);
        let labelled = self.pick(3) > 0;
        let variants: Vec<String> = (0..2 + self.pick(4)).map(|at| format!("v{at}")).collect();
        let written: Vec<String> = (variants.iter().enumerate())
            .map(|(at, variant)| if labelled { format!("{variant} \"Way {at}\"") } else { variant.clone() })
            .collect();
        let item = match self.pick(2) {
            0 => format!("enum {name} {{ {} }}\n", written.join(", ")),
            _ => format!("/// Ways to go.\nenum {name} {{\n    {}\n}}\n", written.join("\n    ")),
        };
        self.declared.items.push(item);
        self.declared.enums.push(Enum { name, variants, labelled });
    }

    fn declare_record(&mut self) {
        let name = format!("Item{}_{}", self.declared.records.len(), self.tag);
        let mut fields = Vec::new();
        let mut written = Vec::new();
        for at in 0..1 + self.pick(4) {
            let ty = self.data_type(2);
            let default = self.pick(4) == 3 && self.has_default(&ty);
            let field = format!("f{at}");
            let unknown = self.breaks(Kind::UnknownType);
            let shown = if unknown { self.mark("Itme") } else { ty.show(&self.declared) };
            let value = if default { format!(" = {}", self.default(&ty)) } else { String::new() };
            written.push(format!("{field}: {shown}{value}"));
            fields.push((field, ty, default));
        }
        self.declared.items.push(format!("record {name} {{ {} }}\n", written.join(", ")));
        self.declared.records.push(Record { name, fields });
    }

    fn extend(&mut self) {
        let mut written = Vec::new();
        for at in 0..2 + self.pick(4) {
            let name = format!("p{at}_{}", self.tag);
            let ty = match at {
                0 => Ty::Int,
                1 => PLAIN[self.pick(PLAIN.len() as u32) as usize].clone().optional(),
                _ => self.property_type(),
            };
            let default = match &ty {
                Ty::Opt(_) => String::new(),
                _ => format!(" = {}", self.default(&ty)),
            };
            written.push(format!("{name}: {}{default}", ty.show(&self.declared)));
            self.declared.properties.push((name, ty));
        }
        self.declared.items.push(format!("extend Contact {{\n    {}\n}}\n", written.join("\n    ")));
    }

    /// What a workspace can hold.
    fn property_type(&mut self) -> Ty {
        let ty = match self.pick(4) {
            0 => Ty::Enum(self.pick(self.declared.enums.len() as u32) as usize),
            _ => PLAIN[self.pick(PLAIN.len() as u32) as usize].clone(),
        };
        // An instant has no literal that could be a default.
        if ty == Ty::Instant || self.pick(3) == 2 { ty.optional() } else { ty }
    }

    fn declare_event(&mut self) {
        let name = format!("happened{}_{}", self.declared.events.len(), self.tag);
        let mut fields = vec![("contact".to_owned(), Ty::Contact, false)];
        for at in 0..self.pick(3) {
            fields.push((format!("e{at}"), PLAIN[self.pick(7) as usize].clone(), false));
        }
        let written: Vec<String> =
            fields.iter().map(|(name, ty, _)| format!("{name}: {}", ty.show(&self.declared))).collect();
        self.declared.items.push(format!("event {name}({})\n", written.join(", ")));
        self.declared.events.push(Record { name, fields });
    }

    fn declare_action(&mut self) {
        let name = format!("shop_{}.call{}", self.tag, self.declared.actions.len());
        let result = match self.declared.records.len() as u32 {
            0 => Ty::Json,
            count => match self.pick(3) {
                0 => Ty::Json,
                1 => Ty::Record(self.pick(count) as usize),
                _ => Ty::Record(self.pick(count) as usize).list(),
            },
        };
        let params: Vec<(String, Ty)> =
            (0..1 + self.pick(2)).map(|at| (format!("a{at}"), [Ty::Text, Ty::Int][at as usize].clone())).collect();
        let written: Vec<String> =
            params.iter().map(|(name, ty)| format!("{name}: {}", ty.show(&self.declared))).collect();
        let class =
            ["@read(timeout: 10 seconds, retry: 2)", "@once", "@repeatable", "@keyed(24 hours)"][self.pick(4) as usize];
        let method = if class.starts_with("@read") { "get" } else { "post" };
        let fails = [&[][..], &["declined"], &["declined", "sold_out"]][self.pick(3) as usize].to_vec();
        let kinds: Vec<String> = fails.iter().map(|kind| format!(".{kind}")).collect();
        let told = if fails.is_empty() { String::new() } else { format!(" fails {}", kinds.join(", ")) };
        self.declared.items.push(format!(
            "{class}\naction {name}({}) -> {}{told} = http {{\n    method: .{method}\n    \
             url: \"https://shop.example.com/{{{{a0}}}}\"\n    \
             headers: {{ Authorization: \"Bearer {{{{secret.{}}}}}\" }}\n}}\n",
            written.join(", "),
            result.show(&self.declared),
            self.declared.secrets[0],
        ));
        let keyed = class.starts_with("@keyed");
        self.declared.actions.push(Action { name, params, result, keyed, fails });
    }

    fn declare_flow(&mut self, number: u32) {
        let subject = [Ty::Contact, Ty::Conversation, Ty::Ticket][self.pick(3) as usize].clone();
        let mut params = Vec::new();
        for at in 0..self.pick(4) {
            let ty = self.data_type(2);
            let default = self.pick(4) == 3 && self.has_default(&ty);
            params.push((format!("p{at}"), ty, default));
        }
        let result = if self.pick(2) == 1 { Some(self.data_type(2)) } else { None };
        // A trigger gives what it is about and nothing else.
        let entered = self.pick(3) == 2 && subject != Ty::Ticket && params.iter().all(|(_, _, default)| *default);
        let module = self.pick(2) as usize;
        let name = format!("flow{number}");
        self.declared.flows.push(Flow { module, name, subject, params, result, entered });
    }

    /// A type of plain data.
    pub(super) fn data_type(&mut self, depth: u32) -> Ty {
        let plain = |generator: &mut Self| PLAIN[generator.pick(PLAIN.len() as u32) as usize].clone();
        if depth == 0 {
            return plain(self);
        }
        match self.pick(9) {
            0..=3 => plain(self),
            4 => Ty::Enum(self.pick(self.declared.enums.len() as u32) as usize),
            5 if !self.declared.records.is_empty() => {
                Ty::Record(self.pick(self.declared.records.len() as u32) as usize)
            }
            5 | 6 => self.data_type(depth - 1).list(),
            7 => Ty::Map(Box::new(self.data_type(depth - 1))),
            _ => self.data_type(depth - 1).optional(),
        }
    }

    /// Whether a default can be written for the type: a constant.
    fn has_default(&self, ty: &Ty) -> bool {
        match ty {
            Ty::Instant | Ty::Record(_) => false,
            Ty::List(item) | Ty::Map(item) | Ty::Opt(item) => self.has_default(item),
            _ => true,
        }
    }

    fn default(&mut self, ty: &Ty) -> String {
        match ty {
            Ty::Opt(_) => "null".to_owned(),
            ty => self.literal(ty),
        }
    }
}
