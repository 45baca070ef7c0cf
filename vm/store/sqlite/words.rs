//! Finding articles by their words.

use super::catalog::Table;
use super::core::{Core, rows};
use crate::store::StoreResult;
use flow_bytecode::Value;
use rusqlite::params;

/// The entity whose words are looked for.
pub(super) const ARTICLE: &str = "Article";

/// Words of one query, at most: whoever pastes a whole letter is looked up by its beginning.
const WORDS_MAX: usize = 64;

/// Any one of the words, each quoted, so that none is a sign of the query language (SQLite, "FTS5 Strings"): `"cannot" OR
/// "sign"`. Empty where there is no word.
fn query(words: &str) -> String {
    // An accent that stands for itself belongs to its word.
    let in_word = |one: char| one.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&one);
    let plain = words.split(|one: char| !in_word(one)).filter(|word| !word.is_empty());
    let quoted: Vec<String> = plain.take(WORDS_MAX).map(|word| format!("\"{word}\"")).collect();
    quoted.join(" OR ")
}

impl Core {
    /// Ids of articles by how well they fit, ties by id. A word in the title counts as four in the text.
    pub(super) fn search_articles(&mut self, words: &str, limit: usize) -> StoreResult<Vec<i64>> {
        let query = query(words);
        if query.is_empty() {
            return Ok(Vec::new());
        }
        let sql = "SELECT rowid FROM article_words WHERE article_words MATCH ?1
                   ORDER BY bm25(article_words, 4.0, 1.0), rowid LIMIT ?2";
        self.list("article_words", sql, params![query, rows(limit)], |row| row.get(0))
    }

    /// Brings the words of an article up to date; of other records there are none.
    pub(super) fn index_words(&mut self, table: &Table, id: i64, values: &[Value]) -> StoreResult<()> {
        if &*table.entity.def.name != ARTICLE {
            return Ok(());
        }
        let text = |field: &str| {
            let at = table.entity.field(field)?;
            values.get(at)?.as_text().cloned()
        };
        self.forget_words(id)?;
        // What it is called counts as its title: `reset_password` is two words.
        let title = [text("title"), text("name")].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let sql = "INSERT INTO article_words (rowid, title, text) VALUES (?1, ?2, ?3)";
        self.execute(sql, params![id, title, text("text").as_deref()]).map(drop)
    }

    pub(super) fn forget_words(&mut self, id: i64) -> StoreResult<()> {
        self.execute("DELETE FROM article_words WHERE rowid = ?1", [id]).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::query;

    #[test]
    fn whatever_is_written_is_looked_for() {
        assert_eq!(query("cannot sign-in"), r#""cannot" OR "sign" OR "in""#);
        assert_eq!(query(r#"NEAR(a) title:"x" * OR -b"#), r#""NEAR" OR "a" OR "title" OR "x" OR "OR" OR "b""#);
        assert_eq!(query(" \"'?! "), "");
        assert_eq!(query(&"word ".repeat(1_000)).matches(" OR ").count(), 63);
    }
}
