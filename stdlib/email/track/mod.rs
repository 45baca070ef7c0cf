//! What comes back of a mail that was sent: addresses that say which mail they stand in, where they stand in it, and what
//! is written down when somebody follows one.

mod links;
mod page;
mod took;

pub use links::{Links, PURPOSE};
pub(crate) use took::register;
pub use took::{CLICKED, OPENED, UNSUBSCRIBED};

use super::letter::Letter;
use super::words;
use links::Kind;
use reqwest::Url;

/// Gives a letter that names no address to unsubscribe at one of ours. `mail` is the number of its record.
pub fn way_out(letter: &mut Letter, base: &str, links: &Links, mail: i64) {
    if letter.unsubscribe.is_none() {
        letter.unsubscribe = Some(format!("{base}/unsubscribe/{}", links.token(Kind::Unsubscribe, mail, "")));
    }
}

/// Has a letter tell what becomes of it: the links in its HTML lead by way of `base`, and a picture stands at its end. Its
/// text stays as it is written, and so does its [`way_out`]. `mail` is the number of its record.
pub fn track(letter: &mut Letter, base: &str, links: &Links, mail: i64) {
    let html = match (letter.text.trim().is_empty(), letter.html.trim().is_empty()) {
        (_, true) => words::html_of(&letter.text),
        (true, false) => {
            // Made of what the author wrote, not of what the links become.
            letter.text = words::text_of(&letter.html);
            words::page_of(&letter.html)
        }
        (false, false) => words::page_of(&letter.html),
    };
    let way_out = letter.unsubscribe.as_deref();
    let by_way = |written: &str| {
        let target = followed(written, base).filter(|_| Some(written) != way_out)?;
        let mut url = Url::parse(&format!("{base}/c/{}", links.token(Kind::Click, mail, &target))).ok()?;
        url.query_pairs_mut().append_pair("u", &target);
        Some(url.to_string())
    };
    let pixel = format!("{base}/o/{}.gif", links.token(Kind::Open, mail, ""));
    letter.html = page::rewrite(&html, &by_way, &pixel);
}

/// Characters of an address that is followed, at most: it comes back in the head of a request.
const TARGET_MAX: usize = 4_000;

/// Where a link leads, if it is one of the web that is not by our way already.
fn followed(written: &str, base: &str) -> Option<String> {
    let url = Url::parse(written).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let ours = url.as_str().strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    (!ours && url.as_str().len() <= TARGET_MAX).then(|| url.to_string())
}

