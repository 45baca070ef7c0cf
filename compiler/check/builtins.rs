//! What values of the language's own types have and can do: one table, for the checker and for editors.

use crate::hir::{SymbolKind, Ty};
use flow_bytecode::Intrinsic;
use std::sync::Arc;

/// Something a built-in type has or can do, or a built-in function.
#[derive(Debug, Clone, Copy)]
pub struct Builtin {
    /// The type before the dot: `Text`, `List<T>`; the same for `Email.parse`; empty for a function.
    pub of: &'static str,
    /// What stands after the dot.
    pub name: &'static str,
    /// In order.
    pub params: &'static [BuiltinParam],
    /// Written without parentheses, like a field.
    pub property: bool,
    /// Written after the type's name and not after a value: `Email.parse(text)`.
    pub of_type: bool,
    /// What it does.
    pub doc: &'static str,
    pub(super) result: Pat,
    pub(super) emit: Emit,
}

/// A parameter of a [`Builtin`].
#[derive(Debug, Clone, Copy)]
pub struct BuiltinParam {
    /// Its name.
    pub name: &'static str,
    /// What stands in where it is not given; `None` when it must be.
    pub default: Option<i64>,
    pub(super) ty: Pat,
}

/// A type in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pat {
    Text,
    Bool,
    Int,
    Number,
    Date,
    Instant,
    TimeOfDay,
    TimeZone,
    FailureKind,
    /// The receiver's own type.
    Same,
    /// What a list or map holds.
    Item,
    /// A list of it.
    Items,
    Texts,
    /// May be missing; `OptText` as a parameter may be left out.
    OptItem,
    OptText,
    OptInt,
    OptNumber,
    OptDate,
    OptTimeOfDay,
    OptBool,
    OptEmail,
    OptPhone,
    OptUrl,
    OptJson,
    OptInstant,
}

/// What it becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Emit {
    /// The intrinsic, of the receiver (if any) and the arguments.
    Call(Intrinsic),
    /// The length.
    Len,
    /// Whether the length is 0.
    IsEmpty,
    /// A part of a date.
    DatePart(i64),
    /// An item of a list by position, or null.
    ListGet,
    /// Whether a map has a key.
    MapHas,
    /// A date at a time in a zone.
    DateAt,
    /// The words of a text value as they are.
    AsText,
    /// The intrinsic, of the arguments, the calendar and whose it is.
    Hours(Intrinsic),
}

impl Builtin {
    /// The signature as people write it: `contains(part: Text) -> Bool`.
    pub fn signature(&self) -> String {
        let params: Vec<String> = self
            .params
            .iter()
            .map(|param| match param.default {
                Some(default) => format!("{}: {} = {default}", param.name, param.ty.text()),
                None if param.ty.may_be_left_out() => format!("{}: {} = null", param.name, param.ty.text()),
                None => format!("{}: {}", param.name, param.ty.text()),
            })
            .collect();
        if self.property {
            return format!("{}: {}", self.name, self.result.text());
        }
        format!("{}({}) -> {}", self.name, params.join(", "), self.result.text())
    }
}

