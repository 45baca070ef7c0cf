//! Mails in mails, made plain parts.
//!
//! mail-parser reads a mail within a mail within a mail …, and whoever nests them deep enough (a hundred thousand go into a few
//! megabytes) has it use up the stack. Nothing here needs what is inside: so the types that mean "a mail" (RFC 2046, 5.1.5 and
//! 5.2.1) are exchanged, in lines that say of what type something is, for ones that mean nothing.

use std::borrow::Cow;

/// What is exchanged, and for what; of one length, so that nothing moves.
const TYPES: [(&[u8], &[u8]); 3] = [(b"rfc822", RFC822), (b"global", b"globa-"), (b"digest", b"diges-")];
/// What `rfc822` becomes.
const RFC822: &[u8] = b"rfc82-";
/// The header that says of what type something is.
const HEADER: &[u8] = b"content-type";

/// Whether a type is that of a mail, as [`flat`] leaves it.
pub fn is_mail(subtype: &str) -> bool {
    subtype.as_bytes().eq_ignore_ascii_case(RFC822) || subtype.eq_ignore_ascii_case("globa-")
}

/// A mail without mails in it.
pub fn flat(bytes: &[u8]) -> Cow<'_, [u8]> {
    let mut flat = Cow::Borrowed(bytes);
    let (mut at, mut says) = (0, false);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        // A line that begins with a space goes on from the one before.
        let folded = line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'));
        says = (folded && says) || begins(line);
        if says {
            exchange(&mut flat, at, line);
        }
        at += line.len();
    }
    flat
}

fn begins(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    line.get(..HEADER.len()).is_some_and(|name| name.eq_ignore_ascii_case(HEADER))
}

fn exchange(flat: &mut Cow<[u8]>, begin: usize, line: &[u8]) {
    for (from, to) in TYPES {
        for (at, _) in line.windows(from.len()).enumerate().filter(|(_, some)| some.eq_ignore_ascii_case(from)) {
            if let Some(place) = flat.to_mut().get_mut(begin + at..begin + at + to.len()) {
                place.copy_from_slice(to);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::flat;

    #[test]
    fn only_types_are_exchanged() {
        let mail = b"Content-Type: text/plain\r\n\r\nSee rfc822 and\r\nContent-type are global.\r\n";
        assert_eq!(flat(&mail[..50]).as_ref(), &mail[..50]);
        let nested = b"X: y\ncontent-TYPE : message/\n RFC822; x=global\n\nrfc822\n";
        assert_eq!(flat(nested).as_ref(), b"X: y\ncontent-TYPE : message/\n rfc82-; x=globa-\n\nrfc822\n");
        assert_eq!(flat(b"Content-Type: multipart/digest").as_ref(), b"Content-Type: multipart/diges-");
        assert_eq!(flat(b"").as_ref(), b"");
    }
}
