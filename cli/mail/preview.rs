//! What a template makes: the project is compiled with one flow more, which sends a mail by it, and a test that starts it. The
//! mail goes nowhere.

use super::examples::example;
use super::{Source, Sources, templates};
use crate::commands::check;
use crate::io::Io;
use crate::nearest::nearest;
use crate::project::{Project, SourceBytes, inputs};
use crate::testrun::{Call, Plan, calls};
use crate::trouble::Trouble;
use flow_bytecode::Value;
use flow_lang::check::Purpose;
use flow_lang::diag::{FileId, Severity};
use flow_lang::syntax::ast::{DeclaredName, TypeKind};
use flow_stdlib::Config;
use flow_stdlib::channel::Channels;
use flow_vm::seam::{Clock, SystemClock};

/// The file of the flow that sends; no file of a project is called so.
const FILE: &str = "what is previewed.flow";

/// A mail as it would be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// What it is about.
    pub subject: String,
    /// What is read without HTML.
    pub text: String,
    /// The page.
    pub html: String,
}

/// Makes a mail by a template of a project, from values given as `name=value`.
///
/// # Errors
/// There is no such template; a value is missing or does not fit; the project is refused, which has been shown then.
pub fn preview(project: &Project, name: &str, values: &[String], io: &mut Io) -> Result<Mail, Trouble> {
    let sources = Sources::read(project)?;
    let declared = sources
        .0
        .iter()
        .find_map(|source| Some((source, templates(&source.tree).find(|one| one.name.as_str() == name)?)));
    let Some((source, declared)) = declared else {
        let names: Vec<String> = sources
            .0
            .iter()
            .flat_map(|source| templates(&source.tree))
            .map(|one| one.name.as_str().to_owned())
            .collect();
        let trouble = Trouble::usage(format!("the project declares no template `{name}`"));
        return Err(match nearest(name, names.iter().map(String::as_str)) {
            Some(near) => trouble.help(format!("did you mean {near}?")),
            None => {
                let ready = super::READY.iter().find(|ready| ready.name == name);
                let line = ready.map_or_else(|| format!("template {name}"), |ready| ready.declared.to_owned());
                trouble.help(format!("declare it at the top of a file: {line}"))
            }
        });
    };
    let subject = has_subject(project, name);
    let text = program(source, declared, values, subject, &sources)?;
    let mut files = project.sources()?;
    let settings = project.settings_for(Purpose::Test, &files);
    files.insert(0, SourceBytes { path: FILE.to_owned(), bytes: text.into_bytes() });
    let config = Config { channels: Channels::nowhere(), ..Config::default() };
    let registry = flow_stdlib::registry(&config).map_err(|error| Trouble::machine(error.to_string()))?;
    let plan = match Plan::new(&inputs(&files), &settings, registry) {
        Ok(plan) => plan,
        Err(mut compiled) => {
            compiled.diagnostics.retain(|one| one.severity() == Severity::Error);
            check::show(&compiled, check::Format::Human, io)?;
            return Err(Trouble::Said(1));
        }
    };
    let Some(test) = plan.tests.iter().find(|test| test.file == FILE) else {
        return Err(Trouble::machine("the mail cannot be made".to_owned()));
    };
    // Today is today, as it is for `flow run`.
    let now = SystemClock::default().now_us();
    let sent = calls(&plan, test, now).map_err(|failure| Trouble::refused(failure.message.clone()))?;
    let action = plan.program().actions.iter().find(|action| &*action.name == "email.send");
    let Some(action) = action else { return Err(Trouble::refused("no mail was sent".to_owned())) };
    let part = |call: &Call, name: &str| {
        let at = action.params.iter().position(|(param, _)| **param == *name);
        let value = at.and_then(|at| call.args.get(at)).and_then(Value::as_text);
        value.map(ToString::to_string).unwrap_or_default()
    };
    // Flows of the project may write to whoever is new, too: the one that is meant comes last.
    let mut mails = sent.iter().filter(|call| &*call.action == "email.send");
    let Some(call) = mails.rfind(|call| part(call, "template") == name) else {
        return Err(Trouble::refused(format!("the mail by `{name}` was not sent"))
            .help("what it is filled in with may not be sent: the subject of a mail is one line"));
    };
    let text = |name: &str| part(call, name);
    let (plain, html) = flow_stdlib::email::parts(&text("text"), &text("html"));
    Ok(Mail { subject: text("subject"), text: plain, html })
}

/// Whether the words of a template begin with a subject, or are not there.
fn has_subject(project: &Project, name: &str) -> bool {
    let files = project.templates();
    let of = |path: &str| path.trim_start_matches("templates/").split('.').next() == Some(name);
    let Some(file) = files.iter().find(|file| of(&file.path)) else { return true };
    let text = String::from_utf8_lossy(&file.bytes);
    let mut head = text.lines().take_while(|line| !line.trim().is_empty());
    head.any(|line| line.to_ascii_lowercase().starts_with("subject:"))
}

