//! Programs out of numbers: whole projects that use everything the language has, well-typed by construction.
//!
//! [`project`] makes one. With a [`Kind`] it makes the same one with a single mistake in it, which the compiler has to refuse;
//! `sites` tells how many places there are for one.

pub mod choices;
mod declare;
mod expr;
mod flows;
mod header;
mod logic;
mod number;
mod paths;
mod remarks;
mod ruffle;
mod say;
mod stmt;
mod text;
mod trouble;
mod types;
mod value;
mod wait;

pub use choices::Choices;
use declare::Declared;
pub use remarks::remarked;
pub use ruffle::ruffled;
use types::Ty;

/// A project.
#[derive(Debug, Clone)]
pub struct Project {
    /// Its files: (path, text).
    pub files: Vec<(String, String)>,
    /// The mistake, where one was made.
    pub broken: Option<Broken>,
    /// How many places there are for the mistake that was asked for.
    pub sites: u32,
}

/// Where a mistake stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Broken {
    /// Index of its file.
    pub file: usize,
    /// The bytes of its text.
    pub range: std::ops::Range<usize>,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// A kind of mistake.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind { $($(#[$doc])* $name,)* }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Kind] = &[$(Kind::$name),*];
        }
    };
}

kinds! {
    /// A value of another type than is wanted.
    WrongType,
    /// An operator between values it does not join.
    WrongOperands,
    /// A name that nothing declares.
    UnknownName,
    /// No such field.
    UnknownField,
    /// No such type.
    UnknownType,
    /// No such variant.
    UnknownVariant,
    /// No such tag.
    UnknownTag,
    /// No such flow.
    UnknownFlow,
    /// No such event.
    UnknownEvent,
    /// An argument left out.
    MissingArgument,
    /// An argument too many.
    ExtraArgument,
    /// An argument given twice.
    DoubledArgument,
    /// What may be missing, used as if it were there.
    MissingUsed,
    /// What may be missing, shown.
    MissingShown,
    /// What cannot be shown, shown.
    NotShowable,
    /// Two currencies in one sum.
    MixedCurrencies,
    /// A secret in a message.
    SecretShown,
    /// A switch that leaves a variant out.
    MissingArm,
    /// A guard that goes on.
    OpenGuard,
    /// An anchor used twice.
    DoubledAnchor,
    /// An option offered twice.
    DoubledOption,
    /// A statement after a launch.
    AfterLaunch,
    /// An address that is none.
    BadLiteral,
    /// A write to what cannot be written.
    WrittenLet,
    /// A write to a field that flows only read.
    WrittenField,
    /// A flow that may end without its result.
    MissingReturn,
    /// A question with nobody to ask.
    NobodyToAsk,
    /// `break` outside of a loop.
    StrayBreak,
    /// `again` outside of a choice.
    StrayAgain,
    /// A variable written by two paths.
    WrittenTwice,
    /// Shares that are not the whole.
    WrongShares,
    /// A return inside a path.
    LeavesPath,
    /// A wait that may never end.
    EndlessWait,
    /// A value that stands alone.
    UnusedValue,
    /// A condition that is none.
    NoCondition,
    /// A rule of entry given twice.
    RuleTwice,
    /// A cap on nothing, or of no length.
    NoCap,
    /// Hours of a calendar that there is not.
    UnknownCalendar,
    /// A silence of no length.
    EndlessSilence,
    /// A key for who does not look at one.
    KeyUnread,
    /// An undo that does more than to call actions.
    UndoDoesMore,
    /// Business days of no calendar.
    NoCalendar,
    /// A kind of failure that nothing there can raise.
    UnknownFailure,
}

/// Makes a project. `tag` stands in every name that belongs to the whole project, so that several can be compiled at once;
/// with `mistake` its n-th place for one of that kind has one.
pub fn project(choices: &mut Choices, tag: &str, mistake: Option<(Kind, u32)>) -> Project {
    let mut generator = Generator {
        choices,
        tag: tag.to_owned(),
        declared: Declared::default(),
        body: Body::default(),
        out: String::new(),
        indent: 0,
        fuel: 0,
        count: 0,
        mistake,
        sites: 0,
    };
    let texts = generator.files();
    let mut project = Project { files: Vec::new(), broken: None, sites: generator.sites };
    for (file, (name, text)) in texts.into_iter().enumerate() {
        if let (Some(start), Some(end)) = (text.find(OPEN), text.rfind(CLOSE)) {
            // Where one mark stands within another, the whole of it is the place.
            let marks = text[..end].chars().filter(|char| [OPEN, CLOSE].contains(char)).count();
            let range = start..end - marks * OPEN.len_utf8();
            project.broken = Some(Broken { file, range });
        }
        project.files.push((name, text.replace([OPEN, CLOSE], "")));
    }
    project
}

/// A name that stands for a value.
#[derive(Debug, Clone)]
struct Var {
    name: String,
    ty: Ty,
    writable: bool,
}

/// What holds at a point of a flow.
#[derive(Debug, Clone, Default)]
struct Body {
    vars: Vec<Var>,
    /// The flow's own number: it calls only later ones, so that calls end.
    number: usize,
    /// There is one conversation to speak in.
    talks: bool,
    /// Nobody else asks in it meanwhile.
    asks: bool,
    /// The flow's own subject is a contact.
    about_contact: bool,
    looping: bool,
    in_path: bool,
    /// Fields of the contact that a path beside this one may write.
    taken: Vec<String>,
    /// A path beside this one calls flows, or this one writes what a flow might.
    calls_nothing: bool,
    result: Option<Ty>,
}

struct Generator<'c> {
    choices: &'c mut Choices,
    tag: String,
    declared: Declared,
    body: Body,
    out: String,
    indent: usize,
    /// Statements that may still be made.
    fuel: u32,
    count: u32,
    mistake: Option<(Kind, u32)>,
    sites: u32,
}

/// Private characters that stand around a mistake until the text is done.
const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';

impl Generator<'_> {
    fn pick(&mut self, bound: u32) -> u32 {
        self.choices.below(bound)
    }

    /// Whether the mistake is to be made here, at a place for one of this kind.
    fn breaks(&mut self, kind: Kind) -> bool {
        match self.mistake {
            Some((wanted, at)) if wanted == kind => {
                self.sites += 1;
                self.sites == at + 1
            }
            _ => false,
        }
    }

    fn mark(&self, text: &str) -> String {
        format!("{OPEN}{text}{CLOSE}")
    }

    /// A name that is not used yet.
    fn fresh(&mut self, word: &str) -> String {
        self.count += 1;
        format!("{word}{}", self.count)
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(&"    ".repeat(self.indent));
        self.out.push_str(text);
        self.out.push('\n');
    }
}
