//! Words of a text, as far as they say something: without those of every sentence, and by their stems.

use rust_stemmers::{Algorithm, Stemmer};
use std::collections::HashSet;
use std::sync::LazyLock;

/// Of the words of every sentence (`the`, `how`) nothing can be told. English, as the stems are.
static STOP: LazyLock<HashSet<&'static str>> = LazyLock::new(|| stop_words::get("en").iter().copied().collect());

static STEMMER: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::create(Algorithm::English));

/// Words of a text, at most: the rest of a long letter adds little.
const WORDS_MAX: usize = 2_000;

/// The words that say something, in order, as they are written but in lower case.
pub fn telling(text: &str) -> Vec<String> {
    let words = text.split(|one: char| !one.is_alphanumeric() && one != '\'');
    let words = words.map(|word| word.trim_matches('\'').to_lowercase()).filter(|word| !word.is_empty());
    words.filter(|word| !STOP.contains(word.as_str())).take(WORDS_MAX).collect()
}

/// Their stems.
pub fn stems(text: &str) -> Vec<String> {
    telling(text).iter().map(|word| stem(word)).collect()
}

/// The stem of a word in lower case.
pub fn stem(word: &str) -> String {
    STEMMER.stem(word).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{stems, telling};

    #[test]
    fn what_every_sentence_has_is_left_out() {
        assert_eq!(telling("How do I RESET my password?"), ["reset", "password"]);
        assert_eq!(stems("resetting passwords"), stems("the reset of a password"));
        assert_eq!(telling("'' --- !"), [""; 0]);
    }
}
