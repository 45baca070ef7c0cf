//! Text that may be laid out in several ways: groups stand on one line if they fit, else their lines are broken.
//!
//! After P. Wadler, "A prettier printer" (2003), in the strict form of C. Lindig, "Strictly Pretty" (2000), with two
//! additions: a comment at the end of a line, and columns that neighbouring lines share.

use std::borrow::Cow;

/// A layout with alternatives.
#[derive(Debug, Clone)]
pub(super) enum Doc<'s> {
    /// As it stands; must hold no line end.
    Text(Cow<'s, str>),
    /// Several lines that stay as they are, whatever the indentation.
    Verbatim(&'s str),
    /// A blank, or a line end where its group is broken.
    Line,
    /// The same, but a blank behind brackets that close what began on another line.
    LineOrBehind,
    /// Nothing, or a line end where its group is broken.
    Break,
    /// The first where its group is on one line, the second where it is broken.
    Either(&'static str, &'static str),
    /// A line end always.
    Hard,
    /// The same between entries that would have a comma and a blank between them on one line, and are as wide.
    HardEntry,
    /// An empty line.
    Empty,
    /// A comment behind what stands on the line.
    Trailing(&'s str),
    /// Blanks up to a column that neighbours share, unless they alone would make the line too long: `needs` columns
    /// follow on it, where that is known.
    Pad { columns: usize, needs: Option<usize> },
    /// The same before a group, only where that is on one line.
    PadFlat(usize),
    /// One after the other.
    All(Vec<Doc<'s>>),
    /// One level further in where its group is broken.
    Nest(Box<Doc<'s>>),
    /// On one line, whether it fits or not.
    Flat(Box<Doc<'s>>),
    /// On one line if it fits and need not be broken.
    Group {
        /// What stands in it.
        inside: Box<Doc<'s>>,
        /// Broken whether it fits or not.
        broken: bool,
    },
}

impl<'s> Doc<'s> {
    pub fn text(text: impl Into<Cow<'s, str>>) -> Self {
        Doc::Text(text.into())
    }

    pub fn group(inside: Doc<'s>, broken: bool) -> Self {
        Doc::Group { inside: Box::new(inside), broken }
    }

    pub fn nest(self) -> Self {
        Doc::Nest(Box::new(self))
    }

    /// A place where the line is broken with its group, or by itself where it is too long.
    pub fn is_break(&self) -> bool {
        match self {
            Doc::Line => true,
            Doc::Group { inside, .. } => matches!(**inside, Doc::Line),
            _ => false,
        }
    }

    /// Columns when on one line; `None` if it cannot stand on one.
    pub fn flat_width(&self) -> Option<usize> {
        match self {
            Doc::Text(text) => Some(width(text)),
            Doc::Verbatim(text) if text.contains('\n') => None,
            Doc::Verbatim(text) => Some(width(text)),
            Doc::Line | Doc::LineOrBehind => Some(1),
            Doc::Pad { columns, .. } | Doc::PadFlat(columns) => Some(*columns),
            Doc::Break => Some(0),
            Doc::Either(flat, _) => Some(width(flat)),
            Doc::Hard | Doc::HardEntry | Doc::Empty | Doc::Trailing(_) | Doc::Group { broken: true, .. } => None,
            Doc::All(all) => all.iter().map(Doc::flat_width).sum(),
            Doc::Nest(inside) | Doc::Flat(inside) | Doc::Group { inside, .. } => inside.flat_width(),
        }
    }
}

/// Columns of one level.
pub(super) const INDENT: usize = 4;
/// Columns that a line should keep to.
pub(super) const WIDTH: usize = 100;

/// Columns of a text without line ends: one a character, which is right for the scripts that align at all.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    /// All on one line, what is inside too.
    Tight,
    Flat,
    Broken,
}

/// Lays a document out. Lines end in `\n` and never in blanks.
pub(super) fn print(doc: &Doc<'_>) -> String {
    let mut out = Out::default();
    let mut work: Vec<(usize, Mode, &Doc<'_>)> = vec![(0, Mode::Broken, doc)];
    while let Some((indent, mode, doc)) = work.pop() {
        match doc {
            Doc::Text(text) => out.text(text),
            Doc::Verbatim(text) => out.verbatim(text),
            Doc::Line | Doc::LineOrBehind if mode != Mode::Broken => out.text(" "),
            Doc::LineOrBehind if out.only_closes() => out.text(" "),
            Doc::Break if mode != Mode::Broken => {}
            Doc::Line | Doc::LineOrBehind | Doc::Break | Doc::Hard | Doc::HardEntry => out.end_line(indent),
            Doc::Either(flat, broken) => out.text(if mode == Mode::Broken { broken } else { flat }),
            Doc::Pad { columns, needs } => {
                let room = WIDTH.saturating_sub(out.column());
                if needs.is_none_or(|needs| needs > room || needs + columns <= room) {
                    out.blanks(*columns);
                }
            }
            Doc::PadFlat(columns) if mode != Mode::Broken => out.blanks(*columns),
            Doc::PadFlat(_) => {}
            Doc::Empty => out.empty_line(),
            Doc::Trailing(comment) => out.trailing(comment),
            Doc::All(all) => work.extend(all.iter().rev().map(|doc| (indent, mode, doc))),
            Doc::Nest(inside) if mode == Mode::Broken => work.push((indent + INDENT, mode, inside)),
            Doc::Nest(inside) => work.push((indent, mode, inside)),
            Doc::Flat(inside) => work.push((indent, Mode::Tight, inside)),
            Doc::Group { inside, .. } if mode == Mode::Tight => work.push((indent, mode, inside)),
            Doc::Group { inside, broken } => {
                let room = WIDTH.saturating_sub(out.column());
                let flat = !broken && fits(room, inside, &work);
                work.push((indent, if flat { Mode::Flat } else { Mode::Broken }, inside));
            }
        }
    }
    out.finish()
}

/// Whether a group on one line, with what follows it up to the next line end, keeps to the room.
fn fits(room: usize, inside: &Doc<'_>, rest: &[(usize, Mode, &Doc<'_>)]) -> bool {
    let mut room = room;
    let take = |room: &mut usize, columns: usize| match room.checked_sub(columns) {
        Some(left) => {
            *room = left;
            true
        }
        None => false,
    };
    let mut rest = rest.iter().rev();
    let mut work = vec![(Mode::Flat, inside)];
    loop {
        crate::effort::spent(1);
        let Some((mode, doc)) = work.pop().or_else(|| rest.next().map(|(_, mode, doc)| (*mode, *doc))) else {
            return true;
        };
        let fit = match doc {
            Doc::Text(text) => take(&mut room, width(text)),
            Doc::Verbatim(text) => match (text.split_once('\n'), text.rsplit_once('\n')) {
                // What follows it stands on its last line.
                (Some((first, _)), Some((_, last))) => {
                    let fit = take(&mut room, width(first));
                    room = WIDTH;
                    fit && take(&mut room, width(last))
                }
                _ => take(&mut room, width(text)),
            },
            Doc::Pad { columns, .. } => take(&mut room, *columns),
            Doc::PadFlat(columns) => mode == Mode::Broken || take(&mut room, *columns),
            Doc::Line | Doc::LineOrBehind if mode != Mode::Broken => take(&mut room, 1),
            Doc::Break if mode != Mode::Broken => true,
            // Whether entries stand on lines already or are about to changes nothing of what is around them.
            Doc::HardEntry if mode != Mode::Broken => take(&mut room, 2),
            Doc::Line | Doc::LineOrBehind | Doc::Break | Doc::Hard | Doc::HardEntry | Doc::Empty | Doc::Trailing(_) => {
                return true;
            }
            Doc::Either(flat, broken) => take(&mut room, width(if mode == Mode::Broken { broken } else { flat })),
            Doc::All(all) => {
                work.extend(all.iter().rev().map(|doc| (mode, doc)));
                true
            }
            Doc::Nest(inside) => {
                work.push((mode, inside));
                true
            }
            Doc::Flat(inside) => {
                work.push((Mode::Tight, inside));
                true
            }
            // Measured flat even where it will be broken: whether what is around it breaks does not depend on that, else
            // a group that had to be broken would let what is around it close up the next time.
            Doc::Group { inside, broken } => {
                work.push((if *broken && mode == Mode::Broken { Mode::Broken } else { mode }, inside));
                true
            }
        };
        if !fit {
            return false;
        }
    }
}

/// What is written, line by line.
#[derive(Default)]
struct Out<'s> {
    /// Each with its comment.
    lines: Vec<(String, Option<&'s str>)>,
    line: String,
    comment: Option<&'s str>,
    /// Blanks before the first word of the line.
    indent: usize,
}

impl<'s> Out<'s> {
    fn column(&self) -> usize {
        crate::effort::spent(self.line.len());
        if self.line.is_empty() { self.indent } else { width(&self.line) }
    }

    fn text(&mut self, text: &str) {
        if self.line.is_empty() {
            if text.trim().is_empty() {
                return;
            }
            self.line.extend(std::iter::repeat_n(' ', self.indent));
        }
        self.line.push_str(text);
    }

    fn only_closes(&self) -> bool {
        let line = self.line.trim_start();
        !line.is_empty() && line.chars().all(|c| matches!(c, ')' | '}' | ']'))
    }

    fn blanks(&mut self, columns: usize) {
        self.line.extend(std::iter::repeat_n(' ', columns));
    }

    fn verbatim(&mut self, text: &'s str) {
        let mut lines = text.split('\n');
        self.text(lines.next().unwrap_or(""));
        for line in lines {
            // Blanks at the end of a line of a text belong to the text.
            let before = std::mem::replace(&mut self.line, line.to_owned());
            self.lines.push((before, self.comment.take()));
        }
    }

    fn trailing(&mut self, comment: &'s str) {
        self.comment = Some(comment);
    }

    /// Ends the line; the next is indented so far.
    fn end_line(&mut self, indent: usize) {
        self.indent = indent;
        let mut line = std::mem::take(&mut self.line);
        line.truncate(line.trim_end_matches(' ').len());
        self.lines.push((line, self.comment.take()));
    }

    fn empty_line(&mut self) {
        self.lines.push((String::new(), None));
    }

    fn finish(mut self) -> String {
        if !self.line.is_empty() || self.comment.is_some() {
            self.end_line(0);
        }
        let mut out = String::with_capacity(self.lines.iter().map(|(line, _)| line.len() + 1).sum());
        let mut from = 0;
        while from < self.lines.len() {
            // Comments of neighbouring lines that begin alike begin in one column, where there is room.
            let depth = |line: &str| line.len() - line.trim_start().len();
            let first = self.lines.get(from).map_or(0, |(line, _)| depth(line));
            let whole =
                |line: &str| !line.ends_with(['{', '(', '[']) && !line.trim_start().starts_with(['}', ')', ']']);
            let beside =
                |(line, comment): &&(String, Option<&str>)| comment.is_some() && depth(line) == first && whole(line);
            let to = from + self.lines[from..].iter().take_while(beside).count().max(1);
            let run = &self.lines[from..to];
            let widest = run.iter().map(|(line, _)| width(line)).max().unwrap_or(0);
            let apart = |(_, comment): &(String, Option<&str>)| widest + 2 + comment.map_or(0, width) <= WIDTH;
            let aligned = run.iter().all(apart);
            for (line, comment) in run {
                out.push_str(line);
                if let Some(comment) = comment {
                    let pad = match line.is_empty() {
                        true => 0,
                        false if aligned => widest - width(line) + 2,
                        false => 2,
                    };
                    out.extend(std::iter::repeat_n(' ', pad));
                    out.push_str(comment);
                }
                out.push('\n');
            }
            from = to;
        }
        out
    }
}
