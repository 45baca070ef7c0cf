// Which line ends separate. The rules are those of the compiler's lexer (compiler/syntax/lexer.rs): inside of `(`, `[` and
// `{{` none do, which the grammar says by not asking; elsewhere those do behind which no line begins that goes on with the one
// above (`with`, `undo`, `and`, `or`, `??`), and behind which something comes that is no `}`. A `;` always does.

#include "tree_sitter/parser.h"

#include <string.h>

enum Token { NEWLINE, ERROR_SENTINEL };

void *tree_sitter_flow_external_scanner_create(void) { return NULL; }
void tree_sitter_flow_external_scanner_destroy(void *payload) { (void)payload; }
void tree_sitter_flow_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
    (void)payload;
    (void)buffer;
    (void)length;
}
unsigned tree_sitter_flow_external_scanner_serialize(void *payload, char *buffer) {
    (void)payload;
    (void)buffer;
    return 0;
}

static bool is_word(int32_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_blank(int32_t c) { return c == ' ' || c == '\t' || c == '\r' || c == 0xFEFF; }

static void pass_blanks(TSLexer *lexer) {
    while (is_blank(lexer->lookahead)) lexer->advance(lexer, false);
}

// Reads the word that stands here as far as `size` goes; the rest of a longer one is of no interest.
static void read_word(TSLexer *lexer, char *word, unsigned size) {
    unsigned length = 0;
    while (is_word(lexer->lookahead) && length + 1 < size) {
        word[length++] = (char)lexer->lookahead;
        lexer->advance(lexer, false);
    }
    word[length] = '\0';
}

// Whether what stands here goes on with the line above.
static bool continues(TSLexer *lexer) {
    if (lexer->lookahead == '?') {
        lexer->advance(lexer, false);
        return lexer->lookahead == '?';
    }
    char word[16];
    read_word(lexer, word, sizeof word);
    if (strcmp(word, "with") != 0 && strcmp(word, "undo") != 0 && strcmp(word, "and") != 0 && strcmp(word, "or") != 0) return false;
    pass_blanks(lexer);
    // Before a `:` every word is a name.
    return lexer->lookahead != ':';
}

bool tree_sitter_flow_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid_symbols) {
    (void)payload;
    // While it recovers from an error the parser asks for everything: a line end is then as good a place as any to go on.
    if (!valid_symbols[NEWLINE]) return false;

    while (is_blank(lexer->lookahead)) lexer->advance(lexer, true);
    if (lexer->lookahead != '\n' && lexer->lookahead != ';') return false;

    bool hard = lexer->lookahead == ';';
    lexer->advance(lexer, false);
    lexer->mark_end(lexer);
    // The token is this one character; what follows decides whether it is one.
    for (;;) {
        if (lexer->lookahead == ';') hard = true;
        if (is_blank(lexer->lookahead) || lexer->lookahead == '\n' || lexer->lookahead == ';') {
            lexer->advance(lexer, false);
        } else if (lexer->lookahead == '/') {
            lexer->advance(lexer, false);
            if (lexer->lookahead != '/') break;
            while (lexer->lookahead != '\n' && !lexer->eof(lexer)) lexer->advance(lexer, false);
        } else if (lexer->eof(lexer) || lexer->lookahead == '}') {
            return false;
        } else {
            if (!hard && continues(lexer)) return false;
            break;
        }
    }
    lexer->result_symbol = NEWLINE;
    return true;
}
