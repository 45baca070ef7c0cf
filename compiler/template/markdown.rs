//! Markdown, with marks for holes, as HTML and as what people read who see no HTML.

use super::holes::{HoleKind, Marked};
use pulldown_cmark::{CowStr, Event, LinkType, Options, Parser, Tag, TagEnd, html};

fn events(text: &str) -> Parser<'_> {
    Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_SMART_PUNCTUATION)
}

/// What Markdown is made of, where a paragraph, an item or a row of nothing but `{{if …}}`, `{{for …}}`, `{{else}}` or `{{end}}`
/// is none.
enum Piece<'t> {
    Event(Event<'t>),
    /// Marks that stood so, alone.
    Bare(Alone, String),
}

#[derive(Clone, Copy, PartialEq)]
enum Alone {
    Paragraph,
    Item,
    Row,
}

fn pieces<'t>(text: &'t str, marked: &Marked) -> Vec<Piece<'t>> {
    let all: Vec<Event<'t>> = events(text).collect();
    let mut out = Vec::with_capacity(all.len());
    let mut rest = all.as_slice();
    while let Some((event, after)) = rest.split_first() {
        let found = match event {
            Event::Start(Tag::Paragraph) => Some((Alone::Paragraph, TagEnd::Paragraph)),
            Event::Start(Tag::Item) => Some((Alone::Item, TagEnd::Item)),
            Event::Start(Tag::TableRow) => Some((Alone::Row, TagEnd::TableRow)),
            _ => None,
        };
        if let Some((alone, end)) = found
            && let Some(length) = after.iter().position(|event| *event == Event::End(end))
            && let Some((inner, behind)) = after.split_at_checked(length)
            && let Some(marks) = only_control(inner, marked)
        {
            out.push(Piece::Bare(alone, marks));
            rest = behind.get(1..).unwrap_or_default();
            continue;
        }
        out.push(Piece::Event(event.clone()));
        rest = after;
    }
    out
}

/// As HTML. A link in bold that is a paragraph by itself is a button; a paragraph of `{{if …}}`, `{{else}}` or `{{end}}` alone
/// is none.
pub(super) fn to_html(text: &str, marked: &Marked) -> String {
    let mut out: Vec<Event<'_>> = Vec::new();
    let mut paragraph: Option<Vec<Event<'_>>> = None;
    for piece in pieces(text, marked) {
        let event = match piece {
            Piece::Event(event) => event,
            Piece::Bare(_, marks) => {
                out.push(Event::Text(CowStr::from(marks)));
                out.push(Event::Text(CowStr::Borrowed("\n")));
                continue;
            }
        };
        match (&mut paragraph, event) {
            (None, Event::Start(Tag::Paragraph)) => paragraph = Some(Vec::new()),
            (Some(_), Event::End(TagEnd::Paragraph)) => {
                let inner = paragraph.take().unwrap_or_default();
                if is_button(&inner) {
                    out.push(Event::Html(CowStr::Borrowed("<p class=\"button\">")));
                    out.extend(
                        inner
                            .into_iter()
                            .filter(|event| !matches!(event, Event::Start(Tag::Strong) | Event::End(TagEnd::Strong))),
                    );
                    out.push(Event::Html(CowStr::Borrowed("</p>\n")));
                } else {
                    out.push(Event::Start(Tag::Paragraph));
                    out.extend(inner);
                    out.push(Event::End(TagEnd::Paragraph));
                }
            }
            (Some(inner), event) => inner.push(event),
            (None, event) => out.push(event),
        }
    }
    let mut made = String::with_capacity(text.len() * 2);
    html::push_html(&mut made, out.into_iter());
    made
}

