//! What a register holds, as far as instructions can tell apart: entities, enums and texts of all kinds look alike to
//! most of them, and whether an optional is present is checked when it runs.

use crate::intrinsic::Intrinsic;
use crate::program::Program;
use crate::ty::{Bank, Type, TypeId};
use crate::value::Value;
use std::collections::HashMap;

/// The shape of a value that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Shape {
    /// Nothing yet, or one thing on one way here and another on the other: must not be used.
    Unusable,
    /// Anything: JSON, and what cannot be told.
    Any,
    /// None: null, if anything.
    Null,
    /// 0 or 1, a Bool or an Int.
    Bit,
    /// Bool.
    Bool,
    /// Any other scalar, boxed or not.
    Scalar,
    /// A Bool on one way here, another scalar on the other.
    Mixed,
    /// The id of a record of that entity.
    Entity(u16),
    /// Number.
    Number,
    /// Money.
    Money,
    /// Text or enum.
    Text,
    /// Secret.
    Secret,
    /// File.
    File,
    /// Failure.
    Failure,
    /// A record.
    Record(u16),
    /// The parameters of an event.
    Event(u16),
    /// A list.
    List(Item),
    /// A map.
    Map(Item),
}

/// What a list or a map has in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Item {
    /// Anything.
    Any,
    /// Nothing: it is empty.
    None,
    /// Values of a type.
    Type(TypeId),
    /// What an instruction put there: see [`Items`].
    Made(u32),
}

/// What a register holds: a value of a shape, or null where that may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Held {
    pub shape: Shape,
    pub null: bool,
}

impl From<Shape> for Held {
    fn from(shape: Shape) -> Self {
        Held { shape, null: matches!(shape, Shape::Null) }
    }
}

impl Held {
    /// Anything at all.
    pub const ANY: Held = Held { shape: Shape::Any, null: true };
    /// Nothing that may be used.
    pub const UNUSABLE: Held = Held { shape: Shape::Unusable, null: false };

    /// Of a value of a type.
    pub fn of(program: &Program, ty: TypeId) -> Held {
        let (mut ty, mut null) = (ty, false);
        // Parts refer to smaller indices, which the tables' check has made sure of.
        while let Some(Type::Optional(inner)) = program.types.get(usize::from(ty.0)) {
            if inner.0 >= ty.0 {
                return Held::UNUSABLE;
            }
            (ty, null) = (*inner, true);
        }
        let shape = match program.types.get(usize::from(ty.0)) {
            None | Some(Type::Optional(_)) => return Held::UNUSABLE,
            Some(Type::Unit) => return Shape::Null.into(),
            Some(Type::Json) => return Held::ANY,
            Some(Type::Bool) => Shape::Bool,
            Some(Type::Int | Type::Duration | Type::Instant | Type::Date | Type::TimeOfDay | Type::Run) => {
                Shape::Scalar
            }
            Some(Type::Entity(entity)) => Shape::Entity(*entity),
            Some(Type::Number) => Shape::Number,
            Some(Type::Money) => Shape::Money,
            Some(Type::Text | Type::Email | Type::Phone | Type::Url | Type::TimeZone | Type::Enum(_)) => Shape::Text,
            Some(Type::Secret) => Shape::Secret,
            Some(Type::File) => Shape::File,
            Some(Type::Failure) => Shape::Failure,
            Some(Type::Record(def)) => Shape::Record(*def),
            Some(Type::List(item)) => Shape::List(Item::Type(*item)),
            Some(Type::Map(item)) => Shape::Map(Item::Type(*item)),
        };
        Held { shape, null }
    }

    /// Or null.
    pub fn or_null(self) -> Held {
        Held { null: true, ..self }
    }

    /// And not null.
    pub fn present(self) -> Held {
        Held { null: false, ..self }
    }

    /// As what is left in a scalar register.
    pub fn unboxed(self) -> Held {
        match self.shape {
            Shape::Bool | Shape::Bit | Shape::Entity(_) => self.present(),
            // Nothing ever is.
            Shape::Null => Shape::Bit.into(),
            _ => Shape::Scalar.into(),
        }
    }
}

impl Shape {
    /// Of a value of a type, when it is there.
    pub fn of(program: &Program, ty: TypeId) -> Shape {
        Held::of(program, ty).shape
    }

    fn is_scalar(self) -> bool {
        matches!(self, Shape::Bit | Shape::Bool | Shape::Scalar | Shape::Mixed | Shape::Entity(_))
    }
}

/// Items within items that are told apart.
const ITEMS_DEEP: u32 = 12;

/// What instructions of a function put into lists and maps.
#[derive(Debug, Default)]
pub(super) struct Items {
    made: Vec<(Held, u32)>,
    /// Where each of them is.
    known: HashMap<Held, u32>,
    /// Of constant lists and maps that have been looked at.
    constants: HashMap<u32, Held>,
}

