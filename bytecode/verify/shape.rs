//! What a register holds, as far as instructions can tell apart: entities, enums and texts of all kinds look alike to
//! most of them, and whether an optional is present is checked when it runs.

use crate::intrinsic::Intrinsic;
use crate::program::Program;
use crate::ty::{Type, TypeId};
use crate::value::Value;

/// The shape of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Nothing yet, or one thing on one way here and another on the other: must not be used.
    Unusable,
    /// Anything: JSON, and what cannot be told.
    Any,
    /// Null.
    Null,
    /// A scalar, boxed or not.
    Scalar,
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
    /// A list, of that type where known.
    List(Option<TypeId>),
    /// A map, of that type where known.
    Map(Option<TypeId>),
}

impl Shape {
    /// Of a value of a type.
    pub fn of(program: &Program, ty: TypeId) -> Shape {
        let mut ty = ty;
        // Parts refer to smaller indices, which the tables' check has made sure of.
        while let Some(Type::Optional(inner)) = program.types.get(usize::from(ty.0)) {
            if inner.0 >= ty.0 {
                return Shape::Unusable;
            }
            ty = *inner;
        }
        match program.types.get(usize::from(ty.0)) {
            None => Shape::Unusable,
            Some(Type::Unit) => Shape::Null,
            Some(
                Type::Bool | Type::Int | Type::Duration | Type::Instant | Type::Date | Type::TimeOfDay | Type::Run,
            ) => Shape::Scalar,
            Some(Type::Entity(entity)) => Shape::Entity(*entity),
            Some(Type::Number) => Shape::Number,
            Some(Type::Money) => Shape::Money,
            Some(Type::Text | Type::Email | Type::Phone | Type::Url | Type::TimeZone | Type::Enum(_)) => Shape::Text,
            Some(Type::Secret) => Shape::Secret,
            Some(Type::File) => Shape::File,
            Some(Type::Json | Type::Optional(_)) => Shape::Any,
            Some(Type::Failure) => Shape::Failure,
            Some(Type::Record(def)) => Shape::Record(*def),
            Some(Type::List(item)) => Shape::List(Some(*item)),
            Some(Type::Map(item)) => Shape::Map(Some(*item)),
        }
    }

    /// Of a constant.
    pub fn of_value(value: &Value) -> Shape {
        match value {
            Value::Null => Shape::Null,
            Value::Bool(_) | Value::Int(_) => Shape::Scalar,
            Value::Number(_) => Shape::Number,
            Value::Money(_) => Shape::Money,
            Value::Text(_) => Shape::Text,
            Value::List(_) => Shape::List(None),
            Value::Map(_) => Shape::Map(None),
            Value::Secret(_) => Shape::Secret,
            Value::File(_) => Shape::File,
            Value::Failure(_) => Shape::Failure,
            Value::Record(_) => Shape::Any,
        }
    }

    /// Whether a value of one can stand where the other is expected.
    pub fn fits(self, other: Shape, program: &Program) -> bool {
        self.fits_within(other, program, 16)
    }

    fn fits_within(self, other: Shape, program: &Program, room: u32) -> bool {
        let inner = |left: Option<TypeId>, right: Option<TypeId>| match (left, right) {
            (Some(left), Some(right)) if left != right => {
                room == 0 || Shape::of(program, left).fits_within(Shape::of(program, right), program, room - 1)
            }
            _ => true,
        };
        match (self, other) {
            (Shape::Unusable, _) | (_, Shape::Unusable) => false,
            (Shape::Any | Shape::Null, _) | (_, Shape::Any | Shape::Null) => true,
            (Shape::Scalar, Shape::Entity(_)) | (Shape::Entity(_), Shape::Scalar) => true,
            (Shape::Event(_), Shape::Record(_)) | (Shape::Record(_), Shape::Event(_)) => true,
            (Shape::List(left), Shape::List(right)) | (Shape::Map(left), Shape::Map(right)) => inner(left, right),
            (left, right) => left == right,
        }
    }

    /// What a register holds where two ways meet.
    pub fn join(self, other: Shape, program: &Program) -> Shape {
        if self == other {
            return self;
        }
        match (self, other) {
            (Shape::Unusable, _) | (_, Shape::Unusable) => Shape::Unusable,
            (Shape::Any, _) | (_, Shape::Any) => Shape::Any,
            (Shape::Null, other) | (other, Shape::Null) => other,
            (left, right) if left.fits(right, program) => match (left, right) {
                (Shape::Scalar | Shape::Entity(_), _) => Shape::Scalar,
                (Shape::List(_), _) => Shape::List(None),
                (Shape::Map(_), _) => Shape::Map(None),
                _ => Shape::Any,
            },
            _ => Shape::Unusable,
        }
    }

