//! One element as a line that may be broken.

use super::doc::Doc;

/// What is being put together of an element: stretches between the places where its line may be broken.
#[derive(Default)]
pub(super) struct Line<'s> {
    /// What stands before, up to the last block.
    pub done: Vec<Doc<'s>>,
    /// Stretches that hang together.
    parts: Vec<Part<'s>>,
    /// The stretch that is growing.
    part: Part<'s>,
    /// The line must be broken.
    pub broken: bool,
    /// The stretch begins with `with` or `undo`: a block in it hangs too.
    pub clause: bool,
    /// Lines of a flow's header have begun.
    pub in_header: bool,
    /// An empty line stands before this line of a header.
    pub blank_before: bool,
}

/// A stretch between two places where a line may be broken.
#[derive(Default)]
struct Part<'s> {
    docs: Vec<Doc<'s>>,
    begins: Begins,
    /// Behind a comment it goes on with what the stretch before has begun.
    goes_on: bool,
    /// It is of a chain that is broken before each operand, because a comment breaks it somewhere.
    chain: bool,
    /// It is a comment.
    is_comment: bool,
}

/// How a stretch begins.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Begins {
    /// On the line of the one before, if there is room.
    #[default]
    IfItFits,
    /// On a line of its own whenever not all stand on one.
    Clause,
    /// On a line of its own: a comment ends the one before.
    OwnLine,
}

impl<'s> Part<'s> {
    fn behind_comment() -> Self {
        Part { begins: Begins::OwnLine, ..Part::default() }
    }

    fn is_flat(&self) -> bool {
        self.docs.iter().all(|doc| doc.flat_width().is_some())
    }

    /// It hangs from its first place to break on.
    fn hang(mut self) -> Doc<'s> {
        let Some(at) = self.docs.iter().position(Doc::is_break) else { return Doc::All(self.docs) };
        if self.chain && self.begins == Begins::OwnLine {
            return Doc::group(Doc::All(self.docs), true);
        }
        let hanging = Doc::All(self.docs.split_off(at)).nest();
        self.docs.push(hanging);
        Doc::group(Doc::All(self.docs), self.chain)
    }
}

impl<'s> Line<'s> {
    pub fn push(&mut self, doc: Doc<'s>) {
        self.part.docs.push(doc);
    }

    /// The line may be broken here.
    pub fn break_here(&mut self, broken: bool) {
        self.end_part();
        self.broken |= broken;
    }

    /// A comment behind what has been put together: the line goes on below it.
    pub fn comment(&mut self, comment: Doc<'s>) {
        self.push(comment);
        self.end_part();
        self.part = Part::behind_comment();
    }

    /// A comment on a line of its own.
    pub fn comment_between(&mut self, comment: Doc<'s>) {
        self.end_part();
        self.part = Part { is_comment: true, ..Part::behind_comment() };
        self.comment(comment);
    }

    /// The next word stands right behind a comment.
    pub fn is_behind_comment(&self) -> bool {
        self.part.begins == Begins::OwnLine && self.part.docs.is_empty()
    }

    /// The last word stands right behind a comment.
    pub fn was_behind_comment(&self) -> bool {
        self.part.begins == Begins::OwnLine && self.part.docs.len() == 1
    }

    /// Goes on behind a comment, within what the stretch before has begun; `chain` says whether both are operands.
    pub fn go_on(&mut self, chain: bool) {
        (self.part.goes_on, self.part.chain) = (true, chain);
        if let Some(before) = self.parts.iter_mut().rev().find(|part| !part.is_comment) {
            before.chain |= chain;
        }
    }

    fn end_part(&mut self) {
        let mut part = std::mem::take(&mut self.part);
        if self.clause && part.begins == Begins::IfItFits {
            part.begins = Begins::Clause;
        }
        self.clause = false;
        if !part.docs.is_empty() {
            self.parts.push(part);
        }
    }

    /// What hangs together is complete.
    fn end_parts(&mut self) {
        self.end_part();
        let parts = std::mem::take(&mut self.parts);
        if parts.is_empty() {
            return;
        }
        // What cannot stand on one line breaks the line of its `with` or `undo`, whichever of them it is.
        let begins = |begins| parts.iter().any(|part| part.begins == begins);
        self.broken |= begins(Begins::Clause) && !parts.iter().all(Part::is_flat);
        self.broken |= begins(Begins::OwnLine);
        let depths = depths(&parts);
        let (mut first, mut hanging) = (None, Vec::with_capacity(parts.len()));
        for (at, (part, depth)) in parts.into_iter().zip(depths).enumerate() {
            let begins = part.begins;
            let part = part.hang();
            match begins {
                Begins::OwnLine if depth > 1 => hanging.push(Doc::All(vec![Doc::Hard, part]).nest()),
                Begins::OwnLine => hanging.push(Doc::All(vec![Doc::Hard, part])),
                _ if at == 0 => first = Some(part),
                Begins::Clause => hanging.push(Doc::All(vec![Doc::LineOrBehind, part])),
                Begins::IfItFits => hanging.push(Doc::group(Doc::All(vec![Doc::Line, part]), false)),
            }
        }
        let mut all: Vec<Doc<'s>> = first.into_iter().collect();
        if !hanging.is_empty() {
            all.push(Doc::All(hanging).nest());
        }
        self.done.push(Doc::group(Doc::All(all), std::mem::take(&mut self.broken)));
    }

    /// A block in braces: what is in it does not hang.
    pub fn block(&mut self, block: Doc<'s>) {
        if self.is_behind_comment() {
            return self.push(block);
        }
        if self.clause {
            self.broken |= block.flat_width().is_none();
            return self.push(block);
        }
        self.end_parts();
        self.done.push(block);
    }

    /// Nothing stands yet on this line of a flow's header.
    pub fn begins_in_header(&self) -> bool {
        self.in_header && self.part.docs.is_empty() && self.parts.is_empty()
    }

    /// A line of a flow's header ends.
    pub fn end_header_line(&mut self) {
        let from = self.done.len();
        self.end_parts();
        if self.in_header {
            let mut line = vec![Doc::Hard];
            if std::mem::take(&mut self.blank_before) {
                line.push(Doc::Empty);
            }
            line.extend(self.done.drain(from..));
            self.done.push(Doc::All(line).nest());
        }
        self.in_header = true;
    }

    pub fn finish(mut self) -> Doc<'s> {
        self.end_parts();
        Doc::All(self.done)
    }
}

/// How far in the stretches stand that have a line of their own: what goes on with one that hangs hangs from that.
fn depths(parts: &[Part<'_>]) -> Vec<usize> {
    let mut depth = 0;
    let mut depths: Vec<usize> = Vec::with_capacity(parts.len());
    for (at, part) in parts.iter().enumerate() {
        if !part.goes_on && !part.is_comment {
            depth = usize::from(at > 0);
        }
        depths.push(if part.goes_on { depth + 1 } else { 1 });
    }
    // A comment stands as far in as what it is said of.
    for at in (1..parts.len()).rev() {
        if parts[at - 1].is_comment {
            depths[at - 1] = depths[at];
        }
    }
    depths
}
