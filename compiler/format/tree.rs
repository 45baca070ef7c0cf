//! Tokens and comments as a tree of brackets: a group holds elements, an element holds words and further groups.

use crate::syntax::lexer::Spanned;
use crate::syntax::token::Tok;
use crate::syntax::{Comment, CommentKind};

/// What is between two separators, with the comments that belong to it.
#[derive(Debug, Default)]
pub(super) struct Element {
    /// An empty line stands before it and its comments.
    pub blank_before: bool,
    /// Lines of their own above it.
    pub above: Vec<Above>,
    /// What it is made of; none where comments end a group.
    pub atoms: Vec<Atom>,
    /// At the end of its line.
    pub trailing: Option<Comment>,
}

/// A comment on a line of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Above {
    pub comment: Comment,
    /// An empty line stands between it and what follows.
    pub blank_after: bool,
}

/// A word, a group, or a text with what is interpolated.
#[derive(Debug)]
pub(super) enum Atom {
    Word(Spanned),
    Group(Group),
    Text(Text),
    /// A comment amid the words.
    Comment(Comment, Place),
}

/// Where a comment amid words stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Behind a word.
    Behind,
    /// On a line of its own.
    OwnLine,
    /// Behind a line of a flow's header.
    BehindLine,
    /// Between lines of a flow's header.
    BetweenLines,
}

/// `"… {{ … }} … "`
#[derive(Debug)]
pub(super) struct Text {
    /// Up to the first `{{`.
    pub head: Spanned,
    /// What is interpolated, and the literal stretch behind it.
    pub parts: Vec<(Vec<Element>, Spanned)>,
}

/// What stands in brackets.
#[derive(Debug)]
pub(super) struct Group {
    pub open: Spanned,
    pub close: Spanned,
    /// Commas separate; else line ends do.
    pub by_comma: bool,
    /// Parentheses around one value: no comma may stand behind it.
    pub around: bool,
    pub elements: Vec<Element>,
    /// Behind the opening bracket.
    pub after_open: Option<Comment>,
    /// Written with a line end behind the opening bracket.
    pub broken: bool,
}

impl Atom {
    pub fn start(&self) -> u32 {
        match self {
            Atom::Word(word) => word.0,
            Atom::Group(group) => group.open.0,
            Atom::Text(text) => text.head.0,
            Atom::Comment(comment, _) => comment.span.start,
        }
    }

    pub fn end(&self) -> u32 {
        match self {
            Atom::Word(word) => word.2,
            Atom::Group(group) => group.close.2,
            Atom::Text(text) => text.parts.last().map_or(text.head, |(_, piece)| *piece).2,
            Atom::Comment(comment, _) => comment.span.end,
        }
    }

    /// Its last token.
    pub fn last(&self) -> Tok {
        match self {
            Atom::Word(word) => word.1,
            Atom::Group(group) => group.close.1,
            Atom::Text(text) => text.parts.last().map_or(text.head, |(_, piece)| *piece).1,
            Atom::Comment(..) => Tok::Comment,
        }
    }

    pub fn is_comment(&self) -> bool {
        matches!(self, Atom::Comment(..))
    }
}

impl Element {
    /// A comment stands amid its words: it takes more than one line.
    pub fn is_commented(&self) -> bool {
        self.atoms.iter().any(Atom::is_comment)
    }
}

/// Whether a comment stands amid the words of one of these, or of what they hold.
pub(super) fn is_commented_amid(elements: &[Element]) -> bool {
    let within = |atom: &Atom| match atom {
        Atom::Comment(..) => true,
        Atom::Word(_) => false,
        Atom::Group(group) => is_commented_amid(&group.elements),
        Atom::Text(text) => text.parts.iter().any(|(elements, _)| is_commented_amid(elements)),
    };
    elements.iter().any(|element| element.atoms.iter().any(within))
}

/// Reads the tokens of a text that parses.
pub(super) struct Reader<'a> {
    pub source: &'a str,
    pub tokens: &'a [Spanned],
    pub comments: &'a [Comment],
    /// What belongs to a type of `<`, `>` and commas, in source order.
    of_types: &'a [u32],
    at: usize,
    next_comment: usize,
    /// Open brackets.
    depth: usize,
}

impl<'a> Reader<'a> {
    pub fn new(source: &'a str, tokens: &'a [Spanned], comments: &'a [Comment], of_types: &'a [u32]) -> Self {
        Reader { source, tokens, comments, of_types, at: 0, next_comment: 0, depth: 0 }
    }

    /// The elements of the whole text.
    pub fn all(&mut self) -> Vec<Element> {
        self.elements(false, 0)
    }

