//! The grammar as people read it, `grammar/flow.ebnf`: read, and programs derived from it by chance.

use flow_fuzz::guess::Dice;
use std::collections::BTreeMap;

/// What a rule says.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// `"let"`
    Word(String),
    /// `Expr`
    Rule(String),
    /// One after the other.
    All(Vec<Piece>),
    /// `a | b`
    One(Vec<Piece>),
    /// `[ a ]`
    Maybe(Box<Piece>),
    /// `{ a }`
    Many(Box<Piece>),
}

/// The rules by name. Those about single characters (`Str`, `Name` …) are prose.
pub type Grammar = BTreeMap<String, Piece>;

/// Reads the grammar.
///
/// # Panics
/// Where it is no EBNF.
pub fn read(text: &str) -> Grammar {
    let mut words = Vec::new();
    for line in text.lines() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = match first {
                '#' => break,
                '"' | '\'' => rest[1..].find(first).map_or(rest.len(), |end| end + 2),
                c if c.is_alphabetic() => rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len()),
                c => c.len_utf8(),
            };
            words.push(&rest[..length]);
            rest = rest[length..].trim_start();
        }
    }
    let mut rules = Grammar::new();
    for rule in words.split(|word| *word == ";").filter(|rule| !rule.is_empty()) {
        let [name, "=", body @ ..] = rule else { panic!("no rule: {rule:?}") };
        let mut body = body;
        let piece = choice(&mut body);
        assert!(body.is_empty(), "{name} goes on with {body:?}");
        assert!(rules.insert((*name).to_owned(), piece).is_none(), "{name} is there twice");
    }
    rules
}

fn choice(words: &mut &[&str]) -> Piece {
    let mut arms = Vec::new();
    loop {
        let mut all = Vec::new();
        while let [first, rest @ ..] = words {
            *words = rest;
            all.push(match *first {
                "{" => Piece::Many(Box::new(choice(words))),
                "[" => Piece::Maybe(Box::new(choice(words))),
                "(" => choice(words),
                "}" | "]" | ")" => {
                    arms.push(Piece::All(all));
                    return Piece::One(arms);
                }
                "|" => break,
                word => match word.strip_prefix(['"', '\'']) {
                    Some(quoted) => Piece::Word(quoted[..quoted.len() - 1].to_owned()),
                    None => Piece::Rule(word.to_owned()),
                },
            });
        }
        arms.push(Piece::All(all));
        if words.is_empty() || matches!(arms.last(), Some(Piece::All(all)) if all.is_empty()) {
            return Piece::One(arms);
        }
    }
}

/// Every rule and every quoted word that a piece names.
pub fn named(piece: &Piece, rules: &mut Vec<String>, words: &mut Vec<String>) {
    match piece {
        Piece::Word(word) => words.push(word.clone()),
        Piece::Rule(rule) => rules.push(rule.clone()),
        Piece::All(all) | Piece::One(all) => all.iter().for_each(|piece| named(piece, rules, words)),
        Piece::Maybe(piece) | Piece::Many(piece) => named(piece, rules, words),
    }
}

/// Derives a program: the shorter the less `room` is left.
pub struct Writer<'g> {
    grammar: &'g Grammar,
    dice: Dice,
    /// How much it costs at least to finish a rule.
    costs: BTreeMap<&'g str, u32>,
    /// The program so far.
    pub text: String,
    /// In a flow's header a `{` outside of brackets opens the body.
    header: bool,
}

/// Bytes after which a program comes to its end.
const ENOUGH: usize = 600;

/// Rules that are prose: their examples.
fn example(rule: &str) -> Option<&'static [&'static str]> {
    Some(match rule {
        "Name" => &[
            "a",
            "other",
            "Contact",
            "_x1",
            "team",
            "tag",
            "record",
            "entity",
            "event",
            "enum",
            "calendar",
            "action",
            "connector",
            "flow",
            "test",
            "on",
            "once",
            "overlap",
            "exit",
            "goal",
            "cap",
            "send",
            "holdout",
            "priority",
            "per",
            "every",
            "within",
            "when",
            "in",
            "at",
            "where",
            "from",
            "show",
            "after",
            "path",
            "failure",
            "fails",
            "returns",
            "then",
            "mock",
            "advance",
            "days",
            "business",
        ],
        "Str" => &["\"\"", "\"words\"", "\"{{a}} and {{b.c ?? \"none\"}}\"", "\"\"\"\n    more\n    words\n    \"\"\""],
        "text" => &["\"key\"", "\"two words\""],
        "integer" => &["0", "42", "1_000"],
        "number" => &["19.90", "0.5"],
        "Percentage" => &["50%", "12.5%"],
        "time" => &["09:00", "23:59:30"],
        "Anchor" => &["#topic", "#a_1"],
        _ => return None,
    })
}

