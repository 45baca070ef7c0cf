//! The prompt in a terminal, as a state machine: keys in, lines out. It knows no terminal.

use crate::paint::{Paint, cut, width, wrap};
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use flow_bytecode::program::Expects;

/// What a key led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reaction {
    /// Nothing to see.
    None,
    /// Draw again.
    Redraw,
    /// The answer is given.
    Answer(String),
    /// The person leaves; the run keeps waiting.
    Leave,
    /// The person lets the time pass.
    PassTime,
}

/// A prompt being answered.
#[derive(Debug, Clone)]
pub struct Widget {
    options: Vec<String>,
    expects: Expects,
    text: Vec<char>,
    cursor: usize,
    picked: Option<usize>,
    /// Ctrl-D lets the time pass.
    pub time_can_pass: bool,
    /// How long an answer is waited for, when that is limited.
    pub left: Option<String>,
}

/// Options shown at once; longer lists scroll.
const OPTIONS_SHOWN: usize = 10;

impl Widget {
    /// A prompt with these options, or for free text when there are none.
    pub fn new(options: Vec<String>, expects: Expects) -> Self {
        let picked = if options.is_empty() { None } else { Some(0) };
        Widget { options, expects, text: Vec::new(), cursor: 0, picked, time_can_pass: false, left: None }
    }

    /// Takes a key.
    pub fn key(&mut self, key: KeyEvent) -> Reaction {
        if key.kind == KeyEventKind::Release {
            return Reaction::None;
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('c') if control => return Reaction::Leave,
            KeyCode::Char('d') if control && self.text.is_empty() => {
                return if self.time_can_pass { Reaction::PassTime } else { Reaction::Leave };
            }
            KeyCode::Char('a') if control => self.cursor = 0,
            KeyCode::Char('e') if control => self.cursor = self.text.len(),
            KeyCode::Char('u') if control => {
                self.text.drain(..self.cursor.min(self.text.len()));
                self.cursor = 0;
                self.follow_text();
            }
            KeyCode::Char('w') if control => self.delete_word(),
            KeyCode::Char(_) if control => return Reaction::None,
            KeyCode::Char(c) => {
                self.text.insert(self.cursor.min(self.text.len()), c);
                self.cursor += 1;
                self.follow_text();
            }
            KeyCode::Backspace if self.cursor > 0 => {
                self.cursor -= 1;
                self.text.remove(self.cursor);
                self.follow_text();
            }
            KeyCode::Delete if self.cursor < self.text.len() => {
                self.text.remove(self.cursor);
                self.follow_text();
            }
            KeyCode::Left => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Right => self.cursor = (self.cursor + 1).min(self.text.len()),
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = self.text.len(),
            KeyCode::Up => self.step(-1),
            KeyCode::Down | KeyCode::Tab => self.step(1),
            KeyCode::Esc => {
                self.text.clear();
                self.cursor = 0;
                self.follow_text();
            }
            KeyCode::Enter => return self.enter(),
            _ => return Reaction::None,
        }
        Reaction::Redraw
    }

    /// Takes text that was pasted: its line breaks become spaces.
    pub fn paste(&mut self, text: &str) -> Reaction {
        for c in text.trim_end().chars() {
            self.text.insert(self.cursor.min(self.text.len()), if c.is_control() { ' ' } else { c });
            self.cursor += 1;
        }
        self.follow_text();
        Reaction::Redraw
    }

    fn enter(&self) -> Reaction {
        let typed: String = self.text.iter().collect();
        match self.picked.and_then(|index| self.options.get(index)) {
            Some(option) => Reaction::Answer(option.clone()),
            None if typed.trim().is_empty() => Reaction::None,
            None => Reaction::Answer(typed),
        }
    }

    /// Arrows choose, and forget what was typed.
    fn step(&mut self, by: isize) {
        if self.options.is_empty() {
            return;
        }
        let last = self.options.len() - 1;
        self.picked = Some(match (self.picked, by) {
            (None, -1) => last,
            (None, _) => 0,
            (Some(0), -1) => last,
            (Some(index), -1) => index - 1,
            (Some(index), _) => {
                if index >= last {
                    0
                } else {
                    index + 1
                }
            }
        });
        self.text.clear();
        self.cursor = 0;
    }

    fn delete_word(&mut self) {
        while self.cursor > 0 && self.text.get(self.cursor - 1).is_some_and(|c| c.is_whitespace()) {
            self.cursor -= 1;
            self.text.remove(self.cursor);
        }
        while self.cursor > 0 && self.text.get(self.cursor - 1).is_some_and(|c| !c.is_whitespace()) {
            self.cursor -= 1;
            self.text.remove(self.cursor);
        }
        self.follow_text();
    }

