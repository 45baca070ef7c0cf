//! The usual mistakes: what to say when a certain token stands where it cannot.
//!
//! One small function per mistake, asked in order; each looks at the token that was not taken, its neighbours and the
//! statement around, and answers or passes.

mod arms;
mod blocks;
mod header;
mod talk;
mod writing;

use super::errors::{Place, Stop};
use super::lexer::Spanned;
use super::token::Tok;
use crate::diag::{Code, Diagnostic, Span};
use crate::resolve::nearest;

pub(crate) use arms::is_otherwise;

type Advice = fn(&Stop, &Place<'_>) -> Option<Diagnostic>;

/// Asked in this order: the more particular first.
const TABLE: &[Advice] = &[
    brace_on_next_line,
    writing::type_in_parentheses,
    header::second_word,
    header::goal_that_happens,
    blocks::wait_for,
    blocks::paths_with_arrows,
    blocks::path_without_name,
    blocks::statement_among_paths,
    blocks::with_behind_undo,
    blocks::repeat_without_number,
    blocks::arm_of_a_race,
    arms::choice_without_question,
    arms::arms_on_one_line,
    arms::arm_without_body,
    arms::arm_of_another_language,
    arms::arm_as_statement,
    writing::colon_before_equals,
    writing::compound_write,
    writing::plus_before_number,
    writing::doubled_equals,
    writing::unit_behind_value,
    reserved_name,
    header_line,
    secret_with_value,
    clause_on_same_line,
    path_on_same_line,
    default_of_a_value,
    word_amid_a_line,
    range_of_numbers,
    side_without_name,
    arms_after_condition,
    word_of_another_language,
    misspelt_word,
    unit_is_no_unit,
    talk::as_and_from,
    talk::nothing_said,
    talk::part_without_comma,
    talk::setting_without_comma,
    talk::talk_with_parentheses,
    talk::comma_before_as,
    talk::settings_in_brackets,
    equals_in_arguments,
    colon_for_arrow,
    else_without_as,
    missing_arrow,
    else_without_if,
    list_type,
    index,
    question_mark,
    value_is_a_statement,
    value_after_stop,
    declaration_inside,
    missing_colon,
    missing_value,
    no_body,
    no_parentheses,
    for_without_in,
    try_without_handler,
    text_beside_value,
    record_in_braces,
    missing_comma,
];

/// The advice for the place where the grammar stopped, if it is one of the usual ones.
pub fn usual_mistake(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    TABLE.iter().find_map(|advice| advice(stop, place))
}

/// The tokens with what was meant in the place of a mistake, where that is plain, and the token that is to be passed then.
pub fn as_meant(stop: &Stop, place: &Place<'_>) -> Option<(Vec<Spanned>, usize)> {
    brace_joined(place)
        .or_else(|| header::as_meant(stop, place))
        .or_else(|| blocks::as_meant(stop, place))
        .or_else(|| arms::as_meant(place))
        .or_else(|| writing::as_meant(stop, place))
        .or_else(|| talk::as_meant(place))
}

/// A `{` on the next line is taken as if it stood where it belongs.
fn brace_joined(place: &Place<'_>) -> Option<(Vec<Spanned>, usize)> {
    if place.found() != Tok::Newline || place.tok(place.at + 1) != Tok::LBrace {
        return None;
    }
    let mut tokens = place.tokens.to_vec();
    tokens.remove(place.at);
    Some((tokens, place.at))
}

fn unexpected(place: &Place<'_>, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::UnexpectedToken, place.span(place.at), message)
}

fn brace_on_next_line(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    if place.found() != Tok::Newline || place.tok(place.at + 1) != Tok::LBrace || !stop.takes("{") {
        return None;
    }
    let (gap, brace) = (place.gap(place.at), place.span(place.at + 1));
    let between = gap.to(crate::diag::Span { end: brace.start, ..brace });
    let mut diagnostic = Diagnostic::new(Code::MisplacedElse, brace, "this `{` belongs on the line above")
        .label(gap, "the end of this line ends the statement")
        .help("Put the `{` at the end of the line above.");
    if place.source.get(between.range()).is_some_and(|text| text.trim().is_empty()) {
        diagnostic = diagnostic.fix("move the `{` up", vec![(between, " ".into())]);
    }
    Some(diagnostic)
}

fn reserved_name(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let introduces_name = matches!(
        place.prev(),
        Tok::Let
            | Tok::Var
            | Tok::Flow
            | Tok::For
            | Tok::Path
            | Tok::NamesWord
            | Tok::FieldsWord
            | Tok::Enum
            | Tok::As
            | Tok::Percent
    );
    let is_name_only = stop.takes("name") && !stop.takes_value();
    if !place.found().is_reserved() || !is_name_only || !(introduces_name || place.opener() != Tok::Eof) {
        return None;
    }
    let word = place.text(place.at);
    Some(
        Diagnostic::new(
            Code::ReservedWord,
            place.span(place.at),
            format!("`{word}` is a reserved word and cannot be a name"),
        )
        .help(format!("Choose another name, for example `{word}_`; after `.` and before `:` any word may stand.")),
    )
}

fn header_line(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let at_top = place.opener() == Tok::Eof;
    if !at_top || !stop.takes("overlap") || stop.takes("name") || place.prev() != Tok::Newline {
        return None;
    }
    let help = "A flow's header has lines that begin with `on`, `once per`, `overlap`, `exit when`, `goal`, `cap`, \
                `send within`, `holdout` or `priority`; then come its statements in `{ }`.";
    let message = if place.found().begins_statement() {
        "statements stand inside the flow's `{ }`".to_owned()
    } else {
        format!("no line of a flow's header begins with `{}`", place.text(place.at))
    };
    let diagnostic = unexpected(place, message);
    Some(with_near(diagnostic.clone(), place, CLAUSE_WORDS).unwrap_or_else(|| diagnostic.help(help)))
}

/// `secret shop_token = "…"`
fn secret_with_value(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let first = place.line_start();
    if place.found() != Tok::Equals || place.tok(first) != Tok::NamesWord || place.text(first) != "secret" {
        return None;
    }
    let (gap, name) = (place.gap(place.at), place.prev_text());
    let mut diagnostic =
        unexpected(place, "a secret has no value in the text of a program").at("the value goes elsewhere");
    diagnostic = diagnostic.help(format!(
        "Write `secret {name}` alone. Its value comes from the environment or from `.env`, as `FLOW_SECRET_{}`.",
        name.to_uppercase()
    ));
    let rest = super::regions::line_around(place.tokens, place.at);
    let end = place.gap(rest.end).end;
    Some(diagnostic.fix("take the value out", vec![(Span { end: end.max(gap.end), ..gap }, String::new())]))
}

/// `flow f(c: Contact) on contact.created {`
fn clause_on_same_line(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let found = place.found();
    let after_signature = matches!(place.prev(), Tok::RParen) || place.prev().is_name();
    if place.opener() != Tok::Eof || !found.begins_clause() || !after_signature || !stop.takes("{") {
        return None;
    }
    let gap = Span { end: place.span(place.at).start, ..place.gap(place.at) };
    Some(
        unexpected(place, "each clause of a flow's header stands on a line of its own")
            .help("The line of `flow name(…)` ends there; the clauses follow, then the statements in `{ }`.")
            .fix("begin a line with it", vec![(gap, "\n    ".into())]),
    )
}

/// `parallel { path a { … } path b { … } }`
fn path_on_same_line(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let begins = place.found() == Tok::Path && place.prev() == Tok::RBrace && !stop.takes_value();
    if !begins || !matches!(place.around(), Tok::Parallel | Tok::Race) {
        return None;
    }
    let gap = Span { end: place.span(place.at).start, ..place.gap(place.at) };
    Some(
        unexpected(place, "each path stands on a line of its own")
            .help("Begin a line with it.")
            .fix("begin a line with it", vec![(gap, "\n".into())]),
    )
}

/// Words that other languages begin statements with, and what Flow says.
const OTHER_WORDS: &[(&str, &str)] = &[
    ("print", "`say \"…\"` speaks to the customer"),
    ("echo", "`say \"…\"` speaks to the customer"),
    ("send_message", "`say \"…\"` speaks to the customer"),
    ("send", "`chat.send(to: contact, text: \"…\")` writes to a contact, `say \"…\"` speaks in the conversation"),
    ("assign", "`conversation.assign(to: .team)` gives a conversation to a team"),
    ("assert", "`expect …` in a `test` says what has to hold"),
    ("const", "`let x = …` gives a value a name"),
    ("set", "`x = …` gives a new value, `let x = …` a new name"),
    ("sleep", "`wait 3 days` waits"),
    ("delay", "`wait 3 days` waits"),
    ("match", "`switch x { .a -> … }` looks at a value"),
    ("case", "the arms of a `switch` are written `.a -> …`"),
    ("default", "the last arm of a `switch` is written `else -> …`"),
    ("throw", "`fail \"why\"` raises a failure"),
    ("raise", "`fail \"why\"` raises a failure"),
    ("catch", "`} on failure as f { … }` catches a failure"),
    ("except", "`} on failure as f { … }` catches a failure"),
    ("loop", "`repeat 3 { … }` and `while … { … }` repeat"),
    ("foreach", "`for x in list { … }` goes through a list"),
    ("goto", "`launch other_flow(…)` goes on in another flow"),
    ("call", "a flow or action is called by its name: `f(x)`"),
    ("elif", "the next case is `else if … { … }`, on the line of the `}` before it"),
    ("elsif", "the next case is `else if … { … }`, on the line of the `}` before it"),
    ("elseif", "the next case is `else if … { … }`, on the line of the `}` before it"),
    ("unless", "`if not … { … }` asks for the contrary"),
    ("def", "a flow begins with `flow name(…) { … }`"),
    ("func", "a flow begins with `flow name(…) { … }`"),
    ("function", "a flow begins with `flow name(…) { … }`"),
    ("fn", "a flow begins with `flow name(…) { … }`"),
    ("import", "nothing is imported: each file of a project sees the others by their names"),
    ("use", "nothing is imported: each file of a project sees the others by their names"),
    ("include", "nothing is imported: each file of a project sees the others by their names"),
    ("class", "`record Name { … }` declares a type with fields"),
    ("struct", "`record Name { … }` declares a type with fields"),
    ("type", "`record Name { … }` declares a type with fields, `enum Name { … }` one with variants"),
    ("model", "`entity Name { … }` declares a type with fields that is kept"),
    ("property", "`extend Contact { name: Text? }` adds properties"),
    ("workflow", "a flow begins with `flow name(…) { … }`"),
    ("when", "a trigger is a line `on …` in a flow's header"),
];

/// Words that statements begin with, and `else`.
const STATEMENT_WORDS: &[&str] = &[
    "let", "var", "if", "else", "switch", "choice", "ask", "say", "wait", "parallel", "race", "split", "try", "launch",
    "start", "return", "stop", "fail", "for", "while", "repeat", "break", "continue", "again", "fire",
];

/// Units of time, several and one of them.
const UNITS: &[&str] = &[
    "seconds", "minutes", "hours", "days", "weeks", "months", "years", "second", "minute", "hour", "day", "week",
    "month", "year",
];

/// Words that lines of a flow's header begin with.
const CLAUSE_WORDS: &[&str] = &["on", "once", "overlap", "exit", "goal", "cap", "send", "holdout", "priority"];

/// Words that declarations begin with.
const ITEM_WORDS: &[&str] = &[
    "flow",
    "action",
    "record",
    "enum",
    "entity",
    "extend",
    "event",
    "calendar",
    "connector",
    "test",
    "team",
    "tag",
    "template",
    "article",
    "secret",
    "selection",
];

/// Offers the word that was most likely meant in place of the one that stands there.
fn with_near(diagnostic: Diagnostic, place: &Place<'_>, words: &'static [&'static str]) -> Option<Diagnostic> {
    let meant = near_word(place.text(place.at), words).filter(|_| place.found().is_name())?;
    Some(
        diagnostic
            .help(format!("Did you mean `{meant}`?"))
            .fix(format!("write `{meant}`"), vec![(place.span(place.at), meant.to_owned())]),
    )
}

/// The word that was most likely meant.
fn near_word(word: &str, words: &'static [&'static str]) -> Option<&'static str> {
    // Short words are near to many others: the same letters in another order, or one of them twice.
    let sorted = |word: &str| {
        let mut letters: Vec<u8> = word.bytes().collect();
        letters.sort_unstable();
        letters.dedup();
        letters
    };
    let letters = sorted(word);
    let same = words.iter().copied().find(|known| *known != word && word.len() >= 2 && sorted(known) == letters);
    same.or_else(|| nearest(word, words.iter().copied().filter(|known| word.len() >= 4 && known.len() >= 4)))
}

