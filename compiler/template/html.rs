//! Where holes stand in HTML. A reading of the tokens of HTML (its standard, 13.2.5) that knows what a hole may fill in
//! without becoming anything else, and refuses every place it does not know.

use super::holes::Marked;
use flow_bytecode::program::Escape;

/// Where a hole stands, and so how it is escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the text part of a mail, in its subject: as it is.
    Plain,
    /// Between tags: character references for what would be a tag.
    Text,
    /// In a quoted attribute.
    Attribute,
    /// At the beginning of an address, in HTML: a whole `Url`.
    UrlStart,
    /// The same in a text.
    PlainUrlStart,
    /// Within an address: percent-encoded.
    UrlPart,
    /// Where nothing may be filled in.
    Forbidden(&'static str),
}

impl Place {
    /// How a value is escaped there.
    pub fn escape(self) -> Escape {
        match self {
            Place::Plain | Place::PlainUrlStart => Escape::None,
            Place::UrlPart => Escape::Url,
            Place::Text | Place::Attribute | Place::UrlStart | Place::Forbidden(_) => Escape::Html,
        }
    }
}

/// Attributes that hold an address.
const ADDRESSES: &[&str] =
    &["href", "src", "action", "formaction", "cite", "poster", "background", "longdesc", "xlink:href"];

/// Elements in which nothing is a tag, and nothing but their own end ends them.
const RAW: &[&str] = &["script", "style", "xmp", "iframe", "noembed", "noframes", "noscript", "plaintext"];

/// Elements in which nothing is a tag, and character references are.
const ESCAPABLE: &[&str] = &["title", "textarea"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Text,
    /// Behind `<` or `</`, in the name.
    TagName,
    /// In a tag, before a name of an attribute.
    Tag,
    AttributeName,
    /// Behind the name, before `=` or the next.
    AfterName,
    /// Behind `=`.
    BeforeValue,
    Quoted(u8),
    Unquoted,
    Comment,
    /// `<!…>`, `<?…>`
    Declaration,
    /// In an element of `RAW` or `ESCAPABLE`.
    Within,
}

/// A reader that is handed a page stretch by stretch.
#[derive(Debug)]
pub(crate) struct Reader {
    state: State,
    tag: String,
    closing: bool,
    attribute: String,
    /// What is written of the attribute's value so far.
    value: String,
    /// A hole has begun the value, or one whose beginning fits.
    address: bool,
    /// The tail of what was read, for what takes several characters to end.
    tail: String,
}

impl Reader {
    pub fn new() -> Reader {
        Reader {
            state: State::Text,
            tag: String::new(),
            closing: false,
            attribute: String::new(),
            value: String::new(),
            address: false,
            tail: String::new(),
        }
    }

    /// Whether it stands between tags.
    pub fn in_text(&self) -> bool {
        self.state == State::Text
    }

    /// Reads on.
    pub fn read(&mut self, text: &str) {
        let mut chars = text.char_indices().peekable();
        while let Some((at, char)) = chars.next() {
            let rest = text.get(at..).unwrap_or("");
            match self.state {
                State::Text if char == '<' => {
                    let next = rest.get(1..).unwrap_or("");
                    let name = next.strip_prefix('/').unwrap_or(next);
                    if next.starts_with("!--") {
                        self.state = State::Comment;
                        self.tail.clear();
                        chars.nth(2);
                    } else if next.starts_with(['!', '?']) {
                        self.state = State::Declaration;
                    } else if name.starts_with(|first: char| first.is_ascii_alphabetic()) {
                        self.state = State::TagName;
                        self.tag.clear();
                        self.closing = next.starts_with('/');
                        if self.closing {
                            chars.next();
                        }
                    } else if name.is_empty() {
                        // What a hole behind `<` or `</` would make is a tag.
                        self.state = State::TagName;
                        self.tag.clear();
                        self.closing = !next.is_empty();
                        if self.closing {
                            chars.next();
                        }
                    } else if next.starts_with('/') {
                        self.state = State::Declaration;
                    }
                }
                State::Text => {}
                State::TagName => match char {
                    '>' => self.tag_ends(),
                    '/' => self.state = State::Tag,
                    blank if blank.is_ascii_whitespace() => self.state = State::Tag,
                    letter => self.tag.push(letter.to_ascii_lowercase()),
                },
                State::Tag => match char {
                    '>' => self.tag_ends(),
                    '/' => {}
                    blank if blank.is_ascii_whitespace() => {}
                    letter => {
                        self.attribute.clear();
                        self.attribute.push(letter.to_ascii_lowercase());
                        self.state = State::AttributeName;
                    }
                },
                State::AttributeName | State::AfterName => match char {
                    '=' => {
                        self.state = State::BeforeValue;
                        self.value.clear();
                        self.address = false;
                    }
                    '>' => self.tag_ends(),
                    '/' => self.state = State::Tag,
                    blank if blank.is_ascii_whitespace() => self.state = State::AfterName,
                    letter => {
                        if self.state == State::AfterName {
                            self.attribute.clear();
                        }
                        self.attribute.push(letter.to_ascii_lowercase());
                        self.state = State::AttributeName;
                    }
                },
                State::BeforeValue => match char {
                    quote @ ('"' | '\'') => self.state = State::Quoted(quote as u8),
                    '>' => self.tag_ends(),
                    blank if blank.is_ascii_whitespace() => {}
                    _ => self.state = State::Unquoted,
                },
                State::Quoted(quote) if char == char::from(quote) => self.state = State::Tag,
                State::Quoted(_) => self.value.push(char),
                State::Unquoted => match char {
                    '>' => self.tag_ends(),
                    blank if blank.is_ascii_whitespace() => self.state = State::Tag,
                    _ => {}
                },
                State::Comment => {
                    self.tail.push(char);
                    if self.tail.ends_with("-->") || self.tail.ends_with("--!>") || matches!(&*self.tail, ">" | "->") {
                        self.state = State::Text;
                    }
                }
                State::Declaration if char == '>' => self.state = State::Text,
                State::Declaration => {}
                State::Within => {
                    let end = rest.strip_prefix("</").and_then(|rest| rest.split_at_checked(self.tag.len()));
                    if self.tag != "plaintext"
                        && let Some((name, after)) = end
                        && name.eq_ignore_ascii_case(&self.tag)
                        && after.starts_with(|next: char| matches!(next, '>' | '/') || next.is_ascii_whitespace())
                    {
                        chars.nth(name.len());
                        self.closing = true;
                        self.state = State::Tag;
                    }
                }
            }
        }
    }

