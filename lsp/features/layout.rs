//! The layout of a file.

use crate::place::{Encoding, position};
use crate::roots::Here;
use flow_lang::format::format;
use gen_lsp_types as lsp;

/// The edit that lays a file out: only what differs between the first line that does and the last.
pub(crate) fn file(here: &Here<'_>, encoding: Encoding) -> Option<Vec<lsp::TextEdit>> {
    let source = here.source()?;
    let text: &str = &source.text;
    let laid_out = format(text).text;
    let laid_out = laid_out.as_str();
    if laid_out == text {
        return Some(Vec::new());
    }
    let same = |one: &mut dyn Iterator<Item = (&str, &str)>| -> usize {
        one.take_while(|(old, new)| old == new).map(|(old, _)| old.len()).sum()
    };
    let before = same(&mut text.split_inclusive('\n').zip(laid_out.split_inclusive('\n')));
    let (old, new) = (text.get(before..)?, laid_out.get(before..)?);
    let after = same(&mut old.split_inclusive('\n').rev().zip(new.split_inclusive('\n').rev()));
    let (old, new) = (old.len() - after, new.get(..new.len() - after)?);
    let byte = |at: usize| position(source, u32::try_from(at).unwrap_or(u32::MAX), encoding);
    let range = lsp::Range { start: byte(before), end: byte(before + old) };
    Some(vec![lsp::TextEdit { range, new_text: new.to_owned() }])
}
