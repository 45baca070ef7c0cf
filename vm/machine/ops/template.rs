//! Texts with holes.

use crate::machine::exec::Cx;
use crate::machine::raise::{Outcome, Raise};
use crate::machine::show;
use flow_bytecode::program::{Escape, Piece, Template};
use flow_bytecode::value::SecretPart;
use flow_bytecode::{Bank, Type, Value};
use std::sync::Arc;

/// Fills a template in from the registers of a frame.
pub(crate) fn fill(cx: &mut Cx<'_>, template: &Template, scalars: &[i64], references: &[Value]) -> Outcome<Value> {
    let program = cx.program;
    let mut out = std::mem::take(&mut cx.scratch);
    out.clear();
    let mut secrets: Vec<SecretPart> = Vec::new();
    for piece in &template.pieces {
        match piece {
            Piece::Text(index) => match program.constants.get(*index as usize) {
                Some(Value::Text(text)) => out.push_str(text),
                _ => return Err(Raise::index("constant of a template")),
            },
            Piece::Hole { bank, register, ty, escape } => {
                let from = out.len();
                let register = usize::from(*register);
                match bank {
                    Bank::Scalar => match (scalars.get(register), program.types.get(usize::from(ty.0))) {
                        (Some(scalar), Some(ty)) => show::scalar(ty, *scalar, &mut out),
                        _ => return Err(Raise::index("hole of a template")),
                    },
                    Bank::Reference => match references.get(register) {
                        Some(Value::Text(text)) if plain(program.types.get(usize::from(ty.0))) => out.push_str(text),
                        Some(Value::Secret(parts)) => secret(&mut secrets, &mut out, parts),
                        Some(value) => show::value(program, *ty, value, &mut cx.meter, &mut out)?,
                        None => return Err(Raise::index("hole of a template")),
                    },
                }
                if *escape == Escape::Url && out.len() > from {
                    escape_url(&mut out, from);
                }
                if out.len() > cx.meter.limits().text_bytes_max {
                    break;
                }
            }
        }
    }
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

#[inline(always)]
fn plain(ty: Option<&Type>) -> bool {
    matches!(ty, Some(Type::Text))
}

fn part_text(part: &SecretPart) -> &str {
    match part {
        SecretPart::Text(text) | SecretPart::Name(text) => text,
    }
}

/// Closes the plain text so far and appends a secret's parts. A URL escape of a secret is up to whoever resolves it.
fn secret(secrets: &mut Vec<SecretPart>, out: &mut String, parts: &[SecretPart]) {
    if !out.is_empty() {
        secrets.push(SecretPart::Text(Arc::from(out.as_str())));
        out.clear();
    }
    secrets.extend_from_slice(parts);
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
