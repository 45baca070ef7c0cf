//! The tree of brackets as a document with alternatives.

use super::doc::{self, Doc};
use super::line::Line;
use super::space::{self, Role};
use super::tree::{Atom, Element, Group, Place, Text};
use crate::syntax::lexer::Spanned;
use crate::syntax::token::Tok;

/// Heads of arms that are longer than this have their arrow right behind them.
const ARM_HEAD_MAX: usize = 60;

/// Makes the document of one text.
pub(super) struct Layout<'s> {
    pub source: &'s str,
    /// What belongs to a type of `<`, `>` and commas, in source order.
    pub of_types: &'s [u32],
}

/// What stands one a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lines {
    /// By themselves.
    Declarations,
    /// With their arrows aligned.
    Statements,
    /// What on one line would have commas between.
    Entries,
    /// With commas behind them.
    Commas,
}

impl<'s> Layout<'s> {
    /// The whole text.
    pub fn file(&self, elements: &[Element]) -> Doc<'s> {
        let mut all = Vec::new();
        self.lines(elements, Lines::Declarations, &mut all);
        Doc::All(all)
    }

    /// Elements one a line.
    fn lines(&self, elements: &[Element], kind: Lines, all: &mut Vec<Doc<'s>>) {
        let (aligned, commas) = (kind == Lines::Statements, kind == Lines::Commas);
        let mut heads: Vec<usize> = vec![0; elements.len()];
        if aligned {
            let starts = |at: &usize| *at > 0 && elements[*at].blank_before;
            let mut borders: Vec<usize> = std::iter::once(0).chain((0..elements.len()).filter(starts)).collect();
            borders.push(elements.len());
            for pair in borders.windows(2) {
                self.align(&elements[pair[0]..pair[1]], &mut heads[pair[0]..pair[1]]);
            }
        }
        for (index, (element, head)) in elements.iter().zip(&heads).enumerate() {
            if index > 0 {
                all.push(if kind == Lines::Entries { Doc::HardEntry } else { Doc::Hard });
                if element.blank_before {
                    all.push(Doc::Empty);
                }
            }
            for (line, above) in element.above.iter().enumerate() {
                all.push(Doc::text(self.cut(above.comment.span.start, above.comment.span.end)));
                if line + 1 < element.above.len() || !element.atoms.is_empty() {
                    all.push(Doc::Hard);
                    if above.blank_after {
                        all.push(Doc::Empty);
                    }
                }
            }
            if element.atoms.is_empty() {
                continue;
            }
            all.push(self.element(element, *head));
            if commas {
                all.push(Doc::text(","));
            }
            if let Some(comment) = element.trailing {
                all.push(Doc::Trailing(self.cut(comment.span.start, comment.span.end)));
            }
        }
    }

    /// The widest head among arms that stand together: their arrows begin in one column.
    fn align(&self, elements: &[Element], heads: &mut [usize]) {
        let widths: Vec<Option<usize>> = elements.iter().map(|element| self.head_width(element)).collect();
        let widest = widths.iter().flatten().copied().max().unwrap_or(0);
        for (head, width) in heads.iter_mut().zip(widths) {
            *head = width.map_or(0, |_| widest);
        }
    }

    /// Columns before an arm's arrow, or before the block of a path.
    fn head_width(&self, element: &Element) -> Option<usize> {
        let at = head_end(element)?;
        let mut line = Line::default();
        self.atoms(&element.atoms[..at], 0, &mut line);
        line.finish().flat_width().filter(|width| *width <= ARM_HEAD_MAX)
    }

    /// One element. `head` is the column at which its arrow stands, if it has one.
    fn element(&self, element: &Element, head: usize) -> Doc<'s> {
        let mut line = Line::default();
        let Some(at) = head_end(element).filter(|_| head > 0) else {
            self.atoms(&element.atoms, 0, &mut line);
            return line.finish();
        };
        // A head stays on its line, whatever becomes of what it leads to.
        let mut before = Line::default();
        self.atoms(&element.atoms[..at], 0, &mut before);
        let before = before.finish();
        let pad = head.saturating_sub(before.flat_width().unwrap_or(head));
        line.push(Doc::Flat(Box::new(before)));
        let mut after = Line::default();
        self.atoms(&element.atoms, at, &mut after);
        let after = after.finish();
        let comment =
            element.trailing.map_or(0, |comment| 2 + doc::width(self.cut(comment.span.start, comment.span.end)));
        let needs = after.flat_width().map(|needs| needs + comment);
        if matches!(element.atoms.get(at), Some(Atom::Group(_))) {
            line.push(Doc::group(Doc::All(vec![Doc::PadFlat(pad), after]), needs.is_none()));
        } else {
            line.push(Doc::Pad { columns: pad, needs });
            line.push(after);
        }
        line.finish()
    }

    /// The atoms from the one at `from` on.
    fn atoms(&self, atoms: &[Atom], from: usize, line: &mut Line<'s>) {
        let mut end = atoms.first().map_or(0, Atom::start);
        for (at, atom) in atoms.iter().enumerate().skip(from) {
            if line.begins_in_header() && !is_newline(atom) {
                line.blank_before = self.text(end, atom.start()).matches('\n').count() > 1;
            }
            if !is_newline(atom) {
                end = atom.end();
            }
            if let Atom::Comment(comment, place) = atom {
                let text = self.cut(comment.span.start, comment.span.end);
                match place {
                    Place::Behind => line.comment(Doc::Trailing(text)),
                    Place::OwnLine => line.comment_between(Doc::text(text)),
                    Place::BehindLine => line.push(Doc::Trailing(text)),
                    Place::BetweenLines => {
                        line.push(Doc::text(text));
                        line.end_header_line();
                    }
                }
                continue;
            }
            if is_newline(atom) {
                // Only a flow's header has line ends amid it.
                let behind_comment = at.checked_sub(1).and_then(|at| atoms.get(at)).is_some_and(Atom::is_comment);
                if line.in_header || behind_comment || !matches!(atoms.get(at + 1), Some(Atom::Group(_))) {
                    line.end_header_line();
                }
                continue;
            }
            if line.begins_in_header() && matches!(atom, Atom::Group(_)) {
                line.done.push(Doc::Hard);
            } else {
                let mut before = atoms[..at].iter().rev().filter(|atom| !is_newline(atom) && !atom.is_comment());
                let is_first = line.begins_in_header();
                if let Some(left) = before.next().filter(|_| !is_first) {
                    let commented = atoms.get(at + 1).is_some_and(Atom::is_comment);
                    self.gap(left, atom, before.next(), commented, line);
                }
            }
            match atom {
                Atom::Comment(..) => {}
                Atom::Word(word) => line.push(self.word(*word)),
                Atom::Text(text) => self.interpolated(text, line),
                Atom::Group(group) if group.open.1 == Tok::LBrace && (!group.by_comma || is_template(atoms, at)) => {
                    line.block(self.group(group));
                }
                Atom::Group(group) => {
                    let doc = self.group(group);
                    line.broken |= line.clause && doc.flat_width().is_none();
                    line.push(doc);
                }
            }
        }
    }

    /// What stands between two atoms: nothing, a blank, or a place to break the line. Behind the right one there may be a
    /// comment.
    fn gap(&self, left: &Atom, right: &Atom, before: Option<&Atom>, commented: bool, line: &mut Line<'s>) {
        let right_tok = match right {
            Atom::Word(word) => word.1,
            Atom::Group(group) => group.open.1,
            Atom::Text(text) => text.head.1,
            Atom::Comment(..) => Tok::Comment,
        };
        let joins = |tok| matches!(tok, Tok::And | Tok::Or | Tok::Default);
        if line.is_behind_comment() {
            line.clause = matches!(right_tok, Tok::With | Tok::Undo);
            if !line.clause && left.last() != Tok::Comma {
                let operates = |tok| joins(tok) || tok == Tok::Plus;
                line.go_on(operates(right_tok) || operates(left.last()));
            }
            return;
        }
        let written = left.end() < right.start();
        if matches!(right_tok, Tok::With | Tok::Undo) {
            line.break_here(self.text(left.end(), right.start()).contains('\n'));
            line.clause = true;
            return;
        }
        if left.last() == Tok::Comma {
            match self.of_types.binary_search(&left.start()) {
                Ok(_) => line.push(Doc::text(" ")),
                Err(_) => line.break_here(false),
            }
            return;
        }
        let left_role = match left {
            Atom::Word(word) => self.role(*word, before.map(Atom::last), written),
            _ => Role::Plain,
        };
        let right_role = match right {
            Atom::Word(word) => self.role(*word, Some(left.last()), written),
            _ => Role::Plain,
        };
        if joins(right_tok) && commented || left.last() == Tok::Plus && line.was_behind_comment() {
            // The line is broken at the comment, on the other side of the sign.
            line.push(Doc::group(Doc::Line, false));
        } else if joins(right_tok) || left.last() == Tok::Plus {
            line.push(Doc::Line);
        } else if space::between((left.last(), left_role), (right_tok, right_role), written) {
            line.push(Doc::text(" "));
        }
    }

    fn role(&self, word: Spanned, before: Option<Tok>, written: bool) -> Role {
        match word.1 {
            Tok::Less | Tok::Greater if self.of_types.binary_search(&word.0).is_ok() => Role::Type,
            Tok::Minus if space::is_sign(before) => Role::Sign,
            Tok::Dot if space::begins_variant(before, written) => Role::Variant,
            _ => Role::Plain,
        }
    }

    fn word(&self, (start, tok, end): Spanned) -> Doc<'s> {
        let text = self.text(start, end);
        match tok {
            Tok::Duration | Tok::Priority => Doc::text(text.split_whitespace().collect::<Vec<_>>().join(" ")),
            _ if text.contains('\n') => Doc::Verbatim(text),
            _ => Doc::text(text),
        }
    }

    /// A text is never broken; what is interpolated stands close to its braces.
    fn interpolated(&self, text: &Text, line: &mut Line<'s>) {
        line.push(self.word(text.head));
        let mut from = text.head.2;
        for (elements, piece) in &text.parts {
            let commented = elements.iter().any(|element| element.trailing.is_some() || !element.above.is_empty());
            let inside = elements.first().filter(|_| elements.len() == 1 && !commented);
            let flat = inside.and_then(|element| {
                let doc = self.element(element, 0);
                doc.flat_width().map(|_| doc)
            });
            line.push(match flat {
                Some(doc) => Doc::Flat(Box::new(doc)),
                None => Doc::Verbatim(self.text(from, piece.0)),
            });
            line.push(self.word(*piece));
            from = piece.2;
        }
    }

    /// Brackets with what is in them.
    fn group(&self, group: &Group) -> Doc<'s> {
        let brace = group.open.1 == Tok::LBrace;
        let (open, close) = (self.word(group.open), self.word(group.close));
        if group.elements.is_empty() {
            let mut all = vec![open];
            if let Some(comment) = group.after_open {
                all.extend([Doc::Trailing(self.cut(comment.span.start, comment.span.end)), Doc::Hard]);
            }
            all.push(close);
            return Doc::All(all);
        }
        let commented = group
            .elements
            .iter()
            .any(|element| element.trailing.is_some() || !element.above.is_empty() || element.is_commented());
        let blanks = group.elements.iter().any(|element| element.blank_before);
        let lines = group.after_open.is_some() || commented || blanks || (brace && self.has_lines(group));
        let broken = lines || group.broken;
        let edge = || if brace { Doc::Line } else { Doc::Break };
        let mut inside = Vec::new();
        if let Some(comment) = group.after_open {
            inside.push(Doc::Trailing(self.cut(comment.span.start, comment.span.end)));
        }
        inside.push(edge());
        if lines || (broken && brace && !group.by_comma) {
            let kind = match (brace, group.by_comma, group.around) {
                (true, false, _) => Lines::Statements,
                (true, true, _) => Lines::Entries,
                (false, _, false) => Lines::Commas,
                (false, _, true) => Lines::Declarations,
            };
            self.lines(&group.elements, kind, &mut inside);
        } else {
            let separator = match (brace, group.by_comma) {
                (true, true) => Doc::Either(",", ""),
                (true, false) => Doc::Either(";", ""),
                (false, _) => Doc::text(","),
            };
            for (index, element) in group.elements.iter().enumerate() {
                if index > 0 {
                    inside.push(separator.clone());
                    inside.push(Doc::Line);
                }
                inside.push(self.element(element, 0));
            }
            if !brace && !group.around {
                inside.push(Doc::Either("", ","));
            }
        }
        Doc::group(Doc::All(vec![open, Doc::All(inside).nest(), edge(), close]), broken)
    }

    /// Whether line ends separate what is between braces, somewhere.
    fn has_lines(&self, group: &Group) -> bool {
        group.elements.windows(2).any(|pair| {
            let end = pair[0].atoms.last().map_or(0, Atom::end);
            let start = pair[1].atoms.first().map_or(end, Atom::start);
            self.text(end, start).contains('\n')
        })
    }

    fn text(&self, from: u32, to: u32) -> &'s str {
        self.source.get(from as usize..to as usize).unwrap_or("")
    }

    /// The same without blanks at its end.
    fn cut(&self, from: u32, to: u32) -> &'s str {
        self.text(from, to).trim_end()
    }
}