/// The same for a word that stands alone on its line.
pub(super) fn lonely_word(word: &str) -> Option<&'static str> {
    near_word(word, &["stop", "return", "break", "continue", "again"])
}

fn other_word(text: &str) -> Option<&'static str> {
    OTHER_WORDS.iter().find(|(word, _)| *word == text).map(|(_, says)| *says)
}

fn word_of_another_language(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let first = place.line_start();
    let begins = |at: usize| at == first || place.tok(at.wrapping_sub(1)) == Tok::RBrace;
    let word = [Some(place.at), place.at.checked_sub(1)].into_iter().flatten().find(|&at| begins(at))?;
    if !place.tok(word).is_name() {
        return None;
    }
    let says = other_word(place.text(word))?;
    let message = match place.tok(word) {
        Tok::Ident => format!("Flow has no `{}`", place.text(word)),
        _ => format!("no statement begins with `{}`", place.text(word)),
    };
    Some(Diagnostic::new(Code::ForeignSpelling, place.span(word), message).help(format!("In Flow, {says}.")))
}

/// `swich x {`, `let y = aks "…"`, `} esle {`
fn misspelt_word(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let first = place.line_start();
    let before = place.at.checked_sub(1)?;
    let behind_block = place.prev() == Tok::RBrace;
    let value = matches!(place.tok(before.wrapping_sub(1)), Tok::Equals | Tok::Arrow | Tok::Colon);
    let (at, words): (usize, &[&str]) = match () {
        () if place.opener() != Tok::LBrace => return None,
        () if behind_block && place.found() == Tok::Ident => (place.at, &["else", "on"]),
        () if before == first && place.prev() == Tok::Ident => (before, STATEMENT_WORDS),
        () if value && place.prev() == Tok::Ident && !stop.takes("name") => (before, &["ask", "switch", "start"]),
        () => return None,
    };
    let word = place.text(at);
    let meant = near_word(word, words)?;
    let what = if words == STATEMENT_WORDS { "no statement begins with" } else { "there is no word" };
    Some(
        Diagnostic::new(Code::UnexpectedToken, place.span(at), format!("{what} `{word}`"))
            .help(format!("Did you mean `{meant}`?"))
            .fix(format!("write `{meant}`"), vec![(place.span(at), meant.to_owned())]),
    )
}

