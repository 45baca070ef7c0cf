//! Descriptions with tags of HTML in them as plain text. The standard's descriptions are CommonMark, in which HTML may stand; some
//! documents, such as Stripe's, have nothing else.

use std::borrow::Cow;

/// Tags that end a paragraph.
const PARAGRAPHS: &[&str] = &[
    "p",
    "div",
    "ul",
    "ol",
    "table",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "pre",
    "blockquote",
    "section",
    "aside",
    "hr",
    "details",
    "summary",
    "dl",
];
/// Tags that end a line.
const LINES: &[&str] = &["br", "tr", "dt", "dd"];
/// Tags that are dropped, and what is in them stays.
const DROPPED: &[&str] = &[
    "a", "b", "strong", "i", "em", "span", "sup", "sub", "u", "small", "thead", "tbody", "img", "font", "abbr", "kbd",
    "var",
];
/// Entities that are written out: the rest is rare, and stays as it is.
const ENTITIES: &[(&str, &str)] = &[
    ("&amp;", "&"),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&#39;", "'"),
    ("&apos;", "'"),
    ("&nbsp;", " "),
    ("&mdash;", "—"),
    ("&ndash;", "–"),
    ("&hellip;", "…"),
    ("&rsquo;", "’"),
];

/// A text without the tags of HTML; what only looks like one, `<id>`, and what stands in `code` stay.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(['<', '&']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&', '`']) {
        let (before, behind) = rest.split_at(at);
        out.push_str(before);
        let taken = match behind.chars().next() {
            Some('`') => code(behind, &mut out),
            Some('&') => entity(behind, &mut out),
            _ => tag(behind, &mut out),
        };
        rest = behind.get(taken..).unwrap_or_default();
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Writes what stands between two signs of code as it is; how many bytes were read.
fn code(text: &str, out: &mut String) -> usize {
    let end = text.get(1..).and_then(|behind| behind.find('`')).map_or(1, |end| end + 2);
    out.push_str(text.get(..end).unwrap_or("`"));
    end
}

fn entity(text: &str, out: &mut String) -> usize {
    let known = ENTITIES.iter().find(|(entity, _)| text.starts_with(entity));
    let (entity, plain) = known.unwrap_or(&("&", "&"));
    out.push_str(plain);
    entity.len()
}

fn tag(text: &str, out: &mut String) -> usize {
    let end = text.find('>').map(|end| end + 1);
    let whole = end.and_then(|end| text.get(..end)).unwrap_or_default();
    let inner = whole.trim_matches(['<', '>', '/']);
    let name = inner.split([' ', '\n', '\t', '/']).next().unwrap_or_default().to_ascii_lowercase();
    let closes = whole.starts_with("</");
    let is = |tags: &[&str]| tags.contains(&name.as_str());
    match () {
        () if whole.starts_with("<!--") => return text.find("-->").map_or(1, |end| end + 3),
        () if is(PARAGRAPHS) => out.push_str("\n\n"),
        () if is(LINES) => out.push('\n'),
        () if name == "li" => out.push_str(if closes { "\n" } else { "\n- " }),
        () if name == "code" => out.push('`'),
        () if is(&["td", "th"]) => out.push(' '),
        () if is(DROPPED) => {}
        () => {
            out.push('<');
            return 1;
        }
    }
    whole.len()
}

#[cfg(test)]
mod tests {
    use super::plain;
    use proptest::prelude::*;

    #[test]
    fn tags_go_and_what_they_hold_stays() {
        for (text, said) in [
            ("<p>Creates a <a href=\"/x\">customer</a>.</p>", "Creates a customer."),
            ("<p>One</p>\n\n<p>Two &amp; more<br/>three</p>", "One\nTwo & more\nthree"),
            ("<ul><li><code>a</code>: A</li><li>B</li></ul>", "- `a`: A\n- B"),
            ("a < b and b > c, by <id> or `<p>`", "a < b and b > c, by <id> or `<p>`"),
            ("AT&T, &lt;b&gt; and &unknown;", "AT&T, <b> and &unknown;"),
            ("before<!-- <p>never</p> -->after", "beforeafter"),
            ("an open <p and no end", "an open <p and no end"),
        ] {
            let found = plain(text);
            let lines: Vec<&str> = found.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            assert_eq!(lines.join("\n"), said, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_some_text(text in "[<>/&`; pé!a\\-]{0,40}") {
            let found = plain(&text);
            prop_assert!(found.len() <= text.len() + 2 * text.matches('<').count() + 2);
        }
    }
}