/// A flow that sends the mail, and a test that starts it.
fn program(
    source: &Source,
    declared: &DeclaredName,
    values: &[String],
    subject: bool,
    sources: &Sources,
) -> Result<String, Trouble> {
    let name = declared.name.as_str();
    let (mut params, mut given, mut lets) = (Vec::new(), Vec::new(), String::new());
    let mut rest: Vec<(&str, &str)> = Vec::new();
    for value in values {
        let Some((name, value)) = value.split_once('=') else {
            return Err(Trouble::usage(format!("`{value}` is no value for a name")).help("write name=value"));
        };
        rest.push((name.trim(), value.trim()));
    }
    let mut take = |name: &str| rest.iter().position(|(known, _)| *known == name).map(|at| rest.remove(at).1);
    let contact = || "Contact(first_name: \"Ada\", last_name: \"Lovelace\", email: \"ada@example.com\")".to_owned();
    match &declared.params {
        None => {
            let value = match take("contact") {
                Some(value) => is_value("contact", of_contact(value))?,
                None => contact(),
            };
            lets.push_str(&format!("    let contact = {value}\n"));
            params.push("contact: Contact".to_owned());
            given.push("contact".to_owned());
        }
        Some(declared) => {
            for param in declared {
                let own = param.name.as_str();
                let text = source.text.get(param.ty.span.range()).unwrap_or("Text");
                let value = match (take(own), &param.default) {
                    (Some(value), _) => is_value(own, as_written(value, &param.ty.kind))?,
                    (None, Some(_)) => continue,
                    (None, None) => example(own, &param.ty, sources, 0).ok_or_else(|| {
                        Trouble::usage(format!("`{own}` is not given, and is `{text}`"))
                            .help(format!("give it as flows write it: {own}='…'"))
                    })?,
                };
                lets.push_str(&format!("    let {own}: {text} = {value}\n"));
                params.push(format!("{own}: {text}"));
                given.push(own.to_owned());
            }
        }
    }
    if let Some((unknown, _)) = rest.first() {
        let known: Vec<&str> = declared.params.iter().flatten().map(|param| param.name.as_str()).collect();
        let trouble = Trouble::usage(format!("the template `{name}` takes no `{unknown}`"));
        return Err(match nearest(unknown, known.iter().copied()) {
            Some(near) => trouble.help(format!("did you mean {near}?")),
            None => trouble.help(match known.as_slice() {
                [] => "it takes contact".to_owned(),
                known => format!("it takes {}", known.join(", ")),
            }),
        });
    }
    let args: Vec<String> = given.iter().map(|name| format!("{name}: {name}")).collect();
    let called = if args.is_empty() { format!(".{name}") } else { format!(".{name}({})", args.join(", ")) };
    let subject = if subject { "" } else { ", subject: \"(given where it is sent)\"" };
    Ok(format!(
        "flow sends_it({}) {{\n    email.send(to: \"ada@example.com\", template: {called}{subject})\n}}\n\n\
         test \"it is sent\" {{\n{lets}    start sends_it({})\n}}\n",
        params.join(", "),
        given.join(", ")
    ))
}

/// A contact as a flow writes it: an address names one here, too.
fn of_contact(value: &str) -> String {
    match flow_bytecode::address::email(value) {
        Some(address) => format!("Contact(email: \"{address}\")"),
        None => value.to_owned(),
    }
}

/// A value that can be read.
fn is_value(name: &str, value: String) -> Result<String, Trouble> {
    let text = format!("test \"it is read\" {{\n    let value = {value}\n}}\n");
    if flow_lang::syntax::parse(FileId(0), &text).diagnostics.is_empty() {
        return Ok(value);
    }
    Err(Trouble::usage(format!("`{name}` is given as `{value}`, which is no value")).help(format!(
        "write it as a flow does, as in {name}='Contact(first_name: \"Grace\")' or {name}='money(20, .eur)'"
    )))
}

/// A value as a flow writes it: texts need no quotes here.
fn as_written(value: &str, kind: &TypeKind) -> String {
    let kind = if let TypeKind::Optional(inner) = kind { &inner.kind } else { kind };
    let TypeKind::Named { path, .. } = kind else { return value.to_owned() };
    if path.dotted() == "Contact" {
        return of_contact(value);
    }
    let text = matches!(path.dotted().as_str(), "Text" | "Url" | "Email" | "Phone");
    match text && !value.starts_with('"') && value != "null" {
        true => format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace("{{", "\\{{")),
        false => value.to_owned(),
    }
}