fn unit_is_no_unit(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    if place.prev() != Tok::Int || !place.found().is_name() {
        return None;
    }
    let (amount, word) = (place.prev_text(), place.text(place.at));
    let units = ["seconds", "minutes", "hours", "days", "weeks", "months", "years"];
    let unit = units.into_iter().find(|unit| {
        let begins = unit.bytes().zip(word.bytes()).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
        begins >= 2 || (begins == 1 && word.len() == 1) || (*unit == "minutes" && word == "mn")
    });
    let unit = unit.or_else(|| near_word(word, UNITS));
    if matches!(place.first(), Tok::Repeat) && word.starts_with("time") {
        let message = "`repeat 3 { … }` says the number alone";
        return Some(
            unexpected(place, message)
                .fix(format!("remove `{word}`"), vec![(place.gap(place.at).to(place.span(place.at)), String::new())]),
        );
    }
    let help = match unit {
        Some(unit) => format!("Did you mean `{amount} {unit}`?"),
        None => {
            "Units are seconds, minutes, hours, days, weeks, months, years, business days and business hours.".into()
        }
    };
    let waits = matches!(place.first(), Tok::Wait | Tok::After | Tok::Advance | Tok::Once | Tok::Goal);
    if !waits && unit.is_none() {
        return None;
    }
    let mut diagnostic =
        Diagnostic::new(Code::MissingUnit, place.span(place.at), format!("`{word}` is no unit of time")).help(help);
    if let Some(unit) = unit {
        diagnostic = diagnostic.fix(format!("write `{amount} {unit}`"), vec![(place.span(place.at), unit.into())]);
    }
    Some(diagnostic)
}

