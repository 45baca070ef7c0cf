//! The fenced blocks of the documentation.

use std::path::{Path, PathBuf};

/// A fenced block: ` ```flow refused E0302 ` and what stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The line its text begins on, from 1.
    pub line: usize,
    /// The words after the fence, the language first.
    pub words: Vec<String>,
    /// Its text.
    pub text: String,
}

impl Block {
    /// Whether its words are these.
    pub fn is(&self, words: &[&str]) -> bool {
        self.words == words
    }
}

/// The blocks of a page.
pub fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (index, line) in page.lines().enumerate() {
        let fence = line.trim().strip_prefix("```");
        open = match (open, fence) {
            (None, Some(words)) => {
                let words = words.split_whitespace().map(str::to_owned).collect();
                Some(Block { line: index + 2, words, text: String::new() })
            }
            (None, None) => None,
            (Some(done), Some(_)) => {
                blocks.push(done);
                None
            }
            (Some(block), None) => Some(Block { text: format!("{}{line}\n", block.text), ..block }),
        };
    }
    blocks
}

/// The README and the pages of `docs/` and its folders, with their text.
///
/// # Panics
/// When a page cannot be read.
pub fn pages() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the project's root");
    let mut pages = vec![root.join("README.md"), root.join("CONTRIBUTING.md")];
    let mut folders = vec![root.join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder of pages") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages.into_iter().map(|page| (page.clone(), std::fs::read_to_string(&page).expect("a page"))).collect()
}
