//! Diagnostics: one value that feeds the terminal, JSON, SARIF and editors.

mod codes;
mod mend;
pub mod render;
mod span;

pub use codes::{Code, Severity};
pub use mend::{certain, compatible, mend};
pub use span::{FileId, Span};

/// One finding of the compiler about a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code; severity, title and page hang on it.
    pub code: Code,
    /// One plain sentence: what is wrong here.
    pub message: String,
    /// The place itself, with a short text that stands under it (may be empty).
    pub primary: Label,
    /// Related places, in source order.
    pub labels: Vec<Label>,
    /// What to do next, as a sentence.
    pub help: Option<String>,
    /// Edits that would mend it, each applicable by a machine.
    pub fixes: Vec<Fix>,
}

/// A span with the words that belong under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// Short text, without a full stop.
    pub text: String,
}

/// A machine-applicable edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, imperative: "replace `contcat` by `contact`".
    pub title: String,
    /// Non-overlapping replacements; an empty span inserts.
    pub edits: Vec<(Span, String)>,
}

impl Diagnostic {
    /// A diagnostic with its code, sentence and place.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            message: message.into(),
            primary: Label { span, text: String::new() },
            labels: Vec::new(),
            help: None,
            fixes: Vec::new(),
        }
    }

    /// Sets the text under the primary place.
    #[must_use]
    pub fn at(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Adds a related place.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Sets the help sentence.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Adds a machine-applicable fix.
    #[must_use]
    pub fn fix(mut self, title: impl Into<String>, edits: Vec<(Span, String)>) -> Self {
        self.fixes.push(Fix { title: title.into(), edits });
        self
    }

    /// Where only an edit says what to do, it does so as the help, too: in every form, and to people first.
    pub(crate) fn complete(&mut self) {
        if let (None, Some(fix)) = (&self.help, self.fixes.first()) {
            let mut sentence = fix.title.clone();
            if let Some(first) = sentence.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            self.help = Some(sentence + ".");
        }
    }

    /// Error or warning, as the code says.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }
}
