//! Templates of mails: files of the project with the words, made into pieces with holes before any program runs.
//!
//! A file is Markdown, HTML or plain text, with a head of a few lines. Each `{{ }}` in it is an expression of the language; in
//! its place a mark goes through Markdown and into the layout, and then a reader of HTML says where it has come to stand.
//! What is left to do when a mail is sent is to fill the pieces in, each hole escaped for its place.

mod head;
mod holes;
mod html;
mod lines;
mod markdown;
mod nodes;
#[cfg(test)]
mod tests;

pub(crate) use holes::{Hole, HoleKind};
pub(crate) use html::{Place, Reader};
pub(crate) use nodes::forbidden;

use crate::diag::{Code, Diagnostic, FileId, Span};
use nodes::{Told, address_sign, in_html, in_text};
use std::sync::Arc;

/// The folder in which templates stand.
pub const FOLDER: &str = "templates/";

/// The largest file of a template, in bytes.
pub const TEMPLATE_BYTES_MAX: usize = 256 << 10;

/// A file has at most so many holes.
pub const HOLES_MAX: usize = 1_000;

/// The name of the file that stands around the others.
pub const LAYOUT: &str = "layout";

/// What stands around Markdown where a project has no layout of its own.
pub const DEFAULT_LAYOUT: &str = include_str!("layout.html");

/// A file of the folder `templates/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFile {
    /// From the project's folder, with `/`: `templates/welcome.md`.
    pub path: Arc<str>,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Whether a file of the folder is one that a template may be written in: `.md`, `.html` or `.txt`.
pub fn is_template(path: &str) -> bool {
    path.strip_prefix(FOLDER).is_some_and(|name| !name.contains('/')) && Kind::of(path).is_some()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Markdown,
    Html,
    Text,
}

impl Kind {
    fn of(path: &str) -> Option<Kind> {
        Some(match path.rsplit_once('.')?.1 {
            "md" => Kind::Markdown,
            "html" => Kind::Html,
            "txt" => Kind::Text,
            _ => return None,
        })
    }
}

/// The words of a template.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    /// `welcome`
    pub name: Arc<str>,
    /// `templates/welcome.md`
    pub path: Arc<str>,
    /// The beginning of its file.
    pub span: Span,
    /// Its holes, by number.
    pub holes: Vec<Hole>,
    /// The line of its head, where it has one.
    pub subject: Option<Vec<Node>>,
    /// What is read without HTML; empty where it is made of the HTML when the mail is sent.
    pub text: Vec<Node>,
    /// The page; empty where it is made of the text.
    pub html: Vec<Node>,
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    /// As it is.
    Text(Arc<str>),
    /// A hole, by number, and where it stands.
    Hole(usize, Place),
    /// A part that is there when a condition holds, and one that is there when it does not.
    If(usize, Vec<Node>, Vec<Node>),
    /// A part that is there once for each item of a list.
    For(usize, Vec<Node>),
}

/// Reads the templates of a project. The files stand in the order of their numbers.
pub(crate) fn read(files: &[(FileId, Arc<str>, &[u8])], out: &mut Vec<Diagnostic>) -> Vec<Words> {
    let sound: Vec<(FileId, &Arc<str>, &str)> = files
        .iter()
        .filter_map(|(file, path, bytes)| Some((*file, path, readable(*file, bytes, out)?)))
        .filter(|(_, path, _)| is_template(path))
        .collect();
    let own = sound.iter().find(|(_, path, _)| stem(path) == LAYOUT && Kind::of(path) == Some(Kind::Html));
    let layout = own.map_or(DEFAULT_LAYOUT, |(_, _, text)| *text);
    let layout = around(own.map(|(file, ..)| *file), layout, out);
    let mut all: Vec<Words> = Vec::new();
    for (file, path, text) in &sound {
        if stem(path) == LAYOUT {
            continue;
        }
        let (Some(kind), start) = (Kind::of(path), Span::new(*file, 0, first_line(text))) else { continue };
        if let Some(first) = all.iter().find(|words| *words.name == *stem(path)) {
            out.push(
                Diagnostic::new(Code::DuplicateName, start, format!("The template `{}` has two files.", stem(path)))
                    .at("its words again")
                    .label(first.span, "its words")
                    .help("Keep one of them, or give one another name."),
            );
            continue;
        }
        all.push(words(*file, path, kind, text, &layout, out));
    }
    all
}

fn stem(path: &str) -> &str {
    let name = path.strip_prefix(FOLDER).unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn first_line(text: &str) -> u32 {
    text.lines().next().map_or(0, str::len) as u32
}

fn readable<'t>(file: FileId, bytes: &'t [u8], out: &mut Vec<Diagnostic>) -> Option<&'t str> {
    let start = Span::new(file, 0, 0);
    if bytes.len() > TEMPLATE_BYTES_MAX {
        out.push(
            Diagnostic::new(
                Code::SourceTooLarge,
                start,
                format!("This file is larger than a template may be, which is {TEMPLATE_BYTES_MAX} bytes."),
            )
            .help("Pictures are named by their address, and not put into the mail."),
        );
        return None;
    }
    let text = std::str::from_utf8(bytes);
    if text.is_err() {
        let message = "The file is not UTF-8.";
        out.push(Diagnostic::new(Code::InvalidUtf8, start, message).help("Save the file as UTF-8."));
    }
    text.ok()
}

