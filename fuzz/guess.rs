//! Values of a type and a world of them, out of a number: what a program may meet when nobody says what it meets.

use flow_bytecode::program::PlaceKind;
use flow_bytecode::value::{FileRef, SecretPart};
use flow_bytecode::{Failure, Money, Program, Type, TypeId, Value};
use flow_vm::machine::{Status, Step, Wake, World, WorldError};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The second of March 2026, a Monday, 08:00 UTC.
const BEGINNING_US: i64 = 1_772_438_400_000_000;
/// Records within each other: no value of more is read by the machine.
const WITHIN_MAX: u32 = 64;
/// Records made by one die; of more it takes too long.
const MADE_MAX: u32 = 100_000;

/// Numbers that look random and are the same every time.
#[derive(Debug, Clone, PartialEq)]
pub struct Dice {
    state: u64,
    /// Whether it was asked for what there is not: a value of an enum without variants, of a record that holds itself.
    stuck: bool,
    /// Records around the value in hand.
    within: u32,
    /// Values made so far.
    made: u32,
}

impl Dice {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Dice { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, stuck: false, within: 0, made: 0 }
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 20) % sides.max(1)
    }

    /// A value of a type.
    pub fn value(&mut self, program: &Program, ty: TypeId, room: u32) -> Value {
        const TEXTS: [&str; 8] =
            ["yes", "42", "ada@example.com", "+47 22 12 34 56", "Europe/Oslo", "2026-03-05", "pro", "NO"];
        let minute = 60_000_000;
        match &program.types[usize::from(ty.0)] {
            Type::Unit => Value::Null,
            Type::Bool => Value::Bool(self.roll(2) == 1),
            Type::Int => Value::Int(self.roll(12) as i64),
            Type::Duration => Value::Int(minute << self.roll(12)),
            Type::Instant => Value::Int(BEGINNING_US + minute * self.roll(10_000) as i64),
            Type::Date => Value::Int(20_500 + self.roll(20) as i64),
            Type::TimeOfDay => Value::Int(60 * minute * self.roll(24) as i64),
            Type::Entity(_) | Type::Run => Value::Int(1 + self.roll(2) as i64),
            Type::Number => Value::Number(self.amount().parse().expect("a decimal")),
            Type::Money => Value::Money(Money { amount: self.amount().parse().expect("a decimal"), currency: *b"EUR" }),
            Type::Text => Value::text(TEXTS[self.roll(8) as usize]),
            Type::Email => Value::text("ada@example.com"),
            Type::Phone => Value::text("+4722123456"),
            Type::Url => Value::text("https://example.com/a"),
            Type::TimeZone => Value::text("Europe/Oslo"),
            Type::Enum(index) => {
                let variants = &program.enums[usize::from(*index)].variants;
                match variants.get(self.roll(variants.len() as u64) as usize) {
                    Some((name, _)) => Value::Text(name.clone()),
                    None => {
                        self.stuck = true;
                        Value::Null
                    }
                }
            }
            Type::Secret => Value::Secret(Arc::new(vec![SecretPart::Name("token".into())])),
            Type::File => Value::File(Arc::new(FileRef {
                name: "photo.png".into(),
                media_type: "image/png".into(),
                bytes: 7,
                location: "file:photo.png".into(),
            })),
            Type::Json if room > 0 && !program.records.is_empty() => {
                // An object that one of the program's records can be made of.
                let record = &program.records[self.roll(program.records.len() as u64) as usize];
                let mut entry = |name: &Arc<str>, ty| (name.clone(), self.value(program, ty, room - 1));
                let fields = record.fields.iter().map(|field| entry(&field.name, field.ty));
                Value::Map(Arc::new(fields.collect()))
            }
            Type::Json => Value::text("none"),
            Type::Failure => Value::Failure(Arc::new(Failure::new("timeout", "It took too long."))),
            Type::Record(_) if self.stuck || self.within >= WITHIN_MAX || self.made >= MADE_MAX => {
                self.stuck = true;
                Value::Null
            }
            Type::Record(index) => {
                self.within += 1;
                self.made += 1;
                let fields = &program.records[usize::from(*index)].fields;
                let values = fields.iter().map(|field| self.value(program, field.ty, room)).collect();
                self.within -= 1;
                Value::Record(Arc::new(values))
            }
            Type::List(item) => {
                let count = if room == 0 { 0 } else { self.roll(4) };
                Value::List(Arc::new((0..count).map(|_| self.value(program, *item, room - 1)).collect()))
            }
            Type::Map(item) if room > 0 => {
                Value::Map(Arc::new(vec![("key".into(), self.value(program, *item, room - 1))]))
            }
            Type::Map(_) => Value::Map(Arc::default()),
            Type::Optional(inner) if room > 0 && self.roll(3) > 0 => self.value(program, *inner, room - 1),
            Type::Optional(_) => Value::Null,
        }
    }

    fn amount(&mut self) -> String {
        format!("{}.{:02}", self.roll(2_000), self.roll(100))
    }

    /// Whether one of its values was of a type that has none.
    pub fn is_stuck(&self) -> bool {
        self.stuck
    }

    /// What may come next for a run that waits; `None` when nothing can.
    pub fn wake(&mut self, program: &Program, step: &Step, world: &mut Guessed) -> Option<Wake> {
        match step.status {
            Status::Ready => return Some(Wake::Continue),
            Status::Failed { retryable: true, .. } => return Some(Wake::Retry),
            Status::Waiting => {}
            _ => return None,
        }
        let wait = step.waits.get(self.roll(step.waits.len() as u64) as usize)?;
        for prompt in &step.prompts {
            world.options.insert((prompt.path, prompt.revision), prompt.options.clone());
        }
        if let Some(effect) = wait.effect {
            let PlaceKind::Action { action, .. } = program.places[usize::from(wait.place)].kind else { return None };
            let action = &program.actions[usize::from(action)];
            let outcome = match self.roll(4) {
                0 => {
                    let kind = action.fails.get(self.roll(action.fails.len() as u64) as usize);
                    Err(Failure::new(kind.cloned().unwrap_or_else(|| "timeout".into()), "It did not work."))
                }
                _ => Ok(self.value(program, action.result, 3)),
            };
            return Some(Wake::Outcome { path: wait.path, effect, outcome });
        }
        match (self.roll(8), wait.asks_in) {
            (0, Some(conversation)) => {
                return Some(Wake::PromptEnded { conversation, failure: Failure::new("gone", "It was closed.") });
            }
            (1..=5, Some(_)) => {
                let options = world.options.get(&(wait.path, wait.revision)).cloned().unwrap_or_default();
                let answer = match options.get(self.roll(options.len() as u64) as usize) {
                    Some(option) => Value::Text(option.clone()),
                    None => self.value(program, world.text, 0),
                };
                return Some(Wake::Answer { path: wait.path, revision: wait.revision, answer });
            }
            (6, _) if wait.conditions => {
                world.fields.clear();
                return Some(Wake::Changed);
            }
            (_, None) if !wait.events.is_empty() && self.roll(2) == 0 => {
                let event = wait.events[self.roll(wait.events.len() as u64) as usize];
                let event = &program.events[usize::from(event)];
                let args = event.params.iter().map(|(_, ty)| self.value(program, *ty, 3)).collect();
                return Some(Wake::Event { name: event.name.clone(), args });
            }
            _ => {}
        }
        world.now = wait.due.unwrap_or(world.now).max(world.now);
        Some(Wake::Due)
    }
}

