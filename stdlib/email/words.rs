//! From text to HTML, and back.

/// A text as HTML: paragraphs where a line is empty, and nothing in it that is a tag.
pub fn html_of(text: &str) -> String {
    let mut html = String::from("<!doctype html>\n<html><head><meta charset=\"utf-8\"></head><body>\n");
    let text = text.replace("\r\n", "\n");
    for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
        html.push_str("<p>");
        for character in paragraph.trim_matches('\n').chars() {
            match character {
                '&' => html.push_str("&amp;"),
                '<' => html.push_str("&lt;"),
                '>' => html.push_str("&gt;"),
                '"' => html.push_str("&quot;"),
                '\n' => html.push_str("<br>\n"),
                other => html.push(other),
            }
        }
        html.push_str("</p>\n");
    }
    html.push_str("</body></html>\n");
    html
}

/// HTML of the flow's author as a whole page.
pub fn page_of(html: &str) -> String {
    let begins = html.trim_start().get(..9).unwrap_or_default().to_ascii_lowercase();
    if begins.starts_with("<!doctype") || begins.starts_with("<html") {
        return html.to_owned();
    }
    format!("<!doctype html>\n<html><head><meta charset=\"utf-8\"></head><body>\n{html}\n</body></html>\n")
}

/// What people read of HTML: without tags, with line breaks where blocks end, and where links lead.
pub fn text_of(html: &str) -> String {
    let mut text = String::new();
    let mut link: Option<String> = None;
    let mut rest = html;
    while let Some((before, tail)) = rest.split_once('<') {
        text.push_str(&decoded(&before.split_whitespace().collect::<Vec<_>>().join(" ")));
        if before.ends_with(char::is_whitespace) && !text.ends_with([' ', '\n']) {
            text.push(' ');
        }
        let (tag, after) = tail.split_once('>').unwrap_or((tail, ""));
        let name: String = tag
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_lowercase();
        rest = after;
        match (tag.starts_with('/'), name.as_str()) {
            (false, "style" | "script" | "head" | "title") => {
                let end = format!("</{name}");
                rest = after.find(&end).and_then(|at| after.get(at..)).unwrap_or("");
            }
            (_, "br") | (true, "p" | "div" | "tr" | "li" | "h1" | "h2" | "h3" | "h4" | "ul" | "ol" | "table") => {
                text.truncate(text.trim_end_matches(' ').len());
                text.push('\n');
            }
            (false, "li") => text.push_str("- "),
            (false, "a") => link = attribute(tag, "href"),
            (true, "a") => {
                if let Some(link) = link.take().filter(|link| !text.ends_with(link.as_str())) {
                    text.push_str(&format!(" ({link})"));
                }
            }
            _ => {}
        }
    }
    text.push_str(&decoded(rest));
    text.trim().to_owned()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, value) = tag.split_once(&format!("{name}="))?;
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    value.get(1..)?.split(quote).next().map(decoded)
}

fn decoded(text: &str) -> String {
    let known = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")];
    // The ampersand last: what it would make is no character reference.
    known.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::{html_of, text_of};

    #[test]
    fn text_and_html_say_the_same() {
        let html = html_of("Hi <b>Ada</b>,\nhow & why\n\nBye");
        assert!(html.contains("<p>Hi &lt;b&gt;Ada&lt;/b&gt;,<br>\nhow &amp; why</p>\n<p>Bye</p>"), "{html}");
        let text = text_of(
            "<style>p { }</style><h1>Hello</h1>\n<p>See <a href=\"https://a.example/?x=1&amp;y\">this</a>.</p><ul><li>one</li></ul>",
        );
        assert_eq!(text, "Hello\nSee this (https://a.example/?x=1&y).\n- one");
    }
}