    /// Of the items of a list or map.
    pub fn item(self, program: &Program) -> Shape {
        match self {
            Shape::List(Some(item)) | Shape::Map(Some(item)) => Shape::of(program, item),
            _ => Shape::Any,
        }
    }
}

/// What an intrinsic takes (what is not listed may be anything) and makes.
pub(super) fn intrinsic(program: &Program, intrinsic: Intrinsic, args: &[Shape]) -> (&'static [Shape], Shape) {
    use Intrinsic as I;
    use Shape as S;
    const TEXT: &[Shape] = &[S::Text, S::Text, S::Text];
    const LIST: &[Shape] = &[S::List(None)];
    const SCALARS: &[Shape] = &[S::Scalar, S::Scalar, S::Scalar];
    let first = args.first().copied().unwrap_or(S::Any);
    match intrinsic {
        I::Now => (&[], S::Scalar),
        I::Today => (TEXT, S::Scalar),
        I::AddCalendar => (&[S::Scalar, S::Scalar, S::Scalar, S::Scalar, S::Text, S::Scalar], S::Scalar),
        I::At => (&[S::Scalar, S::List(None), S::Text], S::Scalar),
        I::DateOf | I::TimeOf => (&[S::Scalar, S::Text], S::Scalar),
        I::ShowInstant => (&[S::Scalar, S::Text], S::Text),
        I::DateParts | I::AddDate => (SCALARS, S::Scalar),
        I::IsOpen | I::NextClosed => (&[S::Scalar, S::Text, S::Text], S::Scalar),
        I::NextOpen => (&[S::Scalar, S::Scalar, S::Text, S::Text], S::Scalar),
        I::CalendarZone => (TEXT, S::Text),
        I::AddBusinessDays => (&[S::Scalar, S::Scalar, S::Scalar, S::Text, S::Text], S::Scalar),
        I::AddBusinessTime | I::AddBusinessDate => (&[S::Scalar, S::Scalar, S::Text, S::Text], S::Scalar),
        I::TextTrim | I::TextLower | I::TextUpper | I::TextReplace => (TEXT, S::Text),
        I::TextContains | I::TextStartsWith | I::TextEndsWith => (TEXT, S::Scalar),
        I::TextSplit => (TEXT, S::List(None)),
        I::TextJoin => (&[S::List(None), S::Text], S::Text),
        I::TextConcat => match args {
            [S::Text, S::Text] => (&[], S::Text),
            _ => (&[], S::Any),
        },
        I::ParseEmail | I::ParsePhone | I::ParseUrl => (TEXT, S::Text),
        I::ParseText => (&[], S::Text),
        I::ParseFile => (&[], S::File),
        I::ParseInt | I::ParseDate | I::ParseBool | I::ParseTime => (TEXT, S::Scalar),
        I::ParseNumber => (TEXT, S::Number),
        I::MatchOption => (&[S::Any, S::List(None)], S::Scalar),
        I::Round => (&[S::Number, S::Scalar], S::Number),
        I::ToInt => (&[S::Number], S::Scalar),
        I::MakeMoney => (&[S::Number, S::Text], S::Money),
        I::AmountOf => (&[S::Money], S::Number),
        I::CurrencyOf => (&[S::Money], S::Text),
        I::Abs => (&[], first),
        I::ListContains => (LIST, S::Scalar),
        I::ListAppend | I::ListConcat | I::ListSlice | I::ListReverse => (LIST, first),
        I::ListFirst | I::ListLast => (LIST, first.item(program)),
        I::MapGet => (&[S::Any, S::Text], first.item(program)),
        I::MapSet => (&[S::Map(None), S::Text], first),
        I::MapKeys | I::MapValues => (&[S::Map(None)], S::List(None)),
        I::JsonText => (&[], S::Text),
        I::ToJson => (&[], S::Any),
        I::MakeFailure => (TEXT, S::Failure),
        I::FailureKind | I::FailureMessage => (&[S::Failure], S::Text),
        I::SecretNamed | I::SecretText => (TEXT, S::Secret),
        I::EnumLabel => (&[S::Text, S::Scalar], S::Text),
    }
}
