-- The words of articles, by the number of their record and written with it. What leaves it leaves no trace.
CREATE VIRTUAL TABLE article_words USING fts5 (title, text, tokenize = 'porter unicode61 remove_diacritics 2');
INSERT INTO article_words (article_words, rank) VALUES ('secure-delete', 1);
