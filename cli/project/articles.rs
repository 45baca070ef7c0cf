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
        let mut found = Vec::new();
        for (name, path) in load::beside(&folder, &self.root, "md")? {
            if found.len() == ARTICLES_MAX {
                return Err(Trouble::refused(format!("{} has more than {ARTICLES_MAX} articles", folder.display())));
            }
            found.push(words(name, &path)?);
        }
        Ok(Some(found))
    }
}

fn words(name: String, path: &Path) -> Result<Words, Trouble> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if !name.starts_with(|first: char| first.is_ascii_lowercase()) || !name.bytes().all(plain) {
        return Err(Trouble::usage(format!("{} is called what no article can be", path.display()))
            .help("name it as `article` declares it: `articles/reset_password.md`"));
    }
    let text = read(path)?;
    understand(&name, &text).map_err(|why| Trouble::usage(format!("{}: {why}", path.display())))
}

/// What a file says: its first heading is the title; what stands between lines of `---` at its beginning is about it.
fn understand(name: &str, text: &str) -> Result<Words, String> {
    let text = text.replace("\r\n", "\n");
    let (mut url, mut rest) = (None, text.as_str());
    if let Some(after) = text.strip_prefix("---\n") {
        let (about, words) =
            after.split_once("\n---").ok_or("its first part does not end: a line of `---` is missing")?;
        for line in about.lines().filter(|line| !line.trim().is_empty()) {
            match line.split_once(':').map(|(key, value)| (key.trim(), value.trim())) {
                Some(("url", value)) if value.starts_with("https://") || value.starts_with("http://") => {
                    url = Some(value.into());
                }
                Some(("url", value)) => return Err(format!("`{value}` is not a URL")),
                _ => return Err(format!("`{}` is not known; known here: url", line.trim())),
            }
        }
        rest = words;
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
            ("---\nurl: https://x.example\n", "does not end"),
            ("---\nurl: reset\n---\nx", "is not a URL"),
            ("---\nauthor: Ada\n---\nx", "known here: url"),
        ] {
            assert!(understand("x", text).unwrap_err().contains(told), "{text}");
        }
    }
}