fn equals_in_arguments(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    if place.found() != Tok::Equals || !place.prev().is_name() {
        return None;
    }
    let before_opener = super::regions::opener(place.tokens, place.at).and_then(|at| at.checked_sub(1));
    let is_called = before_opener.is_some_and(|at| place.tok(at).is_name());
    let what = match (place.opener(), stop.takes(":")) {
        (Tok::LParen, _) if !is_called => {
            return Some(
                Diagnostic::new(Code::AssignmentAsCondition, place.span(place.at), "`=` gives a value, `==` compares")
                    .help("Write `==` to ask whether two values are equal.")
                    .fix("write `==`", vec![(place.span(place.at), "==".into())]),
            );
        }
        (Tok::LParen, _) => "the name of an argument ends with `:`",
        (Tok::LBrace, true) => "what it is given stands behind `:`",
        _ => return None,
    };
    let gap = place.gap(place.at).to(place.span(place.at));
    Some(unexpected(place, what).fix("write `:`", vec![(gap, ":".into())]))
}

fn colon_for_arrow(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    if place.found() != Tok::Colon || !stop.takes("->") {
        return None;
    }
    let (first, arrow) = (place.line_start(), (place.span(place.at), " ->".to_owned()));
    if place.text(first) == "case" {
        let word = Span { end: place.span(first + 1).start, ..place.span(first) };
        return Some(
            Diagnostic::new(Code::ForeignSpelling, place.span(first), "Flow has no `case`")
                .help("The arms of a `switch` are written `.a -> …`.")
                .fix("write `->`", vec![(word, String::new()), arrow]),
        );
    }
    let message = match place.prev() {
        Tok::RParen if place.opener() == Tok::Eof => "what is given back stands behind `->`",
        _ => "an arm goes on with `->`",
    };
    Some(unexpected(place, message).fix("write `->`", vec![arrow]))
}

