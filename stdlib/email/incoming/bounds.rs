//! How much of a mail there is to read, told before it is read.
//!
//! The parser takes any number of parts and headers, and keeps some hundred bytes of each: out of 25 MB somebody makes it a
//! gigabyte. So the lines are looked at first, as it will look at them: heads, and what begins a part.

use std::collections::BTreeSet;

/// Parts of a mail, at most.
pub const PARTS_MAX: usize = 1_000;
/// Bytes of all heads of a mail, at most: its own and those of its parts. Mail servers take about a tenth of that.
const HEADS_MAX: usize = 1 << 20;
/// Bytes of a boundary that tell it from others (RFC 2046, 5.1.1: it has at most 70).
const BOUNDARY_MAX: usize = 70;
/// What a header says before a boundary.
const BOUNDARY: &[u8] = b"boundary";

/// Whether a mail is not more than is read.
///
/// # Errors
/// What it has too much of, a sentence.
pub fn check(mail: &[u8]) -> Result<(), String> {
    let mut known = Boundaries::default();
    let (mut head, mut heads, mut parts) = (true, 0, 1);
    for line in mail.split_inclusive(|byte| *byte == b'\n') {
        if known.begin(line) {
            parts += 1;
            head = true;
        } else if head {
            head = !line.trim_ascii_end().is_empty();
            heads += line.len();
            known.learn(line);
        }
        if parts > PARTS_MAX {
            return Err(format!("a mail has at most {PARTS_MAX} parts"));
        }
        if heads > HEADS_MAX {
            return Err(format!("the heads of a mail have at most {HEADS_MAX} bytes"));
        }
    }
    Ok(())
}

/// The boundaries that heads have named.
#[derive(Default)]
struct Boundaries {
    names: BTreeSet<Vec<u8>>,
    lengths: BTreeSet<usize>,
}

impl Boundaries {
    /// Whether a line begins a part, or ends the last one. The parser takes what goes on behind a boundary for one, too.
    fn begin(&self, line: &[u8]) -> bool {
        let Some(rest) = line.strip_prefix(b"--") else { return false };
        self.lengths.iter().any(|length| rest.get(..*length).is_some_and(|name| self.names.contains(name)))
    }

    fn learn(&mut self, line: &[u8]) {
        let places = line.windows(BOUNDARY.len()).enumerate().filter(|(_, some)| some.eq_ignore_ascii_case(BOUNDARY));
        for (at, _) in places {
            let Some(rest) = line.get(at + BOUNDARY.len()..).map(<[u8]>::trim_ascii_start) else { continue };
            let Some(value) = rest.strip_prefix(b"=").map(<[u8]>::trim_ascii_start) else { continue };
            let name = match value.strip_prefix(b"\"") {
                Some(quoted) => quoted.split(|byte| *byte == b'"').next(),
                None => value.split(|byte| *byte == b';' || byte.is_ascii_whitespace()).next(),
            };
            let name = name.unwrap_or_default();
            let name = name.get(..BOUNDARY_MAX).unwrap_or(name);
            if !name.is_empty() {
                self.lengths.insert(name.len());
                self.names.insert(name.to_vec());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn parts_and_heads_are_counted_and_text_is_not() {
        let mail = |head: &str, line: &str, times: usize| format!("From: a@b\r\n{head}\r\n\r\n{}", line.repeat(times));
        let mixed = "Content-Type: multipart/mixed;\r\n BOUNDARY = \"b\"";
        for (head, line, times, fits) in [
            (mixed, "--b\r\n\r\nx\r\n", 999, true),
            (mixed, "--b\r\n\r\nx\r\n", 1_000, false),
            ("Content-Type: multipart/mixed; boundary=b; x=y", "--b\n\nx\n", 1_000, false),
            (mixed, "--c\r\n", 5_000, true),
            ("X: y", "--b\r\nboundary=b\r\n", 5_000, true),
            (mixed, "--b\r\nX: y\r\n", 900, true),
            ("X: y", "X: y\r\n", 200_000, true),
        ] {
            assert_eq!(check(mail(head, line, times).as_bytes()).is_ok(), fits, "{head} {line} {times}");
        }
        assert!(check("X: y\r\n".repeat(200_000).as_bytes()).is_err());
        let heads = format!("--b\r\nX: {}\r\n\r\nx\r\n", "y".repeat(2_000));
        assert!(check(mail(mixed, &heads, 500).as_bytes()).is_ok());
        assert!(check(mail(mixed, &heads, 600).as_bytes()).is_err());
        let long = "b".repeat(80);
        let mail = mail(&format!("Content-Type: x/y; boundary={long}"), &format!("--{long}\n\nx\n"), 1_000);
        assert!(check(mail.as_bytes()).is_err());
    }
}
