//! What a schema comes to: the types that Flow has.

/// A type, with references to the document's own schemas unresolved.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    /// Anything.
    Json,
    Text,
    /// A text that is a moment (`date-time`, RFC 3339).
    Moment,
    Int,
    Number,
    Bool,
    /// May be null.
    Optional(Box<Shape>),
    List(Box<Shape>),
    Map(Box<Shape>),
    /// One of these texts.
    Enum(Vec<String>),
    Record(Vec<Field>),
    /// What stands at this reference.
    Ref(String),
}

/// A field of a record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    /// Its name on the wire.
    pub wire: String,
    pub shape: Shape,
    /// Always there, or always to be given.
    pub required: bool,
    pub doc: String,
    /// Only answers have it.
    pub read_only: bool,
    /// Only requests have it.
    pub write_only: bool,
}

impl Shape {
    pub fn optional(self) -> Shape {
        match self {
            Shape::Json => Shape::Json,
            Shape::Optional(_) => self,
            other => Shape::Optional(Box::new(other)),
        }
    }
}
