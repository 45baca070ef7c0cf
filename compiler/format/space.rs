//! What stands between two words on one line.

use crate::syntax::token::Tok;

/// Which role a sign has that can have two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// As usual.
    Plain,
    /// `<`, `>` and `?` of a type.
    Type,
    /// `-` before a number, not between two.
    Sign,
    /// `.` of a variant, not behind what has a field.
    Variant,
}

/// Whether a blank stands between two neighbouring words. `written` says whether there was one, for words that are names
/// in one place and mean something in another.
pub(super) fn between(left: (Tok, Role), right: (Tok, Role), written: bool) -> bool {
    use Tok::*;
    let ((left, left_role), (right, right_role)) = (left, right);
    match left {
        LParen | LBracket | Dot | QuestionDot | At => return false,
        Less if left_role == Role::Type => return false,
        Minus if left_role == Role::Sign => return false,
        _ => {}
    }
    match right {
        RParen | RBracket | Comma | Colon | QuestionDot => false,
        Question => false,
        Less | Greater if right_role == Role::Type => false,
        Dot => right_role == Role::Variant,
        LParen => match left {
            Ident | RParen | RBracket => false,
            left if left.is_name() => written,
            Greater if left_role == Role::Type => false,
            _ => true,
        },
        _ => true,
    }
}

/// Whether a `.` begins a variant, as in `.trial`, judged by what stands before it.
pub(super) fn begins_variant(left: Option<Tok>, written: bool) -> bool {
    match left {
        None => true,
        Some(Tok::Ident | Tok::RParen | Tok::RBracket | Tok::Text(_) | Tok::TextTail(_) | Tok::RBrace) => false,
        Some(left) if left.is_name() => written,
        Some(_) => true,
    }
}

/// Whether a `-` is a sign, judged by what stands before it.
pub(super) fn is_sign(left: Option<Tok>) -> bool {
    use Tok::*;
    match left {
        None => true,
        Some(Ident | RParen | RBracket | RBrace | Text(_) | TextTail(_) | Int | Number | Percent | Duration | Time) => {
            false
        }
        Some(True | False | Null | Again | Anchor | Question) => false,
        Some(left) => !left.is_name(),
    }
}
