//! Text messages that are longer than one segment already as written, before anything is filled in.

use crate::diag::{Code, Diagnostic};
use crate::hir::{Expr, ExprKind, TemplatePart};

/// Septets of one segment in the alphabet of GSM 03.38.
const SEPTETS_MAX: usize = 160;
/// Characters of one segment where another is needed: UCS-2.
const UNITS_MAX: usize = 70;

/// What takes one septet.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// What takes two.
const EXTENDED: &str = "^{}\\[~]|€\u{c}";

/// What there is to say of a text that goes out in segments: of one that takes several.
pub(super) fn segments(arg: &Expr) -> Option<Diagnostic> {
    let mut text = String::new();
    let open = written(arg, &mut text);
    let (length, limit, stranger) = too_long(&text)?;
    let at_least = if open { "at least " } else { "" };
    let several = segments_of(length, limit);
    let diagnostic = Diagnostic::new(
        Code::LongMessage,
        arg.span,
        format!(
            "This text takes {at_least}{several} segments: it has {at_least}{length} characters, and one segment holds {limit}."
        ),
    )
    .at("sent, and paid, as several messages");
    Some(match stranger {
        Some(char) => diagnostic.help(format!(
            "`{char}` is not in the alphabet of text messages, so only {UNITS_MAX} characters fit; without such characters {SEPTETS_MAX} do."
        )),
        None => diagnostic.help("Shorten it, or put the rest behind a link."),
    })
}

/// Adds what is written of a text; whether something is filled in.
fn written(expr: &Expr, into: &mut String) -> bool {
    match &expr.kind {
        ExprKind::Text(text) => {
            into.push_str(text);
            false
        }
        ExprKind::Template(parts) => {
            for part in parts {
                if let TemplatePart::Text(text) = part {
                    into.push_str(text);
                }
            }
            true
        }
        ExprKind::Wrap(inner) | ExprKind::Convert(_, inner) => written(inner, into),
        _ => true,
    }
}

/// The length, what one segment holds, and the character that makes it so little, where a text is longer than that.
fn too_long(text: &str) -> Option<(usize, usize, Option<char>)> {
    let septets = |char: char| match char {
        'A'..='Z' | 'a'..='z' | '0'..='9' => Some(1),
        _ if BASIC.contains(char) => Some(1),
        _ if EXTENDED.contains(char) => Some(2),
        _ => None,
    };
    let (length, limit, stranger) = match text.chars().find(|char| septets(*char).is_none()) {
        Some(stranger) => (text.encode_utf16().count(), UNITS_MAX, Some(stranger)),
        None => (text.chars().filter_map(septets).sum(), SEPTETS_MAX, None),
    };
    (length > limit).then_some((length, limit, stranger))
}

/// Each of several segments loses seven septets, or three characters, to being put together again.
fn segments_of(length: usize, limit: usize) -> usize {
    length.div_ceil(if limit == SEPTETS_MAX { 153 } else { 67 })
}

#[cfg(test)]
mod tests {
    use super::{segments_of, too_long};

    #[test]
    fn a_segment_holds_160_characters_and_70_where_one_is_foreign() {
        assert_eq!(too_long(&"a".repeat(160)), None);
        assert_eq!(too_long(&"a".repeat(161)), Some((161, 160, None)));
        assert_eq!(too_long(&"€".repeat(80)), None);
        assert_eq!(too_long(&"€".repeat(81)), Some((162, 160, None)));
        let foreign = |count: usize| format!("ł{}", "a".repeat(count));
        assert_eq!(too_long(&foreign(69)), None);
        assert_eq!(too_long(&foreign(70)), Some((71, 70, Some('ł'))));
        // Outside the basic plane a character counts twice.
        assert_eq!(too_long(&format!("👍{}", "a".repeat(69))), Some((71, 70, Some('👍'))));
        assert_eq!((segments_of(161, 160), segments_of(307, 160), segments_of(71, 70)), (2, 3, 2));
    }
}
