//! Listings of programs for people, optionally beside the source.

mod entry;

use crate::calendar::Calendar;
use crate::intrinsic::Intrinsic;
use crate::op::{Instr, Op};
use crate::program::{ArmKind, Debug, Function, Place, PlaceKind, Program};
use crate::ty::{Bank, Type, TypeId};
use crate::value::Value;
use std::fmt::Write;

/// Looks up a line of a source file: (its name, the line from 1).
pub type SourceLine<'a> = &'a dyn Fn(&str, u32) -> Option<String>;

/// Lists a whole program. With `debug` registers have their variables' names; with `source` each line of source stands
/// above the code it became. Total: an index that leads nowhere is shown as a number.
pub fn program(program: &Program, debug: Option<&Debug>, source: Option<SourceLine<'_>>) -> String {
    let mut out = String::new();
    program.calendars.iter().for_each(|calendar| calendar_line(&mut out, calendar));
    if !program.calendars.is_empty() {
        out.push('\n');
    }
    for index in 0..program.functions.len() {
        if let Ok(index) = u16::try_from(index) {
            out.push_str(&function(program, index, debug, source));
            out.push('\n');
        }
    }
    for header in &program.entries {
        entry::list(program, header, &mut out);
    }
    out
}

/// Lists one function; nothing when there is none of that index.
pub fn function(program: &Program, index: u16, debug: Option<&Debug>, source: Option<SourceLine<'_>>) -> String {
    let mut out = String::new();
    let Some(code) = program.functions.get(usize::from(index)) else { return out };
    let listing = Listing { program, index, code, debug };
    listing.head(&mut out);
    for pc in 0..code.code.len() {
        listing.source(&mut out, pc, source);
        listing.line(&mut out, pc);
    }
    out
}

/// `calendar support_hours in Europe/Oslo: mon 09:00-17:00; closed on 1 day`
fn calendar_line(out: &mut String, calendar: &Calendar) {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let zone = calendar.zone.as_deref().unwrap_or("whose it is");
    let _ = write!(out, "calendar {} in {zone}:", calendar.name);
    let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60);
    for shift in &calendar.shifts {
        let day = DAYS.get(usize::from(shift.weekday)).unwrap_or(&"?");
        let _ = write!(out, " {day} {}-{}", clock(shift.from), clock(shift.to));
    }
    if !calendar.closed.is_empty() {
        let _ = write!(out, "; {} closed days", calendar.closed.len());
    }
    out.push('\n');
}

/// A type as it is written in Flow.
pub fn type_name(program: &Program, ty: TypeId) -> String {
    // Parts come before what they are part of; anything else is no type.
    let inner = |inner: TypeId| if inner.0 < ty.0 { type_name(program, inner) } else { "?".to_owned() };
    match program.types.get(usize::from(ty.0)) {
        None => format!("type{}", ty.0),
        Some(Type::Entity(at)) => named(program.entities.get(usize::from(*at)).map(|name| &**name), "entity", *at),
        Some(Type::Enum(at)) => named(program.enums.get(usize::from(*at)).map(|def| &*def.name), "enum", *at),
        Some(Type::Record(at)) => named(program.records.get(usize::from(*at)).map(|def| &*def.name), "record", *at),
        Some(Type::List(item)) => format!("List<{}>", inner(*item)),
        Some(Type::Map(item)) => format!("Map<{}>", inner(*item)),
        Some(Type::Optional(item)) => format!("{}?", inner(*item)),
        Some(simple) => format!("{simple:?}"),
    }
}

fn named(name: Option<&str>, what: &str, index: u16) -> String {
    name.map_or_else(|| format!("{what}{index}"), str::to_owned)
}

struct Listing<'a> {
    program: &'a Program,
    index: u16,
    code: &'a Function,
    debug: Option<&'a Debug>,
}

