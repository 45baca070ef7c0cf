//! Texts with holes.

use crate::machine::exec::Cx;
use crate::machine::raise::{Outcome, Raise};
use crate::machine::show;
use flow_bytecode::program::{Escape, Piece, Template};
use flow_bytecode::value::SecretPart;
use flow_bytecode::{Bank, Program, Type, Value};
use std::sync::Arc;

/// Fills a template in from the registers of a frame.
pub(crate) fn fill(cx: &mut Cx<'_>, template: &Template, scalars: &[i64], references: &[Value]) -> Outcome<Value> {
    let mut filling = Filling { out: std::mem::take(&mut cx.scratch), secrets: Vec::new() };
    filling.out.clear();
    let most = cx.meter.limits().text_bytes_max;
    for piece in &template.pieces {
        match as_it_is(cx.program, piece, references) {
            Some(text) => filling.out.push_str(text),
            None => filling.show(cx, piece, scalars, references)?,
        }
        if filling.out.len() > most {
            break;
        }
    }
    let Filling { out, mut secrets } = filling;
    let held: usize = secrets.iter().map(|part| part_text(part).len()).sum();
    cx.meter.text(out.len() + held)?;
    let filled = if secrets.is_empty() {
        Value::Text(Arc::from(out.as_str()))
    } else {
        if !out.is_empty() {
            secrets.push(SecretPart::Text(Arc::from(out.as_str())));
        }
        Value::Secret(Arc::new(secrets))
    };
    cx.scratch = out;
    Ok(filled)
}

/// The text of a piece that needs neither showing nor escaping, as most do.
#[inline(always)]
fn as_it_is<'a>(program: &'a Program, piece: &Piece, references: &'a [Value]) -> Option<&'a str> {
    let (value, ty) = match piece {
        Piece::Text(index) => (program.constants.get(*index as usize)?, &Type::Text),
        Piece::Hole { bank: Bank::Reference, register, ty, escape: Escape::None } => {
            (references.get(usize::from(*register))?, program.types.get(usize::from(ty.0))?)
        }
        Piece::Hole { .. } => return None,
    };
    match (value, ty) {
        (Value::Text(text), ty) if ty.is_text() => Some(text),
        _ => None,
    }
}

/// A text being made.
struct Filling {
    /// What comes after the last secret.
    out: String,
    /// What came before, if there is any secret.
    secrets: Vec<SecretPart>,
}

impl Filling {
    #[inline(never)]
    fn show(&mut self, cx: &mut Cx<'_>, piece: &Piece, scalars: &[i64], references: &[Value]) -> Outcome<()> {
        let Piece::Hole { bank, register, ty, escape } = piece else {
            return Err(Raise::index("constant of a template"));
        };
        let program = cx.program;
        let (from, register) = (self.out.len(), usize::from(*register));
        match bank {
            Bank::Scalar => match (scalars.get(register), program.types.get(usize::from(ty.0))) {
                (Some(scalar), Some(ty)) => show::scalar(ty, *scalar, &mut self.out),
                _ => return Err(Raise::index("hole of a template")),
            },
            Bank::Reference => match references.get(register) {
                Some(Value::Secret(parts)) => self.secret(parts),
                Some(value) => show::value(program, *ty, value, &mut cx.meter, &mut self.out)?,
                None => return Err(Raise::index("hole of a template")),
            },
        }
        if let Escape::Path { name } = escape {
            let filled = self.out.get(from..).unwrap_or_default();
            if matches!(filled.trim(), "" | "." | "..") && !matches!(references.get(register), Some(Value::Secret(_))) {
                let name = program.constants.get(*name as usize).and_then(Value::as_text).map_or("", |name| &**name);
                return Err(another_path(name, filled.trim()));
            }
        }
        if self.out.len() > from {
            match escape {
                Escape::None => {}
                Escape::Url | Escape::Path { .. } => escape_url(&mut self.out, from),
                Escape::Html => replace(&mut self.out, from, html),
                Escape::Mrkdwn => replace(&mut self.out, from, mrkdwn),
                Escape::Markdown => replace(&mut self.out, from, markdown),
            }
        }
        Ok(())
    }

    /// Closes the plain text so far and appends a secret's parts. A URL escape of a secret is up to whoever resolves it.
    fn secret(&mut self, parts: &[SecretPart]) {
        if !self.out.is_empty() {
            self.secrets.push(SecretPart::Text(Arc::from(self.out.as_str())));
            self.out.clear();
        }
        self.secrets.extend_from_slice(parts);
    }
}

/// The failure of a call whose address would be another one: `DELETE /orders/` for `DELETE /orders/{{id}}`.
#[cold]
fn another_path(name: &str, filled: &str) -> Raise {
    let name = if name.is_empty() { "what is filled in".to_owned() } else { format!("`{name}`") };
    let is = if filled.is_empty() { "empty".to_owned() } else { format!("`{filled}`") };
    let message = format!("{name} is {is}, which makes the path of the address another one: nothing was sent");
    Raise::failure("invalid", message)
}

fn part_text(part: &SecretPart) -> &str {
    match part {
        SecretPart::Text(text) | SecretPart::Name(text) => text,
    }
}

/// What stands for a character in HTML; none where it stands for itself.
fn html(character: char) -> Option<&'static str> {
    Some(match character {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '"' => "&quot;",
        '\'' => "&#39;",
        _ => return None,
    })
}

/// What stands for a character in Slack's mrkdwn, by its documentation: of these three alone.
fn mrkdwn(character: char) -> Option<&'static str> {
    Some(match character {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        _ => return None,
    })
}

/// What stands for a character in Markdown (CommonMark 0.31, 2.4): a backslash makes punctuation stand for itself.
fn markdown(character: char) -> Option<&'static str> {
    Some(match character {
        '\\' => "\\\\",
        '`' => "\\`",
        '*' => "\\*",
        '_' => "\\_",
        '[' => "\\[",
        ']' => "\\]",
        '(' => "\\(",
        ')' => "\\)",
        '<' => "\\<",
        '>' => "\\>",
        '#' => "\\#",
        '!' => "\\!",
        '~' => "\\~",
        '|' => "\\|",
        '&' => "\\&",
        _ => return None,
    })
}

/// Puts what stands for them in place of characters, from a byte on.
fn replace(out: &mut String, from: usize, stands_for: fn(char) -> Option<&'static str>) {
    let Some(tail) = out.get(from..).filter(|tail| tail.chars().any(|one| stands_for(one).is_some())) else { return };
    let tail = tail.to_owned();
    out.truncate(from);
    for character in tail.chars() {
        match stands_for(character) {
            Some(text) => out.push_str(text),
            None => out.push(character),
        }
    }
}

/// Percent-encodes all but unreserved characters (RFC 3986) of the text from a byte on.
fn escape_url(out: &mut String, from: usize) {
    let unreserved = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    let Some(tail) = out.as_bytes().get(from..) else { return };
    if tail.iter().all(&unreserved) {
        return;
    }
    let tail = tail.to_vec();
    out.truncate(from);
    for byte in tail {
        if unreserved(&byte) {
            out.push(char::from(byte));
        } else {
            const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}
