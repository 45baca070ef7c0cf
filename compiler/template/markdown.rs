//! Markdown, with marks for holes, as HTML and as what people read who see no HTML.

use super::holes::{HoleKind, Marked};
use pulldown_cmark::{CowStr, Event, LinkType, Options, Parser, Tag, TagEnd, html};

fn events(text: &str) -> Parser<'_> {
    Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_SMART_PUNCTUATION)
}

/// As HTML. A link in bold that is a paragraph by itself is a button; a paragraph of `{{if …}}`, `{{else}}` or `{{end}}` alone
/// is none.
pub(super) fn to_html(text: &str, marked: &Marked) -> String {
    let mut out: Vec<Event<'_>> = Vec::new();
    let mut paragraph: Option<Vec<Event<'_>>> = None;
    for event in events(text) {
        match (&mut paragraph, event) {
            (None, Event::Start(Tag::Paragraph)) => paragraph = Some(Vec::new()),
            (Some(_), Event::End(TagEnd::Paragraph)) => {
                let inner = paragraph.take().unwrap_or_default();
                if only_control(&inner, marked) {
                    out.extend(inner);
                    out.push(Event::Text(CowStr::Borrowed("\n")));
                } else if is_button(&inner) {
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

/// Whether nothing but holes that show nothing stands there.
fn only_control(inner: &[Event<'_>], marked: &Marked) -> bool {
    let blank = |text: &str| {
        let mut rest = text;
        while let Some((before, hole, after)) = marked.split(rest) {
            let control = marked.holes.get(hole).is_some_and(super::holes::Hole::is_control);
            if !before.trim().is_empty() || !control {
                return false;
            }
            rest = after;
        }
        rest.trim().is_empty()
    };
    inner.iter().all(|event| match event {
        Event::Text(text) => blank(text),
        Event::SoftBreak => true,
        _ => false,
    })
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
    fn part(&mut self, inner: &[Event<'_>], marked: &Marked) {
        let trimmed = self.out.trim_end_matches([' ', '\n']).len();
        self.out.truncate(trimmed);
        for event in inner {
            let Event::Text(text) = event else { continue };
            let mut rest: &str = text;
            while let Some((_, hole, after)) = marked.split(rest) {
                match marked.holes.get(hole).map(|hole| &hole.kind) {
                    Some(HoleKind::If(_)) => self.parts.push((self.shown, false)),
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
            self.out.push_str(text.trim());
        }
        self.fresh = true;
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
    let all: Vec<Event<'_>> = events(text).collect();
    let mut rest = all.as_slice();
    while let Some((event, after)) = rest.split_first() {
        rest = after;
        if matches!(event, Event::Start(Tag::Paragraph)) {
            let end = after.iter().position(|event| matches!(event, Event::End(TagEnd::Paragraph))).unwrap_or(0);
            let (inner, behind) = after.split_at_checked(end).unwrap_or((&[], after));
            if !inner.is_empty() && only_control(inner, marked) {
                writer.part(inner, marked);
                rest = behind;
                continue;
            }
        }
        match event.clone() {
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
            Event::Start(Tag::TableRow) => cells = 0,
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