impl Pat {
    fn text(self) -> &'static str {
        match self {
            Pat::Text => "Text",
            Pat::Bool => "Bool",
            Pat::Int => "Int",
            Pat::Number => "Number",
            Pat::Date => "Date",
            Pat::Instant => "Instant",
            Pat::TimeOfDay => "TimeOfDay",
            Pat::TimeZone => "TimeZone",
            Pat::FailureKind => "FailureKind",
            Pat::Same => "the same",
            Pat::Item => "T",
            Pat::Items => "List<T>",
            Pat::Texts => "List<Text>",
            Pat::OptItem => "T?",
            Pat::OptText => "Text?",
            Pat::OptInt => "Int?",
            Pat::OptNumber => "Number?",
            Pat::OptDate => "Date?",
            Pat::OptTimeOfDay => "TimeOfDay?",
            Pat::OptBool => "Bool?",
            Pat::OptEmail => "Email?",
            Pat::OptPhone => "Phone?",
            Pat::OptUrl => "Url?",
            Pat::OptJson => "Json?",
            Pat::OptInstant => "Instant?",
        }
    }

    pub(super) fn may_be_left_out(self) -> bool {
        self == Pat::OptText
    }

    /// The type, for a receiver.
    pub(super) fn ty(self, receiver: &Ty) -> Ty {
        let item = || match receiver {
            Ty::List(item) | Ty::Map(item) => (**item).clone(),
            _ => Ty::Error,
        };
        match self {
            Pat::Text => Ty::Text,
            Pat::Bool => Ty::Bool,
            Pat::Int => Ty::Int,
            Pat::Number => Ty::Number,
            Pat::Date => Ty::Date,
            Pat::Instant => Ty::Instant,
            Pat::TimeOfDay => Ty::TimeOfDay,
            Pat::TimeZone => Ty::TimeZone,
            Pat::FailureKind => Ty::FailureKind,
            Pat::Same => receiver.clone(),
            Pat::Item => item(),
            Pat::Items => Ty::List(Arc::new(item())),
            Pat::Texts => Ty::List(Arc::new(Ty::Text)),
            Pat::OptItem => item().optional(),
            Pat::OptText => Ty::Text.optional(),
            Pat::OptInt => Ty::Int.optional(),
            Pat::OptNumber => Ty::Number.optional(),
            Pat::OptDate => Ty::Date.optional(),
            Pat::OptTimeOfDay => Ty::TimeOfDay.optional(),
            Pat::OptBool => Ty::Bool.optional(),
            Pat::OptEmail => Ty::Email.optional(),
            Pat::OptPhone => Ty::Phone.optional(),
            Pat::OptUrl => Ty::Url.optional(),
            Pat::OptJson => Ty::Json.optional(),
            Pat::OptInstant => Ty::Instant.optional(),
        }
    }
}

const fn param(name: &'static str, ty: Pat) -> BuiltinParam {
    BuiltinParam { name, default: None, ty }
}

const fn method(
    of: &'static str,
    name: &'static str,
    params: &'static [BuiltinParam],
    result: Pat,
    emit: Emit,
    doc: &'static str,
) -> Builtin {
    Builtin { of, name, params, property: false, of_type: false, doc, result, emit }
}

const fn property(of: &'static str, name: &'static str, result: Pat, emit: Emit, doc: &'static str) -> Builtin {
    Builtin { of, name, params: &[], property: true, of_type: false, doc, result, emit }
}

const fn parse(of: &'static str, params: &'static [BuiltinParam], result: Pat, intrinsic: Intrinsic) -> Builtin {
    let doc = "Reads a text; null when it does not fit.";
    Builtin { of, name: "parse", params, property: false, of_type: true, doc, result, emit: Emit::Call(intrinsic) }
}

const ZONE: BuiltinParam = param("in", Pat::TimeZone);
const TEXT: &[BuiltinParam] = &[param("text", Pat::Text)];

/// The table.
pub fn builtins() -> &'static [Builtin] {
    TABLE
}

use Emit::{AsText, Call, DateAt, DatePart, Hours, IsEmpty, Len, ListGet, MapHas};