impl Items {
    /// What is in there.
    pub fn held(&self, program: &Program, item: Item) -> Held {
        match item {
            Item::Any => Held::ANY,
            Item::None => Held { shape: Shape::Null, null: false },
            Item::Type(ty) => Held::of(program, ty),
            Item::Made(at) => self.made.get(at as usize).map_or(Held::ANY, |(held, _)| *held),
        }
    }

    /// An item that is such a value.
    pub fn make(&mut self, held: Held) -> Item {
        let depth = match held.shape {
            Shape::List(Item::Made(at)) | Shape::Map(Item::Made(at)) => {
                self.made.get(at as usize).map_or(0, |(_, depth)| depth + 1)
            }
            _ => 0,
        };
        match held {
            Held { shape: Shape::Null, null: false } => Item::None,
            Held { shape: Shape::Unusable | Shape::Any, .. } => Item::Any,
            _ if depth > ITEMS_DEEP => Item::Any,
            _ => {
                let next = self.made.len() as u32;
                let at = *self.known.entry(held).or_insert(next);
                if at == next {
                    self.made.push((held, depth));
                }
                Item::Made(at)
            }
        }
    }

    /// Of a constant. Many instructions may name one that is long.
    pub fn constant(&mut self, program: &Program, index: u32, value: &Value) -> Held {
        if !matches!(value, Value::List(_) | Value::Map(_)) {
            return self.value(program, value);
        }
        if let Some(known) = self.constants.get(&index) {
            return *known;
        }
        let held = self.value(program, value);
        self.constants.insert(index, held);
        held
    }

    fn value(&mut self, program: &Program, value: &Value) -> Held {
        let shape = match value {
            Value::Null => Shape::Null,
            Value::Bool(_) => Shape::Bool,
            Value::Int(_) => Shape::Scalar,
            Value::Number(_) => Shape::Number,
            Value::Money(_) => Shape::Money,
            Value::Text(_) => Shape::Text,
            Value::List(items) => Shape::List(self.all(program, items.iter())),
            Value::Map(entries) => Shape::Map(self.all(program, entries.iter().map(|(_, value)| value))),
            Value::Secret(_) => Shape::Secret,
            Value::File(_) => Shape::File,
            Value::Failure(_) => Shape::Failure,
            Value::Record(_) => Shape::Any,
        };
        shape.into()
    }

