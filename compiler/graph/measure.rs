//! How wide texts are, near enough for boxes around them: whoever looks has fonts of their own.

/// Widths of the printable ASCII characters in a common sans-serif face, in thousandths of the font's size.
const SANS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
];

/// Faces differ: of the usual ones the widest is this much wider than the one measured.
const SLACK_SANS: f64 = 1.2;
const SLACK_MONO: f64 = 1.04;

/// A face and a size, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Font {
    pub size: f64,
    /// Every character is as wide as the others.
    pub mono: bool,
}

impl Font {
    /// How wide a text is, in pixels.
    pub fn width(self, text: &str) -> f64 {
        text.chars().map(|c| self.advance(c)).sum::<f64>() * if self.mono { SLACK_MONO } else { SLACK_SANS }
    }

    fn advance(self, c: char) -> f64 {
        let thousandths = match c {
            _ if is_wide(c) => 1050.0,
            _ if self.mono => 602.0,
            ' '..='~' => SANS.get(c as usize - 32).copied().map_or(600.0, f64::from),
            _ => 640.0,
        };
        thousandths * self.size / 1000.0
    }

    /// The text on lines no wider than that; where a word is wider, than the word, up to `most`. A word wider than that is
    /// broken, behind a sign in it where there is one.
    pub fn wrap(self, text: &str, width: f64, most: f64) -> Vec<String> {
        let widest = text.split_whitespace().map(|word| self.width(word)).fold(width, f64::max);
        let width = widest.min(most.max(width));
        let mut lines: Vec<String> = Vec::new();
        let mut line = String::new();
        for word in text.split_whitespace() {
            let joined = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if self.width(&joined) <= width {
                line = joined;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for c in word.chars() {
                line.push(c);
                // A character wider than a line stands alone.
                if self.width(&line) > width && line.len() > c.len_utf8() {
                    let rest = line.split_off(seam(&line, line.len() - c.len_utf8()));
                    lines.push(std::mem::replace(&mut line, rest));
                }
            }
        }
        if !line.is_empty() || lines.is_empty() {
            lines.push(line);
        }
        lines
    }
}

/// Where a word is broken that has room up to `end`: behind its last sign, unless hardly anything stands before that.
fn seam(word: &str, end: usize) -> usize {
    let head = word.get(..end).unwrap_or_default();
    let sign = head.rfind(|c: char| c.is_ascii_punctuation() && !matches!(c, '"' | '\'' | '`'));
    sign.map(|at| at + 1).filter(|at| at * 3 > end).unwrap_or(end)
}

/// Letters of East Asian scripts and pictures are about as wide as they are high.
fn is_wide(c: char) -> bool {
    matches!(u32::from(c), 0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE6F
        | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x1F300..=0x1FAFF | 0x20000..=0x3FFFD)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FONT: Font = Font { size: 13.0, mono: false };

    #[test]
    fn lines_are_no_wider_than_they_may_be_and_lose_nothing() {
        let long = "x".repeat(200);
        let texts = [
            "a few words that go on for a while, and then some more",
            "ææææ 漢字漢字漢字漢字漢字漢字漢字漢字 🙂",
            &long,
            "",
        ];
        for text in texts {
            let lines = FONT.wrap(text, 120.0, 120.0);
            assert!(lines.iter().all(|line| FONT.width(line) <= 120.0), "{lines:?}");
            let kept: String = lines.concat().split_whitespace().collect();
            assert_eq!(kept, text.split_whitespace().collect::<String>());
        }
        assert_eq!(FONT.wrap("wide", 1.0, 1.0), ["w", "i", "d", "e"]);
    }

    #[test]
    fn a_word_is_broken_only_where_it_is_wider_than_there_is_room() {
        let text = "on email.clicked(welcome_mail) as mail";
        assert_eq!(FONT.wrap(text, 90.0, 400.0), ["on", "email.clicked(welcome_mail)", "as mail"]);
        assert_eq!(FONT.wrap(text, 90.0, 150.0), ["on", "email.clicked(", "welcome_mail) as", "mail"]);
    }

    #[test]
    fn wider_letters_are_wider() {
        assert!(FONT.width("W") > FONT.width("i"));
        assert!(FONT.width("漢") > FONT.width("W"));
        let mono = Font { mono: true, ..FONT };
        assert!((mono.width("W") - mono.width("i")).abs() < 1e-9);
    }
}
