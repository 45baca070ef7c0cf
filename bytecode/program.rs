//! A compiled program: tables, functions and the places where a run can wait.

use crate::calendar::Calendar;
use crate::entry::Entry;
use crate::op::Instr;
use crate::ty::{Bank, Type, TypeId};
use crate::value::Value;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Everything a run needs of its source, and nothing of its spelling: what people see of source files is in [`Debug`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Program {
    /// Interned types; parts refer to smaller indices.
    pub types: Vec<Type>,
    /// Records, by [`Type::Record`].
    pub records: Vec<RecordDef>,
    /// Enums, by [`Type::Enum`].
    pub enums: Vec<EnumDef>,
    /// Names of the workspace's entities the program touches, by [`Type::Entity`].
    pub entities: Vec<Arc<str>>,
    /// Fields of entities the program reads or writes.
    pub fields: Vec<FieldRef>,
    /// Actions the program calls, with the signature they were checked against.
    pub actions: Vec<ActionRef>,
    /// Events the program raises or awaits.
    pub events: Vec<EventRef>,
    /// Flows the program starts or launches by name.
    pub flow_refs: Vec<FlowRef>,
    /// Scalars too wide for an instruction.
    pub scalars: Vec<i64>,
    /// Texts, numbers, amounts.
    pub constants: Vec<Value>,
    /// Text templates.
    pub templates: Vec<Template>,
    /// Switch tables.
    pub switches: Vec<SwitchTable>,
    /// Splits.
    pub splits: Vec<Split>,
    /// Code.
    pub functions: Vec<Function>,
    /// Flows that can be entered from outside.
    pub flows: Vec<Flow>,
    /// The suspension table.
    pub places: Vec<Place>,
    /// Opening hours, by name.
    pub calendars: Vec<Calendar>,
    /// Headers, by flow; flows without one are left out.
    pub entries: Vec<Entry>,
    /// Actions that send a message to a contact, indices into [`Program::actions`], ascending.
    pub outbound: Vec<u16>,
    /// What the source calls some of the actions with that are carried out by others, for whoever is asked to approve it:
    /// by action, ascending.
    pub asked: Vec<Asked>,
}

impl Program {
    /// The parameters of an action as the source calls it, if people are asked about it.
    pub fn asked(&self, action: u16) -> Option<&Asked> {
        let at = self.asked.binary_search_by_key(&action, |asked| asked.action).ok()?;
        self.asked.get(at)
    }

    /// The header of a flow, if it has one.
    pub fn entry(&self, flow: u16) -> Option<&Entry> {
        let at = self.entries.binary_search_by_key(&flow, |entry| entry.flow).ok()?;
        self.entries.get(at)
    }
}

/// The parameters of an action as the source calls it, where its template makes a call of another one of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Index into [`Program::actions`].
    pub action: u16,
    /// In order.
    pub params: Vec<(Arc<str>, TypeId)>,
}

/// A record type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordDef {
    /// Qualified name, `refunds.Order`.
    pub name: Arc<str>,
    /// Fields in order.
    pub fields: Vec<RecordField>,
}

/// A field of a record type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordField {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub ty: TypeId,
    /// Index of the constant that stands in when a decoded object lacks the field.
    pub default: Option<u32>,
}

/// An enum type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnumDef {
    /// Qualified name.
    pub name: Arc<str>,
    /// (name, label people see) in order.
    pub variants: Vec<(Arc<str>, Arc<str>)>,
}

/// A field of an entity, linked by name to the workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldRef {
    /// Index into [`Program::entities`].
    pub entity: u16,
    /// The field's name.
    pub name: Arc<str>,
    /// Its type.
    pub ty: TypeId,
    /// What a record that lacks the field reads as, an index into the constants; `None` reads as null.
    pub default: Option<u32>,
}

/// What may happen to a call when the machine dies between doing and recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EffectClass {
    /// Computed in the machine.
    Pure,
    /// Commits with the step.
    Local,
    /// Asks outside, changes nothing.
    Read,
    /// The other side drops duplicates by key for that long (microseconds).
    Keyed {
        /// How long, in microseconds.
        window_us: i64,
    },
    /// The other side can be asked whether it happened: an index into [`Program::actions`].
    Verified {
        /// The action that asks.
        by: u16,
    },
    /// Never sent twice by us.
    Once,
    /// The author accepts duplicates.
    Repeatable,
    /// Looks at the workspace as the present transaction sees it, and changes nothing.
    Query,
}

impl EffectClass {
    /// Whether the call leaves everything as it is, so that it may stand where something is only looked at.
    pub fn only_looks(self) -> bool {
        matches!(self, EffectClass::Pure | EffectClass::Query)
    }

    /// Whether the call leaves the machine.
    pub fn is_external(self) -> bool {
        !matches!(self, EffectClass::Pure | EffectClass::Local | EffectClass::Query)
    }
}

