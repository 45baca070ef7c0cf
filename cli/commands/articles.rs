//! `flow articles`: what every kind of record has, and a search.

use super::records::{Deed, open};
use crate::io::Io;
use crate::session::Where;
use crate::table::table;
use crate::trouble::Trouble;
use clap::Subcommand;
use flow_bytecode::Value;
use flow_vm::engine::{RecordFilter, RecordView};

/// What to do with articles.
#[derive(Debug, Subcommand)]
pub enum ArticleDeed {
    /// Find the articles that fit some words best, as flows do
    #[command(after_help = "Examples:
  flow articles search cannot sign in
  flow articles search refund --limit 5 --json")]
    Search(SearchOptions),
    /// What can be done with every kind of record.
    #[command(flatten)]
    Record(Deed),
}

/// Options of `search`.
#[derive(Debug, clap::Args)]
pub struct SearchOptions {
    /// What a customer would write
    #[arg(required = true, value_name = "WORD")]
    pub words: Vec<String>,
    /// At most that many, 20 at most
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(i64).range(1..=20))]
    pub limit: i64,
    /// One JSON object a line, every field
    #[arg(long)]
    pub json: bool,
    /// Which project and which database
    #[command(flatten)]
    pub place: Where,
}

/// Carries out `flow articles …`.
///
/// # Errors
/// As those of every kind of record.
pub fn run(deed: &ArticleDeed, io: &mut Io) -> Result<(), Trouble> {
    match deed {
        ArticleDeed::Record(deed) => super::records::run("Article", deed, io),
        ArticleDeed::Search(options) => search(options, io),
    }
}

fn search(options: &SearchOptions, io: &mut Io) -> Result<(), Trouble> {
    let session = open(&options.place, io)?;
    let definition = super::records::definition(&session, "Article")?;
    let words = options.words.join(" ");
    let found = session.call("articles.search", vec![Value::text(&*words), Value::Int(options.limit)])?;
    let mut records: Vec<RecordView> = Vec::new();
    let Value::List(found) = found else { return Ok(()) };
    for id in found.iter().filter_map(Value::as_int) {
        let filter = RecordFilter { entity: "Article".to_owned(), id: Some(id), ..RecordFilter::default() };
        records.extend(session.control.records(&filter)?);
    }
    if options.json {
        return records.iter().try_for_each(|one| io.line(super::records::object(one, &definition).to_string()));
    }
    if records.is_empty() {
        return io.line(format!("No article has any of these words: {words}"));
    }
    let mut rows = vec![["NAME", "TITLE", "URL"].map(str::to_owned)];
    let shown = |record: &RecordView, field: &str| {
        let value = record.fields.iter().find(|(name, _)| **name == *field).map(|(_, value)| value);
        value.and_then(Value::as_text).map(|text| text.to_string()).unwrap_or_default()
    };
    rows.extend(records.iter().map(|one| ["name", "title", "url"].map(|field| shown(one, field))));
    let paint = io.paint();
    table(&rows, io, |row, column, cell| match (row, column) {
        (0, _) => paint.dim(cell),
        (_, 0) => paint.bold(cell),
        _ => cell.to_owned(),
    })
}