    fn all<'v>(&mut self, program: &Program, values: impl Iterator<Item = &'v Value>) -> Item {
        let mut all = self.held(program, Item::None);
        for value in values {
            let held = self.value(program, value);
            all = self.join(program, all, held);
        }
        self.make(all)
    }

    /// Whether a value of one can stand where the other is expected, as far as that matters before it runs.
    pub fn fits(&self, program: &Program, found: Shape, wanted: Shape) -> bool {
        self.fits_within(program, found, wanted, 16)
    }

    fn fits_within(&self, program: &Program, found: Shape, wanted: Shape, room: u32) -> bool {
        let inner = |left: Item, right: Item| {
            let shape = |item| self.held(program, item).shape;
            left == right || room == 0 || self.fits_within(program, shape(left), shape(right), room - 1)
        };
        match (found, wanted) {
            (Shape::Unusable, _) | (_, Shape::Unusable) => false,
            (Shape::Any | Shape::Null, _) | (_, Shape::Any | Shape::Null) => true,
            (Shape::Entity(left), Shape::Entity(right)) => left == right,
            (left, right) if left.is_scalar() && right.is_scalar() => true,
            (Shape::Event(_), Shape::Record(_)) | (Shape::Record(_), Shape::Event(_)) => true,
            (Shape::List(left), Shape::List(right)) | (Shape::Map(left), Shape::Map(right)) => inner(left, right),
            (left, right) => left == right,
        }
    }

    /// Whether a register that holds one can be kept as a value of a type.
    pub fn is(&self, program: &Program, found: Held, bank: Bank, ty: TypeId) -> bool {
        let wanted = Held::of(program, ty);
        // A Bool that is not boxed is a number like any other.
        let found = match (bank, found.shape) {
            (Bank::Scalar, Shape::Mixed | Shape::Bool) if wanted.shape != Shape::Bool => Shape::Scalar.into(),
            _ => found,
        };
        self.within(program, found, wanted, true, 64)
    }

    /// Whether every value of one is one of the other; with `ids`, whether it is stored as one.
    fn within(&self, program: &Program, found: Held, wanted: Held, ids: bool, room: u32) -> bool {
        let Some(room) = room.checked_sub(1) else { return false };
        let inner = |left: Item, right: Item| {
            left == right || self.within(program, self.held(program, left), self.held(program, right), ids, room)
        };
        if found.null && !wanted.null {
            return false;
        }
        match (found.shape, wanted.shape) {
            (Shape::Unusable, _) | (_, Shape::Unusable) => false,
            (Shape::Null, _) | (_, Shape::Any) => true,
            (Shape::Bit, Shape::Bool | Shape::Scalar | Shape::Mixed)
            | (Shape::Bool | Shape::Scalar | Shape::Entity(_), Shape::Mixed)
            | (Shape::Entity(_), Shape::Scalar) => true,
            (Shape::Scalar | Shape::Bit | Shape::Entity(_), Shape::Entity(_)) if ids => true,
            (Shape::Event(event), Shape::Record(record)) => {
                let event = program.events.get(usize::from(event)).map(|event| &event.params);
                let record = program.records.get(usize::from(record)).map(|record| &record.fields);
                let (Some(event), Some(record)) = (event, record) else { return false };
                let same =
                    |left: TypeId, right: TypeId| left == right || Held::of(program, left) == Held::of(program, right);
                event.len() == record.len() && event.iter().zip(record).all(|((_, left), right)| same(*left, right.ty))
            }
            (Shape::List(left), Shape::List(right)) | (Shape::Map(left), Shape::Map(right)) => inner(left, right),
            (left, right) => left == right,
        }
    }

    /// What a register holds where two ways meet.
    pub fn join(&mut self, program: &Program, known: Held, new: Held) -> Held {
        if known.shape == Shape::Unusable || new.shape == Shape::Unusable {
            return Held::UNUSABLE;
        }
        if self.within(program, new, known, false, 64) {
            return known;
        }
        let null = known.null || new.null;
        if self.within(program, known.present(), new.or_null(), false, 64) {
            return Held { null, ..new };
        }
        let shape = match (known.shape, new.shape) {
            (left, right) if self.within(program, right.into(), left.into(), false, 64) => left,
            (Shape::Any, _) | (_, Shape::Any) => Shape::Any,
            (Shape::Null, other) | (other, Shape::Null) => other,
            (Shape::Entity(_) | Shape::Scalar, Shape::Entity(_) | Shape::Bit) | (Shape::Bit, Shape::Entity(_)) => {
                Shape::Scalar
            }
            (left, right) if left.is_scalar() && right.is_scalar() => Shape::Mixed,
            (Shape::List(left), Shape::List(right)) => match self.join_items(program, left, right) {
                Some(item) => Shape::List(item),
                None => Shape::Unusable,
            },
            (Shape::Map(left), Shape::Map(right)) => match self.join_items(program, left, right) {
                Some(item) => Shape::Map(item),
                None => Shape::Unusable,
            },
            (left, right) if self.fits(program, left, right) => Shape::Any,
            _ => Shape::Unusable,
        };
        match shape {
            Shape::Unusable => Held::UNUSABLE,
            shape => Held { shape, null },
        }
    }

    fn join_items(&mut self, program: &Program, left: Item, right: Item) -> Option<Item> {
        let (left, right) = (self.held(program, left), self.held(program, right));
        if !self.fits(program, left.shape, right.shape) {
            return None;
        }
        let both = self.join(program, left, right);
        Some(self.make(both))
    }

    /// What is in a list or map.
    pub fn item(&self, program: &Program, of: Shape) -> Held {
        match of {
            Shape::List(item) | Shape::Map(item) => self.held(program, item),
            _ => Held::ANY,
        }
    }

    /// What is in it when there is something more.
    pub fn with(&mut self, program: &Program, of: Shape, more: Held) -> Item {
        let all = match of {
            Shape::List(item) | Shape::Map(item) => self.held(program, item),
            _ => Held::ANY,
        };
        match self.join(program, all, more) {
            // Values of two kinds: nothing is said of either.
            Held { shape: Shape::Unusable, .. } => Item::Any,
            both => self.make(both),
        }
    }
}

