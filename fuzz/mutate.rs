//! Changes that respect words: what changes bytes alone seldom gets past the parser.

use flow_lang::diag::FileId;
use flow_lang::syntax::{readable, words};

/// Words of the language and signs, one of which may stand in for another.
const WORDS: &[&str] = include!("../tests/suite/words.rs");

/// Longer texts are changed by bytes only: reading their words takes too long.
const BYTES_MAX: usize = 16 << 10;

/// Numbers that look random and are the same every time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed >> 33) % bound.max(1) as u64) as usize
    }
}

/// Changes the text in `data[..size]`: words are left out, doubled, exchanged, replaced; stretches moved. The answer is its new size; `None`
/// every other time and where there are no words: then the engine changes bytes.
pub fn text(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> Option<usize> {
    let mut numbers = Numbers(u64::from(seed));
    if numbers.below(3) == 0 || size > BYTES_MAX {
        return None;
    }
    let mut text = readable(data.get(..size)?).into_owned();
    for _ in 0..1 + numbers.below(4) {
        let spans: Vec<_> = words(FileId(0), &text).iter().map(|span| span.range()).collect();
        if spans.is_empty() {
            return None;
        }
        let one = spans[numbers.below(spans.len())].clone();
        let other = spans[numbers.below(spans.len())].clone();
        let last = spans
            [(numbers.below(12) + spans.partition_point(|span| span.start < one.start)).min(spans.len() - 1)]
        .clone();
        let stretch = one.start..last.end.max(one.end);
        match numbers.below(7) {
            0 => text.replace_range(one, ""),
            1 => text.replace_range(stretch, ""),
            2 => {
                let copy = text.get(stretch)?.to_owned();
                text.insert_str(other.start, &format!("{copy} "));
            }
            3 => {
                let copy = text.get(stretch)?.to_owned();
                text.insert_str(other.start, &format!("{copy}\n"));
            }
            4 => {
                let copy = text.get(other)?.to_owned();
                text.replace_range(one, &copy);
            }
            5 => text.replace_range(one, WORDS[numbers.below(WORDS.len())]),
            _ => text.insert_str(one.start, &format!("{} ", WORDS[numbers.below(WORDS.len())])),
        }
    }
    let size = text.len().min(max_size);
    data.get_mut(..size)?.copy_from_slice(text.as_bytes().get(..size)?);
    Some(size)
}

/// The words, as libFuzzer reads a dictionary.
pub fn dictionary() -> String {
    let quoted = |word: &&str| {
        let bytes: String = word.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
        format!("\"{bytes}\"\n")
    };
    WORDS.iter().filter(|word| !word.is_empty() && word.len() < 60).map(quoted).collect()
}
