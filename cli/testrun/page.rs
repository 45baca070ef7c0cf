//! What is told of a page in which something that was asked for does not stand.

use super::words;

/// So many characters around a place are shown.
const AROUND: usize = 80;

/// What a page says: where the words that were asked for are there, how they are written there; else what people read, without
/// the layout around it.
pub(super) fn found(html: &str, wanted: &str) -> String {
    let seen = visible(wanted);
    let first = seen.lines().map(str::trim).find(|line| !line.is_empty());
    let written =
        first.and_then(|line| [line.to_owned(), escaped(line)].into_iter().find_map(|line| around(html, &line)));
    match written {
        Some(written) => format!("{} (its words are there, written otherwise)", words::long(&written)),
        None => format!("{} (what people read of it)", words::long(&visible(html))),
    }
}

/// What people read of a page: a line for each block.
fn visible(html: &str) -> String {
    let text = flow_stdlib::email::parts("", html).0;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// As it stands between tags.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The piece of a page around a text.
fn around(html: &str, text: &str) -> Option<String> {
    let at = html.rfind(text)?;
    let mut from = at.saturating_sub(AROUND);
    let mut to = (at + text.len() + AROUND).min(html.len());
    while !html.is_char_boundary(from) {
        from -= 1;
    }
    while !html.is_char_boundary(to) {
        to += 1;
    }
    let piece = html.get(from..to)?;
    let (before, after) = (if from > 0 { "…" } else { "" }, if to < html.len() { "…" } else { "" });
    Some(format!("{before}{}{after}", piece.trim()))
}

#[cfg(test)]
mod tests {
    use super::found;

    const PAGE: &str = "<!doctype html><html><head><style>p { color: red }</style></head><body><div><h1>Hello Ada</h1><p>Ink \
                        &amp; paper</p></div></body></html>";

    #[test]
    fn the_words_are_shown_and_not_the_layout() {
        let told = found(PAGE, "<h1>Hello Grace</h1>");
        assert_eq!(told, "\"Hello Ada\\nInk & paper\" (what people read of it)");
        let told = found(PAGE, "<b>Ink &amp; paper</b>");
        assert!(told.contains("<p>Ink &amp; paper</p>") && told.contains("written otherwise"), "{told}");
        assert!(found(PAGE, "").contains("Hello Ada") && found("", "x").starts_with("\"\""));
    }
}