/// An action, linked by name and signature hash to its implementation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionRef {
    /// `sms.send`, or `Contact.add_tags` for a method.
    pub name: Arc<str>,
    /// The action that carries it out, when its template says so: `http.request`.
    pub via: Option<Arc<str>>,
    /// What its template makes of the answer of that action, when it makes something of it.
    pub yields: Option<TypeId>,
    /// Effect class as declared.
    pub class: EffectClass,
    /// Parameters of what carries it out, in order; a method's receiver is the first, `self`.
    pub params: Vec<(Arc<str>, TypeId)>,
    /// Result.
    pub result: TypeId,
    /// Kinds of failure the signature adds.
    pub fails: Vec<Arc<str>>,
}

impl ActionRef {
    /// The name its implementation is registered by.
    pub fn implementation(&self) -> &Arc<str> {
        self.via.as_ref().unwrap_or(&self.name)
    }
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRef {
    /// `trial_ending`, `conversation.started`.
    pub name: Arc<str>,
    /// Parameters in order.
    pub params: Vec<(Arc<str>, TypeId)>,
}

/// A flow to enter by name: the newest version at the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowRef {
    /// Qualified name, `refunds.refund`.
    pub name: Arc<str>,
    /// Types of the arguments in the window, in order of the parameters; all are given.
    pub params: Vec<(Arc<str>, TypeId)>,
}

/// A flow that can be entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// Qualified name.
    pub name: Arc<str>,
    /// Its code, an index into [`Program::functions`].
    pub function: u16,
    /// Parameters in order.
    pub params: Vec<FlowParam>,
    /// The parameter that is the run's subject: the first Conversation, else the first Contact, else the first entity.
    pub subject: Option<u16>,
}

/// A parameter of a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowParam {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub ty: TypeId,
    /// Index of the constant used when it is not given.
    pub default: Option<u32>,
}

/// A function: a flow's body, a path of a `parallel`, or a condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// The flow's name; paths and conditions add `/name`.
    pub name: Arc<str>,
    /// What it is for.
    pub kind: FunctionKind,
    /// Parameters; scalars fill S[0..], references R[0..], each in order.
    pub params: Vec<TypeId>,
    /// Result.
    pub result: TypeId,
    /// Scalar registers of a frame.
    pub scalars: u16,
    /// Reference registers of a frame.
    pub references: u16,
    /// Instructions.
    pub code: Vec<Instr>,
    /// Where failures go, innermost first.
    pub handlers: Vec<Handler>,
}

/// What a function is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FunctionKind {
    /// A flow's body; may wait.
    Flow,
    /// A path of a `parallel` or `race`; may wait; its result is a record of the variables it wrote.
    Path,
    /// A condition: pure, returns Bool, never waits, writes nothing.
    Condition,
    /// Takes a step back: calls actions and waits for nothing but their outcomes.
    Undo,
}

/// A stretch of code whose failures are caught.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handler {
    /// First instruction.
    pub start: u16,
    /// One past the last.
    pub end: u16,
    /// Where to go.
    pub target: u16,
    /// R register that takes the failure.
    pub failure: u16,
}

/// A text with holes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Its pieces in order.
    pub pieces: Vec<Piece>,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Piece {
    /// A constant text.
    Text(u32),
    /// A register, shown as its type is shown and then escaped for where it stands.
    Hole {
        /// Its bank.
        bank: Bank,
        /// Its number.
        register: u16,
        /// The type that decides how it is shown.
        ty: TypeId,
        /// How it is escaped.
        escape: Escape,
    },
}

/// How a hole is escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Escape {
    /// As it is.
    None,
    /// One segment or value of a URL (RFC 3986, all but unreserved characters percent-encoded).
    Url,
    /// As `Url`, in the path of an address that is called. What is blank, `.` or `..` would make another path of it: the failure
    /// `.invalid`, which names it.
    Path {
        /// What it is called, a constant text.
        name: u32,
    },
    /// Text of HTML, also within a quoted attribute: `&`, `<`, `>`, `"` and `'` as character references.
    Html,
    /// Slack's mrkdwn: `&`, `<` and `>` as character references, and nothing else.
    Mrkdwn,
    /// Markdown: a backslash before what would begin emphasis, code, a link, a heading, a quote or a picture.
    Markdown,
}

/// A switch table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchTable {
    /// (constant index for texts, or index into the scalars; target).
    pub cases: Vec<(u32, u16)>,
    /// Where everything else goes.
    pub default: u16,
}

/// A split: which side a run's subject falls on is a matter of its identity and of this key alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// Flow and anchor, or structure: never the wording, never the position.
    pub key: Arc<str>,
    /// (name, share in parts of a million) in order; the shares make [`SPLIT_WHOLE`] together.
    pub sides: Vec<(Arc<str>, u32)>,
}

/// What the shares of a split make together.
pub const SPLIT_WHOLE: u32 = 1_000_000;

impl Split {
    /// The side that a number falls on; numbers from [`SPLIT_WHOLE`] on count from 0 again.
    pub fn side(&self, number: u64) -> Option<u16> {
        let mut left = (number % u64::from(SPLIT_WHOLE)) as u32;
        for (index, (_, share)) in (0..).zip(&self.sides) {
            if left < *share {
                return Some(index);
            }
            left -= share;
        }
        None
    }
}