/// A world that answers whatever is asked, with values of the right types, and notes what was asked.
#[derive(Debug, Clone)]
pub struct Guessed {
    /// Its program.
    pub program: Arc<Program>,
    /// Its time.
    pub now: i64,
    /// Everything it was asked to do.
    pub did: Vec<String>,
    dice: Dice,
    fields: BTreeMap<(u16, i64), Value>,
    options: HashMap<(u16, u32), Vec<Arc<str>>>,
    text: TypeId,
}

impl Guessed {
    /// Of a program, out of a number.
    pub fn new(program: Arc<Program>, seed: u64) -> Self {
        let text = program.types.iter().position(|ty| *ty == Type::Text).unwrap_or(0) as u16;
        Guessed {
            program,
            // At some hour, so that calendars are open in some worlds and closed in others.
            now: BEGINNING_US + (seed % 24) as i64 * 3_600_000_000,
            did: Vec::new(),
            dice: Dice::new(seed ^ 0x5eed),
            fields: BTreeMap::new(),
            options: HashMap::new(),
            text: TypeId(text),
        }
    }

    /// Whether one of its values was of a type that has none.
    pub fn is_stuck(&self) -> bool {
        self.dice.is_stuck()
    }
}

impl World for Guessed {
    fn now(&self) -> i64 {
        self.now
    }

    fn field(&mut self, field: u16, id: i64) -> Result<&Value, WorldError> {
        let Guessed { program, dice, fields, .. } = self;
        let ty = program.fields[usize::from(field)].ty;
        Ok(fields.entry((field, id)).or_insert_with(|| dice.value(program, ty, 3)))
    }

    fn set_field(&mut self, field: u16, id: i64, value: Value, effect: u32) -> Result<(), WorldError> {
        self.did.push(format!("{effect}: set {field} of {id} to {value:?}"));
        self.fields.insert((field, id), value);
        Ok(())
    }

    fn call(&mut self, action: u16, args: &[Value], effect: u32) -> Result<Value, WorldError> {
        self.did.push(format!("{effect}: call {action} {args:?}"));
        let action = &self.program.actions[usize::from(action)];
        match self.dice.roll(12) {
            0 if !action.fails.is_empty() => {
                let kind = action.fails[self.dice.roll(action.fails.len() as u64) as usize].clone();
                Err(WorldError::Failure(Failure::new(kind, "It did not work.")))
            }
            _ => Ok(self.dice.value(&self.program, action.result, 3)),
        }
    }

    fn fire(&mut self, event: u16, args: &[Value], effect: u32) -> Result<(), WorldError> {
        self.did.push(format!("{effect}: fire {event} {args:?}"));
        Ok(())
    }

    fn start(&mut self, flow_ref: u16, args: &[Value], effect: u32) -> Result<i64, WorldError> {
        self.did.push(format!("{effect}: start {flow_ref} {args:?}"));
        Ok(7)
    }

    fn split(&mut self, split: u16, effect: u32) -> Result<u16, WorldError> {
        let side = self.dice.roll(self.program.splits[usize::from(split)].sides.len() as u64) as u16;
        self.did.push(format!("{effect}: side {side} of {split}"));
        Ok(side)
    }

    fn send_at(&mut self) -> Result<Option<i64>, WorldError> {
        Ok((self.dice.roll(3) == 0).then_some(self.now + 3_600_000_000))
    }

    fn may_send(&mut self, action: u16, effect: u32) -> Result<bool, WorldError> {
        let may = self.dice.roll(4) != 0;
        self.did.push(format!("{effect}: {action} may be sent: {may}"));
        Ok(may)
    }
}
