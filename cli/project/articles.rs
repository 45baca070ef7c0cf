//! The articles of a project: `articles/reset_password.md` holds the words of `article reset_password`.

use super::{Project, load, read};
use crate::trouble::Trouble;
use flow_stdlib::workspace::articles::Words;
use std::path::Path;

/// The folder they stand in.
pub const FOLDER: &str = "articles";

/// A project has at most this many.
const ARTICLES_MAX: usize = 10_000;

impl Project {
    /// Its articles by name; `None` where it has no folder of them.
    ///
    /// # Errors
    /// One cannot be read, or its file is called what no article can be.
    pub fn articles(&self) -> Result<Option<Vec<Words>>, Trouble> {
        let folder = self.root.join(FOLDER);
        if self.lone_file.is_some() || !folder.is_dir() {
            return Ok(None);
        }
        let (mut found, mut wrong) = (Vec::new(), Vec::new());
        for (name, path) in load::beside(&folder, &self.root, "md")? {
            if found.len() + wrong.len() >= ARTICLES_MAX {
                return Err(Trouble::refused(format!("{} has more than {ARTICLES_MAX} articles", folder.display())));
            }
            match words(name, &path) {
                Ok(words) => found.push(words),
                Err(told) => wrong.extend(told.into_iter().map(|told| told.at(&path))),
            }
        }
        if wrong.is_empty() { Ok(Some(found)) } else { Err(all_at_once(&wrong)) }
    }
}

/// So many problems are told at once.
const TOLD_MAX: usize = 20;

/// What is wrong with an article.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wrong {
    /// In which line, from 1, where it is in one.
    line: Option<usize>,
    /// What.
    why: String,
}

impl Wrong {
    fn new(line: Option<usize>, why: impl Into<String>) -> Wrong {
        Wrong { line, why: why.into() }
    }

    fn at(self, path: &Path) -> String {
        let line = self.line.map(|line| format!(":{line}")).unwrap_or_default();
        format!("{}{line}: {}", path.display(), self.why)
    }
}

fn all_at_once(wrong: &[String]) -> Trouble {
    let mut text = wrong.iter().take(TOLD_MAX).cloned().collect::<Vec<_>>().join("\n");
    if wrong.len() > TOLD_MAX {
        text.push_str(&format!("\n… and {} more", wrong.len() - TOLD_MAX));
    }
    Trouble::usage(text).help(
        "an article is `articles/reset_password.md`, called as `article reset_password` declares it; its first heading is the \
         title; between two lines of `---` at its beginning may stand `url: https://…`",
    )
}

fn words(name: String, path: &Path) -> Result<Words, Vec<Wrong>> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let mut wrong = Vec::new();
    if !name.starts_with(|first: char| first.is_ascii_lowercase()) || !name.bytes().all(plain) {
        wrong.push(Wrong::new(None, "is called what no article can be"));
    }
    let words = match read(path) {
        Ok(text) => understand(&name, &text),
        Err(Trouble::Usage(words) | Trouble::Refused(words) | Trouble::Machine(words)) => {
            Err(vec![Wrong::new(None, words.message)])
        }
        Err(Trouble::Said(_)) => Err(Vec::new()),
    };
    match words {
        Ok(words) if wrong.is_empty() => Ok(words),
        Ok(_) => Err(wrong),
        Err(more) => {
            wrong.extend(more);
            Err(wrong)
        }
    }
}

/// What a file says: its first heading is the title; what stands between lines of `---` at its beginning is about it.
fn understand(name: &str, text: &str) -> Result<Words, Vec<Wrong>> {
    let text = text.replace("\r\n", "\n");
    let (mut url, mut rest) = (None, text.as_str());
    let mut wrong = Vec::new();
    if let Some(after) = text.strip_prefix("---\n") {
        let Some((about, words)) = after.split_once("\n---") else {
            return Err(vec![Wrong::new(Some(1), "its first part does not end: a line of `---` is missing")]);
        };
        for (number, line) in about.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            // The lines before it: `---` is the first.
            let at = Some(number + 2);
            match line.split_once(':').map(|(key, value)| (key.trim(), value.trim())) {
                Some(("url", value)) if value.starts_with("https://") || value.starts_with("http://") => {
                    url = Some(value.into());
                }
                Some(("url", value)) => wrong.push(Wrong::new(at, format!("`{value}` is not a URL"))),
                _ => wrong.push(Wrong::new(at, format!("`{}` is not known; known here: url", line.trim()))),
            }
        }
        rest = words;
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let rest = rest.trim();
    let (title, words) = match rest.strip_prefix("# ") {
        Some(heading) => heading.split_once('\n').unwrap_or((heading, "")),
        None => ("", rest),
    };
    let spoken = || {
        let mut letters = name.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>().replace('_', " ")
    };
    let title = if title.trim().is_empty() { spoken() } else { title.trim().to_owned() };
    Ok(Words { name: name.into(), title: title.into(), text: words.trim().into(), url })
}

#[cfg(test)]
mod tests {
    use super::understand;

    #[test]
    fn the_first_heading_is_the_title() {
        let words = understand("reset_password", "# How to reset\r\n\r\nClick.\r\n\r\n# Not a title\r\n").unwrap();
        assert_eq!((&*words.title, &*words.text), ("How to reset", "Click.\n\n# Not a title"));
        let words = understand("reset_password", "---\nurl: https://x.example/a\n---\nClick.\n").unwrap();
        assert_eq!((&*words.title, &*words.text), ("Reset password", "Click."));
        assert_eq!(words.url.as_deref(), Some("https://x.example/a"));
    }

    #[test]
    fn what_is_not_understood_is_told() {
        for (text, told) in [
            ("---\nurl: https://x.example\n", vec![(1, "does not end")]),
            ("---\nurl: reset\n---\nx", vec![(2, "is not a URL")]),
            ("---\nauthor: Ada\n\nurl: x\n---\nx", vec![(2, "known here: url"), (4, "is not a URL")]),
        ] {
            let found = understand("x", text).unwrap_err();
            assert_eq!(found.len(), told.len(), "{found:?}");
            for (found, (line, why)) in found.iter().zip(told) {
                assert!(found.line == Some(line) && found.why.contains(why), "{found:?}");
            }
        }
    }
}
