//! The page of actions, made from the standard library's own declarations.

use std::fmt::Write;

/// A declared thing with its documentation.
struct Item<'a> {
    doc: Vec<&'a str>,
    lines: Vec<&'a str>,
}

impl Item<'_> {
    /// `chat.send`, `Contact.add_tags`, `Contact`.
    fn title(&self) -> &str {
        let head = self.lines.iter().find(|line| !line.starts_with('@')).copied().unwrap_or_default();
        let name = head.split_once(' ').map_or("", |(_, rest)| rest);
        name.split(['(', ' ']).next().unwrap_or(name)
    }

    fn kind(&self) -> &str {
        let head = self.lines.iter().find(|line| !line.starts_with('@')).copied().unwrap_or_default();
        head.split(' ').next().unwrap_or_default()
    }
}

/// The page of the grammar, from the file beside the parser's own.
pub fn grammar_page(ebnf: &str) -> String {
    format!(
        "# Grammar\n\nMade from `grammar/flow.ebnf` by a test; do not edit. The tests derive programs from these rules by chance, \
         which the parser\nreads in silence, and hold the rules and words here against those of the parser. What the signs of a \
         program mean is said in\n[source text](source.md), what its parts mean on the other pages of [the reference](README.md).\n\n\
         ```ebnf\n{ebnf}```\n"
    )
}

/// The whole page, from the library's files, and its flows each in a file of its own: (path, text).
///
/// # Panics
/// Never: it writes into a text.
pub fn actions_page(files: &[(&str, &str)], flows: &[(&str, &str)]) -> String {
    let mut out = String::from(
        "# Actions\n\nMade from the declarations in `stdlib/` by a test; do not edit.\n\nEvery action says in its signature what \
         may happen to it when the machine dies in the middle:\n`@local` happens exactly once, `@read` is asked again, `@once` \
         is never sent twice and may end in doubt. More in\n[what is promised](durability.md).\n",
    );
    for (path, text) in files {
        let (about, items) = read(text);
        let name = path.trim_end_matches(".flow").rsplit('/').next().unwrap_or(path);
        writeln!(out, "\n## {name}\n").expect("a text");
        for line in about {
            writeln!(out, "{line}").expect("a text");
        }
        let prefix = format!("flows/{name}.");
        let own = flows.iter().filter(|(path, _)| path.starts_with(&prefix)).flat_map(|(_, text)| read(text).1);
        for (item, flow) in items.into_iter().map(|item| (item, false)).chain(own.map(|item| (item, true))) {
            let title = if flow { format!("{name}.{}", item.title()) } else { item.title().to_owned() };
            writeln!(out, "\n### {} `{title}`\n", item.kind()).expect("a text");
            for (index, line) in item.doc.iter().enumerate() {
                // An example is statements, unless it is whole flows.
                let whole = item
                    .doc
                    .iter()
                    .skip(index + 1)
                    .take_while(|line| **line != "```")
                    .any(|line| line.starts_with("flow "));
                let line = if *line == "```flow" && !whole { "```flow statements" } else { line };
                writeln!(out, "{line}").expect("a text");
            }
            let signature = match flow {
                // How it is called, and not how it is done.
                true => {
                    let head = item.lines.iter().position(|line| line.ends_with('{')).unwrap_or(0);
                    let head = item.lines.get(..=head).unwrap_or_default().join("\n");
                    head.trim_end_matches(['{', ' ']).replacen("flow ", &format!("flow {name}."), 1)
                }
                false => item.lines.join("\n"),
            };
            writeln!(out, "\n```flow signature\n{signature}\n```").expect("a text");
        }
    }
    out
}

/// The actions that a file of the library declares: name, and whether anything is said of it.
pub fn actions_of(text: &str) -> Vec<(String, bool)> {
    let items = read(text).1;
    let actions = items.iter().filter(|item| item.kind() == "action");
    actions.map(|item| (item.title().to_owned(), !item.doc.is_empty())).collect()
}

/// What a file says of itself, and what it declares.
fn read(text: &str) -> (Vec<&str>, Vec<Item<'_>>) {
    let (mut about, mut items) = (Vec::new(), Vec::new());
    let mut item = Item { doc: Vec::new(), lines: Vec::new() };
    let mut depth = 0i32;
    for line in text.lines() {
        if let Some(words) = line.strip_prefix("//!") {
            about.push(words.trim_start());
        } else if let Some(words) = line.strip_prefix("///").filter(|_| depth == 0 && item.lines.is_empty()) {
            item.doc.push(words.strip_prefix(' ').unwrap_or(words));
        } else if !line.trim().is_empty() {
            item.lines.push(line);
            let code = line.split("//").next().unwrap_or_default();
            depth += code.matches(['(', '{']).count() as i32 - code.matches([')', '}']).count() as i32;
            if depth == 0 && !line.starts_with('@') {
                items.push(std::mem::replace(&mut item, Item { doc: Vec::new(), lines: Vec::new() }));
            }
        }
    }
    (about, items)
}

/// The page of what values can do, from the compiler's own table.
///
/// # Panics
/// Never: it writes into a text.
pub fn builtins_page() -> String {
    let mut out = String::from(
        "# What values can do\n\nMade from the compiler's own table by a test; do not edit.\n\nFields are written without \
         parentheses. `T` is what a list or a map holds; a parameter with a default may be left out.\n",
    );
    let mut of = None;
    for builtin in flow_lang::check::builtins() {
        if of != Some(builtin.of) {
            let title = if builtin.of.is_empty() { "Functions".to_owned() } else { format!("`{}`", builtin.of) };
            writeln!(out, "\n## {title}\n\n| | |\n|---|---|").expect("a text");
            of = Some(builtin.of);
        }
        let before = if builtin.of_type { format!("{}.", builtin.of) } else { String::new() };
        let signature = builtin.signature().replace('|', "\\|");
        writeln!(out, "| `{before}{signature}` | {} |", builtin.doc).expect("a text");
    }
    out
}