    /// What is typed points at an option: its number, or an unambiguous beginning of it, as the flow will match it.
    fn follow_text(&mut self) {
        let typed: String = self.text.iter().collect();
        let typed = typed.trim().to_lowercase();
        if typed.is_empty() {
            self.picked = if self.options.is_empty() { None } else { Some(0) };
            return;
        }
        let number = typed.parse::<usize>().ok().filter(|n| (1..=self.options.len()).contains(n));
        let exact = self.options.iter().position(|option| option.to_lowercase() == typed);
        let mut starting =
            self.options.iter().enumerate().filter(|(_, option)| option.to_lowercase().starts_with(&typed));
        let only = match (starting.next(), starting.next()) {
            (Some((index, _)), None) => Some(index),
            _ => None,
        };
        self.picked = number.map(|n| n - 1).or(exact).or(only);
    }

    /// The lines to draw, the last is the one that is typed in, and the column of the cursor in it. `gutter` is what
    /// precedes options, `name` what precedes the line that is typed in.
    pub fn lines(&self, gutter: &str, name: &str, paint: Paint, columns: usize) -> (Vec<String>, usize) {
        let mut lines = Vec::new();
        let from = self.picked.unwrap_or(0).saturating_sub(OPTIONS_SHOWN / 2);
        let from = from.min(self.options.len().saturating_sub(OPTIONS_SHOWN));
        let room = columns.saturating_sub(width(gutter) + 6).max(10);
        for (index, option) in self.options.iter().enumerate().skip(from).take(OPTIONS_SHOWN) {
            let number = format!("{:>2}", index + 1);
            for (line, part) in wrap(&option.replace('\n', " "), room).into_iter().enumerate() {
                let part = cut(&part, room);
                lines.push(match (self.picked == Some(index), line) {
                    (true, 0) => format!("{gutter}{} {}", paint.note(format!("❯{number}")), paint.note(part)),
                    (false, 0) => format!("{gutter} {} {part}", paint.dim(&number)),
                    (true, _) => format!("{gutter}    {}", paint.note(part)),
                    (false, _) => format!("{gutter}    {part}"),
                });
            }
        }
        if self.options.len() > OPTIONS_SHOWN {
            lines.push(format!(
                "{gutter}    {}",
                paint.dim(format!("{} options, ↑↓ shows the others", self.options.len()))
            ));
        }
        let prefix = width(name);
        let room = columns.saturating_sub(prefix + 2).max(8);
        // A long answer is seen around its cursor.
        let start = self.cursor.saturating_sub(room.saturating_sub(1));
        let shown: String = self.text.iter().skip(start).take(room).collect();
        let before: String = self.text.iter().take(self.cursor).skip(start).collect();
        let hint = if self.text.is_empty() { paint.dim(self.hint(room)) } else { String::new() };
        lines.push(format!("{name}{shown}{hint}"));
        (lines, prefix + width(&before))
    }

