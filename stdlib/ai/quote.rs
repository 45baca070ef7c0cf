//! An answer without a model: what the article says that fits best.

use super::words::{stems, telling};
use crate::workspace::articles::{Words, words};
use flow_vm::action::{ActionError, Workspace};

/// Articles that are looked at for an answer.
const ARTICLES: usize = 3;

/// A longer passage is cut off.
const PASSAGE_CHARS_MAX: usize = 600;

/// What is said where nothing fits.
const NOTHING: &str = "None of our articles answers this.";

/// What an answer that was quoted says of itself.
const SAYS_SO: &str = "This is quoted from our articles; nobody has written it for you.";

/// A passage of an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// Whose it is.
    pub article: Words,
    /// The passage.
    pub text: String,
    /// How many of the words that were looked for stand in it, or in the title.
    pub fits: usize,
}

/// The passage that fits a question best, of those articles that the search finds, or of those that are given.
///
/// # Errors
/// The store.
pub fn passage(
    workspace: &mut dyn Workspace,
    question: &str,
    given: Option<&[Words]>,
) -> Result<Option<Passage>, ActionError> {
    let wanted = stems(question);
    let found = match given {
        Some(given) => given.to_vec(),
        None => {
            let ids = workspace.search_articles(&telling(question).join(" "), ARTICLES)?;
            ids.into_iter().map(|id| words(workspace, id)).collect::<Result<_, _>>()?
        }
    };
    let mut best: Option<Passage> = None;
    for article in found {
        let Some(passage) = of(&article, &wanted) else { continue };
        // Of equals the first, which the search likes best.
        if best.as_ref().is_none_or(|best| passage.fits > best.fits) {
            best = Some(passage);
        }
    }
    Ok(best)
}

/// The paragraph of an article in which most of the words stand; `None` where none does anywhere.
fn of(article: &Words, wanted: &[String]) -> Option<Passage> {
    let count = |text: &str| {
        let held = stems(text);
        let mut known: Vec<&String> = wanted.iter().filter(|word| held.contains(word)).collect();
        known.sort();
        known.dedup();
        known.len()
    };
    let of_title = count(&article.title);
    let paragraphs = article.text.split("\n\n").map(str::trim);
    let paragraphs = paragraphs.filter(|one| !one.is_empty() && !one.starts_with('#'));
    let counted: Vec<(usize, &str)> = paragraphs.map(|one| (count(one), one)).collect();
    let (fits, paragraph) = counted.into_iter().rev().max_by_key(|(fits, _)| *fits)?;
    if fits + of_title == 0 {
        return None;
    }
    let plain = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut text: String = plain.chars().take(PASSAGE_CHARS_MAX).collect();
    if text.len() < plain.len() {
        text.push('…');
    }
    Some(Passage { article: article.clone(), text, fits: fits + of_title })
}

/// The answer of which a passage is.
pub fn answer(passage: Option<&Passage>) -> String {
    let Some(Passage { article, text, .. }) = passage else { return NOTHING.to_owned() };
    let place = article.url.as_ref().map(|url| format!(" ({url})")).unwrap_or_default();
    format!("“{}”{place}: {text}\n{SAYS_SO}", article.title)
}
