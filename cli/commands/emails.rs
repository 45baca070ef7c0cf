//! `flow emails`: what became of the mails that flows have sent.

use super::runs::flow_name;
use crate::io::Io;
use crate::session::{Intent, Session, Where};
use crate::table::table;
use crate::trouble::Trouble;
use flow_bytecode::Value;
use flow_vm::engine::{RecordFilter, RecordView};
use serde_json::json;
use std::collections::BTreeMap;

/// Options of `flow emails`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow emails
  flow emails --json | jq 'select(.template == \"welcome\")'")]
pub struct Options {
    /// One JSON object a line: `template`, `flow`, `written`, `sent`, `opened`, `clicked`, `replied`, `bounced`, `unsubscribed`, `in_doubt`
    #[arg(long)]
    pub json: bool,
    /// Which project and which database
    #[command(flatten)]
    pub place: Where,
}

/// Mails are read in pages of so many.
const PAGE: usize = 1_000;

/// Mails of one template from one flow.
#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    written: u64,
    sent: u64,
    opened: u64,
    clicked: u64,
    replied: u64,
    bounced: u64,
    unsubscribed: u64,
    /// Nobody knows whether the mail server has them.
    in_doubt: u64,
}

impl Counts {
    fn add(&mut self, mail: &RecordView) {
        let there = |name: &str| u64::from(field(mail, name).is_some_and(|value| !value.is_null()));
        self.written += 1;
        self.sent += there("sent");
        self.opened += there("opened");
        self.clicked += there("clicked");
        self.replied += there("replied");
        self.bounced += there("bounced");
        self.unsubscribed += there("unsubscribed");
        self.in_doubt += there("in_doubt") * (1 - there("sent"));
    }

    /// A count, with its share of those that were sent.
    fn share(&self, count: u64) -> String {
        match self.sent {
            0 => count.to_string(),
            // Halves round up; more may be answered than were seen to be sent.
            sent => format!("{count} ({} %)", (200 * count + sent) / (2 * sent)),
        }
    }
}

fn field<'r>(mail: &'r RecordView, name: &str) -> Option<&'r Value> {
    mail.fields.iter().find(|(known, _)| **known == *name).map(|(_, value)| value)
}

/// Counts, by template and by flow.
///
/// # Errors
/// The store.
pub fn run(options: &Options, io: &mut Io) -> Result<(), Trouble> {
    let project = options.place.project(io)?;
    let session = Session::open(&project, &options.place.database(&project, io), Intent::Look, io)?;
    let mut all: BTreeMap<(String, String), Counts> = BTreeMap::new();
    let mut filter = RecordFilter { entity: "Mail".to_owned(), limit: PAGE, ..RecordFilter::default() };
    loop {
        let mails = session.control.records(&filter)?;
        for mail in &mails {
            let text =
                |name: &str| field(mail, name).and_then(Value::as_text).map(ToString::to_string).unwrap_or_default();
            all.entry((text("template"), text("flow"))).or_default().add(mail);
        }
        match mails.last() {
            Some(last) if mails.len() == PAGE => filter.after = last.id,
            _ => break,
        }
    }
    if options.json {
        let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        return all.iter().try_for_each(|((template, flow), counts)| {
            let object = json!({
                "template": known(template),
                "flow": known(flow),
                "written": counts.written,
                "sent": counts.sent,
                "opened": counts.opened,
                "clicked": counts.clicked,
                "replied": counts.replied,
                "bounced": counts.bounced,
                "unsubscribed": counts.unsubscribed,
                "in_doubt": counts.in_doubt,
            });
            io.line(object.to_string())
        });
    }
    if all.is_empty() {
        return io.line("No mails yet. Flows send them: `email.send(to: address, template: .welcome)`.");
    }
    let heads = [
        "TEMPLATE",
        "FLOW",
        "SENT",
        "OPENED",
        "CLICKED",
        "ANSWERED",
        "BOUNCED",
        "UNSUBSCRIBED",
        "IN DOUBT",
        "NOT SENT",
    ];
    let mut rows = vec![heads.map(str::to_owned)];
    // What never happened has no column.
    let seldom = |count: u64, counts: &Counts| if count == 0 { String::new() } else { counts.share(count) };
    for ((template, flow), counts) in &all {
        let unsent = counts.written - counts.sent - counts.in_doubt;
        rows.push([
            if template.is_empty() { "none".to_owned() } else { template.clone() },
            flow_name(flow).to_owned(),
            counts.sent.to_string(),
            counts.share(counts.opened),
            counts.share(counts.clicked),
            counts.share(counts.replied),
            seldom(counts.bounced, counts),
            seldom(counts.unsubscribed, counts),
            if counts.in_doubt == 0 { String::new() } else { counts.in_doubt.to_string() },
            if unsent == 0 { String::new() } else { unsent.to_string() },
        ]);
    }
    let paint = io.paint();
    table(&rows, io, |row, column, cell| match (row, column) {
        (0, _) => paint.dim(cell),
        (_, 0) => paint.bold(cell),
        _ => cell.to_owned(),
    })
}