    /// Elements up to the bracket that closes the group, or the end. `from` is where the group begins.
    fn elements(&mut self, by_comma: bool, from: u32) -> Vec<Element> {
        let mut elements = Vec::new();
        let mut end = from;
        loop {
            while self.peek().is_some_and(|tok| tok == Tok::Newline || (by_comma && tok == Tok::Comma)) {
                self.at += 1;
            }
            let mut element = self.begin(end);
            if self.peek().is_none_or(Tok::closes_here) {
                if !element.above.is_empty() {
                    elements.push(element);
                }
                return elements;
            }
            self.fill(&mut element, by_comma);
            end = element.atoms.last().map_or(end, Atom::end);
            let written = self.comment_on_line(end);
            end = written.map_or(end, |comment| comment.span.end);
            // The separator, and then what is said behind it.
            let separator = self.tokens.get(self.at).filter(|token| match token.1 {
                Tok::Comma => by_comma,
                _ => self.source.get(token.0 as usize..token.2 as usize) == Some(";"),
            });
            if let Some(separator) = separator {
                end = separator.2.max(end);
                self.at += 1;
            }
            element.trailing = written.or_else(|| self.comment_on_line(end));
            end = element.trailing.map_or(end, |comment| comment.span.end);
            elements.push(element);
        }
    }

    /// The comments before an element, and whether there is an empty line before.
    fn begin(&mut self, end: u32) -> Element {
        let next = self.tokens.get(self.at).map_or(self.source.len() as u32, |token| token.0);
        let mut element = Element::default();
        let mut from = end;
        let mut first = true;
        while let Some(comment) = self.comments.get(self.next_comment).filter(|comment| comment.span.start < next) {
            let blank = self.blank_between(from, comment.span.start);
            match element.above.last_mut() {
                _ if first => element.blank_before = blank,
                Some(above) => above.blank_after = blank,
                None => {}
            }
            first = false;
            element.above.push(Above { comment: *comment, blank_after: false });
            from = comment.span.end;
            self.next_comment += 1;
        }
        let blank = self.blank_between(from, next);
        match element.above.last_mut() {
            Some(above) => above.blank_after = blank,
            None => element.blank_before = blank,
        }
        element
    }

    fn fill(&mut self, element: &mut Element, by_comma: bool) {
        let mut is_flow = false;
        while let Some(&token) = self.tokens.get(self.at) {
            let before = element.atoms.iter().rev().find(|atom| !atom.is_comment()).map(Atom::last);
            let in_header = is_flow && token.1 == Tok::Newline && !self.ends_header(element);
            let ends = match token.1 {
                Tok::Comma => by_comma && self.of_types.binary_search(&token.0).is_err(),
                // The lines of a flow's header belong to it, up to its body.
                Tok::Newline => !in_header,
                tok => tok.closes_here(),
            };
            if ends {
                return;
            }
            if in_header {
                self.comments_to(element, token.0, |_| Place::BehindLine);
                self.at += 1;
                element.atoms.push(Atom::Word(token));
                let next = self.tokens.get(self.at).map_or(token.2, |next| next.0);
                self.comments_to(element, next, |_| Place::BetweenLines);
                continue;
            }
            let commented = element.atoms.len();
            self.comments_to(element, token.0, |own_line| if own_line { Place::OwnLine } else { Place::Behind });
            is_flow |= token.1 == Tok::Flow && self.depth == 0;
            self.at += 1;
            if matches!(token.1, Tok::TextHead(_)) {
                let text = self.text_with_parts(token);
                element.atoms.push(Atom::Text(text));
            } else if token.1.opens() {
                let by_comma = separates_by_comma(token.1, before, &element.atoms);
                // What is said between an arrow and its block is said in the block.
                let moves = before == Some(Tok::Arrow)
                    && element.atoms[commented..]
                        .iter()
                        .all(|atom| matches!(atom, Atom::Comment(comment, _) if comment.kind == CommentKind::Plain));
                let said = if moves { element.atoms.split_off(commented) } else { Vec::new() };
                let mut group = self.group(token, by_comma);
                group.begin_with(said);
                // Arguments and parameters follow a name, which in its place may be a word of the language.
                let elements = group.elements.iter().filter(|element| !element.atoms.is_empty()).count();
                group.around = token.1 == Tok::LParen && before != Some(Tok::Ident) && elements < 2;
                element.atoms.push(Atom::Group(group));
            } else {
                element.atoms.push(Atom::Word(token));
            }
        }
    }

    /// Takes the comments before `to` into an element; `place` is told whether one stands on a line of its own.
    fn comments_to(&mut self, element: &mut Element, to: u32, place: fn(bool) -> Place) {
        while let Some(comment) = self.comments.get(self.next_comment).filter(|comment| comment.span.start < to) {
            let end = element.atoms.last().map_or(0, Atom::end);
            let own_line = self.text(end, comment.span.start).contains('\n');
            element.atoms.push(Atom::Comment(*comment, place(own_line)));
            self.next_comment += 1;
        }
    }