    /// What to do, as far as there is room: what an answer looks like gives way first, then how, then how long.
    fn hint(&self, room: usize) -> String {
        let (what, short) = match (self.options.len(), self.expects) {
            (0, Expects::Email) => ("an email address", "email"),
            (0, Expects::Phone) => ("a phone number, +47 900 12 345", "a phone number"),
            (0, Expects::Url) => ("a link, https://…", "a link"),
            (0, Expects::Int) => ("a whole number", "a number"),
            (0, Expects::Number) => ("a number", "a number"),
            (0, Expects::Date) => ("a date, 2026-03-01", "2026-03-01"),
            (0, Expects::Bool) => ("yes or no", "yes or no"),
            (0, Expects::File) => ("the path of a file", "a file"),
            (0, _) => ("your answer", "your answer"),
            _ => ("↑↓ and Enter, a number, or your words", "↑↓, number or words"),
        };
        let hints = match (&self.left, self.time_can_pass) {
            (Some(left), true) => vec![
                format!("{what} · {left} left, Ctrl-D lets them pass"),
                format!("{short} · {left}: Ctrl-D lets them pass"),
                format!("{short} · Ctrl-D: later"),
            ],
            (Some(left), false) => vec![format!("{what} · {left} left"), format!("{short} · {left} left")],
            (None, _) => vec![what.to_owned()],
        };
        let fits = hints.into_iter().find(|hint| width(hint) <= room);
        fits.unwrap_or_else(|| cut(short, room))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(widget: &mut Widget, code: KeyCode) -> Reaction {
        widget.key(KeyEvent::new(code, KeyModifiers::NONE))
    }

    fn write(widget: &mut Widget, text: &str) {
        for c in text.chars() {
            press(widget, KeyCode::Char(c));
        }
    }

    fn topics() -> Widget {
        let options = ["Refund an order", "Change my plan", "Change my name"];
        Widget::new(options.map(str::to_owned).to_vec(), Expects::Choice)
    }

    #[test]
    fn arrows_choose_and_go_round() {
        let mut widget = topics();
        press(&mut widget, KeyCode::Down);
        assert_eq!(press(&mut widget, KeyCode::Enter), Reaction::Answer("Change my plan".into()));
        press(&mut widget, KeyCode::Down);
        press(&mut widget, KeyCode::Down);
        assert_eq!(press(&mut widget, KeyCode::Enter), Reaction::Answer("Refund an order".into()));
        press(&mut widget, KeyCode::Up);
        assert_eq!(press(&mut widget, KeyCode::Enter), Reaction::Answer("Change my name".into()));
    }

    #[test]
    fn numbers_and_beginnings_choose() {
        for (typed, answer) in [("2", "Change my plan"), ("ref", "Refund an order"), ("change my n", "Change my name")]
        {
            let mut widget = topics();
            write(&mut widget, typed);
            assert_eq!(press(&mut widget, KeyCode::Enter), Reaction::Answer(answer.into()), "{typed}");
        }
    }

    #[test]
    fn what_points_at_no_option_is_sent_as_it_is() {
        for typed in ["change", "9", "my parcel is gone"] {
            let mut widget = topics();
            write(&mut widget, typed);
            assert_eq!(press(&mut widget, KeyCode::Enter), Reaction::Answer(typed.into()));
        }
    }

    #[test]
    fn text_is_edited() {
        let mut widget = Widget::new(Vec::new(), Expects::Text);
        assert_eq!(press(&mut widget, KeyCode::Enter), Reaction::None);
        write(&mut widget, "Adå x");
        widget.key(KeyEvent::new(KeyCode::Char('w'), KeyModifiers::CONTROL));
        press(&mut widget, KeyCode::Backspace);
        press(&mut widget, KeyCode::Left);
        press(&mut widget, KeyCode::Delete);
        write(&mut widget, "a");
        assert_eq!(press(&mut widget, KeyCode::Enter), Reaction::Answer("Ada".into()));
        assert_eq!(widget.paste(" of\nOslo\n"), Reaction::Redraw);
        assert_eq!(press(&mut widget, KeyCode::Enter), Reaction::Answer("Ada of Oslo".into()));
    }

    #[test]
    fn leaving_answers_nothing() {
        let mut widget = topics();
        assert_eq!(widget.key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL)), Reaction::Leave);
        assert_eq!(widget.key(KeyEvent::new(KeyCode::Char('d'), KeyModifiers::CONTROL)), Reaction::Leave);
        widget.time_can_pass = true;
        assert_eq!(widget.key(KeyEvent::new(KeyCode::Char('d'), KeyModifiers::CONTROL)), Reaction::PassTime);
    }

    #[test]
    fn hints_give_way_where_there_is_little_room() {
        let mut widget = topics();
        widget.left = Some("15 minutes".to_owned());
        assert_eq!(widget.hint(60), "↑↓ and Enter, a number, or your words · 15 minutes left");
        assert_eq!(widget.hint(44), "↑↓, number or words · 15 minutes left");
        assert_eq!(widget.hint(20), "↑↓, number or words");
        widget.time_can_pass = true;
        assert_eq!(widget.hint(44), "↑↓, number or words · Ctrl-D: later");
    }

    #[test]
    fn drawn_with_the_cursor_in_its_place() {
        let mut widget = topics();
        let paint = Paint { on: false };
        let (lines, column) = widget.lines("  | ", "You | ", paint, 60);
        assert_eq!(lines[0], "  | ❯ 1 Refund an order");
        assert_eq!((lines.len(), column), (4, 6));
        write(&mut widget, "søk");
        assert_eq!(widget.lines("  | ", "You | ", paint, 60).1, 9);
        let long = Widget::new((0..40).map(|n| n.to_string()).collect(), Expects::Choice);
        assert_eq!(long.lines("", "", paint, 60).0.len(), OPTIONS_SHOWN + 2);
    }
}