// Writing to a String cannot fail: results are dropped throughout.
impl Listing<'_> {
    fn head(&self, out: &mut String) {
        let params: Vec<String> = self.code.params.iter().map(|ty| type_name(self.program, *ty)).collect();
        let result = type_name(self.program, self.code.result);
        let (kind, name) = (&self.code.kind, &self.code.name);
        let _ = writeln!(out, "{kind:?} {name}({}) -> {result}    // function {}", params.join(", "), self.index);
        let _ = writeln!(out, "  registers: {} scalar, {} reference", self.code.scalars, self.code.references);
        for handler in &self.code.handlers {
            let register = self.register(Bank::Reference, handler.failure);
            let _ = writeln!(
                out,
                "  on failure in {}..{}: {register}, go to {}",
                handler.start, handler.end, handler.target
            );
        }
    }

    fn source(&self, out: &mut String, pc: usize, source: Option<SourceLine<'_>>) {
        let Some(debug) = self.debug else { return };
        let lines = debug.lines.get(usize::from(self.index)).map_or(&[][..], Vec::as_slice);
        let Some(at) = lines.iter().position(|(from, ..)| usize::from(*from) == pc) else { return };
        let Some((_, file, line, _)) = lines.get(at) else { return };
        let before = at.checked_sub(1).and_then(|at| lines.get(at)).map(|(_, file, line, _)| (file, line));
        if before == Some((file, line)) {
            return;
        }
        let name = debug.files.get(usize::from(*file)).map_or("?", |name| name);
        let text = source.and_then(|source| source(name, *line)).unwrap_or_default();
        let _ = writeln!(out, "  ; {name}:{line}  {}", text.trim());
    }

    fn line(&self, out: &mut String, pc: usize) {
        let Some(i) = self.code.code.get(pc) else { return };
        let _ = write!(out, "  {pc:>5}  {:<12} {}", i.op.mnemonic(), self.operands(*i));
        out.truncate(out.trim_end().len());
        out.push('\n');
        let place = self.program.places.iter().enumerate();
        for (at, place) in place.filter(|(_, place)| place.function == self.index && usize::from(place.pc) == pc) {
            self.place(out, at, place);
        }
    }

    fn place(&self, out: &mut String, at: usize, place: &Place) {
        let live = place
            .live
            .iter()
            .map(|live| format!("{}: {}", self.register(live.bank, live.register), type_name(self.program, live.ty)));
        let live: Vec<String> = live.collect();
        let _ = writeln!(out, "           place {at} `{}` keeps {}", place.key, live.join(", "));
        match &place.kind {
            PlaceKind::Wait { arms } => {
                for arm in arms {
                    let _ = writeln!(out, "             {} -> {}", self.arm(&arm.on), arm.target);
                }
            }
            PlaceKind::Join { mode, paths } => {
                for path in paths {
                    let done = self.register(Bank::Scalar, path.done);
                    let result = self.register(Bank::Reference, path.result);
                    let _ = writeln!(out, "             {mode:?} {} -> {done}, {result}", path.name);
                }
            }
            PlaceKind::Action { policy, .. } => {
                let _ = writeln!(
                    out,
                    "             timeout {} us, {} retries, backoff {} us",
                    policy.timeout_us, policy.retry, policy.backoff_us
                );
            }
            PlaceKind::Call | PlaceKind::Pause => {}
        }
    }

    fn arm(&self, arm: &ArmKind) -> String {
        match arm {
            ArmKind::After { due } => format!("after {}", self.register(Bank::Scalar, *due)),
            ArmKind::Event { event, matches, bind, filter } => {
                let name =
                    named(self.program.events.get(usize::from(*event)).map(|event| &*event.name), "event", *event);
                let matches: Vec<String> =
                    matches.iter().map(|(param, bank, r)| format!("{param} = {}", self.register(*bank, *r))).collect();
                let bind = bind.map(|r| format!(" as {}", self.register(Bank::Reference, r))).unwrap_or_default();
                let filter = filter.as_ref().map(|filter| {
                    let captures = filter.captures.iter().map(|captured| match captured {
                        Some((bank, r)) => self.register(*bank, *r),
                        None => "event".to_owned(),
                    });
                    let captures: Vec<String> = captures.collect();
                    format!(" where {}({})", self.function_name(filter.function), captures.join(", "))
                });
                format!("on {name}({}){bind}{}", matches.join(", "), filter.unwrap_or_default())
            }
            ArmKind::When { function, captures, .. } => {
                let captures: Vec<String> = captures.iter().map(|(bank, r)| self.register(*bank, *r)).collect();
                format!("when {}({})", self.function_name(*function), captures.join(", "))
            }
            ArmKind::Answer { conversation, prompt, options, expects, bind, .. } => {
                let options =
                    options.map(|r| format!(" from {}", self.register(Bank::Reference, r))).unwrap_or_default();
                format!(
                    "answer in {} to {}{options} as {expects:?}, {}",
                    self.register(Bank::Scalar, *conversation),
                    self.register(Bank::Reference, *prompt),
                    self.register(Bank::Reference, *bind)
                )
            }
        }
    }

    fn register(&self, bank: Bank, register: u16) -> String {
        let name = self.debug.and_then(|debug| debug.names.get(usize::from(self.index)));
        let name = name.and_then(|names| names.iter().find(|(b, r, _)| *b == bank && *r == register));
        let letter = if bank == Bank::Scalar { 'S' } else { 'R' };
        match name {
            Some((_, _, name)) => format!("{letter}{register}:{name}"),
            None => format!("{letter}{register}"),
        }
    }

    fn function_name(&self, index: u16) -> String {
        named(self.program.functions.get(usize::from(index)).map(|function| &*function.name), "function", index)
    }

    fn constant(&self, index: u32) -> String {
        match self.program.constants.get(index as usize) {
            Some(Value::Text(text)) => format!("{text:?}"),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Money(money)) => format!("{} {}", money.currency.escape_ascii(), money.amount),
            Some(other) => format!("{other:?}"),
            None => format!("constant{index}"),
        }
    }

    fn operands(&self, i: Instr) -> String {
        let s = |register| self.register(Bank::Scalar, register);
        let r = |register| self.register(Bank::Reference, register);
        let cmp = |k: u8| ["==", "!=", "<", "<=", ">", ">="].get(usize::from(k)).copied().unwrap_or("?");
        let field = |at: u16| named(self.program.fields.get(usize::from(at)).map(|field| &*field.name), "field", at);
        let action =
            |at: u16| named(self.program.actions.get(usize::from(at)).map(|action| &*action.name), "action", at);
        let flow = |at: u16| named(self.program.flow_refs.get(usize::from(at)).map(|flow| &*flow.name), "flow", at);
        match i.op {
            Op::MoveS | Op::NegI | Op::Not => format!("{} = {}", s(i.a), s(i.b)),
            Op::MoveR | Op::SomeR | Op::NegN => format!("{} = {}", r(i.a), r(i.b)),
            Op::IntS => format!("{} = {}", s(i.a), i.bc() as i32),
            Op::ConstS => match self.program.scalars.get(i.bc() as usize) {
                Some(scalar) => format!("{} = {scalar}", s(i.a)),
                None => format!("{} = scalar{}", s(i.a), i.bc()),
            },
            Op::ConstR => format!("{} = {}", r(i.a), self.constant(i.bc())),
            Op::NullR => r(i.a),
            Op::BoxI | Op::BoxB | Op::NumI => format!("{} = {}", r(i.a), s(i.b)),
            Op::UnboxS => format!("{} = {}", s(i.a), r(i.b)),
            Op::AddI => format!("{} = {} + {}", s(i.a), s(i.b), s(i.c)),
            Op::SubI => format!("{} = {} - {}", s(i.a), s(i.b), s(i.c)),
            Op::MulI => format!("{} = {} * {}", s(i.a), s(i.b), s(i.c)),
            Op::RemI => format!("{} = {} rem {}", s(i.a), s(i.b), s(i.c)),
            Op::AddK => format!("{} = {} + {}", s(i.a), s(i.b), i.c as i16),
            Op::CmpI => format!("{} = {} {} {}", s(i.a), s(i.b), cmp(i.k), s(i.c)),
            Op::AddN => format!("{} = {} + {}", r(i.a), r(i.b), r(i.c)),
            Op::SubN => format!("{} = {} - {}", r(i.a), r(i.b), r(i.c)),
            Op::MulN => format!("{} = {} * {}", r(i.a), r(i.b), r(i.c)),
            Op::DivN => format!("{} = {} / {}", r(i.a), r(i.b), r(i.c)),
            Op::CmpN | Op::CmpT | Op::EqR => format!("{} = {} {} {}", s(i.a), r(i.b), cmp(i.k), r(i.c)),
            Op::IsNull => format!("{} = {} {} null", s(i.a), r(i.b), cmp(i.k)),
            Op::Jump => format!("-> {}", i.bc()),
            Op::JumpIf | Op::JumpUnless => format!("{} -> {}", s(i.a), i.bc()),
            Op::JumpCmpI => format!("{} {} {} -> {}", s(i.a), cmp(i.k), s(i.b), i.c),
            Op::JumpNull | Op::JumpNotNull => format!("{} -> {}", r(i.a), i.bc()),
            Op::JumpEqT => format!("{} {} {} -> {}", r(i.a), cmp(i.k), r(i.b), i.c),
            Op::JumpField => format!("{}.{} {} the operand below -> {}", s(i.a), field(i.b), cmp(i.k), i.c),
            Op::Mark => i.bc().to_string(),
            Op::Arg => self.constant(i.a.into()),
            Op::SwitchT | Op::SwitchI => self.switch(i),
            Op::FieldS => format!("{} = {}.{}", s(i.a), s(i.b), field(i.c)),
            Op::FieldR => format!("{} = {}.{}", r(i.a), s(i.b), field(i.c)),
            Op::SetField => format!("{}.{} = {}", s(i.a), field(i.c), r(i.b)),
            Op::Record => {
                let name = named(self.program.records.get(usize::from(i.b)).map(|def| &*def.name), "record", i.b);
                format!("{} = {name}({} ..)", r(i.a), r(i.c))
            }
            Op::PartR => format!("{} = {}.{}", r(i.a), r(i.b), i.c),
            Op::PartS => format!("{} = {}.{}", s(i.a), r(i.b), i.c),
            Op::List => format!("{} = [{} x{}]", r(i.a), r(i.c), i.b),
            Op::Map => format!("{} = {{{} x{}}}", r(i.a), r(i.c), i.b),
            Op::Len => format!("{} = length of {}", s(i.a), r(i.b)),
            Op::ItemR => format!("{} = {}[{}]", r(i.a), r(i.b), s(i.c)),
            Op::ItemS => format!("{} = {}[{}]", s(i.a), r(i.b), s(i.c)),
            Op::Template => format!("{} = {}", r(i.a), self.template(i.bc())),
            Op::Decode => format!("{} = {} as {}", r(i.a), r(i.b), type_name(self.program, TypeId(i.c))),
            Op::Intrinsic => {
                let name = Intrinsic::from_byte(i.k).map_or("?", Intrinsic::mnemonic);
                format!("{} = {name}({} x{})", r(i.a), r(i.c), i.b)
            }
            Op::Call => format!("{}({} .., {} ..)", self.function_name(i.a), s(i.b), r(i.c)),
            Op::ReturnS => s(i.a),
            Op::ReturnR | Op::Fail | Op::Refuse => r(i.a),
            Op::Return | Op::Stop => String::new(),
            Op::Act => format!("{} = {}({} ..)", r(i.b), action(i.a), r(i.c)),
            Op::ActExternal => {
                let extras = [(1, ", approved"), (2, ", with a key"), (4, ", verified"), (8, ", asked about")];
                let extras = extras.iter().filter(|(bit, _)| i.k & bit != 0).map(|(_, word)| *word).collect::<String>();
                format!("{} = {}({} ..{extras})", r(i.c), action(i.a), r(i.c))
            }
            Op::Fire => {
                let name = named(self.program.events.get(usize::from(i.a)).map(|event| &*event.name), "event", i.a);
                format!("{name}({} ..)", r(i.c))
            }
            Op::Start => format!("{} = {}({} ..)", s(i.b), flow(i.a), r(i.c)),
            Op::Launch => format!("{}({} ..)", flow(i.a), r(i.c)),
            Op::Split => {
                let Some(split) = self.program.splits.get(i.bc() as usize) else {
                    return format!("{} = split{}", s(i.a), i.bc());
                };
                let sides: Vec<String> = split.sides.iter().map(|(name, share)| format!("{name} {share}")).collect();
                format!("{} = {} of {}", s(i.a), split.key, sides.join(", "))
            }
            Op::SendAt => format!("{} = when", s(i.a)),
            Op::MaySend => {
                let name = self.program.actions.get(i.bc() as usize).map(|action| &*action.name);
                let name = named(name, "action", u16::try_from(i.bc()).unwrap_or(u16::MAX));
                format!("{} = {name}{}", s(i.a), if i.k == 1 { ", or fails" } else { "" })
            }
            Op::Wait | Op::Pause | Op::Join => format!("place {}", i.bc()),
            Op::Undo => format!("{}({} .., {} ..)", self.function_name(i.a), s(i.b), r(i.c)),
            Op::Fork => format!("path {}: {}({} .., {} ..)", i.k, self.function_name(i.a), s(i.b), r(i.c)),
        }
    }

    fn switch(&self, i: Instr) -> String {
        let register = if i.op == Op::SwitchT { Bank::Reference } else { Bank::Scalar };
        let mut out = self.register(register, i.a);
        let Some(table) = self.program.switches.get(i.bc() as usize) else { return format!("{out} switch{}", i.bc()) };
        for (case, target) in &table.cases {
            let case = match i.op {
                Op::SwitchT => self.constant(*case),
                _ => self.program.scalars.get(*case as usize).map_or("?".to_owned(), i64::to_string),
            };
            let _ = write!(out, ", {case} -> {target}");
        }
        let _ = write!(out, ", else -> {}", table.default);
        out
    }

    fn template(&self, index: u32) -> String {
        let Some(template) = self.program.templates.get(index as usize) else { return format!("template{index}") };
        let piece = |piece: &crate::program::Piece| match piece {
            crate::program::Piece::Text(text) => self.constant(*text),
            crate::program::Piece::Hole { bank, register, ty, .. } => {
                format!("{{{{{}: {}}}}}", self.register(*bank, *register), type_name(self.program, *ty))
            }
        };
        template.pieces.iter().map(piece).collect::<Vec<_>>().join(" ")
    }
}
