//! `flow mails`: the mails that went out and came in, in one list.

use super::export::export_to;
use super::records::{ExportOptions, Format, ShowOptions, definition, open, show};
use crate::io::Io;
use crate::session::{Session, Where, record};
use crate::table::table;
use crate::talk::moment;
use crate::trouble::Trouble;
use crate::values::counted;
use clap::Subcommand;
use flow_bytecode::Value;
use flow_stdlib::workspace::import::export;
use flow_vm::engine::{RecordFilter, RecordView, RunFilter, RunStatus};
use serde_json::{Map, json};
use std::collections::{BTreeSet, HashMap};

/// What to do with mails.
#[derive(Debug, Subcommand)]
pub enum Deed {
    /// List mails, the newest first: when, which way, with whom, about what, and what became of them
    #[command(after_help = "Examples:
  flow mails list
  flow mails list --contact ada@example.com --way in
  flow mails list --json | jq 'select(.became == \"bounced\")'")]
    List(ListOptions),
    /// Show one mail with all its fields
    #[command(after_help = "Examples:
  flow mails show mail-3
  flow mails show incoming-mail-7 --json")]
    Show(ShowOptions),
    /// Export all mails, the oldest first
    #[command(after_help = "Examples:
  flow mails export -o mails.csv
  flow mails export --format jsonl")]
    Export(ExportOptions),
}

/// Options of `flow mails list`.
#[derive(Debug, clap::Args)]
pub struct ListOptions {
    /// Only those with this contact
    #[arg(long, value_name = "EMAIL")]
    pub contact: Option<String>,
    /// Only those that went out, or came in
    #[arg(long, value_enum)]
    pub way: Option<Way>,
    /// At most that many
    #[arg(long, default_value_t = 100)]
    pub limit: usize,
    /// One JSON object a line: `mail`, `way`, `at`, `address`, `subject`, `became`, and what it belongs to
    #[arg(long)]
    pub json: bool,
    /// Which project and which database
    #[command(flatten)]
    pub place: Where,
}

/// Which way a mail went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Way {
    /// A flow has sent it, or is about to
    Out,
    /// Somebody has sent it
    In,
}

impl Way {
    fn entity(self) -> &'static str {
        match self {
            Way::Out => "Mail",
            Way::In => "IncomingMail",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Way::Out => "out",
            Way::In => "in",
        }
    }
}

/// Mails are read in pages of so many.
const PAGE: usize = 1_000;

/// What may become of a mail that went out: the field that says so, and the word; what says most comes first.
const FATES: [(&str, &str); 6] = [
    ("bounced", "bounced"),
    ("unsubscribed", "unsubscribed"),
    ("replied", "answered"),
    ("clicked", "clicked"),
    ("opened", "opened"),
    ("sent", "sent"),
];

/// A mail, of either way.
struct Mail {
    way: Way,
    record: RecordView,
    /// When it left or came, microseconds since 1970; of one that has not left none.
    at: Option<i64>,
    /// What it is sorted by: for one that has not left, when the one before it did.
    order: i64,
    /// How its call stands, of one that has not left as far as its record says.
    call: Option<String>,
}

impl Mail {
    fn field(&self, name: &str) -> Option<&Value> {
        self.record.fields.iter().find(|(known, _)| **known == *name).map(|(_, value)| value)
    }

    fn text(&self, name: &str) -> String {
        self.field(name).and_then(Value::as_text).map(ToString::to_string).unwrap_or_default()
    }

    fn id(&self, name: &str) -> Option<i64> {
        self.field(name).and_then(Value::as_int)
    }

    fn name(&self) -> String {
        export::own_name(self.way.entity(), self.record.id)
    }

    fn address(&self) -> String {
        self.text(if self.way == Way::Out { "to" } else { "from" })
    }

    /// The mail server is not known to have it.
    fn is_open(&self) -> bool {
        let there = |name: &str| self.field(name).is_some_and(|value| !value.is_null());
        self.way == Way::Out && !FATES.iter().any(|(field, _)| there(field))
    }

    /// Nobody knows whether the mail server has it.
    fn is_in_doubt(&self) -> bool {
        let noted = self.field("in_doubt").is_some_and(|value| !value.is_null());
        self.is_open() && (noted || self.call.as_deref() == Some("in_doubt"))
    }

