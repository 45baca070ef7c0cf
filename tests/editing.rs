//! A project as it is being written: whatever is typed, cut, pasted and undone, what an editor is told is what a check of the
//! whole project says.

use flow_lang::check::Settings;
use flow_lang::compile::{Input, compile_within};
use flow_lang::diag::Diagnostic;
use flow_lang::ide::Host;
use flow_tests::project::{library, programs, settings, words_of_examples};

/// A generator of numbers that is the same everywhere: xorshift64 (Marsaglia, 2003).
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides.max(1) as u64) as usize
    }

    /// A border of characters in a text.
    fn place(&mut self, text: &str) -> usize {
        let mut at = self.throw(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

/// What hands type, one after the other or at once.
const PIECES: &[&str] = &[
    " ",
    "\n",
    "}",
    "{",
    "(",
    ")",
    "\"",
    "{{",
    "}}",
    ".",
    ",",
    ":",
    "->",
    "#",
    "//",
    "///",
    "contact",
    "conversation",
    "say \"hi\"\n",
    "let x = 1\n",
    "let y = contact.email\n",
    "wait 3 days\n",
    "if x {\n}\n",
    "flow other(contact: Contact) {\n}\n",
    "enum Plan { a, b }\n",
    "extend Contact { extra: Text? }\n",
    "record Order { id: Text }\n",
    "team support\n",
    "é",
    "😀",
    "\r\n",
    "0",
    "null",
    "stop\n",
    "x",
    "_",
    "event paid(contact: Contact)\n",
    "test \"t\" {\n}\n",
    "start other(contact)\n",
    "launch other(contact)\n",
    "case",
    "switch x {\n}\n",
];

/// A person at work on a project.
struct Hands {
    dice: Dice,
    files: Vec<(String, String)>,
    clipboard: String,
    /// (file, its text before), the last change last.
    done: Vec<(usize, String)>,
}

impl Hands {
    /// Changes a file, and says which.
    fn act(&mut self) -> usize {
        // Most of what is done is done where something has just been done.
        let last = self.done.last().map(|(file, _)| *file).filter(|_| self.dice.throw(8) != 0);
        let file = last.unwrap_or_else(|| self.dice.throw(self.files.len()));
        let text = self.files[file].1.clone();
        let act = self.dice.throw(12);
        if let (10.., Some((file, before))) = (act, self.done.pop_if(|_| act >= 10)) {
            self.files[file].1 = before;
            return file;
        }
        let from = self.dice.place(&text);
        let line = from + text[from..].find('\n').map_or(0, |at| at + 1);
        let mut to = (from + self.dice.throw(60)).min(text.len());
        while !text.is_char_boundary(to) {
            to += 1;
        }
        let mut changed = text.clone();
        match act {
            0..5 => changed.insert_str(from, PIECES[self.dice.throw(PIECES.len())]),
            5 => changed.replace_range(from..to, ""),
            6 => {
                self.clipboard = text[from..to].to_owned();
                changed.replace_range(from..to, "");
            }
            7 => changed.insert_str(line, &self.clipboard),
            8 => {
                let until = (line + text[line..].find('\n').map_or(0, |at| at + 1)).min(text.len());
                self.clipboard = text[line..until].to_owned();
                changed.replace_range(line..until, "");
            }
            _ => changed.insert_str(from, &self.clipboard),
        }
        // Nobody lets a file become three times what it was.
        if changed.len() < 40_000 {
            self.done.push((file, text));
            self.files[file].1 = changed;
        }
        file
    }
}

fn fresh(files: &[(String, String)], settings: &Settings) -> Vec<Diagnostic> {
    let own = files.iter().map(|(path, text)| Input {
        path: path.as_str().into(),
        text: text.clone().into_bytes(),
        library: false,
    });
    compile_within(&own.chain(library()).collect::<Vec<_>>(), settings).diagnostics
}

/// What may be said of a program only once it is built is not asked for while it is typed.
fn same(told: &[Diagnostic], fresh: &[Diagnostic], what: &str) {
    let first = told.iter().zip(fresh).position(|(one, other)| one != other);
    let at = first.unwrap_or(told.len().min(fresh.len()));
    assert!(
        told == fresh,
        "{what}: {} told, {} fresh; they part at {at}:\n{:#?}\n{:#?}",
        told.len(),
        fresh.len(),
        told.get(at),
        fresh.get(at)
    );
}

/// Two files of which one is wrong about what the other declares.
const CROSSED: [(&str, &str); 2] = [
    (
        "declared.flow",
        "flow before(contact: Contact) {\n    stop\n}\n\nrecord Parcel { id: Text, weight: Number }\n\n\
         flow wanted(contact: Contact, parcel: Parcel) -> Int { return 1 }\n",
    ),
    (
        "crossed.flow",
        "flow crossed(contact: Contact) {\n    let n = declared.wanted(contact)\n    let p = declared.Parcel(id: n, width: 2)\n    \
         let q = declared.wanted(contact, parcel: n)\n}\n",
    ),
];

#[test]
fn what_points_into_another_file_moves_with_it() {
    let mut files: Vec<(String, String)> =
        CROSSED.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    files.sort();
    let settings = Settings::default();
    let mut host = Host::new(library());
    for (path, text) in &files {
        host.set(path, text.clone().into_bytes());
    }
    let before = host.analyse();
    let elsewhere = |told: &Diagnostic| told.labels.iter().any(|label| label.span.file != told.primary.span.file);
    assert!(before.diagnostics().iter().any(elsewhere), "{:#?}", before.diagnostics());
    for typed in ["    // a line\n", "    let x = 1\n", "\n\n"] {
        let at = files[1].1.find("    stop").unwrap();
        files[1].1.insert_str(at, typed);
        host.set(&files[1].0, files[1].1.clone().into_bytes());
        same(host.analyse().diagnostics(), &fresh(&files, &settings), typed);
    }
}

/// Statements that matter to what is said of a project as a whole; `{}` is a flow.
const STATEMENTS: [&str; 14] = [
    "ask \"Well?\"",
    "say \"hi\"",
    "let _answer = ask \"And?\" as Text, timeout: 5 minutes",
    "conversation.close()",
    "stop",
    "if conversation.contact.score > 1 { stop }",
    "{}(conversation)",
    "{}(conversation)",
    "if conversation.contact.score > 2 { launch {}(conversation) }",
    "start {}(conversation)",
    "while true { say \"again\" }",
    "while true { wait 1 day }",
    "parallel {\n        path one { conversation.contact.score = 1 }\n        path two { {}(conversation) }\n    }",
    "launch {}(conversation)",
];

/// Flows that lead to each other, over and over in other ways: a statement comes or goes, and the rest is as it was.
#[test]
fn what_leads_where_changes() {
    const FILES: usize = 3;
    const FLOWS: usize = 4;
    let mut dice = Dice(0x5eed_0003);
    let mut bodies: Vec<Vec<Vec<String>>> = vec![vec![Vec::new(); FLOWS]; FILES];
    let text = |file: usize, flows: &[Vec<String>]| {
        let mut text = String::new();
        for (number, lines) in flows.iter().enumerate() {
            let on = if (file + number).is_multiple_of(3) { "\n    on message.received\n" } else { " " };
            let lines: String = lines.iter().map(|line| format!("    {line}\n")).collect();
            text.push_str(&format!("flow f{number}(conversation: Conversation){on}{{\n    conversation.add_note(\"{number}\")\n{lines}}}\n\n"));
        }
        if file == 0 {
            text.push_str("extend Contact { score: Int = 0 }\n");
        }
        (format!("m{file}.flow"), text)
    };
    let settings = settings(std::iter::empty(), &["email", "sms"]);
    let mut host = Host::new(library());
    host.configure(settings.clone());
    let (mut said, mut codes) = (0, std::collections::HashSet::new());
    for change in 0..300 {
        let (file, flow) = (dice.throw(FILES), dice.throw(FLOWS));
        let lines = &mut bodies[file][flow];
        let at = dice.throw(lines.len() + 1);
        if lines.len() > 3 || !lines.is_empty() && dice.throw(3) == 0 {
            lines.remove(at.min(lines.len() - 1));
        } else {
            let other = format!("m{}.f{}", dice.throw(FILES), dice.throw(FLOWS));
            lines.insert(at, STATEMENTS[dice.throw(STATEMENTS.len())].replace("{}", &other));
        }
        let files: Vec<(String, String)> = bodies.iter().enumerate().map(|(file, flows)| text(file, flows)).collect();
        for (path, text) in &files {
            host.set(path, text.clone().into_bytes());
        }
        let told = host.analyse();
        same(told.diagnostics(), &fresh(&files, &settings), &format!("change {change}"));
        said += told.diagnostics().len();
        codes.extend(told.diagnostics().iter().map(|told| told.code.number()));
    }
    assert!(
        said > 1_000 && ["W0401", "W0402", "W0403", "W0405", "W0407"].iter().all(|code| codes.contains(code)),
        "{said} {codes:?}"
    );
}

/// Works on the examples for so many changes; compares after every `each`th.
fn work(seed: u64, changes: usize, each: usize) {
    let files: Vec<(String, String)> =
        programs("../examples").into_iter().map(|(name, text)| (format!("{name}.flow"), text)).collect();
    let words = words_of_examples();
    let settings = settings(words.iter().map(|(path, text)| (path.as_str(), text.as_slice())), &["email", "sms"]);
    let mut host = Host::new(library());
    host.configure(settings.clone());
    for (path, text) in &files {
        host.set(path, text.clone().into_bytes());
    }
    same(host.analyse().diagnostics(), &fresh(&files, &settings), "untouched");
    let mut hands = Hands { dice: Dice(seed), files: files.clone(), clipboard: String::new(), done: Vec::new() };
    for change in 0..changes {
        let file = hands.act();
        let (path, text) = &hands.files[file];
        host.set(path, text.clone().into_bytes());
        if change % 97 == 96 {
            // It is taken out and comes back.
            host.remove(path);
            host.analyse();
            host.set(path, text.clone().into_bytes());
        }
        let analysis = host.analyse();
        // Whatever stands there, a picture is drawn or it is not.
        let drawn = analysis.sources().iter().find(|(_, source)| *source.path == *path.as_str());
        let _ = drawn.and_then(|(id, _)| analysis.graph(id, None, None));
        if change % each == each - 1 {
            same(analysis.diagnostics(), &fresh(&hands.files, &settings), &format!("seed {seed}, change {change}"));
        }
        if change % 200 == 199 {
            // Another day begins with everything mended.
            for (index, (path, text)) in files.iter().enumerate() {
                hands.files[index].1.clone_from(text);
                host.set(path, text.clone().into_bytes());
            }
            hands.done.clear();
            same(host.analyse().diagnostics(), &fresh(&files, &settings), "mended");
        }
    }
}

/// How many changes each person makes: many more where `FLOW_EDITS` says so.
fn changes() -> usize {
    std::env::var("FLOW_EDITS").ok().and_then(|many| many.parse().ok()).unwrap_or(400)
}

#[test]
fn what_is_told_while_typing_is_what_a_check_says() {
    work(0x5eed_0001, changes(), (changes() / 133).max(3));
}

#[test]
fn and_of_another_person() {
    work(0x5eed_0002, changes(), (changes() / 133).max(3));
}