/// The marks of holes that show nothing, where nothing else stands there.
fn only_control(inner: &[Event<'_>], marked: &Marked) -> Option<String> {
    let mut marks = String::new();
    for event in inner {
        match event {
            Event::Text(text) if text.trim().is_empty() => {}
            Event::Text(text) => {
                super::lines::alone(text, marked)?;
                marks.push_str(text.trim());
            }
            Event::SoftBreak
            | Event::Start(Tag::Paragraph | Tag::TableCell)
            | Event::End(TagEnd::Paragraph | TagEnd::TableCell) => {}
            _ => return None,
        }
    }
    (!marks.is_empty()).then_some(marks)
}

fn is_button(inner: &[Event<'_>]) -> bool {
    let links = inner.iter().filter(|event| matches!(event, Event::Start(Tag::Link { .. }))).count();
    matches!(
        inner,
        [
            Event::Start(Tag::Strong),
            Event::Start(Tag::Link { .. }),
            ..,
            Event::End(TagEnd::Link),
            Event::End(TagEnd::Strong)
        ]
    ) && links == 1
}

struct Writer {
    out: String,
    /// What begins lines, for lists and quotes.
    indent: Vec<String>,
    /// The number of the next item, for each open list; none for one without numbers.
    lists: Vec<Option<u64>>,
    /// Where open links lead, and where their text begins in `out`.
    links: Vec<(String, usize)>,
    /// Nothing stands on this line yet.
    fresh: bool,
    /// Something is read before this, whatever parts are there.
    shown: bool,
    /// The same, where each open part began; and whether something is read in a half of it.
    parts: Vec<(bool, bool)>,
}

impl Writer {
    /// An empty line before what comes next, unless it is the first.
    fn block(&mut self) {
        let trimmed = self.out.trim_end_matches([' ', '\n']).len();
        self.out.truncate(trimmed);
        if self.shown {
            self.out.push_str("\n\n");
        }
        self.fresh = true;
    }

    /// A paragraph of marks for parts, of which nothing is seen: the empty line comes with what stands within.
    fn part(&mut self, marks: &str, marked: &Marked) {
        let trimmed = self.out.trim_end_matches([' ', '\n']).len();
        self.out.truncate(trimmed);
        let mut rest = marks;
        while let Some((_, hole, after)) = marked.split(rest) {
            match marked.holes.get(hole).map(|hole| &hole.kind) {
                Some(HoleKind::If(_)) => self.parts.push((self.shown, false)),
                // What is there again has something before it.
                Some(HoleKind::For(..)) => self.parts.push((std::mem::replace(&mut self.shown, true), true)),
                Some(HoleKind::Else) => {
                    if let Some((before, within)) = self.parts.last_mut() {
                        *within |= self.shown;
                        self.shown = *before;
                    }
                }
                Some(HoleKind::End) => {
                    let (before, within) = self.parts.pop().unwrap_or_default();
                    self.shown |= before || within;
                }
                _ => {}
            }
            rest = after;
        }
        self.out.push_str(marks);
        self.fresh = true;
    }

    /// Marks between items or rows: the line's end comes with what stands within.
    fn between(&mut self, marks: &str) {
        let trimmed = self.out.trim_end_matches([' ', '\n']).len();
        let apart = self.out.get(trimmed..).unwrap_or("").contains("\n\n");
        self.out.truncate(trimmed);
        if apart {
            self.out.push('\n');
        }
        self.out.push_str(marks);
        self.fresh = false;
    }

    fn line(&mut self) {
        self.out.push('\n');
        self.fresh = true;
    }

    fn text(&mut self, text: &str) {
        for (number, line) in text.split('\n').enumerate() {
            if number > 0 {
                self.line();
            }
            if line.is_empty() {
                continue;
            }
            self.shown = true;
            if std::mem::take(&mut self.fresh) {
                self.out.push_str(&self.indent.concat());
            }
            self.out.push_str(line);
        }
    }
}

/// As text: paragraphs, lists and headings as one would write them in a mail, behind a link where it leads. On both sides of
/// each address stands the sign.
pub(super) fn to_text(text: &str, marked: &Marked, sign: &str) -> String {
    let mut writer = Writer {
        out: String::with_capacity(text.len()),
        indent: Vec::new(),
        lists: Vec::new(),
        links: Vec::new(),
        fresh: true,
        shown: false,
        parts: Vec::new(),
    };
    let mut tight = false;
    let (mut cells, mut head, mut between) = (0, 0, " | ");
    // By part that is open between items: whether it is there for each of a list.
    let mut loops: Vec<bool> = Vec::new();
    for piece in pieces(text, marked) {
        let event = match piece {
            Piece::Event(event) => event,
            Piece::Bare(Alone::Paragraph, marks) => {
                writer.part(&marks, marked);
                continue;
            }
            Piece::Bare(_, marks) => {
                let mut rest = marks.as_str();
                while let Some((_, hole, after)) = marked.split(rest) {
                    match marked.holes.get(hole).map(|hole| &hole.kind) {
                        Some(HoleKind::If(_)) => loops.push(false),
                        Some(HoleKind::For(..)) => loops.push(true),
                        Some(HoleKind::End) => drop(loops.pop()),
                        _ => {}
                    }
                    rest = after;
                }
                writer.between(&marks);
                continue;
            }
        };
        match event {
            Event::Start(Tag::Paragraph | Tag::Heading { .. } | Tag::CodeBlock(_)) => {
                let beside_its_sign = std::mem::take(&mut tight);
                if !beside_its_sign {
                    writer.block();
                }
            }
            Event::Start(Tag::BlockQuote(_)) => {
                writer.block();
                writer.indent.push("> ".to_owned());
            }
            Event::End(TagEnd::BlockQuote(_)) => drop(writer.indent.pop()),
            Event::Start(Tag::List(first)) => {
                match writer.lists.is_empty() {
                    true => writer.block(),
                    false => writer.line(),
                }
                writer.lists.push(first);
            }
            Event::End(TagEnd::List(_)) => drop(writer.lists.pop()),
            Event::Start(Tag::Item) => {
                if !writer.out.is_empty() && !writer.fresh {
                    writer.line();
                }
                let sign = match writer.lists.last_mut() {
                    // How many there are is not known before the mail is sent.
                    Some(Some(_)) if loops.contains(&true) => "- ".to_owned(),
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "- ".to_owned(),
                };
                writer.fresh = true;
                let width = sign.chars().count();
                writer.text(&sign);
                writer.indent.push(" ".repeat(width));
                tight = true;
            }
            Event::End(TagEnd::Item) => {
                tight = false;
                writer.indent.pop();
                if !writer.out.ends_with('\n') {
                    writer.line();
                }
            }
            Event::Start(Tag::Table(_)) => {
                writer.block();
                between = " | ";
            }
            Event::Start(Tag::TableHead) => (cells, head) = (0, writer.out.len()),
            // A table without a head says something of each thing it names.
            Event::End(TagEnd::TableHead)
                if writer.out.get(head..).unwrap_or("").trim_matches([' ', '|']).is_empty() =>
            {
                writer.out.truncate(head);
                (writer.fresh, between) = (true, ": ");
            }
            Event::Start(Tag::TableRow) => {
                if !writer.fresh {
                    writer.line();
                }
                cells = 0;
            }
            Event::End(TagEnd::TableRow | TagEnd::TableHead) => writer.line(),
            Event::Start(Tag::TableCell) => {
                if cells > 0 {
                    writer.text(between);
                }
                cells += 1;
            }
            Event::Start(Tag::Link { dest_url, link_type, .. }) => {
                let lead = if matches!(link_type, LinkType::Email) { String::new() } else { dest_url.to_string() };
                writer.links.push((lead, writer.out.len()));
            }
            Event::End(TagEnd::Link) => {
                if let Some((lead, from)) = writer.links.pop() {
                    let shown = writer.out.get(from..).unwrap_or("").trim().to_owned();
                    if !lead.is_empty() && shown != lead && format!("mailto:{shown}") != lead {
                        writer.text(&format!(": {sign}{lead}{sign}"));
                    }
                }
            }
            Event::Text(text) | Event::Code(text) => writer.text(&text),
            Event::SoftBreak | Event::HardBreak => writer.line(),
            Event::Rule => {
                writer.block();
                writer.text("---");
            }
            _ => {}
        }
    }
    let trimmed = writer.out.trim_end().len();
    writer.out.truncate(trimmed);
    writer.out.push('\n');
    writer.out
}