fn else_without_as(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    if place.around() != Tok::Choice || place.prev() != Tok::Else || !place.found().is_name() || !stop.takes("as") {
        return None;
    }
    let (word, gap) = (place.text(place.at), place.span(place.at));
    let before = crate::diag::Span { end: gap.start, ..gap };
    Some(
        unexpected(place, format!("what was written instead gets its name with `else as {word}`"))
            .fix("add `as`", vec![(before, "as ".into())]),
    )
}

/// `contact.first_name default "there"`
fn default_of_a_value(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let word = place.text(place.at);
    let is_word = matches!(word, "default" | "otherwise" | "ifnull") && place.found() == Tok::Ident;
    (is_word && stop.takes("??")).then(|| {
        Diagnostic::new(Code::ForeignSpelling, place.span(place.at), format!("Flow has no `{word}` behind a value"))
            .help("What is taken where a value is missing stands behind `??`.")
            .fix("write `??`", vec![(place.span(place.at), "??".into())])
    })
}

/// `wait until x > 3 { after 1 day -> … }`
fn arms_after_condition(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    (place.found() == Tok::LBrace && place.first() == Tok::Wait).then(|| {
        unexpected(place, "a `wait` with arms says all that it waits for in them").help(
            "Write `wait {`, and in it one line for each: `when contact.plan == .pro -> …`, `on clicked(contact) -> …`, \
             `after 3 days -> …`.",
        )
    })
}

/// `if x is null {`, `if x then`, `let y = await f()`
fn word_amid_a_line(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let (word, span) = (place.text(place.at), place.span(place.at));
    let foreign =
        |span: Span, word: &str| Diagnostic::new(Code::ForeignSpelling, span, format!("Flow has no `{word}` here"));
    if place.found() == Tok::Ident && word == "is" && stop.takes("==") {
        return Some(
            foreign(span, word)
                .help("Values are compared with `==` and `!=`.")
                .fix("write `==`", vec![(span, "==".into())]),
        );
    }
    if word == "then" && stop.takes("{") {
        return Some(foreign(span, word).help("What is done then stands in braces: `if x { … } else { … }`."));
    }
    let before = place.at.checked_sub(1)?;
    if place.prev() == Tok::Ident && place.prev_text() == "await" && place.found().is_name() {
        let span = place.span(before);
        let with_blank = Span { end: place.span(place.at).start, ..span };
        return Some(
            foreign(span, "await")
                .help("A call waits for its result by itself.")
                .fix("remove `await`", vec![(with_blank, String::new())]),
        );
    }
    None
}

/// `for i in 1..10 {`
fn range_of_numbers(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    (place.found() == Tok::Dot && place.prev() == Tok::Dot).then(|| {
        unexpected(place, "there are no ranges of numbers")
            .help("`repeat 10 { … }` repeats; `for x in list { … }` goes through a list.")
    })
}

/// `50% -> …` in a `split`
fn side_without_name(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let unnamed = place.found() == Tok::Arrow && place.prev() == Tok::Percent && place.around() == Tok::Split;
    unnamed.then(|| {
        let share = place.prev_text();
        unexpected(place, "each side of a `split` has a name")
            .at("expected a name")
            .help(format!("It stands in reports, and keeps contacts on their side: `{share} calm -> …`."))
    })
}

fn missing_arrow(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let arms = match place.around() {
        Tok::Choice => "an option of this `choice`",
        Tok::Wait => "an arm of this `wait`",
        Tok::Switch => "an arm of this `switch`",
        Tok::Split => "an arm of this `split`",
        _ if place.in_switch() => "an arm of this `switch`",
        _ => return None,
    };
    if !stop.takes("->") || place.opener() != Tok::LBrace {
        return None;
    }
    let gap = place.gap(place.at);
    let mut diagnostic = Diagnostic::new(
        Code::UnexpectedToken,
        place.span(place.at),
        format!("{arms} needs a `->` before what it does"),
    )
    .label(gap, "`->` is missing here")
    .help("An arm reads: when it is taken, `->`, what happens then.");
    if place.found() != Tok::Newline && place.found() != Tok::RBrace {
        diagnostic = diagnostic.fix("add `->`", vec![(gap, " ->".into())]);
    }
    if place.found() == Tok::Newline {
        diagnostic.primary.span = gap;
        diagnostic.labels.clear();
    }
    Some(diagnostic)
}

