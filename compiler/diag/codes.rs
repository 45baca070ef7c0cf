//! The catalogue: every diagnostic the compiler can give, each with its stable number, slug, severity and page.
//!
//! Numbers are never reused. Families: `00` text and syntax, `01` names, `02` types, `03` missing values, `04` flow of
//! control, `05` literals, `06` effects and secrets, `09` not yet carried out. `E` refuses, `W` warns.

/// How bad a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The program is refused.
    Error,
    /// The program compiles; somebody should look.
    Warning,
}

macro_rules! codes {
    ($($name:ident $number:literal $title:literal;)*) => {
        /// A stable diagnostic code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $(#[doc = $title] $name,)* }

        impl Code {
            /// Every code of the catalogue, in order.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The stable number, `E0101`.
            pub fn number(self) -> &'static str {
                match self { $(Code::$name => $number,)* }
            }

            /// A short title, in plain words.
            pub fn title(self) -> &'static str {
                match self { $(Code::$name => $title,)* }
            }

            /// The page that `flow explain` shows, as Markdown.
            pub fn page(self) -> &'static str {
                match self { $(Code::$name => include_str!(concat!("pages/", $number, ".md")),)* }
            }
        }
    };
}

codes! {
    UnexpectedToken "E0001" "something unexpected in the text";
    UnclosedBracket "E0002" "a bracket that is never closed";
    UnmatchedCloser "E0003" "a closing bracket that closes nothing";
    UnclosedText "E0004" "a text that is never closed";
    UnknownCharacter "E0005" "a character that means nothing";
    BadEscape "E0006" "an escape that means nothing";
    ForeignSpelling "E0007" "a spelling from another language";
    NestingTooDeep "E0008" "nested too deeply";
    SourceTooLarge "E0009" "a file that is too large";
    InvalidUtf8 "E0010" "bytes that are no text";
    NumberOutOfRange "E0011" "a number that is out of range";
    MalformedNumber "E0012" "a number that is not written like one";
    NotAStatement "E0013" "a value that stands alone";
    MissingUnit "E0014" "a length of time without a unit";
    ReservedWord "E0015" "a reserved word as a name";
    AssignmentAsCondition "E0016" "`=` where two values are compared";
    MisplacedElse "E0017" "a continuation on a line of its own";
    ChainedComparison "E0018" "two comparisons in a row";
    NotAssignable "E0019" "a write to something that is no place";
    MissingType "E0020" "a name without its type";
    OutsideFlow "E0021" "a statement outside of any flow";
    TooManyErrors "E0022" "too many errors to show them all";
    FlowTooLarge "E0901" "too large for one program";
}

impl Code {
    /// Error or warning: the first letter of the number says it.
    pub fn severity(self) -> Severity {
        if self.number().starts_with('W') { Severity::Warning } else { Severity::Error }
    }

    /// The code with this number, as `E0101` or `e0101`.
    pub fn parse(number: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.number().eq_ignore_ascii_case(number))
    }
}
