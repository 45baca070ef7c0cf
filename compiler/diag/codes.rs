//! The catalogue: every diagnostic the compiler can give, each with its stable number, slug, severity and page.
//!
//! Numbers are never reused. Families: `00` text and syntax, `01` names, `02` types, `03` missing values, `04` flow of
//! control, `05` literals, `06` effects and secrets, `07` headers of flows, `09` not yet carried out. `E` refuses, `W` warns.

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
    HiddenCharacter "E0023" "a character that hides what is written";

    // Names
    UnknownName "E0101" "a name that nothing declares";
    UnknownField "E0102" "no such field or method";
    UnknownFunction "E0103" "no such flow, action or function";
    UnknownType "E0104" "no such type";
    UnknownVariant "E0105" "no such variant";
    UnknownSymbol "E0106" "no such tag, team, template or other declared name";
    UnknownEvent "E0107" "no such event";
    DuplicateName "E0108" "a name declared twice";
    OtherKindOfName "E0109" "a name of another kind than is wanted here";
    UnknownArgument "E0110" "no such argument";
    MissingArgument "E0111" "a missing argument";
    DoubledArgument "E0112" "an argument given twice";
    TooManyArguments "E0113" "too many arguments";
    DuplicateAnchor "E0114" "an anchor used twice";
    DuplicateOption "E0115" "an option offered twice";
    UnknownSetting "E0116" "no such setting";
    AmbiguousType "E0117" "a type that several files declare";
    UnusedName "W0101" "a name that is never used";
    Deprecated "W0102" "a deprecated action";
    UnnameableFile "W0103" "a file that no other can name";

    // Types
    WrongType "E0201" "a value of another type than is wanted here";
    WrongOperands "E0202" "an operator between values it does not join";
    NotShowable "E0203" "a value that cannot be shown in a text";
    MixedCurrencies "E0204" "amounts in different currencies";
    TypeNotKnown "E0205" "a value whose type cannot be told";
    RecursiveType "E0206" "a record that contains itself";
    NoValue "E0207" "a call that yields nothing used as a value";
    NotAskable "E0208" "an answer that cannot be asked for";
    NotConstant "E0209" "a default that is not a constant";
    UnusedValue "E0210" "a value that is not used";
    ReadonlyField "E0211" "a write to a field that flows only read";
    NotVariable "E0212" "a write to what cannot be written";
    NotSwitchable "E0213" "a switch over what has no cases";

    // Missing values
    MaybeMissing "E0301" "a value that may be missing used as if it were there";
    MaybeMissingShown "E0302" "a value that may be missing shown in a text";
    NeverMissing "W0301" "a precaution against what cannot happen";

    // Flow of control
    AfterLaunch "E0401" "statements after a launch";
    NotExhaustive "E0402" "a switch that leaves cases out";
    DuplicateArm "E0403" "a case handled twice";
    GuardFallsThrough "E0404" "a guard that goes on";
    NoConversation "E0405" "nobody to speak to";
    TwoConversations "E0406" "more than one conversation to speak in";
    OutsideLoop "E0407" "break or continue outside a loop";
    OutsideChoice "E0408" "again outside a choice";
    LeavesPath "E0409" "return or launch inside a path";
    WrittenTwice "E0410" "a variable written by two paths";
    ReadBesideWrite "E0411" "a variable read in one path and written in another";
    TwoPathsAsk "E0412" "two paths that ask in one conversation";
    MissingReturn "E0413" "a flow that may end without its result";
    OnlyInTests "E0414" "something that belongs in tests";
    WaitNeedsEnd "E0415" "a wait that may never end";
    MisplacedArm "E0416" "an arm in the wrong place";
    LimitReached "E0417" "more of something than is allowed";
    ImpossibleAnswer "E0418" "limits that no answer can meet";
    OnlyInFlows "E0419" "something that belongs in a flow";
    Unreachable "W0401" "statements that are never reached";
    NoTimeLimit "W0402" "a question without a time limit";
    NeverWaits "W0403" "a loop that never waits";
    MayOfferNothing "W0404" "a choice that may offer nothing";
    LeftHanging "W0405" "a customer who may be left hanging";
    TriggerCircle "W0406" "flows that set each other off in a circle";
    MessageInLoop "W0407" "messages in a loop without a cap";
    AnybodysEvent "W0408" "an event of any record, where the flow has one of its own";

    // Literals
    BadEmail "E0501" "not an email address";
    BadPhone "E0502" "not a phone number";
    BadUrl "E0503" "not a URL";
    BadTimeZone "E0504" "not a time zone";
    BadCurrency "E0505" "not a currency";
    BadDate "E0506" "not a date";
    BadNumber "E0507" "a number out of range";
    BadDuration "E0508" "not a length of time";
    BadPercent "E0509" "percentages that do not fit";
    BadCalendar "E0510" "opening hours that cannot be understood";
    TooPrecise "E0511" "an amount finer than its currency";
    NobodysHours "E0512" "opening hours on nobody's clock";
    NotCalled "E0513" "an address that is not called";
    SingleBraces "W0501" "a name in single braces";
    LongMessage "W0502" "a text message of several segments";

    // Effects and secrets
    SecretOutside "E0601" "a secret outside its place";
    PolicyNotAllowed "E0602" "a policy on a call that has no use for it";
    ImpureCondition "E0603" "a condition or a template that does more than look";
    MoneyUnhandled "E0604" "moving money without care";
    BadEffectClass "E0605" "an effect class that cannot be";
    NotCarriedOut "E0606" "an action that nothing carries out";
    NotUndoable "E0607" "an undo that cannot be";
    TemplateWithoutWords "E0608" "a template without words";
    HoleOutOfPlace "E0609" "a hole where nothing may be filled in";
    NoSubject "E0610" "a mail that says nothing of what it is about";
    NotCollected "E0611" "a record that cannot be collected in conversation";
    NoPages "E0614" "pages where there are none";
    BadPages "E0615" "pages that cannot be turned";
    BadRequest "E0616" "a request that cannot be made";
    EmptyPart "E0617" "an empty part of an address";
    ChannelNotSet "W0601" "a message on a channel that is not set";
    WordsOfNothing "W0602" "words that no template has";
    NoWords "W0603" "an article without words";
    SaidByMail "W0604" "words in a conversation by email";
    NobodyHears "W0605" "mails, and nobody hears who wants no more";
    NoScript "W0606" "a script that is not there";
    NotReached "W0607" "a message to a channel that is not reached";
    HookUnknown "W0608" "a webhook that nobody may send";
    NobodySignsIn "W0609" "a connector that does not sign in where its service wants it";

    // Headers of flows
    TriggerGives "E0701" "a trigger that does not give every parameter";
    RuleTwice "E0702" "a rule given twice";
    RuleNeeds "E0703" "a rule that cannot be kept";
    BadSchedule "E0704" "a schedule that cannot be understood";

    // Connectors
    DocumentUnread "E0801" "a connector's document that cannot be read";
    UnknownOperation "E0802" "no such operation of a service";
    ConnectorSetting "E0803" "a connector's setting that does not fit";
    UnknownScheme "E0804" "a way to sign in that the service does not know";
    OperationNotCalled "E0805" "an operation that cannot be called";

    // Not yet, and too much
    FlowTooLarge "E0901" "too large for one program";
    NotYet "E0902" "not carried out yet";
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