/// A place where a run can wait: its identity, what is live there, and what can wake it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Stable key: flow and anchor, or structure. Never a pc, never the text. Unique in the program.
    pub key: Arc<str>,
    /// The function it is in.
    pub function: u16,
    /// Its instruction.
    pub pc: u16,
    /// Registers live when the run waits here, scalars first, by register.
    pub live: Vec<Live>,
    /// What it waits for.
    pub kind: PlaceKind,
}

/// A live register at a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// Its bank.
    pub bank: Bank,
    /// Its number.
    pub register: u16,
    /// Its type: decides how it is stored. A scalar in a reference register is boxed.
    pub ty: TypeId,
    /// The variable, or empty for a temporary.
    pub name: Arc<str>,
}

/// What a run waits for at a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlaceKind {
    /// A called flow's return.
    Call,
    /// The next step.
    Pause,
    /// An external action's outcome.
    Action {
        /// Index into [`Program::actions`].
        action: u16,
        /// The policy of this call, defaults filled in.
        policy: Policy,
    },
    /// Whichever of the arms comes first.
    Wait {
        /// In source order.
        arms: Vec<Arm>,
    },
    /// Paths.
    Join {
        /// All of them, or the first to finish.
        mode: JoinMode,
        /// Per path k of the fork, where its outcome goes.
        paths: Vec<JoinPath>,
    },
}

/// How many paths a join waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum JoinMode {
    /// Every path, whether it finishes or fails.
    All,
    /// The first that finishes; the others are cancelled. Fails when all fail.
    First,
}

/// Where a path's outcome goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinPath {
    /// The path's name.
    pub name: Arc<str>,
    /// S register: 1 when the path finished (and won, in a race), else 0.
    pub done: u16,
    /// R register: its result when `done`, else null.
    pub result: u16,
}

/// Policy of one external call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Per attempt, microseconds.
    pub timeout_us: i64,
    /// Further attempts after the first.
    pub retry: u32,
    /// Before the first further attempt, microseconds; doubles each time.
    pub backoff_us: i64,
}

/// One way to go on from a wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arm {
    /// What it listens to.
    pub on: ArmKind,
    /// Where the run goes on.
    pub target: u16,
}

/// What an arm listens to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ArmKind {
    /// A moment: S register with an instant, microseconds.
    After {
        /// The register.
        due: u16,
    },
    /// An event whose parameters equal the given registers.
    Event {
        /// Index into [`Program::events`].
        event: u16,
        /// (parameter, bank, register) that must be equal.
        matches: Vec<(u16, Bank, u16)>,
        /// R register that takes the event: a [`Value::Record`] of its parameters, in order.
        bind: Option<u16>,
        /// What else must hold when it comes.
        filter: Option<EventFilter>,
    },
    /// A condition that holds: a function of kind `Condition` with captured registers as parameters.
    When {
        /// The condition.
        function: u16,
        /// Registers copied to its parameters, in order.
        captures: Vec<(Bank, u16)>,
        /// Indices into [`Program::fields`] it reads: re-checked when one of them changes on the run's subject.
        reads: Vec<u16>,
    },
    /// An answer in a conversation. Coming to a place with such an arm shows the prompt.
    Answer {
        /// S register with the conversation's id.
        conversation: u16,
        /// R register with the prompt's text.
        prompt: u16,
        /// R register with the list of option labels, or `None` for a free answer.
        options: Option<u16>,
        /// Constants: what each option says that the source has there, holes of a template as `{{}}`. By it options
        /// without a name of their own are told apart in another version; empty where each has one.
        labels: Vec<u32>,
        /// What kind of answer is awaited, for channels that can help with typing.
        expects: Expects,
        /// R register that takes the answer: a text, or a file.
        bind: u16,
    },
}

/// A condition over an event that has come and over registers of the path that waits for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventFilter {
    /// A function of kind `Condition`.
    pub function: u16,
    /// Its parameters, in order: a register, or `None` for the event, as a record of its parameters.
    pub captures: Vec<Option<(Bank, u16)>>,
}

/// What an answer should be; a hint for channels, the code after the wait decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Expects {
    /// One of the options.
    Choice,
    /// Any text.
    Text,
    /// An email address.
    Email,
    /// A phone number.
    Phone,
    /// A URL.
    Url,
    /// A whole number.
    Int,
    /// A number.
    Number,
    /// A date.
    Date,
    /// A file.
    File,
    /// Yes or no.
    Bool,
}

/// What people see of the source: not part of a program's identity.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Debug {
    /// File names, relative to the project.
    pub files: Vec<Arc<str>>,
    /// Per function, (first pc, file, line from 1, column from 1) in order of pc.
    pub lines: Vec<Vec<(u16, u16, u32, u32)>>,
    /// Per function, (bank, register, name) of its variables.
    pub names: Vec<Vec<(Bank, u16, Arc<str>)>>,
}