/// A layout: what stands before the words, and what behind.
struct Layout {
    before: String,
    after: String,
}

/// Takes a layout apart at `{{content}}`.
fn around(file: Option<FileId>, text: &str, out: &mut Vec<Diagnostic>) -> Layout {
    let mut cut: Option<(usize, usize)> = None;
    let mut from = 0;
    while let Some(open) = text.get(from..).and_then(|rest| rest.find("{{")).map(|at| from + at) {
        let close = text.get(open..).and_then(|rest| rest.find("}}")).map_or(text.len(), |at| open + at + 2);
        let inner = text.get(open + 2..close.saturating_sub(2)).unwrap_or("").trim();
        if inner == "content" && cut.is_none() {
            cut = Some((open, close));
        } else if let Some(file) = file {
            let span = Span::new(file, open as u32, close as u32);
            let message = "A layout has one hole, `{{content}}`, where the words of a mail stand.";
            out.push(
                Diagnostic::new(Code::HoleOutOfPlace, span, message)
                    .at("filled in with nothing")
                    .help("Fill in what differs between mails in their own templates."),
            );
        }
        from = close;
    }
    let mut reader = html::Reader::new();
    let (before, after) = match cut {
        Some((open, close)) => (text.get(..open).unwrap_or(""), text.get(close..).unwrap_or("")),
        None => (text, ""),
    };
    reader.read(before);
    if let Some(file) = file.filter(|_| cut.is_none() || !reader.in_text()) {
        let (span, message) = match cut {
            Some((open, close)) => {
                (Span::new(file, open as u32, close as u32), "`{{content}}` stands between tags, and not within one.")
            }
            None => (Span::new(file, 0, first_line(text)), "The layout says nowhere where the words of a mail stand."),
        };
        out.push(
            Diagnostic::new(Code::HoleOutOfPlace, span, message).help("Write `{{content}}` there, between two tags."),
        );
        return Layout { before: String::new(), after: String::new() };
    }
    Layout { before: before.to_owned(), after: after.to_owned() }
}

fn words(file: FileId, path: &Arc<str>, kind: Kind, source: &str, layout: &Layout, out: &mut Vec<Diagnostic>) -> Words {
    let unmarked = holes::prefix(&[source, &layout.before, &layout.after]);
    let marked = holes::marked(file, source, &unmarked, out);
    let head = head::read(file, &marked, out);
    let subject = head.subject.as_deref().map(|line| in_text(line, &marked, &mut Told::To(out)));
    let body = head.body.trim_start_matches(['\r', '\n']);
    let told = out.len();
    let arranged = match kind {
        Kind::Markdown => lines::in_markdown(body, &marked),
        Kind::Text => lines::in_text(body, &marked),
        Kind::Html => body.to_owned(),
    };
    let body = arranged.as_str();
    let whole = |content: &str| {
        let preview = head.preview.as_deref().map(preview).unwrap_or_default();
        format!("{}{preview}{content}{}", layout.before, layout.after)
    };
    let page = match kind {
        Kind::Markdown => Some(whole(&markdown::to_html(body, &marked))),
        Kind::Html if is_page(body) => Some(body.to_owned()),
        Kind::Html => Some(whole(body)),
        Kind::Text => None,
    };
    let html = page.map_or_else(Vec::new, |page| in_html(&page, &marked, &mut Told::To(out)));
    let text = match kind {
        _ if out.len() > told => Vec::new(),
        Kind::Markdown => in_text(&markdown::to_text(body, &marked, &address_sign(&marked)), &marked, &mut Told::Not),
        Kind::Html => Vec::new(),
        Kind::Text => in_text(body, &marked, &mut Told::To(out)),
    };
    Words {
        name: Arc::from(stem(path)),
        path: Arc::clone(path),
        span: Span::new(file, 0, first_line(source)),
        holes: marked.holes,
        subject,
        text,
        html,
    }
}

/// A line that mail programs show beside the subject, and that the mail itself does not.
fn preview(text: &str) -> String {
    let mut html = String::from("<div style=\"display:none;max-height:0;overflow:hidden\">");
    for char in text.chars() {
        match char {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            other => html.push(other),
        }
    }
    html.push_str("</div>\n");
    html
}

fn is_page(html: &str) -> bool {
    let start = html.trim_start().get(..9).unwrap_or("").to_ascii_lowercase();
    start.starts_with("<!doctype") || start.starts_with("<html")
}