#[rustfmt::skip]
static TABLE: &[Builtin] = &[
    property("Text", "length", Pat::Int, Len, "How many characters it has."),
    property("Text", "is_empty", Pat::Bool, IsEmpty, "Whether it has no character."),
    method("Text", "trim", &[], Pat::Text, Call(Intrinsic::TextTrim), "Without white space at its ends."),
    method("Text", "lower", &[], Pat::Text, Call(Intrinsic::TextLower), "In lower case."),
    method("Text", "upper", &[], Pat::Text, Call(Intrinsic::TextUpper), "In upper case."),
    method("Text", "contains", &[param("part", Pat::Text)], Pat::Bool, Call(Intrinsic::TextContains), "Whether the part stands in it, whatever the case."),
    method("Text", "starts_with", &[param("beginning", Pat::Text)], Pat::Bool, Call(Intrinsic::TextStartsWith), "Whether it begins so."),
    method("Text", "ends_with", &[param("ending", Pat::Text)], Pat::Bool, Call(Intrinsic::TextEndsWith), "Whether it ends so."),
    method("Text", "replace", &[param("from", Pat::Text), param("to", Pat::Text)], Pat::Text, Call(Intrinsic::TextReplace), "With every occurrence replaced."),
    method("Text", "split", &[param("by", Pat::Text)], Pat::Texts, Call(Intrinsic::TextSplit), "Its parts between a separator."),

    property("List<T>", "length", Pat::Int, Len, "How many items it has."),
    property("List<T>", "is_empty", Pat::Bool, IsEmpty, "Whether it has no item."),
    property("List<T>", "first", Pat::OptItem, Call(Intrinsic::ListFirst), "Its first item, if it has one."),
    property("List<T>", "last", Pat::OptItem, Call(Intrinsic::ListLast), "Its last item, if it has one."),
    method("List<T>", "get", &[param("position", Pat::Int)], Pat::OptItem, ListGet, "The item at a position from 0, if there is one."),
    method("List<T>", "contains", &[param("item", Pat::Item)], Pat::Bool, Call(Intrinsic::ListContains), "Whether the item is in it."),
    method("List<T>", "append", &[param("item", Pat::Item)], Pat::Items, Call(Intrinsic::ListAppend), "A new list with the item at its end."),
    method("List<T>", "slice", &[param("from", Pat::Int), param("count", Pat::Int)], Pat::Items, Call(Intrinsic::ListSlice), "A part of it, from a position from 0."),
    method("List<T>", "reverse", &[], Pat::Items, Call(Intrinsic::ListReverse), "A new list from last to first."),
    method("List<Text>", "join", &[param("separator", Pat::Text)], Pat::Text, Call(Intrinsic::TextJoin), "Its texts, one after the other, with the separator between."),

    property("Map<T>", "length", Pat::Int, Len, "How many entries it has."),
    property("Map<T>", "is_empty", Pat::Bool, IsEmpty, "Whether it has no entry."),
    property("Map<T>", "keys", Pat::Texts, Call(Intrinsic::MapKeys), "Its keys, in order."),
    property("Map<T>", "values", Pat::Items, Call(Intrinsic::MapValues), "Its values, in order."),
    method("Map<T>", "get", &[param("key", Pat::Text)], Pat::OptItem, Call(Intrinsic::MapGet), "The value of a key, if it has one."),
    method("Map<T>", "contains", &[param("key", Pat::Text)], Pat::Bool, MapHas, "Whether it has the key."),
    method("Map<T>", "set", &[param("key", Pat::Text), param("value", Pat::Item)], Pat::Same, Call(Intrinsic::MapSet), "A new map with the key's value replaced or added."),

    property("Date", "year", Pat::Int, DatePart(0), "Its year."),
    property("Date", "month", Pat::Int, DatePart(1), "Its month, from 1."),
    property("Date", "day", Pat::Int, DatePart(2), "Its day of the month, from 1."),
    property("Date", "weekday", Pat::Int, DatePart(3), "Its day of the week, from Monday 1 to Sunday 7."),
    method("Date", "plus", &[
        BuiltinParam { name: "days", default: Some(0), ty: Pat::Int },
        BuiltinParam { name: "months", default: Some(0), ty: Pat::Int },
    ], Pat::Date, Call(Intrinsic::AddDate), "Days and months later; a month's end is kept within the month."),
    method("Date", "at", &[param("time", Pat::TimeOfDay), ZONE], Pat::Instant, DateAt, "The instant of that time of the day in a zone."),

    method("Instant", "show", &[ZONE], Pat::Text, Call(Intrinsic::ShowInstant), "As people read it in a zone: 2026-03-01 09:00."),
    method("Instant", "date", &[ZONE], Pat::Date, Call(Intrinsic::DateOf), "Its date in a zone."),
    method("Instant", "time", &[ZONE], Pat::TimeOfDay, Call(Intrinsic::TimeOf), "Its time of day in a zone."),

    property("Calendar", "open_now", Pat::Bool, Hours(Intrinsic::IsOpen), "Whether it is open now."),
    property("Calendar", "zone", Pat::TimeZone, Hours(Intrinsic::CalendarZone), "On whose clock it goes: its own zone, else the contact's."),
    method("Calendar", "open_at", &[param("moment", Pat::Instant)], Pat::Bool, Hours(Intrinsic::IsOpen), "Whether it is open at a moment."),
    method("Calendar", "next_opening", &[param("after", Pat::Instant)], Pat::Instant, Hours(Intrinsic::NextOpen), "The first moment, from that one on, at which it is open."),
    method("Calendar", "next_closing", &[param("after", Pat::Instant)], Pat::OptInstant, Hours(Intrinsic::NextClosed), "The first moment, from that one on, at which it is closed; missing when it never closes."),

    method("Number", "round", &[BuiltinParam { name: "digits", default: Some(0), ty: Pat::Int }], Pat::Number, Call(Intrinsic::Round), "To so many digits behind the point; halves to the even side."),
    method("Number", "to_int", &[], Pat::Int, Call(Intrinsic::ToInt), "Without what stands behind the point."),
    method("Number", "abs", &[], Pat::Number, Call(Intrinsic::Abs), "Without its sign."),
    property("Money", "amount", Pat::Number, Call(Intrinsic::AmountOf), "Its number, in major units."),
    property("Money", "currency", Pat::Text, Call(Intrinsic::CurrencyOf), "Its currency's three letters."),
    method("Money", "abs", &[], Pat::Same, Call(Intrinsic::Abs), "Without its sign."),

    method("Json", "get", &[param("key", Pat::Text)], Pat::OptJson, Call(Intrinsic::MapGet), "The value of a key of an object, if it has one."),
    method("Json", "text", &[], Pat::Text, Call(Intrinsic::JsonText), "As compact JSON."),

    property("Failure", "kind", Pat::FailureKind, Call(Intrinsic::FailureKind), "What went wrong, as a word."),
    property("Failure", "message", Pat::Text, Call(Intrinsic::FailureMessage), "What went wrong, as a sentence."),

    property("Email", "text", Pat::Text, AsText, "The address as a text."),
    property("Phone", "text", Pat::Text, AsText, "The number as a text."),
    property("Url", "text", Pat::Text, AsText, "The address as a text."),

    parse("Email", TEXT, Pat::OptEmail, Intrinsic::ParseEmail),
    parse("Phone", &[param("text", Pat::Text), param("country", Pat::OptText)], Pat::OptPhone, Intrinsic::ParsePhone),
    parse("Url", TEXT, Pat::OptUrl, Intrinsic::ParseUrl),
    parse("Int", TEXT, Pat::OptInt, Intrinsic::ParseInt),
    parse("Number", TEXT, Pat::OptNumber, Intrinsic::ParseNumber),
    parse("Date", TEXT, Pat::OptDate, Intrinsic::ParseDate),
    parse("TimeOfDay", TEXT, Pat::OptTimeOfDay, Intrinsic::ParseTime),
    parse("Bool", TEXT, Pat::OptBool, Intrinsic::ParseBool),

    method("", "today", &[ZONE], Pat::Date, Call(Intrinsic::Today), "The date now in a zone."),
];

