//! The words of the language, in three modes.
//!
//! [`Tok`] is read in ordinary text, [`TextTok`] inside `"…"` and [`BlockTok`] inside `"""…"""`; `lexer` switches between
//! them. A token carries no text of its own: the grammar's actions cut it out of the source by its span, which keeps a token
//! at eight bytes. Only strings carry an index, because their text is not what stands in the source.

use logos::Logos;

/// A token in ordinary text. Variants without a pattern are made by the lexer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Logos)]
#[logos(skip r"[ \t]+")]
#[rustfmt::skip]
pub enum Tok {
    // What the lexer digests itself.
    #[regex(r"\r?\n")]
    LineBreak,
    #[regex(r"//[^\n]*", allow_greedy = true)]
    Comment,
    #[token("\"")]
    Quote,
    #[token("\"\"\"")]
    BlockQuote,
    #[token(";")]
    Semicolon,
    /// Characters and spellings of other languages, each with its own advice.
    #[token("'")] #[token("&&")] #[token("||")] #[token("!")] #[token("===")] #[token("!==")] #[token("=!")] #[token("=<")] #[token("=>")] #[token("/*")]
    #[token("#")] #[token("\r")] #[token("&")] #[token("|")] #[token("%")]
    Foreign,

    // Made by the lexer.
    Newline,
    Eof,
    /// Something that has been reported; the grammar takes it nowhere.
    Unknown,
    /// Stands for a stretch of text that was reported and set aside; the grammar takes it as a node `Error`.
    Bad,
    /// A string without interpolation; the index of its text.
    Text(u32),
    /// `"… {{`
    TextHead(u32),
    /// `}} … {{`
    TextMiddle(u32),
    /// `}} … "`
    TextTail(u32),
    Percent,
    Duration,

    // Literals and names.
    #[regex("[A-Za-z_][A-Za-z0-9_]*")]
    Ident,
    #[regex("#[A-Za-z_][A-Za-z0-9_]*")]
    Anchor,
    #[regex("[0-9][0-9_]*")]
    Int,
    #[regex(r"[0-9][0-9_]*\.[0-9][0-9_]*")]
    Number,
    #[regex("[0-9][0-9]?:[0-9][0-9](:[0-9][0-9])?")]
    Time,

    // Brackets and signs.
    #[token("(")] LParen,
    #[token(")")] RParen,
    #[token("[")] LBracket,
    #[token("]")] RBracket,
    #[token("{")] LBrace,
    #[token("}")] RBrace,
    #[token(",")] Comma,
    #[token(":")] Colon,
    #[token(".")] Dot,
    #[token("?.")] QuestionDot,
    #[token("??")] Default,
    #[token("?")] Question,
    #[token("+")] Plus,
    #[token("-")] Minus,
    #[token("*")] Star,
    #[token("/")] Slash,
    #[token("==")] EqEq,
    #[token("!=")] NotEq,
    #[token("<=")] LessEq,
    #[token(">=")] GreaterEq,
    #[token("<")] Less,
    #[token(">")] Greater,
    #[token("=")] Equals,
    #[token("+=")] PlusEq,
    #[token("-=")] MinusEq,
    #[token("->")] Arrow,
    #[token("@")] At,

    // Reserved words.
    #[token("let")] Let,
    #[token("var")] Var,
    #[token("if")] If,
    #[token("else")] Else,
    #[token("switch")] Switch,
    #[token("choice")] Choice,
    #[token("ask")] Ask,
    #[token("say")] Say,
    #[token("wait")] Wait,
    #[token("parallel")] Parallel,
    #[token("race")] Race,
    #[token("split")] Split,
    #[token("try")] Try,
    #[token("launch")] Launch,
    #[token("start")] Start,
    #[token("return")] Return,
    #[token("stop")] Stop,
    #[token("fail")] Fail,
    #[token("for")] For,
    #[token("while")] While,
    #[token("repeat")] Repeat,
    #[token("break")] Break,
    #[token("continue")] Continue,
    #[token("again")] Again,
    #[token("fire")] Fire,
    #[token("expect")] Expect,
    #[token("and")] And,
    #[token("or")] Or,
    #[token("not")] Not,
    #[token("true")] True,
    #[token("false")] False,
    #[token("null")] Null,
    #[token("with")] With,
    #[token("undo")] Undo,
    #[token("as")] As,
    #[token("until")] Until,
    #[token("forever")] Forever,

