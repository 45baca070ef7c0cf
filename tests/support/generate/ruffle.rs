//! A program as somebody in a hurry writes it: other spaces, lines broken where they may be, comments everywhere.

use super::Choices;

/// The same program, unformatted.
pub fn ruffled(text: &str, choices: &mut Choices) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len() * 2);
    let mut at = 0;
    let mut remarks = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        if rest.starts_with('"') {
            let end = at + string_length(rest);
            out.push_str(&text[at..end]);
            at = end;
        } else if rest.starts_with("//") {
            let end = at + rest.find('\n').unwrap_or(rest.len());
            out.push_str(&text[at..end]);
            at = end;
        } else if rest.starts_with('\n') {
            at += 1;
            let line = out.rsplit('\n').next().unwrap_or("").trim_start().to_owned();
            // What documents stands right above what it documents.
            let documents = line.starts_with("///") || line.starts_with("//!");
            if !documents && !line.contains("//") && choices.below(8) == 7 {
                remarks += 1;
                out.push_str(&format!(" // remark at an end {remarks}"));
            }
            out.push_str(["", "", "  ", "\t"][choices.below(4) as usize]);
            out.push('\n');
            if !documents && choices.below(10) == 9 {
                remarks += 1;
                out.push_str(&format!(
                    "{}   // a line of remark {remarks} \"\n\n",
                    " ".repeat(choices.below(9) as usize)
                ));
            }
            while bytes.get(at) == Some(&b' ') {
                at += 1;
            }
            out.push_str(&" ".repeat(choices.below(14) as usize));
        } else if rest.starts_with(' ') {
            at += 1;
            match choices.below(12) {
                0..=6 => out.push(' '),
                7 | 8 => out.push_str("   "),
                9 => out.push('\t'),
                _ if carries_on(&out) => {
                    if choices.below(4) == 3 {
                        remarks += 1;
                        out.push_str(&format!(" // remark in between {remarks}"));
                    }
                    out.push('\n');
                }
                _ => out.push(' '),
            }
        } else {
            let char = rest.chars().next().unwrap_or(' ');
            out.push(char);
            at += char.len_utf8();
        }
    }
    out
}

/// Whether a line that ends like this goes on in the next.
fn carries_on(text: &str) -> bool {
    let line = text.rsplit('\n').next().unwrap_or("");
    // A trailing comment would swallow the break.
    if line.contains("//") {
        return false;
    }
    [",", " =", "+=", "-=", "->", " +", " *", " /", "==", "!=", "??", " and", " or", " not"]
        .iter()
        .any(|sign| line.ends_with(sign))
}

/// The bytes of the text literal that this begins with.
fn string_length(text: &str) -> usize {
    let quote = if text.starts_with("\"\"\"") { "\"\"\"" } else { "\"" };
    let mut at = quote.len();
    while at < text.len() {
        let rest = &text[at..];
        if let Some(escaped) = rest.strip_prefix('\\') {
            at += 1 + escaped.chars().next().map_or(0, char::len_utf8);
        } else if rest.starts_with("{{") {
            at += 2;
            let mut depth = 0;
            while at < text.len() {
                let rest = &text[at..];
                match rest.chars().next().unwrap_or(' ') {
                    '"' => {
                        at += string_length(rest);
                        continue;
                    }
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    _ => {}
                }
                at += rest.chars().next().map_or(1, char::len_utf8);
            }
            at += 2;
        } else if rest.starts_with(quote) {
            return at + quote.len();
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}
