//! From text to HTML, and back.

use html5gum::{Token, Tokenizer};

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
    read(html, false)
}

/// The same of an answer, without what it quotes.
pub fn answer_of(html: &str) -> String {
    read(html, true)
}

/// Elements in which nothing is said.
const SILENT: &[&[u8]] = &[b"style", b"script", b"head", b"title", b"template"];

/// Elements after which a line ends.
const BLOCKS: &[&[u8]] =
    &[b"p", b"div", b"tr", b"li", b"h1", b"h2", b"h3", b"h4", b"ul", b"ol", b"table", b"blockquote", b"pre"];

/// Characters of text, at most.
const TEXT_MAX: usize = 4 * 1024 * 1024;

fn read(html: &str, answer: bool) -> String {
    let mut text = String::new();
    let mut link: Option<String> = None;
    // The element that is passed over, and how often it is open.
    let mut passed: Option<(Vec<u8>, usize)> = None;
    for token in Tokenizer::new(html) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => {
                let name = tag.name.as_slice();
                if let Some((of, depth)) = &mut passed {
                    *depth += usize::from(of.as_slice() == name && !tag.self_closing);
                    continue;
                }
                let attribute = |name: &[u8]| {
                    let value = tag.attributes.get(name)?;
                    Some(String::from_utf8_lossy(value).into_owned())
                };
                let quotes =
                    answer && (name == b"blockquote" || attribute(b"class").is_some_and(|class| is_quote(&class)));
                if quotes || SILENT.contains(&name) {
                    passed = (!tag.self_closing).then(|| (name.to_vec(), 1));
                    continue;
                }
                match name {
                    b"br" => end_line(&mut text),
                    b"li" => text.push_str("- "),
                    b"a" => link = attribute(b"href"),
                    _ => {}
                }
            }
            Token::EndTag(tag) => {
                let name = tag.name.as_slice();
                if let Some((of, depth)) = &mut passed {
                    *depth -= usize::from(of.as_slice() == name);
                    if *depth == 0 {
                        passed = None;
                    }
                    continue;
                }
                if name == b"a" {
                    if let Some(link) = link.take().filter(|link| !answer && !text.ends_with(link.as_str())) {
                        text.push_str(&format!(" ({link})"));
                    }
                } else if BLOCKS.contains(&name) {
                    end_line(&mut text);
                }
            }
            Token::String(string) if passed.is_none() => {
                let said = String::from_utf8_lossy(&string).into_owned();
                if said.starts_with(char::is_whitespace) && !text.ends_with([' ', '\n']) {
                    text.push(' ');
                }
                text.push_str(&said.split_whitespace().collect::<Vec<_>>().join(" "));
                if said.ends_with(char::is_whitespace) && !text.ends_with([' ', '\n']) {
                    text.push(' ');
                }
            }
            _ => {}
        }
        if text.len() > TEXT_MAX {
            break;
        }
    }
    text.trim().to_owned()
}

/// What programs call what they quote: Gmail, Yahoo, Proton, Thunderbird.
fn is_quote(class: &str) -> bool {
    let known = ["gmail_quote", "gmail_quote_container", "yahoo_quoted", "protonmail_quote", "moz-cite-prefix"];
    class.split_whitespace().any(|one| known.contains(&one))
}

fn end_line(text: &mut String) {
    text.truncate(text.trim_end_matches(' ').len());
    text.push('\n');
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