    /// Of one that has not left: whether it is leaving at this moment, or will be tried again.
    fn leaving(&self) -> &'static str {
        match self.call.as_deref() {
            Some("sending") => "being sent",
            Some("retrying") => "tried again",
            _ => "not sent",
        }
    }

    fn became(&self) -> String {
        if self.way == Way::Out {
            let there = |name: &str| self.field(name).is_some_and(|value| !value.is_null());
            return match FATES.iter().find(|(field, _)| there(field)) {
                Some((_, word)) => (*word).to_owned(),
                None if self.is_in_doubt() => "in doubt".to_owned(),
                None => self.leaving().to_owned(),
            };
        }
        match (self.id("answers"), self.id("ticket"), self.id("conversation")) {
            (Some(mail), ..) => format!("answers {}", export::own_name("Mail", mail)),
            (_, Some(ticket), _) => format!("in ticket {ticket}"),
            (.., Some(conversation)) => format!("in conversation {conversation}"),
            _ => "taken".to_owned(),
        }
    }

    /// The same for programs.
    fn became_word(&self) -> String {
        match (self.is_in_doubt(), self.became()) {
            (true, _) => "in_doubt".to_owned(),
            (_, word) if word == "being sent" => "being_sent".to_owned(),
            (_, word) if word == "tried again" => "tried_again".to_owned(),
            (_, word) => word,
        }
    }

    /// Everything that a list says of it, in order.
    fn columns(&self) -> Vec<(&'static str, serde_json::Value)> {
        let known = |name: &str| self.field(name).and_then(Value::as_text).map(ToString::to_string);
        vec![
            ("mail", self.name().into()),
            ("way", self.way.word().into()),
            ("at", self.at.map_or(serde_json::Value::Null, moment)),
            ("address", self.address().into()),
            ("subject", json!(known("subject"))),
            ("became", self.became_word().into()),
            ("template", json!(known("template"))),
            ("flow", json!(known("flow"))),
            ("contact", json!(self.id("contact"))),
            ("conversation", json!(self.id("conversation"))),
            ("ticket", json!(self.id("ticket"))),
            ("message_id", json!(known("message_id"))),
            ("text", json!(known("text"))),
        ]
    }
}

/// Carries out `flow mails …`.
///
/// # Errors
/// There is no such mail, the file cannot be written, or the store.
pub fn run(deed: &Deed, io: &mut Io) -> Result<(), Trouble> {
    match deed {
        Deed::List(options) => list(options, io),
        Deed::Show(options) => {
            let (entity, id) = named(&options.record)?;
            show(entity, &ShowOptions { record: id.to_string(), json: options.json, place: options.place.clone() }, io)
        }
        Deed::Export(options) => export(options, io),
    }
}

/// `mail-3`, `incoming-mail-7`.
fn named(text: &str) -> Result<(&'static str, i64), Trouble> {
    let of = |way: Way| Some((way.entity(), export::own_number(way.entity(), text)?));
    of(Way::In).or_else(|| of(Way::Out)).ok_or_else(|| {
        Trouble::usage(format!("`{text}` is no mail"))
            .help("`flow mails list` shows them: `mail-3` went out, `incoming-mail-7` came in")
    })
}

/// The mails of a way, or of both, the oldest first.
fn mails(session: &Session, way: Option<Way>, contact: Option<i64>) -> Result<Vec<Mail>, Trouble> {
    let mut all = Vec::new();
    for of in [Way::Out, Way::In].into_iter().filter(|of| way.is_none_or(|way| way == *of)) {
        definition(session, of.entity())?;
        let equals = contact.map(|contact| ("contact".to_owned(), Value::Int(contact)));
        let mut filter =
            RecordFilter { entity: of.entity().to_owned(), equals, limit: PAGE, ..RecordFilter::default() };
        let mut order = i64::MIN;
        loop {
            let page = session.control.records(&filter)?;
            let last = page.last().filter(|_| page.len() == PAGE).map(|record| record.id);
            for record in page {
                let mut mail = Mail { way: of, record, at: None, order, call: None };
                mail.at = mail.id(if of == Way::Out { "sent" } else { "received" });
                order = mail.at.unwrap_or(order);
                mail.order = order;
                all.push(mail);
            }
            match last {
                Some(last) => filter.after = last,
                None => break,
            }
        }
    }
    all.sort_by_key(|mail| mail.order);
    Ok(all)
}