fn else_without_if(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    (place.found() == Tok::Else).then(|| {
        unexpected(place, "this `else` has no `if` before it")
            .help("`else` stands behind the `}` of an `if`, behind the value of a `let`, or begins the last arm.")
    })
}

/// `Text[]`, `[Text]`: a list type as other languages write it.
fn list_type(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    if place.found() != Tok::LBracket {
        return None;
    }
    let at = place.at;
    let named = |at: usize| Some(at).filter(|at| place.tok(*at).is_name());
    let begins = |at: Option<usize>| at.is_some_and(|at| matches!(place.tok(at), Tok::Colon | Tok::Arrow | Tok::Less));
    let (name, from, to) = match place.tok(at + 1) {
        Tok::RBracket => {
            let name = at.checked_sub(1).and_then(named).filter(|name| begins(name.checked_sub(1)))?;
            (name, name, at + 1)
        }
        _ => {
            let name = named(at + 1).filter(|_| place.tok(at + 2) == Tok::RBracket && begins(at.checked_sub(1)))?;
            (name, at, at + 2)
        }
    };
    let written = format!("List<{}>", place.text(name));
    let span = place.span(from).to(place.span(to));
    Some(
        Diagnostic::new(Code::ForeignSpelling, span, "a list is not written with `[ ]` where its type stands")
            .help(format!("Write `{written}`."))
            .fix(format!("write `{written}`"), vec![(span, written)]),
    )
}

fn index(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let after_value = place.prev().is_name() || matches!(place.prev(), Tok::RParen | Tok::RBracket);
    let adjacent = place.gap(place.at).end == place.span(place.at).start;
    (place.found() == Tok::LBracket && after_value && adjacent).then(|| {
        unexpected(place, "elements are not taken with `[ ]`")
            .help("A list has `.first`, `.last` and `.get(0)`; a map has `.get(key)`.")
    })
}

fn question_mark(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    (place.found() == Tok::Question).then(|| {
        unexpected(place, "`?` belongs to types and to `?.`")
            .help("Whether something is there is asked with `x != null`; a default is given with `x ?? other`.")
    })
}

/// `stop 3`
fn value_after_stop(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let stop = place.at.checked_sub(1).filter(|_| place.prev() == Tok::Stop)?;
    let found = place.found();
    let ends = matches!(found, Tok::Newline | Tok::RBrace | Tok::Eof) || found.begins_statement();
    (!ends).then(|| {
        unexpected(place, "`stop` ends the whole run, which has no value")
            .help("`return` gives a value to whoever called the flow.")
            .fix("write `return`", vec![(place.span(stop), "return".into())])
    })
}

fn value_is_a_statement(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let word = place.text(place.at);
    (place.found().begins_statement() && stop.takes_value()).then(|| {
        let diagnostic = unexpected(place, format!("`{word}` is a statement and has no value")).at("expected a value");
        if place.found() == Tok::If {
            return diagnostic.help("A value that depends on another is written `switch x { .a -> 1` … `else -> 2 }`.");
        }
        diagnostic.help(format!("Let `{word}` stand on a line of its own, and name what comes of it before."))
    })
}

fn declaration_inside(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let first = place.line_start();
    let is_declaration = place.tok(first).begins_item() && place.at == first + 1 && place.found().is_name();
    if !is_declaration || place.opener() != Tok::LBrace || stop.takes("name") || stop.takes(":") {
        return None;
    }
    let word = place.text(first);
    Some(
        Diagnostic::new(Code::UnexpectedToken, place.span(first), format!("`{word}` is declared outside of flows"))
            .help("Declarations stand at the left margin of a file, one after the other."),
    )
}

fn missing_value(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let first = place.first();
    if matches!(first, Tok::Let | Tok::Var) && stop.takes("=") && !stop.takes("+") {
        let name = place.text(place.line_start() + 1);
        let word = if first == Tok::Let { "let" } else { "var" };
        let ends = matches!(place.found(), Tok::Newline | Tok::RBrace | Tok::Eof);
        let span = if ends { place.gap(place.at) } else { place.span(place.at) };
        return Some(
            Diagnostic::new(Code::UnexpectedToken, span, format!("`{name}` is given no value"))
                .at("expected `=`")
                .help(format!("Write `{word} {name} = …`.")),
        );
    }
    None
}

