//! Lines of a template on which nothing but `{{if …}}`, `{{for …}}`, `{{else}}` or `{{end}}` stands. Nothing is seen of such a
//! line: in a list it stands between two items, in a table between two rows, else between two blocks.

use super::holes::{HoleKind, Marked};

/// Plain text without the ends of such lines.
pub(super) fn in_text(text: &str, marked: &Marked) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        out.push_str(if alone(line, marked).is_some() { line.trim() } else { line });
    }
    out
}

/// How such a line, and those that belong to it, stands in Markdown.
#[derive(Clone, PartialEq)]
enum Stands {
    /// As an item of a list that begins so.
    Item(String),
    /// As a row of a table.
    Row,
    /// As a block of its own.
    Apart,
    /// As it is written.
    Written,
}

/// Markdown in which such lines stand where a reader of Markdown sees them between what they are about.
pub(super) fn in_markdown(text: &str, marked: &Marked) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    let mut out: Vec<String> = Vec::with_capacity(lines.len());
    let mut open: Vec<Stands> = Vec::new();
    let mut fence: Option<&str> = None;
    let mut after_opener = false;
    for (at, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        let marks = ["```", "~~~"].into_iter().find(|marks| trimmed.starts_with(marks));
        if marks.is_some() && (fence.is_none() || fence == marks) {
            fence = if fence.is_none() { marks } else { None };
        }
        let holes = if fence.is_none() { alone(line, marked) } else { None };
        let Some(holes) = holes else {
            let skipped = std::mem::take(&mut after_opener) && line.trim().is_empty();
            if !skipped {
                out.push((*line).to_owned());
            }
            after_opener = skipped;
            for hole in holes_of(line, marked) {
                follow(&mut open, kind(hole, marked), Stands::Written);
            }
            continue;
        };
        let [hole] = holes.as_slice() else {
            for hole in holes {
                follow(&mut open, kind(hole, marked), Stands::Written);
            }
            out.push((*line).to_owned());
            continue;
        };
        let kind = kind(*hole, marked);
        let stands = match kind {
            Some(HoleKind::If(_) | HoleKind::For(..)) => how(&lines, at, marked, open.last()),
            _ => open.last().cloned().unwrap_or(Stands::Written),
        };
        match &stands {
            Stands::Item(begin) => {
                while matches!(kind, Some(HoleKind::End)) && out.last().is_some_and(|last| last.trim().is_empty()) {
                    out.pop();
                }
                out.push(format!("{begin}{}", line.trim()));
                after_opener = !matches!(kind, Some(HoleKind::End));
            }
            Stands::Row => out.push(format!("| {} |", line.trim())),
            Stands::Apart => out.extend([String::new(), (*line).to_owned(), String::new()]),
            Stands::Written => out.push((*line).to_owned()),
        }
        follow(&mut open, kind, stands);
    }
    out.join("\n")
}

/// Notes what a hole opens or ends.
fn follow(open: &mut Vec<Stands>, kind: Option<&HoleKind>, stands: Stands) {
    match kind {
        Some(HoleKind::If(_) | HoleKind::For(..)) => open.push(stands),
        Some(HoleKind::End) => drop(open.pop()),
        _ => {}
    }
}

/// How the part stands that begins on this line: by what is in it, up to its end.
fn how(lines: &[&str], at: usize, marked: &Marked, around: Option<&Stands>) -> Stands {
    let is_loop = alone(lines.get(at).unwrap_or(&""), marked)
        .is_some_and(|holes| holes.iter().any(|hole| matches!(kind(*hole, marked), Some(HoleKind::For(..)))));
    let otherwise = if is_loop { Stands::Apart } else { Stands::Written };
    let mut depth = 0_usize;
    let (mut item, mut items, mut rows) = (None, true, true);
    for (number, line) in lines.iter().enumerate().skip(at) {
        for hole in holes_of(line, marked) {
            match kind(hole, marked) {
                Some(HoleKind::If(_) | HoleKind::For(..)) => depth += 1,
                Some(HoleKind::End) => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        if depth == 0 {
            break;
        }
        if alone(line, marked).is_some() {
            continue;
        }
        if line.trim().is_empty() {
            // Between empty lines an `{{if …}}` has always stood for itself.
            items &= is_loop || number != at + 1;
            rows = false;
            continue;
        }
        let begins = item_sign(line);
        items &= begins.is_some() || (item.is_some() && line.starts_with([' ', '\t']));
        item = item.or(begins);
        rows &= line.trim_start().starts_with('|');
    }
    let before = at.checked_sub(1).and_then(|before| lines.get(before)).copied().unwrap_or("");
    let in_table =
        before.trim_start().starts_with('|') || (alone(before, marked).is_some() && around == Some(&Stands::Row));
    match item {
        Some(begin) if items => Stands::Item(begin),
        None if rows && (in_table || around == Some(&Stands::Row)) => Stands::Row,
        _ => otherwise,
    }
}

/// What an item of a list begins with: blanks, its sign, and one blank.
fn item_sign(line: &str) -> Option<String> {
    let trimmed = line.trim_start_matches(' ');
    let blanks = line.get(..line.len() - trimmed.len())?;
    let digits = trimmed.len() - trimmed.trim_start_matches(|char: char| char.is_ascii_digit()).len();
    let signs: &[char] = if digits == 0 { &['-', '*', '+'] } else { &['.', ')'] };
    let rest = trimmed.get(digits..)?;
    let sign = rest.chars().next().filter(|sign| signs.contains(sign))?;
    rest.get(1..)?.starts_with(' ').then(|| format!("{blanks}{}{sign} ", trimmed.get(..digits).unwrap_or("")))
}

fn kind(hole: usize, marked: &Marked) -> Option<&HoleKind> {
    marked.holes.get(hole).map(|hole| &hole.kind)
}

/// The holes of a line.
fn holes_of(line: &str, marked: &Marked) -> Vec<usize> {
    let (mut found, mut rest) = (Vec::new(), line);
    while let Some((_, hole, after)) = marked.split(rest) {
        found.push(hole);
        rest = after;
    }
    found
}

/// The holes of a line on which nothing else stands, and that show nothing.
pub(super) fn alone(line: &str, marked: &Marked) -> Option<Vec<usize>> {
    let (mut found, mut rest) = (Vec::new(), line);
    while let Some((before, hole, after)) = marked.split(rest) {
        if !before.trim().is_empty() || !marked.holes.get(hole).is_some_and(super::holes::Hole::is_control) {
            return None;
        }
        found.push(hole);
        rest = after;
    }
    (rest.trim().is_empty() && !found.is_empty()).then_some(found)
}