    fn tag_ends(&mut self) {
        let raw = RAW.contains(&&*self.tag) || ESCAPABLE.contains(&&*self.tag);
        self.state = if raw && !self.closing { State::Within } else { State::Text };
    }

    /// Where a hole stands that comes next.
    pub fn hole(&mut self) -> Place {
        match self.state {
            State::Text => Place::Text,
            State::Within if ESCAPABLE.contains(&&*self.tag) => Place::Text,
            State::Within if self.tag == "style" => Place::Forbidden("styles, where a text may be code"),
            State::Within if self.tag == "script" => Place::Forbidden("a script, where a text may be code"),
            State::Within => Place::Forbidden("what is not read as text by every program"),
            State::TagName | State::Tag | State::AttributeName | State::AfterName => {
                Place::Forbidden("a tag, where it could be any attribute")
            }
            State::BeforeValue | State::Unquoted => {
                self.state = State::Unquoted;
                Place::Forbidden("an attribute without quotes, which ends at the first blank")
            }
            State::Comment | State::Declaration => Place::Forbidden("a comment, which nobody reads"),
            State::Quoted(_) => self.in_attribute(),
        }
    }

    fn in_attribute(&mut self) -> Place {
        let (tag, name) = (self.tag.as_str(), self.attribute.as_str());
        if name.starts_with("on") {
            return Place::Forbidden("an event handler, where a text may be code");
        }
        match name {
            "style" => return Place::Forbidden("styles, where a text may be code"),
            "srcdoc" => return Place::Forbidden("a page within the page"),
            "srcset" | "imagesrcset" | "ping" | "archive" => {
                return Place::Forbidden("a list of addresses, where it could be another one");
            }
            "content" | "http-equiv" if tag == "meta" => {
                return Place::Forbidden("a setting of the whole page");
            }
            "data" | "codebase" | "classid" => return Place::Forbidden("an address that is carried out"),
            _ => {}
        }
        if !ADDRESSES.contains(&name) {
            return Place::Attribute;
        }
        let begun = std::mem::replace(&mut self.address, true);
        match self.value.trim() {
            _ if begun => Place::UrlPart,
            "" => Place::UrlStart,
            written if may_go_on(written) => Place::UrlPart,
            _ => Place::Forbidden("an address before its host ends, where it could lead anywhere"),
        }
    }
}

/// Whether whatever follows stays within the address that is written so far.
pub(crate) fn may_go_on(written: &str) -> bool {
    let lower = written.to_ascii_lowercase();
    let whole = |scheme: &str| {
        let rest = lower.strip_prefix(scheme)?;
        let host = rest.get(..rest.find(['/', '?', '#'])?)?;
        Some(!host.is_empty() && !host.contains(['&', '\\', '@']))
    };
    lower.starts_with("mailto:")
        || lower.starts_with("tel:")
        || lower.starts_with('#')
        || whole("https://").or_else(|| whole("http://")).unwrap_or(false)
}

/// The place of every hole of a page, in order, with its number; and whether it stands where parts may be left out.
pub(crate) fn places(page: &str, marked: &Marked) -> Vec<(usize, Place, bool)> {
    let mut reader = Reader::new();
    let mut found = Vec::new();
    let mut rest = page;
    while let Some((before, hole, after)) = marked.split(rest) {
        reader.read(before);
        let in_text = reader.in_text();
        let control = marked.holes.get(hole).is_some_and(|hole| hole.is_control());
        let place = if control { Place::Text } else { reader.hole() };
        found.push((hole, place, in_text));
        rest = after;
    }
    found
}