/// The rows of a value's type: its own, and those of `Text` for what is a text.
pub(crate) fn rows(ty: &Ty) -> impl Iterator<Item = &'static Builtin> + use<> {
    let text = matches!(ty, Ty::Text | Ty::Email | Ty::Phone | Ty::Url);
    let own = match ty {
        Ty::List(_) => "List<T>",
        Ty::Map(_) => "Map<T>",
        Ty::Date => "Date",
        Ty::Instant => "Instant",
        Ty::Number => "Number",
        Ty::Money(_) => "Money",
        Ty::Json => "Json",
        Ty::Failure => "Failure",
        Ty::Email => "Email",
        Ty::Phone => "Phone",
        Ty::Url => "Url",
        Ty::Symbol(SymbolKind::Calendar) => "Calendar",
        _ => "-",
    };
    let texts = matches!(ty, Ty::List(item) if **item == Ty::Text);
    TABLE.iter().filter(move |row| {
        !row.of_type && (row.of == own || text && row.of == "Text" || texts && row.of == "List<Text>")
    })
}

/// What stands after a type's name: `Email.parse`.
pub(super) fn of_type(of: &str, name: &str) -> Option<&'static Builtin> {
    TABLE.iter().find(|row| row.of_type && row.of == of && row.name == name)
}

/// What stands alone, or after a type's name: the functions of the language where this is empty.
pub(crate) fn of(of: &str) -> impl Iterator<Item = &'static Builtin> {
    TABLE.iter().filter(move |row| row.of == of)
}

/// A function of the language.
pub(super) fn function(name: &str) -> Option<&'static Builtin> {
    TABLE.iter().find(|row| row.of.is_empty() && row.name == name)
}