/// The public address of this installation, as `track` in flow.toml gives it: without a slash at its end.
///
/// # Errors
/// A sentence, when it is none.
pub fn base(text: &str) -> Result<String, String> {
    let wrong =
        || format!("`{}` is not a public address: write it as in \"https://go.acme.example\"", text.escape_debug());
    let url = Url::parse(text).map_err(|_| wrong())?;
    let plain =
        url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    if !plain || url.host_str().is_none() {
        return Err(wrong());
    }
    let here = matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
    match url.scheme() {
        "https" => {}
        "http" if here => {}
        "http" => return Err(format!("`{text}` is not secret on its way: it begins with `https://`")),
        _ => return Err(wrong()),
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Links, base, track, way_out};
    use crate::email::Letter;

    const BASE: &str = "https://go.acme.example";

    pub fn letter(text: &str, html: &str) -> Letter {
        Letter {
            mail: None,
            from: "hello@acme.example".to_owned(),
            to: vec!["ada@example.com".to_owned()],
            reply_to: None,
            subject: "Hi".to_owned(),
            text: text.to_owned(),
            html: html.to_owned(),
            attachments: Vec::new(),
            message_id: "<1@acme.example>".to_owned(),
            thread: None,
            references: None,
            answers: false,
            unsubscribe: None,
        }
    }

    #[test]
    fn links_of_the_web_are_followed_and_others_stay() {
        let links = Links::new([7; 32]);
        let html = "<p title='<a href=\"https://no.example\">'>\r\n<A HREF='https://a.example/?x=1&amp;y=é#top' class=b>one</A>\
                    <a href=http://b.example/>two</a><a href=\"mailto:ada@example.com\">three</a><a href=\"#here\">four</a>\
                    <a href=\"tel:+47\">five</a><a href=\"https://go.acme.example/c/x\">six</a><a name=z>seven</a>\
                    <a href=\"https://acme.example/out\">eight</a><!-- <a href=\"https://c.example\"> -->\
                    <style>a { content: \"<a href='https://d.example'>\" }</style></p>";
        let mut one = letter("", html);
        one.unsubscribe = Some("https://acme.example/out".to_owned());
        track(&mut one, BASE, &links, 42);
        let hrefs: Vec<&str> = one.html.split("https://go.acme.example/c/").skip(1).collect();
        assert_eq!(hrefs.len(), 3, "{}", one.html);
        let mut followed = Vec::new();
        for rest in &hrefs[..2] {
            let (token, rest) = rest.split_once('?').expect("a query");
            let query = rest.split(['"', '\'', '>']).next().expect("an end");
            followed.push(links.clicked(token, query).expect("its own link"));
        }
        assert_eq!(followed[0], (42, "https://a.example/?x=1&y=%C3%A9#top".to_owned()));
        assert_eq!(followed[1], (42, "http://b.example/".to_owned()));
        for same in [
            "mailto:ada@example.com",
            "\"#here\"",
            "tel:+47",
            "\"https://acme.example/out\"",
            "https://c.example",
            "<p title='<a href=\"https://no.example\">'>",
            "'https://d.example'",
        ] {
            assert!(one.html.contains(same), "{same} in {}", one.html);
        }
        assert!(one.text.contains("one (https://a.example/?x=1&y=é#top)"), "{}", one.text);
        let pixel = one.html.split("/o/").nth(1).and_then(|rest| rest.split(".gif").next()).expect("a picture");
        assert_eq!(links.opened(pixel), Some(42));
        assert!(
            one.html.trim_end().ends_with("alt=\"\">\n</body></html>") || one.html.contains("alt=\"\"></body>"),
            "{}",
            one.html
        );
    }

    #[test]
    fn a_text_stays_and_the_way_out_is_signed() {
        let links = Links::new([7; 32]);
        let mut one = letter("See https://a.example", "");
        way_out(&mut one, BASE, &links, 3);
        track(&mut one, BASE, &links, 3);
        assert_eq!(one.text, "See https://a.example");
        assert!(one.html.contains("/o/") && !one.html.contains("/c/"), "{}", one.html);
        let token = one.unsubscribe.as_deref().and_then(|url| url.rsplit('/').next()).expect("a token");
        assert_eq!((links.unsubscribed(token), links.opened(token)), (Some(3), None));
        // Every number is as long as another: how large a mail is does not hang on it.
        let mut other = letter("See https://a.example", "");
        way_out(&mut other, BASE, &links, i64::MAX);
        track(&mut other, BASE, &links, i64::MAX);
        assert_eq!(one.html.len(), other.html.len());
        assert_eq!(one.unsubscribe.map(|url| url.len()), other.unsubscribe.map(|url| url.len()));
    }

    #[test]
    fn public_addresses_are_secret_on_their_way() {
        assert_eq!(base("https://go.acme.example/").as_deref(), Ok("https://go.acme.example"));
        assert_eq!(base("https://acme.example/go").as_deref(), Ok("https://acme.example/go"));
        assert_eq!(base("http://127.0.0.1:8080").as_deref(), Ok("http://127.0.0.1:8080"));
        for wrong in [
            "",
            "go.acme.example",
            "http://go.acme.example",
            "https://a.example/?x",
            "https://u:p@a.example",
            "ftp://a.example",
            "mailto:a@b",
        ] {
            assert!(base(wrong).is_err(), "{wrong}");
        }
    }
}