fn is_newline(atom: &Atom) -> bool {
    matches!(atom, Atom::Word((_, Tok::Newline, _)))
}

/// Whether the braces at `at` are those of `= http { … }`: what stands before is measured without them.
fn is_template(atoms: &[Atom], at: usize) -> bool {
    let mut before = atoms[..at].iter().rev().filter(|atom| !atom.is_comment());
    matches!((before.next(), before.next()), (Some(Atom::Word(_)), Some(Atom::Word((_, Tok::Equals, _)))))
}

/// Where the head of an arm ends: at its arrow, or at the block of a path.
fn head_end(element: &Element) -> Option<usize> {
    if let [Atom::Word((_, Tok::Path, _)), Atom::Word(_), Atom::Group(group)] = element.atoms.as_slice() {
        return (group.open.1 == Tok::LBrace).then_some(2);
    }
    element.atoms.iter().position(|atom| matches!(atom, Atom::Word((_, Tok::Arrow, _))))
}

/// Where `<`, `>` and the commas between them belong to a type, in source order: behind a name with a capital, around
/// nothing but types.
pub(super) fn of_types(source: &str, tokens: &[Spanned]) -> Vec<u32> {
    let mut found = Vec::new();
    let (mut open, mut commas) = (Vec::new(), Vec::new());
    for pair in tokens.windows(2) {
        let ((start, left, end), (at, right, _)) = (pair[0], pair[1]);
        let name = source.get(start as usize..end as usize).unwrap_or("");
        if right == Tok::Less && left == Tok::Ident && name.starts_with(char::is_uppercase) {
            open.push(at);
        } else if right == Tok::Greater
            && let Some(from) = open.pop()
        {
            found.extend([from, at]);
            if open.is_empty() {
                found.append(&mut commas);
            }
        } else if right == Tok::Comma && !open.is_empty() {
            commas.push(at);
        } else if !matches!(right, Tok::Ident | Tok::Dot | Tok::Question) && !right.is_name() {
            open.clear();
            commas.clear();
        }
    }
    found.sort_unstable();
    found
}