/// `id Text`, `retry 3`, `let x Text = …`
fn missing_colon(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let found = place.found();
    let begins = found.is_name()
        || matches!(found, Tok::Text(_) | Tok::TextHead(_) | Tok::Int | Tok::Number | Tok::Duration | Tok::Dot);
    let declares =
        place.opener() == Tok::LParen && matches!(place.around(), Tok::Flow | Tok::Action | Tok::Event | Tok::At);
    let in_pairs = match place.opener() {
        Tok::LBrace => true,
        Tok::LParen => declares,
        _ => false,
    };
    if !begins || !place.prev().is_name() || !stop.takes(":") || !in_pairs {
        return None;
    }
    let (name, gap) = (place.prev_text(), place.gap(place.at));
    let before = place.at.checked_sub(1)?;
    if declares && found.is_name() && name.starts_with(char::is_uppercase) {
        let (whole, swapped) =
            (place.span(before).to(place.span(place.at)), format!("{}: {name}", place.text(place.at)));
        return Some(
            unexpected(place, "the name stands first, then its type")
                .help(format!("Write `{swapped}`."))
                .fix(format!("write `{swapped}`"), vec![(whole, swapped)]),
        );
    }
    let in_fields = place.around() == Tok::FieldsWord;
    let in_let = matches!(place.first(), Tok::Let | Tok::Var) && place.at == place.line_start() + 2;
    let is_type = declares || in_fields || in_let;
    let what = if is_type { "its type" } else { "its value" };
    let diagnostic = unexpected(place, format!("a `:` is missing between `{name}` and {what}"));
    let written = match found {
        Tok::TextHead(_) | Tok::Dot => "…",
        _ => place.text(place.at),
    };
    Some(diagnostic.help(format!("Write `{name}: {written}`.")).fix("add `:`", vec![(gap, ":".into())]))
}

fn no_body(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    if place.found() != Tok::Eof || !stop.takes("{") || !matches!(place.tok(0), Tok::Flow | Tok::Test) {
        return None;
    }
    let word = place.text(0);
    Some(
        Diagnostic::new(Code::UnexpectedToken, place.gap(place.at), format!("this `{word}` does nothing"))
            .at("expected `{`")
            .help("Its statements stand in `{ }`."),
    )
}

fn no_parentheses(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let keyword = place.line_start();
    if place.tok(keyword) == Tok::Fire && stop.takes("(") && matches!(place.found(), Tok::Newline | Tok::RBrace) {
        let (event, gap) = (place.prev_text(), place.gap(place.at));
        return Some(
            Diagnostic::new(Code::UnexpectedToken, gap, format!("`fire` does not say what `{event}` carries"))
                .at("expected `(`")
                .help("Behind the name stand its values in parentheses, `()` if it has none.")
                .fix("add `()`", vec![(gap, "()".into())]),
        );
    }
    if !matches!(place.tok(keyword), Tok::Flow | Tok::Action)
        || !stop.takes("(")
        || !place.prev().is_name()
        || stop.takes("}")
    {
        return None;
    }
    let (word, name, gap) = (place.text(keyword), place.prev_text(), place.gap(place.at));
    if place.found() == Tok::Minus || place.found().is_name() {
        let rest = place.text(if place.found() == Tok::Minus { place.at + 1 } else { place.at });
        return Some(
            unexpected(
                place,
                format!("the name of {} is one word", if word == "flow" { "a flow" } else { "an action" }),
            )
            .help(format!("Join its words: `{word} {name}_{rest}(…)`.")),
        );
    }
    let diagnostic = Diagnostic::new(Code::UnexpectedToken, gap, format!("`{name}` does not say what it gets"))
        .at("expected `(`")
        .help(format!("Write `{word} {name}()` if it gets nothing."));
    Some(diagnostic.fix("add `()`", vec![(gap, "()".into())]))
}

fn for_without_in(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    (place.first() == Tok::For && stop.takes("in") && !stop.takes("name")).then(|| {
        let mut diagnostic = unexpected(place, "a loop reads `for x in list { … }`")
            .at("expected `in`")
            .help("Name one item, then the list: `for order in orders { … }`.");
        let first = place.line_start() + 1;
        if place.text(first) == "each" && place.found().is_name() {
            let extra = place.span(first).to(place.span(place.at));
            diagnostic = diagnostic.fix("remove `each`", vec![(extra, place.text(place.at).to_owned())]);
        }
        diagnostic
    })
}