    // Words with a meaning in their place, names everywhere else.
    #[token("team")] #[token("tag")] #[token("template")] #[token("selection")] #[token("article")] #[token("secret")]
    #[token("project")] #[token("interest")] #[token("link")] #[token("category")]
    NamesWord,
    #[token("record")] #[token("entity")] #[token("extend")] #[token("form")]
    FieldsWord,
    #[token("event")] Event,
    #[token("enum")] Enum,
    #[token("calendar")] Calendar,
    #[token("action")] Action,
    #[token("connector")] Connector,
    #[token("flow")] Flow,
    #[token("test")] Test,
    #[token("on")] On,
    #[token("once")] Once,
    #[token("overlap")] Overlap,
    #[token("exit")] Exit,
    #[token("goal")] Goal,
    #[token("cap")] Cap,
    #[token("send")] Send,
    #[token("holdout")] Holdout,
    #[token("priority")] Priority,
    #[token("per")] Per,
    #[token("every")] Every,
    #[token("within")] Within,
    #[token("when")] When,
    #[token("in")] In,
    #[token("at")] AtWord,
    #[token("where")] Where,
    #[token("from")] From,
    #[token("show")] Show,
    #[token("after")] After,
    #[token("path")] Path,
    #[token("failure")] Failure,
    #[token("fails")] Fails,
    #[token("returns")] Returns,
    #[token("then")] Then,
    #[token("mock")] Mock,
    #[token("advance")] Advance,
}

/// Inside `"…"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Logos)]
pub enum TextTok {
    #[regex(r#"[^"\\{\r\n]+"#)]
    #[token("{")]
    #[token("\r", priority = 1)]
    Plain,
    #[regex(r#"\\[nt"\\]"#)]
    #[token(r"\{{")]
    #[regex(r"\\u\{[0-9A-Fa-f]{1,6}\}")]
    Escape,
    #[token("\\", priority = 1)]
    BadEscape,
    #[token("{{")]
    Open,
    #[token("\"")]
    Close,
    #[regex(r"\r?\n", priority = 9)]
    LineBreak,
}

/// Inside `"""…"""`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Logos)]
pub enum BlockTok {
    #[regex(r#"[^"\\{]+"#)]
    #[token("{")]
    #[token("\"")]
    #[token("\"\"")]
    Plain,
    #[regex(r#"\\[nt"\\]"#)]
    #[token(r"\{{")]
    #[regex(r"\\u\{[0-9A-Fa-f]{1,6}\}")]
    Escape,
    #[token("\\", priority = 1)]
    BadEscape,
    #[token("{{")]
    Open,
    #[token("\"\"\"")]
    Close,
}

impl Tok {
    /// A word that can never be a name, except after `.` and before `:`.
    pub fn is_reserved(self) -> bool {
        self.is_between(Tok::Let, Tok::Forever)
    }

    /// A name, or a word that means something in its place and is a name everywhere else.
    pub fn is_name(self) -> bool {
        self == Tok::Ident || self.is_between(Tok::NamesWord, Tok::Advance)
    }

    /// A line that ends with this goes on in the next one.
    pub fn carries_on(self) -> bool {
        use Tok::*;
        matches!(
            self,
            Comma
                | Equals
                | PlusEq
                | MinusEq
                | Arrow
                | Colon
                | Dot
                | QuestionDot
                | Plus
                | Minus
                | Star
                | Slash
                | EqEq
                | NotEq
                | LessEq
                | GreaterEq
                | Default
                | And
                | Or
                | Not
        )
    }

    /// A sign between two values, and never before one.
    pub fn joins(self) -> bool {
        use Tok::*;
        matches!(self, Plus | Star | Slash | EqEq | NotEq | Less | LessEq | Greater | GreaterEq)
    }

    /// A line that begins with this belongs to the one above.
    pub fn continues(self) -> bool {
        matches!(self, Tok::With | Tok::Undo | Tok::And | Tok::Or | Tok::Default)
    }

    /// Begins a declaration.
    pub fn begins_item(self) -> bool {
        self.is_between(Tok::NamesWord, Tok::Test)
    }

    /// Begins a line of a flow's header.
    pub fn begins_clause(self) -> bool {
        self.is_between(Tok::On, Tok::Priority)
    }

    /// A reserved word that can only begin a statement.
    pub fn begins_statement(self) -> bool {
        use Tok::*;
        matches!(
            self,
            Let | Var
                | If
                | Choice
                | Say
                | Wait
                | Parallel
                | Race
                | Split
                | Try
                | Launch
                | Return
                | Stop
                | Fail
                | For
                | While
                | Repeat
                | Break
                | Continue
                | Again
                | Fire
                | Expect
        )
    }

    /// Opens a bracket, or an interpolation.
    pub fn opens(self) -> bool {
        matches!(self, Tok::LParen | Tok::LBracket | Tok::LBrace | Tok::TextHead(_))
    }

    /// Closes a bracket, or an interpolation.
    pub fn closes(self) -> bool {
        matches!(self, Tok::RParen | Tok::RBracket | Tok::RBrace | Tok::TextTail(_))
    }

    /// Groups of variants stand together in the declaration, which is also their order.
    fn is_between(self, first: Tok, last: Tok) -> bool {
        first <= self && self <= last
    }
}