    /// A line end after the body of a flow, or before something that is no line of its header.
    fn ends_header(&self, element: &Element) -> bool {
        let has_body = matches!(element.atoms.last(), Some(Atom::Group(group)) if group.open.1 == Tok::LBrace);
        has_body || !self.tokens.get(self.at + 1).is_some_and(|next| next.1.begins_clause() || next.1 == Tok::LBrace)
    }

    fn group(&mut self, open: Spanned, by_comma: bool) -> Group {
        self.depth += 1;
        let next = self.tokens.get(self.at).map_or(open.2, |token| token.0);
        let after_open = self.comment_on_line(open.2);
        let broken = after_open.is_some() || self.text(open.2, next).contains('\n');
        let mut elements = self.elements(by_comma, after_open.map_or(open.2, |comment| comment.span.end));
        if let Some(first) = elements.first_mut() {
            first.blank_before &= after_open.is_some();
        }
        let close = self.tokens.get(self.at).copied().unwrap_or((open.2, Tok::RBrace, open.2));
        self.at += 1;
        self.depth -= 1;
        Group { open, close, by_comma, around: false, elements, after_open, broken }
    }

    fn text_with_parts(&mut self, head: Spanned) -> Text {
        let mut text = Text { head, parts: Vec::new() };
        let mut from = head.2;
        loop {
            let elements = self.elements(true, from);
            let Some(&piece) = self.tokens.get(self.at) else { return text };
            self.at += 1;
            from = piece.2;
            text.parts.push((elements, piece));
            if !matches!(piece.1, Tok::TextMiddle(_)) {
                return text;
            }
        }
    }

    fn peek(&self) -> Option<Tok> {
        self.tokens.get(self.at).map(|token| token.1)
    }

    /// A comment behind `end` on the same line, unless more follows it there.
    fn comment_on_line(&mut self, end: u32) -> Option<Comment> {
        let comment = *self.comments.get(self.next_comment)?;
        let on_line = comment.span.start >= end && !self.text(end, comment.span.start).contains('\n');
        let alone = self.tokens.get(self.at).is_none_or(|token| token.0 >= comment.span.start);
        if !on_line || !alone {
            return None;
        }
        self.next_comment += 1;
        Some(comment)
    }

    fn text(&self, from: u32, to: u32) -> &'a str {
        self.source.get(from as usize..to.max(from) as usize).unwrap_or("")
    }

    fn blank_between(&self, from: u32, to: u32) -> bool {
        from > 0 && self.text(from, to).bytes().filter(|byte| *byte == b'\n').count() > 1
    }
}

impl Group {
    /// Takes comments in that stand before it.
    fn begin_with(&mut self, said: Vec<Atom>) {
        let Some(Atom::Comment(_, place)) = said.first() else { return };
        let behind = *place == Place::Behind;
        let mut comments: Vec<Comment> = Vec::with_capacity(said.len() + 1);
        comments.extend(said.iter().filter_map(|atom| match atom {
            Atom::Comment(comment, _) => Some(*comment),
            _ => None,
        }));
        comments.extend(self.after_open.take());
        self.broken = true;
        let mut above = comments.into_iter();
        self.after_open = if behind { above.next() } else { None };
        let above: Vec<Above> = above.map(|comment| Above { comment, blank_after: false }).collect();
        if above.is_empty() {
            return;
        }
        if self.elements.is_empty() {
            self.elements.push(Element::default());
        }
        if let Some(first) = self.elements.first_mut() {
            first.blank_before = false;
            first.above.splice(0..0, above);
        }
    }
}

impl Tok {
    /// Closes a bracket or an interpolation, be it to open the next.
    fn closes_here(self) -> bool {
        self.closes() || matches!(self, Tok::TextMiddle(_))
    }
}

/// Whether commas separate what is in a bracket, judged by what stands before it: a block follows a head, entries follow
/// a sign, `with`, or the head of a declaration.
fn separates_by_comma(open: Tok, before: Option<Tok>, atoms: &[Atom]) -> bool {
    if open != Tok::LBrace {
        return true;
    }
    let word = |atom: Option<&Atom>| match atom {
        Some(Atom::Word(word)) => Some(word.1),
        _ => None,
    };
    let first = word(atoms.first());
    if matches!(first, Some(Tok::FieldsWord | Tok::Enum | Tok::Calendar)) && atoms.len() == 2 {
        return true;
    }
    let next_to_last = word(atoms.iter().rev().filter(|atom| !atom.is_comment()).nth(1));
    let template = next_to_last == Some(Tok::Equals) && before == Some(Tok::Ident);
    let is_action = first == Some(Tok::Action);
    match before {
        None => true,
        Some(before) => {
            (template && is_action)
                || matches!(before, Tok::With | Tok::Return | Tok::Comma | Tok::Colon)
                || (before.carries_on() && before != Tok::Arrow)
        }
    }
}