fn try_without_handler(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    (place.first() == Tok::Try && stop.takes("on") && !stop.takes("name")).then(|| {
        Diagnostic::new(Code::UnexpectedToken, place.gap(place.at), "this `try` does not say what happens on a failure")
            .at("expected `on failure`")
            .help("Write `} on failure as f { … }` behind it.")
    })
}

fn text_beside_value(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let is_text = |tok: Tok| matches!(tok, Tok::Text(_) | Tok::TextTail(_));
    let begins_text = matches!(place.found(), Tok::Text(_) | Tok::TextHead(_));
    let joins = (is_text(place.prev()) && (begins_text || place.found().is_name() || place.found() == Tok::Int))
        || (begins_text && (place.prev().is_name() || place.prev() == Tok::RParen));
    let in_list = matches!(place.opener(), Tok::LParen | Tok::LBracket);
    if !joins
        || in_list
        || !matches!(place.first(), Tok::Say | Tok::Let | Tok::Var | Tok::Ask | Tok::Choice | Tok::Return)
    {
        return None;
    }
    Some(
        unexpected(place, "two values stand side by side")
            .label(place.span(place.at - 1), "the value before it")
            .help("Put values into a text with `\"… {{value}} …\"`, or join them with `+`."),
    )
}

fn record_in_braces(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let before = place.at.checked_sub(1).map_or("", |at| place.text(at));
    let type_name = place.prev().is_name() && before.starts_with(|first: char| first.is_ascii_uppercase());
    let after_as = place.at.checked_sub(2).is_some_and(|at| place.text(at) == "as");
    if place.found() != Tok::LBrace || !type_name || after_as {
        return None;
    }
    Some(unexpected(place, "a record is built with round brackets").help(format!("Write `{before}(field: value, …)`.")))
}

fn missing_comma(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let found = place.found();
    let begins_value = found.is_name()
        || matches!(
            found,
            Tok::Text(_)
                | Tok::TextHead(_)
                | Tok::Int
                | Tok::Number
                | Tok::Duration
                | Tok::True
                | Tok::False
                | Tok::Null
                | Tok::LBrace
        );
    // In a block a brace begins no value that a comma could set off.
    let in_list = match place.opener() {
        Tok::LParen | Tok::LBracket => true,
        Tok::LBrace => found != Tok::LBrace,
        _ => false,
    };
    if !begins_value || !in_list || !stop.takes(",") {
        return None;
    }
    let gap = place.gap(place.at);
    Some(
        Diagnostic::new(Code::UnexpectedToken, place.span(place.at), "a comma is missing before this")
            .label(gap, "expected `,`")
            .fix("add a comma", vec![(gap, ",".into())]),
    )
}

/// A line at the top of a file that begins no declaration.
pub fn not_an_item(place: &Place<'_>) -> Diagnostic {
    let (found, word) = (place.found(), place.text(place.at));
    if found.is_name()
        && let Some(says) = other_word(word)
    {
        let message = format!("Flow has no `{word}`");
        return Diagnostic::new(Code::ForeignSpelling, place.span(place.at), message).help(format!("In Flow, {says}."));
    }
    let help = "A file consists of declarations: `flow`, `action`, `record`, `enum`, `entity`, `extend`, `event`, \
                `calendar`, `connector`, `test`, and lists like `team`, `tag`, `template`, `secret`.";
    if found.begins_clause() {
        let message = format!("this line with `{word}` belongs to no flow");
        return Diagnostic::new(Code::OutsideFlow, place.span(place.at), message)
            .help("It stands in a flow's header, between `flow name(…)` and the `{` of its statements.");
    }
    if found.begins_statement()
        || (found.is_name() && matches!(place.tok(place.at + 1), Tok::LParen | Tok::Dot | Tok::Equals))
    {
        return Diagnostic::new(Code::OutsideFlow, place.span(place.at), "a statement stands outside of any flow")
            .help("Put it into a flow: `flow name(…) { … }`.");
    }
    if found == Tok::LBrace {
        return Diagnostic::new(Code::OutsideFlow, place.span(place.at), "this block belongs to nothing")
            .help("Put a declaration before it: `flow name(…) { … }`.");
    }
    let diagnostic = unexpected(place, format!("no declaration begins with {}", super::errors::name_of(found, word)));
    with_near(diagnostic.clone(), place, ITEM_WORDS).unwrap_or_else(|| diagnostic.help(help))
}