/// Notes of mails that are not known to have left how their calls stand. A call and its mail have the number in the world's
/// mail in common.
fn note_calls(session: &Session, all: &mut [Mail]) -> Result<(), Trouble> {
    let flows: BTreeSet<String> = all.iter().filter(|mail| mail.is_open()).map(|mail| mail.text("flow")).collect();
    let mut states: HashMap<String, String> = HashMap::new();
    for flow in flows.into_iter().filter(|flow| !flow.is_empty()) {
        let statuses = vec![RunStatus::Running, RunStatus::Waiting, RunStatus::InDoubt];
        let filter = RunFilter { statuses, flow: Some(flow), limit: PAGE, ..RunFilter::default() };
        for run in session.control.runs(&filter)? {
            for call in session.control.show(run.run)?.calls {
                let number = call.traces.iter().find(|(what, _)| what == "message_id").map(|(_, text)| text.clone());
                states.extend(number.map(|number| (number, call.state.clone())));
            }
        }
    }
    for mail in all.iter_mut().filter(|mail| mail.is_open()) {
        mail.call = states.remove(&mail.text("message_id"));
    }
    Ok(())
}

fn list(options: &ListOptions, io: &mut Io) -> Result<(), Trouble> {
    let session = open(&options.place, io)?;
    let contact = options.contact.as_deref().map(|text| record(&session, "Contact", text)).transpose()?;
    let mut all = mails(&session, options.way, contact.map(|contact| contact.id))?;
    let more = all.len() > options.limit;
    all.reverse();
    all.truncate(options.limit.max(1));
    note_calls(&session, &mut all)?;
    if options.json {
        return all.iter().try_for_each(|mail| io.line(object(mail).to_string()));
    }
    if all.is_empty() {
        return io.line("No mails. Flows send them with `email.send`; `flow serve` takes those that come in.");
    }
    let moments = session.moments();
    let mut rows = vec![["MAIL", "WAY", "WHEN", "ADDRESS", "SUBJECT", "BECAME"].map(str::to_owned)];
    rows.extend(all.iter().map(|mail| {
        let at = mail.at.map(|at| moments.show(at)).unwrap_or_default();
        [mail.name(), mail.way.word().to_owned(), at, mail.address(), mail.text("subject"), mail.became()]
    }));
    let paint = io.paint();
    table(&rows, io, |row, column, cell| match (row, column) {
        (0, _) => paint.dim(cell),
        (_, 0) => paint.bold(cell),
        (_, 5) if matches!(cell, "bounced" | "in doubt" | "not sent" | "being sent" | "tried again") => {
            paint.warn(cell)
        }
        _ => cell.to_owned(),
    })?;
    if more {
        io.line(paint.dim("there are more: --limit"))?;
    }
    Ok(())
}

fn object(mail: &Mail) -> serde_json::Value {
    let fields = mail.columns().into_iter().filter(|(name, _)| *name != "text");
    serde_json::Value::Object(fields.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

fn export(options: &ExportOptions, io: &mut Io) -> Result<(), Trouble> {
    let session = open(&options.place, io)?;
    let mut all = mails(&session, None, None)?;
    note_calls(&session, &mut all)?;
    let write = |format: Format, to: &mut dyn FnMut(&str) -> Result<(), Trouble>| {
        if format == Format::Csv {
            let heads = ["mail", "way", "at", "address", "subject", "became", "template", "flow"].into_iter();
            let heads = heads.chain(["contact", "conversation", "ticket", "message_id", "text"]);
            to(&export::line(heads.map(str::to_owned)))?;
        }
        for mail in &all {
            let columns = mail.columns();
            match format {
                Format::Csv => to(&export::line(columns.into_iter().map(|(_, value)| match value {
                    serde_json::Value::Null => String::new(),
                    serde_json::Value::String(text) => export::harmless(text),
                    other => other.to_string(),
                })))?,
                Format::Jsonl => {
                    let object: Map<_, _> = columns.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
                    to(&format!("{}\n", serde_json::Value::Object(object)))?;
                }
            }
        }
        Ok(all.len())
    };
    export_to(options, io, write, |count| counted(count, "mail"))
}
