//! Colours: few, and only where they help to find something.

use std::fmt::Display;

/// Whether there are colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Paint {
    /// ANSI sequences are written.
    pub on: bool,
}

impl Paint {
    fn wrap(self, code: &str, text: impl Display) -> String {
        if self.on { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_string() }
    }

    /// What is wrong.
    pub fn bad(self, text: impl Display) -> String {
        self.wrap("1;31", text)
    }

    /// What needs somebody.
    pub fn warn(self, text: impl Display) -> String {
        self.wrap("33", text)
    }

    /// What went well.
    pub fn good(self, text: impl Display) -> String {
        self.wrap("32", text)
    }

    /// What to do; code; commands.
    pub fn note(self, text: impl Display) -> String {
        self.wrap("36", text)
    }

    /// Titles and names.
    pub fn bold(self, text: impl Display) -> String {
        self.wrap("1", text)
    }

    /// What is there for those who look for it.
    pub fn dim(self, text: impl Display) -> String {
        self.wrap("2", text)
    }
}

/// How many columns a text takes, colours not counted. Wide characters (CJK, emoji) take two.
pub fn width(text: &str) -> usize {
    let mut columns = 0;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            for c in chars.by_ref() {
                if c.is_ascii_alphabetic() {
                    break;
                }
            }
            continue;
        }
        columns += match u32::from(c) {
            0x300..=0x36f | 0x200b..=0x200d | 0xfe00..=0xfe0f => 0,
            0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff => 2,
            0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd => 2,
            _ => 1,
        };
    }
    columns
}

/// A text broken at spaces into lines of at most `columns`; a word that is longer stands on a line of its own. Line breaks
/// and indentation in the text are kept, and what continues an indented line stands below it.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    text.split('\n').flat_map(|paragraph| indented(paragraph, columns, 0)).collect()
}

/// One paragraph with the indentation it has; what continues it stands at least `indent` columns in.
fn indented(paragraph: &str, columns: usize, indent: usize) -> Vec<String> {
    let (margin, words) = paragraph.split_at(paragraph.len() - paragraph.trim_start_matches(' ').len());
    let hanging = " ".repeat(indent.max(margin.len()).min(columns.saturating_sub(LINE_MIN)));
    // What is nothing but margin leaves no room: the text counts for more.
    let margin = margin.get(..margin.len().min(columns.saturating_sub(LINE_MIN))).unwrap_or(margin);
    let filled = fill(words, columns.saturating_sub(margin.len()), columns.saturating_sub(hanging.len()));
    let lines = filled.into_iter().enumerate();
    lines.map(|(index, line)| if index == 0 { format!("{margin}{line}") } else { format!("{hanging}{line}") }).collect()
}

/// Columns that indentation leaves to the text.
const LINE_MIN: usize = 12;

/// One paragraph, whose first line may have another length than the others.
fn fill(paragraph: &str, first: usize, others: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in paragraph.split(' ') {
        let room = if lines.is_empty() { first } else { others };
        if !line.is_empty() && width(&line) + 1 + width(word) > room {
            lines.push(std::mem::take(&mut line));
        } else if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// A text broken into lines of at most `columns`, where what continues a line stands `indent` columns in.
pub fn hang(text: &str, columns: usize, indent: usize) -> String {
    let lines: Vec<String> = text.split('\n').flat_map(|paragraph| indented(paragraph, columns, indent)).collect();
    lines.join("\n")
}

/// A text of at most so many columns; what is cut off is shown by `…`.
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut shown = String::new();
    for c in text.chars() {
        if width(&shown) + width(c.encode_utf8(&mut [0; 4])) + 1 > columns {
            break;
        }
        shown.push(c);
    }
    shown.push('…');
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_counts_columns() {
        assert_eq!(width("søk"), 3);
        assert_eq!(width("\u{1b}[1;31mred\u{1b}[0m"), 3);
        assert_eq!(width("日本"), 4);
        assert_eq!(width("e\u{301}"), 1);
    }

    #[test]
    fn wrapping_keeps_every_word() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a\nverylongword b", 4), ["a", "verylongword", "b"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn indentation_is_kept_and_continued() {
        assert_eq!(wrap("  - one two three four", 18), ["  - one two three", "  four"]);
        assert_eq!(wrap("a\n    b\n", 20), ["a", "    b", ""]);
        assert_eq!(wrap("                    far in", 20), ["        far in"]);
    }

    #[test]
    fn later_lines_hang_below_the_first() {
        assert_eq!(hang("help: one two three four five six", 22, 6), "help: one two three\n      four five six");
        assert_eq!(hang("a\n  - one two three four", 18, 4), "a\n  - one two three\n    four");
    }

    #[test]
    fn what_is_cut_shows_it() {
        assert_eq!(cut("onboarding", 10), "onboarding");
        assert_eq!(cut("onboarding", 6), "onboa…");
        assert_eq!(cut("日本語", 4), "日…");
    }
}