const UNITS: [&str; 11] = [
    "second",
    "minutes",
    "hours",
    "days",
    "day",
    "weeks",
    "month",
    "years",
    "business days",
    "business hours",
    "business day",
];

impl<'g> Writer<'g> {
    /// A writer who throws these dice.
    pub fn new(grammar: &'g Grammar, seed: u64) -> Self {
        let mut costs = BTreeMap::new();
        // Until nothing changes: a rule costs one more than its cheapest way.
        loop {
            let mut news = false;
            for (name, piece) in grammar {
                let cost = if example(name).is_some() { Some(1) } else { cost(piece, &costs) };
                if let Some(cost) = cost.map(|cost| cost + 1)
                    && costs.get(&**name) != Some(&cost)
                {
                    costs.insert(name.as_str(), cost);
                    news = true;
                }
            }
            if !news {
                break;
            }
        }
        Writer { grammar, dice: Dice::new(seed), costs, text: String::new(), header: false }
    }

    fn word(&mut self, word: &str) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push(' ');
        }
        self.text.push_str(word);
    }

    /// Writes a rule.
    ///
    /// # Panics
    /// When nothing is known of it.
    pub fn rule(&mut self, name: &str, room: u32) {
        if name == "NL" {
            self.text.push('\n');
        } else if name == "unit" {
            let unit = UNITS[self.dice.roll(UNITS.len() as u64) as usize];
            self.word(unit);
        } else if let Some(examples) = example(name) {
            let one = examples[self.dice.roll(examples.len() as u64) as usize];
            self.word(one);
        } else {
            let grammar = self.grammar;
            let piece = grammar.get(name).unwrap_or_else(|| panic!("no rule {name}"));
            let outer = self.header;
            self.header = name == "ClauseKind" || outer && name != "Args";
            let room = if self.text.len() > ENOUGH { 0 } else { room.saturating_sub(1) };
            match name {
                "Primary" if self.header => self.rule("Atom", room),
                "Policy" if self.header => {}
                _ => self.piece(piece, room),
            }
            self.header = outer;
        }
    }

    fn piece(&mut self, piece: &Piece, room: u32) {
        match piece {
            Piece::Word(word) => self.word(word),
            Piece::Rule(rule) => self.rule(rule, room),
            Piece::All(all) => all.iter().for_each(|piece| self.piece(piece, room)),
            Piece::One(arms) => {
                let fits: Vec<&Piece> =
                    arms.iter().filter(|arm| cost(arm, &self.costs).is_some_and(|cost| cost <= room)).collect();
                let arm = match fits.len() {
                    0 => arms.iter().min_by_key(|arm| cost(arm, &self.costs).unwrap_or(u32::MAX)).expect("an arm"),
                    count => fits[self.dice.roll(count as u64) as usize],
                };
                self.piece(arm, room);
            }
            Piece::Maybe(piece) => {
                if cost(piece, &self.costs).is_some_and(|cost| cost <= room) && self.dice.roll(2) == 0 {
                    self.piece(piece, room);
                }
            }
            Piece::Many(piece) => {
                while self.text.len() < ENOUGH
                    && cost(piece, &self.costs).is_some_and(|cost| cost <= room)
                    && self.dice.roll(3) == 0
                {
                    self.piece(piece, room);
                }
            }
        }
    }
}

/// How deep a piece goes at least; nothing where that is not known yet.
fn cost(piece: &Piece, costs: &BTreeMap<&str, u32>) -> Option<u32> {
    match piece {
        Piece::Word(_) | Piece::Maybe(_) | Piece::Many(_) => Some(0),
        Piece::Rule(rule) if rule == "NL" || rule == "unit" || example(rule).is_some() => Some(1),
        Piece::Rule(rule) => costs.get(&**rule).copied(),
        Piece::All(all) => all.iter().map(|piece| cost(piece, costs)).try_fold(0, |most, cost| Some(most.max(cost?))),
        Piece::One(arms) => arms.iter().filter_map(|arm| cost(arm, costs)).min(),
    }
}
