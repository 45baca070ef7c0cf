//! The programs that stand on the pages of the catalogue.

use crate::marks::{LIBRARY, PRELUDE};
use crate::project::{project, project_with};
use flow_lang::compile::Compiled;
use flow_lang::diag::Code;
use flow_lang::syntax::{DIAGNOSTICS_MAX, NESTING_MAX, SOURCE_BYTES_MAX};

/// Compiles a program of a page. A property of the prelude stands for the project's own.
pub fn compiled(code: Code, text: &[u8]) -> Compiled {
    let name = if code == Code::UnnameableFile { "my-flow.flow" } else { "example.flow" };
    let item: &[u8] = b"record Item { id: Text }\n";
    let mut files = vec![("library/more.flow", LIBRARY.as_bytes()), ("prelude.flow", PRELUDE.as_bytes()), (name, text)];
    if code == Code::AmbiguousType {
        files.extend([("orders.flow", item), ("returns.flow", item)]);
    }
    let words = [
        ("painted", "templates/painted.html", "<p style=\"color: {{color}}\">Hello</p>\n"),
        ("linked", "templates/linked.html", "<a href=\"https://example.com/{{color}}\">{{color}}</a>\n"),
    ];
    let declares = |name: &str| text.windows(name.len()).any(|word| word == name.as_bytes());
    files.extend(
        words
            .iter()
            .filter(|(name, ..)| declares(&format!("template {name}")))
            .map(|(_, path, text)| (*path, text.as_bytes())),
    );
    match code {
        Code::NoSubject => files.push(("templates/greeting.md", b"Hello!\n")),
        Code::WordsOfNothing => files.push(("templates/greetings.md", b"Hello!\n")),
        Code::NobodyHears => return project_with(files, &["email", "email.track"]),
        _ => {}
    }
    project(files)
}

/// The programs of a page: its example, and what to write instead.
pub fn programs(code: Code) -> Vec<&'static str> {
    let blocks = code.page().split("```flow\n").skip(1);
    blocks.map(|rest| rest.split("```").next().unwrap_or_default()).collect()
}

/// A program that is told the code. A few are too large, or no text, and cannot stand on their page.
pub fn example(code: Code) -> Vec<u8> {
    let made = made(code).bad.into_iter().next();
    made.unwrap_or_else(|| programs(code).first().copied().unwrap_or_default().into())
}

/// Programs that are too large, or no text, and so are made: those that are told a code, and those just within its limit.
#[derive(Debug, Default)]
pub struct Made {
    /// Told the code.
    pub bad: Vec<Vec<u8>>,
    /// Not told it.
    pub good: Vec<Vec<u8>>,
}

/// What is made for a code; nothing for most.
pub fn made(code: Code) -> Made {
    let (bad, good): (Vec<Vec<u8>>, Vec<Vec<u8>>) = match code {
        Code::NestingTooDeep => {
            let depth = NESTING_MAX as usize;
            let deep = |open: &str, close: &str, times: usize| {
                flow(format!("    let x = {}number{}\n", open.repeat(times), close.repeat(times)))
            };
            (
                vec![deep("(", ")", depth + 1), deep("[", "]", depth)],
                vec![deep("(", ")", depth - 1), deep("[", "]", 50)],
            )
        }
        Code::SourceTooLarge => {
            let long = |bytes: usize| format!("//{}\n", "x".repeat(bytes - 3)).into_bytes();
            let lines = format!("{}tag last\n", "// The same line, again and again.\n".repeat(30_000));
            (vec![lines.into(), long(SOURCE_BYTES_MAX + 1)], vec![long(SOURCE_BYTES_MAX), long(1_000)])
        }
        Code::InvalidUtf8 => {
            let say =
                |text: &[u8]| [b"flow greet(conversation: Conversation) {\n    say \"", text, b"\"\n}\n"].concat();
            (
                vec![say(b"Gr\xFC\xDFe"), say(b"half a sign: \xE2\x82")],
                vec![say("Grüße".as_bytes()), [b"\xEF\xBB\xBF", say("€ 5".as_bytes()).as_slice()].concat()],
            )
        }
        Code::TooManyErrors => {
            let wrong = |times: usize| "tag 1\n".repeat(times).into_bytes();
            let unclosed = "flow f() {\n    say (\n}\n".repeat(DIAGNOSTICS_MAX + 1).into_bytes();
            (vec![wrong(1_000), unclosed], vec![wrong(1), wrong(DIAGNOSTICS_MAX)])
        }
        Code::LimitReached => {
            let branches = |times: usize| {
                let branches: Vec<String> = (0..times).map(|n| format!("if number == {n} {{ stop }}")).collect();
                flow(format!("    {}\n", branches.join(" else ")))
            };
            (vec![branches(201), branches(300)], vec![branches(200), branches(2)])
        }
        Code::FlowTooLarge => {
            let sum = |times: usize| flow(format!("    var sum = number\n{}", "    sum += 1\n".repeat(times)));
            let lines: String = (0..66_000).map(|n| format!("sum += {n}\n")).collect();
            let numbers = flow(format!("    var sum = number\n{lines}"));
            (vec![sum(66_000), numbers], vec![sum(10_000), sum(1)])
        }
        Code::NobodyHears => {
            let [page, heard] = [0, 1].map(|at| programs(code).get(at).copied().unwrap_or_default());
            let sends = "flow f(to: Email) { email.send(to: to, subject: \"x\", text: \"x\") }\n";
            let waits = |event: &str| {
                format!(
                    "{sends}flow g(mail: Mail) {{\n    wait {{\n        on email.{event}(mail) -> stop\n        after 1 day -> stop\n    }}\n}}\n"
                )
            };
            let silent = "flow f(contact: Contact) { contact.add_note(\"x\") }\n";
            let all = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect();
            (all(&[page, &waits("opened")]), all(&[heard, &waits("unsubscribed"), silent]))
        }
        _ => return Made::default(),
    };
    Made { bad, good }
}

fn flow(body: String) -> Vec<u8> {
    format!("flow long_one(number: Int) {{\n{body}}}\n").into_bytes()
}