/// What an intrinsic takes (what is not listed may be anything) and makes.
pub(super) fn intrinsic(
    program: &Program,
    intrinsic: Intrinsic,
    args: &[Held],
    items: &mut Items,
) -> (&'static [Shape], Held) {
    use Intrinsic as I;
    use Shape as S;
    const ANY_LIST: Shape = S::List(Item::Any);
    const ANY_MAP: Shape = S::Map(Item::Any);
    const TEXT: &[Shape] = &[S::Text, S::Text, S::Text];
    const LIST: &[Shape] = &[ANY_LIST];
    const SCALARS: &[Shape] = &[S::Scalar, S::Scalar, S::Scalar];
    let arg = |at: usize| args.get(at).copied().unwrap_or(Held::ANY);
    let first = arg(0).present();
    let of = Held::from;
    let texts = |items: &mut Items| of(S::List(items.make(of(S::Text))));
    let maybe = |shape: Shape| of(shape).or_null();
    match intrinsic {
        I::Now => (&[], of(S::Scalar)),
        I::Today => (TEXT, of(S::Scalar)),
        I::AddCalendar => (&[S::Scalar, S::Scalar, S::Scalar, S::Scalar, S::Text, S::Scalar], of(S::Scalar)),
        I::At => (&[S::Scalar, ANY_LIST, S::Text], of(S::Scalar)),
        I::DateOf | I::TimeOf => (&[S::Scalar, S::Text], of(S::Scalar)),
        I::ShowInstant => (&[S::Scalar, S::Text], of(S::Text)),
        I::DateParts | I::AddDate => (SCALARS, of(S::Scalar)),
        I::IsOpen => (&[S::Scalar, S::Text, S::Text], of(S::Bool)),
        I::NextClosed => (&[S::Scalar, S::Text, S::Text], maybe(S::Scalar)),
        I::NextOpen => (&[S::Scalar, S::Scalar, S::Text, S::Text], of(S::Scalar)),
        I::CalendarZone => (TEXT, of(S::Text)),
        I::AddBusinessDays => (&[S::Scalar, S::Scalar, S::Scalar, S::Text, S::Text], of(S::Scalar)),
        I::AddBusinessTime | I::AddBusinessDate => (&[S::Scalar, S::Scalar, S::Text, S::Text], of(S::Scalar)),
        I::TextTrim | I::TextLower | I::TextUpper | I::TextReplace => (TEXT, of(S::Text)),
        I::TextContains | I::TextStartsWith | I::TextEndsWith => (TEXT, of(S::Bool)),
        I::TextSplit => (TEXT, texts(items)),
        I::TextJoin => (&[ANY_LIST, S::Text], of(S::Text)),
        I::TextConcat => match (arg(0).shape, arg(1).shape) {
            (S::Text, S::Text) => (&[], of(S::Text)),
            (S::Secret, _) | (_, S::Secret) => (&[], of(S::Secret)),
            _ => (&[], of(S::Any)),
        },
        I::ParseEmail | I::ParsePhone | I::ParseUrl => (TEXT, maybe(S::Text)),
        I::ParseText => (&[], maybe(S::Text)),
        I::ParseFile => (&[], maybe(S::File)),
        I::ParseInt | I::ParseDate | I::ParseTime => (TEXT, maybe(S::Scalar)),
        I::ParseBool => (TEXT, maybe(S::Bool)),
        I::ParseNumber => (TEXT, maybe(S::Number)),
        I::MatchOption => (&[S::Any, ANY_LIST], maybe(S::Scalar)),
        I::Round => (&[S::Number, S::Scalar], of(S::Number)),
        I::ToInt => (&[S::Number], of(S::Scalar)),
        I::MakeMoney => (&[S::Number, S::Text], of(S::Money)),
        I::AmountOf => (&[S::Money], of(S::Number)),
        I::CurrencyOf => (&[S::Money], of(S::Text)),
        I::Abs => (&[], first),
        I::ListContains => (LIST, of(S::Bool)),
        I::ListAppend => (LIST, of(S::List(items.with(program, first.shape, arg(1))))),
        I::ListConcat => {
            let others = items.item(program, arg(1).shape);
            (LIST, of(S::List(items.with(program, first.shape, others))))
        }
        I::ListSlice | I::ListReverse => (LIST, list_or(first)),
        I::ListFirst | I::ListLast => (LIST, items.item(program, first.shape).or_null()),
        I::MapGet => (&[S::Any, S::Text], items.item(program, first.shape).or_null()),
        I::MapSet => (&[ANY_MAP, S::Text], of(S::Map(items.with(program, first.shape, arg(2))))),
        I::MapKeys => (&[ANY_MAP], texts(items)),
        I::MapValues => {
            let values = items.item(program, first.shape);
            (&[ANY_MAP], of(S::List(items.make(values))))
        }
        I::JsonText => (&[], of(S::Text)),
        I::ToJson => (&[], Held::ANY),
        I::NextPage => (LIST, maybe(S::Text)),
        I::NextPageNumber => (LIST, maybe(S::Scalar)),
        I::MakeFailure => (TEXT, of(S::Failure)),
        I::FailureKind | I::FailureMessage => (&[S::Failure], of(S::Text)),
        I::SecretNamed | I::SecretText => (TEXT, of(S::Secret)),
        I::EnumLabel => (&[S::Text, S::Scalar], of(S::Text)),
    }
}

/// A list, of which nothing more is known where it is not known to be one.
fn list_or(held: Held) -> Held {
    match held.shape {
        Shape::List(_) => held,
        _ => Shape::List(Item::Any).into(),
    }
}
