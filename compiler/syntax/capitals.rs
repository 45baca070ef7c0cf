//! Words of the language in capitals, `Flow`, `IF`: each is told, and the text is read as if it were written right, so that
//! what is in it is told in the same run.

use logos::Logos;

use super::lexer::Spanned;
use super::token::Tok;
use crate::diag::{Code, Diagnostic, FileId, Span};

/// The word that a name is in another case.
fn meant(source: &str, &(start, tok, end): &Spanned) -> Option<Tok> {
    let text = source.get(start as usize..end as usize).filter(|_| tok == Tok::Ident)?;
    // The longest word of the language is short.
    if text.len() > 12 || !text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let mut read = Tok::lexer(&lower);
    match (read.next(), read.next()) {
        (Some(Ok(Tok::Ident)), _) => None,
        (Some(Ok(word)), None) => Some(word),
        _ => None,
    }
}

/// What to say of such a word.
fn told(file: FileId, source: &str, &(start, _, end): &Spanned) -> Diagnostic {
    let text = source.get(start as usize..end as usize).unwrap_or_default();
    let (span, word) = (Span::new(file, start, end), text.to_ascii_lowercase());
    Diagnostic::new(Code::ForeignSpelling, span, format!("`{text}` is written `{word}`"))
        .help("The language's own words have no capitals.")
        .fix(format!("write `{word}`"), vec![(span, word)])
}

/// Takes words in capitals that begin declarations, or lines of a flow's header, as what they are meant for.
pub fn at_top(file: FileId, source: &str, tokens: &mut [Spanned]) -> Vec<Diagnostic> {
    let mut depth = 0_usize;
    let mut found = Vec::new();
    let mut before = Tok::Newline;
    for at in 0..tokens.len() {
        let Some(&token) = tokens.get(at) else { break };
        if token.1.opens() {
            depth += 1;
        } else if token.1.closes() {
            depth = depth.saturating_sub(1);
        } else if depth == 0
            && before == Tok::Newline
            && let Some(word) = meant(source, &token)
            && (word.begins_item() || word.begins_clause())
            && tokens.get(at + 1).is_some_and(|(_, next, _)| next.is_name() || begins_value(*next))
        {
            found.push(told(file, source, &token));
            if let Some(token) = tokens.get_mut(at) {
                token.1 = word;
            }
        }
        before = token.1;
    }
    found
}

/// A declaration that cannot be read, with its words in capitals taken as what they are meant for; what to say of each.
pub fn inside(file: FileId, source: &str, tokens: &[Spanned]) -> Option<(Vec<Spanned>, Vec<Diagnostic>)> {
    // Elsewhere names stand alone on their lines.
    let word = tokens.iter().map(|(_, tok, _)| *tok).find(|tok| tok.begins_item())?;
    if !matches!(word, Tok::Flow | Tok::Test) {
        return None;
    }
    let mut changed = tokens.to_vec();
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let Some(token) = tokens.get(at) else { break };
        let Some(word) = meant(source, token) else { continue };
        let tok = |at: usize| changed.get(at).map_or(Tok::Newline, |token: &Spanned| token.1);
        let before = at.checked_sub(1).map_or(Tok::Newline, tok);
        // The next one may be in capitals, too.
        let next = tokens.get(at + 1).map_or(Tok::Newline, |next| meant(source, next).unwrap_or(next.1));
        let of_for = at.checked_sub(2).is_some_and(|first| tok(first) == Tok::For);
        if stands(word, before, next, of_for) {
            found.push(told(file, source, token));
            if let Some(token) = changed.get_mut(at) {
                token.1 = word;
            }
        }
    }
    (!found.is_empty()).then_some((changed, found))
}

/// Whether a word stands where it can only be the language's.
fn stands(word: Tok, before: Tok, next: Tok, of_for: bool) -> bool {
    use Tok::*;
    let begins = matches!(before, Newline | LBrace | RBrace | Arrow);
    let ends_value = before.is_name() || matches!(before, RParen | RBracket | Int | Number | Duration | Time | Null);
    let ends_text = matches!(before, Text(_) | TextTail(_));
    match word {
        Stop | Break | Continue | Again => begins && matches!(next, Newline | RBrace),
        Return => begins && (matches!(next, Newline | RBrace) || begins_value(next)),
        Else => (begins || ends_value) && matches!(next, LBrace | If | Arrow | As),
        Try | Parallel | Race => begins && matches!(next, LBrace),
        Wait | Split => begins && (matches!(next, LBrace | Anchor | Until) || begins_value(next)),
        If if before == Else => true,
        If | While | For | Let | Var | Choice | Say | Launch | Fail | Repeat | Fire | Expect | Mock | Advance
        | Path | On | When | After => begins && begins_value(next),
        Ask | Switch | Start => {
            (begins || matches!(before, Equals | Default | Colon)) && (begins_value(next) || next == Anchor)
        }
        And | Or => (ends_value || ends_text) && begins_value(next),
        As | From => (ends_value || ends_text) && next.is_name(),
        In => of_for && before.is_name() && begins_value(next),
        _ => false,
    }
}

/// Whether a value may begin with this, in parentheses aside: what stands before those may be what is called.
fn begins_value(tok: Tok) -> bool {
    use Tok::*;
    tok.is_name()
        || matches!(tok, Text(_) | TextHead(_) | Int | Number | Duration | Time | Not | True | False | Null)
        || matches!(tok, Ask | Switch | Start | LBracket | Percent)
}
